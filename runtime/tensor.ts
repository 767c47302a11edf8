// A tensor is a plain record. These functions make tensors from JavaScript values, and turn them back.

import {
  arrayFor,
  arrayDtype,
  dtypes,
  integerRange,
  isDtype,
  isTypedArray,
  type ArrayDtype,
  type TypedArray,
} from "./array-dtype.ts";
import { visibleJson } from "./visible.ts";

/**
 * A tensor. Its elements are in row-major order; `data.length` is the product of `shape`, and a shape of `[]`
 * means one element.
 */
export interface Tensor {
  readonly dtype: ArrayDtype;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** The values that `tensor` accepts: a scalar, a typed array, or arrays of these, nested to equal lengths. */
export type Nested = number | bigint | boolean | TypedArray | readonly Nested[];

/** The values that `toNested` returns: scalars in arrays that are nested as deep as the shape is long. */
export type NestedArray = number | bigint | boolean | NestedArray[];

/** The greatest number of dimensions (NumPy's limit too). An array that is nested deeper contains itself. */
export const MAX_DIMS = 64;

/** Whether a value has the parts of a tensor; callers in JavaScript may pass anything. */
export function isTensor(value: unknown): value is Tensor {
  const { shape, data } = (value ?? {}) as Partial<Tensor>;
  return Array.isArray(shape) && isTypedArray(data);
}

/** The number of elements of a shape; 1 for `[]`. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const dim of shape) size *= dim;
  return size;
}

/**
 * A tensor of the given values.
 *
 * `dtype` defaults to that of a typed array, to `bool` where all values are booleans, to `i64` where all are bigints,
 * and to `f32` otherwise. `shape` defaults to the nesting; given, it regroups the values. A typed array that already
 * holds `dtype` is taken as is, not copied.
 * Throws a TypeError or RangeError that says what is wrong: ragged nesting, a length that does not fit the shape, a
 * value that an integer dtype cannot hold.
 */
export function tensor(
  values: Nested,
  options: { readonly dtype?: ArrayDtype; readonly shape?: readonly number[] } = {},
): Tensor {
  if (options.dtype !== undefined && !isDtype(options.dtype))
    throw new TypeError(
      `unknown dtype ${visibleJson(JSON.stringify(options.dtype) ?? "")}: choose one of ${dtypes.join(", ")}`,
    );
  const nestedShape = shapeOf(values);
  const shape = options.shape === undefined ? nestedShape : checkedShape(options.shape);
  const count = sizeOf(nestedShape);
  if (sizeOf(shape) !== count)
    throw new RangeError(
      `shape [${shape.join(", ")}] has ${sizeOf(shape)} elements, but ${count} ${count === 1 ? "was" : "were"} given`,
    );
  if (isTypedArray(values)) {
    const dtype = options.dtype ?? arrayDtype(values);
    // A Uint8Array may be meant as bool; then its values are checked like any others.
    if (dtype === arrayDtype(values)) return { dtype, shape, data: values };
  }
  const flat: unknown[] = [];
  collect(values, nestedShape, flat, []);
  const dtype = options.dtype ?? inferDtype(values, flat);
  return { dtype, shape, data: fill(dtype, flat) };
}

/**
 * The elements as nested arrays; a scalar for shape `[]`. Bools come as booleans, and 64-bit integers as numbers where
 * a number holds them exactly, else as bigints.
 */
export function toNested(t: Tensor): NestedArray {
  const { data, shape, dtype } = t;
  const element = (index: number): NestedArray => {
    const value = data[index]!;
    if (dtype === "bool") return value !== 0;
    if (typeof value === "number") return value;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  };
  const level = (axis: number, offset: number, count: number): NestedArray => {
    if (axis === shape.length) return element(offset);
    const step = shape[axis]! === 0 ? 0 : count / shape[axis]!;
    return Array.from({ length: shape[axis]! }, (_, i) => level(axis + 1, offset + i * step, step));
  };
  return level(0, 0, sizeOf(shape));
}

/** The shape of nested values, read along the first entries; `collect` checks that all others agree. */
function shapeOf(values: unknown): number[] {
  const shape: number[] = [];
  let level = values;
  while (isList(level)) {
    if (shape.length === MAX_DIMS) throw new RangeError(`arrays are nested deeper than ${MAX_DIMS}`);
    shape.push(level.length);
    level = level[0];
  }
  return shape;
}

function checkedShape(shape: readonly number[]): number[] {
  for (const dim of shape)
    if (!Number.isSafeInteger(dim) || dim < 0)
      throw new RangeError(`shape [${shape.join(", ")}] must hold integers that are not negative`);
  return [...shape];
}

function isList(value: unknown): value is readonly unknown[] | TypedArray {
  return Array.isArray(value) || isTypedArray(value);
}

/**
 * Appends the scalars of `value` to `into`; throws if the nesting differs from `shape`. `at` are the indices of
 * `value`.
 */
function collect(value: unknown, shape: readonly number[], into: unknown[], at: number[]): void {
  const axis = at.length;
  if (axis === shape.length) {
    if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
      into.push(value);
      return;
    }
    if (isList(value))
      throw new TypeError(`ragged nesting: ${place(at)} is an array where others are single values`);
    throw new TypeError(`${place(at)} must be a number, not ${describe(value)}`);
  }
  const length = shape[axis]!;
  if (!isList(value))
    throw new TypeError(
      `ragged nesting: ${place(at)} is ${describe(value)} where others are arrays of ${length}`,
    );
  if (value.length !== length) {
    const first = [...at.slice(0, -1), 0];
    throw new RangeError(
      `ragged nesting: ${place(at)} has ${value.length} elements where ${place(first)} has ${length}`,
    );
  }
  for (let i = 0; i < length; i++) {
    at.push(i);
    collect(value[i], shape, into, at);
    at.pop();
  }
}

function place(at: readonly number[]): string {
  return at.length === 0 ? "the value" : `the entry at [${at.join("][")}]`;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean")
    return String(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The dtype of values that are given without one; if there is a float array among them, all become floats. */
function inferDtype(values: Nested, flat: readonly unknown[]): ArrayDtype {
  if (isTypedArray(values)) return arrayDtype(values);
  if (flat.length === 0) return "f32";
  if (flat.every((value) => typeof value === "boolean")) return "bool";
  if (flat.every((value) => typeof value === "bigint")) return "i64";
  return "f32";
}

function fill(dtype: ArrayDtype, flat: readonly unknown[]): TypedArray {
  const data = new (arrayFor(dtype))(flat.length);
  const range = integerRange(dtype);
  for (let i = 0; i < flat.length; i++) {
    const value = flat[i] as number | bigint | boolean;
    if (range === undefined) {
      data[i] = Number(value);
      continue;
    }
    if (typeof value === "number" && !Number.isInteger(value))
      throw new TypeError(`${dtype} holds integers only, but element ${i} is ${value}`);
    const integer = BigInt(value);
    if (dtype !== "bool" && (integer < range[0] || integer > range[1]))
      throw new RangeError(`${dtype} holds ${range[0]} to ${range[1]}, but element ${i} is ${value}`);
    // As in NumPy and PyTorch, every number except 0 means true.
    if (dtype === "bool") data[i] = integer === 0n ? 0 : 1;
    else if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = integer;
    else data[i] = Number(integer);
  }
  return data;
}
