/** Softmax and its kin: exponentials over their sum along an axis. */
import type { Builder, Tensor } from "../ir/graph/builder.ts";
import type { Shape } from "../ir/types.ts";
import { DECLARE, aroundAxis, axisAt, axisIn, rankOf, wantBatched, wantDtype } from "./axes.ts";
import { dimension, layer } from "./record.ts";
import type { Args, LayerRecord } from "./record.ts";

/** exp(shifted) divided by its sum. `shifted` is at most 0, so the exponential cannot overflow. */
function normalized(b: Builder, shifted: Tensor, axes: readonly number[]): Tensor {
  const exponential = b.map("exp", [shifted], "exponential");
  return b.div(exponential, b.reduce("sum", exponential, axes, "sum"));
}

/** Exponentials over their sum along `axes`, without overflow. */
export function softmaxOver(b: Builder, x: Tensor, axes: readonly number[]): Tensor {
  return normalized(b, belowMaximum(b, x, axes), axes);
}

/** The logarithm of exponentials over their sum along `axes`, without overflow. */
export function logSoftmaxOver(b: Builder, x: Tensor, axes: readonly number[]): Tensor {
  const shifted = belowMaximum(b, x, axes);
  const sum = b.reduce("sum", b.map("exp", [shifted]), axes, "sum");
  return b.sub(shifted, b.map("log", [sum]));
}

/** x - max(x) */
function belowMaximum(b: Builder, x: Tensor, axes: readonly number[]): Tensor {
  return b.sub(x, b.reduce("max", x, axes, "maximum"));
}

function alongDim(spec: {
  name: string;
  doc: string;
  formula: string;
  compute: (b: Builder, x: Tensor, axes: readonly number[]) => Tensor;
}): LayerRecord {
  const { name, doc, formula, compute } = spec;
  return layer({
    name,
    doc: `${doc} along dim; without a dim, along 0 where x has 0, 1 or 3 sizes, else along 1`,
    shapes: "x: [...] -> [...]",
    formula,
    source: `torch.nn.${name}`,
    args: { dim: dimension(null) },
    inputs: ["x"],
    accepts: (args) => {
      const dim = args["dim"];
      if (typeof dim !== "number") return [{ dtype: "f32", shape: ["N", "C"] }];
      return [{ dtype: "f32", shape: aroundAxis(dim) }];
    },
    infer: ([x], args) => {
      const wrong = wantDtype(x!, "f32");
      if (wrong !== undefined) return wrong;
      const dim = dimOf(x!.shape, args);
      if (x!.shape.length === 0 && (dim === 0 || dim === -1)) return [x!]; // PyTorch treats a scalar as a row of one
      const axis = typeof dim === "string" ? dim : axisAt(x!.shape, dim);
      return typeof axis === "string" ? axis : [x!];
    },
    body: ([x], { b, args, types }) => {
      const { shape } = types[0]!;
      const axes = shape.length === 0 ? [] : [axisIn(x!, dimOf(shape, args) as number)];
      return [compute(b, x!, axes)];
    },
    samples: [
      { source: `${name}(dim=-1)`, inputs: [[6]] },
      { source: `${name}(dim=1)`, inputs: [[2, 5]] },
      { source: `${name}(dim=1)`, inputs: [[2, 5, 3]] },
      { source: `${name}(dim=-2)`, inputs: [[2, 5, 3]] },
      { source: `${name}(0)`, inputs: [[3, 2, 2]] },
      { source: `${name}()`, inputs: [[2, 4]] },
      { source: `${name}()`, inputs: [[2, 4, 3]] },
    ],
  });
}

/** The axis if `dim` is not given, chosen as in PyTorch: 0 for a tensor of 0, 1 or 3 sizes, else 1. */
function dimOf(shape: Shape, args: Args): number | string {
  const dim = args["dim"];
  if (typeof dim === "number") return dim;
  const rank = rankOf(shape);
  if (rank === undefined) return `without dim it goes by the number of sizes: write dim=…, or ${DECLARE}`;
  return rank === 0 || rank === 1 || rank === 3 ? 0 : 1;
}

export const softmax: LayerRecord = alongDim({
  name: "Softmax",
  doc: "exp(x) over its sum",
  formula: "exp(x) / sum(exp(x), dim)",
  compute: softmaxOver,
});

export const softmin: LayerRecord = alongDim({
  name: "Softmin",
  doc: "exp(-x) over its sum",
  formula: "exp(-x) / sum(exp(-x), dim)",
  // -x - max(-x) = min(x) - x
  compute: (b, x, axes) => normalized(b, b.sub(b.reduce("min", x, axes, "minimum"), x), axes),
});

export const logSoftmax: LayerRecord = alongDim({
  name: "LogSoftmax",
  doc: "the logarithm of exp(x) over its sum",
  formula: "x - log(sum(exp(x), dim))",
  compute: logSoftmaxOver,
});

export const softmax2d: LayerRecord = layer({
  name: "Softmax2d",
  doc: "Softmax over the channels of images",
  shapes: "x: [N, C, H, W] or [C, H, W] -> the same",
  formula: "exp(x) / sum(exp(x), dim=-3)",
  source: "torch.nn.Softmax2d",
  args: {},
  inputs: ["x"],
  accepts: () => [{ dtype: "f32", shape: ["N", "C", "H", "W"] }],
  infer: ([x], _args, context) =>
    wantDtype(x!, "f32") ?? wantBatched(x!.shape, 4, "f32[N, C, H, W]", context) ?? [x!],
  body: ([x], { b }) => {
    const axes = [axisIn(x!, -3)];
    return [softmaxOver(b, x!, axes)];
  },
  samples: [
    { source: "Softmax2d()", inputs: [[2, 3, 2, 2]] },
    { source: "Softmax2d()", inputs: [[4, 3, 2]] },
    { source: "Softmax2d()", inputs: [[1, 1, 2, 3]] },
  ],
});
