/**
 * Sine, cosine and tangent. The number of turns in x is found in float64, for the largest float32 as well: 1 / (2 pi) consists of words of 28
 * bits, whose products with x are exact, and of each product whole turns are dropped before they are added up (M. H. Payne and
 * R. N. Hanek, "Radian reduction for trigonometric functions", ACM SIGNUM Newsletter 18 (1983)).
 */
import type { Expression } from "../../ir/plan/plan.ts";
import type { Lanes } from "./formulas.ts";

/** 1 / (2 pi) in words of 28 bits. The rest is less than 2^-196. */
const TURN = [42722829, 194220293, 78114973, 99908941, 58131309, 145057359, 17711367].map(
  (word, k) => word * 2 ** (-28 * (k + 1)),
);
/** A product with a later word is less than a turn. */
const LARGE_WORDS = 5;

/** (sin r - r) / r^3 and (cos r - 1) / r^2, of r^2, for |r| <= pi / 4. */
const SINE = [-0.16666653752326965, 0.008332157507538795, -0.00019514957966748625];
const COSINE = [-0.5, 0.04166661947965622, -0.0013886677334085107, 0.000024383145500905812];

export function sinOf(l: Lanes, x: Expression): Expression {
  const { r, quarter } = reduced(l, l.abs(x));
  const y = wave(l, r, quarters(l, quarter, 0));
  return l.frombits(l.bitxor(l.bits(y), l.sign(x)));
}

/** The sine a quarter of a turn further. */
export function cosOf(l: Lanes, x: Expression): Expression {
  const { r, quarter } = reduced(l, l.abs(x));
  return wave(l, r, quarters(l, quarter, 1));
}

/** The quotient of the two, in float64, so that their errors do not add up. */
export function tanOf(l: Lanes, x: Expression): Expression {
  const { wide, quarter } = reduced(l, l.abs(x));
  const square = l.mul(wide, wide);
  const sine = l.add(wide, l.mul(l.mul(wide, square), l.horner(square, SINE)));
  const cosine = l.add(1, l.mul(square, l.horner(square, COSINE)));
  const isOdd = l.eq(l.bitand(quarters(l, quarter, 0), 1), 1);
  const y = l.div(l.select(isOdd, cosine, sine), l.select(isOdd, l.sub(0, sine), cosine));
  return l.frombits(l.bitxor(l.bits(l.cast(y, "f32")), l.sign(x)));
}

/** x = quarter + r, and whole turns. */
interface Reduced {
  /** The rest in radians: at most an eighth of a turn. */
  readonly wide: Expression;
  /** The same as a float32. */
  readonly r: Expression;
  /** The nearest quarter of a turn, as a float64 in turns. */
  readonly quarter: Expression;
}

function reduced(l: Lanes, x: Expression): Reduced {
  const number = l.cast(x, "f64");
  const products = TURN.map((word) => l.mul(number, word));
  const parts = products.map((part, k) => (k < LARGE_WORDS ? l.sub(part, l.round(part)) : part));
  // Near this number float64 has quarters alone.
  const magic = 1.5 * 2 ** 50;
  const near = parts.slice(0, LARGE_WORDS).reduce((a, b) => l.add(a, b));
  const quarter = l.sub(l.add(near, magic), magic);
  // The quarter is taken from the first part, so that sums are small, and exact, where little is left.
  const [first, ...others] = parts;
  const rest = others.reduce((a, b) => l.add(a, b), l.sub(first!, quarter));
  const wide = l.mul(rest, 2 * Math.PI);
  return { wide, r: l.cast(wide, "f32"), quarter };
}

/** The number of quarters and some more, in the low bits. */
function quarters(l: Lanes, quarter: Expression, more: number): Expression {
  // Near this number float32 has quarters alone.
  return l.bits(l.add(l.cast(quarter, "f32"), 1.5 * 2 ** 21 + more / 4));
}

/** sin r, cos r, -sin r or -cos r, by the number of quarters. */
function wave(l: Lanes, r: Expression, count: Expression): Expression {
  const square = l.mul(r, r);
  const sine = l.add(r, l.mul(l.mul(r, square), l.horner(square, SINE)));
  const cosine = l.add(1, l.mul(square, l.horner(square, COSINE)));
  const y = l.select(l.eq(l.bitand(count, 1), 0), sine, cosine);
  return l.frombits(l.bitxor(l.bits(y), l.shl(l.bitand(count, 2), 30)));
}
