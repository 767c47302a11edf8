/** Several layers at once, as fusion, folding and tables see them; and every length of an unrolled loop. */
import { describe, expect, test } from "vitest";
import { drive } from "../../compiler/drive/driver.ts";
import { symbolsOf } from "../../compiler/ir/size/size.ts";
import { extent } from "../../compiler/ir/types.ts";
import type { Mode } from "../../compiler/layers/record.ts";
import type { Model } from "../../runtime/model.ts";
import { closureOf, disagreement, moduleOf, named, reset, stagesOf, tensorsOf, type Given, type Stages } from "./agree.ts"; // prettier-ignore
import { normal, randomOf } from "./random.ts";

/** Only outputs are rounded; sums are made in another order. */
const BOUND = { ulp: 1 };

function stages(source: string, mode: Mode = "eval"): Stages {
  return stagesOf((options) => drive(source, { mode }, options).plan);
}

function givenOf({ plan }: Stages, numbers: readonly number[], seed: number): Given {
  const random = randomOf(seed);
  const symbols = [...new Set(plan.inputs.flatMap(({ type }) => type.shape.flatMap((dim) => [...symbolsOf(extent(dim))])))]; // prettier-ignore
  const sizes = new Map(symbols.map((name, i) => [name, numbers[i % numbers.length]!]));
  return {
    sizes,
    inputs: tensorsOf(plan.inputs, sizes, () => normal(random)),
    parameters: tensorsOf(named(plan.parameters), sizes, (port) =>
      plan.parameters[port]!.path.endsWith("var") ? 0.1 + random() : normal(random),
    ),
  };
}

function agreeing(wrong: string | undefined, what: string): void {
  if (wrong !== undefined) expect.fail(`${what}: ${wrong}`);
}

const CHAINS = [
  "LayerNorm(10) -> PReLU(0.25)",
  "LayerNorm(10) -> PReLU(5)",
  "LayerNorm(9) -> LayerNorm(9) -> Softmax(dim=-1)",
  "Linear(7, 5) -> BatchNorm1d(5) -> ReLU -> Linear(5, 3) -> Softmax(dim=-1)",
  "Linear(7, 5, bias=False) -> BatchNorm1d(5, affine=False) -> LeakyReLU(0.1)",
  "BatchNorm1d(6) -> Linear(6, 4) -> PReLU(4)",
  "GroupNorm(2, 6) -> GELU -> PReLU(6) -> Flatten",
  "Residual { LayerNorm(8) -> Linear(8, 16) -> GELU -> Linear(16, 8) }",
  "Repeat(3) { Residual { LayerNorm(6) -> PReLU(0.1) } }",
  "BatchNorm2d(3) -> ReLU -> BatchNorm2d(3) -> Tanh",
  "Linear(6, 6) -> ReLU -> Linear(6, 6) -> ReLU -> Linear(6, 6) -> Sigmoid",
  "SwitchNorm2d(3) -> PReLU(3) -> Softmax(dim=1)",
  "LocalResponseNorm(3) -> GELU(approximate='tanh') -> LayerNorm(5)",
];

describe.each(["eval", "train"] as const)("chains in %s mode", (mode) => {
  test.each(CHAINS)("%s", async (source) => {
    const made = stages(source, mode);
    let models: Model[] | undefined;
    for (const [seed, numbers] of [
      [2, 3, 2, 4],
      [17, 1, 5, 3],
      [3, 17, 2, 1],
    ].entries()) {
      const given = givenOf(made, numbers, seed);
      models ??= [closureOf(made.plan, given.parameters), await moduleOf(made.plan, given.parameters)];
      for (const model of models) reset(model, given.parameters);
      agreeing(disagreement(made, given, models, BOUND), JSON.stringify([...given.sizes]));
    }
  });
});

// Sums are unrolled by four from sixteen on, results of a contraction made four at a time from four on.
describe("loops of all lengths", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])("Linear to %d from 1 to 40", (out) => {
    for (let size = 1; size <= 40; size++) {
      const made = stages(`Linear(${size}, ${out})`);
      const given = givenOf(made, [2], size);
      agreeing(disagreement(made, given, [closureOf(made.plan, given.parameters)], BOUND), `from ${size}`);
    }
  });

  const open = stages(`model M {
    input x: f32[N, K]
    input w: f32[K, M]
    input v: f32[M, K]
    output y = x @ w, z = x @ (v -> Transpose(0, 1))
  }`);
  test("a product of matrices of any size", () => {
    const model = closureOf(open.plan, {});
    for (const n of [0, 1, 3, 4, 5]) {
      for (const k of [0, 1, 2, 3, 4, 5, 15, 16, 17, 18, 19, 40]) {
        for (const m of [1, 2, 3, 4, 5, 8, 9]) {
          agreeing(disagreement(open, givenOf(open, [n, k, m], k), [model], BOUND), `${n} ${k} ${m}`);
        }
      }
    }
  });

  test("statistics of rows of any length", () => {
    const made = stages(
      "model M { input x: f32[N, K]; output y = x -> Softmax(dim=-1), s = x -> Sum(dim=1) }",
    );
    const model = closureOf(made.plan, {});
    for (let k = 1; k <= 40; k++)
      agreeing(disagreement(made, givenOf(made, [3, k], k), [model], BOUND), `${k}`);
  });
});
