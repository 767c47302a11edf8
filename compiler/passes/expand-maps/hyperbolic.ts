/**
 * Hyperbolic functions and their inverses. They are sums and differences of powers and logarithms, which are computed in float64,
 * as the errors of float32 would add up or be all that is left.
 */
import type { Expression } from "../../ir/plan/plan.ts";
import { MAGIC } from "./exponential.ts";
import type { Lanes } from "./formulas.ts";
import { wideLog2 } from "./power.ts";

/** The bits of 1. */
const ONE = 0x3f800000;
/** The series of e^r for |r| <= ln 2 / 2. */
const POWER = [1, 1, 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040];
/** The series of (sinh x - x) / x^3 of x^2, for x below the seam. */
const SMALL_SINH = [1 / 6, 1 / 120, 1 / 5040, 1 / 362880];
const SINH_SEAM = 0.6;
/** Below this number two terms of the series of asinh and atanh are enough, and their logarithms would lose digits. */
const LOGARITHM_SEAM = 2 ** -10;

export function coshOf(l: Lanes, x: Expression): Expression {
  const half = halfPower(l, l.abs(x));
  return l.cast(l.add(half, l.div(0.25, half)), "f32");
}

export function sinhOf(l: Lanes, x: Expression): Expression {
  const a = l.abs(x);
  const half = halfPower(l, a);
  const wide = l.cast(a, "f64");
  const square = l.mul(wide, wide);
  const small = l.add(wide, l.mul(l.mul(wide, square), l.horner(square, SMALL_SINH)));
  const result = l.select(l.lt(SINH_SEAM, a), l.sub(half, l.div(0.25, half)), small);
  return l.withSignOf(x, l.cast(result, "f32"));
}

/** e^a / 2 of a number that is not negative, as a float64. */
function halfPower(l: Lanes, a: Expression): Expression {
  // Beyond this number the results are infinite.
  const bounded = l.atMost(a, 90);
  const sum = l.add(l.mul(bounded, Math.LOG2E), MAGIC);
  const n = l.bits(sum);
  const r = l.sub(l.cast(bounded, "f64"), l.mul(l.cast(l.sub(sum, MAGIC), "f64"), Math.LN2));
  // 2^n by two powers, as it may be 2^130.
  const half = l.shl(l.shr(n, 1), 23);
  const first = l.cast(l.frombits(l.add(half, ONE)), "f64");
  const second = l.cast(l.frombits(l.sub(l.add(l.shl(n, 23), ONE), half)), "f64");
  return l.mul(l.mul(l.mul(l.horner(r, POWER), 0.5), first), second);
}

export function asinhOf(l: Lanes, x: Expression): Expression {
  const a = l.cast(l.abs(x), "f64");
  const square = l.mul(a, a);
  const large = logarithm(l, l.add(a, l.sqrt(l.add(square, 1))));
  const small = l.sub(a, l.mul(l.mul(a, square), 1 / 6));
  return l.withSignOf(x, l.cast(l.select(l.lt(LOGARITHM_SEAM, a), large, small), "f32"));
}

export function acoshOf(l: Lanes, x: Expression): Expression {
  const wide = l.cast(x, "f64");
  // Both factors are exact. Below 1 there is no root, or it is of a number below 0.
  const root = l.sqrt(l.mul(l.sub(wide, 1), l.add(wide, 1)));
  return l.cast(logarithm(l, l.add(wide, root)), "f32");
}

export function atanhOf(l: Lanes, x: Expression): Expression {
  const a = l.cast(l.abs(x), "f64");
  const large = l.mul(logarithm(l, l.div(l.add(1, a), l.sub(1, a))), 0.5);
  const small = l.add(a, l.mul(l.mul(a, l.mul(a, a)), 1 / 3));
  return l.withSignOf(x, l.cast(l.select(l.lt(LOGARITHM_SEAM, a), large, small), "f32"));
}

/** The natural logarithm of a float64, which may be far larger than a float32. */
function logarithm(l: Lanes, x: Expression): Expression {
  // log x = 2 log s, and s = high + low.
  const s = l.sqrt(x);
  const high = l.cast(s, "f32");
  const wide = l.cast(high, "f64");
  const low = l.select(l.lt(high, Infinity), l.div(l.sub(s, wide), wide), 0);
  return l.mul(l.add(l.mul(wideLog2(l, high), Math.LN2), low), 2);
}
