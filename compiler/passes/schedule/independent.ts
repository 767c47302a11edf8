/**
 * Finds out whether the rounds of a loop may run at the same time, or in any order: none of them stores to a place that another
 * reads or stores to, and no sum goes on from one to the next.
 */
import { neverNegative, type Between } from "../../ir/size/bounds.ts";
import {
  add,
  linearIn,
  monomials,
  mul,
  neg,
  sub,
  substitute,
  symbol,
  symbolsOf,
  type Size,
} from "../../ir/size/size.ts";
import { walk, type Loop, type Statement } from "../../ir/plan/plan.ts";
import { isFilledFirst, touchesOf } from "../../ir/plan/rounds.ts";
import { wantKnownPlaces, wantOwnSums } from "./loops.ts";
import { Refusal } from "./refusal.ts";

/**
 * Throws a Refusal unless the rounds are independent, for the same rounds of the loops `around`. `outside` are the buffers that exist beside the kernel's calls; all others
 * are the kernel's own, and each thread may have its own copy of them.
 */
export function wantIndependent(loop: Loop, around: readonly Loop[], outside: ReadonlySet<string>): void {
  wantOwnSums(loop);
  wantKnownPlaces(loop);
  const named = new Set([...walk(loop.body)].flatMap((one) => (one.kind === "let" ? [one.name] : [])));
  const accesses = placesIn(loop.body, []);
  for (const store of accesses) {
    if (!store.stores) continue;
    const { buffer } = store;
    if (!outside.has(buffer) && isFilledFirst(loop.body, buffer)) continue;
    for (const other of accesses) {
      if (other.buffer !== buffer) continue;
      if (other.at === undefined) throw new Refusal(`reads places of ${buffer} that data decide`);
      if ([...symbolsOf(store.at!), ...symbolsOf(other.at)].some((name) => named.has(name)))
        throw new Refusal(`computes places of ${buffer} from data`);
      if (!areApart(loop, around, store as Place, other as Place))
        throw new Refusal(
          `${other.stores ? "may store to" : "may read"} what another of its rounds stores to ${buffer}`,
        );
    }
  }
}

/** An access to memory, with the loops around it, the innermost first. */
interface Access {
  readonly buffer: string;
  readonly stores: boolean;
  /** Undefined where data decide. */
  readonly at: Size | undefined;
  readonly around: readonly Loop[];
}

interface Place extends Access {
  readonly at: Size;
}

function placesIn(statements: readonly Statement[], around: readonly Loop[]): Access[] {
  return statements.flatMap((one): Access[] =>
    one.kind === "loop"
      ? placesIn(one.body, [one, ...around])
      : touchesOf(one).map((touch) => ({ ...touch, around })),
  );
}

/** Whether two places differ in any two different rounds of a loop, which `around` are around. */
function areApart(loop: Loop, around: readonly Loop[], one: Place, other: Place): boolean {
  const { index, to } = loop;
  const rounded = atLeastOne([loop, ...around, ...one.around, ...other.around]);
  const [a, b] = [linearIn(one.at, index), linearIn(other.at, index)];
  if (!a || !b || a.coefficient === 0) return false;
  const stride = a.coefficient;
  if ([...one.around, ...other.around].some(({ from, to: end }) => symbolsOf(add(from, end)).has(index)))
    return false;
  if (sub(stride, b.coefficient) !== 0 || !neverNegative(sub(substitute(stride, rounded), 1))) return false;
  // The variables of the loops around the second get other names, as its rounds are others.
  const renamed = new Map(other.around.map((loop) => [loop.index, symbol(`${loop.index}'`)]));
  const between = (loop: Loop, rename: (size: Size) => Size, name: string): Between => ({
    name,
    least: rename(loop.from),
    greatest: sub(rename(loop.to), 1),
  });
  const variables = [
    ...one.around.map((loop) => between(loop, (size) => size, loop.index)),
    ...other.around.map((loop) => between(loop, (size) => substitute(size, renamed), `${loop.index}'`)),
  ];
  const distance = sub(a.rest, substitute(b.rest, renamed));
  const holds = (size: Size): boolean => {
    const least = leastOf(size, variables);
    return least !== undefined && neverNegative(substitute(least, rounded));
  };
  // Each round has a stretch of memory, and both places lie in that of their round.
  const last = sub(stride, 1);
  if (holds(sub(last, distance)) && holds(add(last, distance))) return true;
  // The stretches of all rounds lie before those of the other place, or behind them.
  const beyond = add(mul(stride, sub(to, 1)), 1);
  if (holds(sub(distance, beyond)) || holds(sub(neg(distance), beyond))) return true;
  return areInterleaved(stride, to, distance, variables);
}

/** The sizes that are not 0 where all loops have rounds, N of 0 to 64 * N, in terms of others that may be. */
function atLeastOne(loops: readonly Loop[]): ReadonlyMap<string, Size> {
  const found = new Map<string, Size>();
  for (const { from, to } of loops) {
    const [product, ...others] = monomials(to).filter(({ coefficient }) => coefficient !== 0);
    if (from !== 0 || !product || others.length > 0) continue;
    for (const atom of product.atoms)
      if (atom.kind === "symbol") found.set(atom.name, add(symbol(atom.name), 1));
  }
  return found;
}

/** The least value for all values of the variables, if the sign of their coefficients is known. Ends may depend on later variables. */
function leastOf(size: Size, variables: readonly Between[]): Size | undefined {
  let result = size;
  for (const { name, least, greatest } of variables) {
    const coefficient = linearIn(result, name)?.coefficient;
    if (coefficient === undefined) return undefined;
    if (coefficient === 0) continue;
    const falls = neverNegative(neg(coefficient));
    if (!falls && !neverNegative(coefficient)) return undefined;
    result = substitute(result, new Map([[name, falls ? greatest : least]]));
  }
  return result;
}

/** Whether the distance between two places is a multiple of a number that exceeds all rounds together, as in y[i + 64 * j]. */
function areInterleaved(stride: Size, to: Size, distance: Size, variables: readonly Between[]): boolean {
  if (typeof stride !== "number" || typeof to !== "number") return false;
  let rest = distance;
  let step = 0;
  for (const { name } of variables) {
    const linear = linearIn(rest, name);
    if (!linear || typeof linear.coefficient !== "number") return false;
    step = greatestDivisor(step, Math.abs(linear.coefficient));
    ({ rest } = linear);
  }
  return typeof rest === "number" && step > stride * (to - 1) && rest % step === 0;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
