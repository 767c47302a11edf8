/**
 * The schedule of loops whose results are sums of short windows: convolutions, depthwise ones, pools.
 *
 * for j { for k { for l { s = 0; for m { for n (3) { for p (3) { s += x[…] * w[…] } } } … } } } -> blocks of two by two
 * results, whose nine taps are written out one after the other: neighbours share what they read.
 */
import type { Directive } from "../../ir/plan/directive.ts";
import type { Expression, Loop } from "../../ir/plan/plan.ts";
import type { Target } from "../../target/target.ts";
import { hasRest, inRest } from "./apply-directive.ts";
import {
  costOf,
  dependsOn,
  hasManyRounds,
  hasOwnSums,
  hasSameRounds,
  isPlain,
  loadsOf,
  onlyLoop,
  overlaps,
} from "./loops.ts";

/** Loops with nothing beside them, down to the one whose rounds make a result each, and the sum that is made in it. */
interface Nest {
  /** From the outermost to the one whose rounds make a result. */
  readonly results: readonly Loop[];
  /** The innermost loops of the sum, from the outermost, which have so few rounds that they can be written out. */
  readonly taps: readonly Loop[];
  /** The loops of the sum, from the outermost. Several are those of the channels and of the axes of a window. */
  readonly sum: readonly Loop[];
  /** What a round of the sum reads. */
  readonly loads: readonly Load[];
}

type Load = Extract<Expression, { kind: "load" }>;

/**
 * The directives for such loops; undefined for other ones. `choose` makes those for the rounds that blocks leave. Windows that
 * share nothing are written out where they are short.
 */
export function taps(
  loop: Loop,
  target: Target,
  choose: (loop: Loop) => readonly Directive[],
): Directive[] | undefined {
  const nest = nestOf(loop, target);
  if (!nest) return undefined;
  const { rows: by, columns: across } = target.taps;
  const columns = nest.results.at(-1)!;
  const outer = nest.results.slice(0, -1).filter((each) => hasManyRounds(each, by));
  const rows =
    outer.findLast((each) => nest.loads.some((load) => isReadBy(columns, load) && !isReadBy(each, load))) ??
    outer.findLast((each) => overlaps(each, nest.sum, nest.loads));
  const isWindow = nest.sum.length > 1 || nest.results.some((each) => overlaps(each, nest.sum, nest.loads));
  if (!isWindow) return undefined;
  if (!rows && !overlaps(columns, nest.sum, nest.loads))
    return nest.taps.length === nest.sum.length ? writtenOut(nest) : undefined;
  const beside = rows ? across : by * across;
  const isWide = hasManyRounds(columns, beside);
  return [
    ...(rows ? [jam(rows, by)] : []),
    ...(isWide ? [jam(columns, beside)] : []),
    ...writtenOut(nest),
    ...(isWide && hasRest(columns, beside) ? writtenOut(nestOf(inRest(columns), target)!) : []),
    ...(rows && hasRest(rows, by) ? choose(inRest(rows)) : []),
  ];
}

function jam(loop: Loop, by: number): Directive {
  return { do: "jam", loop: loop.id!, by };
}

function writtenOut({ taps: loops }: Nest): Directive[] {
  return loops.toReversed().map(({ id, to }) => ({ do: "unroll", loop: id!, by: to as number }));
}

function nestOf(loop: Loop, target: Target): Nest | undefined {
  const results = [loop];
  for (let inner = alone(loop); inner; inner = alone(inner)) results.push(inner);
  const last = results.at(-1)!;
  const sum: Loop[] = [];
  for (let inner = onlyLoop(last); inner; inner = alone(inner)) sum.push(inner);
  const innermost = sum.at(-1);
  if (!innermost?.body.every(({ kind }) => kind === "accumulate")) return undefined;
  if (!hasOwnSums(last, innermost)) return undefined;
  const all = [...results, ...sum];
  if (!all.every((each, at) => isPlain(each) && all.slice(0, at).every((one) => hasSameRounds(one, each))))
    return undefined;
  if (costOf(innermost, target.costs) >= target.expensive) return undefined;
  const loads = loadsOf(innermost.body);
  return { results, sum, taps: tapsOf(sum, target.taps.most), loads };
}

/** The loop in another one, if nothing is beside it. */
function alone({ body }: Loop): Loop | undefined {
  const [only, ...others] = body;
  return only?.kind === "loop" && others.length === 0 ? only : undefined;
}

/** The innermost loops whose rounds are together at most so many. */
function tapsOf(sum: readonly Loop[], most: number): Loop[] {
  const few: Loop[] = [];
  let rounds = 1;
  for (const loop of sum.toReversed()) {
    if (typeof loop.to !== "number" || (rounds *= loop.to) > most) break;
    few.unshift(loop);
  }
  return few;
}

function isReadBy({ index }: Loop, load: Load): boolean {
  return dependsOn(load, new Set([index]));
}
