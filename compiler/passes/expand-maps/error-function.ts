/** The error function. */
import type { Expression } from "../../ir/plan/plan.ts";
import type { Lanes } from "./formulas.ts";

/** From here on the result is near 1. */
const SEAM = 1.2;
/** erf x / x - 1 of x^2, below the seam. */
const SMALL = [
  0.12837916612625122, -0.376125693321228, 0.11282838135957718, -0.02682359144091606, 0.005135065875947475,
  -0.0007582393591292202, 0.00006568850949406624,
];
/** The eighth root of 1 - erf x, above the seam: a power of it falls as fast, and costs no exp. */
const ROOT = [
  1.0013587474822998, -0.1469530165195465, -0.05862744152545929, -0.01354155968874693, 0.013852640055119991,
  -0.0026768825482577085, 0.00016875100845936686,
];

export function erfOf(l: Lanes, x: Expression): Expression {
  const a = l.abs(x);
  const square = l.mul(x, x);
  const small = l.add(x, l.mul(x, l.horner(square, SMALL)));
  // Beyond 3.92 the result is 1 or -1.
  let rest = l.horner(l.atMost(a, 4), ROOT);
  for (let power = 1; power < 8; power *= 2) rest = l.mul(rest, rest);
  return l.withSignOf(x, l.select(l.lt(SEAM, a), l.sub(1, rest), small));
}
