/** `nnc compile`: writes a net as a JavaScript module. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { formatDiagnostic } from "../../grammar/diagnostics.ts";
import { drive } from "../driver.ts";
import { emitDriven } from "../emitted.ts";
import { isSameFile, Reader, writeFiles } from "./files.ts";
import { exit, Failure, type Io } from "./io.ts";
import { addModelOptions, freshNote, modelOptions, type ModelOptions } from "./options.ts";

interface CompileCommandOptions extends ModelOptions {
  readonly output: string;
  readonly external?: true;
}

const help = `
The module imports nothing and exports create, inputs, outputs, parameters and selfTest.
Weights of up to 100 KB are inside it, and its default export is a model that is ready;
larger ones go to OUT.safetensors, whose bytes create({ weights }) takes.

Examples:
  nnc compile layernorm.nn -o layernorm.js
  nnc compile mlp.nn --weights mlp.safetensors -o dist/mlp.js
  nnc compile encoder.nn --entry Encoder --arg depth=2 --external -o encoder.mjs
`;

export function addCompile(program: Command, io: Io): void {
  const command = program
    .command("compile <file>")
    .summary("write a net as a JavaScript module")
    .description("Write a net as an ES module, OUT.js, with its declarations, OUT.d.ts.")
    .requiredOption("-o, --output <file>", "the module, .js or .mjs");
  addModelOptions(command)
    .option("--external", "write the weights to OUT.safetensors, however few they are")
    .addHelpText("after", help)
    .action((file: string, options: CompileCommandOptions) => compileFile(file, options, io));
}

function compileFile(file: string, options: CompileCommandOptions, io: Io): void {
  const [, stem, extension] = /^(.*[^/\\])\.(m?js)$/s.exec(options.output) ?? [];
  if (stem === undefined || extension === undefined)
    throw new Failure(`the output must end in .js or .mjs, not ${options.output}`, exit.usage);
  const reader = new Reader();
  const text = reader.main(file);
  const emitOptions = { ...modelOptions(file, options, reader), external: options.external === true };
  const driven = drive(text, emitOptions);
  for (const warning of driven.diagnostics) io.err(`${formatDiagnostic(warning, reader.sources)}\n`);
  const emitted = emitDriven(driven, text, emitOptions);

  const files: [string, string | Uint8Array][] = [];
  const sidecar = `${stem}.safetensors`;
  if (emitted.weights) {
    const given = options.weights === undefined ? reader.binaries : [options.weights];
    keepGiven(sidecar, given, emitted.weights);
    files.push([sidecar, emitted.weights]);
  }
  files.push([`${stem}.d.${extension === "js" ? "ts" : "mts"}`, emitted.types]);
  // The module last: where it is new, all that belongs to it is there.
  files.push([options.output, emitted.code]);
  writeFiles(files);
  io.err(freshNote(driven));
  for (const [path, content] of files.reverse()) io.out(`${path}  ${sizeText(Buffer.byteLength(content))}\n`);
}

/** The user's own weights may be of another dtype or hold more than the model; they are not written over. */
function keepGiven(sidecar: string, given: readonly string[], bytes: Uint8Array): void {
  if (!given.some((path) => isSameFile(path, sidecar)) || readFileSync(sidecar).equals(bytes)) return;
  throw new Failure(
    `${sidecar} is where the weights were read from, and would be written over: choose another name for -o`,
  );
}

function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
