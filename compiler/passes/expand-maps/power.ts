/**
 * Powers: |x|^y = 2^(y log2 |x|). Errors of this exponent are multiplied by up to 128, so it is computed in float64; 2 to the rest
 * of it needs float32 alone.
 */
import type { Expression } from "../../ir/plan/plan.ts";
import { exponential, MAGIC } from "./exponential.ts";
import type { Lanes } from "./formulas.ts";
import { splitPositive } from "./logarithm.ts";

/** log2 m / z of z^2, where z = (m - 1) / (m + 1), for m between the square roots of 1/2 and 2. */
const LOG2 = [
  2.8853900817901414, 0.9617966732664437, 0.5770836003132929, 0.4116717463567024, 0.34074897617364003,
];
/** As even as infinity, and 0 times it is 0. Anything but 0 and 1 to this power is 0 or infinite. */
const LARGEST = 2 ** 127;

export function powOf(l: Lanes, x: Expression, y: Expression): Expression {
  const a = l.abs(x);
  // 1 to any power is 1, to that of NaN as well.
  const power = l.select(l.eq(x, 1), 0, y);
  const finite = l.atMost(l.atLeast(power, -LARGEST), LARGEST);
  const size = powerOfTwo(l, l.mul(l.cast(finite, "f64"), wideLog2(l, a)));
  const result = l.frombits(l.bitor(l.bits(size), l.select(isOdd(l, y), l.sign(x), 0)));
  // A number below 0 has whole powers alone; -Infinity has all of them.
  const isNegative = l.lt(l.select(l.eq(x, -Infinity), 0, x), 0);
  const isWhole = l.eq(l.round(y), y);
  return l.select(l.eq(power, 0), 1, l.select(isWhole, result, l.select(isNegative, NaN, result)));
}

export function exp2Of(l: Lanes, x: Expression): Expression {
  return powerOfTwo(l, l.cast(x, "f64"));
}

export function log2Of(l: Lanes, x: Expression): Expression {
  return l.cast(positiveLog2(l, x), "f32");
}

export function log10Of(l: Lanes, x: Expression): Expression {
  return l.cast(l.mul(positiveLog2(l, x), Math.log10(2)), "f32");
}

function positiveLog2(l: Lanes, x: Expression): Expression {
  return l.select(l.lt(x, 0), NaN, wideLog2(l, x));
}

/** The half of an odd number lies between two whole ones. */
function isOdd(l: Lanes, y: Expression): Expression {
  const half = l.mul(y, 0.5);
  return l.eq(l.abs(l.sub(half, l.round(half))), 0.5);
}

/** The binary logarithm of a float32 that is not below 0, as a float64. */
export function wideLog2(l: Lanes, a: Expression): Expression {
  const { minus, m } = splitPositive(l, a);
  const less = l.cast(minus, "f32");
  const exponent = l.select(l.eq(a, 0), Infinity, l.select(l.lt(a, Infinity), less, l.sub(0, a)));
  const wide = l.cast(m, "f64");
  const z = l.div(l.sub(wide, 1), l.add(wide, 1));
  return l.sub(l.mul(z, l.horner(l.mul(z, z), LOG2)), l.cast(exponent, "f64"));
}

/** 2 to the power of a float64, as a float32. */
function powerOfTwo(l: Lanes, x: Expression): Expression {
  // Beyond these numbers the result is 0 or infinite.
  const bounded = l.atMost(l.atLeast(x, -160), 160);
  const n = l.round(bounded);
  const r = l.cast(l.mul(l.sub(bounded, n), Math.LN2), "f32");
  return exponential(l, { n: l.bits(l.add(l.cast(n, "f32"), MAGIC)), r });
}
