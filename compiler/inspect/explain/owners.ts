/** Finds the layer that a tensor node was made for. */
import type { TensorNode } from "../../ir/graph/builder.ts";
import type { Layer } from "../layers.ts";

/** If several layers would make the same node, it belongs to the first of them. */
export class Owners {
  readonly #byId: ReadonlyMap<number, Layer>;

  constructor(layers: readonly Layer[]) {
    this.#byId = new Map(layers.map((layer) => [layer.node.id, layer]));
  }

  /** The layer that owns a node; inputs and literals belong to no layer. */
  of({ origin }: TensorNode): Layer | undefined {
    return origin && this.#byId.get(origin.layer);
  }

  /** The layers that own any of the nodes, each once, in the order of the net. */
  all(nodes: Iterable<TensorNode>): Layer[] {
    const found = new Set<Layer>();
    for (const node of nodes) {
      const owner = this.of(node);
      if (owner) found.add(owner);
    }
    return [...found].sort((a, b) => a.node.id - b.node.id);
  }
}
