// Element types and the typed arrays that hold them: one table row a dtype.

/** Element types. `bool` holds 0 and 1 in bytes; `i64` and `u64` hold bigints. */
export type ArrayDtype = "f32" | "f64" | "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "bool";

/** The arrays that hold elements; `arrayFor` tells which array belongs to which dtype. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** The constructor of a typed array. It takes a length, elements, or a part of a buffer. */
export interface TypedArrayConstructor {
  new (length: number): TypedArray;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
}

interface Row {
  readonly array: TypedArrayConstructor;
  /** The name in Python, without `torch.` or `numpy.`. */
  readonly python: string;
  /** The smallest and largest integer that the dtype holds; absent for floats. */
  readonly range?: readonly [bigint, bigint];
}

const rows: { readonly [D in ArrayDtype]: Row } = {
  f32: { array: Float32Array, python: "float32" },
  f64: { array: Float64Array, python: "float64" },
  i8: { array: Int8Array, python: "int8", range: [-(2n ** 7n), 2n ** 7n - 1n] },
  i16: { array: Int16Array, python: "int16", range: [-(2n ** 15n), 2n ** 15n - 1n] },
  i32: { array: Int32Array, python: "int32", range: [-(2n ** 31n), 2n ** 31n - 1n] },
  i64: { array: BigInt64Array, python: "int64", range: [-(2n ** 63n), 2n ** 63n - 1n] },
  u8: { array: Uint8Array, python: "uint8", range: [0n, 2n ** 8n - 1n] },
  u16: { array: Uint16Array, python: "uint16", range: [0n, 2n ** 16n - 1n] },
  u32: { array: Uint32Array, python: "uint32", range: [0n, 2n ** 32n - 1n] },
  u64: { array: BigUint64Array, python: "uint64", range: [0n, 2n ** 64n - 1n] },
  bool: { array: Uint8Array, python: "bool", range: [0n, 1n] },
};

/** All dtypes, floats first. */
export const dtypes: readonly ArrayDtype[] = Object.keys(rows) as ArrayDtype[];

/** Whether a string names a dtype. */
export function isDtype(name: string): name is ArrayDtype {
  return Object.hasOwn(rows, name);
}

/** The typed array constructor whose instances hold elements of a dtype. */
export function arrayFor(dtype: ArrayDtype): TypedArrayConstructor {
  return rows[dtype].array;
}

/** The number of bytes that an element takes. */
export function itemSize(dtype: ArrayDtype): number {
  return rows[dtype].array.BYTES_PER_ELEMENT;
}

/** The name of a dtype in Python: `float32`, `int64`, `bool`. */
export function pythonName(dtype: ArrayDtype): string {
  return rows[dtype].python;
}

/** The smallest and largest value of an integer dtype or bool; undefined for floats. */
export function integerRange(dtype: ArrayDtype): readonly [bigint, bigint] | undefined {
  return rows[dtype].range;
}

/** Whether a value is one of the typed arrays that hold elements. A DataView or a clamped array is not. */
export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && dtypes.some((dtype) => value instanceof rows[dtype].array);
}

/** The dtype of a typed array if none is named; for a Uint8Array it is `u8`, not `bool`. */
export function arrayDtype(array: TypedArray): ArrayDtype {
  return dtypes.find((dtype) => array instanceof rows[dtype].array)!;
}
