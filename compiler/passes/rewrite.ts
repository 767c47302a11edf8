/** Rewrites a tensor graph for a pass: one sweep from inputs to outputs makes a new graph. */
import { Builder, type Tensor, type TensorNode } from "../ir/graph/builder.ts";
import type { TensorGraph } from "../ir/graph/builder.ts";
import { rowOf } from "../ir/graph/ops.ts";
import { forLayer } from "../ir/size/size-limit.ts";
import { isDrawn, withoutDead } from "./prune.ts";

/**
 * Returns a node's replacement, given operands that are already replaced; `undefined` keeps the node. It is not called
 * again with its result. It may be called once more on a trial builder, so it must not have other effects.
 */
export type Visit = (b: Builder, node: Candidate, old: TensorNode) => Tensor | undefined;

export interface Candidate {
  readonly op: TensorNode["op"];
  readonly inputs: readonly Tensor[];
  readonly type: TensorNode["types"][number];
}

export function rewrite(graph: TensorGraph, visit: Visit): TensorGraph {
  const trial = new Builder();
  if (!graph.nodes.some((node) => wouldChange(trial, node, visit))) return graph;
  const b = new Builder();
  const replaced = new Map<TensorNode, Tensor>();
  for (const old of graph.nodes) {
    b.origin = old.origin;
    const inputs = old.inputs.map((input) => replaced.get(input.node)!);
    replaced.set(
      old,
      forLayer(old.origin, () => visited(b, old, inputs, visit)),
    );
  }
  const renew = (tensor: Tensor): Tensor => replaced.get(tensor.node)!;
  const made = {
    ...graph,
    nodes: b.nodes,
    outputs: graph.outputs.map((port) => ({ ...port, value: renew(port.value) })),
    inputs: graph.inputs.map((port) => ({ ...port, value: renew(port.value) })),
    updates: graph.updates.map((update) => ({ ...update, value: renew(update.value) })),
  };
  // Of a draw that was replaced, both nodes are there.
  const drawn = graph.nodes.filter(isDrawn).map((old) => replaced.get(old)!.node);
  return withoutDead(made, drawn);
}

/** The replacement of a node, on operands that are already replaced. */
function visited(b: Builder, old: TensorNode, inputs: readonly Tensor[], visit: Visit): Tensor {
  const kept = b.make(old.op, inputs, old.types[0]!, old.hint);
  const { op, inputs: operands, types } = kept.node;
  return visit(b, { op, inputs: operands, type: types[0]! }, old) ?? kept;
}

/**
 * Whether a pass would change a node. Most passes change nothing in most graphs, and checking first costs less than
 * making the same graph again.
 */
function wouldChange(trial: Builder, node: TensorNode, visit: Visit): boolean {
  const { op, inputs, types } = node;
  return forLayer(node.origin, () => visit(trial, { op, inputs, type: types[0]! }, node) !== undefined);
}

/** Tells whether a tensor depends on parameters and literals alone, and so can be computed before any call. */
export class ParameterOnly {
  readonly #known = new Map<TensorNode, boolean>();
  readonly #updated: ReadonlySet<string>;

  /** Buffers that the graph updates change between calls, so they are not parameters in this sense. */
  constructor(graph: TensorGraph) {
    this.#updated = new Set(graph.updates.map((update) => update.path));
  }

  has(node: TensorNode): boolean {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    // Usually the inputs of a node were asked about before the node. The stack avoids recursion along a long chain
    // where they were not.
    const stack = [node];
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const open = top.inputs.filter((input) => !this.#known.has(input.node));
      if (open.length > 0) {
        for (const input of open) stack.push(input.node);
        continue;
      }
      stack.pop();
      this.#known.set(top, this.#decide(top));
    }
    return this.#known.get(node)!;
  }

  #decide(node: TensorNode): boolean {
    if (rowOf(node.op).varies(node.op, (path) => this.#updated.has(path))) return false;
    if (!node.types[0]!.shape.every((dim) => typeof dim === "number")) return false;
    // A slice by the number of a step is of weights, and differs from step to step.
    const sizes = rowOf(node.op).sizes(node.op);
    if (!sizes.every((size) => typeof size === "number")) return false;
    return node.inputs.every((input) => this.#known.get(input.node)!);
  }
}
