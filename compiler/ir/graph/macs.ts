/** How much a net multiplies. */
import { mul, product, sum, type Size } from "../size/size.ts";
import { sizesOf, type TensorNode } from "./builder.ts";
import type { Scans } from "./scans.ts";

/**
 * The multiply-accumulates of contractions: for each, the product of the sizes of its labels, once for each step of the loops that
 * it is in. `scans` are the loops of the whole graph.
 */
export function macsOf(nodes: readonly TensorNode[], scans: Scans): Size {
  return sum(
    nodes.map((node) => {
      const { op, inputs } = node;
      if (op.kind !== "contract") return 0;
      const sizes = new Map<number, Size>();
      inputs.forEach((input, i) =>
        op.labels[i]!.forEach((label, axis) => sizes.set(label, sizesOf(input)[axis]!)),
      );
      return mul(scans.roundsOf(node), product(sizes.values()));
    }),
  );
}
