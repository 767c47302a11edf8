/**
 * Takes guards out of loops: a loop that only adds up guarded elements runs over the guarded range alone, since elements
 * outside of it are the reduction's identity. The part of a window past an edge then costs nothing.
 */
import type { Loop, Plan, Statement } from "../ir/plan.ts";
import { reductions } from "../ir/primitives.ts";
import { add, floorDiv, linearIn, max, min, neg, sub, type Size } from "../ir/size.ts";
import { mapKernels } from "./kernels.ts";
import type { Pass } from "./pass.ts";

export const clip: Pass<Plan, Plan> = {
  name: "clip",
  order: [{ before: "schedule", because: "it looks for loops whose whole body is one statement" }],
  run: (plan) => mapKernels(plan, (kernel) => ({ ...kernel, body: kernel.body.map(clipLoop) })),
};

function clipLoop(statement: Statement): Statement {
  if (statement.kind !== "loop") return statement;
  return clipped(statement) ?? { ...statement, body: statement.body.map(clipLoop) };
}

function clipped(loop: Loop): Loop | undefined {
  const [only, ...others] = loop.body;
  if (others.length > 0 || only?.kind !== "accumulate" || only.value.kind !== "guard") return undefined;
  const { at, below, operand, fallback } = only.value;
  const linear = linearIn(at, loop.index);
  if (!linear || fallback !== reductions[only.reduce].identity) return undefined;
  const { coefficient: step, rest } = linear;
  if (typeof step !== "number" || step < 1) return undefined;
  // 0 <= step * i + rest < below
  const ceilDiv = (size: Size): Size => floorDiv(add(size, step - 1), step);
  const from = max(loop.from, ceilDiv(neg(rest)));
  const to = min(loop.to, ceilDiv(sub(below, rest)));
  return { ...loop, from, to, body: [{ ...only, value: operand }] };
}
