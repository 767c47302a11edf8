/** The error function. */
import type { Expression } from "../../ir/plan/plan.ts";
import type { Lanes } from "./arithmetic.ts";

/** From here on the result is near 1. */
const SEAM = 1.2;
/** erf x / x - 1 of x^2, below the seam. */
const SMALL = [
  0.12837912142276764, -0.37612536549568176, 0.1128268614411354, -0.026820171624422073, 0.0051312739960849285,
  -0.0007562192622572184, 0.00006527394725708291,
];
/** The eighth root of 1 - erf x, above the seam: a power of it falls as fast, and costs no exp. */
const ROOT = [
  1.0013587474822998, -0.1469530165195465, -0.05862744152545929, -0.013541555032134056, 0.013852640055119991,
  -0.0026768825482577085, 0.00016875106666702777,
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
