/** Normalization by statistics of one sample: over its last axes, or over groups of its channels. */
import type { Builder, Tensor } from "../ir/graph/builder.ts";
import { sizesOf } from "../ir/graph/builder.ts";
import { floorDiv, mod, mul, product, sub } from "../ir/size/size.ts";
import { extent, extents, isRun, type Dim, type TensorType } from "../ir/types.ts";
import { axisAt, channelSize, lastSize, otherAxes, wantDtype, withChannels } from "./axes.ts";
import { bool, constant, flag, float, int, ints, layer, list, number, typed } from "./record.ts";
import type { ArgSpec, Args, BodyContext, LayerRecord, ParameterSpec, ShapeContext } from "./record.ts";

/** For no more values than this, float64 has digits to spare even if the first value is far from all others. */
const MAX_ONE_PASS_VALUES = 4096;

/**
 * Mean and biased variance in one pass, over the distances d from one of the values, the pivot: mean = pivot +
 * mean(d), variance = mean(d^2) - mean(d)^2. So nothing cancels in data far from 0. As the pivot is one of the n
 * values, n * variance >= mean(d)^2; float64 loses at most a factor of n of its 2^53, and only if nearly all
 * other values are far from the pivot. The pivot of a few values is the first; that of many, or of a number that
 * is not known, is a typical one.
 *
 * If the mean is `kept`, distances from an infinite pivot are replaced by distances from 0, as inf - inf is no
 * distance: the mean of infinities is then infinite as it should be. If only the variance is used, this is not
 * needed: it is NaN in either case, and so are all results.
 */
export function statistics(
  b: Builder,
  x: Tensor,
  axes: readonly number[],
  kept = false,
): { mean: Tensor; centred: Tensor; variance: Tensor } {
  const pivot = pivotOf(b, x, axes);
  const from = kept ? b.select(b.map("eq", [b.sub(pivot, pivot), 0]), pivot, 0) : pivot;
  const distance = b.sub(x, from);
  const drift = b.mean(distance, axes);
  const mean = b.map("add", [from, drift], "mean");
  const square = b.mean(b.mul(distance, distance), axes);
  return { mean, centred: b.sub(x, mean), variance: b.map("sub", [square, b.mul(drift, drift)], "variance") };
}

/**
 * One of the values over `axes`: the first of a few, else the median of three, so that it is not a value far from
 * all others. If there are no values it is 0, and its value does not matter.
 */
function pivotOf(b: Builder, x: Tensor, axes: readonly number[]): Tensor {
  const sizes = sizesOf(x);
  if (axes.some((axis) => sizes[axis] === 0)) return b.constant(0);
  const one = sizes.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const valueAt = (thirds: number): Tensor => {
    const at = sizes.map((size, axis) => (axes.includes(axis) ? floorDiv(mul(size, thirds), 3) : 0));
    return b.slice(x, at, sizes.map(() => 1), one); // prettier-ignore
  };
  const count = product(axes.map((axis) => sizes[axis]!));
  const first = valueAt(0);
  if (typeof count === "number" && count <= MAX_ONE_PASS_VALUES) return first;
  const second = valueAt(1);
  const [low, high] = [b.map("min", [first, second]), b.map("max", [first, second])];
  return b.map("max", [low, b.map("min", [high, valueAt(2)])]);
}

/**
 * The unbiased variance of the values over `axes`: `variance` times n / (n - 1), which is NaN for a single value.
 */
export function unbiased(b: Builder, variance: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  const count = product(axes.map((axis) => sizesOf(x)[axis]!));
  return b.mul(variance, b.div(b.constant(count), b.constant(sub(count, 1))));
}

/** 1 / sqrt(square + eps), where `square` is a variance or another mean of squares. */
export function inverseRoot(b: Builder, square: Tensor, eps: number): Tensor {
  // A mean of squares is never -0, so adding 0 would change nothing.
  return b.div(1, b.map("sqrt", [eps === 0 ? square : b.add(square, eps)]));
}

/** y * weight + bias, without the factor or the summand that is absent. */
export function affine(b: Builder, y: Tensor, weight: Tensor | undefined, bias: Tensor | undefined): Tensor {
  const scaled = weight ? b.mul(y, weight) : y;
  return bias ? b.add(scaled, bias) : scaled;
}

/** The parameters `weight`, which begins as ones, and `bias`, which begins as zeros. */
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

/** The members that the records of layers over the last axes (those of `normalized_shape`) have in common. */
const overLastAxes = {
  shapes: "x: [..., *normalized_shape] -> the same",
  inputs: ["x"],
  validate: (args) =>
    normalizedShape(args).length === 0 ? "normalized_shape must have at least one size" : undefined,
  accepts: (args) => [{ dtype: "f32", shape: ["...", ...normalizedShape(args)] }],
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
} as const satisfies Partial<LayerRecord>;

const normalized_shape: ArgSpec = { ...ints(), least: 1, infer: lastSize };

/** The input with the sizes that the shape rule gave it, and the axes of `normalized_shape` in it. */
function withLastAxes([input]: readonly Tensor[], { b, args, types }: BodyContext): [Tensor, number[]] {
  const sizes = extents(types[0]!.shape);
  const count = normalizedShape(args).length;
  const axes = Array.from({ length: count }, (_, i) => sizes.length - count + i);
  return [b.reshape(input!, sizes), axes];
}

