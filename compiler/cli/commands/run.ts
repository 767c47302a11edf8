/** `nnc run`: compiles a net in memory and calls it once. */
import type { Command } from "commander";
import type { Tensor } from "../../../runtime/tensor.ts";
import { drive } from "../../drive/driver.ts";
import { closure } from "../../emit/host/closure.ts";
import type { Model } from "../../../runtime/model.ts";
import type { Reader } from "../read-file.ts";
import { inputOption, readInputs } from "../given-inputs.ts";
import { Failure, type Io } from "../io.ts";
import {
  addModelOptions,
  modelOptions,
  steps,
  threadCountOption,
  weightsNote,
  type ModelOptions,
} from "../common-options.ts";
import { isOutOfMemory, showDiagnostics } from "../report.ts";
import { supported } from "../supported.ts";
import { callModel, resultJson, resultText, type NamedResults } from "../results.ts";
import { watchRounds, watchOption, type WatchOptions } from "../watch.ts";

interface RunOptions extends ModelOptions, WatchOptions {
  readonly input: readonly string[];
  readonly json?: true;
}

const help = `
Inputs:
  A .npy file holds one tensor. A .json file (or - for standard input) holds nested
  numbers, an object of inputs by name, or { "dtype", "shape", "data" }. NaN and the
  infinities are written "NaN", "Infinity" and "-Infinity", as --json prints them.

Examples:
  nnc run layernorm.nn --input x.json
  echo '[1, 2, 3]' | nnc run softmax.nn --input -
  nnc run mlp.nn --weights mlp.safetensors --input x.npy --json
  nnc run siamese.nn --input left=a.npy --input right=b.npy
`;

export function addRun(program: Command, io: Io): void {
  const command = program
    .command("run <file>")
    .summary("run a net on an input and print its outputs")
    .description("Compile a net in memory, run it once and print its outputs as PyTorch prints tensors.")
    .addOption(inputOption());
  addModelOptions(command)
    .addOption(threadCountOption())
    .option("--json", 'print { "outputs": { NAME: { "dtype", "shape", "data" } } } instead')
    .addOption(watchOption())
    .addHelpText("after", help)
    .action((file: string, options: RunOptions) =>
      watchRounds("ran in", options, io, (reader) => run(file, options, reader, io)),
    );
}

async function run(file: string, options: RunOptions, reader: Reader, io: Io): Promise<void> {
  const source = await reader.source(file);
  const driven = drive(source.text, modelOptions(source, options, reader), steps(source, io));
  showDiagnostics(driven.diagnostics, reader.sources, io);
  io.step?.(`${source.file}: prepare`);
  const model = supported(() => closure(driven.plan, driven.held, { ...driven, threads: options.threads }));
  const inputs = await readInputs(source.file, model.inputs, options.input, reader);
  io.err(weightsNote(driven));
  io.step?.(`${source.file}: run`);
  const results = call(model, inputs);
  io.out(options.json ? resultJson(results) : resultText(results));
}

function call(model: Model, inputs: Record<string, Tensor>): NamedResults {
  try {
    return callModel(model, inputs);
  } catch (cause) {
    // The errors that a model throws are about shapes, dtypes and indices of its input.
    if (isOutOfMemory(cause)) throw cause;
    if (cause instanceof TypeError || cause instanceof RangeError) throw new Failure(cause.message);
    throw cause;
  }
}
