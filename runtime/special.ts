// Functions that distributions need and that Math lacks, or computes less exactly than a C library does.

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
  // The remainder of the division is above - s * (m + 1), divided by m + 1. Products of halves are exact, and so
  // is m + 1 in parts.
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

/** The upper 26 bits of a double, by Veltkamp's method. */
function upperHalf(x: number): number {
  const scaled = (2 ** 27 + 1) * x;
  return scaled - (scaled - x);
}

/**
 * erf(x) = 2 / sqrt(pi) * exp(-x²) * (x + 2 x³ / 3 + 4 x⁵ / 15 + …), to the last bits of a double. No term is negative
 * where x is positive, so nothing cancels.
 */
export function erfSeries(x: number): number {
  // For |x| >= 6, the nearest double is 1 or -1.
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
 * `fused` says whether a * b + c is rounded once.
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
    const slope = fround(SLOPE * exp32(-fround(x * x)));
    x = fround(x - fround(fround(erf32(x) - y) / slope));
  }
  return x;
}

interface Rational {
  readonly above: readonly number[];
  readonly below: readonly number[];
}

const NEAR_ZERO: Rational = rational(
  [1.2837916613e-1, -3.2504209876e-1, -2.8481749818e-2, -5.770270247e-3, -2.3763017452e-5],
  [1, 3.9791721106e-1, 6.50222525e-2, 5.0813062117e-3, 1.3249473704e-4, -3.9602282413e-6],
);
const NEAR_ONE: Rational = rational(
  [-2.3621185683e-3, 4.1485610604e-1, -3.7220788002e-1, 3.1834661961e-1, -1.1089469492e-1, 3.5478305072e-2, -2.1663755178e-3],
  [1, 1.0642088205e-1, 5.4039794207e-1, 7.1828655899e-2, 1.2617121637e-1, 1.3637083583e-2, 1.1984500103e-2],
); // prettier-ignore
const MIDDLE: Rational = rational(
  [-9.8649440333e-3, -6.9385856390e-1, -1.0558626175e1, -6.2375331879e1, -1.6239666748e2, -1.8460508728e2, -8.1287437439e1, -9.8143291473],
  [1, 1.9651271820e1, 1.3765776062e2, 4.3456588745e2, 6.4538726807e2, 4.2900814819e2, 1.0863500214e2, 6.5702495575, -6.0424413532e-2],
); // prettier-ignore
const FAR: Rational = rational(
  [-9.8649431020e-3, -7.9928326607e-1, -1.7757955551e1, -1.6063638306e2, -6.3756646729e2, -1.0250950928e3, -4.8351919556e2],
  [1, 3.0338060379e1, 3.2579251099e2, 1.5367296143e3, 3.1998581543e3, 2.5530502930e3, 4.7452853394e2, -2.2440952301e1],
); // prettier-ignore
const ERF_OF_ONE = fround(0.84506291151);

/** erf in f32 with the roundings of a C library: the intervals and rational approximations of fdlibm's s_erf.c. */
function erf32(x: number): number {
  const a = abs(x);
  if (a < 0.84375) return fround(x + fround(x * quotient(NEAR_ZERO, fround(x * x))));
  if (a < 1.25) return sign(x) * fround(ERF_OF_ONE + quotient(NEAR_ONE, fround(a - 1)));
  if (a >= 6) return sign(x);
  // The result is 1 - exp(-a² - 0.5625 + R) / a; a² is split into an exact part and a remainder.
  const coarse = withoutLowBits(a);
  const rest = quotient(a < 1 / 0.35 ? MIDDLE : FAR, fround(1 / fround(a * a)));
  const small = fround(fround(fround(coarse - a) * fround(coarse + a)) + rest);
  const complement = fround(exp32(fround(-fround(coarse * coarse) - 0.5625)) * exp32(small));
  return sign(x) * fround(1 - fround(complement / a));
}

function rational(above: readonly number[], below: readonly number[]): Rational {
  return { above: above.map(fround), below: below.map(fround) };
}

function quotient({ above, below }: Rational, z: number): number {
  return fround(polynomial(above, z, false) / polynomial(below, z, false));
}

/** C libraries compute this in f64, and their result is nearly always within half an ulp. */
function exp32(x: number): number {
  return fround(exp(x));
}

/** The upper 12 bits of an f32. */
function withoutLowBits(x: number): number {
  const bits = new Uint32Array(Float32Array.of(x).buffer);
  bits[0]! &= 0xfffff000;
  return new Float32Array(bits.buffer)[0]!;
}

/** The value of a polynomial; its coefficients begin with the constant one. */
function polynomial(coefficients: readonly number[], z: number, fused: boolean): number {
  let value = coefficients.at(-1)!;
  for (let i = coefficients.length - 2; i >= 0; i--)
    value = fround((fused ? value * z : fround(value * z)) + coefficients[i]!);
  return value;
}
