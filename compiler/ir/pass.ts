/** What a pass is: a named pure function from one stage's form to another's. */
import type { Graph } from "./graph.ts";
import type { TensorOp } from "./primitives.ts";

export type TensorGraph = Graph<TensorOp>;

export interface Pass<In, Out> {
  /** A verb. Shown by `nnc print --after` and in the message of an internal error. */
  readonly name: string;
  /** Why it stands where it stands in the pipeline. */
  readonly place: string;
  /** Pure: what it is given stays as it was. */
  readonly run: (input: In) => Out;
}

/** A pass has failed, which is a bug of ours. */
export class PassError extends Error {
  readonly pass: string;
  /** What the pass was given, as `nnc print` shows it; with it alone the bug can be looked for. */
  readonly input: string;

  constructor(pass: string, model: string, input: string, cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(`internal error in pass "${pass}" of ${model}: ${message}`, { cause });
    this.name = "PassError";
    this.pass = pass;
    this.input = input;
  }
}
