/** The state of a session, and the types of what a line adds to it. */
import type { ChainStatement } from "../../../grammar/ast.ts";
import type { Generator } from "../../../runtime/random.ts";
import type { Tensor } from "../../../runtime/tensor.ts";
import type { Graph } from "../../ir/graph/graph.ts";
import type { LayerOp, Mode } from "../../layers/record.ts";
import type { Model } from "../../../runtime/model.ts";
import type { Held, LineValue, Names } from "../../resolve/session.ts";
import type { NamedResults } from "../results.ts";
import type { Log } from "./log.ts";

/** The value of a bound layer's parameter, or of a `param`. */
export interface Cell {
  readonly tensor: Tensor;
  readonly role: "param" | "buffer";
}

export type Cells = ReadonlyMap<string, Cell>;

/** The values of a session's tensors and parameters. The names are in its state. */
export interface SessionValues {
  readonly tensorOf: (held: Held) => Tensor;
  /** The values of parameters, by their names within the layer that owns them. */
  readonly cellsOf: (owner: object) => Cells;
}

/** A value that a line shows. */
export interface ShownValue {
  readonly line: ChainStatement;
  readonly value: LineValue;
  readonly graph: Graph<LayerOp> | undefined;
}

/** A net; and if it ran, the model and the inputs. */
export interface Subject {
  readonly graph: Graph<LayerOp>;
  readonly mode: Mode;
  readonly text: string;
  readonly ran?: Ran;
}

export interface Ran {
  readonly model: Model;
  readonly inputs: NamedResults;
  readonly outputs: NamedResults;
}

/** The state of a session after a line. */
export interface SessionState {
  readonly names: Names;
  readonly generator: Generator;
  readonly log: Log;
  /** The net that was looked at last. Commands without an argument are about this net. */
  readonly last: Subject | undefined;
}
