/** The public API: check, compile, emit; and the runtime's tensors. */
import { formatDiagnostic, type Diagnostic } from "../grammar/diagnostics.ts";
import { diagnose } from "./diagnose.ts";
import { drive } from "./driver.ts";
import { closure } from "./emit/closure.ts";
import { emitDriven, type Emitted } from "./emitted.ts";
import type { Model } from "./model.ts";
import type { CompileOptions, EmitOptions } from "./options.ts";
import { plan } from "./pipeline.ts";

export type { Diagnostic } from "../grammar/diagnostics.ts";
export { formatTensor } from "../runtime/format.ts";
export { loadSafetensors, saveSafetensors } from "../runtime/safetensors.ts";
export { tensor, type Tensor } from "../runtime/tensor.ts";
export { INSIDE_LIMIT, type Emitted } from "./emitted.ts";
export type { Input, Model, Nested, Port, Values } from "./model.ts";
export type { CompileOptions, EmitOptions } from "./options.ts";
export { NnError } from "./error.ts";
export { version } from "./version.ts";

/**
 * All that is wrong with the text of a `.nn` file, its weights included, and warnings; empty where all is well. Never
 * throws on what a user wrote.
 */
export function check(source: string, options: CompileOptions = {}): Diagnostic[] {
  return [...diagnose(source, options, plan)];
}

/**
 * A model in this process, of the text of a `.nn` file. Throws NnError with all diagnostics where the source or the
 * weights are at fault, and EvalError where an engine or a page's policy lets no text become code: a module of `emit`
 * runs there, too.
 */
export function compile(source: string, options: CompileOptions = {}): Model {
  const driven = drive(source, options);
  return closure(driven.plan, driven.state);
}

/** The text of a JavaScript module of the model, and of its declarations. Throws NnError as `compile` does. */
export function emit(source: string, options: EmitOptions = {}): Emitted {
  return emitDriven(drive(source, options), source, options);
}

/** A diagnostic as text over several lines, with a frame of the source it points into; those of other files have none. */
export function renderDiagnostic(diagnostic: Diagnostic, source: string): string {
  return formatDiagnostic(diagnostic, [{ file: diagnostic.span.file, text: source }]);
}
