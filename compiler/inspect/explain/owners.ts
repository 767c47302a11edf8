/** Whose work a tensor node is. */
import type { TensorNode } from "../../ir/build.ts";
import type { Layer } from "../layers.ts";

/** Nodes that several layers would make are the first's. */
export class Owners {
  readonly #byId: ReadonlyMap<number, Layer>;

  constructor(layers: readonly Layer[]) {
    this.#byId = new Map(layers.map((layer) => [layer.node.id, layer]));
  }

  /** Nobody's are inputs and literals. */
  of({ origin }: TensorNode): Layer | undefined {
    return origin && this.#byId.get(origin.layer);
  }

  /** Each once, in the order of the net. */
  all(nodes: Iterable<TensorNode>): Layer[] {
    const found = new Set<Layer>();
    for (const node of nodes) {
      const owner = this.of(node);
      if (owner) found.add(owner);
    }
    return [...found].sort((a, b) => a.node.id - b.node.id);
  }
}
