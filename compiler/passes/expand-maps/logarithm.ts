/**
 * Logarithms: with u = 2^k m and m between the square roots of 1/2 and 2, log u = k ln 2 + log m, where log m is a polynomial in
 * m - 1.
 */
import type { Expression } from "../../ir/plan/plan.ts";
import { LN2 } from "./exponential.ts";
import type { Lanes } from "./formulas.ts";

/** (log(1 + f) - f + f^2 / 2) / f^3 between the square roots of 1/2 and 2, less 1. */
const LOG = [
  0.33333331707660985, -0.2500082103330134, 0.20001226880662218, -0.16623357381928247, 0.14201757923952332,
  -0.13160181972261914, 0.1276157740273405, -0.07634498047937159,
];

/** The bits of the square root of 1/2. */
const ROOT = 0x3f3504f3;

/** x = 2^k m */
interface Split {
  /** -k */
  readonly minus: Expression;
  readonly m: Expression;
}

/** Splits the number above 0 that has these bits, which must not be subnormal. */
function split(l: Lanes, bits: Expression): Split {
  // -k, since k = floor((bits - ROOT) / 2^23)
  const minus = l.shr(l.sub(ROOT + 2 ** 23 - 1, bits), 23);
  return { minus, m: l.frombits(l.add(bits, l.shl(minus, 23))) };
}

/** Splits a number above 0. */
export function splitPositive(l: Lanes, x: Expression): Split {
  // A subnormal is multiplied by 2^23, and its exponent is corrected in the bits.
  const isSubnormal = l.lt(x, 2 ** -126);
  const bits = l.bits(l.select(isSubnormal, l.mul(x, 2 ** 23), x));
  return split(l, l.sub(bits, l.select(isSubnormal, l.integer(23 * 2 ** 23), 0)));
}

/** log(1 + f) - k ln 2 */
function sum(l: Lanes, f: Expression, minus: Expression): Expression {
  const square = l.mul(f, f);
  const rest = l.mul(l.mul(f, square), l.byPairs(f, square, LOG));
  const less = l.cast(minus, "f32");
  const tail = l.add(l.sub(rest, l.mul(square, 0.5)), l.mul(less, -LN2[1]));
  return l.add(l.mul(less, -LN2[0]), l.add(f, tail));
}

/** The result, where `zero` is the number whose logarithm is -Infinity. */
function special(l: Lanes, x: Expression, zero: number, result: Expression): Expression {
  const outside = l.select(l.eq(x, zero), -Infinity, NaN);
  return l.select(l.lt(zero, x), l.select(l.lt(x, Infinity), result, x), outside);
}

export function logOf(l: Lanes, x: Expression): Expression {
  const { minus, m } = splitPositive(l, x);
  return special(l, x, 0, sum(l, l.sub(m, 1), minus));
}

/** log(u + c), where u = 1 + x is rounded and c is what that lost. */
export function log1pOf(l: Lanes, x: Expression): Expression {
  const u = l.add(x, 1);
  const big = l.sub(u, 1);
  const c = l.sub(l.sub(x, big), l.sub(l.sub(u, big), 1));
  const { minus, m } = split(l, l.bits(u));
  // 2^-k c; of twice that, since k may be 128. The order of the differences keeps the sign of -0.
  const twice = l.mul(c, l.frombits(l.add(l.shl(minus, 23), 0x40000000)));
  return special(l, x, -1, sum(l, l.sub(l.mul(twice, 0.5), l.sub(1, m)), minus));
}
