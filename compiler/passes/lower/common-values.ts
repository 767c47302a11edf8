/**
 * Finds what is added up and is used outside of the sum as well, such as the x in (x - mean(x)). It must be the same number
 * in both: a mean of sums h + c in float64 is not the mean of those in float32, if c is so large that h is lost in it.
 */
import type { TensorNode } from "../../ir/graph/builder.ts";
import { reductions } from "../../ir/graph/primitives.ts";
import { isReducing } from "../../ir/graph/views.ts";

/** The maps of a graph that reach a sum and another use, both without a reduction between. */
export function commonValues(
  nodes: readonly TensorNode[],
  outputs: readonly TensorNode[],
): ReadonlySet<TensorNode> {
  const summed = new Set<TensorNode>();
  const used = new Set<TensorNode>(outputs);
  const pass = (from: TensorNode, found: Set<TensorNode>): void => {
    for (const { node } of from.inputs) found.add(node);
  };
  for (const node of nodes.toReversed()) {
    if (isSum(node)) {
      pass(node, summed);
    } else if (isReducing(node)) {
      pass(node, used);
    } else {
      if (summed.has(node)) pass(node, summed);
      if (used.has(node)) pass(node, used);
    }
  }
  return new Set(nodes.filter((node) => node.op.kind === "map" && summed.has(node) && used.has(node)));
}

function isSum({ op }: TensorNode): boolean {
  return (op.kind === "reduce" || op.kind === "prefix") && !reductions[op.reduce].chooses;
}
