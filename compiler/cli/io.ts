/** What a command has of the world beside files: tests bring their own. */
import { visible } from "../../runtime/visible.ts";

export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** For the text of a source: on a terminal as `out`, elsewhere as it is. Default: `out`. */
  readonly source?: ((text: string) => void) | undefined;
  /** Whether `out` leads to a terminal. Default: no. */
  readonly isTerminal?: boolean | undefined;
  /** All of standard input. */
  readonly stdin: () => Promise<Uint8Array>;
  /** Which streams take colours. Default: none. */
  readonly colours?: { readonly out: boolean; readonly err: boolean } | undefined;
  /** Told what begins, and nothing where all has ended: a terminal shows what takes long. */
  readonly step?: ((what?: string) => void) | undefined;
  /** Where a session reads and writes. Absent: the streams of this process. */
  readonly console?: Console;
}

export interface Console {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown };
  readonly output: Output;
  /** For messages where the output is no terminal. */
  readonly errors: Output;
  readonly env: Environment;
}

type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

export type Environment = Readonly<Record<string, string | undefined>>;

/** The exit codes, which scripts rely on. */
export const exit = {
  fine: 0,
  /** Something is wrong with a file or its contents. */
  input: 1,
  /** Something is wrong with the command line itself. */
  usage: 2,
  /** nnc itself failed (EX_SOFTWARE of sysexits.h). */
  internal: 70,
} as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

/** Ends a command with a message that needs no stack trace: a line, or several. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: ExitCode;

  constructor(message: string | readonly string[], code: ExitCode = exit.input) {
    super([message].flat().map(visible).join("\n"));
    this.code = code;
  }
}
