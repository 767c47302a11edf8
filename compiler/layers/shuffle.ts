/** Shuffles move elements between channels and places. They are views: reshapes and permutations. */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { divideExactly, floorDiv, mul, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { extent, extents, type Shape } from "../ir/types.ts";
import { axisAt, wantAtLeast } from "./axes.ts";
import { int, layer, number, typed } from "./record.ts";
import type { LayerRecord, ShapeContext } from "./record.ts";

/** `size / count`; or the reason why the size cannot be divided. */
function quotient(size: Size, count: number, what: string, context: ShapeContext): Size | { reason: string } {
  const each = divideExactly(size, count) ?? floorDiv(size, count);
  const demand = `${what} must be a multiple of ${count}, and it is ${sizeText(size)}`;
  const reason = context.equal(size, mul(count, each), demand);
  return reason === undefined ? each : { reason };
}

/**
 * The shape with its last three sizes replaced. `change` is given channels, height and width, and says what is
 * wrong with them or what they become.
 */
function withImage(
  shape: Shape,
  change: (image: readonly [Size, Size, Size]) => readonly (Size | { reason: string })[],
): Shape | string {
  const few = wantAtLeast(shape, 3, "f32[N, C, H, W]");
  if (few !== undefined) return few;
  const axis = axisAt(shape, -3);
  if (typeof axis === "string") return axis;
  const image = shape.slice(axis).map(extent) as [Size, Size, Size];
  const sizes: Size[] = [];
  for (const size of change(image)) {
    if (typeof size === "object" && "reason" in size) return size.reason;
    sizes.push(size);
  }
  return [...shape.slice(0, axis), ...sizes];
}

/** Splits the last three axes into those of `parts`, puts these into another order, and gives them new sizes. */
function rearranged(
  b: Builder,
  x: Tensor,
  parts: readonly Size[],
  order: readonly number[],
  sizes: readonly Size[],
): Tensor {
  const before = sizesOf(x).slice(0, -3);
  const axes = before.map((_, axis) => axis);
  const split = b.reshape(x, [...before, ...parts]);
  return b.reshape(b.permute(split, [...axes, ...order.map((axis) => before.length + axis)]), sizes);
}

export const pixelShuffle: LayerRecord = layer({
  name: "PixelShuffle",
  doc: "each r * r channels become one that is r times as high and as wide, with r = upscale_factor",
  shapes: "x: [..., C * r * r, H, W] -> [..., C, H * r, W * r]",
  source: "torch.nn.PixelShuffle; Shi et al., arXiv:1609.05158",
  args: { upscale_factor: int(undefined, 1) },
  inputs: ["x"],
  accepts: () => [{ dtype: "f32", shape: ["...", "C", "H", "W"] }],
  infer: ([x], args, context) => {
    const r = number(args, "upscale_factor");
    const shape = withImage(x!.shape, ([channels, height, width]) => [
      quotient(channels, r * r, "the size at dim -3", context),
      mul(height, r),
      mul(width, r),
    ]);
    return typeof shape === "string" ? shape : [typed(x!.dtype, shape)];
  },
  body: ([x], { b, args, types }) => {
    const r = number(args, "upscale_factor");
    const sizes = extents(types[0]!.shape);
    const [height, width] = sizesOf(x!).slice(-2) as [Size, Size];
    return [rearranged(b, x!, [sizes.at(-3)!, r, r, height, width], [0, 3, 1, 4, 2], sizes)];
  },
  samples: [
    { source: "PixelShuffle(2)", inputs: [[2, 8, 2, 3]] },
    { source: "PixelShuffle(3)", inputs: [[9, 2, 1]] },
    { source: "PixelShuffle(2)", inputs: [[2, 1, 4, 3, 2]] },
    { source: "PixelShuffle(1)", inputs: [[2, 3, 2, 2]] },
  ],
});

export const pixelUnshuffle: LayerRecord = layer({
  name: "PixelUnshuffle",
  doc: "the inverse of PixelShuffle: each channel becomes r * r smaller ones, with r = downscale_factor",
  shapes: "x: [..., C, H * r, W * r] -> [..., C * r * r, H, W]",
  source: "torch.nn.PixelUnshuffle; Shi et al., arXiv:1609.05158",
  args: { downscale_factor: int(undefined, 1) },
  inputs: ["x"],
  accepts: () => [{ dtype: "f32", shape: ["...", "C", "H", "W"] }],
  infer: ([x], args, context) => {
    const r = number(args, "downscale_factor");
    const shape = withImage(x!.shape, ([channels, height, width]) => [
      mul(channels, r * r),
      quotient(height, r, "the height, the size at dim -2,", context),
      quotient(width, r, "the width, the size at dim -1,", context),
    ]);
    return typeof shape === "string" ? shape : [typed(x!.dtype, shape)];
  },
  body: ([x], { b, args, types }) => {
    const r = number(args, "downscale_factor");
    const sizes = extents(types[0]!.shape);
    const [height, width] = sizes.slice(-2) as [Size, Size];
    return [rearranged(b, x!, [sizesOf(x!).at(-3)!, height, r, width, r], [0, 2, 4, 1, 3], sizes)];
  },
  samples: [
    { source: "PixelUnshuffle(2)", inputs: [[2, 2, 4, 6]] },
    { source: "PixelUnshuffle(3)", inputs: [[1, 3, 6]] },
    { source: "PixelUnshuffle(2)", inputs: [[2, 1, 2, 2, 4]] },
  ],
});

export const channelShuffle: LayerRecord = layer({
  name: "ChannelShuffle",
  doc: "the channels in groups, and then the first of each group, the second of each, and so on",
  shapes: "x: [N, C, L, ...] -> the same",
  source: "torch.nn.ChannelShuffle; Zhang et al., arXiv:1707.01083",
  args: { groups: int(undefined, 1) },
  inputs: ["x"],
  accepts: () => [{ dtype: "f32", shape: ["N", "C", "L", "..."] }],
  infer: ([x], args, context) => {
    const few = wantAtLeast(x!.shape, 3, "f32[N, C, L]");
    if (few !== undefined) return few;
    const axis = axisAt(x!.shape, 1);
    if (typeof axis === "string") return axis;
    const each = quotient(extent(x!.shape[1]!), number(args, "groups"), "the size at dim 1", context);
    return typeof each === "object" && "reason" in each ? each.reason : [x!];
  },
  body: ([x], { b, args }) => {
    const groups = number(args, "groups");
    const [batch, channels, ...rest] = sizesOf(x!) as [Size, Size, ...Size[]];
    const split = b.reshape(x!, [batch, groups, floorDiv(channels, groups), ...rest]);
    return [b.reshape(b.permute(split, [0, 2, 1, ...rest.map((_, i) => i + 3)]), sizesOf(x!))];
  },
  samples: [
    { source: "ChannelShuffle(2)", inputs: [[2, 6, 2, 2]] },
    { source: "ChannelShuffle(3)", inputs: [[1, 6, 2]] },
    { source: "ChannelShuffle(4)", inputs: [[2, 4, 2, 1, 2]] },
    { source: "ChannelShuffle(1)", inputs: [[2, 3, 2, 2]] },
  ],
});
