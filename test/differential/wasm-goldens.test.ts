/** The nets of `test/golden/` on WebAssembly: near float64, and to the bit as interpreted. */
import { expect, test } from "vitest";
import { drive } from "../../compiler/drive/driver.ts";
import { symbolsOf } from "../../compiler/ir/size/size.ts";
import { extents } from "../../compiler/ir/types.ts";
import { golden, goldenNames } from "../golden-case.ts";
import { closureOf, difference, evaluated, interpreted, named, ran, stagesOf, tensorsOf } from "./agree.ts";
import { judge } from "./judge.ts";
import { normal, randomOf } from "./random.ts";
import { ranAsWasm } from "./wasm-run.ts";

/** What sizes are that the call alone knows: the batch, and all others. */
const SIZES = [
  [3, 6],
  [2, 18],
] as const;

// Narrow weights are of other dtypes in the graph and in the plan: test/narrow-weights.test.ts has them.
const right = goldenNames.filter(
  (name) => golden(name).plan !== undefined && golden(name).options.weightsAs === undefined,
);

test.each(right)("%s", (name) => {
  const { text, options } = golden(name);
  // What is relaxed has no bits to compare.
  const exact = { ...options, target: "wasm", relaxed: false } as const;
  const { graph, plan } = stagesOf((watch) => drive(text, exact, watch).plan);
  const symbols = new Set<string>();
  for (const { type } of plan.inputs) for (const size of extents(type.shape)) symbolsOf(size, symbols);
  for (const [first, others] of symbols.size > 0 ? SIZES : SIZES.slice(0, 1)) {
    const sizes = new Map([...symbols].map((symbol) => [symbol, symbol === "N" ? first : others]));
    const random = randomOf(others);
    const given = {
      sizes,
      inputs: tensorsOf(plan.inputs, sizes, (port) =>
        plan.inputs[port]!.type.dtype === "f32" ? normal(random) : Math.floor(random() * 2),
      ),
      parameters: tensorsOf(named(plan.parameters), sizes, (port) =>
        plan.parameters[port]!.path.endsWith("var") ? 0.1 + random() : normal(random),
      ),
    };
    const want = interpreted(plan, given);
    const got = ran(closureOf(plan, given.parameters), plan, given);
    expect(difference(got, want, "bits")).toBeUndefined();
    expect(difference(ranAsWasm(plan, given), want, "bits")).toBeUndefined();
    expect(judge(graph, given, evaluated(graph, given), got, "steps").wrong).toBeUndefined();
  }
});
