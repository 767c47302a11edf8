/** Makes copies where a kernel could only read or return a view by dividing indices element by element. */
import { sizesOf, type Builder, type Tensor, type TensorNode } from "../ir/build.ts";
import { rounds } from "../ir/dtype.ts";
import { float32Nodes } from "../ir/float32.ts";
import { usersOf } from "../ir/graph.ts";
import type { TensorGraph } from "../ir/build.ts";
import { storedOperands } from "../ir/ops.ts";
import { isTrivial } from "../ir/reshape.ts";
import { behindReshapes, isView } from "../ir/views.ts";
import { rewrite } from "./rewrite.ts";
import type { Pass } from "./pass.ts";

export const materialize: Pass<TensorGraph, TensorGraph> = {
  name: "materialize",
  order: [
    { after: "simplify", because: "a rewrite may make a copy needless" },
    { after: "tabulate", because: "the tables of look-ups must lie in memory" },
    { before: "pack", because: "it settles how operands lie" },
  ],
  run(graph) {
    const made = rewrite(graph, (b, node) => {
      const stored = storedOperands(node);
      const flat = stored.operands.map((operand) => contiguous(b, operand, stored.whole));
      if (flat.every((operand, i) => operand.node === stored.operands[i]!.node)) return undefined;
      return b.make(node.op, [...flat, ...node.inputs.slice(flat.length)], node.type);
    });
    return withOwnOutputs(made);
  },
};

/** An operand whose reshapes all show a buffer as it lies; where `whole`, without other views either. */
function contiguous(b: Builder, operand: Tensor, whole: boolean): Tensor {
  const { op, inputs } = operand.node;
  if (op.kind === "reshape") {
    const source = inputs[0]!;
    const trivial = !whole && isTrivial(sizesOf(source), sizesOf(operand));
    return b.reshape(contiguous(b, source, !trivial), sizesOf(operand));
  }
  if (!isView(operand.node)) return operand;
  if (whole) return b.make({ kind: "copy" }, [operand], operand.node.types[0]!);
  const source = contiguous(b, inputs[0]!, false);
  return source.node === inputs[0]!.node ? operand : b.make(op, [source], operand.node.types[0]!);
}

/**
 * Outputs and updates are stored by kernels, each in memory of its own: one that is a leaf, a view, or the
 * same value as another is copied. So is an output that something else reads and that float32 rounds, since
 * the others read it as it was computed.
 */
function withOwnOutputs(graph: TensorGraph): TensorGraph {
  const taken = new Set<TensorNode>();
  const copies: TensorNode[] = [];
  const next = (graph.nodes.at(-1)?.id ?? -1) + 1;
  const users = usersOf(graph);
  const ports = new Map<TensorNode, number>();
  for (const { value } of [...graph.outputs, ...graph.updates]) {
    const source = behindReshapes(value.node);
    ports.set(source, (ports.get(source) ?? 0) + 1);
  }
  const float32 = float32Nodes(graph);
  const own = (name: string, value: Tensor, rounded: boolean): Tensor => {
    const source = behindReshapes(value.node);
    const stored = source.inputs.length > 0 && !isView(source) && !taken.has(source);
    taken.add(source);
    const isShared = ports.get(source)! > 1;
    if (stored && !(rounded && (isShared || isReadBesides(source, value.node, users)))) return value;
    const { types, origin } = value.node;
    const op = { kind: "copy", for: name } as const;
    const node: TensorNode = { id: next + copies.length, op, inputs: [value], types, origin };
    copies.push(node);
    return { node, result: 0 };
  };
  const isRounded = ({ node }: Tensor): boolean => rounds(node.types[0]!.dtype) && !float32.has(node);
  const outputs = graph.outputs.map((port) => ({ ...port, value: own(port.name, port.value, isRounded(port.value)) })); // prettier-ignore
  const updates = graph.updates.map((update) => ({
    ...update,
    value: own(update.path, update.value, false),
  }));
  return copies.length === 0 ? graph : { ...graph, nodes: [...graph.nodes, ...copies], outputs, updates };
}

/** Whether anything but the reshapes between the two reads what lies in memory as `source`. */
function isReadBesides(
  source: TensorNode,
  port: TensorNode,
  users: ReadonlyMap<TensorNode, readonly TensorNode[]>,
): boolean {
  for (let node = port; ; node = node.inputs[0]!.node) {
    const below = node === port ? 0 : 1;
    if (users.get(node)!.length > below) return true;
    if (node === source) return false;
  }
}
