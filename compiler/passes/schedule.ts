/**
 * Unrolls the loops that the time goes into. A sum in one accumulator waits for each addition; four run side
 * by side. A contraction makes four results at once, which read the shared operand once.
 */
import type { Pass } from "../ir/pass.ts";
import {
  rebuildStatement,
  renaming,
  rootsOf,
  sizesIn,
  visitExpressions,
  walk,
  type Expression,
  type Expressions,
  type Loop,
  type Plan,
  type Statement,
} from "../ir/plan.ts";
import { reductions } from "../ir/primitives.ts";
import { add, floorDiv, mul, symbol, symbolsOf, type Size } from "../ir/size.ts";
import { mapKernels } from "./kernels.ts";

export const schedule: Pass<Plan, Plan> = {
  name: "schedule",
  place: "after `hoist`, so that what it copies holds only what changes from round to round",
  run: (plan) =>
    mapKernels(plan, (kernel) => ({
      ...kernel,
      body: scheduleAll({ pool: kernel.pool, bounds: 0 }, kernel.body),
    })),
};

const FACTOR = 4;
/** Shorter loops gain nothing, and their text should stay short. */
const LEAST = 16;

interface Scheduling {
  readonly pool: Expressions;
  /** Loop bounds that got a name so far. */
  bounds: number;
}

function scheduleAll(scheduling: Scheduling, statements: readonly Statement[]): Statement[] {
  return statements.flatMap((statement) => {
    if (statement.kind !== "loop") return [statement];
    const jammed = jam(scheduling, statement);
    if (jammed) return jammed;
    const unrolled = unroll(scheduling, statement);
    return unrolled ?? [{ ...statement, body: scheduleAll(scheduling, statement.body) }];
  });
}

/** for i { s += f(i) } -> for i by 4 { s += f(i); s1 += f(i + 1); … }, a rest, and s += s1 + (s2 + s3) */
function unroll(scheduling: Scheduling, loop: Loop): Statement[] | undefined {
  const { pool } = scheduling;
  if (!isPlain(loop) || !isLong(loop.to, LEAST)) return undefined;
  const sums = loop.body.filter((statement) => statement.kind === "accumulate");
  const onlySums = loop.body.every(
    (statement) => statement.kind === "accumulate" || statement.kind === "let",
  );
  if (sums.length === 0 || sums.length > 2 || !onlySums) return undefined;
  const copies = copiesOf(pool, loop.index, loop.body);
  const extra = sums.flatMap(({ name, reduce }) =>
    copies
      .slice(1)
      .map(({ locals }): Statement => ({ kind: "accumulator", name: locals.get(name)!, reduce })),
  );
  const joins = sums.map(({ name, reduce }): Statement => {
    const { combine } = reductions[reduce];
    const [first, second, third] = copies.slice(1).map(({ locals }) => pool.local(locals.get(name)!));
    const value = pool.map(combine, [first!, pool.map(combine, [second!, third!])]);
    return { kind: "accumulate", name, reduce, value };
  });
  const body = copies.flatMap((copy) => copy.body);
  return [...extra, ...byFactor(scheduling, loop, body, loop.body), ...joins];
}

/** for j { s; for k { s += x[k] * w[j, k] }; y[j] = f(s) } -> for j by 4 with four s in one loop over k */
function jam(scheduling: Scheduling, loop: Loop): Statement[] | undefined {
  const { pool } = scheduling;
  const inner = loop.body.find((statement) => statement.kind === "loop");
  if (!inner || !isPlain(loop) || !isLong(loop.to, FACTOR)) return undefined;
  if (loop.body.filter((statement) => statement.kind === "loop").length !== 1) return undefined;
  if (!inner.body.every((statement) => statement.kind === "accumulate" && statement.reduce === "sum"))
    return undefined;
  // Each round has accumulators of its own: one that goes on over the rounds is no result of a round.
  const own = new Set(
    loop.body.flatMap((statement) => (statement.kind === "accumulator" ? [statement.name] : [])),
  );
  for (const statement of walk(loop.body)) {
    if (statement.kind === "accumulate" && !own.has(statement.name)) return undefined;
  }
  const values = inner.body.flatMap(rootsOf);
  // Worth it where the rounds share an operand.
  const shared = loadsOf(values).filter((load) => !dependsOn(load, loop));
  if (shared.length === 0) return undefined;
  const copies = copiesOf(pool, loop.index, loop.body);
  const split = copies.map(({ body }) => {
    const at = body.findIndex((statement) => statement.kind === "loop");
    return { before: body.slice(0, at), inner: body[at] as Loop, after: body.slice(at + 1) };
  });
  const body = [
    ...split.flatMap(({ before }) => before),
    { ...inner, body: nameShared(pool, shared, split.flatMap((part) => part.inner.body)) }, // prettier-ignore
    ...split.flatMap(({ after }) => after),
  ];
  return byFactor(scheduling, loop, body, scheduleAll(scheduling, loop.body));
}

