/** What stands behind the views through which a node reads an operand. */
import { sizesOf, type Tensor, type TensorNode } from "./build.ts";
import { rowOf, type Shown } from "./ops.ts";
import { isTrivial } from "./reshape.ts";

/** Whether it shows another tensor's data at other indices. */
export function isView({ op }: Pick<TensorNode, "op">): boolean {
  return rowOf(op).role === "view";
}

/** Computed by a kernel, rather than a leaf or a view. */
export function isComputed(node: TensorNode): boolean {
  return node.inputs.length > 0 && !isView(node);
}

/** Computed by a kernel or given from outside, rather than a literal, positions or a view. */
export function inMemory(node: TensorNode): boolean {
  return isComputed(node) || rowOf(node.op).role === "given";
}

/** Whether it combines elements of one operand. */
export function isReduction({ op }: TensorNode): boolean {
  return rowOf(op).role === "reduction";
}

/** Whether it combines many elements into one, in loops that no reader can share. */
export function isReducing({ op }: TensorNode): boolean {
  const { role } = rowOf(op);
  return role === "reduction" || role === "contraction";
}

/** What lies in memory where a result is a reshape of it. */
export function behindReshapes(node: TensorNode): TensorNode {
  let source = node;
  while (source.op.kind === "reshape") source = source.inputs[0]!.node;
  return source;
}

/** A broadcast's operand, at its own size; any other tensor as it is. */
export function unbroadcast(tensor: Tensor): Tensor {
  return tensor.node.op.kind === "broadcast" ? tensor.node.inputs[0]! : tensor;
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

/** Nodes never change, so what is behind one is found once. */
const reaches = new WeakMap<TensorNode, Reach>();

/** However many views stand between. */
export function reach({ node }: Tensor): Reach {
  const views: TensorNode[] = [];
  let source = node;
  while (isView(source) && !reaches.has(source)) {
    views.push(source);
    source = source.inputs[0]!.node;
  }
  let behind: Reach = reaches.get(source) ?? {
    node: source,
    reshaped: false,
    moved: false,
    repeated: false,
    guarded: false,
  };
  reaches.set(source, behind);
  for (const view of views.reverse()) {
    behind = through(view, behind);
    reaches.set(view, behind);
  }
  return behind;
}

function through(view: TensorNode, behind: Reach): Reach {
  const shown = shownBy(view);
  return {
    node: behind.node,
    reshaped: behind.reshaped || shown.reshaped === true,
    moved: behind.moved || shown.moved === true,
    repeated: behind.repeated || shown.repeated === true,
    guarded: behind.guarded || shown.guarded === true,
  };
}

/** How one view shows its operand. */
export function shownBy(view: TensorNode): Shown {
  const row = rowOf(view.op);
  if (row.role !== "view") throw new Error(`${view.op.kind} is not a view`);
  const { shown } = row;
  if (!shown.reshaped) return shown;
  return isTrivial(sizesOf(view.inputs[0]!), sizesOf({ node: view, result: 0 })) ? {} : shown;
}
