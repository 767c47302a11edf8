/** One elaboration of an entry: its state, and the functions `evaluate` and `apply`, which call each other. */
import type { Binding, Call, Expression } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/diagnostics.ts";
import type { Size } from "../ir/size/size.ts";
import type { Mode } from "../layers/record.ts";
import { applyLayer } from "./apply.ts";
import type { BoundCall } from "./bind-arguments.ts";
import type { Context, Surroundings } from "./context.ts";
import { evaluateExpression } from "./expressions.ts";
import { Ledger } from "./ledger.ts";
import { Limits } from "./limits.ts";
import type { Env, LayerValue, Value } from "./meanings.ts";
import { LayerModes, type ModePatterns } from "./modes.ts";
import type { At } from "./paths.ts";
import type { Reports } from "./reports.ts";
import { Symbols } from "./symbols.ts";
import type { Table } from "./table.ts";

/** The settings that an elaboration starts with. */
export interface Start {
  readonly table: Table;
  readonly mode: Mode;
  readonly patterns?: ModePatterns | undefined;
  readonly bound: WeakMap<Call, BoundCall>;
  readonly session?: Surroundings | undefined;
  readonly reports: Reports;
  /** The sizes that the caller gives, by the names of their symbols. */
  readonly fixed: ReadonlyMap<string, Size>;
  /** Whether the input's type is only a candidate that is being tried. */
  readonly isTrial: boolean;
}

export class Elaboration implements Context {
  readonly table: Table;
  readonly mode: Mode;
  readonly modes: LayerModes;
  readonly bound: WeakMap<Call, BoundCall>;
  readonly session: Surroundings | undefined;
  readonly constants: Map<Binding, Value | "busy"> = new Map();
  readonly limits: Limits;
  readonly ledger: Ledger;
  readonly symbols: Symbols;

  constructor({ table, mode, patterns, bound, session, reports, fixed, isTrial }: Start) {
    this.table = table;
    this.mode = mode;
    this.modes = new LayerModes(mode, patterns ?? { train: [], eval: [] });
    this.bound = bound;
    this.session = session;
    this.limits = new Limits(reports, isTrial);
    this.ledger = new Ledger(this.limits);
    this.symbols = new Symbols(fixed);
  }

  report(diagnostic: Diagnostic | (() => Diagnostic)): void {
    this.limits.report(diagnostic);
  }

  evaluate(expression: Expression, env: Env, at: At, before?: string): Value {
    return evaluateExpression(this, expression, env, at, before);
  }

  apply(layer: LayerValue, input: Value, at: At): Value {
    return applyLayer(this, layer, input, at);
  }
}
