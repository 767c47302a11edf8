/** Convolutions: each result is a sum of products over a window of the input. */
import { biasBound, weightBound } from "../../runtime/init.ts";
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import type { PadMode } from "../ir/graph/primitives.ts";
import type { Size } from "../ir/size/size.ts";
import { extents, type Shape } from "../ir/types.ts";
import { channelSize, wantBatched, wantDtype, withChannels } from "./axes.ts";
import { bool, choice, flag, int, layer, number, typed, within } from "./record.ts";
import type { Args, LayerRecord, ParameterSpec, Sample, ShapeContext } from "./record.ts";
import {
  acceptsOf,
  alongAxes,
  perAxis,
  slidSizes,
  wrongCount,
  type Sliding,
  SPATIAL,
  formsOf,
  padLast,
} from "./spatial.ts";

type Rank = 1 | 2 | 3;

const byRank = { 2: "Conv1d", 3: "Conv1d", 4: "Conv2d", 5: "Conv3d" };

/** The window along each axis. The padding of `same` is one more behind where it is odd. */
function windowsOf(args: Args, rank: Rank): readonly Sliding[] {
  const [sizes, strides, dilations] = ["kernel_size", "stride", "dilation"].map((name) =>
    alongAxes(args, name, rank),
  ) as [readonly number[], readonly number[], readonly number[]];
  const padding = typeof args["padding"] === "string" ? undefined : alongAxes(args, "padding", rank);
  return sizes.map((size, i) => {
    const axis = { size, stride: strides[i]!, dilation: dilations[i]! };
    if (padding) return { ...axis, before: padding[i]!, after: padding[i]! };
    const total = args["padding"] === "same" ? axis.dilation * (size - 1) : 0;
    const before = Math.floor(total / 2);
    return { ...axis, before, after: total - before };
  });
}

/** What convolutions and transposed ones demand of their channels. */
export function wrongGroups(args: Args): string | undefined {
  const groups = number(args, "groups");
  for (const name of ["in_channels", "out_channels"]) {
    const channels = number(args, name);
    if (channels % groups === 0) continue;
    return `${name} must be divisible by groups, and ${channels} is no multiple of ${groups}`;
  }
  return undefined;
}

/** The weight and the bias; each value of the weight's fan is an input of one output. */
export function weightAndBias(args: Args, weight: readonly number[]): readonly ParameterSpec[] {
  const fan = weight.slice(1).reduce((product, size) => product * size, 1);
  const common = { role: "param", dtype: "f32" } as const;
  const bias = [number(args, "out_channels")];
  return [
    { ...common, name: "weight", shape: weight, init: within(weightBound(fan)) },
    ...(flag(args, "bias") ? [{ ...common, name: "bias", shape: bias, init: within(biasBound(fan)) }] : []),
  ];
}

