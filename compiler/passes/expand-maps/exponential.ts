/**
 * What is made of e^x: with n the integer nearest to x / ln 2 and r = x - n ln 2, e^x = 2^n e^r, where |r| <= ln 2 / 2 and e^r is a
 * polynomial. The bits of a float32 make 2^n.
 */
import type { Expression } from "../../ir/plan/plan.ts";
import type { Lanes } from "./formulas.ts";

/** 1.5 * 2^23. A number plus this is rounded to an integer, which stands in the low bits of the sum. */
export const MAGIC: number = 12_582_912;
/** The bits of 1 and 1/2: a power of two is an exponent added to them. */
const ONE = 0x3f800000;
const HALF = 0x3f000000;

/** ln 2 in two parts; the product of the first with an exponent is exact. */
export const LN2: readonly [high: number, low: number] = [0.693145751953125, Math.LN2 - 0.693145751953125];

/** (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2, with the least relative error of e^r. */
const POWER = [
  0.49999993050733527, 0.16666514791490802, 0.04166845678606177, 0.008369418827288002, 0.0013813144555048186,
];
/** The same with the least relative error of e^r - 1. */
const POWER_LESS_ONE = [
  0.49999998041796684, 0.16666538682632395, 0.04166722126759442, 0.008367180853433184, 0.0013882395790196006,
];

/** x = n ln 2 + r */
export interface Reduced {
  /** The bits of n + MAGIC. The low ones are those of n, and no others count. */
  readonly n: Expression;
  readonly r: Expression;
}

function reduced(l: Lanes, x: Expression): Reduced {
  const sum = l.add(l.mul(x, Math.LOG2E), MAGIC);
  const n = l.sub(sum, MAGIC);
  return { n: l.bits(sum), r: l.sub(l.sub(x, l.mul(n, LN2[0])), l.mul(n, LN2[1])) };
}

/** r + r^2 P(r), which is e^r - 1. */
function polynomial(l: Lanes, r: Expression, coefficients: readonly number[]): Expression {
  const square = l.mul(r, r);
  return l.add(r, l.mul(square, l.byPairs(r, square, coefficients)));
}

export function expOf(l: Lanes, x: Expression): Expression {
  // Beyond these numbers the result is 0 or infinite.
  return exponential(l, reduced(l, l.atMost(l.atLeast(x, -104), 89)));
}

/** 2^n e^r, by two powers: the result may be subnormal, and 2^128 is no float32. */
export function exponential(l: Lanes, { n, r }: Reduced): Expression {
  const whole = l.shl(n, 23);
  const half = l.shl(l.shr(n, 1), 23);
  const first = l.frombits(l.add(half, ONE));
  const second = l.frombits(l.sub(l.add(whole, ONE), half));
  return l.mul(l.mul(l.add(polynomial(l, r, POWER), 1), first), second);
}

/** 2^n m + 2^n - 1, where m = e^r - 1 */
export function expm1Of(l: Lanes, x: Expression): Expression {
  // Below -18 the result is -1.
  const { n, r } = reduced(l, l.atMost(l.atLeast(x, -18), 89));
  const m = polynomial(l, r, POWER_LESS_ONE);
  // Half of it, since 2^128 is no float32.
  const scale = l.frombits(l.add(l.shl(n, 23), HALF));
  const half = l.add(l.mul(scale, m), l.sub(scale, 0.5));
  // A small x is its own result, -0 and what half of is no float32 included.
  return l.select(l.eq(m, x), x, l.add(half, half));
}

/** (tanh x - x) / x^3 of x^2, for |x| up to 0.55. */
const SMALL_TANH = [-0.33332946636377636, 0.13320725051524204, -0.05267181323259983, 0.01643758058121187];
/** e^2r for |r| <= ln 2 / 4. */
const SQUARE = [
  1, 1.9999994073440484, 1.9999657102920818, 1.3334115152431125, 0.670381620417161, 0.2652846170216106,
];

/**
 * 1 - 2 / (e^2|x| + 1), where errors of the power hardly count, and for small x a polynomial, where they would. The sign comes
 * last.
 */
export function tanhOf(l: Lanes, x: Expression): Expression {
  const square = l.mul(x, x);
  const small = l.add(x, l.mul(l.mul(x, square), l.horner(square, SMALL_TANH)));
  // Beyond 9.1 the result is 1 or -1.
  const a = l.atMost(l.abs(x), 9.5);
  const sum = l.add(l.mul(a, 2 * Math.LOG2E), MAGIC);
  const r = l.sub(a, l.mul(l.sub(sum, MAGIC), Math.LN2 / 2));
  // 2^n is added to the exponent. The bits of a NaN would not stand that, but it is not above 0.55.
  const power = l.frombits(l.add(l.bits(l.horner(r, SQUARE)), l.shl(l.bits(sum), 23)));
  const large = l.sub(1, l.div(2, l.add(power, 1)));
  return l.withSignOf(x, l.select(l.lt(0.55, a), large, small));
}

/** 1 / (1 + e^-x), or e^x / (1 + e^x) where x is below 0: right to the last subnormal. */
export function logisticOf(l: Lanes, x: Expression): Expression {
  const e = exponential(l, reduced(l, l.atLeast(l.negative(x), -104)));
  return l.div(l.select(l.lt(x, 0), e, 1), l.add(e, 1));
}
