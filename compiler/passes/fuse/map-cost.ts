/** The cost of computing a value where it is read. */
import type { TensorNode } from "../../ir/graph/builder.ts";
import type { Target } from "../../target/target.ts";
import { isReducing, reach } from "../../ir/graph/views.ts";

/** The cost of one element: the node's map and all inline maps that it depends on, up to reductions. */
export function inlineCost(
  node: TensorNode,
  isInline: (node: TensorNode) => boolean,
  costs: Target["costs"],
): number {
  const seen = new Set<TensorNode>();
  const stack = [node];
  let cost = 0;
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { op, inputs } = top;
    if (seen.has(top) || isReducing(top) || !isInline(top)) continue;
    seen.add(top);
    if (op.kind === "map") cost += costs[op.map];
    for (const input of inputs) stack.push(reach(input).node);
  }
  return cost;
}
