/** Chooses the values of a kernel that get loops of their own, before the loops that read them. */
import { sizesOf, type Tensor, type TensorNode } from "../../ir/graph/builder.ts";
import { same } from "../../ir/size/size.ts";
import { isReducing, reach } from "../../ir/graph/views.ts";
import type { Group } from "../fuse.ts";
import { inlineCost } from "../fuse/map-cost.ts";
import { sameSizes } from "../fuse/map-distance.ts";
import type { Target } from "../../target/target.ts";

/**
 * The values that get loops before their readers: reductions and contractions; expensive maps of full size that two
 * loops would compute twice (the exponentials of a softmax); and maps of reduced values that the loops of a reader
 * would recompute again and again (the deviations of the columns of a batch). A staged value that is read again costs a
 * load, so a repeated map must cost at least that.
 */
export function stagedNodes(group: Group, { costs, load, expensive }: Target): Set<TensorNode> {
  const members = new Set(group.nodes);
  const staged = new Set<TensorNode>();
  const full = group.nodes.find(isReducing)?.inputs[0]?.node;
  // For each node, the loops that would compute it: each reduction is one, and all stores together are one.
  const loops = new Map<TensorNode, Set<TensorNode | "stores">>(group.nodes.map((node) => [node, new Set()]));
  const repeatedOutside = new Set<TensorNode>();
  for (const node of group.results) loops.get(node)!.add("stores");
  for (let i = group.nodes.length - 1; i >= 0; i--) {
    const node = group.nodes[i]!;
    const wanted = loops.get(node)!;
    const twice = wanted.size > 1 && full !== undefined && sameSizes(node, full);
    const isInline = (other: TensorNode): boolean => members.has(other) && sameSizes(other, node);
    const least = repeatedOutside.has(node) ? load : twice ? expensive : undefined;
    if (isReducing(node) || (least !== undefined && inlineCost(node, isInline, costs) >= least))
      staged.add(node);
    const through = staged.has(node) ? new Set([node]) : wanted;
    for (const input of node.inputs) {
      if (isRepeatedOutside(input)) repeatedOutside.add(reach(input).node);
      const from = loops.get(reach(input).node);
      if (from) for (const loop of through) from.add(loop);
    }
  }
  return staged;
}

/**
 * Whether a broadcast repeats a tensor along an axis outside one of the tensor's own axes, so that loops read all of it
 * again for each repetition.
 */
function isRepeatedOutside({ node }: Tensor): boolean {
  if (node.op.kind !== "broadcast") return false;
  const own = sizesOf(node.inputs[0]!);
  const axis = own.findIndex((size, i) => !same(size, sizesOf({ node, result: 0 })[i]!));
  return axis >= 0 && own.slice(axis + 1).some((size) => size !== 1);
}
