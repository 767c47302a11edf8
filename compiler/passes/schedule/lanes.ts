/**
 * Which loops become vectors, and what is put side by side around them. A product keeps as many sums in registers as there are
 * registers for them and for what they read; more would be stored and loaded again in each round.
 */
import type { Directive } from "../../ir/plan/directive.ts";
import { Expressions, walk, type Loop, type Statement } from "../../ir/plan/plan.ts";
import { reductions } from "../../ir/graph/primitives.ts";
import { FreshNames } from "../../ir/text/identifiers.ts";
import type { Size } from "../../ir/size/size.ts";
import type { Target } from "../../target/target.ts";
import { hasRest, inRest } from "./apply-directive.ts";
import { dependsOn, hasManyRounds, hasOwnSums, hasSameRounds, isPlain, isShared, isStraight, loadsOf, onlyLoop, overlaps, strideOf, sumsOf } from "./loops.ts"; // prettier-ignore
import { Refusal } from "./refusal.ts";
import { vectorize, type VectorFacts } from "./vectorize.ts";

/** The least rounds of a loop whose rounds become lanes: two groups. */
const MIN_GROUPS = 2;

/** The largest distance of two lanes in memory, in elements. */
const MAX_STEP = 4;

type ForLoops = (statements: readonly Statement[]) => Directive[];

/** The directives of a loop of which something becomes a vector. `inside` chooses those of loops among statements. */
export function lanes(loop: Loop, target: Target, inside: ForLoops): Directive[] | undefined {
  const { vectors } = target;
  if (!vectors || !isPlain(loop)) return undefined;
  return (
    dots(loop, vectors, inside) ??
    along(loop, target, vectors, inside) ??
    terms(loop, target, vectors) ??
    outer(loop, vectors, inside)
  );
}

/**
 * for i { for j { s = 0; for k { s += x[i, k] * w[j, k] }; … } }, all of it neighbours along k: a block of rows and columns,
 * each sum with the products of several k in its lanes.
 */
function dots(loop: Loop, vectors: VectorFacts, inside: ForLoops): Directive[] | undefined {
  const inner = onlyLoop(loop);
  if (!inner) return undefined;
  const sum = onlyLoop(inner);
  if (sum && loop.body.length === 1 && isDot(inner, sum, vectors) && isJammed(loop, [inner, sum])) {
    const { rows, columns } = blockOf(loop, inner, sum, vectors.registers, 1);
    if (rows > 1)
      return [
        { do: "jam", loop: loop.id!, by: rows },
        ...dotColumns(inner, sum, columns, vectors),
        ...restOf(loop, rows, inside),
      ];
  }
  if (!isDot(loop, inner, vectors)) return undefined;
  return dotColumns(loop, inner, blockOf(undefined, loop, inner, vectors.registers, 1).columns, vectors);
}

/** The columns side by side, with lanes along the sum. */
function dotColumns(loop: Loop, sum: Loop, by: number, { lanes: count }: VectorFacts): Directive[] {
  const vector = (id: string): Directive => ({ do: "vector", loop: id, by: count });
  if (by === 1) return [vector(sum.id!)];
  return [
    { do: "jam", loop: loop.id!, by },
    vector(sum.id!),
    ...(hasRest(loop, by) ? [vector(onlyLoop(inRest(loop))!.id!)] : []),
  ];
}

/** Whether a loop is around one sum of products of neighbours, which its rounds begin anew. */
function isDot(loop: Loop, sum: Loop, vectors: VectorFacts): boolean {
  return (
    isPlain(loop) &&
    isPlain(sum) &&
    hasManyRounds(sum, MIN_GROUPS * vectors.lanes) &&
    hasOwnSums(loop, sum) &&
    hasSameRounds(loop, sum) &&
    isShared(loop, sum) &&
    sum.body.every((each) => each.kind === "accumulate" && each.reduce === "sum") &&
    loadsOf(sum.body).every(({ at }) => [0, 1].includes(strideOf(at, sum.index) ?? NaN)) &&
    accepts(sum, vectors)
  );
}

