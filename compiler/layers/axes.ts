/**
 * Helpers of shape rules: they find an axis beside a run, and broadcast shapes. A run `...` stands for any number
 * of sizes, so an axis is found from the left up to the run and from the right down to it. In a body the run is a
 * single axis, which changes neither count.
 */
import { sizesOf, type Tensor } from "../ir/graph/builder.ts";
import { same, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import type { Dtype } from "../ir/dtype.ts";
import {
  MAX_RANK,
  extent,
  isRun,
  sameDim,
  typeText,
  type Dim,
  type Shape,
  type TensorType,
} from "../ir/types.ts";
import type { ShapeContext } from "./record.ts";

export const DECLARE = "declare the input with each of its sizes, as in `input x: f32[N, C, L]`";

/** The index of the run in a shape; -1 if the shape has no run. */
export function runAt(shape: Shape): number {
  return shape.findIndex(isRun);
}

/**
 * The index of axis `dim` in a shape, where a negative `dim` counts from the right; or the reason why there is no
 * such axis.
 */
export function axisAt(shape: Shape, dim: number, name = "dim"): number | string {
  const run = runAt(shape);
  const place = dim < 0 ? shape.length + dim : dim;
  if (run < 0) {
    if (place >= 0 && place < shape.length) return place;
    const range =
      shape.length === 0 ? "it has no sizes" : `it may be ${-shape.length} to ${shape.length - 1}`;
    return `${name} ${dim} is out of range: ${range}`;
  }
  if (dim < 0 ? place > run : place < run) return place;
  return `${name} ${dim} would look into the run "...": ${DECLARE}`;
}

/** The same as `axisAt` in a body, where every axis is known and `dim` is in range. */
export function axisIn(x: Tensor, dim: number): number {
  return dim < 0 ? sizesOf(x).length + dim : dim;
}

/** The number of axes of a shape; undefined if a run leaves it open. */
export function rankOf(shape: Shape): number | undefined {
  return runAt(shape) < 0 ? shape.length : undefined;
}

/** Says what is wrong if the input has none of these ranks. `others` names the layers that take other ranks. */
export function wantRank(
  shape: Shape,
  ranks: readonly number[],
  example: string,
  others: Readonly<Record<number, string>> = {},
): string | undefined {
  const rank = rankOf(shape);
  if (rank !== undefined && ranks.includes(rank)) return undefined;
  const wanted = `it takes ${ranks.join(" or ")} sizes, as in ${example}`;
  if (rank === undefined) return `${wanted}: declare the input with each of them`;
  const other = others[rank];
  return other === undefined ? wanted : `${wanted}; for ${rank} there is ${other}`;
}

/** Says what is wrong if the input has fewer than `least` sizes. A run counts as one size, which need not be there. */
export function wantAtLeast(shape: Shape, least: number, example: string): string | undefined {
  if (shape.length >= least) return undefined;
  return rankOf(shape) === undefined
    ? `it takes at least ${least} sizes: declare the input with ${least} of them`
    : `it takes at least ${least} sizes, as in ${example}`;
}

/** The same check for a layer whose inputs have `rank` sizes, or one fewer where the batch axis is left out. */
export function wantBatched(
  shape: Shape,
  rank: number,
  example: string,
  context: ShapeContext,
  others: Readonly<Record<number, string>> = {},
): string | undefined {
  const wrong = wantRank(shape, [rank - 1, rank], example, others);
  if (wrong === undefined) context.batch?.(shape.length === rank ? extent(shape[0]!) : undefined);
  return wrong;
}

export function wantDtype(type: TensorType, ...allowed: readonly Dtype[]): string | undefined {
  return allowed.includes(type.dtype) ? undefined : `it takes ${allowed.join(" or ")}, not ${type.dtype}`;
}

/** The type with `channels` as its size at `dim`; or the reason why that size cannot be `channels`. */
export function withChannels(
  type: TensorType,
  channels: number,
  context: ShapeContext,
  dim = 1,
): readonly [TensorType] | string {
  const demand = `the size at dim ${dim} must be ${channels}`;
  const axis = axisAt(type.shape, dim);
  if (typeof axis === "string") return `${demand}, but ${axis}`;
  const reason = context.equal(extent(type.shape[axis]!), channels, demand);
  if (reason !== undefined) return reason;
  return [{ dtype: type.dtype, shape: type.shape.map((old, i) => (i === axis ? channels : old)) }];
}

/** The last size of the first input, for which `_` stands in `Linear(_, 5)`. */
export function lastSize(inputs: readonly TensorType[]): Size | undefined {
  const last = inputs[0]?.shape.at(-1);
  return last === undefined || isRun(last) ? undefined : last;
}

/** The size at `dim` of the first input, for which `_` stands in `BatchNorm1d(_)`. */
export function channelSize(inputs: readonly TensorType[], dim = 1): Size | undefined {
  const shape = inputs[0]?.shape ?? [];
  const axis = axisAt(shape, dim);
  return typeof axis === "string" ? undefined : extent(shape[axis]!);
}

/** Names for the first `count` axes of an input that is not declared. */
export function firstAxes(count: number): string[] {
  const usual = ["N", "C", "H", "W"];
  return Array.from({ length: bounded(count) }, (_, i) => usual[i] ?? `D${i}`);
}

/** Names for the last `count` axes of such an input. */
export function lastAxes(count: number): string[] {
  return count === 1 ? ["D"] : Array.from({ length: bounded(count) }, (_, i) => `D${count - i}`);
}

/**
 * A form with one axis more than a tensor may have is dropped by `layer`, so more names than that are never made.
 */
function bounded(count: number): number {
  return Math.min(count, MAX_RANK + 1);
}

/** The form of an input whose only axis that matters is `dim`. */
export function aroundAxis(dim: number): string[] {
  return dim < 0 ? ["...", ...lastAxes(-dim)] : [...firstAxes(dim + 1), "..."];
}

/** The axes of a tensor of this rank that are not in `axes`. */
export function otherAxes(rank: number, axes: readonly number[]): number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis));
}

