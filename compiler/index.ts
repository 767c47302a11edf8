/** The public API: check, compile, emit; and the runtime's tensors. */
import { formatDiagnostic, type Diagnostic } from "../grammar/diagnostics.ts";
import type { Source } from "../grammar/source.ts";
import { drive, wrongChoices, type CompileOptions, type EmitOptions } from "./driver.ts";
import { closure } from "./emit/closure.ts";
import { declarationText } from "./emit/declaration.ts";
import { moduleText } from "./emit/module.ts";
import { moduleHeader } from "./emit/header.ts";
import type { Plan } from "./ir/plan.ts";
import type { Model } from "./model.ts";
import type { State } from "./weights.ts";
import { check as checkSource } from "./resolve/index.ts";
import { makeSelfTest } from "./self-test.ts";
import { saveSafetensors } from "../runtime/safetensors.ts";
import { readFile, textReader } from "./files.ts";

export type { Diagnostic } from "../grammar/diagnostics.ts";
export { formatTensor } from "../runtime/format.ts";
export { loadSafetensors, saveSafetensors } from "../runtime/safetensors.ts";
export { tensor, type Tensor } from "../runtime/tensor.ts";
export type { CompileOptions, EmitOptions } from "./driver.ts";
export type { Input, Model, Nested, Port } from "./model.ts";
export { NnError } from "./error.ts";
export { version } from "./version.ts";

/** All that is wrong with a source, and warnings. Never throws on what a user wrote. */
export function check(source: string, options: CompileOptions = {}): Diagnostic[] {
  const named: Source = { file: options.filename ?? "model.nn", text: source };
  const { entry, args, mode = "eval", read = readFile } = options;
  const wrong = wrongChoices(named, options);
  if (wrong.length > 0) return wrong;
  return [...checkSource(named, { entry, args, mode, read: textReader(read) }).diagnostics];
}

/** A model in this process. Throws NnError with all diagnostics where the source or the weights are at fault. */
export function compile(source: string, options: CompileOptions = {}): Model {
  const { plan, state } = drive(source, options);
  return closure(plan, state);
}

/** What `emit` makes. */
export interface Emitted {
  /** The text of an ES module without imports. */
  readonly code: string;
  /** Its declarations. */
  readonly types: string;
  /** A safetensors file that the module's `create` wants; absent where the weights are inside. */
  readonly weights?: Uint8Array;
}

/** Weights of up to this many bytes go inside a module, as base64. */
export const INSIDE_LIMIT: number = 100 * 1024;

/** A JavaScript module of the model. Throws as `compile` does. */
export function emit(source: string, options: EmitOptions = {}): Emitted {
  const driven = drive(source, options);
  const { plan, state } = driven;
  const bytes = saveSafetensors(state);
  const inside = !options.external && bytes.length <= INSIDE_LIMIT && plan.parameters.length > 0;
  const selfTest = makeSelfTest(driven);
  const header = moduleHeader(source, options.filename ?? "model.nn");
  const code = moduleText(plan, {
    header,
    ...(inside && { weights: base64(plan, state) }),
    ...(selfTest && { selfTest }),
  });
  const external = plan.parameters.length > 0 && !inside;
  const types = declarationText(plan, { header, external, selfTest: selfTest !== undefined });
  return { code, types, ...(external && { weights: bytes }) };
}

/** The values of all parameters in order; each is of four bytes a value. */
function base64(plan: Plan, state: State): string {
  const parts = plan.parameters.map(({ path }) => {
    const { buffer, byteOffset, byteLength } = state[path]!.data;
    return new Uint8Array(buffer, byteOffset, byteLength);
  });
  return Buffer.concat(parts).toString("base64");
}

/** A diagnostic as text with a frame of the source it points into. */
export function renderDiagnostic(diagnostic: Diagnostic, source: string): string {
  return formatDiagnostic(diagnostic, [{ file: diagnostic.span.file, text: source }]);
}
