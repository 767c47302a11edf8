/** Which values of a kernel get loops of their own, before the loops that read them. */
import type { TensorNode } from "../../ir/build.ts";
import { EXPENSIVE } from "../../ir/primitives.ts";
import type { Group } from "../fuse.ts";
import { inlineCost } from "../fuse/cost.ts";
import { sameSizes } from "../fuse/distance.ts";
import { reach } from "../fuse/reach.ts";

/**
 * Values that get loops before their readers: reductions and contractions, and dear maps of full size that
 * two loops would compute twice (the exponentials of a softmax).
 */
export function stagedNodes(group: Group): Set<TensorNode> {
  const members = new Set(group.nodes);
  const staged = new Set<TensorNode>();
  const reduces = (node: TensorNode): boolean => node.op.kind === "reduce" || node.op.kind === "contract";
  const full = group.nodes.find(reduces)?.inputs[0]?.node;
  // For each node, the loops that would compute it: reductions by themselves, stores together as one.
  const loops = new Map<TensorNode, Set<TensorNode | "stores">>(group.nodes.map((node) => [node, new Set()]));
  for (const node of group.results) loops.get(node)!.add("stores");
  for (let i = group.nodes.length - 1; i >= 0; i--) {
    const node = group.nodes[i]!;
    const wanted = loops.get(node)!;
    const twice = wanted.size > 1 && full !== undefined && sameSizes(node, full);
    const isInline = (other: TensorNode): boolean => members.has(other) && sameSizes(other, node);
    if (reduces(node) || (twice && inlineCost(node, isInline) >= EXPENSIVE)) staged.add(node);
    const through = staged.has(node) ? new Set([node]) : wanted;
    for (const input of node.inputs) {
      const from = loops.get(reach(input).node);
      if (from) for (const loop of through) from.add(loop);
    }
  }
  return staged;
}
