/** Normalization over the axes of one sample: layers, groups, neighbouring channels. */
import type { Builder, Tensor } from "../ir/build.ts";
import { sizesOf } from "../ir/build.ts";
import { product } from "../ir/size.ts";
import { extents, isRun, type Dim } from "../ir/types.ts";
import { axisAt, channelSize, lastSize, otherAxes, rankOf, wantDtype, withChannels } from "./axes.ts";
import { bool, constant, flag, float, int, ints, layer, list, number, typed } from "./record.ts";
import type { Args, LayerRecord, ParameterSpec } from "./record.ts";

/** Mean and biased variance in two passes: one pass would cancel on data far from 0. */
export function statistics(
  b: Builder,
  x: Tensor,
  axes: readonly number[],
): { mean: Tensor; centred: Tensor; variance: Tensor } {
  const mean = b.mean(x, axes, "mean");
  const centred = b.sub(x, mean);
  return { mean, centred, variance: b.mean(b.mul(centred, centred), axes, "variance") };
}

/** 1 / sqrt(variance + eps) */
export function inverseDeviation(b: Builder, variance: Tensor, eps: number): Tensor {
  // A variance is never -0, so adding 0 to it says nothing.
  return b.div(1, b.map("sqrt", [eps === 0 ? variance : b.add(variance, eps)]));
}

/** y * weight + bias, as far as they exist. */
export function affine(b: Builder, y: Tensor, weight: Tensor | undefined, bias: Tensor | undefined): Tensor {
  const scaled = weight ? b.mul(y, weight) : y;
  return bias ? b.add(scaled, bias) : scaled;
}

/** `weight` of ones and `bias` of zeros. */
export function affineParameters(shape: readonly number[], weight: boolean, bias: boolean): ParameterSpec[] {
  const common = { role: "param", dtype: "f32", shape } as const;
  return [
    ...(weight ? [{ name: "weight", ...common, init: constant(1) }] : []),
    ...(bias ? [{ name: "bias", ...common, init: constant(0) }] : []),
  ];
}

function normalizedShape(args: Args): readonly number[] {
  return list(args, "normalized_shape") as readonly number[];
}

export const layerNorm: LayerRecord = layer({
  name: "LayerNorm",
  doc: "(x - mean) / sqrt(variance + eps) over the last axes, then * weight + bias elementwise",
  args: {
    normalized_shape: { ...ints(), least: 1, infer: lastSize },
    eps: float(1e-5),
    elementwise_affine: bool(true),
    bias: bool(true),
  },
  inputs: ["x"],
  validate: (args) =>
    normalizedShape(args).length === 0 ? "normalized_shape must have at least one size" : undefined,
  accepts: (args) => [{ dtype: "f32", shape: ["...", ...normalizedShape(args)] }],
  parameters: (args) => {
    const weight = flag(args, "elementwise_affine");
    return affineParameters(normalizedShape(args), weight, weight && flag(args, "bias"));
  },
  infer: ([x], args, context) => {
    const wrong = wantDtype(x!, "f32");
    if (wrong !== undefined) return wrong;
    const wanted = normalizedShape(args);
    const reason =
      wanted.length === 1
        ? `the last size must be ${wanted[0]}`
        : `the last ${wanted.length} sizes must be ${wanted.join(", ")}`;
    const last: readonly Dim[] = x!.shape.slice(-wanted.length);
    if (last.length < wanted.length) return reason;
    for (const [i, dim] of last.entries()) {
      if (isRun(dim)) return `${reason}, and must be declared`;
      const differs = context.equal(dim, wanted[i]!, reason);
      if (differs !== undefined) return differs;
    }
    return [typed("f32", [...x!.shape.slice(0, -wanted.length), ...wanted])];
  },
  body: ([input], { b, args, parameters, types }) => {
    const sizes = extents(types[0]!.shape);
    const x = b.reshape(input!, sizes);
    const count = normalizedShape(args).length;
    const axes = Array.from({ length: count }, (_, i) => sizes.length - count + i);
    const { centred, variance } = statistics(b, x, axes);
    const y = b.mul(centred, inverseDeviation(b, variance, number(args, "eps")));
    return [affine(b, y, parameters["weight"], parameters["bias"])];
  },
  samples: [
    { source: "LayerNorm(10)", inputs: [[2, 10]] },
    { source: "LayerNorm(5, eps=0)", inputs: [[5]] },
    { source: "LayerNorm([3, 4], 1e-3)", inputs: [[2, 3, 4]] },
    { source: "LayerNorm(4, elementwise_affine=False)", inputs: [[2, 3, 4]] },
    { source: "LayerNorm(4, bias=False)", inputs: [[3, 4]] },
  ],
});

