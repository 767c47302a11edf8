/** Removes dead code. */
import type { TensorNode } from "../ir/graph/builder.ts";
import type { TensorGraph } from "../ir/graph/builder.ts";
import type { Pass } from "./pass.ts";

export const prune: Pass<TensorGraph, TensorGraph> = {
  name: "prune",
  order: [
    { after: "expand", because: "a layer whose result is unused counts for the weights, not for the run" },
    { before: "simplify", because: "nodes that nothing reads would be rewritten for nothing" },
  ],
  run: (graph) => withoutDead(graph, graph.nodes.filter(isDrawn)),
};

/** Whether a node is random numbers. */
export function isDrawn({ op }: TensorNode): boolean {
  return op.kind === "random";
}

/**
 * The graph without the nodes that no output and no update needs. Inputs stay, because they are the graph's signature, and so
 * do the random numbers that are given: as in PyTorch, those after them are others than if they had not been drawn.
 */
export function withoutDead(graph: TensorGraph, drawn: readonly TensorNode[]): TensorGraph {
  const ports = [...graph.outputs, ...graph.updates, ...graph.inputs].map((port) => port.value.node);
  const live = new Set<TensorNode>([...ports, ...drawn]);
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i]!;
    if (live.has(node)) for (const input of node.inputs) live.add(input.node);
  }
  return { ...graph, nodes: graph.nodes.filter((node) => live.has(node)) };
}
