/** The values of weights that are narrow in memory. */
import type { NarrowDtype } from "../../ir/dtype.ts";
import { scalar, type Expression, type Expressions, type PlanType } from "../../ir/plan/plan.ts";

/** The bits of an f16 behind 13 zeros: its sign, and its exponent and fraction where a float32 has them. */
const HALF_BITS = 0x8fffe000 | 0;

/** The exponent of a float32 is that of an f16 and 112 more. Numbers below 2^-14, which are subnormal, fit in, too. */
const HALF_SCALE = 2 ** 112;

/**
 * The value of an element that was loaded as an i32. An f16 is taken for a finite number: exponents of 31, which are infinities and
 * NaN elsewhere, go on from those of 30.
 */
export function widened(
  pool: Expressions,
  element: Expression,
  dtype: NarrowDtype,
  type: PlanType,
): Expression {
  if (dtype === "i8") return pool.cast(element, type);
  const int = scalar("i32");
  const moved = pool.map("shl", [element, pool.number(13, int)], int);
  const bits = pool.map("bitand", [moved, pool.number(HALF_BITS, int)], int);
  const small = pool.map("frombits", [bits], scalar("f32"));
  return pool.map("mul", [small, pool.number(HALF_SCALE, type)], type);
}
