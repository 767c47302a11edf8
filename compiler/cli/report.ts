/** Prints what is wrong when a command fails. */
import { CommanderError } from "commander";
import { formatDiagnostic, type Diagnostic } from "../../grammar/diagnostics.ts";
import type { Source } from "../../grammar/source.ts";
import { NnError, PassError } from "../../grammar/nn-error.ts";
import { version } from "../../runtime/version.ts";
import { coloured } from "./colour.ts";
import { exit, Failure, type ExitCode, type Io } from "./io.ts";

/** Prints errors and warnings to the error stream. */
export function showDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: readonly Source[],
  io: Io,
): void {
  const style = io.colours?.err ? coloured : undefined;
  for (const diagnostic of diagnostics) io.err(`${formatDiagnostic(diagnostic, sources, style)}\n`);
}

/** Whether the engine or the machine has no room for an array or a text of this length. */
export function isOutOfMemory(cause: unknown): cause is RangeError {
  const messages = /^(Array buffer allocation failed|Invalid (typed array|array buffer|array|string) length)/;
  return cause instanceof RangeError && messages.test(cause.message);
}

/** Prints the error that ended a command, and returns the exit code for it. */
export function report(cause: unknown, io: Io): ExitCode {
  // Commander has printed its message already.
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? exit.fine : exit.usage;
  if (cause instanceof NnError) {
    io.err(`${io.colours?.err ? cause.styled(coloured) : cause.message}\n`);
    return exit.input;
  }
  if (cause instanceof Failure) {
    // An empty message means that the command has printed everything itself.
    if (cause.message !== "") io.err(`nnc: ${cause.message}\n`);
    return cause.code;
  }
  if (isOutOfMemory(cause)) {
    io.err(`nnc: there is not enough memory (${cause.message}): \`nnc info\` shows what the net takes\n`);
    return exit.input;
  }
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  const input = cause instanceof PassError ? `\nThe pass was given:\n${cause.input}` : "";
  io.err(
    `nnc ${version}: internal error. This is a bug in nnc, not in your net: please report it, with the file and this text.\n${text}\n${input}`,
  );
  return exit.internal;
}

/** The notes as lines of text. */
export function notesText(notes: readonly string[]): string {
  return notes.map((note) => `note: ${note}\n`).join("");
}
