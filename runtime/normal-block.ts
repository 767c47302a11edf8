// Box and Muller's method on blocks of 16 f32 values: value j and value j + 8, both uniform, become a pair of normal ones.
// In PyTorch's AVX2 kernel the logarithm, sine and cosine are the single-precision polynomials of the Cephes library
// (S. Moshier), evaluated with fused multiply-adds; elsewhere they are those of the C library.

/** Values in a block: two registers of eight lanes. */
export const BLOCK = 16;

const { fround, sqrt, trunc } = Math;

/**
 * a * b + c, rounded once. In double the product of two f32 is exact and the sum is rounded to 53 bits before it becomes
 * an f32; among millions of the operands below, that first rounding never changed a result.
 */
function fma(a: number, b: number, c: number): number {
  return fround(a * b + c);
}

const SQRT_HALF = fround(Math.SQRT1_2);
const LOG = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(fround);
// ln 2 in two parts, the larger with few bits so that multiples of it are exact.
const LN2_HIGH = 0.693359375;
const LN2_LOW = fround(-2.1219444e-4);

const TWO_PI = fround(2 * Math.PI);
const FOUR_OVER_PI = fround(1.27323954473516);
// pi / 4 in three parts.
const QUARTER_1 = fround(-0.78515625);
const QUARTER_2 = fround(-2.4187564849853516e-4);
const QUARTER_3 = fround(-3.774894977445941e-8);
const COS_0 = fround(2.443315711809948e-5);
const COS_1 = fround(-1.388731625493765e-3);
const COS_2 = fround(4.166664568298827e-2);
const SIN_0 = fround(-1.9515295891e-4);
const SIN_1 = fround(8.3321608736e-3);
const SIN_2 = fround(-1.6666654611e-1);

const asFloat = new Float32Array(1);
const asBits = new Int32Array(asFloat.buffer);

/** Natural logarithm of a normal positive f32. */
function log(x: number): number {
  asFloat[0] = x;
  let exponent = (asBits[0]! >> 23) - 126;
  // The mantissa, in [0.5, 1).
  asBits[0] = (asBits[0]! & 0x007fffff) | 0x3f000000;
  let m = asFloat[0];
  const isLow = m < SQRT_HALF;
  const t = m;
  m = fround(m - 1);
  if (isLow) {
    exponent -= 1;
    m = fround(m + t);
  }
  const z = fround(m * m);
  let y = LOG[0]!;
  for (let i = 1; i < LOG.length; i++) y = fma(y, m, LOG[i]!);
  y = fround(y * m);
  y = fma(y, z, fround(exponent * LN2_LOW));
  y = fma(-z, 0.5, y);
  return fma(exponent, LN2_HIGH, fround(m + y));
}

/** Turns 16 uniform values from `start` on into normal ones, in place. `mean` and `std` are rounded to f32. */
export function fusedBlock(data: Float32Array, start: number, mean: number, std: number): void {
  const shift = fround(mean);
  const scale = fround(std);
  for (let j = start; j < start + BLOCK / 2; j++) {
    const radius = fround(sqrt(fround(-2 * log(fround(1 - data[j]!)))));
    const angle = fround(TWO_PI * data[j + BLOCK / 2]!);
    // The octant, made even; the rest of the angle lies within pi / 4 of zero.
    const octant = (trunc(fround(angle * FOUR_OVER_PI)) + 1) & ~1;
    const x = fma(octant, QUARTER_3, fma(octant, QUARTER_2, fma(octant, QUARTER_1, angle)));
    const z = fround(x * x);
    let c = fma(fma(COS_0, z, COS_1), z, COS_2);
    c = fma(fround(c * z), z, -fround(0.5 * z));
    c = fround(c + 1);
    let s = fma(fma(SIN_0, z, SIN_1), z, SIN_2);
    s = fma(fround(s * z), x, x);
    const isSwapped = (octant & 2) !== 0;
    const sin = (octant & 4) !== 0 ? -(isSwapped ? c : s) : isSwapped ? c : s;
    const cos = (~(octant - 2) & 4) !== 0 ? -(isSwapped ? s : c) : isSwapped ? s : c;
    data[j] = fma(fround(radius * cos), scale, shift);
    data[j + BLOCK / 2] = fma(fround(radius * sin), scale, shift);
  }
}

/**
 * The same without fused multiply-adds. One value in some seventy differs from PyTorch's in the last bit, where its C
 * library does not round to nearest.
 */
export function plainBlock(data: Float32Array, start: number, mean: number, std: number): void {
  const shift = fround(mean);
  const scale = fround(std);
  for (let j = start; j < start + BLOCK / 2; j++) {
    const radius = fround(sqrt(fround(-2 * fround(Math.log(fround(1 - data[j]!))))));
    const angle = fround(2 * Math.PI * data[j + BLOCK / 2]!);
    data[j] = fround(fround(radius * fround(Math.cos(angle))) * scale) + shift;
    data[j + BLOCK / 2] = fround(fround(radius * fround(Math.sin(angle))) * scale) + shift;
  }
}
