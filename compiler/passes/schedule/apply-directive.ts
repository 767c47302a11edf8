/** Applies the directives of a schedule to loops, or says why one cannot be applied. */
import { FreshNames } from "../../ir/text/identifiers.ts";
import type { Directive } from "../../ir/plan/directive.ts";
import {
  rebuildStatement,
  renaming,
  walk,
  type Expressions,
  type Kernel,
  type Loop,
  type Statement,
} from "../../ir/plan/plan.ts";
import { reductions } from "../../ir/graph/primitives.ts";
import { simplifiedBetween, type Range } from "../../ir/size/bounds.ts";
import {
  add,
  divideExactly,
  floorDiv,
  mod,
  mul,
  same,
  sub,
  substitute,
  symbol,
  type Size,
} from "../../ir/size/size.ts";
import { storesLast } from "../map-kernels.ts";
import { jointPlace, mergedLoop } from "../merge-loops.ts";
import { wantIndependent } from "./independent.ts";
import {
  hasSameRounds,
  isPlain,
  isStraight,
  loadsOf,
  onlyLoop,
  sumsOf,
  wantKnownPlaces,
  wantOwnSums,
} from "./loops.ts";
import { packOperand, type Packing } from "./pack-operand.ts";
import { peel, withoutFailing } from "./peel.ts";
import { Refusal } from "./refusal.ts";
import { vectorize, type VectorFacts } from "./vectorize.ts";

/** A kernel whose loops have ids, and names for what is made in it. */
export interface Scheduled {
  readonly kernel: Kernel;
  readonly names: FreshNames;
}

/** What directives may use of what is around a kernel. */
export interface KernelFacts {
  /** What the target can do with vectors, if it has them. */
  readonly vectors: VectorFacts | undefined;
  /** The buffers whose values are known before any call. */
  readonly weights: ReadonlySet<string>;
  /** The buffers that exist beside the kernel's calls. */
  readonly outside: ReadonlySet<string>;
}

/**
 * Gives each loop the id by which directives call it: its variable, such as `i`, or `i#1` if a loop before it has that variable,
 * too.
 */
export function withIds(kernel: Kernel): Scheduled {
  const ids = new FreshNames();
  const visit = (statement: Statement): Statement => {
    if (statement.kind !== "loop") return statement;
    const id = ids.fresh(statement.index, "#");
    return { ...statement, id, body: statement.body.map(visit) };
  };
  const names = new FreshNames([...kernel.buffers.map(({ name }) => name), ...kernel.sizes]);
  for (const statement of walk(kernel.body)) {
    if (statement.kind === "loop") names.take(statement.index);
    else if ("name" in statement) names.take(statement.name);
  }
  return { kernel: { ...kernel, body: kernel.body.map(visit) }, names };
}

/** The kernel with its loops as they were before `withIds`. */
export function withoutIds(kernel: Kernel): Kernel {
  const visit = (statement: Statement): Statement => {
    if (statement.kind !== "loop") return statement;
    const { id: _, parallel: __, ...loop } = statement;
    return { ...loop, body: loop.body.map(visit) };
  };
  return { ...kernel, body: kernel.body.map(visit) };
}

export interface Applied {
  readonly kernel: Kernel;
  /** The buffers that `pack` gave to the kernel. */
  readonly packings: readonly Packing[];
}

/** A size of a kernel that each call gives, and its value in terms of the others. */
export interface GivenSize {
  readonly name: string;
  readonly value: Size;
}

/**
 * The kernel after `parallel`: the outermost loops are ranges that calls give, for i < N { … } -> for i from i_from to i_to { … }.
 * Stores beside them are one round. `sizes` have the values by which one call does all rounds. The result is undefined where
 * rounds are left that threads cannot share.
 */
