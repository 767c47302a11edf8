/**
 * Interval arithmetic on sizes: the two numbers between which a size lies, given the bounds of its symbols. The bounds
 * are correct but may be wide, because each use of a symbol is bounded by itself: `N - N % 2` is never negative, but
 * its lower bound is -1.
 */
import { add, floorDiv, linearIn, mapAtoms, mapOperands, mod, monomials, mul, sub, substitute, symbolsOf, type Atom, type Size } from "./size.ts"; // prettier-ignore

/** The least and the greatest number; either may be infinite. */
export type Range = readonly [least: number, greatest: number];

/** The size of an axis may be any number that is not negative. */
export const SIZE: Range = [0, Infinity];

/** The bounds of a size. A symbol that `ranges` lacks is the size of an axis. */
export function boundsOf(size: Size, ranges: ReadonlyMap<string, Range> = sizesOfAxes): Range {
  if (typeof size === "number") return [size, size];
  return bounded(size, ranges, new Map());
}

const sizesOfAxes: ReadonlyMap<string, Range> = new Map();

/** Whether the bounds of a size prove that it is never negative. */
export function neverNegative(size: Size): boolean {
  return boundsOf(size)[0] >= 0 || boundsOf(withRemainders(size))[0] >= 0;
}

/** A variable that takes the integers from `least` to `greatest`, the variable of a loop for example. */
export interface Between {
  readonly name: string;
  readonly least: Size;
  readonly greatest: Size;
}

/** Whether a size is provably not negative for all values of some variables. */
export function neverNegativeBetween(size: Size, variables: readonly Between[]): boolean {
  const lowest = lowestBetween(size, variables);
  return lowest !== undefined && neverNegative(lowest);
}

/**
 * The least value of a size for all values of some variables, in terms of what else is in it. The ends of a variable may depend on
 * those after it. A size that is linear in a variable is least at one of its ends; the result is undefined for any other.
 */
export function lowestBetween(size: Size, variables: readonly Between[]): Size | undefined {
  let lowest = size;
  for (const { name, least, greatest } of variables) {
    if (!symbolsOf(lowest).has(name)) continue;
    const coefficient = linearIn(lowest, name)?.coefficient;
    if (typeof coefficient !== "number") return undefined;
    lowest = substitute(lowest, new Map([[name, coefficient < 0 ? greatest : least]]));
  }
  return lowest;
}

/** The size without quotients and remainders that the bounds of some symbols decide: `i // 8` is 0 where i is from 0 to 7. */
export function simplifiedBetween(size: Size, ranges: ReadonlyMap<string, Range>): Size {
  const parts = mapOperands(size, (part) => simplifiedBetween(part, ranges));
  return mapAtoms(parts, (atom) => {
    const [least, greatest] = atomRange(atom, ranges, new Map());
    if (least === greatest) return least;
    if (atom.kind !== "mod") return undefined;
    const [first, last] = boundsOf(floorDiv(atom.left, atom.right), ranges);
    return first === 0 && last === 0 ? atom.left : undefined;
  });
}

// c * (a // c) -> a - a % c, whose bounds are narrower where the size has -a, too
function withRemainders(size: Size): Size {
  let result = size;
  for (const { coefficient, atoms } of monomials(size)) {
    const [atom, ...others] = atoms;
    if (atom?.kind !== "floordiv" || others.length > 0 || typeof atom.right !== "number") continue;
    const { left, right } = atom;
    if (coefficient % right !== 0) continue;
    const whole = sub(left, mod(left, right));
    result = add(result, mul(coefficient / right, sub(whole, mul(right, floorDiv(left, right)))));
  }
  return result;
}

/** `done` maps the keys of atoms to their bounds: a size is a graph, and its parts are used many times. */
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

/** The bounds of `a // b` for integers. The divisor is never 0. */
export function floorDivRange(a: Range, b: Range): Range {
  const parts = [
    ...(b[1] > 0 ? [positiveQuotients(a, [Math.max(b[0], 1), b[1]])] : []),
    ...(b[0] < 0 ? [positiveQuotients(negRange(a), [Math.max(-b[1], 1), -b[0]])] : []),
  ];
  return parts.length === 0 ? ANY : hull(parts);
}

/** The bounds of `a % b` for integers; the result has the sign of `b`. The divisor is never 0. */
export function modRange(a: Range, b: Range): Range {
  const parts = [
    ...(b[1] > 0 ? [positiveRests(a, [Math.max(b[0], 1), b[1]])] : []),
    ...(b[0] < 0 ? [negRange(positiveRests(negRange(a), [Math.max(-b[1], 1), -b[0]]))] : []),
  ];
  return parts.length === 0 ? ANY : hull(parts);
}

const ANY: Range = [-Infinity, Infinity];

/**
 * The quotients by divisors that are at least 1. As the divisor grows, the quotient approaches 0, or -1 where `a` is
 * negative.
 */
function positiveQuotients(a: Range, b: Range): Range {
  return spanned(a, b, (x, y) => (y === Infinity ? (x < 0 ? -1 : 0) : Math.floor(x / y)));
}

/** The remainders by divisors that are at least 1. A number below every divisor is its own remainder. */
function positiveRests([least, greatest]: Range, b: Range): Range {
  if (least >= 0 && greatest < b[0]) return [least, greatest];
  return [0, least >= 0 ? Math.min(greatest, b[1] - 1) : b[1] - 1];
}

/**
 * The bounds of an operation that is monotonic in each operand: it reaches them at the ends of the operands' ranges.
 */
function spanned([a, b]: Range, [c, d]: Range, operation: (x: number, y: number) => number): Range {
  const ends = [operation(a, c), operation(a, d), operation(b, c), operation(b, d)];
  return [Math.min(...ends), Math.max(...ends)];
}

function hull(ranges: readonly Range[]): Range {
  return [Math.min(...ranges.map(([least]) => least)), Math.max(...ranges.map(([, greatest]) => greatest))];
}
