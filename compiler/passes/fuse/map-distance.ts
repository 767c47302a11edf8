/** Counts the maps of full size between a kernel's inputs and the values that it reduces. */
import type { TensorNode } from "../../ir/graph/builder.ts";
import { sameShape } from "../../ir/types.ts";
import { isReduction, reach } from "../../ir/graph/views.ts";

interface Reducing {
  readonly nodes: readonly TensorNode[];
  readonly reductions: readonly TensorNode[];
}

/**
 * Whether a kernel of both groups would have at most `limit` maps of full size between its inputs and each reduction.
 */
export function reducesNearby(a: Reducing, b: Reducing, limit: number): boolean {
  if (a.reductions.length === 0 || b.reductions.length === 0) return true;
  const nodes = [...a.nodes, ...b.nodes].sort((x, y) => x.id - y.id);
  const all = distances(nodes);
  return nodes.every((node) => !isReduction(node) || all.get(node)! <= limit);
}

/**
 * For each node that depends on a reduction in its group, the number of maps of full size between the node and the
 * group's inputs, counted through reductions.
 */
export function distances(nodes: readonly TensorNode[]): Map<TensorNode, number> {
  const members = new Set(nodes);
  const found = new Map<TensorNode, number>();
  const first = nodes.find((node) => isReduction(node));
  if (first) for (const node of nodes) measure(node, first, (other) => members.has(other), found);
  return found;
}

/**
 * Finds the distance of one node, after those of its operands. A map has full size if it has the size of the operand of
 * `first`, the group's first reduction.
 */
export function measure(
  node: TensorNode,
  first: TensorNode,
  isMember: (node: TensorNode) => boolean,
  found: Map<TensorNode, number>,
): void {
  const reduces = isReduction(node);
  let distance = reduces ? 0 : -1;
  for (const input of node.inputs) {
    const { node: from } = reach(input);
    if (isMember(from)) distance = Math.max(distance, found.get(from) ?? -1);
  }
  const isFull = !reduces && sameSizes(node, first.inputs[0]!.node);
  if (distance >= 0) found.set(node, distance + (isFull ? 1 : 0));
}

/** Whether two nodes have the same shape. */
export function sameSizes(a: TensorNode, b: TensorNode): boolean {
  return sameShape(a.types[0]!.shape, b.types[0]!.shape);
}
