/** Sizes times factors that are no whole numbers, rounded down as PyTorch does: the product is a float64 first. */
import { floorDiv, mul, type Size } from "../ir/size/size.ts";

/** Parts of fractions beyond this are not looked for. */
const MAX_PART = 2 ** 20;

/**
 * The size `floor(size * factor)`. For a size that only the call knows it is undefined where no fraction gives the same:
 * float64 has 0.7 * 170 as a number below 119.
 */
export function scaledSize(size: Size, factor: number): Size | undefined {
  if (typeof size === "number") return Math.floor(size * factor);
  const fraction = fractionOf(factor);
  if (!fraction || isLow(factor, fraction)) return undefined;
  return floorDiv(mul(size, fraction.above), fraction.below);
}

interface Fraction {
  readonly above: number;
  readonly below: number;
}

/** The fraction with the smallest parts to which a float64 is nearest, by continued fractions. */
function fractionOf(factor: number): Fraction | undefined {
  let [last, now] = [
    { above: 0, below: 1 },
    { above: 1, below: 0 },
  ];
  for (let rest = factor; ; rest = 1 / (rest - Math.floor(rest))) {
    const whole = Math.floor(rest);
    const next = { above: whole * now.above + last.above, below: whole * now.below + last.below };
    if (!(next.above <= MAX_PART && next.below <= MAX_PART)) return undefined;
    [last, now] = [now, next];
    if (now.above / now.below === factor) return now;
  }
}

/**
 * Whether a float64 is so far below the fraction that the product with a multiple of `below` may round to less than a
 * whole number: by more than a quarter of its last place.
 */
function isLow(factor: number, { above, below }: Fraction): boolean {
  const scale = 2 ** 80; // makes a whole number of each factor that has such a fraction
  const short = BigInt(above) * BigInt(scale) - BigInt(factor * scale) * BigInt(below);
  return short * 2n ** 54n > BigInt(above) * BigInt(scale);
}