export function withRanges({
  kernel,
  names,
}: Scheduled): { readonly kernel: Kernel; readonly sizes: readonly GivenSize[] } | undefined {
  const sizes: GivenSize[] = [];
  const given = (name: string, value: Size): Size => {
    const own = names.fresh(name);
    sizes.push({ name: own, value });
    return symbol(own);
  };
  const ranged = (loop: Loop): Loop => {
    const { index, from, to } = loop;
    return { ...loop, from: given(`${index}_from`, from), to: given(`${index}_to`, to) };
  };
  const body: Statement[] = [];
  for (let i = 0; i < kernel.body.length; i++) {
    const one = kernel.body[i]!;
    if (one.kind === "let") body.push(one);
    else if (one.kind === "loop" && one.parallel) body.push(ranged(one));
    else if (one.kind === "store") {
      const next = kernel.body.findIndex(({ kind }, place) => place > i && kind !== "store");
      const end = next < 0 ? kernel.body.length : next;
      const round = { kind: "loop", index: names.fresh("once"), from: 0, to: 1, step: 1 } as const;
      body.push(ranged({ ...round, body: kernel.body.slice(i, end) }));
      i = end - 1;
    } else return undefined;
  }
  if (sizes.length === 0) return undefined;
  return { kernel: { ...kernel, sizes: [...kernel.sizes, ...sizes.map(({ name }) => name)], body }, sizes };
}

/**
 * The kernel after a directive, which it has in its schedule then, and the buffers that the directive gave it. Throws a
 * Refusal.
 */
export function applyDirective(
  { kernel, names }: Scheduled,
  directive: Directive,
  facts: KernelFacts,
): Applied {
  const packings: Packing[] = [];
  let isFound = false;
  const visit = (statement: Statement, around: readonly Loop[]): Statement[] => {
    if (statement.kind !== "loop") return [statement];
    const inside = [...around, statement];
    if (statement.id !== directive.loop)
      return [{ ...statement, body: statement.body.flatMap((one) => visit(one, inside)) }];
    isFound = true;
    if (directive.do !== "pack" && !isPlain(statement) && !isJammedOn(directive, statement))
      throw new Refusal("does not count from 0 by ones");
    const place = { kernel, names, loop: statement, facts };
    switch (directive.do) {
      case "reorder":
        return reorder(place);
      case "fuse":
        return fuse(place);
      case "peel":
        return peeled(place);
      case "parallel":
        return parallel(place, around);
      case "pack": {
        const { buffer } = directive;
        const isBefore = directive.where === "before";
        const { body, packing } = isBefore
          ? packOperand(
              place,
              { buffer, lanes: facts.weights.has(buffer) },
              [statement],
              around,
              facts.weights,
            )
          : packOperand(place, { buffer, lanes: true }, statement.body, inside, facts.weights);
        packings.push(packing);
        return isBefore ? [...body] : [{ ...statement, body }];
      }
      default:
        if (typeof statement.to === "number" && statement.to < directive.by)
          throw new Refusal(`has ${statement.to} rounds alone`);
        return groupings[directive.do]({ ...place, by: directive.by });
    }
  };
  const body = kernel.body.flatMap((one) => visit(one, []));
  if (!isFound) throw new Refusal("is none of the loops that there are");
  const buffers = [...kernel.buffers, ...packings.map(({ buffer }) => buffer)];
  const schedule = [...kernel.schedule, directive];
  return { kernel: { ...kernel, buffers, body, schedule }, packings };
}

/**
 * for i { for j < 4 { y[4 i + j] = f(4 i + j) } } -> for i { y[i] = f(i) }. Where places do not use the two as one, they become
 * i // 4 and i % 4.
 */
function fuse({ kernel: { pool }, loop }: Place): Statement[] {
  const [inner, ...others] = loop.body;
  const parallel = loop.parallel === true && inner?.kind === "loop" && inner.parallel === true;
  const merged = mergedLoop(pool, loop);
  if (merged) return [{ ...merged, parallel }];
  if (inner?.kind !== "loop" || others.length > 0) throw new Refusal("has more in it than one loop");
  if (!isPlain(inner) || !isPlain(loop) || !hasSameRounds(loop, inner))
    throw new Refusal(`has a loop ${inner.id} whose rounds differ`);
  const both = symbol(loop.index);
  const parts = new Map([
    [loop.index, floorDiv(both, inner.to)],
    [inner.index, mod(both, inner.to)],
  ]);
  const body = inner.body.map((statement) =>
    rebuildStatement(pool, statement, {
      size: (size) => jointPlace(size, loop, inner) ?? substitute(size, parts),
    }),
  );
  return [{ ...loop, parallel, to: mul(loop.to, inner.to), body }];
}

