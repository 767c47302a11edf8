/**
 * Merges a loop with the only loop inside it where every index uses the two as one: `x[i * D + j]` for all i
 * and all j < D is `x[i]` for all i < N * D.
 */
import type { Expressions, Plan, Statement } from "../ir/plan/plan.ts";
import { mapKernels } from "./map-kernels.ts";
import { mergedLoop } from "./merge-loops.ts";
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
    return mergedLoop(pool, outer) ?? outer;
  });
}
