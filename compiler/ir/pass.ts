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