/** What a padding mode that reads elements of the input demands of its size. */
function wrongPadding(
  shape: Shape,
  axes: readonly Sliding[],
  mode: string,
  context: ShapeContext,
): string | undefined {
  if (mode === "zeros" || mode === "replicate") return undefined;
  const first = shape.length - axes.length;
  for (const [i, { before, after }] of axes.entries()) {
    const padding = Math.max(before, after);
    const least = mode === "reflect" ? padding + 1 : padding;
    const why =
      mode === "reflect"
        ? `more than the padding of ${padding}, which mirrors it`
        : `at least the padding of ${padding}, which repeats it`;
    const reason = `the size at dim ${first + i} must be ${why}`;
    const wrong = context.atLeast(extents(shape)[first + i]!, least, reason);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** The labels of a convolution's axes; those of the spatial axes and of the taps of the kernel are counted on. */
const [BATCH, GROUP, IN, OUT, PLACES, TAPS] = [0, 1, 2, 3, 4, 7];

/**
 * The sums over channels and taps: x [N, G, C / G, …] and weight [G, O / G, C / G, taps…] give [N, G, O / G, …]. The
 * axes of groups are there only if there are several, and those of taps where there is more than one: a kernel of size
 * 1 makes a plain product.
 */
function products(
  b: Builder,
  x: Tensor,
  weight: Tensor,
  axes: readonly Sliding[],
  places: readonly Size[],
  groups: number,
): Tensor {
  const grouped = groups > 1 ? [GROUP] : [];
  const outer = [BATCH, ...grouped, IN];
  const taps = axes.flatMap(({ size, before, after }, i) => (size > 1 || before + after > 0 ? [i] : []));
  const strided = strides(b, x, axes, places, taps);
  const seen = taps.reduce((tensor, i) => {
    const { size, stride, dilation, before } = axes[i]!;
    return b.window(tensor, { axis: outer.length + i, size, stride, dilation, before, count: places[i]! });
  }, strided);
  const [out, inner] = sizesOf(weight) as [number, number];
  const kernel = b.reshape(weight, [
    ...(groups > 1 ? [groups, out / groups] : [out]),
    inner,
    ...taps.map((i) => axes[i]!.size),
  ]);
  const spatial = axes.map((_, i) => PLACES + i);
  const tapLabels = taps.map((i) => TAPS + i);
  return b.contract(seen, kernel, [
    [...outer, ...spatial, ...tapLabels],
    [...grouped, OUT, IN, ...tapLabels],
    [BATCH, ...grouped, OUT, ...spatial],
  ]);
}

/** The elements that windows of one element each stand at, along the axes that have no other windows. */
function strides(
  b: Builder,
  x: Tensor,
  axes: readonly Sliding[],
  places: readonly Size[],
  windowed: readonly number[],
): Tensor {
  const sizes = [...sizesOf(x)];
  const steps = sizes.map(() => 1);
  const first = sizes.length - axes.length;
  for (const [i, { stride }] of axes.entries()) {
    if (windowed.includes(i)) continue;
    sizes[first + i] = places[i]!;
    steps[first + i] = stride;
  }
  return b.slice(x, sizes.map(() => 0), steps, sizes); // prettier-ignore
}

/** The input with elements of its own around it, and the windows over that. */
function padded(
  b: Builder,
  x: Tensor,
  axes: readonly Sliding[],
  mode: PadMode,
): { x: Tensor; axes: readonly Sliding[] } {
  return { x: padLast(b, x, axes, { mode }), axes: axes.map((axis) => ({ ...axis, before: 0, after: 0 })) };
}

/** The input as [N, G, C / G, …], with the axis of groups only if there are several. */
export function groupedInput(b: Builder, x: Tensor, rank: Rank, args: Args): Tensor {
  const groups = number(args, "groups");
  const channels = number(args, "in_channels");
  const sizes = sizesOf(x);
  const batch = sizes.length === rank + 2 ? sizes[0]! : 1;
  return b.reshape(x, [
    batch,
    ...(groups > 1 ? [groups, channels / groups] : [channels]),
    ...sizes.slice(-rank),
  ]);
}

/** The sums [N, G, O / G, …] with the bias of each output channel, in the shape of the result. */
export function biased(
  b: Builder,
  sums: Tensor,
  bias: Tensor | undefined,
  rank: Rank,
  result: readonly Size[],
): Tensor {
  const outer = sizesOf(sums).slice(1, -rank);
  const shift = bias && b.reshape(bias, [...outer, ...new Array<number>(rank).fill(1)]);
  return b.reshape(shift ? b.add(sums, shift) : sums, result);
}

function convolution(rank: Rank, samples: readonly Sample[]): LayerRecord {
  const [batched, unbatched] = formsOf(`${rank}d`);
  const outs = SPATIAL[`${rank}d`].map((name) => `${name}out`).join(", ");
  return layer({
    name: `Conv${rank}d`,
    doc: "sums of products of a kernel with windows of the input, for each output channel",
    shapes: `x: ${batched} or ${unbatched} -> [N, out_channels, ${outs}] or [out_channels, ${outs}]`,
    formula:
      "y[n, o, i] = bias[o] + sum over c, k of weight[o, c, k] * x[n, c, i * stride + k * dilation - padding]",
    source: `torch.nn.Conv${rank}d`,
    args: {
      in_channels: { ...int(undefined, 1), infer: (inputs) => channelSize(inputs, -rank - 1) },
      out_channels: int(undefined, 1),
      kernel_size: perAxis(undefined, 1),
      stride: perAxis(1, 1),
      padding: { ...perAxis(0, 0), choices: ["valid", "same"] },
      dilation: perAxis(1, 1),
      groups: int(1, 1),
      bias: bool(true),
      padding_mode: choice(["zeros", "reflect", "replicate", "circular"], "zeros"),
    },
    inputs: ["x"],
    validate: (args) => {
      const wrong = wrongCount(args, ["kernel_size", "stride", "padding", "dilation"], rank);
      if (wrong !== undefined) return wrong;
      if (args["padding"] === "same" && windowsOf(args, rank).some(({ stride }) => stride !== 1))
        return 'padding="same" needs a stride of 1: give the padding as numbers';
      return wrongGroups(args);
    },
    accepts: (args) => acceptsOf(`${rank}d`, number(args, "in_channels")),
    parameters: (args) => {
      const channels = number(args, "in_channels") / number(args, "groups");
      return weightAndBias(args, [
        number(args, "out_channels"),
        channels,
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
      const axes = windowsOf(args, rank);
      const unfit = wrongPadding(shape, axes, args["padding_mode"] as string, context);
      if (unfit !== undefined) return unfit;
      const sizes = slidSizes(shape, axes, context);
      if (typeof sizes === "string") return sizes;
      return [typed("f32", [...shape.slice(0, dim), number(args, "out_channels"), ...sizes])];
    },
    body: ([input], { b, args, parameters, types }) => {
      const x = groupedInput(b, input!, rank, args);
      const mode = args["padding_mode"] as PadMode | "zeros";
      const windows = windowsOf(args, rank);
      const source = mode === "zeros" ? { x, axes: windows } : padded(b, x, windows, mode);
      const result = extents(types[0]!.shape);
      const groups = number(args, "groups");
      const sums = products(b, source.x, parameters["weight"]!, source.axes, result.slice(-rank), groups);
      return [biased(b, sums, parameters["bias"], rank, result)];
    },
    samples,
  });
}

export const conv1d: LayerRecord = convolution(1, [
  { source: "Conv1d(3, 4, 3)", inputs: [[2, 3, 7]] },
  { source: "Conv1d(4, 6, 2, stride=2, padding=1, groups=2)", inputs: [[2, 4, 6]] },
  { source: 'Conv1d(2, 3, 3, padding="same", dilation=2, bias=False)', inputs: [[2, 5]] },
  { source: 'Conv1d(3, 3, 4, padding=2, groups=3, padding_mode="reflect")', inputs: [[2, 3, 5]] },
  { source: "Conv1d(3, 2, 1)", inputs: [[3, 3, 4]] },
]);

export const conv2d: LayerRecord = convolution(2, [
  { source: "Conv2d(2, 3, 3, padding=1)", inputs: [[2, 2, 4, 5]] },
  { source: "Conv2d(2, 4, [2, 3], stride=[2, 1], padding=[0, 2], dilation=[1, 2])", inputs: [[1, 2, 5, 4]] },
  { source: "Conv2d(4, 4, 3, padding=1, groups=4)", inputs: [[2, 4, 3, 3]] },
  { source: 'Conv2d(4, 6, 2, groups=2, padding=1, padding_mode="circular")', inputs: [[4, 3, 3]] },
  { source: "Conv2d(3, 4, 1, stride=2, bias=False)", inputs: [[2, 3, 5, 4]] },
  { source: 'Conv2d(1, 2, 3, padding=2, padding_mode="replicate")', inputs: [[1, 1, 1, 2]] },
]);

export const conv3d: LayerRecord = convolution(3, [
  { source: "Conv3d(2, 3, 2)", inputs: [[2, 2, 3, 2, 4]] },
  {
    source: "Conv3d(2, 2, [1, 2, 3], stride=[1, 2, 1], padding=[1, 0, 1], groups=2)",
    inputs: [[1, 2, 2, 3, 3]],
  },
  { source: 'Conv3d(1, 2, 2, padding=1, padding_mode="reflect", bias=False)', inputs: [[1, 2, 3, 2]] },
]);
