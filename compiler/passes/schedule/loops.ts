/** Questions about a loop before `hoist` has given names: what it contains, and what changes from round to round. */
import { boundsOf } from "../../ir/size/bounds.ts";
import { divideExactly, linearIn, monomials, symbolsOf, type Size } from "../../ir/size/size.ts";
import {
  rootsOf,
  sizesIn,
  sizesOfStatement,
  visitExpressions,
  walk,
  type Expression,
  type Loop,
  type Statement,
} from "../../ir/plan/plan.ts";
import type { Target } from "../../target/target.ts";
import { Refusal } from "./refusal.ts";

export function isPlain({ from, step }: Loop): boolean {
  return from === 0 && step === 1;
}

/** Whether a loop has so many rounds; of one whose rounds only the call knows it is expected, unless they are too few at most. */
export function hasManyRounds({ to }: Loop, least: number): boolean {
  return boundsOf(to)[1] >= least;
}

export function onlyLoop({ body }: Loop): Loop | undefined {
  const [first, ...more] = body.filter((statement) => statement.kind === "loop");
  return more.length === 0 ? first : undefined;
}

type Sum = Extract<Statement, { kind: "accumulate" }>;

export function sumsOf({ body }: Loop): Sum[] {
  return body.filter((statement) => statement.kind === "accumulate");
}

/** Whether a loop, and one inside it, add only to accumulators that begin anew in each round of the outer one. */
export function hasOwnSums({ body }: Loop, inner: Loop): boolean {
  const own = new Set(body.flatMap((one) => (one.kind === "accumulator" ? [one.name] : [])));
  return [...body, ...inner.body].every((one) => one.kind !== "accumulate" || own.has(one.name));
}

/** Whether stores may follow whatever else a few rounds do: they fill memory in order that the loop does not read. */
export function isStraight(loop: Loop): boolean {
  const { body, index } = loop;
  const stored = new Set(body.flatMap((each) => (each.kind === "store" ? each.buffer : [])));
  return (
    body.every(({ kind }) => kind === "accumulate" || kind === "store") &&
    body.every(
      (each) =>
        each.kind !== "store" ||
        (!each.index && !each.step && strideOf(each.at, index) === each.value.type.lanes),
    ) &&
    loadsOf(body).every(({ buffer }) => !stored.has(buffer)) &&
    !storesSums(loop) &&
    !checksIndices(loop)
  );
}

/** Whether a store reads a sum that the loop adds to, as far as it has come. */
function storesSums(loop: Loop): boolean {
  const sums = new Set(sumsOf(loop).map(({ name }) => name));
  return loop.body.some((each) => each.kind === "store" && rootsOf(each).some((e) => dependsOn(e, sums)));
}

/** Whether a range check stands in it that must be made anew in each round. */
function checksIndices(loop: Loop): boolean {
  const changing = changingIn(loop);
  let found = false;
  visitExpressions(loop.body.flatMap(rootsOf), (e) => {
    found ||= e.kind === "checked" && dependsOn(e, changing);
  });
  return found;
}

/** Names of what differs from round to round: the loop's variable, those of the loops in it, and what they add up. */
export function changingIn(loop: Loop): ReadonlySet<string> {
  const changing = new Set([loop.index]);
  for (const statement of walk(loop.body)) {
    if (statement.kind === "loop") changing.add(statement.index);
    if (statement.kind === "accumulator" || statement.kind === "accumulate") changing.add(statement.name);
  }
  return changing;
}

/** Whether an expression reads one of these names. */
export function dependsOn(e: Expression, names: ReadonlySet<string>): boolean {
  let found = false;
  visitExpressions([e], (part) => {
    found ||= part.kind === "local" && names.has(part.name);
    found ||= sizesIn(part).some((size) => mentions(size, names));
  });
  return found;
}

function mentions(size: Size, names: ReadonlySet<string>): boolean {
  return [...symbolsOf(size)].some((name) => names.has(name));
}

/** Whether a loop inside another runs over the same range in all of its rounds. */
export function hasSameRounds(outer: Loop, { from, to }: Loop): boolean {
  return ![from, to].some((bound) => mentions(bound, new Set([outer.index])));
}

/** Whether the rounds of a loop read the same elements in a loop inside it. */
export function isShared({ index }: Loop, inner: Loop): boolean {
  const [outside, inside] = [new Set([index]), new Set([inner.index])];
  return loadsOf(inner.body).some((load) => dependsOn(load, inside) && !dependsOn(load, outside));
}

type Load = Extract<Expression, { kind: "load" }>;

export function loadsOf(body: readonly Statement[]): Load[] {
  const loads: Load[] = [];
  visitExpressions(body.flatMap(rootsOf), (e) => {
    if (e.kind === "load") loads.push(e);
  });
  return loads;
}

/** How far a place in memory moves from round to round, where that is a number. */
export function strideOf(at: Size, index: string): number | undefined {
  const coefficient = linearIn(at, index)?.coefficient;
  return typeof coefficient === "number" ? coefficient : undefined;
}

/** The largest number by which a loop divides its variable to find a place. */
export function divisorIn({ body, index }: Loop): number | undefined {
  const divisors = new Set<number>();
  const visit = (size: Size): void => {
    for (const { atoms } of monomials(size))
      for (const atom of atoms) {
        if (atom.kind === "symbol") continue;
        const step = linearIn(atom.left, index)?.coefficient;
        const divides = atom.kind === "floordiv" || atom.kind === "mod";
        if (divides && typeof atom.right === "number" && typeof step === "number" && step % atom.right !== 0)
          divisors.add(atom.right);
        visit(atom.left);
      }
  };
  for (const statement of body) sizesOfStatement(statement).forEach(visit);
  return divisors.size === 0 ? undefined : Math.max(...divisors);
}

/** About how many multiplications a round takes. What does not change in the loop is made once, outside. */
export function costOf(loop: Loop, costs: Target["costs"]): number {
  const changing = changingIn(loop);
  let cost = 0;
  visitExpressions([...walk(loop.body)].flatMap(rootsOf), (e) => {
    if (e.kind === "map" && dependsOn(e, changing)) cost += costs[e.map];
  });
  return cost;
}

/** Whether a round of a loop reads, elsewhere in its sum, some of what the round before it reads. */
export function overlaps({ index }: Loop, sums: readonly Loop[], loads: readonly Load[]): boolean {
  return loads.some(({ at }) => {
    const move = linearIn(at, index)?.coefficient ?? 0;
    return move !== 0 && sums.some((inner) => reaches(at, inner, move));
  });
}

/** Whether some round of a loop moves a place that far. */
function reaches(at: Size, { index, to }: Loop, move: Size): boolean {
  const step = linearIn(at, index)?.coefficient;
  if (step === undefined || typeof to !== "number") return false;
  const rounds = divideExactly(move, step);
  return typeof rounds === "number" && rounds > 0 && rounds < to;
}

/** Throws a Refusal if a loop adds to a sum that does not begin anew in each of its rounds. */
export function wantOwnSums(loop: Loop): void {
  for (const one of walk(loop.body))
    if (one.kind === "accumulate" && !defines(loop, one.name))
      throw new Refusal(`adds to ${one.name}, which goes on from round to round`);
}

/** Throws a Refusal if data decide where a loop stores: several rounds may then store to one place. */
export function wantKnownPlaces({ body }: Loop): void {
  for (const one of walk(body))
    if (one.kind === "store" && one.index) throw new Refusal("stores to places that data decide");
}

function defines({ body }: Loop, name: string): boolean {
  return [...walk(body)].some((statement) => statement.kind === "accumulator" && statement.name === name);
}
