#!/usr/bin/env node
/** The `nnc` of the command line: the program on this process's own streams. */
import { writeSync } from "node:fs";
import { takesColours } from "./colour.ts";
import { TEXT_LIMIT } from "../files.ts";
import { Failure } from "./io.ts";
import { main } from "./program.ts";
import { progressLine, type ProgressLine } from "./progress.ts";

const { stdin, stdout, stderr, env } = process;

// A reader that has seen enough (`nnc … | head`) closes the pipe, which is no fault; a full disk is one.
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
  // What is longer than the terminal is wide cannot be erased.
  const width = Math.max(0, (stderr.columns || 80) - 10);
  line?.step(what?.slice(0, width));
}

/** Writes where the line is, if it is. */
function writer(stream: NodeJS.WriteStream): (text: string) => void {
  return (text) => {
    line?.clear();
    stream.write(text);
  };
}

/** All of it; that of a device such as /dev/zero has no end. */
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

// Not process.exit: what a pipe has not taken yet would be lost.
process.exitCode = await main(process.argv.slice(2), {
  out: writer(stdout),
  err: writer(stderr),
  stdin: () => {
    // A person who writes is waited for.
    step();
    return standardInput();
  },
  isTerminal: stdout.isTTY,
  colours: { out: takesColours(stdout, env), err: takesColours(stderr, env) },
  step: stderr.isTTY && env["TERM"] !== "dumb" ? step : undefined,
});
