/** The public API: check, compile, emit; and the runtime's tensors. */
import { formatDiagnostic, type Diagnostic } from "../grammar/diagnostics.ts";
import { diagnose } from "./drive/diagnose.ts";
import { drive } from "./drive/driver.ts";
import { closure } from "./emit/host/closure.ts";
import { emitDriven, type Emitted } from "./drive/emitted.ts";
import type { HeldTensor, Model } from "../runtime/model.ts";
import type { CompileOptions, EmitOptions } from "./drive/options.ts";
import { plan } from "./pipeline/pipeline.ts";

export type { Diagnostic } from "../grammar/diagnostics.ts";
export { formatTensor } from "../runtime/format-tensor.ts";
export { loadSafetensors, saveSafetensors } from "../runtime/safetensors.ts";
export { tensor, type Tensor } from "../runtime/tensor.ts";
export { INSIDE_LIMIT, type Emitted } from "./drive/emitted.ts";
export type { HeldTensor, Input, Model, NestedNumbers as Nested, Port, Values } from "../runtime/model.ts";
export type { CompileOptions, EmitOptions } from "./drive/options.ts";
export { NnError } from "../grammar/nn-error.ts";
export { version } from "../runtime/version.ts";

/**
 * Everything that is wrong with the text of a `.nn` file and its weights, including warnings; the list is empty
 * if nothing is wrong. Never throws because of what a user wrote.
 */
export function check(source: string, options: CompileOptions = {}): Diagnostic[] {
  return [...diagnose(source, options, plan)];
}

/**
 * Compiles the text of a `.nn` file to a model in this process. Throws NnError with all diagnostics if the source
 * or the weights are wrong. Throws EvalError if the engine or the policy of the page forbids making code from
 * text; a module made by `emit` runs there too.
 */
export function compile(
  source: string,
  options: CompileOptions & Required<Pick<CompileOptions, "weightsAs">>,
): Model<HeldTensor>;
export function compile(source: string, options?: CompileOptions): Model;
export function compile(source: string, options: CompileOptions = {}): Model<HeldTensor> {
  const { plan: made, fallback, held, seed } = drive(source, options);
  return closure(made, held, { fallback, seed, threads: options.threads });
}

/**
 * The text of a JavaScript module of the model, and the text of its declarations. Throws NnError as `compile`
 * does.
 */
export function emit(source: string, options: EmitOptions = {}): Emitted {
  return emitDriven(drive(source, options), source, options);
}

/**
 * A diagnostic as text of several lines. It shows the line of `source` that it points to; a diagnostic about
 * another file shows none.
 */
export function renderDiagnostic(diagnostic: Diagnostic, source: string): string {
  return formatDiagnostic(diagnostic, [{ file: diagnostic.span.file, text: source }]);
}
