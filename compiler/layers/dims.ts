/**
 * Helpers of the entries that take lists of dims or sizes: they find the axes, and the one size that is left open
 * as -1.
 */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { divideExactly, floorDiv, mul, product, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import type { Shape } from "../ir/types.ts";
import { DECLARE, axisAt, firstAxes, lastAxes, runAt } from "./axes.ts";
import type { Accepts, Args, ArgValue, ShapeContext } from "./record.ts";

/**
 * Flattens such an argument: `Permute(1, 0)` means `Permute([1, 0])`, and `Zeros(2, 3)` means `Zeros([2, 3])`.
 */
export function flatList(args: Args, name: string): readonly Size[] {
  const value = args[name] as ArgValue;
  const items = Array.isArray(value) ? (value as readonly ArgValue[]) : [value];
  return items.flatMap((item) => item as Size | readonly Size[]);
}

/** The dims that an argument lists; the list is empty where the argument is `none`. */
export function dimList(args: Args, name = "dim"): readonly number[] {
  return args[name] === null ? [] : (flatList(args, name) as readonly number[]);
}

/**
 * The same as `axisAt`, except that for a tensor without sizes dim 0 and -1 mean the value itself, as in PyTorch.
 */
export function wrappedAxis(shape: Shape, dim: number, name?: string): number | string {
  return shape.length === 0 && (dim === 0 || dim === -1) ? 0 : axisAt(shape, dim, name);
}

/** The axes that the dims name, each axis once. */
export function axesAt(shape: Shape, dims: readonly number[]): readonly number[] | string {
  const axes: number[] = [];
  for (const dim of dims) {
    const axis = wrappedAxis(shape, dim);
    if (typeof axis === "string") return axis;
    if (axes.includes(axis)) return `dim ${dim} appears twice`;
    axes.push(axis);
  }
  return axes;
}

/** The same in a body, where the dims are known to be in range. A tensor without sizes gives no axes. */
export function axesIn(x: Tensor, dims: readonly number[]): number[] {
  const rank = sizesOf(x).length;
  return rank === 0 ? [] : dims.map((dim) => (dim < 0 ? rank + dim : dim));
}

/** The index at which a new axis is inserted to become `dim` of the result. */
export function insertionAt(shape: Shape, dim: number): number | string {
  const place = dim < 0 ? shape.length + 1 + dim : dim;
  const run = runAt(shape);
  if (run < 0) {
    if (place >= 0 && place <= shape.length) return place;
    return `dim ${dim} is out of range: it may be ${-shape.length - 1} to ${shape.length}`;
  }
  return (dim < 0 ? place > run : place <= run)
    ? place
    : `dim ${dim} would look into the run "...": ${DECLARE}`;
}

/**
 * The forms of an input in which only the axes of these dims matter; every input is taken if there are no dims.
 */
export function aroundAxes(dims: readonly number[]): readonly Accepts[] {
  const left = Math.max(0, ...dims.map((dim) => dim + 1));
  const right = Math.max(0, ...dims.map((dim) => -dim));
  return [{ dtype: "f32", shape: [...firstAxes(left), "...", ...lastAxes(right)] }];
}

/** The same for a reduction. If it keeps all axes, their number must be known. */
export function aroundReduced(args: Args): readonly Accepts[] {
  const dims = dimList(args);
  return dims.length === 0 && args["keepdim"] === true ? [] : aroundAxes(dims);
}

/**
 * Says which of the sizes is negative, if one is. With `least` = -1, a size of -1 is allowed, as it means "the
 * rest".
 */
export function negativeSize(sizes: readonly Size[], least: 0 | -1 = 0): string | undefined {
  const wrong = sizes.find((size) => typeof size === "number" && size < least);
  return wrong === undefined ? undefined : `${sizeText(wrong)} is not a size`;
}

/** Says what is wrong with sizes of which one may be -1, if anything is. */
export function wrongSizes(sizes: readonly Size[]): string | undefined {
  if (sizes.filter((size) => size === -1).length > 1) return "only one size may be -1";
  return negativeSize(sizes, -1);
}

/** The sizes with -1 replaced by the size it means: the product of all must be `whole`. */
export function filledSizes(
  sizes: readonly Size[],
  whole: Size,
  context: ShapeContext,
  what: string,
): readonly Size[] | string {
  const given = product(sizes.filter((size) => size !== -1));
  const open = sizes.includes(-1);
  if (open && given === 0) return "beside a size of 0, -1 could be any size";
  const rest = open ? (divideExactly(whole, given) ?? floorDiv(whole, given)) : 1;
  const reason = `its sizes [${sizes.map((size) => sizeText(size)).join(", ")}] do not multiply up to ${sizeText(whole)}, ${what}`;
  return context.equal(whole, mul(given, rest), reason) ?? sizes.map((size) => (size === -1 ? rest : size));
}

/** The slice x[…, start:start + size, …]. */
export function cut(b: Builder, x: Tensor, axis: number, start: Size, size: Size): Tensor {
  const along = <T>(own: T, others: readonly T[]): T[] =>
    others.map((other, i) => (i === axis ? own : other));
  const zeros = sizesOf(x).map(() => 0);
  return b.slice(x, along<Size>(start, zeros), zeros.map(() => 1), along(size, sizesOf(x))); // prettier-ignore
}