/** Marks a loop whose rounds others need not wait for; `withRanges` makes it a range once it is as it will be. */
function parallel({ loop, facts }: Place, around: readonly Loop[]): Statement[] {
  if (around.some((outer) => !outer.parallel || outer.body.length > 1))
    throw new Refusal("is not outermost, nor alone in loops that are parallel");
  wantIndependent(loop, around, facts.outside);
  return [{ ...loop, parallel: true }];
}

/** The rounds before the inner ones, the inner ones, and the rounds behind them. */
function peeled(place: Place): Statement[] {
  const { kernel, loop } = place;
  const { pool } = kernel;
  const { inner, first, last } = peel(pool, loop);
  const behind = inRest(loop, "last");
  return [
    ...(first === 0 ? [] : [withoutFailing(pool, { ...inRest(loop, "first"), to: first })]),
    inner,
    // Where the inner rounds become one, their sums stand beside these rounds.
    ...(same(last, loop.to)
      ? []
      : [withoutFailing(pool, { ...behind, from: last, body: withOwnSums(place, behind.body) })]),
  ];
}

/** Whether a loop of rounds that are left begins with a whole block, so that it can be jammed like all rounds. */
function isJammedOn(directive: Directive, { from, step }: Loop): boolean {
  return directive.do === "jam" && step === 1 && divideExactly(from, directive.by) !== undefined;
}

interface Place extends Scheduled {
  readonly loop: Loop;
  readonly facts: KernelFacts;
}

interface Work extends Place {
  readonly by: number;
}

/** The directives that make groups of rounds. */
const groupings: {
  readonly [D in Extract<Directive, { by: number }>["do"]]: (work: Work) => Statement[];
} = { unroll, jam, sums, split, vector };

/** for i { for j { y[i, j] = f(i, j) } } -> for j { for i { y[i, j] = f(i, j) } } */
function reorder({ loop }: Place): Statement[] {
  const [inner, ...others] = loop.body;
  if (inner?.kind !== "loop" || others.length > 0) throw new Refusal("has more in it than one loop");
  if (!isPlain(inner) || !hasSameRounds(loop, inner))
    throw new Refusal(`has a loop ${inner.id} whose rounds differ`);
  const statements = [...walk(inner.body)];
  const stored = new Set(statements.flatMap((one) => (one.kind === "store" ? one.buffer : [])));
  wantOwnSums(inner);
  wantKnownPlaces(inner);
  if (loadsOf(statements).some(({ buffer }) => stored.has(buffer))) throw new Refusal("reads what it stores");
  return [{ ...inner, body: [{ ...loop, body: inner.body }] }];
}

/** for i { y[i] = f(i) } -> for i by 4 { y[i] = f(i); y[i + 1] = f(i + 1); … } */
function unroll(work: Work): Statement[] {
  if (!isStraight(work.loop))
    throw new Refusal("has more in it than sums and stores in order, or reads what it stores");
  return inSteps(work, storesLast(copiesOf(work).flat()));
}

/** for i { s += f(i) } -> for i by 4 { s += f(i); s1 += f(i + 1); … } and s += s1 + (s2 + s3) */
function sums(work: Work): Statement[] {
  const { kernel, names, loop } = work;
  const own = sumsOf(loop);
  if (!isStraight(loop) || own.length === 0)
    throw new Refusal("has more in it than sums and stores in order, or has no sum");
  const copies = copiesOf(work);
  const parts = own.map((sum) => copies.slice(1).map(() => ({ ...sum, name: names.fresh(stem(sum.name)) })));
  const body = copies.flatMap((copy, round) => {
    const renamed = new Map(own.map(({ name }, at) => [name, parts[at]![round - 1]?.name ?? name]));
    return copy.map((statement) => withNames(statement, renamed));
  });
  const made = parts
    .flat()
    .map(({ name, reduce, type }): Statement => ({ kind: "accumulator", name, reduce, type }));
  const joins = own.map(({ name, reduce, type }, at): Statement => {
    const locals = parts[at]!.map((part) => kernel.pool.local(part.name, type));
    const { combine } = reductions[reduce];
    const value = locals.reduceRight((rest, local) => kernel.pool.map(combine, [local, rest], type));
    return { kind: "accumulate", name, reduce, type, value };
  });
  return [...made, ...inSteps(work, storesLast(body)), ...joins];
}

