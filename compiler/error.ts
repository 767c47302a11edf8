import { formatDiagnostic, type Diagnostic, type Style } from "../grammar/diagnostics.ts";
import type { Source } from "../grammar/source.ts";

/** Thrown by `compile` and `emit` for what a user can mend; the message shows every diagnostic. */
export class NnError extends Error {
  override readonly name = "NnError";
  readonly diagnostics: readonly Diagnostic[];
  // Private, so that who prints the error is not shown all texts.
  readonly #sources: readonly Source[];

  constructor(diagnostics: readonly Diagnostic[], sources: readonly Source[]) {
    super(textOf(diagnostics, sources));
    this.diagnostics = diagnostics;
    this.#sources = sources;
  }

  /** The message with its parts marked, as with colours. */
  styled(style: Style): string {
    return textOf(this.diagnostics, this.#sources, style);
  }
}

function textOf(diagnostics: readonly Diagnostic[], sources: readonly Source[], style?: Style): string {
  return diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, sources, style)).join("\n");
}

/** A pass has failed, which is a bug of ours. */
export class PassError extends Error {
  override readonly name = "PassError";
  readonly pass: string;
  /** What the pass was given, as `nnc print` shows it; with it alone the bug can be looked for. */
  readonly input: string;

  constructor(pass: string, model: string, input: string, cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(`internal error in pass "${pass}" of ${model}: ${message}`, { cause });
    this.pass = pass;
    this.input = input;
  }
}