/**
 * Lanes along the innermost loop whose rounds store neighbours: of a map, or of sums that other loops make inside it. Of such
 * sums a block is made, of several vectors and for several rounds of an outer loop that read the same elements.
 */
function along(loop: Loop, target: Target, vectors: VectorFacts, inside: ForLoops): Directive[] | undefined {
  const chain = chainOf(loop);
  const at = chain.findLastIndex((each) => stores(each) && hasManyRounds(each, vectors.lanes));
  const across = chain[at];
  if (!across || !accepts(across, vectors)) return undefined;
  const vector: Directive = { do: "vector", loop: across.id!, by: vectors.lanes };
  const sums = chain.slice(at + 1);
  const sum = sums.at(-1);
  if (isWindow(across, sums, target.taps.most)) return window(chain, at, target, vectors, inside);
  if (!sum || !isJammed(across, sums)) {
    const isCheap =
      !sum && hasManyRounds(across, target.loops.minRounds * vectors.lanes) && isStraight(across);
    return isCheap ? [vector, { do: "unroll", loop: across.id!, by: target.loops.unroll }] : [vector];
  }
  const outside = chain
    .slice(0, at)
    .find((each, place) => isPlain(each) && isShared(each, sum) && isJammed(each, chain.slice(place + 1)));
  const { rows, columns } = blockOf(outside, across, sum, vectors.registers, vectors.lanes);
  const wide: Directive[] = columns > 1 ? [{ do: "jam", loop: across.id!, by: columns }] : [];
  if (!outside || rows === 1) return [vector, ...wide];
  return [{ do: "jam", loop: outside.id!, by: rows }, vector, ...wide, ...restOf(outside, rows, inside)];
}

/**
 * A short window: its taps are written out one after the other, and so are those of the next line of results, which shares what
 * it reads with this one.
 */
function window(
  chain: readonly Loop[],
  at: number,
  { taps }: Target,
  { lanes: by }: VectorFacts,
  inside: ForLoops,
): Directive[] {
  const [row, [across, ...sums]] = [chain[at - 1], chain.slice(at) as [Loop, ...Loop[]]];
  const vector: Directive = { do: "vector", loop: across.id!, by };
  const written = sums.toReversed().map(({ id, to }): Directive => ({ do: "unroll", loop: id!, by: to as number })); // prettier-ignore
  const isTwo = row && isPlain(row) && hasManyRounds(row, taps.rows) && isJammed(row, [across, ...sums]);
  if (!isTwo) return [vector, ...written];
  return [{ do: "jam", loop: row.id!, by: taps.rows }, vector, ...written, ...restOf(row, taps.rows, inside)];
}

/** Whether a loop is around loops of few rounds that read, for the next round, some of what they have read for this one. */
function isWindow(loop: Loop, sums: readonly Loop[], most: number): boolean {
  const last = sums.at(-1);
  if (!last || !isJammed(loop, sums) || !sums.every(isPlain)) return false;
  const rounds = sums.reduce((n, { to }) => n * (typeof to === "number" ? to : Infinity), 1);
  return rounds > 1 && rounds <= most && overlaps(loop, sums, loadsOf(last.body));
}

/**
 * The block of sums with the most products for what it reads, among those whose sums and operands find room in registers. A
 * column of it is `width` results wide.
 */
function blockOf(
  outside: Loop | undefined,
  across: Loop,
  sum: Loop,
  registers: number,
  width: number,
): { readonly rows: number; readonly columns: number } {
  const loads = loadsOf(sum.body);
  const dependent = (loop: Loop | undefined): boolean[] =>
    loads.map((load) => loop !== undefined && dependsOn(load, new Set([loop.index])));
  const [onRow, onColumn] = [dependent(outside), dependent(across)];
  // A sum of four float64 takes two registers.
  const own = sumsOf(sum).reduce((n, { type }) => n + (type.dtype === "f64" ? 2 : 1), 0);
  let best = { rows: 1, columns: 1, share: 0 };
  for (let rows = outside ? 4 : 1; rows >= 1; rows--)
    for (let columns = 8; columns >= 1; columns--) {
      const read = loads.reduce((n, _, i) => n + (onRow[i] ? rows : 1) * (onColumn[i] ? columns : 1), 0);
      const held = rows * columns * own;
      if (held + read + 1 > registers) continue;
      const whole = (outside ? wholeShare(outside, rows) : 1) * wholeShare(across, columns * width);
      const share = (held / read) * whole;
      if (share > best.share) best = { rows, columns, share };
    }
  return best;
}