/**
 * Unroll and jam: for i { s = 0; for k { s += f(i, k) }; y[i] = s } -> for i by 4 { four sums; one loop over k for all of
 * them; four stores }. What does not change from round to round is then read once for all of them.
 */
function jam(work: Work): Statement[] {
  for (let loop = work.loop, inner = onlyLoop(loop); inner; loop = inner, inner = onlyLoop(loop))
    if (!hasSameRounds(work.loop, inner)) throw new Refusal(`has a loop ${inner.id} whose rounds differ`);
  if (!onlyLoop(work.loop)) throw new Refusal("has no loop inside, or several");
  wantOwnSums(work.loop);
  return inSteps(work, jammed(copiesOf(work)));
}

/** for i { y[i] = x[i // 4] } -> for i { for j = 0 to 4 { y[4 * i + j] = x[i] } }: in a group of rounds no place is divided. */
function split({ kernel: { pool }, names, loop, by }: Work): Statement[] {
  const index = names.fresh(loop.index);
  const place = add(mul(by, symbol(loop.index)), symbol(index));
  const range = new Map<string, Range>([[index, [0, by - 1]]]);
  const size = (at: Size): Size => simplifiedBetween(substitute(at, new Map([[loop.index, place]])), range);
  const body = loop.body.map((one) => rebuildStatement(pool, one, { size }));
  const part: Loop = { kind: "loop", id: `${loop.id}.part`, index, from: 0, to: by, step: 1, body };
  const groups: Loop = { ...loop, to: floorDiv(loop.to, by), body: [part] };
  return hasRest(loop, by) ? [groups, ...withoutLoop(pool, restOf(loop, by))] : [groups];
}

/** The rounds of a loop one after the other, if their number is known and there are no loops in them; or else the loop. */
function withoutLoop(pool: Expressions, loop: Loop): Statement[] {
  const { from, to, index, body } = loop;
  const rounds = sub(to, from);
  if (typeof rounds !== "number" || !isStraight(loop)) return [loop];
  return Array.from({ length: rounds }, (_, round) => {
    const change = renaming(pool, new Map([[index, add(from, round)]]));
    return body.map((one) => rebuildStatement(pool, one, change));
  }).flat();
}

/** for i { y[i] = f(x[i]) } -> for i { y[4 i … 4 i + 3] = f(x[4 i … 4 i + 3]) } */
function vector(work: Work): Statement[] {
  const { kernel, names, loop, by } = work;
  const { vectors } = work.facts;
  if (vectors?.lanes !== by)
    throw new Refusal(vectors ? `can have ${vectors.lanes} lanes alone` : "has no lanes on this target");
  const { before, body, after } = vectorize(kernel.pool, names, loop, vectors);
  const groups: Loop = { ...loop, to: floorDiv(loop.to, by), body };
  const main = loop.to === by ? onlyRound(kernel.pool, groups) : [groups];
  if (!hasRest(loop, by)) return [...before, ...main, ...after];
  const again = before.length === 0 && typeof loop.to === "number";
  return [...before, ...main, ...after, ...(again ? lastGroup(work, vectors) : [restOf(loop, by, "tail")])];
}

/** The last rounds as one group, which does again what others have done already: it stores the same. */
function lastGroup(work: Work, vectors: VectorFacts): Statement[] {
  const { kernel, names, loop, by } = work;
  const { body } = vectorize(kernel.pool, names, loop, vectors, sub(loop.to, by));
  return withOwnSums(work, inRest({ ...loop, body }, "tail").body);
}