export const layerNorm: LayerRecord = layer({
  ...overLastAxes,
  name: "LayerNorm",
  doc: "normalizes over the last axes, then * weight + bias elementwise",
  formula: "(x - mean) / sqrt(var + eps) * weight + bias",
  source: "torch.nn.LayerNorm; Ba et al., arXiv:1607.06450",
  args: { normalized_shape, eps: float(1e-5), elementwise_affine: bool(true), bias: bool(true) },
  parameters: (args) => {
    const weight = flag(args, "elementwise_affine");
    return affineParameters(normalizedShape(args), weight, weight && flag(args, "bias"));
  },
  body: (inputs, context) => {
    const { b, args, parameters } = context;
    const [x, axes] = withLastAxes(inputs, context);
    const { centred, variance } = statistics(b, x, axes);
    const y = b.mul(centred, inverseRoot(b, variance, number(args, "eps")));
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

/** The eps that PyTorch uses if none is given: the distance from 1 to the next float32. */
const EPSILON = 2 ** -23;

export const rmsNorm: LayerRecord = layer({
  ...overLastAxes,
  name: "RMSNorm",
  doc: "divides by the root of the mean square over the last axes, then * weight; without eps, 2^-23 is added",
  formula: "x / sqrt(mean(x^2) + eps) * weight",
  source: "torch.nn.RMSNorm; Zhang and Sennrich, arXiv:1910.07467",
  args: { normalized_shape, eps: float(null), elementwise_affine: bool(true) },
  parameters: (args) => affineParameters(normalizedShape(args), flag(args, "elementwise_affine"), false),
  body: (inputs, context) => {
    const { b, args, parameters } = context;
    const [x, axes] = withLastAxes(inputs, context);
    const eps = (args["eps"] as number | null) ?? EPSILON;
    const y = b.mul(x, inverseRoot(b, b.mean(b.mul(x, x), axes, "square"), eps));
    return [affine(b, y, parameters["weight"], undefined)];
  },
  samples: [
    { source: "RMSNorm(10)", inputs: [[2, 10]] },
    { source: "RMSNorm(5, eps=0)", inputs: [[5]] },
    { source: "RMSNorm([3, 4], 1e-3)", inputs: [[2, 3, 4]] },
    { source: "RMSNorm(4, eps=2.5, elementwise_affine=False)", inputs: [[2, 3, 4]] },
  ],
});

/**
 * The input's type if its channels can be grouped; else the reason why they cannot. Without parameters by
 * channel, PyTorch takes any number of channels that the groups divide.
 */
function wantGroups(x: TensorType, args: Args, context: ShapeContext): readonly TensorType[] | string {
  if (flag(args, "affine")) return withChannels(x, number(args, "num_channels"), context);
  const groups = number(args, "num_groups");
  const reason = `the size at dim 1 must be divisible by num_groups, ${groups}`;
  const axis = axisAt(x.shape, 1);
  if (typeof axis === "string") return `${reason}, but ${axis}`;
  return context.equal(mod(extent(x.shape[axis]!), groups), 0, reason) ?? [x];
}

export const groupNorm: LayerRecord = layer({
  name: "GroupNorm",
  doc: "normalizes each group of neighbouring channels of a sample, then * weight + bias by channel",
  shapes: "x: [N, C, ...] -> the same",
  formula: "(x - mean) / sqrt(var + eps) * weight + bias",
  source: "torch.nn.GroupNorm; Wu and He, arXiv:1803.08494",
  args: {
    num_groups: int(undefined, 1),
    num_channels: { ...int(undefined, 1), infer: channelSize },
    eps: float(1e-5),
    affine: bool(true),
  },
  inputs: ["x"],
  validate: (args) => {
    const [groups, channels] = [number(args, "num_groups"), number(args, "num_channels")];
    if (channels % groups === 0) return undefined;
    return `num_channels must be divisible by num_groups, but ${channels} is not by ${groups}`;
  },
  accepts: (args) => [{ dtype: "f32", shape: ["N", number(args, "num_channels"), "..."] }],
  parameters: (args) =>
    affineParameters([number(args, "num_channels")], flag(args, "affine"), flag(args, "affine")),
  infer: ([x], args, context) => {
    const wrong = wantDtype(x!, "f32");
    if (wrong !== undefined) return wrong;
    const types = wantGroups(x!, args, context);
    if (typeof types === "string") return types;
    const sizes = extents(types[0]!.shape);
    const groups = number(args, "num_groups");
    // PyTorch counts the values of all samples, so it accepts a batch even if each group has a single value, or
    // no value.
    if (typeof sizes[1] === "number" && sizes[1] > groups) return types;
    const values = floorDiv(product(sizes), groups);
    return context.unequal(values, 1, "there must be more than 1 value per group") ?? types;
  },
  body: ([input], { b, args, parameters, types }) => {
    const sizes = extents(types[0]!.shape);
    const [batch, channels, ...rest] = sizes;
    const groups = number(args, "num_groups");
    const perGroup = floorDiv(channels!, groups);
    const x = b.reshape(input!, [batch!, groups, perGroup, ...rest]);
    const { centred, variance } = statistics(b, x, otherAxes(sizesOf(x).length, [0, 1]));
    const y = b.mul(centred, inverseRoot(b, variance, number(args, "eps")));
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
