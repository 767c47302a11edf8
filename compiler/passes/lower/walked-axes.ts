/** Finds the axes of a group's nodes that the same loop walks. */
import { sizesOf, type Tensor, type TensorNode } from "../../ir/graph/builder.ts";
import { rowOf } from "../../ir/graph/ops.ts";
import { isView, readOperands } from "../../ir/graph/views.ts";

/**
 * Classes of (node, axis) pairs that correspond: the axes of a map correspond to its operands', those of a reduction to
 * the axes that it keeps, and those of a view to the axes that it does not move. Classes only name loops; the indices
 * of reads decide whether loops may be shared.
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
      readOperands(node).forEach((input, operand) => {
        // A leaf may be read through several views, so it does not make their axes correspond.
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
      // Each search shortens the path for the next one.
      const above = this.#parent.get(parent);
      if (above !== undefined) this.#parent.set(name, above);
      name = parent;
    }
  }

  /** The class of a contraction's label; labels that are summed over have classes, too. */
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
