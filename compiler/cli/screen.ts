/**
 * Makes text safe for a terminal: only visible characters, and the colours that `coloured` marks. Commands print
 * texts of files, names and arguments; a character that would move the cursor, or hide or reverse text, is
 * written as its code.
 */
import { visible, visibleJson, visibleLines } from "../../runtime/visible.ts";
import { painted } from "./colour.ts";
import type { Io } from "./io.ts";

/** The same `Io`, with streams that make every text safe. */
export function screened(io: Io): Io {
  const out = (text: string): void => io.out(visibleLines(text));
  return {
    ...io,
    out,
    err: (text) => io.err(painted(text, visibleLines)),
    source: io.isTerminal === true ? out : io.out,
    step: io.step && ((what) => io.step!(what === undefined ? undefined : visible(what))),
  };
}

/** A value as one line of JSON, with escapes for invisible characters. */
export function jsonLine(value: object): string {
  return `${visibleJson(JSON.stringify(value))}\n`;
}

/** A message that quotes arguments of the command line, with each argument on one line. */
export function withArguments(message: string, argv: readonly string[]): string {
  const parts = argv.flatMap((argument) => [argument, ...argument.split("=")]);
  const hidden = parts.filter((part) => visible(part) !== part);
  return hidden.reduce((text, part) => text.replaceAll(part, () => visible(part)), message);
}
