/**
 * Moves reshapes below maps: `f(reshape(x), w) -> reshape(f(x, w'))`. The map then has the shape of the node that made
 * `x`, and can join its kernel: `GroupNorm -> PReLU(C)` computes the slope in [N, G, C / G, …]. Parameters are reshaped
 * in the opposite direction, which costs nothing. `Unfold -> ReLU` of an image of unknown size has the loops of the image.
 */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import type { TensorGraph } from "../ir/graph/builder.ts";
import { dividesBySymbols, isTrivial, unshapeSizes } from "../ir/graph/reshape.ts";
import type { Size } from "../ir/size/size.ts";
import { behindReshapes, isView } from "../ir/graph/views.ts";
import { rewrite, type Candidate } from "./rewrite.ts";
import type { Pass } from "./pass.ts";

export const sink: Pass<TensorGraph, TensorGraph> = {
  name: "sink",
  order: [{ before: "fuse", because: "the two sides of a reshape cannot share a loop nest" }],
  run: (graph) =>
    rewrite(graph, (b, node) => {
      if (node.op.kind !== "map" && node.op.kind !== "cast") return undefined;
      const reshaped = node.inputs.find(isReshaped);
      return reshaped && sinkBelow(b, node, { node: behindReshapes(reshaped.node), result: 0 });
    }),
};

/**
 * Whether a tensor is a reshape of a computed node, or of another view that is read with divisions by sizes which only the
 * call knows. A reshaped leaf does not count, because reading it needs only another index.
 */
function isReshaped(tensor: Tensor): boolean {
  if (tensor.node.op.kind !== "reshape") return false;
  const node = behindReshapes(tensor.node);
  const [from, to] = [sizesOf({ node, result: 0 }), sizesOf(tensor)];
  if (isView(node)) return dividesBySymbols(from, to);
  return ["map", "cast", "reduce", "contract"].includes(node.op.kind) && !isTrivial(from, to);
}

function sinkBelow(b: Builder, node: Candidate, source: Tensor): Tensor | undefined {
  const sizes = sizesOf(source);
  const operands = node.inputs.map((operand) => unshape(b, operand, sizes));
  if (operands.includes(undefined)) return undefined;
  const map = b.make(node.op, operands as Tensor[], { dtype: node.type.dtype, shape: sizes });
  return b.reshape(map, sizesOf(node.inputs[0]!));
}

/** An operand of the map in the shape before the reshape; undefined where that would move data. */
function unshape(b: Builder, operand: Tensor, sizes: readonly Size[]): Tensor | undefined {
  if (operand.node.op.kind !== "broadcast") return b.reshape(operand, sizes);
  const narrow = operand.node.inputs[0]!;
  const shape = unshapeSizes(sizesOf(narrow), sizesOf(operand), sizes);
  return shape && b.broadcast(b.reshape(narrow, shape), sizes);
}
