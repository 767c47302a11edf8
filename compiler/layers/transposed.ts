/** Transposed convolutions: each element of the input adds a multiple of the kernel to the result. */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { add, mul, sub, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { extents, type Dim, type Shape } from "../ir/types.ts";
import { channelSize, wantBatched, wantDtype, withChannels } from "./axes.ts";
import { biased, groupedInput, weightAndBias, wrongGroups } from "./convolution.ts";
import { bool, choice, int, layer, list, number, typed } from "./record.ts";
import type { Args, LayerRecord, Sample, ShapeContext } from "./record.ts";
import { acceptsOf, kernelSpan, alongAxes, perAxis, wrongCount, SPATIAL, formsOf } from "./spatial.ts";

type Rank = 1 | 2 | 3;

const byRank = { 2: "ConvTranspose1d", 3: "ConvTranspose1d", 4: "ConvTranspose2d", 5: "ConvTranspose3d" };

/** What happens along one spatial axis: element i of the input is added at i * stride - padding + tap * dilation. */
interface Spread {
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  /** The elements behind what the input reaches, by which the result is longer. */
  readonly extra: number;
}

function spreadsOf(args: Args, rank: Rank): readonly Spread[] {
  const [sizes, strides, paddings, dilations, extras] = [
    "kernel_size",
    "stride",
    "padding",
    "dilation",
    "output_padding",
  ].map((name) => alongAxes(args, name, rank)) as [number[], number[], number[], number[], number[]];
  return sizes.map((size, i) => ({
    size,
    stride: strides[i]!,
    padding: paddings[i]!,
    dilation: dilations[i]!,
    extra: extras[i]!,
  }));
}

/** The least size of the result along an axis: that without output_padding. */
function leastSize(length: Size, axis: Spread): Size {
  return add(mul(sub(length, 1), axis.stride), kernelSpan(axis) - 2 * axis.padding);
}

/** The spatial sizes of the result; or the reason why it has none. */
function resultSizes(shape: Shape, args: Args, rank: Rank, context: ShapeContext): readonly Dim[] | string {
  const wanted = args["output_size"] === null ? undefined : list(args, "output_size");
  const first = shape.length - rank;
  const sizes: Dim[] = [];
  for (const [i, axis] of spreadsOf(args, rank).entries()) {
    const dim = first + i;
    const length = extents(shape)[dim]!;
    const least = leastSize(length, axis);
    const empty = context.atLeast(length, 1, `the size at dim ${dim} must be at least 1`);
    if (empty !== undefined) return empty;
    const size = wanted?.[i] ?? add(least, axis.extra);
    const wrong =
      (wanted && betweenSizes(size, least, axis, dim, context)) ??
      context.atLeast(
        size,
        1,
        `nothing is left at dim ${dim}: padding takes ${axis.padding} from either side`,
      );
    if (wrong !== undefined) return wrong;
    sizes.push(size);
  }
  return sizes;
}

/** Says what is wrong with a size that output_size asks for: a stride has as many sizes as it is long. */
function betweenSizes(
  size: Size,
  least: Size,
  { stride }: Spread,
  dim: number,
  context: ShapeContext,
): string | undefined {
  const most = add(least, stride - 1);
  const range = stride === 1 ? sizeText(least) : `from ${sizeText(least)} to ${sizeText(most)}`;
  const reason = `output_size at dim ${dim} must be ${range}`;
  return context.atLeast(size, least, reason) ?? context.atLeast(most, size, reason);
}

const [BATCH, GROUP, IN, OUT, PLACES, TAPS] = [0, 1, 2, 3, 4, 7];

/**
 * The multiples of the kernel, as [N, G, O / G, place, tap, place, tap, …]: x [N, G, C / G, places…] times weight
 * [G, C / G, O / G, taps…]. The axis of groups is there only if there are several, and that of taps if there is more
 * than one along it.
 */
function multiples(b: Builder, x: Tensor, weight: Tensor, axes: readonly Spread[], groups: number): Tensor {
  const grouped = groups > 1 ? [GROUP] : [];
  const [inner, outer] = sizesOf(weight) as [number, number];
  const taps = axes.flatMap(({ size }, i) => (size > 1 ? [i] : []));
  const kernel = b.reshape(weight, [
    ...(groups > 1 ? [groups, inner / groups] : [inner]),
    outer,
    ...taps.map((i) => axes[i]!.size),
  ]);
  return b.contract(x, flipped(b, kernel, axes, taps), [
    [BATCH, ...grouped, IN, ...axes.map((_, i) => PLACES + i)],
    [...grouped, IN, OUT, ...taps.map((i) => TAPS + i)],
    [
      BATCH,
      ...grouped,
      OUT,
      ...axes.flatMap((_, i) => (taps.includes(i) ? [PLACES + i, TAPS + i] : [PLACES + i])),
    ],
  ]);
}

/** Whether the multiples of two elements meet in an element of the result. */
function overlaps(axis: Spread): boolean {
  return kernelSpan(axis) > axis.stride;
}

/** The kernel backwards along the axes where windows look for what meets in an element. */
function flipped(b: Builder, kernel: Tensor, axes: readonly Spread[], taps: readonly number[]): Tensor {
  const sizes = sizesOf(kernel);
  const first = sizes.length - taps.length;
  const isFlipped = sizes.map((_, axis) => axis >= first && overlaps(axes[taps[axis - first]!]!));
  return b.slice(
    kernel,
    sizes.map((size, axis) => (isFlipped[axis] ? sub(size, 1) : 0)),
    isFlipped.map((is) => (is ? -1 : 1)),
    sizes,
  );
}

/** The tensor with another axis: zeros between its elements, and from `-before` on as many as `size` says. */
function spread(b: Builder, x: Tensor, axis: number, interior: number, size: Size, before = 0): Tensor {
  const along = <T>(own: T, others: readonly T[]): T[] =>
    others.map((other, i) => (i === axis ? own : other));
  const zeros = sizesOf(x).map(() => 0);
  return b.pad(x, along(size, sizesOf(x)), { before: along<Size>(before, zeros), interior: along(interior, zeros) }); // prettier-ignore
}

/** The elements from `start` on. What lies behind the last one is 0. */
function cropped(b: Builder, x: Tensor, axis: number, start: number, size: Size, isInside: boolean): Tensor {
  if (!isInside) return spread(b, x, axis, 0, size, -start);
  const sizes = sizesOf(x);
  return b.slice(
    x,
    sizes.map((_, i) => (i === axis ? start : 0)),
    sizes.map(() => 1),
    sizes.with(axis, size),
  );
}

/**
 * Lays the multiples along an axis where they belong. Where those of two elements never meet, place and tap become one
 * axis; else the axis of taps stays, and its sum is what meets in an element.
 */
function laid(b: Builder, x: Tensor, place: number, axis: Spread, size: Size): Tensor {
  const { stride, dilation, padding, extra } = axis;
  const length = sizesOf(x)[place]!;
  if (axis.size === 1) return spread(b, x, place, stride - 1, size, -padding);
  if (!overlaps(axis)) {
    const apart = spread(b, x, place + 1, dilation - 1, stride);
    const joined = sizesOf(x).toSpliced(place, 2, mul(length, stride));
    const isInside = kernelSpan(axis) + extra <= stride + padding;
    return cropped(b, b.reshape(apart, joined), place, padding, size, isInside);
  }
  const wide = spread(b, x, place, stride - 1, add(mul(sub(length, 1), stride), 1));
  const before = kernelSpan(axis) - 1 - padding;
  const window = b.window(wide, { axis: place, size: axis.size, stride: 1, dilation, before, count: size });
  return b.diagonal(window, [place + 1, sizesOf(x).length]);
}

/** The result [N, G, O / G, …] of the multiples, without the bias. */
function gathered(b: Builder, x: Tensor, axes: readonly Spread[], sizes: readonly Size[]): Tensor {
  const outer = sizesOf(x).length - axes.length - axes.filter(({ size }) => size > 1).length;
  const places: number[] = [];
  let next = outer;
  for (const { size } of axes) {
    places.push(next);
    next += size > 1 ? 2 : 1;
  }
  // The last axis comes first, so that the others stay where they are.
  const whole = axes.reduceRight((tensor, axis, i) => laid(b, tensor, places[i]!, axis, sizes[i]!), x);
  const taps: number[] = [];
  let at = outer;
  for (const axis of axes) {
    at++;
    if (axis.size > 1 && overlaps(axis)) taps.push(at++);
  }
  return b.reshape(b.reduce("sum", whole, taps, "sum"), [...sizesOf(x).slice(0, outer), ...sizes]);
}

function transposed(rank: Rank, samples: readonly Sample[]): LayerRecord {
  const [batched, unbatched] = formsOf(`${rank}d`);
  const outs = SPATIAL[`${rank}d`].map((name) => `${name}out`).join(", ");
  return layer({
    name: `ConvTranspose${rank}d`,
    doc: "the transpose of a convolution: adds up a multiple of the kernel for each element of the input",
    shapes: `x: ${batched} or ${unbatched} -> [N, out_channels, ${outs}] or [out_channels, ${outs}]`,
    formula:
      "y[n, o, j] = bias[o] + sum over c, i, k with j = i * stride + k * dilation - padding of weight[c, o, k] * x[n, c, i]",
    source: `torch.nn.ConvTranspose${rank}d`,
    args: {
      in_channels: { ...int(undefined, 1), infer: (inputs) => channelSize(inputs, -rank - 1) },
      out_channels: int(undefined, 1),
      kernel_size: perAxis(undefined, 1),
      stride: perAxis(1, 1),
      padding: perAxis(0, 0),
      output_padding: perAxis(0, 0),
      groups: int(1, 1),
      bias: bool(true),
      dilation: perAxis(1, 1),
      padding_mode: choice(["zeros"], "zeros"),
      output_size: { kind: "sizes", default: null, optional: true },
    },
    inputs: ["x"],
    validate: (args) => {
      const names = ["kernel_size", "stride", "padding", "dilation", "output_padding"];
      const wrong = wrongCount(args, names, rank) ?? wrongGroups(args);
      if (wrong !== undefined) return wrong;
      if (args["output_size"] !== null && list(args, "output_size").length !== rank)
        return `output_size must be a list of ${rank}`;
      for (const { extra, stride, dilation } of spreadsOf(args, rank)) {
        if (extra < Math.max(stride, dilation)) continue;
        return `output_padding must be smaller than stride or dilation, but ${extra} is not smaller than ${stride} or ${dilation}`;
      }
      return undefined;
    },
    accepts: (args) => acceptsOf(`${rank}d`, number(args, "in_channels")),
    parameters: (args) => {
      const outer = number(args, "out_channels") / number(args, "groups");
      return weightAndBias(args, [
        number(args, "in_channels"),
        outer,
        ...alongAxes(args, "kernel_size", rank),
      ]);
    },
    infer: ([x], args, context) => {
      const { shape } = x!;
      const wrong = wantDtype(x!, "f32") ?? wantBatched(shape, rank + 2, `f32${batched}`, context, byRank);
      if (wrong !== undefined) return wrong;
      const dim = shape.length - rank - 1;
      const types = withChannels(x!, number(args, "in_channels"), context, dim);
      if (typeof types === "string") return types;
      const sizes = resultSizes(shape, args, rank, context);
      if (typeof sizes === "string") return sizes;
      return [typed("f32", [...shape.slice(0, dim), number(args, "out_channels"), ...sizes])];
    },
    body: ([input], { b, args, parameters, types }) => {
      const x = groupedInput(b, input!, rank, args);
      const result = extents(types[0]!.shape);
      const axes = spreadsOf(args, rank).map((axis) =>
        args["output_size"] === null ? axis : { ...axis, extra: axis.stride - 1 },
      );
      const products = multiples(b, x, parameters["weight"]!, axes, number(args, "groups"));
      const sums = gathered(b, products, axes, result.slice(-rank));
      return [biased(b, sums, parameters["bias"], rank, result)];
    },
    samples,
  });
}

export const convTranspose1d: LayerRecord = transposed(1, [
  { source: "ConvTranspose1d(3, 2, 3)", inputs: [[2, 3, 4]] },
  { source: "ConvTranspose1d(4, 6, 4, stride=2, padding=1, groups=2)", inputs: [[1, 4, 3]] },
  { source: "ConvTranspose1d(2, 3, 2, stride=3, padding=1, output_padding=2)", inputs: [[2, 3]] },
  { source: "ConvTranspose1d(2, 2, 3, stride=2, dilation=3, bias=False)", inputs: [[2, 2, 3]] },
  { source: "ConvTranspose1d(2, 2, 3, stride=3, output_size=[11])", inputs: [[2, 2, 3]] },
]);

export const convTranspose2d: LayerRecord = transposed(2, [
  { source: "ConvTranspose2d(2, 3, 2, stride=2)", inputs: [[2, 2, 3, 2]] },
  { source: "ConvTranspose2d(2, 1, 3, stride=2, padding=1, output_padding=1)", inputs: [[1, 2, 3, 2]] },
  {
    source: "ConvTranspose2d(4, 4, [1, 3], stride=[2, 1], padding=[0, 2], groups=4)",
    inputs: [[2, 4, 2, 4]],
  },
  {
    source: "ConvTranspose2d(2, 2, [3, 2], dilation=[2, 1], stride=[2, 3], groups=2, bias=False)",
    inputs: [[2, 2, 3]],
  },
]);

export const convTranspose3d: LayerRecord = transposed(3, [
  { source: "ConvTranspose3d(2, 2, 2)", inputs: [[2, 2, 2, 1, 2]] },
  {
    source: "ConvTranspose3d(2, 4, [2, 1, 3], stride=[2, 1, 2], padding=[0, 0, 1], groups=2)",
    inputs: [[1, 2, 2, 2, 2]],
  },
  { source: "ConvTranspose3d(1, 2, 2, stride=2, output_padding=1, bias=False)", inputs: [[1, 1, 2, 2]] },
]);