export const groupNorm: LayerRecord = layer({
  name: "GroupNorm",
  doc: "normalizes each group of neighbouring channels of a sample, then * weight + bias by channel",
  args: {
    num_groups: int(undefined, 1),
    num_channels: { ...int(undefined, 1), infer: channelSize },
    eps: float(1e-5),
    affine: bool(true),
  },
  inputs: ["x"],
  validate: (args) =>
    number(args, "num_channels") % number(args, "num_groups") === 0
      ? undefined
      : "num_channels must be divisible by num_groups",
  accepts: (args) => [{ dtype: "f32", shape: ["N", number(args, "num_channels"), "..."] }],
  parameters: (args) =>
    affineParameters([number(args, "num_channels")], flag(args, "affine"), flag(args, "affine")),
  infer: ([x], args, context) => {
    const wrong = wantDtype(x!, "f32");
    if (wrong !== undefined) return wrong;
    const channels = number(args, "num_channels");
    const types = withChannels(x!, channels, context);
    if (typeof types === "string" || channels > number(args, "num_groups")) return types;
    const values = product(extents(x!.shape).filter((_, axis) => axis !== 1));
    return context.atLeast(values, 2, "a group must have more than 1 value") ?? types;
  },
  body: ([input], { b, args, parameters, types }) => {
    const sizes = extents(types[0]!.shape);
    const [batch, , ...rest] = sizes;
    const groups = number(args, "num_groups");
    const perGroup = number(args, "num_channels") / groups;
    const x = b.reshape(input!, [batch!, groups, perGroup, ...rest]);
    const { centred, variance } = statistics(b, x, otherAxes(sizesOf(x).length, [0, 1]));
    const y = b.mul(centred, inverseDeviation(b, variance, number(args, "eps")));
    const byChannel = [1, groups, perGroup, ...rest.map(() => 1)];
    const { weight, bias } = parameters;
    const scaled = affine(b, y, weight && b.reshape(weight, byChannel), bias && b.reshape(bias, byChannel));
    return [b.reshape(scaled, sizes)];
  },
  samples: [
    { source: "GroupNorm(2, 6)", inputs: [[2, 6]] },
    { source: "GroupNorm(3, 6, eps=1e-3)", inputs: [[2, 6, 4]] },
    { source: "GroupNorm(1, 4, affine=False)", inputs: [[2, 4, 3, 2]] },
    { source: "GroupNorm(4, 4)", inputs: [[1, 4, 3]] },
  ],
});

export const localResponseNorm: LayerRecord = layer({
  name: "LocalResponseNorm",
  doc: "x / (k + alpha / size * sum of x^2 over `size` neighbouring channels) ** beta",
  args: { size: int(undefined, 1), alpha: float(1e-4), beta: float(0.75), k: float(1) },
  inputs: ["x"],
  accepts: () => [{ dtype: "f32", shape: ["N", "C", "L", "..."] }],
  infer: ([x]) => {
    const wrong = wantDtype(x!, "f32");
    if (wrong !== undefined) return wrong;
    const axis = axisAt(x!.shape, 1);
    if (typeof axis === "string") return axis;
    if (x!.shape.length >= 3) return [x!];
    return rankOf(x!.shape) === undefined
      ? "it takes at least 3 sizes: declare the input with three of them"
      : "it takes at least 3 sizes, as in f32[N, C, L]";
  },
  body: ([x], { b, args }) => {
    const sizes = sizesOf(x!);
    const size = number(args, "size");
    const before = Math.floor(size / 2); // of an even size, the longer side
    const spec = { axis: 1, size, stride: 1, dilation: 1, before, count: sizes[1]! };
    const squares = b.window(b.mul(x!, x!), spec);
    const sum = b.reshape(b.reduce("sum", squares, [sizes.length], "sum"), sizes);
    const base = b.add(b.mul(sum, number(args, "alpha") / size), number(args, "k"));
    return [b.div(x!, b.map("pow", [base, number(args, "beta")]))];
  },
  samples: [
    { source: "LocalResponseNorm(2)", inputs: [[2, 5, 3]] },
    { source: "LocalResponseNorm(3, alpha=0.1, beta=0.5, k=2)", inputs: [[2, 4, 3, 2]] },
    { source: "LocalResponseNorm(7)", inputs: [[1, 3, 4]] },
    { source: "LocalResponseNorm(1)", inputs: [[2, 3, 2]] },
  ],
});
