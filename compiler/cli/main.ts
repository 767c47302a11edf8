#!/usr/bin/env node
/** The command `nnc`: runs the program on the streams of this process. */
import { writeSync } from "node:fs";
import { takesColours } from "./colour.ts";
import { TEXT_LIMIT } from "../drive/source-files.ts";
import { Failure } from "./io.ts";
import { main } from "./program.ts";
import { progressLine, type ProgressLine } from "./progress.ts";

const { stdin, stdout, stderr, env } = process;

// A reader that has read enough (`nnc … | head`) closes the pipe, which is not an error. A full disk is one.
for (const stream of [stdout, stderr]) {
  stream.on("error", (cause: NodeJS.ErrnoException) => {
    if (cause.code === "EPIPE") process.exit();
    if (stream === stdout) writeSync(2, `nnc: cannot write the output: ${cause.message}\n`);
    process.exit(1);
  });
}

let line: ProgressLine | undefined;
process.on("exit", () => line?.step(undefined));

function step(what?: string): void {
  if (what !== undefined) line ??= progressLine();
  // A line that is longer than the terminal is wide cannot be erased, so it is cut.
  const width = Math.max(0, (stderr.columns || 80) - 10);
  line?.step(what?.slice(0, width));
}

/** Makes a function that writes to a stream, and clears the progress line first if it is shown. */
function writer(stream: NodeJS.WriteStream): (text: string) => void {
  return (text) => {
    line?.clear();
    stream.write(text);
  };
}

/** Reads standard input up to its end; a device such as /dev/zero has no end, so the length is limited. */
async function standardInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stdin as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > TEXT_LIMIT) throw new Error("it has more than 512 MB: give it as a file");
    }
  } catch (cause) {
    throw new Failure(`cannot read standard input: ${(cause as Error).message}`);
  }
  return Buffer.concat(chunks);
}

// process.exit is not used, as it would lose text that a pipe has not taken yet.
process.exitCode = await main(process.argv.slice(2), {
  out: writer(stdout),
  err: writer(stderr),
  stdin: () => {
    // While nnc waits for a person's input, no progress is shown.
    step();
    return standardInput();
  },
  isTerminal: stdout.isTTY,
  colours: { out: takesColours(stdout, env), err: takesColours(stderr, env) },
  step: stderr.isTTY && env["TERM"] !== "dumb" ? step : undefined,
});
