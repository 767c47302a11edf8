/** Arithmetic on numbers as tensors hold them, for code that computes at compile time or in tests. */
import { dtypeRows, isFloat, type Dtype } from "../dtype.ts";
import { maps, type MapName } from "../graph/primitives.ts";

/** A map's value on operands that are already converted; with `integer` it is i32 arithmetic, which wraps. */
export function applyMap(map: MapName, integer: boolean, x: number, y = 0, z = 0): number {
  if (!integer) return maps[map].evaluate(x, y, z);
  // A double cannot hold every product of two i32: (2^31 - 1)^2 needs 62 bits.
  return map === "mul" ? Math.imul(x, y) : maps[map].evaluate(x, y, z) | 0;
}

/** Casts a number. A cast to f32 rounds, as PyTorch's promotion does, so that 2^24 + 1 becomes 2^24. */
export function castTo(dtype: Dtype, value: number): number {
  return dtypeRows[dtype].store(value);
}

/**
 * Converts a number as a store does, except that floats are not rounded: i32 truncates and wraps, and bool asks whether
 * the number is not 0.
 */
export function convert(value: number, dtype: Dtype): number {
  return isFloat(dtype) ? value : castTo(dtype, value);
}
