/**
 * Scalar functions that Math lacks, or whose results differ between engines. `emit/js/helpers.ts` has them as text; both
 * versions give the same bits.
 */

/** The remainder with the divisor's sign: https://docs.python.org/3/reference/expressions.html, binary arithmetic. */
export function floorMod(x: number, y: number): number {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
}

/** The nearest integer, where halves go to the even one. Math.round rounds halves up. */
export function round(x: number): number {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

/** The quotient rounded down. It is computed from the remainder, because x / y may round up to the next integer. */
export function floordiv(x: number, y: number): number {
  if (y === 0) return x / y;
  const rest = x % y;
  const quotient = (x - rest) / y;
  const moved = rest !== 0 && rest < 0 !== y < 0 ? quotient - 1 : quotient;
  if (moved === 0) return y / x < 0 ? -0 : 0;
  const whole = Math.floor(moved);
  return moved - whole > 0.5 ? whole + 1 : whole;
}

/** An integer power that wraps, by squaring: doubles would lose low bits beyond 2^53. */
export function ipow(x: number, y: number): number {
  if (y < 0) return x === 1 || (x === -1 && y % 2 === 0) ? 1 : x === -1 ? -1 : 0;
  let power = 1;
  for (let square = x, rest = y; rest > 0; rest >>= 1, square = Math.imul(square, square)) {
    if (rest % 2 === 1) power = Math.imul(power, square);
  }
  return power;
}

/**
 * exp and expm1 to one ulp, by P. T. P. Tang, "Table-driven implementation of the exponential function in IEEE
 * floating-point arithmetic", ACM TOMS 15 (1989): e^x = 2^k * 2^(j / 64) * e^r with j in [-32, 31] and |r| <= ln 2 / 128.
 */
export function exp(x: number): number {
  // Beyond this range the result may be subnormal, infinite or NaN.
  if (!(Math.abs(x) < 708)) return Math.exp(x);
  const { r, at, power } = reduced(x);
  const s = r * r;
  const near = power * ROOTS[at]!;
  return near + near * (r + s * (1 / 2 + r * (1 / 6) + s * (1 / 24 + r * (1 / 120))));
}

/** exp(x) - 1. Near 0 the power is 1 and the table's root is 0, so that no digits cancel. */
export function expm1(x: number): number {
  // Math keeps the sign of a zero.
  if (!(Math.abs(x) < 708 && x !== 0)) return Math.expm1(x);
  const { r, at, power } = reduced(x);
  const s = r * r;
  const root = ROOTS_LESS_ONE[at]!;
  const rest =
    root + (1 + root) * (r + s * (1 / 2 + r * (1 / 6) + s * (1 / 24 + r * (1 / 120) + s * (1 / 720))));
  return power - 1 + power * rest;
}

function reduced(x: number): { readonly r: number; readonly at: number; readonly power: number } {
  // Adding and then subtracting 1.5 * 2^52 rounds to the nearest integer.
  const n = x * 92.33248261689366 + 6755399441055744 - 6755399441055744;
  const r = x - n * 0.010830424609594047 - n * 8.66550983900947e-11;
  return { r, at: (n + 32) & 63, power: 2 ** ((n + 32) >> 6) };
}

const ROOTS = Float64Array.from({ length: 64 }, (_, i) => 2 ** ((i - 32) / 64));
const ROOTS_LESS_ONE = Float64Array.from({ length: 64 }, (_, i) => Math.expm1(((i - 32) / 64) * Math.LN2));

/** The hyperbolic tangent to two ulp. */
export function tanh(x: number): number {
  if (!(Math.abs(x) < 20)) return Math.sign(x);
  const t = expm1(2 * x);
  return t / (t + 2);
}

/**
 * The error function to 32 ulp, by Taylor series of degree 8 about multiples of 1/16; the derivatives are Hermite
 * polynomials times exp(-x^2): https://dlmf.nist.gov/7.10.
 */
export function erf(x: number): number {
  if (!(Math.abs(x) < 6 && x !== 0)) return Math.sign(x);
  const i = Math.trunc(x * 16 + 96.5);
  series ??= taylorSeries();
  return near(series, i, x - (i - 96) / 16);
}

/** The table of the error function. It is made at first use, because few nets have an erf. */
let series: Float64Array | undefined;

/** Nine coefficients for each of the centres from -6 to 6. */
function taylorSeries(): Float64Array {
  const made = new Float64Array(9 * 193);
  for (let i = 0; i < 193; i++) {
    const c = (i - 96) / 16;
    let term = (2 / Math.sqrt(Math.PI)) * Math.exp(-c * c);
    for (let n = 0, last = 0; n < 8; n++) {
      made[9 * i + n + 1] = term;
      const next = (-2 / (n + 2)) * (c * term + (n / (n + 1)) * last);
      last = term;
      term = next;
    }
  }
  // The difference between two series half-way between their centres gives the difference of the values at the centres.
  for (let i = 97; i < 193; i++) {
    made[9 * i] = near(made, i - 1, 1 / 32) - near(made, i, -1 / 32);
    made[9 * (192 - i)] = -made[9 * i]!;
  }
  return made;
}

/** The series about the i-th centre, at this centre plus h. */
function near(coefficients: Float64Array, i: number, h: number): number {
  const at = (n: number): number => coefficients[9 * i + n]!;
  const s = h * h;
  const even = (((at(8) * s + at(6)) * s + at(4)) * s + at(2)) * s + at(0);
  return even + ((at(7) * s + at(5)) * s + at(3)) * s * h + at(1) * h;
}

const float = new Float32Array(1);
const int = new Int32Array(float.buffer);

/** The bits of the nearest float32, as an i32. Which bits a NaN has is not defined. */
export function bitsOf(x: number): number {
  float[0] = x;
  return int[0]!;
}

/** The float32 that has these bits. */
export function fromBits(x: number): number {
  int[0] = x;
  return float[0]!;
}
