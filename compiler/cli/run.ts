/** `nnc run`: compiles a net in memory and calls it once. */
import { Option, type Command } from "commander";
import { formatDiagnostic } from "../../grammar/diagnostics.ts";
import type { Tensor } from "../../runtime/tensor.ts";
import { drive } from "../driver.ts";
import { closure } from "../emit/closure.ts";
import type { Model } from "../model.ts";
import { Reader } from "./files.ts";
import { readInputs } from "./inputs.ts";
import { Failure, type Io } from "./io.ts";
import { addModelOptions, freshNote, modelOptions, type ModelOptions } from "./options.ts";
import { resultJson, resultText, type Results } from "./results.ts";

interface RunOptions extends ModelOptions {
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
    .addOption(
      new Option("--input <file>", "FILE.json, FILE.npy or -; NAME=FILE for one of several; repeatable")
        .argParser(append)
        .default([], "none"),
    );
  addModelOptions(command)
    .option("--json", 'print { "outputs": { NAME: { "dtype", "shape", "data" } } } instead')
    .addHelpText("after", help)
    .action((file: string, options: RunOptions) => run(file, options, io));
}

async function run(file: string, options: RunOptions, io: Io): Promise<void> {
  const reader = new Reader();
  const text = reader.main(file);
  const driven = drive(text, modelOptions(file, options, reader));
  for (const warning of driven.diagnostics) io.err(`${formatDiagnostic(warning, reader.sources)}\n`);
  const model = closure(driven.plan, driven.state);
  const inputs = await readInputs(file, model.inputs, options.input, io);
  io.err(freshNote(driven));
  const results = call(model, inputs);
  io.out(options.json ? resultJson(results) : resultText(results));
}

function call(model: Model, inputs: Record<string, Tensor>): Results {
  const values = Object.values(inputs);
  let result: Tensor & Record<string, Tensor>;
  try {
    result = values.length === 1 ? model(values[0]) : model(inputs);
  } catch (cause) {
    // What a model throws is about shapes, dtypes and indices of the input.
    if (cause instanceof TypeError || cause instanceof RangeError) throw new Failure(cause.message);
    throw cause;
  }
  return model.outputs.length === 1 ? { [model.outputs[0]!.name]: result } : result;
}

function append(value: string, list: readonly string[]): readonly string[] {
  return [...list, value];
}
