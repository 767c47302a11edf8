/** Windows that slide along the last axes of an input, which has a batch axis or not: what pooling layers share. */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { add, floorDiv, mul, sub, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { extent, extents, type TensorType } from "../ir/types.ts";
import { alongAxis, wantBatched, wantDtype } from "./axes.ts";
import { typed } from "./record.ts";
import type { Args, ArgValue, LayerRecord, ShapeContext } from "./record.ts";
import {
  acceptsOf,
  alongAxes,
  formsOf,
  kernelSpan,
  SPATIAL,
  windowPlaces,
  wrongCount,
  type Sliding,
  type Suffix,
} from "./spatial.ts";

/** `x: [N, C, L] -> [N, C, L_out]; or without the N` */
export function slidingShapes(suffix: Suffix): string {
  return `x: ${formsOf(suffix)[0]} -> ${formsOf(suffix, "_out")[0]}; or all without the N`;
}

/** The windows along one axis, which has as much padding before it as after it. */
export interface PoolWindow extends Sliding {
  /** Whether the last window may end after the padding, if it starts before that. */
  readonly ceil: boolean;
}

/** The windows of a layer along each of its axes. */
export function slidingOf(args: Args, count: number): readonly PoolWindow[] {
  const sizes = alongAxes(args, "kernel_size", count);
  const strides = isAbsent(args["stride"]) ? sizes : alongAxes(args, "stride", count);
  const of = (name: string, fallback: number): readonly number[] =>
    args[name] === undefined ? sizes.map(() => fallback) : alongAxes(args, name, count);
  const [paddings, dilations] = [of("padding", 0), of("dilation", 1)];
  return sizes.map((size, i) => ({
    size,
    stride: strides[i]!,
    dilation: dilations[i]!,
    before: paddings[i]!,
    after: paddings[i]!,
    ceil: args["ceil_mode"] === true,
  }));
}

function isAbsent(value: ArgValue | undefined): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}

/** Says what is wrong with the arguments of sliding windows, if anything is. */
export function wrongSliding(args: Args, count: number): string | undefined {
  const names = ["kernel_size", ...(isAbsent(args["stride"]) ? [] : ["stride"]), "padding", "dilation"];
  const wrong = wrongCount(args, names, count);
  if (wrong !== undefined) return wrong;
  const over = slidingOf(args, count).find(({ size, before }) => before > Math.floor(size / 2));
  return over && `padding ${over.before} must be at most half of kernel_size ${over.size}`;
}

/** The number of windows along an axis of a size, which is less than 1 where none fits. */
export function windowCount(whole: Size, sliding: PoolWindow): Size {
  const { stride, before: padding, ceil } = sliding;
  const span = kernelSpan(sliding);
  if (!ceil) return windowPlaces(whole, sliding);
  // PyTorch leaves out a window that would start after the last element. Long windows never do.
  if (padding + stride > span) return floorDiv(add(whole, padding + stride - 1), stride);
  return windowPlaces(add(whole, stride - 1), sliding);
}

/** Whether some window along an axis may end after the padding. */
export function overhangs(whole: Size, sliding: PoolWindow): boolean {
  if (!sliding.ceil) return false;
  const end = add(mul(sub(windowCount(whole, sliding), 1), sliding.stride), kernelSpan(sliding));
  const over = sub(end, add(whole, sliding.before + sliding.after));
  return typeof over !== "number" || over > 0;
}

/** The shape rule: the type of the result, or the reason why there is none. */
export function slid(
  x: TensorType,
  suffix: Suffix,
  sliding: readonly PoolWindow[],
  context: ShapeContext,
): TensorType | string {
  const wrong = wantSpatial(x, suffix, context);
  if (wrong !== undefined) return wrong;
  const first = x.shape.length - sliding.length;
  const sizes = extents(x.shape);
  const counts: Size[] = [];
  for (const [i, one] of sliding.entries()) {
    const whole = sizes[first + i]!;
    const count = windowCount(whole, one);
    const reason = context.atLeast(count, 1, tooSmall(whole, first + i, one));
    if (reason !== undefined) return reason;
    counts.push(count);
  }
  return typed(x.dtype, [...sizes.slice(0, first), ...counts]);
}

function tooSmall(whole: Size, axis: number, sliding: PoolWindow): string {
  const { size, dilation, before: padding } = sliding;
  const padded = padding === 0 ? "" : `, with ${padding} of padding on either side,`;
  const spread =
    dilation === 1 || size === 1 ? "" : ` with dilation ${dilation}, which spans ${kernelSpan(sliding)}`;
  return `its size ${sizeText(whole)} at dim ${axis}${padded} is less than a window of ${size}${spread}`;
}

/** Demands a float input with or without a batch axis, of which only the batch may be empty. */
export function wantSpatial(x: TensorType, suffix: Suffix, context: ShapeContext): string | undefined {
  const rank = SPATIAL[suffix].length + 2;
  const wrong = wantDtype(x, "f32") ?? wantBatched(x.shape, rank, `f32${formsOf(suffix)[0]}`, context);
  if (wrong !== undefined) return wrong;
  const channel = x.shape.length - rank + 1;
  return context.atLeast(extent(x.shape[channel]!), 1, "it must have at least 1 channel");
}

/** The windows, whose elements are the last axes; those outside of the input are `value`. */
export function windowsOf(b: Builder, x: Tensor, sliding: readonly PoolWindow[], value: number): Tensor {
  const sizes = sizesOf(x);
  const first = sizes.length - sliding.length;
  return sliding.reduce((windows, one, i) => {
    const { size, stride, dilation, before } = one;
    const count = windowCount(sizes[first + i]!, one);
    return b.window(windows, { axis: first + i, size, stride, dilation, before, count, value });
  }, x);
}

/** The last `count` axes of a tensor. */
export function lastOf(x: Tensor, count: number): number[] {
  const rank = sizesOf(x).length;
  return Array.from({ length: count }, (_, i) => rank - count + i);
}

/** Puts positions 0, 1, 2 … along one of `rank` axes, the others of which have size 1. */
export function positions(b: Builder, size: Size, axis: number, rank: number): Tensor {
  return b.iota(alongAxis(size, axis, rank), axis);
}

/** What the records of all sliding windows have in common. */
export function slidingRecord(suffix: Suffix): Pick<LayerRecord, "shapes" | "inputs" | "accepts"> {
  return { shapes: slidingShapes(suffix), inputs: ["x"], accepts: () => acceptsOf(suffix) };
}
