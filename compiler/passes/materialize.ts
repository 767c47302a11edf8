/** Makes copies where a kernel would have to divide indices for each element to read or return a view. */
import { sizesOf, type Builder, type Tensor, type TensorNode } from "../ir/graph/builder.ts";
import { isRounded } from "../ir/dtype.ts";
import { float32Nodes } from "../ir/graph/float32.ts";
import { usersOf } from "../ir/graph/graph.ts";
import type { TensorGraph } from "../ir/graph/builder.ts";
import type { TensorOp } from "../ir/graph/primitives.ts";
import { rowOf, storedOperands } from "../ir/graph/ops.ts";
import { dividesBySymbols, isTrivial } from "../ir/graph/reshape.ts";
import { behindReshapes, isComputed, isView } from "../ir/graph/views.ts";
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
      const inMemory = node.op.kind === "random" ? copiedLiteral : contiguous;
      const flat = stored.operands.map((operand) => inMemory(b, operand, stored.whole));
      if (flat.every((operand, i) => operand.node === stored.operands[i]!.node)) return undefined;
      return b.make(node.op, [...flat, ...node.inputs.slice(flat.length)], node.type);
    });
    return withOwnOutputs(made);
  },
};

/**
 * An operand that is read without divisions: its reshapes show a buffer in row-major order. With `whole`, it has no
 * other views.
 */
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

/** The same of an operand that the model around the kernels reads, where literals lie in memory, too. */
function copiedLiteral(b: Builder, operand: Tensor, whole: boolean): Tensor {
  const isLiteral = rowOf(operand.node.op).role === "literal";
  return isLiteral
    ? b.make({ kind: "copy" }, [operand], operand.node.types[0]!)
    : contiguous(b, operand, whole);
}

/**
 * Gives each output and update a kernel's result in memory of its own: a leaf, a view, or the same value as another one
 * is copied. An output that float32 rounds is also copied if it is added up in memory, or if something else reads it,
 * because other nodes read the value that was not rounded.
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
    const stored = isComputed(source) && !taken.has(source);
    taken.add(source);
    const isShared = ports.get(source)! > 1;
    // Sums in memory are sums of float64.
    const isSum = source.op.kind === "scatter" && source.op.combine !== "last";
    if (stored && !(rounded && (isShared || isSum || isReadBesides(source, value.node, users)))) return value;
    const made = (op: TensorOp, from: Tensor, types: TensorNode["types"]): Tensor => {
      const node: TensorNode = {
        id: next + copies.length,
        op,
        inputs: [from],
        types,
        origin: value.node.origin,
      };
      copies.push(node);
      return { node, result: 0 };
    };
    const { types } = value.node;
    const op = { kind: "copy", for: name } as const;
    if (!isView(source) || !dividesBySymbols(sizesOf({ node: source, result: 0 }), sizesOf(value)))
      return made(op, value, types);
    // copy(reshape(x)) -> reshape(copy(x)), whose loops are those of x
    return made({ kind: "reshape" }, made(op, { node: source, result: 0 }, source.types), types);
  };
  const mustRound = ({ node }: Tensor): boolean => isRounded(node.types[0]!.dtype) && !float32.has(node);
  const outputs = graph.outputs.map((port) => ({
    ...port,
    value: own(port.name, port.value, mustRound(port.value)),
  }));
  const updates = graph.updates.map((update) => ({
    ...update,
    value: own(update.path, update.value, false),
  }));
  return copies.length === 0 ? graph : { ...graph, nodes: [...graph.nodes, ...copies], outputs, updates };
}

/** Whether any node reads the memory of `source`, apart from the reshapes between the two. */
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