/** for k { s += f(x[k]) } -> a sum in each lane, and several vectors of them, as each addition waits for the one before. */
function terms(loop: Loop, target: Target, vectors: VectorFacts): Directive[] | undefined {
  const own = sumsOf(loop);
  const { length } = own;
  if (onlyLoop(loop) || length === 0 || !hasManyRounds(loop, MIN_GROUPS * vectors.lanes)) return undefined;
  if (!isStraight(loop) || !accepts(loop, vectors)) return undefined;
  // A maximum takes longer than a sum, so that more of them find time side by side.
  const by = own.some(({ reduce }) => target.costs[reductions[reduce].combine] > 1)
    ? 2 * target.loops.unroll
    : target.loops.unroll;
  const isLong = hasManyRounds(loop, 2 * by * vectors.lanes) && length <= 2;
  return [
    { do: "vector", loop: loop.id!, by: vectors.lanes },
    ...(isLong ? [{ do: "sums" as const, loop: loop.id!, by }] : []),
  ];
}

/** Lanes along a loop around several others, else along these. */
function outer(loop: Loop, vectors: VectorFacts, inside: ForLoops): Directive[] | undefined {
  if (!loop.body.some(({ kind }) => kind === "loop")) return undefined;
  const isMany = hasManyRounds(loop, MIN_GROUPS * vectors.lanes);
  if (isMany && accepts(loop, vectors)) return [{ do: "vector", loop: loop.id!, by: vectors.lanes }];
  return inside(loop.body);
}

/** The share of a loop's rounds that groups of so many have. */
function wholeShare({ to }: Loop, by: number): number {
  return typeof to === "number" ? (Math.floor(to / by) * by) / to : 1;
}

/** The directives of what is left of a loop: of the loops in it, as its own rounds are too few. */
function restOf(loop: Loop, by: number, inside: ForLoops): Directive[] {
  return hasRest(loop, by) ? inside(inRest(loop).body) : [];
}

/** A loop, the only loop in it, the only loop in that, and so on. */
function chainOf(loop: Loop): Loop[] {
  const inner = onlyLoop(loop);
  return inner ? [loop, ...chainOf(inner)] : [loop];
}

function stores({ body }: Loop): boolean {
  return body.some(({ kind }) => kind === "store");
}

/** Whether the loops inside have the same rounds in all rounds of a loop, and its sums begin anew, so that rounds go side by side. */
function isJammed(loop: Loop, inner: readonly Loop[]): boolean {
  return (
    inner.length > 0 &&
    inner.every((each) => hasSameRounds(loop, each)) &&
    !sumsOf(loop).length &&
    inner.every((each, at) => each.body.every((one) => one.kind !== "accumulate" || hasOwner(one.name, [loop, ...inner.slice(0, at)]))) // prettier-ignore
  );
}

function hasOwner(name: string, loops: readonly Loop[]): boolean {
  return loops.some(({ body }) => body.some((one) => one.kind === "accumulator" && one.name === name));
}

/** Whether the rounds of a loop can be lanes, and pay as such: what they read must not be spread over lines of memory. */
function accepts(loop: Loop, vectors: VectorFacts): boolean {
  if (!isPlain(loop)) return false;
  const isNear = ({ at }: { readonly at: Size }): boolean =>
    Math.abs(strideOf(at, loop.index) ?? Infinity) <= MAX_STEP;
  const statements = [...walk(loop.body)];
  const stored = statements.filter((statement) => statement.kind === "store");
  if (![...loadsOf(statements), ...stored].every(isNear)) return false;
  try {
    vectorize(new Expressions(), new FreshNames(), loop, vectors);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}
