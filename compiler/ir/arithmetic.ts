/** Arithmetic on numbers as tensors hold them, for whatever computes at compile time or in tests. */
import { dtypeRows, isFloat, type Dtype } from "./dtype.ts";
import { maps, type MapName } from "./primitives.ts";

/** A map's value on operands that are already converted; `integer` asks for i32 arithmetic, which wraps. */
export function applyMap(map: MapName, integer: boolean, x: number, y = 0, z = 0): number {
  if (!integer) return maps[map].evaluate(x, y, z);
  // A double holds no product of two large i32 exactly.
  return map === "mul" ? Math.imul(x, y) : maps[map].evaluate(x, y, z) | 0;
}

/** What `cast` makes of a number: to f32 it rounds, as PyTorch's promotion does, so that 2^24 + 1 equals 2^24. */
export function castTo(dtype: Dtype, value: number): number {
  return dtypeRows[dtype].store(value);
}

/** As it is stored, but floats are not rounded: i32 truncates and wraps, bool asks whether it is not 0. */
export function convert(value: number, dtype: Dtype): number {
  return isFloat(dtype) ? value : castTo(dtype, value);
}
