/** Unroll and jam: several rounds of an outer loop share the reads of one inner loop. */
import {
  rootsOf,
  visitExpressions,
  walk,
  type Expression,
  type Loop,
  type Statement,
} from "../../ir/plan.ts";
import { linearIn, type Size } from "../../ir/size.ts";
import type { Target } from "../../target/target.ts";
import {
  byFactor,
  changingIn,
  copiesOf,
  dependsOn,
  fuseCopies,
  isLong,
  isPlain,
  mentions,
  nameShared,
  type Scheduling,
} from "./copies.ts";

type ScheduleAll = (scheduling: Scheduling, statements: readonly Statement[]) => Statement[];

/** for j { s; for k { s += x[k] * w[j, k] }; y[j] = f(s) } -> for j by 4 with four s in one loop over k */
export function jam(scheduling: Scheduling, loop: Loop, all: ScheduleAll): Statement[] | undefined {
  const { pool, target } = scheduling;
  const { columns } = target.block;
  if (!isJammable(loop, columns)) return undefined;
  const copies = copiesOf(pool, loop, columns);
  const body = fuseCopies(copies, (inner) => [
    { ...inner[0]!, body: nameShared(pool, inner.flatMap((each) => each.body)) }, // prettier-ignore
  ]);
  return byFactor(scheduling, loop, columns, body, all(scheduling, loop.body));
}

/**
 * for i { for j { s; for k { s += x[i, k] * w[j, k] }; … } } -> for i by 4 { for j by 4 with sixteen s }: a
 * row's elements are read for four columns and a column's for four rows.
 */
export function block(scheduling: Scheduling, loop: Loop, all: ScheduleAll): Statement[] | undefined {
  const { costs, expensive, block: size } = scheduling.target;
  const columns = onlyLoop(loop);
  if (!columns || !isPlain(loop) || !isJammable(columns, size.columns)) return undefined;
  if (!loop.body.every((statement) => statement === columns || statement.kind === "let")) return undefined;
  if (!hasSameRounds(loop, columns) || !hasSameRounds(loop, onlyLoop(columns)!)) return undefined;
  const changing = changingIn(loop);
  const readsAgain = loadsOf(onlyLoop(columns)!.body).some((load) => !dependsOn(load, loop.index, changing));
  const isCheap = costOf(columns.body, costs) < expensive && isLong(loop.to, size.rows.cheap);
  const rows = isCheap ? size.rows.cheap : size.rows.expensive;
  if (!readsAgain || !isLong(loop.to, rows) || !isLong(onlyLoop(columns)!.to, size.minSum)) return undefined;
  const copies = copiesOf(scheduling.pool, loop, rows, "$r");
  const body = fuseCopies(copies, (each) => {
    const [first] = each;
    const inner = fuseCopies(each, (sums) => [{ ...sums[0]!, body: sums.flatMap((sum) => sum.body) }]);
    return jam(scheduling, { ...first!, body: inner }, all)!;
  });
  return byFactor(scheduling, loop, rows, body, all(scheduling, loop.body));
}

/**
 * for i { for j { y[i, j] = x[j, i] } } -> for i by 4 { for j { four stores } }: a transposition reads a line
 * of memory for four results instead of one.
 */
export function transpose(scheduling: Scheduling, loop: Loop): Statement[] | undefined {
  const { columns } = scheduling.target.block;
  const inner = onlyLoop(loop);
  if (!inner || !isPlain(loop) || !isLong(loop.to, columns)) return undefined;
  const isCopy = inner.body.every((statement) => statement.kind === "store" && !statement.zeroWhere);
  const others = loop.body.filter((statement) => statement !== inner);
  if (!isCopy || !others.every((statement) => statement.kind === "let")) return undefined;
  if (!hasSameRounds(loop, inner)) return undefined;
  const across = loadsOf(inner.body).some(
    ({ at, index }) => !index && strideOf(at, loop.index) === 1 && strideOf(at, inner.index) !== 1,
  );
  if (!across) return undefined;
  const copies = copiesOf(scheduling.pool, loop, columns);
  const body = fuseCopies(copies, (each) => [{ ...each[0]!, body: each.flatMap((copy) => copy.body) }]);
  return byFactor(scheduling, loop, columns, body, loop.body);
}

/** A loop around one inner loop of sums, whose rounds share an operand. */
function isJammable(loop: Loop, columns: number): boolean {
  const inner = onlyLoop(loop);
  if (!inner || !isPlain(loop) || !isLong(loop.to, columns)) return false;
  if (!inner.body.every((statement) => statement.kind === "accumulate" && statement.reduce === "sum"))
    return false;
  // Each round has accumulators of its own: one that goes on over the rounds is no result of a round.
  const own = new Set(
    loop.body.flatMap((statement) => (statement.kind === "accumulator" ? [statement.name] : [])),
  );
  for (const statement of walk(loop.body)) {
    if (statement.kind === "accumulate" && !own.has(statement.name)) return false;
  }
  const changing = changingIn(loop);
  const isShared = loadsOf(inner.body).some((load) => !dependsOn(load, loop.index, changing));
  return isShared && hasSameRounds(loop, inner);
}

/** Whether a loop inside another runs over the same range in all of its rounds. */
function hasSameRounds(outer: Loop, inner: Loop): boolean {
  const changing = changingIn(outer);
  return ![inner.from, inner.to].some((bound) => mentions(bound, outer.index, changing));
}

function onlyLoop(loop: Loop): Loop | undefined {
  const [first, ...more] = loop.body.filter((statement) => statement.kind === "loop");
  return more.length === 0 ? first : undefined;
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

/** About how many multiplications a body takes. */
export function costOf(body: readonly Statement[], costs: Target["costs"]): number {
  let cost = 0;
  visitExpressions(body.flatMap(rootsOf), (e) => {
    if (e.kind === "map") cost += costs[e.map];
  });
  return cost;
}
