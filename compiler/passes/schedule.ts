/**
 * Unrolls the loops that the time goes into. A sum in one accumulator waits for each addition; four run side
 * by side. A contraction makes a block of results at once, which read their operands once for all of them.
 */
import type { Loop, Plan, Statement } from "../ir/plan.ts";
import { reductions } from "../ir/primitives.ts";
import { mapKernels } from "./kernels.ts";
import { byFactor, copiesOf, isLong, isPlain, type Copy, type Scheduling } from "./schedule/copies.ts";
import { block, costOf, jam, loadsOf, strideOf, transpose } from "./schedule/jam.ts";
import type { Pass } from "./pass.ts";

export const schedule: Pass<Plan, Plan> = {
  name: "schedule",
  makes: "named",
  order: [{ after: "mask", because: "what is copied keeps its mask" }],
  run: (plan, { target }) =>
    mapKernels(plan, (kernel) => ({
      ...kernel,
      body: scheduleAll({ target, pool: kernel.pool, bounds: 0 }, kernel.body),
    })),
};

function scheduleAll(scheduling: Scheduling, statements: readonly Statement[]): Statement[] {
  return statements.flatMap((statement) => {
    if (statement.kind !== "loop") return [statement];
    return (
      block(scheduling, statement, scheduleAll) ??
      jam(scheduling, statement, scheduleAll) ??
      transpose(scheduling, statement) ??
      unrollStores(scheduling, statement) ??
      unroll(scheduling, statement) ?? [{ ...statement, body: scheduleAll(scheduling, statement.body) }]
    );
  });
}

/**
 * for i { s += f(i) } -> for i by 4 { s += f(i); s1 += f(i + 1); … }, a rest, and s += s1 + (s2 + s3). What the loop
 * stores beside its sums, it stores after them.
 */
function unroll(scheduling: Scheduling, loop: Loop): Statement[] | undefined {
  const { pool } = scheduling;
  const { unroll: factor, minRounds } = scheduling.target.loops;
  if (!isPlain(loop) || !isLong(loop.to, minRounds) || !isStraight(loop)) return undefined;
  const sums = loop.body.filter((statement) => statement.kind === "accumulate");
  if (sums.length === 0 || sums.length > 2) return undefined;
  const copies = copiesOf(pool, loop, factor);
  const extra = sums.flatMap(({ name, reduce, type }) =>
    copies
      .slice(1)
      .map(({ locals }): Statement => ({ kind: "accumulator", name: locals.get(name)!, reduce, type })),
  );
  const joins = sums.map(({ name, reduce, type }): Statement => {
    const { combine } = reductions[reduce];
    const [first, second, third] = copies.slice(1).map(({ locals }) => pool.local(locals.get(name)!, type));
    const value = pool.map(combine, [first!, pool.map(combine, [second!, third!], type)], type);
    return { kind: "accumulate", name, reduce, type, value };
  });
  return [...extra, ...byFactor(scheduling, loop, factor, storesLast(copies), loop.body), ...joins];
}

/**
 * for i { t = f(x[i]); y[i] = g(t) } -> for i by 4 { t = f(x[i]); t1 = f(x[i + 1]); …; y[i] = g(t); … }: fewer
 * jumps, and loads that do not stand behind stores, which is worth a tenth of the time.
 */
function unrollStores(scheduling: Scheduling, loop: Loop): Statement[] | undefined {
  const { loops, costs } = scheduling.target;
  if (!isPlain(loop) || !isLong(loop.to, loops.minRounds) || !isStraight(loop)) return undefined;
  const stores = loop.body.filter((statement) => statement.kind === "store");
  const sums = loop.body.some((statement) => statement.kind === "accumulate");
  if (stores.length !== 1 || sums || costOf(loop.body, costs) >= loops.maxBodyCost) return undefined;
  const body = storesLast(copiesOf(scheduling.pool, loop, loops.unroll));
  return byFactor(scheduling, loop, loops.unroll, body, loop.body);
}

/** Whether stores may follow whatever else a few rounds do: they fill memory in order that the loop does not read. */
function isStraight({ body, index }: Loop): boolean {
  const stored = new Set(body.flatMap((each) => (each.kind === "store" ? each.buffer : [])));
  return (
    body.every(({ kind }) => kind === "let" || kind === "accumulate" || kind === "store") &&
    body.every((each) => each.kind !== "store" || strideOf(each.at, index) === 1) &&
    loadsOf(body).every(({ buffer }) => !stored.has(buffer))
  );
}

function storesLast(copies: readonly Copy[]): Statement[] {
  const statements = copies.flatMap((copy) => copy.body);
  const isStore = ({ kind }: Statement): boolean => kind === "store";
  return [...statements.filter((each) => !isStore(each)), ...statements.filter(isStore)];
}
