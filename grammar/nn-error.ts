import { formatDiagnostic, type Diagnostic, type Style } from "./diagnostics.ts";
import type { Source } from "./source.ts";

/**
 * The error that `compile` and `emit` throw for mistakes that a user can correct. Its message shows every
 * diagnostic.
 */
export class NnError extends Error {
  override readonly name = "NnError";
  readonly diagnostics: readonly Diagnostic[];
  // The sources are private, so that printing the error object does not print all texts.
  readonly #sources: readonly Source[];

  constructor(diagnostics: readonly Diagnostic[], sources: readonly Source[]) {
    super(textOf(diagnostics, sources));
    this.diagnostics = diagnostics;
    this.#sources = sources;
  }

  /** The message with its parts marked by `style`, for example with colours. */
  styled(style: Style): string {
    return textOf(this.diagnostics, this.#sources, style);
  }
}

function textOf(diagnostics: readonly Diagnostic[], sources: readonly Source[], style?: Style): string {
  return diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, sources, style)).join("\n");
}

/** The error for a pass that failed, which is a bug in nnc. */
export class PassError extends Error {
  override readonly name = "PassError";
  readonly pass: string;
  /** The input of the pass, as `nnc print` shows it. It is all that is needed to reproduce the bug. */
  readonly input: string;

  constructor(pass: string, model: string, input: string, cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(`internal error in pass "${pass}" of ${model}: ${message}`, { cause });
    this.pass = pass;
    this.input = input;
  }
}
