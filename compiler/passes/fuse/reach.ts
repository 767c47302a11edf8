/** What stands behind the views through which a node reads an operand. */
import { sizesOf, type Tensor, type TensorNode } from "../../ir/build.ts";
import { isTrivial } from "../../ir/reshape.ts";
import { VIEWS } from "../rewrite.ts";

/** Computed by a kernel, rather than a leaf or a view. */
export function isComputed(node: TensorNode): boolean {
  return node.inputs.length > 0 && !VIEWS.has(node.op.kind);
}

/** Computed by a kernel or given from outside, rather than a literal, positions or a view. */
export function inMemory(node: TensorNode): boolean {
  return isComputed(node) || ["parameter", "input", "prepared"].includes(node.op.kind);
}

/** How an operand is reached: the computed node (or leaf) behind it, and what lies between. */
export interface Reach {
  readonly node: TensorNode;
  /** A reshape that splits or merges axes: the two sides share no loops. */
  readonly reshaped: boolean;
  /** Indices are shifted or reordered, or axes repeated. */
  readonly moved: boolean;
  readonly repeated: boolean;
  /** Some positions lie outside the operand, and are not read. */
  readonly guarded: boolean;
}

const reaches = new WeakMap<TensorNode, Reach>();

export function reach({ node }: Tensor): Reach {
  let found = reaches.get(node);
  if (!found) {
    found = VIEWS.has(node.op.kind)
      ? through(node)
      : { node, reshaped: false, moved: false, repeated: false, guarded: false };
    reaches.set(node, found);
  }
  return found;
}

function through(view: TensorNode): Reach {
  const source = view.inputs[0]!;
  const behind = reach(source);
  if (view.op.kind === "broadcast") return { ...behind, repeated: true };
  if (view.op.kind === "pad" || view.op.kind === "window") return { ...behind, moved: true, guarded: true };
  if (view.op.kind !== "reshape") return { ...behind, moved: true };
  const trivial = isTrivial(sizesOf(source), sizesOf({ node: view, result: 0 }));
  return trivial ? behind : { ...behind, reshaped: true };
}
