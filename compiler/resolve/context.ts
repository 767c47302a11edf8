/**
 * The state that the parts of an elaboration share. Two functions call each other, as in any interpreter:
 * `evaluate` finds the value of an expression, and `apply` sends a value through a layer. A chain applies layers,
 * and the body of a layer has expressions. `elaboration.ts` connects the parts.
 */
import type { Binding, Call, Expression } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/diagnostics.ts";
import type { Mode } from "../layers/record.ts";
import type { BoundCall } from "./bind-arguments.ts";
import type { Ledger } from "./ledger.ts";
import type { Limits } from "./limits.ts";
import type { ConstantDef, Env, Known, LayerValue, Value } from "./meanings.ts";
import type { LayerModes } from "./modes.ts";
import type { At } from "./paths.ts";
import type { Symbols } from "./symbols.ts";
import type { Table } from "./table.ts";

export interface Context {
  readonly table: Table;
  /** The mode of the net; `modes` has that of each layer. */
  readonly mode: Mode;
  readonly modes: LayerModes;
  /** The arguments of each call, which were matched to their names before anything is elaborated. */
  readonly bound: WeakMap<Call, BoundCall>;
  readonly session: Surroundings | undefined;
  /** The values of the constants that were evaluated; "busy" while a constant is being evaluated. */
  readonly constants: Map<Binding, Value | "busy">;
  readonly limits: Limits;
  readonly ledger: Ledger;
  readonly symbols: Symbols;
  readonly report: (diagnostic: Diagnostic | (() => Diagnostic)) => void;
  /** `before` is the text of the steps before an expression in its chain, which a suggestion repeats. */
  readonly evaluate: (expression: Expression, env: Env, at: At, before?: string) => Value;
  readonly apply: (layer: LayerValue, input: Value, at: At) => Value;
}

/** The surroundings of a session's text: the meaning of the names that were bound before it. */
export interface Surroundings {
  readonly value: (context: Context, known: Known, at: At) => Value;
  /** The path under which the weights of a bound layer are found in this net. */
  readonly scopeOf: (context: Context, constant: ConstantDef) => string;
}
