/** Holds conversations with `nnc repl` in this process: through pipes, and through streams that pass for a terminal. */
import { PassThrough, Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { expect } from "vitest";
import { Reader } from "../../compiler/cli/read-file.ts";
import { main } from "../../compiler/cli/program.ts";
import type { ExitCode } from "../../compiler/cli/io.ts";
import { Session } from "../../compiler/cli/repl/live-session.ts";

export interface Said {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

class Sink extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** A session by itself. */
export function session(): Session {
  const io = { out: () => {}, err: () => {}, stdin: none };
  return new Session(new Reader(io), (warnings) => {
    throw warnings;
  });
}

const none = (): Promise<never> => Promise.reject(new Error("standard input is the console's"));

/** All of the input at once, and its end. */
export async function piped(text: string, argv: readonly string[] = []): Promise<Said> {
  const input = new PassThrough();
  const [out, err] = [new Sink(), new Sink()];
  input.end(text);
  const code = await main(["repl", ...argv], {
    out: (one) => void out.write(one),
    err: (one) => void err.write(one),
    stdin: none,
    console: { input, output: out, errors: err, env: {} },
  });
  return { code, out: out.text, err: err.text };
}

/** A terminal of 200 columns. Its history goes nowhere unless the environment says where. */
export class Terminal {
  readonly #input = Object.assign(new PassThrough(), { isTTY: true });
  readonly #output = Object.assign(new Sink(), { isTTY: true, columns: 200, rows: 50 });
  readonly #ended: Promise<ExitCode>;
  #read = 0;

  constructor(env: Readonly<Record<string, string>> = {}, argv: readonly string[] = []) {
    const write = (one: string): void => void this.#output.write(one);
    const console = { input: this.#input, output: this.#output, errors: this.#output };
    this.#ended = main(["repl", ...argv], {
      out: write,
      err: write,
      stdin: none,
      console: { ...console, env: { NNC_HISTORY: "", NO_COLOR: "1", ...env } },
    });
  }

  /** What has been shown since this was asked last: something, and all of it. */
  async shown(): Promise<string> {
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
    let length = this.#read;
    do {
      length = this.#output.text.length;
      await pause();
    } while (length === this.#read || length !== this.#output.text.length);
    const text = this.#output.text.slice(this.#read);
    this.#read = this.#output.text.length;
    return text;
  }

  /** Strokes one after the other, as what comes at once counts as pasted. */
  async press(...strokes: readonly string[]): Promise<string> {
    return plain(await this.raw(...strokes));
  }

  /** With colours and movements of the cursor. */
  async raw(...strokes: readonly string[]): Promise<string> {
    for (const stroke of strokes) {
      this.#input.write(stroke);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return this.shown();
  }

  /** Ctrl-D. */
  async leave(): Promise<ExitCode> {
    this.#input.write(keys.ctrlD);
    return this.#ended;
  }
}

export const keys = {
  enter: "\r",
  tab: "\t",
  up: "\u001b[A",
  ctrlC: "\u0003",
  ctrlD: "\u0004",
  ctrlU: "\u0015",
};

/** Without colours and movements of the cursor, with the line ends of files, and prompts as they are before Node 24. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\r+\n/g, "\n").replaceAll(/^\| /gm, "... ");
}

/** The lines that a recorded session types: those behind a prompt. */
export function typedIn(session: string): string[] {
  return session.split("\n").flatMap((line) => {
    const typed = /^(?:>|\.\.\.)(?: (.*))?$/.exec(line);
    return typed ? [typed[1] ?? ""] : [];
  });
}

/** What a terminal shows for the lines, with the lines. */
export async function transcript(typed: readonly string[]): Promise<string> {
  const terminal = new Terminal();
  const [, start] = plain(await terminal.shown()).split("\n");
  let shown = start;
  for (const line of typed) shown += await terminal.press(`${line}${keys.enter}`);
  expect(await terminal.leave()).toBe(0);
  const text = shown!
    .replace(/^[^>]*/, "")
    .replace(/> $/, "")
    .replaceAll(/ +$/gm, "");
  return text;
}
