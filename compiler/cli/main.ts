#!/usr/bin/env node
/** The `nnc` of the command line: the program on this process's own streams. */
import { writeSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { Failure } from "./io.ts";
import { main } from "./program.ts";

// A reader that has seen enough (`nnc … | head`) closes the pipe, which is no fault; a full disk is one.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (cause: NodeJS.ErrnoException) => {
    if (cause.code === "EPIPE") process.exit();
    if (stream === process.stdout) writeSync(2, `nnc: cannot write the output: ${cause.message}\n`);
    process.exit(1);
  });
}

// Not process.exit: what a pipe has not taken yet would be lost.
process.exitCode = await main(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stdin: () =>
    buffer(process.stdin).catch((cause: Error) => {
      throw new Failure(`cannot read standard input: ${cause.message}`);
    }),
});
