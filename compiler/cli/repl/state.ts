/** What a session consists of, and what a line makes of it. */
import type { ChainStatement } from "../../../grammar/ast.ts";
import type { Generator } from "../../../runtime/random.ts";
import type { Tensor } from "../../../runtime/tensor.ts";
import type { Graph } from "../../ir/graph.ts";
import type { LayerOp, Mode } from "../../layers/record.ts";
import type { Model } from "../../model.ts";
import type { Held, LineValue, Names } from "../../resolve/session.ts";
import type { Results } from "../results.ts";
import type { Log } from "./log.ts";

/** The value of a bound layer's parameter, or of a `param`. */
export interface Cell {
  readonly tensor: Tensor;
  readonly role: "param" | "buffer";
}

export type Cells = ReadonlyMap<string, Cell>;

/** The numbers of a session: what names stand for is in its state. */
export interface SessionValues {
  readonly tensorOf: (held: Held) => Tensor;
  /** The values of parameters, by their names within what owns them. */
  readonly cellsOf: (owner: object) => Cells;
}

/** A value that a line shows. */
export interface Shown {
  readonly line: ChainStatement;
  readonly value: LineValue;
  readonly graph: Graph<LayerOp> | undefined;
}

/** A net, and what ran on which inputs, if anything did. */
export interface Subject {
  readonly graph: Graph<LayerOp>;
  readonly mode: Mode;
  readonly text: string;
  readonly ran?: Ran;
}

export interface Ran {
  readonly model: Model;
  readonly inputs: Results;
  readonly outputs: Results;
}

/** What a line leaves behind. */
export interface State {
  readonly names: Names;
  readonly generator: Generator;
  readonly log: Log;
  /** What was looked at last, which commands are about. */
  readonly last: Subject | undefined;
}
