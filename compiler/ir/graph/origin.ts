/** Where in the sources a node was asked for. */
import type { Span } from "../../../grammar/source.ts";

/**
 * The layer that a node belongs to. At the tensor level it is the layer whose body made the node; passes preserve it.
 */
export interface Origin {
  /**
   * The id of the layer's node in the layer graph. It distinguishes the rounds of a `Repeat`, whose calls are the same.
   */
  readonly layer: number;
  /** The layer's call, and the calls around it, innermost first. */
  readonly calls: readonly [CallSite, ...CallSite[]];
}

export interface CallSite {
  /** The name of the layer or block, such as `LayerNorm`, or the sign of an operator, such as `+`. */
  readonly name: string;
  /** The call as the user wrote it: `LayerNorm(10, eps=0)`. */
  readonly text: string;
  readonly span: Span;
}
