/**
 * What jumps must see the numbers that PyTorch has: the float32 nearest to what was computed. In a kernel numbers are float64, so
 * `x * 0.1` would equal no float32, and the floor of what should be 3 could be 2.
 */
import { dtypeOf, type Builder, type Tensor, type TensorNode } from "../ir/graph/builder.ts";
import { keepsFloat32 } from "../ir/graph/float32.ts";

/** The tensor rounded to float32, or itself where its values are float32 numbers as they stand. */
export function asFloat32(b: Builder, x: Tensor): Tensor {
  return dtypeOf(x) !== "f32" || isFloat32Already(x.node) ? x : b.map("fround", [x]);
}

const known = new WeakMap<TensorNode, boolean>();

/** Whether a tensor only shows, copies or chooses what is given. */
function isFloat32Already(node: TensorNode): boolean {
  const { dtype } = node.types[0]!;
  if (dtype !== "f32") return dtype === "bool";
  let result = known.get(node);
  if (result === undefined) known.set(node, (result = keepsFloat32(node, isFloat32Already)));
  return result;
}
