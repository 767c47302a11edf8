/** Random kernels: what the verifier accepts is a valid module of WebAssembly, and computes what the interpreter computes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { wasmModule } from "../../compiler/emit/wasm/wasm-module.ts";
import { printPlan } from "../../compiler/ir/plan/print-plan.ts";
import { visitExpressions, walk, rootsOf, type Plan } from "../../compiler/ir/plan/plan.ts";
import { verifyPlan } from "../../compiler/ir/plan/verify-plan.ts";
import { difference, interpreted, tensorsOf } from "../differential/agree.ts";
import { normal, randomOf, SPECIALS } from "../differential/random.ts";
import { ranAsWasm } from "../differential/wasm-run.ts";
import { N, planOf } from "./random-kernels.ts";

/** More of them, or others: `RUNS=100000 SEED=2 npx vitest run test/emit/random-kernels.test.ts`. */
const RUNS = Number(process.env["RUNS"] ?? 600);
const SEED = Number(process.env["SEED"] ?? 1);

const recipes = fc.noBias(fc.array(fc.nat({ max: 2 ** 16 }), { minLength: 4, maxLength: 300, size: "max" }));

const { validate } = (globalThis as unknown as { WebAssembly: { validate: (bytes: Uint8Array) => boolean } })
  .WebAssembly;

const sizes = new Map([["N", N]]);

function given(plan: Plan, special: boolean): Parameters<typeof interpreted>[1] {
  const random = randomOf(4);
  const inputs = tensorsOf(plan.inputs, sizes, (port) => {
    const { dtype } = plan.inputs[port]!.type;
    if (dtype !== "f32") return Math.floor(random() * (dtype === "bool" ? 2 : N));
    return special && random() < 0.2 ? SPECIALS[Math.floor(random() * SPECIALS.length)]! : normal(random);
  });
  return { inputs, parameters: {}, sizes };
}

test("what the verifier accepts is valid, and computes the interpreter's bits", () => {
  const seen = new Set<string>();
  const property = fc.property(recipes, fc.boolean(), (recipe, special) => {
    const plan = planOf(recipe);
    verifyPlan(plan);
    const { bytes } = wasmModule(plan);
    if (!validate(bytes)) throw new Error(`no valid module:\n${printPlan(plan)}`);
    const data = given(plan, special);
    const wrong = difference(ranAsWasm(plan, data), interpreted(plan, data), "bits");
    if (wrong !== undefined) throw new Error(`${wrong}:\n${printPlan(plan)}`);
    for (const statement of walk(plan.run[2]!.kernel.body)) {
      seen.add(statement.kind);
      visitExpressions(rootsOf(statement), (e) => seen.add(`${e.kind === "map" ? e.map : e.kind} ${e.type.dtype}x${e.type.lanes}`)); // prettier-ignore
    }
  });
  fc.assert(property, { seed: SEED, numRuns: RUNS });
  // The kernels are of all kinds.
  for (const kind of ["loop", "let", "accumulator", "accumulate", "store", "check"])
    expect(seen).toContain(kind);
  for (const kind of ["load", "local", "cast", "guard", "select", "max"])
    for (const dtype of ["f32", "f64", "i32", "bool"])
      for (const lanes of [1, 4]) expect(seen).toContain(`${kind} ${dtype}x${lanes}`);
});
