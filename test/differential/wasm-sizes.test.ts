/** Kernels of WebAssembly on every size up to 70, where loops end in whole vectors, in parts of them, or before the first. */
import { expect, test } from "vitest";
import { drive } from "../../compiler/drive/driver.ts";
import type { TensorGraph } from "../../compiler/ir/graph/builder.ts";
import { everyday } from "../everyday.ts";
import { difference, evaluated, interpreted, named, tensorsOf, type Given, type Sizes } from "./agree.ts";
import { normal, randomOf } from "./random.ts";
import { ranAsWasm } from "./wasm-run.ts";

const MOST = 70;
/** The sizes that a net is also compiled for alone, with numbers in place of N. There are fewer, since compiling takes time. */
const OWN = [...Array.from({ length: 24 }, (_, i) => i + 1), 31, 32, 33, 48, 63, 64, 65, 70];

/** Nets with a size N, which one plan serves or each has a plan for, by what is computed along N. */
const NETS: readonly (readonly [what: string, input: string, expression: string])[] = [
  ["a map", "f32[N]", "(x * 2 + 1) -> ReLU"],
  ["rows of a product", "f32[N, 9]", "x -> Linear(9, 11)"],
  ["the sum of a product", "f32[5, N]", "[x, x -> Transpose(0, 1)] -> MatMul"],
  ["columns of a product", "f32[6, N]", "[Ones(5, 6) * 0.3, x] -> MatMul"],
  ["products of a batch", "f32[N, 3, 5]", "[x, x -> Transpose(1, 2)] -> MatMul"],
  ["results beside each other", "f32[3, N]", "[x -> Transpose(0, 1), x] -> MatMul"],
  [
    "a statistic",
    "f32[3, N]",
    "(x - (x -> Mean(dim=1, keepdim=true))) * (x -> Std(dim=1, keepdim=true, correction=0))",
  ],
  ["a norm over the last axis", "f32[3, N]", "x * 3 - (x -> Mean(dim=-1, keepdim=true)) -> Tanh"],
  ["rows of a norm", "f32[N, 10]", "x -> LayerNorm(10) -> PReLU"],
  ["a norm over an axis in the middle", "f32[2, N, 5]", "x - (x -> Var(dim=1, keepdim=true, correction=0))"],
  ["columns of a norm", "f32[2, 5, N]", "x - (x -> Mean(dim=1, keepdim=true))"],
  ["pixels of groups", "f32[2, 4, N]", "x -> GroupNorm(2, 4) -> SiLU"],
  ["a softmax", "f32[3, N]", "x -> Softmax(dim=-1)"],
  ["a softmax over an axis in the middle", "f32[1, N, 5]", "x -> LogSoftmax(dim=1)"],
  ["columns of a softmax", "f32[2, 5, N]", "x -> Softmax(dim=1)"],
  ["columns", "f32[N, 9]", "x -> Sum(dim=0)"],
  ["sums of columns", "f32[9, N]", "x -> Sum(dim=0)"],
  ["a maximum", "f32[3, N]", "x -> Max(dim=1)"],
  ["a row of pixels", "f32[1, 2, 3, N]", "x -> Conv2d(2, 5, 3, padding=1)"],
  ["every second pixel", "f32[1, 2, 2, N]", "x -> Conv2d(2, 3, 3, stride=2, padding=1)"],
  ["a column of pixels", "f32[1, 1, N, 3]", "x -> Conv2d(1, 5, 3, padding=1)"],
  ["images of pixels", "f32[N, 1, 4, 4]", "x -> Conv2d(1, 3, 3) -> ReLU"],
  ["a row of pixels of each channel", "f32[1, 3, 3, N]", "x -> Conv2d(3, 3, 3, padding=1, groups=3)"],
  ["channels", "f32[1, N, 4, 5]", "x -> ReLU -> AvgPool2d(2)"],
  ["a view from an odd place on", "f32[N]", "x[1:] * 2 + x[:-1]"],
  ["rows from an odd place on", "f32[3, N]", "(x[:, 3:] -> Sum(dim=1)) + (x[1:, 1:] -> Sum(dim=1))[0]"],
  ["parts side by side", "f32[N, 3]", "[x[:, 1:], x, x[:, :1]] -> Concat(dim=1)"],
  ["values backwards", "f32[N]", "x[::2] + 0.5"],
  ["truth values", "bool[N]", "x -> LogicalNot"],
];

/** Nets of which a number is a part, which each have a plan. */
const NUMBERED: readonly (readonly [what: string, input: string, expression: string])[] = [
  ["channels that a convolution reads", "f32[1, N, 1, 5]", "x -> Conv2d(N, 2, 3, padding=1)"],
  ["channels that a convolution makes", "f32[1, 1, 2, 5]", "x -> Conv2d(1, N, 3, padding=1)"],
  ["channels one by one", "f32[1, N, 1, 5]", "x -> Conv2d(N, N, 3, padding=1, groups=N)"],
  ["features that a product reads", "f32[3, N]", "x -> Linear(N, 5)"],
  ["features that a product makes", "f32[3, 5]", "x -> Linear(5, N) -> GELU"],
  ["a norm of a row", "f32[3, N]", "x -> LayerNorm(N) -> PReLU"],
  ["channels of a norm", "f32[2, N, 3]", "x -> BatchNorm1d(N) -> ReLU"],
];

interface Planned {
  readonly plan: ReturnType<typeof drive>["plan"];
  readonly graph: TensorGraph;
}

function planned(source: string): Planned {
  let graph: TensorGraph | undefined;
  const { plan } = drive(
    source,
    { target: "wasm" },
    {
      onPass: (_, stage) => {
        if (stage.kind === "tensors") graph ??= stage.graph;
      },
    },
  );
  return { plan, graph: graph! };
}

function compare({ plan, graph }: Planned, sizes: Sizes): void {
  const random = randomOf(3);
  const given: Given = {
    sizes,
    inputs: tensorsOf(plan.inputs, sizes, (port) =>
      plan.inputs[port]!.type.dtype === "bool" ? Number(random() < 0.5) : normal(random),
    ),
    parameters: tensorsOf(named(plan.parameters), sizes, () => normal(random)),
  };
  const want = interpreted(plan, given);
  expect(difference(ranAsWasm(plan, given), want, "bits")).toBeUndefined();
  expect(difference(want, evaluated(graph, given), { ulp: 16 })).toBeUndefined();
}

test.each(NETS)("%s, by one plan", (_, input, expression) => {
  const made = planned(`model M { input x: ${input}; output y = ${expression} }`);
  for (let n = 0; n <= MOST; n++) compare(made, new Map([["N", n]]));
});

test.each(NETS)("%s, each size by its own plan", (_, input, expression) => {
  for (const n of everyday(OWN, 3, () => "")) compare(planned(withNumber(input, expression, n)), new Map());
});

test.each(NUMBERED)("%s, each number by its own plan", (_, input, expression) => {
  for (const n of everyday(OWN, 3, () => "")) compare(planned(withNumber(input, expression, n)), new Map());
});

function withNumber(input: string, expression: string, n: number): string {
  return `model M { input x: ${input}; output y = ${expression} }`.replaceAll(/\bN\b/g, String(n));
}
