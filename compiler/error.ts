import { formatDiagnostic, type Diagnostic } from "../grammar/diagnostics.ts";
import type { Source } from "../grammar/source.ts";

/** Thrown by `compile` and `emit` for what a user can mend; the message shows every diagnostic. */
export class NnError extends Error {
  override readonly name = "NnError";
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[], sources: readonly Source[]) {
    super(diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, sources)).join("\n"));
    this.diagnostics = diagnostics;
  }
}