/**
 * The body four times, for the indices i to i + 3, with locals of its own each time. Nothing else has a `$` in
 * its name.
 */
function copiesOf(
  pool: Expressions,
  index: string,
  body: readonly Statement[],
): { body: Statement[]; locals: ReadonlyMap<string, string> }[] {
  const names = body.flatMap(definedIn);
  return Array.from({ length: FACTOR }, (_, round) => {
    const locals = new Map(names.map((name) => [name, round === 0 ? name : `${name}$${round}`]));
    const sizes = new Map<string, Size>([...locals].map(([name, renamed]) => [name, symbol(renamed)]));
    sizes.set(index, add(symbol(index), round));
    const change = renaming(pool, sizes, locals);
    const renamed = body.map((statement) =>
      renameDefinitions(rebuildStatement(pool, statement, change), locals),
    );
    return { body: renamed, locals };
  });
}

function definedIn(statement: Statement): string[] {
  if (statement.kind === "loop") return statement.body.flatMap(definedIn);
  return "name" in statement ? [statement.name] : [];
}

function renameDefinitions(statement: Statement, names: ReadonlyMap<string, string>): Statement {
  if (statement.kind === "loop") {
    return { ...statement, body: statement.body.map((inner) => renameDefinitions(inner, names)) };
  }
  return "name" in statement
    ? { ...statement, name: names.get(statement.name) ?? statement.name }
    : statement;
}

/** The loop in steps of four, and one for what is left. */
function byFactor(
  scheduling: Scheduling,
  loop: Loop,
  body: readonly Statement[],
  single: readonly Statement[],
): Statement[] {
  const whole = mul(floorDiv(loop.to, FACTOR), FACTOR);
  if (typeof whole === "number") {
    const main: Loop = { ...loop, to: whole, step: FACTOR, body };
    return whole === loop.to ? [main] : [main, { ...loop, from: whole, body: single }];
  }
  // A bound that is computed is computed once.
  const end = `whole$${scheduling.bounds === 0 ? "" : scheduling.bounds}`;
  scheduling.bounds++;
  return [
    { kind: "let", name: end, int: true, value: scheduling.pool.size(whole) },
    { ...loop, to: symbol(end), step: FACTOR, body },
    { ...loop, from: symbol(end), body: single },
  ];
}

/** Gives loads that several rounds read a name. */
function nameShared(
  pool: Expressions,
  shared: readonly Expression[],
  body: readonly Statement[],
): Statement[] {
  const names = new Map(
    shared.map((load, i) => [load.id, `${load.kind === "load" ? load.buffer : "v"}$${i}`]),
  );
  const lets = shared.map((load): Statement => ({
    kind: "let",
    name: names.get(load.id)!,
    int: false,
    value: load,
  }));
  const change = {
    expression: (e: Expression): Expression => {
      const name = names.get(e.id);
      return name === undefined ? e : pool.local(name);
    },
  };
  return [...lets, ...body.map((statement) => rebuildStatement(pool, statement, change))];
}

function loadsOf(values: readonly Expression[]): Expression[] {
  const loads: Expression[] = [];
  visitExpressions(values, (e) => {
    if (e.kind === "load") loads.push(e);
  });
  return loads;
}

/** Whether an expression changes from one round of the loop to the next, through its index or its locals. */
function dependsOn(e: Expression, loop: Loop): boolean {
  const changing = new Set([loop.index, ...loop.body.flatMap(definedIn)]);
  let found = false;
  visitExpressions([e], (part) => {
    if (part.kind === "local" && changing.has(part.name)) found = true;
    for (const size of sizesIn(part))
      for (const name of symbolsOf(size)) if (changing.has(name)) found = true;
  });
  return found;
}

function isPlain(loop: Loop): boolean {
  return loop.from === 0 && loop.step === 1;
}

function isLong(size: Size, least: number): boolean {
  return typeof size !== "number" || size >= least;
}
