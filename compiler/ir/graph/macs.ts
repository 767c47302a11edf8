/** How much a net multiplies. */
import { product, sum, type Size } from "../size/size.ts";
import { sizesOf, type TensorNode } from "./builder.ts";

/** The multiply-accumulates of contractions: for each, the product of the sizes of its labels. */
export function macsOf(nodes: readonly TensorNode[]): Size {
  return sum(
    nodes.map(({ op, inputs }) => {
      if (op.kind !== "contract") return 0;
      const sizes = new Map<number, Size>();
      inputs.forEach((input, i) =>
        op.labels[i]!.forEach((label, axis) => sizes.set(label, sizesOf(input)[axis]!)),
      );
      return product(sizes.values());
    }),
  );
}
