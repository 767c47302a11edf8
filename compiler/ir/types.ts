/** The type of a value: its dtype and its shape. */
import { key, mul, product, type Size } from "./size/size.ts";
import { sizeText } from "./size/size-text.ts";
import type { Dtype } from "./dtype.ts";

/** The dimension `...`: a run of sizes that no layer looks into. The plan sees its `product` as one size. */
export interface Run {
  readonly kind: "run";
  readonly product: Size;
}

export type Dim = Size | Run;

/** The dimensions of a tensor, of which at most one is a run. */
export type Shape = readonly Dim[];

export interface TensorType {
  readonly dtype: Dtype;
  readonly shape: Shape;
}

/** The most axes of a tensor, as in NumPy. A run does not count, because it may have no axes. */
export const MAX_RANK = 64;

/** Whether a shape has no more axes than a tensor may have. */
export function fitsRank(shape: Shape): boolean {
  return shape.length - Number(shape.some(isRun)) <= MAX_RANK;
}

export function isRun(dim: Dim): dim is Run {
  return typeof dim === "object" && "kind" in dim;
}

export function extent(dim: Dim): Size {
  return isRun(dim) ? dim.product : dim;
}

export function extents(shape: Shape): Size[] {
  return shape.map(extent);
}

/** The number of elements of a shape. */
export function elements(shape: Shape): Size {
  return product(extents(shape));
}

export function sameDim(a: Dim, b: Dim): boolean {
  return isRun(a) === isRun(b) && key(extent(a)) === key(extent(b));
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => sameDim(dim, b[i]!));
}

export function dimText(dim: Dim): string {
  return isRun(dim) ? "..." : sizeText(dim);
}

/** The text of a type: `f32[N, 10]`. */
export function typeText(type: TensorType): string {
  return `${type.dtype}[${type.shape.map(dimText).join(", ")}]`;
}

/** The text of a port's type. If a call may leave out the batch axis, both forms are listed: `f32[N, 3] or f32[3]`. */
export function portTypeText({
  type,
  batch,
}: {
  readonly type: TensorType;
  readonly batch?: string;
}): string {
  const text = typeText(type);
  return batch === undefined ? text : `${text} or ${typeText({ ...type, shape: type.shape.slice(1) })}`;
}

/** Row-major strides, in elements. */
export function strides(sizes: readonly Size[]): Size[] {
  const result: Size[] = new Array<Size>(sizes.length);
  let step: Size = 1;
  for (let i = sizes.length - 1; i >= 0; i--) {
    result[i] = step;
    step = mul(step, sizes[i]!);
  }
  return result;
}

/** A number as the language writes it. */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return Object.is(value, -0) ? "-0" : String(value).replace("Infinity", "inf");
}
