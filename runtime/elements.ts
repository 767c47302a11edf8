// The elements of a file's bytes. Every engine in use is little-endian, as are the formats unless they say otherwise.

import { arrayFor, itemSize, type ArrayDtype, type TypedArray } from "./array-dtype.ts";

/**
 * `count` elements from byte `start` on: a view of `bytes` if the alignment allows it, else a copy. The caller
 * must have checked that `bytes` has that many.
 */
export function elementsAt(bytes: Uint8Array, start: number, count: number, dtype: ArrayDtype): TypedArray {
  const array = arrayFor(dtype);
  const from = bytes.byteOffset + start;
  const data =
    from % itemSize(dtype) === 0
      ? new array(bytes.buffer, from, count)
      : new array(bytes.buffer.slice(from, from + count * itemSize(dtype)), 0, count);
  // In files every byte except 0 means true; in a tensor, `bool` is 0 or 1.
  if (dtype === "bool" && data.some((value) => value > 1))
    return Uint8Array.from(data as Uint8Array, Math.sign);
  return data;
}

/** A copy in which the bytes of each element are reversed; an element has 1, 2, 4 or 8 bytes. */
export function swapped(bytes: Uint8Array, itemBytes: number): Uint8Array {
  const copy = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) copy[i ^ (itemBytes - 1)] = bytes[i]!;
  return copy;
}
