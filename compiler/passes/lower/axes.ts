/** Which axes of a group's nodes are walked by the same loop. */
import { sizesOf, type Tensor, type TensorNode } from "../../ir/build.ts";
import { rowOf } from "../../ir/ops.ts";
import { isView } from "../../ir/views.ts";

/**
 * Classes of (node, axis) pairs that correspond: a map's axes to its operands', a reduction's to those it
 * keeps, a view's to those it does not move. They only name loops; whether loops may be shared is decided
 * by the indices that are read.
 */
export class Axes {
  readonly #parent = new Map<string, string>();

  constructor(nodes: readonly TensorNode[]) {
    const members = new Set(nodes);
    const pending: TensorNode[] = [...nodes];
    const seen = new Set<TensorNode>();
    while (pending.length > 0) {
      const node = pending.pop()!;
      if (seen.has(node)) continue;
      seen.add(node);
      node.inputs.forEach((input, operand) => {
        // Leaves are read through different views at once, so they tie nothing together.
        if (!members.has(input.node) && !isView(input.node)) return;
        this.#link(node, input, operand);
        if (isView(input.node)) pending.push(input.node);
      });
    }
  }

  classOf(node: TensorNode, axis: number): string {
    let name = `${node.id}:${axis}`;
    for (;;) {
      const parent = this.#parent.get(name);
      if (parent === undefined) return name;
      // Each search makes the way shorter for the next.
      const above = this.#parent.get(parent);
      if (above !== undefined) this.#parent.set(name, above);
      name = parent;
    }
  }

  /** The class of a contraction's label, reduced ones included. */
  labelClass(node: TensorNode, label: number): string {
    if (node.op.kind !== "contract") throw new Error("not a contraction");
    const kept = node.op.labels[2].indexOf(label);
    return kept >= 0 ? this.classOf(node, kept) : `${node.id}:label${label}`;
  }

  #join(a: TensorNode, axis: number, b: TensorNode, other: number): void {
    const [from, to] = [this.classOf(a, axis), this.classOf(b, other)];
    if (from !== to) this.#parent.set(from, to);
  }

  #link(node: TensorNode, input: Tensor, operand: number): void {
    const axes = rowOf(node.op).axes(node.op, operand, sizesOf(input), sizesOf({ node, result: 0 }));
    axes.forEach((axis, own) => axis !== undefined && this.#join(node, axis, input.node, own));
  }
}
