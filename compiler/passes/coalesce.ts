/**
 * Merges a loop with the only loop inside it where every index uses the two as one: `x[i * D + j]` for all i
 * and all j < D is `x[i]` for all i < N * D.
 */
import {
  rebuildStatement,
  sizesOfStatement,
  type Expressions,
  type Plan,
  type Statement,
} from "../ir/plan/plan.ts";
import { add, linearIn, mul, same, symbol, type Size } from "../ir/size/size.ts";
import { mapKernels } from "./map-kernels.ts";
import type { Pass } from "./pass.ts";

export const coalesce: Pass<Plan, Plan> = {
  name: "coalesce",
  order: [{ before: "schedule", because: "a merged loop is longer, and its rounds are alike" }],
  run: (plan) => mapKernels(plan, (kernel) => ({ ...kernel, body: coalesceAll(kernel.pool, kernel.body) })),
};

function coalesceAll(pool: Expressions, statements: readonly Statement[]): Statement[] {
  return statements.map((statement) => {
    if (statement.kind !== "loop") return statement;
    const outer = { ...statement, body: coalesceAll(pool, statement.body) };
    return merge(pool, outer) ?? outer;
  });
}

function merge(pool: Expressions, outer: Extract<Statement, { kind: "loop" }>): Statement | undefined {
  const [inner, ...others] = outer.body;
  if (others.length > 0 || inner?.kind !== "loop") return undefined;
  if (outer.from !== 0 || inner.from !== 0 || outer.step !== 1 || inner.step !== 1) return undefined;
  const joint = (size: Size): Size | undefined => {
    const inOuter = linearIn(size, outer.index);
    const inInner = inOuter && linearIn(inOuter.rest, inner.index);
    // a * (i * J) + a * j + rest
    if (!inInner || !same(inOuter.coefficient, mul(inInner.coefficient, inner.to))) return undefined;
    return add(mul(inInner.coefficient, symbol(outer.index)), inInner.rest);
  };
  if (sizesOfStatement(inner).some((size) => joint(size) === undefined)) return undefined;
  return {
    ...outer,
    to: mul(outer.to, inner.to),
    body: inner.body.map((statement) => rebuildStatement(pool, statement, { size: (size) => joint(size)! })),
  };
}
