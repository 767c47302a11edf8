/** How a command says what is wrong. */
import { CommanderError } from "commander";
import { formatDiagnostic, type Diagnostic } from "../../grammar/diagnostics.ts";
import type { Source } from "../../grammar/source.ts";
import { NnError, PassError } from "../error.ts";
import { version } from "../version.ts";
import { coloured } from "./colour.ts";
import { exit, Failure, type ExitCode, type Io } from "./io.ts";

/** Errors and warnings, on the error stream. */
export function showDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: readonly Source[],
  io: Io,
): void {
  const style = io.colours?.err ? coloured : undefined;
  for (const diagnostic of diagnostics) io.err(`${formatDiagnostic(diagnostic, sources, style)}\n`);
}

/** An array or a text that is larger than the engine makes them, or than there is memory. */
export function isOutOfMemory(cause: unknown): cause is RangeError {
  const messages = /^(Array buffer allocation failed|Invalid (typed array|array buffer|array|string) length)/;
  return cause instanceof RangeError && messages.test(cause.message);
}

/** Says what ended a command, and gives the exit code that it makes. */
export function report(cause: unknown, io: Io): ExitCode {
  // It has printed its message already.
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? exit.fine : exit.usage;
  if (cause instanceof NnError) {
    io.err(`${io.colours?.err ? cause.styled(coloured) : cause.message}\n`);
    return exit.input;
  }
  if (cause instanceof Failure) {
    // A command that has said all there is leaves nothing.
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

/** Lines of what else there is to know. */
export function notesText(notes: readonly string[]): string {
  return notes.map((note) => `note: ${note}\n`).join("");
}
