/** Kernels of WebAssembly on every size up to 70, where loops end in whole vectors, in parts of them, or before the first. */
import { expect, test } from "vitest";
import { drive } from "../../compiler/drive/driver.ts";
import type { TensorGraph } from "../../compiler/ir/graph/builder.ts";
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
  ["results beside each other", "f32[9, N]", "[x -> Transpose(0, 1), x] -> MatMul"],
  [
    "a statistic",
    "f32[3, N]",
    "(x - (x -> Mean(dim=1, keepdim=true))) * (x -> Std(dim=1, keepdim=true, correction=0))",
  ],
  ["columns", "f32[N, 9]", "x -> Sum(dim=0)"],
  ["sums of columns", "f32[9, N]", "x -> Sum(dim=0)"],
  ["a maximum", "f32[3, N]", "x -> Max(dim=1)"],
  ["a row of pixels", "f32[1, 2, 3, N]", "x -> Conv2d(2, 5, 3, padding=1)"],
  ["every second pixel", "f32[1, 2, 3, N]", "x -> Conv2d(2, 5, 3, stride=2, padding=1)"],
  ["channels", "f32[1, N, 4, 5]", "x -> ReLU -> AvgPool2d(2)"],
  ["truth values", "bool[N]", "x -> LogicalNot"],
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
  for (const n of OWN)
    compare(
      planned(`model M { input x: ${input.replace("N", String(n))}; output y = ${expression} }`),
      new Map(),
    );
});
