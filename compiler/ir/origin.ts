/** Where in the sources a node was asked for. */
import type { Span } from "../../grammar/source.ts";

/** For which layer a node stands: at the tensor level, the one whose body made it, which passes hand on. */
export interface Origin {
  /** The id of the layer's node in the layer graph. It tells apart the rounds of a `Repeat`, whose calls are the same. */
  readonly layer: number;
  /** The layer's call, and the calls around it, innermost first. */
  readonly calls: readonly [CallSite, ...CallSite[]];
}

export interface CallSite {
  /** Of the layer or block: `LayerNorm`; the sign of an operator: `+`. */
  readonly name: string;
  /** As the user wrote it: `LayerNorm(10, eps=0)`. */
  readonly text: string;
  readonly span: Span;
}
