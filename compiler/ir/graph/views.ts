/** Finds the nodes behind the views through which a node reads its operands. */
import { sizesOf, type Tensor, type TensorNode } from "./builder.ts";
import { isNarrow, type NarrowDtype } from "../dtype.ts";
import { draws } from "./draws.ts";
import { rowOf, type ViewChanges } from "./ops.ts";
import { isTrivial } from "./reshape.ts";

/** Whether a node shows another tensor's data at other indices. */
export function isView({ op }: Pick<TensorNode, "op">): boolean {
  return rowOf(op).role === "view";
}

/** Whether a kernel computes the node; leaves, views and what other kernels hold are not computed. */
export function isComputed(node: TensorNode): boolean {
  const { role } = rowOf(node.op);
  return role === "drawn" || (node.inputs.length > 0 && role !== "view" && role !== "held");
}

/** Whether the node is computed by a kernel, held in memory or given from outside; literals, positions and views are not. */
export function inMemory(node: TensorNode): boolean {
  const { role } = rowOf(node.op);
  return isComputed(node) || role === "given" || role === "held";
}

/** The operands that a node reads. The others of a `stack` only belong to its loop, and a draw comes after the one before it. */
export function readOperands({ op, inputs }: TensorNode): readonly Tensor[] {
  if (op.kind === "random") return draws[op.draw].reads ? inputs.slice(0, 1) : [];
  return op.kind === "stack" ? inputs.slice(0, 1) : inputs;
}

/** Whether a node combines elements of one operand. */
export function isReduction({ op }: TensorNode): boolean {
  return rowOf(op).role === "reduction";
}

/** Whether a node combines many elements into one, in loops that no reader can share. */
export function isReducing({ op }: TensorNode): boolean {
  const { role } = rowOf(op);
  return role === "reduction" || role === "contraction";
}

/** The node in memory that a chain of reshapes shows. */
export function behindReshapes(node: TensorNode): TensorNode {
  let source = node;
  while (source.op.kind === "reshape") source = source.inputs[0]!.node;
  return source;
}

/** The dtype in memory of narrow weights that a node shows or copies; undefined where it shows other values. */
export function narrowStorage(node: TensorNode): NarrowDtype | undefined {
  let source = node;
  while (isView(source) || source.op.kind === "copy") source = source.inputs[0]!.node;
  const { op } = source;
  const isStored = op.kind === "parameter" || op.kind === "prepared";
  return isStored && op.storage && isNarrow(op.storage) ? op.storage : undefined;
}

/** The operand of a broadcast, or the tensor itself if it is no broadcast. */
export function unbroadcast(tensor: Tensor): Tensor {
  return tensor.node.op.kind === "broadcast" ? tensor.node.inputs[0]! : tensor;
}

/** How a node reaches an operand: the computed node (or leaf) behind the views, and what the views do together. */
export interface Reach {
  readonly node: TensorNode;
  /** Some reshape splits or merges axes, so that the two sides share no loops. */
  readonly reshaped: boolean;
  /** Indices are shifted or reordered, or axes repeated. */
  readonly moved: boolean;
  readonly repeated: boolean;
  /** Some positions lie outside the operand, and are not read. */
  readonly guarded: boolean;
}

/** Nodes are immutable, so a result stays true once it is found. */
const reaches = new WeakMap<TensorNode, Reach>();

/** The reach through any number of views. */
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

/** How a view's elements relate to its operand's. */
export function shownBy(view: TensorNode): ViewChanges {
  const row = rowOf(view.op);
  if (row.role !== "view") throw new Error(`${view.op.kind} is not a view`);
  const { shown } = row;
  if (!shown.reshaped) return shown;
  return isTrivial(sizesOf(view.inputs[0]!), sizesOf({ node: view, result: 0 })) ? {} : shown;
}
