// Functions that distributions need and Math lacks, or has less exactly than a C library.

const { abs, exp, fround, sign, sqrt, SQRT1_2 } = Math;

// ln 2 in two parts, the larger with few bits so that multiples of it are exact.
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/**
 * ln(x) for x in (0, 1], nearly always rounded to nearest, as C libraries have it and engines do not. With x = m 2^e and
 * s = (m - 1) / (m + 1) it is e ln 2 + 2 s + 2 s³ / 3 + 2 s⁵ / 5 + …, where s is known to twice the bits of a double.
 */
export function log(x: number): number {
  let exponent = 0;
  let m = x;
  for (; m < SQRT1_2; m *= 2) exponent--;
  const [above, below] = [m - 1, m + 1];
  const s = above / below;
  // What is left of the division: above - s * (m + 1), over m + 1. Products of halves are exact, and so is m + 1 in parts.
  const [s1, d1] = [upperHalf(s), upperHalf(below)];
  const [s2, d2] = [s - s1, below - d1];
  const product = s * below;
  const lost = s1 * d1 - product + s1 * d2 + s2 * d1 + s2 * d2 + s * (m - (below - 1));
  const rest = (above - product - lost) / below;
  const square = s * s;
  let series = 0;
  for (let k = 29; k >= 3; k -= 2) series = series * square + 2 / k;
  const large = exponent * LN2_HIGH;
  const sum = large + 2 * s;
  const rounded = exponent === 0 ? 0 : 2 * s - (sum - large);
  return sum + (rounded + (2 * rest + s * square * series + exponent * LN2_LOW));
}

/** The upper 26 bits of a double (Veltkamp). */
function upperHalf(x: number): number {
  const scaled = (2 ** 27 + 1) * x;
  return scaled - (scaled - x);
}

/**
 * erf(x) = 2 / sqrt(pi) * exp(-x²) * (x + 2 x³ / 3 + 4 x⁵ / 15 + …), to the last bits of a double. No term is negative
 * where x is positive, so nothing cancels.
 */
export function erf(x: number): number {
  // Beyond, 1 is the nearest double.
  if (abs(x) >= 6) return sign(x);
  let term = abs(x);
  let sum = term;
  for (let n = 3; term > 2 ** -54 * sum; n += 2) {
    term *= (2 * x * x) / n;
    sum += term;
  }
  return (sign(x) * 2 * exp(-x * x) * sum) / sqrt(Math.PI);
}

const CENTRE = [0.886226899, -1.645349621, 0.914624893, -0.140543331].map(fround);
const CENTRE_BELOW = [1, -2.118377725, 1.442710462, -0.329097515, 0.012229801].map(fround);
const TAIL = [-1.970840454, -1.624906493, 3.429567803, 1.641345311].map(fround);
const TAIL_BELOW = [1, 3.5438892, 1.6370678].map(fround);
const SLOPE = fround(2 / fround(sqrt(Math.PI)));

/**
 * The inverse of erf in f32, with PyTorch's roundings: a rational approximation and two steps of Newton's method.
 * `fused` says whether a * b + c is rounded once. erf and exp within it are rounded to nearest.
 */
export function inverseErf32(y: number, fused: boolean): number {
  if (abs(y) === 1) return y * Infinity;
  let x: number;
  if (abs(y) <= 0.7) {
    const z = fround(y * y);
    x = fround(fround(y * polynomial(CENTRE, z, fused)) / polynomial(CENTRE_BELOW, z, fused));
  } else {
    const z = fround(sqrt(-fround(Math.log(fround(1 - abs(y)) / 2))));
    x = fround((sign(y) * polynomial(TAIL, z, fused)) / polynomial(TAIL_BELOW, z, fused));
  }
  for (let step = 0; step < 2; step++) {
    const slope = fround(SLOPE * fround(exp(-fround(x * x))));
    x = fround(x - fround(fround(fround(erf(x)) - y) / slope));
  }
  return x;
}

/** The coefficients begin with the constant one. */
function polynomial(coefficients: readonly number[], z: number, fused: boolean): number {
  let value = coefficients.at(-1)!;
  for (let i = coefficients.length - 2; i >= 0; i--)
    value = fround((fused ? value * z : fround(value * z)) + coefficients[i]!);
  return value;
}