/** The shape with this size at one axis and 1 at the others, which broadcasts over data of this rank: `[1, C, 1, 1]`. */
export function alongAxis(size: Size, axis: number, rank: number): Size[] {
  return Array.from({ length: rank }, (_, i) => (i === axis ? size : 1));
}

/** The shape that all of these types broadcast to, by PyTorch's rules; or the reason why they do not. */
export function broadcastShapes(types: readonly TensorType[], context: ShapeContext): Shape | string {
  let result: Shape = [];
  for (const type of types) {
    const next = broadcastPair(result, type.shape, context);
    if (typeof next === "string") {
      return `${types.map(typeText).join(" and ")} do not broadcast: ${next}`;
    }
    result = next;
  }
  return result;
}

export function broadcastPair(a: Shape, b: Shape, context: ShapeContext): Shape | string {
  const [runA, runB] = [runAt(a), runAt(b)];
  if (runA < 0 && runB < 0) return alignRight(a, b, context);
  if (runA < 0) return besideRun(b, runB, a, context);
  if (runB < 0) return besideRun(a, runA, b, context);
  if (!sameDim(a[runA]!, b[runB]!) || a.length - runA !== b.length - runB) {
    return `their runs "..." are not the same; ${DECLARE}`;
  }
  const left = alignRight(a.slice(0, runA), b.slice(0, runB), context);
  if (typeof left === "string") return left;
  const right = alignRight(a.slice(runA + 1), b.slice(runB + 1), context);
  return typeof right === "string" ? right : [...left, a[runA]!, ...right];
}

/**
 * Broadcasts a shape with a run and one without. `plain` must end before it reaches the run, or have sizes of 1
 * there that do not add to the rank.
 */
function besideRun(withRun: Shape, run: number, plain: Shape, context: ShapeContext): Shape | string {
  const after = withRun.length - run - 1;
  const over = plain.slice(0, Math.max(0, plain.length - after));
  if (over.some((dim) => dim !== 1) || (over.length > 0 && plain.length > withRun.length - 1)) {
    return `that would look into the run "..."; ${DECLARE}`;
  }
  const right = alignRight(withRun.slice(run + 1), plain.slice(over.length), context);
  return typeof right === "string" ? right : [...withRun.slice(0, run + 1), ...right];
}

function alignRight(a: Shape, b: Shape, context: ShapeContext): Shape | string {
  const rank = Math.max(a.length, b.length);
  const result: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const left = a[i - (rank - a.length)] as Size | undefined;
    const right = b[i - (rank - b.length)] as Size | undefined;
    const size = broadcastSize(left ?? 1, right ?? 1, context);
    if (typeof size === "object" && "reason" in size) return size.reason;
    result.push(size);
  }
  return result;
}

function broadcastSize(a: Size, b: Size, context: ShapeContext): Size | { reason: string } {
  if (a === 1) return b;
  if (b === 1 || same(a, b)) return a;
  const [actual, wanted] = typeof b === "number" ? [a, b] : [b, a];
  const known = typeof a === "number" && typeof b === "number";
  const why = known ? " and neither is 1" : ", and a size that only the call knows does not broadcast";
  const reason = context.equal(actual, wanted, `sizes ${sizeText(a)} and ${sizeText(b)} differ${why}`);
  return reason === undefined ? wanted : { reason };
}
