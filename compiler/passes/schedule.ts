/**
 * Unrolls the loops that the time goes into. A sum in one accumulator waits for each addition; four run side
 * by side. A contraction makes a block of results at once, which read their operands once for all of them.
 */
import type { Pass } from "../ir/pass.ts";
import type { Loop, Plan, Statement } from "../ir/plan.ts";
import { reductions } from "../ir/primitives.ts";
import { mapKernels } from "./kernels.ts";
import { byFactor, copiesOf, isLong, isPlain, type Scheduling } from "./schedule/copies.ts";
import { block, isCheap, jam, strideOf, transpose } from "./schedule/jam.ts";

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

/** for i { s += f(i) } -> for i by 4 { s += f(i); s1 += f(i + 1); … }, a rest, and s += s1 + (s2 + s3) */
function unroll(scheduling: Scheduling, loop: Loop): Statement[] | undefined {
  const { pool } = scheduling;
  if (!isPlain(loop) || !isLong(loop.to, LEAST)) return undefined;
  const sums = loop.body.filter((statement) => statement.kind === "accumulate");
  const onlySums = loop.body.every(
    (statement) => statement.kind === "accumulate" || statement.kind === "let",
  );
  if (sums.length === 0 || sums.length > 2 || !onlySums) return undefined;
  const copies = copiesOf(pool, loop, FACTOR);
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
  return [...extra, ...byFactor(scheduling, loop, FACTOR, body, loop.body), ...joins];
}

/**
 * for i { t = f(x[i]); y[i] = g(t) } -> for i by 4 { t = f(x[i]); t1 = f(x[i + 1]); …; y[i] = g(t); … }: fewer
 * jumps, where f and g are cheap, and loads that do not stand behind stores, which is worth a tenth of the time.
 */
function unrollStores(scheduling: Scheduling, loop: Loop): Statement[] | undefined {
  if (!isPlain(loop) || !isLong(loop.to, LEAST) || !isCheap(loop.body)) return undefined;
  const stores = loop.body.filter((statement) => statement.kind === "store");
  const onlyStores = loop.body.every((statement) => statement.kind === "store" || statement.kind === "let");
  if (stores.length !== 1 || !onlyStores || strideOf(stores[0]!.at, loop.index) !== 1) return undefined;
  const copies = copiesOf(scheduling.pool, loop, FACTOR).flatMap((copy) => copy.body);
  const isStore = ({ kind }: Statement): boolean => kind === "store";
  const body = [...copies.filter((each) => !isStore(each)), ...copies.filter(isStore)];
  return byFactor(scheduling, loop, FACTOR, body, loop.body);
}