/** Statements whose sums have names that no others have. */
function withOwnSums({ kernel: { pool }, names }: Scheduled, statements: readonly Statement[]): Statement[] {
  const defined = [...walk(statements)].flatMap((one) => (one.kind === "accumulator" ? [one.name] : []));
  const locals = new Map(defined.map((name) => [name, names.fresh(stem(name))] as const));
  const change = renaming(pool, new Map(), locals);
  return statements.map((one) => withNames(rebuildStatement(pool, one, change), locals));
}

/** The body of a loop with one round, for the index 0. */
function onlyRound(pool: Kernel["pool"], { body, index }: Loop): Statement[] {
  return body.map((one) => rebuildStatement(pool, one, renaming(pool, new Map([[index, 0]]))));
}

/** Copies that have one loop each, or none, as one body with one such loop. */
function jammed(copies: readonly (readonly Statement[])[]): Statement[] {
  const places = copies.map((body) => body.findIndex(({ kind }) => kind === "loop"));
  if (places[0]! < 0) return copies.flat();
  const loops = copies.map((body, copy) => body[places[copy]!] as Loop);
  return [
    ...copies.flatMap((body, copy) => body.slice(0, places[copy])),
    { ...loops[0]!, body: jammed(loops.map(({ body }) => body)) },
    ...copies.flatMap((body, copy) => body.slice(places[copy]! + 1)),
  ];
}

/** The body for the indices i, i + 1, …, or 0, 1, … if these are all; what it defines has another name in each. */
function copiesOf({ kernel: { pool }, names, loop, by }: Work): (readonly Statement[])[] {
  const defined = [...walk(loop.body)].flatMap((one) => (one.kind === "accumulator" ? [one.name] : []));
  const first = loop.to === by ? 0 : symbol(loop.index);
  return Array.from({ length: by }, (_, round) => {
    if (round === 0 && first !== 0) return loop.body;
    const locals = new Map(
      defined.map((name) => [name, round === 0 ? name : names.fresh(stem(name))] as const),
    );
    const change = renaming(pool, new Map([[loop.index, add(first, round)]]), locals);
    return loop.body.map((one) => withNames(rebuildStatement(pool, one, change), locals));
  });
}

/** `sum` of `sum2`: so that names are numbered on, and not `sum21`. */
function stem(name: string): string {
  return name.replace(/(?<!\d)\d+$/, "");
}

function withNames(statement: Statement, names: ReadonlyMap<string, string>): Statement {
  if (statement.kind === "loop")
    return { ...statement, body: statement.body.map((inner) => withNames(inner, names)) };
  return "name" in statement
    ? { ...statement, name: names.get(statement.name) ?? statement.name }
    : statement;
}

/** The loop in steps with this body, and one for the rounds that are left. One round needs no loop: its index is 0. */
function inSteps({ loop, by }: Work, body: readonly Statement[]): Statement[] {
  if (loop.to === by) return [...body];
  const main: Loop = { ...loop, to: wholeOf(loop, by), step: by, body };
  return hasRest(loop, by) ? [main, restOf(loop, by)] : [main];
}

/** The number of rounds in whole groups. */
function wholeOf({ to }: Pick<Loop, "to">, by: number): Size {
  return mul(floorDiv(to, by), by);
}

function restOf(loop: Loop, by: number, suffix?: "tail"): Loop {
  return { ...inRest(loop, suffix), from: wholeOf(loop, by) };
}

/** Whether rounds may be left after a loop in steps. */
export function hasRest({ to }: Loop, by: number): boolean {
  return !same(wholeOf({ to }, by), to);
}

/** The loop over what is left of a loop `i`: it is `i.rest`, and a loop `j` in it is `i.rest.j`. */
export function inRest(loop: Loop, suffix: "rest" | "tail" | "first" | "last" = "rest"): Loop {
  const id = `${loop.id}.${suffix}`;
  // In `i.rest.j`, the loop `i.rest.k` is `k`.
  const around = loop.id!.slice(0, loop.id!.lastIndexOf(".") + 1);
  const visit = (statement: Statement): Statement => {
    if (statement.kind !== "loop") return statement;
    const own = statement.id!.startsWith(around) ? statement.id!.slice(around.length) : statement.id!;
    return { ...statement, id: `${id}.${own}`, body: statement.body.map(visit) };
  };
  return { ...loop, id, body: loop.body.map(visit) };
}
