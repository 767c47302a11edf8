/**
 * Between which numbers a size lies, whatever its symbols are within their own bounds: interval arithmetic. The bounds are
 * true but need not be the nearest ones, since each use of a symbol is taken by itself: `N - N % 2` is never negative, and
 * its lower bound is -1.
 */
import { monomials, type Atom, type Size } from "./size.ts";

/** The least and the greatest number; either may be infinite. */
export type Range = readonly [least: number, greatest: number];

/** What the size of an axis may be: any number that is not negative. */
export const SIZE: Range = [0, Infinity];

/** The bounds of a size. Symbols that `ranges` lacks are sizes of axes. */
export function boundsOf(size: Size, ranges: ReadonlyMap<string, Range> = sizesOfAxes): Range {
  if (typeof size === "number") return [size, size];
  return bounded(size, ranges, new Map());
}

const sizesOfAxes: ReadonlyMap<string, Range> = new Map();

/** True where its bounds tell that no sizes make it negative. */
export function neverNegative(size: Size): boolean {
  return boundsOf(size)[0] >= 0;
}

/** `done` has the bounds of atoms by their keys: a size is a graph, whose parts are used many times over. */
function bounded(size: Size, ranges: ReadonlyMap<string, Range>, done: Map<string, Range>): Range {
  let sum: Range = [0, 0];
  for (const { coefficient, atoms } of monomials(size)) {
    let product: Range = [coefficient, coefficient];
    for (const atom of atoms) product = mulRange(product, atomRange(atom, ranges, done));
    sum = addRange(sum, product);
  }
  return sum;
}

function atomRange(atom: Atom, ranges: ReadonlyMap<string, Range>, done: Map<string, Range>): Range {
  if (atom.kind === "symbol") return ranges.get(atom.name) ?? SIZE;
  let range = done.get(atom.key);
  if (!range) {
    range = operations[atom.kind](bounded(atom.left, ranges, done), bounded(atom.right, ranges, done));
    done.set(atom.key, range);
  }
  return range;
}

const operations: {
  readonly [K in Exclude<Atom["kind"], "symbol">]: (a: Range, b: Range) => Range;
} = {
  floordiv: floorDivRange,
  mod: modRange,
  min: ([a, b], [c, d]) => [Math.min(a, c), Math.min(b, d)],
  max: ([a, b], [c, d]) => [Math.max(a, c), Math.max(b, d)],
};

export function addRange([a, b]: Range, [c, d]: Range): Range {
  return [a + c, b + d];
}

export function negRange([a, b]: Range): Range {
  return [-b, -a];
}

export function subRange(a: Range, b: Range): Range {
  return addRange(a, negRange(b));
}

export function mulRange(a: Range, b: Range): Range {
  return spanned(a, b, (x, y) => (x === 0 || y === 0 ? 0 : x * y));
}

/** `a // b` of integers. A divisor is not 0. */
export function floorDivRange(a: Range, b: Range): Range {
  const parts = [
    ...(b[1] > 0 ? [positiveQuotients(a, [Math.max(b[0], 1), b[1]])] : []),
    ...(b[0] < 0 ? [positiveQuotients(negRange(a), [Math.max(-b[1], 1), -b[0]])] : []),
  ];
  return parts.length === 0 ? ANY : hull(parts);
}

/** `a % b` of integers, with the sign of `b`. A divisor is not 0. */
export function modRange(a: Range, b: Range): Range {
  const parts = [
    ...(b[1] > 0 ? [positiveRests(a, [Math.max(b[0], 1), b[1]])] : []),
    ...(b[0] < 0 ? [negRange(positiveRests(negRange(a), [Math.max(-b[1], 1), -b[0]]))] : []),
  ];
  return parts.length === 0 ? ANY : hull(parts);
}

const ANY: Range = [-Infinity, Infinity];

/** Quotients by numbers that are at least 1. They go towards 0 or -1 as the divisor grows. */
function positiveQuotients(a: Range, b: Range): Range {
  return spanned(a, b, (x, y) => (y === Infinity ? (x < 0 ? -1 : 0) : Math.floor(x / y)));
}

/** Numbers below all divisors are their own rests. */
function positiveRests([least, greatest]: Range, b: Range): Range {
  if (least >= 0 && greatest < b[0]) return [least, greatest];
  return [0, least >= 0 ? Math.min(greatest, b[1] - 1) : b[1] - 1];
}

/** The bounds of an operation that rises or falls in each operand: they are at the ends. */
function spanned([a, b]: Range, [c, d]: Range, operation: (x: number, y: number) => number): Range {
  const ends = [operation(a, c), operation(a, d), operation(b, c), operation(b, d)];
  return [Math.min(...ends), Math.max(...ends)];
}

function hull(ranges: readonly Range[]): Range {
  return [Math.min(...ranges.map(([least]) => least)), Math.max(...ranges.map(([, greatest]) => greatest))];
}
