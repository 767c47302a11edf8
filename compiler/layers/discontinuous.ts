/**
 * What jumps must see the numbers that PyTorch has: the float32 nearest to what was computed. In a kernel numbers are float64, so
 * `x * 0.1` would equal no float32, and the floor of what should be 3 could be 2.
 */
import { dtypeOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { rowOf } from "../ir/graph/ops.ts";

/** The tensor rounded to float32, or itself where its values are float32 numbers as they stand. */
export function asFloat32(b: Builder, x: Tensor): Tensor {
  return dtypeOf(x) !== "f32" || isFloat32Already(x) ? x : b.map("fround", [x]);
}

const known = new WeakMap<Tensor["node"], boolean>();

/** Whether a tensor only shows, copies or chooses what is given. */
function isFloat32Already({ node }: Tensor): boolean {
  let result = known.get(node);
  if (result === undefined) known.set(node, (result = found(node)));
  return result;
}

function found({ op, inputs, types }: Tensor["node"]): boolean {
  if (types[0]!.dtype !== "f32") return types[0]!.dtype === "bool";
  const count = rowOf(op).exactFrom(op);
  return count !== undefined && inputs.slice(0, count).every(isFloat32Already);
}
