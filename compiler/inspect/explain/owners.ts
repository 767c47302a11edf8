/** Whose work a tensor node is. */
import type { TensorNode } from "../../ir/build.ts";
import type { Layer } from "../layers.ts";

/**
 * Expansion gives nodes the very stack of call sites that their layer's node has, and passes hand it on: it tells
 * apart the rounds of a `Repeat`, whose sites are the same. Nodes that several layers would make are the first's.
 */
export class Owners {
  readonly #byOrigin: ReadonlyMap<TensorNode["origin"], Layer>;

  constructor(layers: readonly Layer[]) {
    this.#byOrigin = new Map(layers.map((layer) => [layer.node.origin, layer]));
  }

  /** Nobody's are inputs and literals. */
  of(node: TensorNode): Layer | undefined {
    return this.#byOrigin.get(node.origin);
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
