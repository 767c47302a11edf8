/** The streams and other surroundings of a command, except files. Tests pass their own. */
import { visible } from "../../runtime/visible.ts";

export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Writes the text of a source: on a terminal in the same way as `out`, elsewhere unchanged. Default: `out`. */
  readonly source?: ((text: string) => void) | undefined;
  /** Whether `out` writes to a terminal. Default: no. */
  readonly isTerminal?: boolean | undefined;
  /** Reads all of standard input. */
  readonly stdin: () => Promise<Uint8Array>;
  /** Which streams get colours. Default: neither. */
  readonly colours?: { readonly out: boolean; readonly err: boolean } | undefined;
  /**
   * Is called with the name of each step that begins, and without a name when all work has ended; a terminal
   * shows steps that take long. Default: nothing is shown.
   */
  readonly step?: ((what?: string) => void) | undefined;
  /** The streams on which a session reads and writes. Default: those of this process. */
  readonly console?: Console;
}

export interface Console {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown };
  readonly output: Output;
  /** Receives messages if the output is not a terminal. */
  readonly errors: Output;
  readonly env: Environment;
}

type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

export type Environment = Readonly<Record<string, string | undefined>>;

/** The exit codes. Scripts rely on them. */
export const exit = {
  fine: 0,
  /** A file or its contents are wrong. */
  input: 1,
  /** The command line is wrong. */
  usage: 2,
  /** nnc failed because of an error of its own (EX_SOFTWARE of sysexits.h). */
  internal: 70,
} as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

/** Ends a command with a message of one or more lines, without a stack trace. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: ExitCode;

  constructor(message: string | readonly string[], code: ExitCode = exit.input) {
    super([message].flat().map(visible).join("\n"));
    this.code = code;
  }
}
