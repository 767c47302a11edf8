/** `nnc info`: shows layers, shapes, parameters and costs of a net; or the tensors in a file. */
import type { Command } from "commander";
import { infoJson, infoOf, infoText } from "../../inspect/info.ts";
import { tensorFacts, tensorsJson, tensorsText } from "../../weights/contents.ts";
import { Reader } from "../read-file.ts";
import { exit, Failure, type Io } from "../io.ts";
import { inspectNet } from "../net.ts";
import {
  addEntryOptions,
  exactOption,
  relaxedOption,
  targetOption,
  weightsAsOption,
  type EntryOptions,
} from "../common-options.ts";
import type { TargetChoice } from "../../target/index.ts";
import type { WeightsAs } from "../../weights/narrow-state.ts";
import { jsonLine } from "../screen.ts";
import { namesTensors, readTensors } from "../tensor-files.ts";

interface InfoOptions extends EntryOptions {
  readonly target: TargetChoice;
  readonly exact?: true;
  readonly relaxed?: true;
  readonly weightsAs?: WeightsAs;
  readonly json?: true;
}

const help = `
MACs are the multiply-accumulates of matrix products and convolutions. Bytes are those
that a layer must read and write if it runs by itself: its inputs, parameters and outputs,
4 bytes an element (bool 1), and fewer of weights with --weights-as. Views, such as Transpose, move nothing. Sizes that are known
only at the call stay in formulas; --arg gives them values.

Of tensors, min, max, mean and std are those of the finite values; how many are NaN or
infinite is counted. std is that of torch.std.

Examples:
  nnc info mlp.nn
  nnc info mlp.nn --arg N=8 --target wasm
  nnc info encoder.nn --entry Encoder --arg depth=2 --json
  nnc info weights.safetensors
  nnc info x.npy
`;

export function addInfo(program: Command, io: Io): void {
  const command = program
    .command("info <file>")
    .summary("show layers, shapes, parameters and costs")
    .description(
      "Print a table of a net's layers with weight paths, shapes, parameters, multiply-accumulates and bytes\n" +
        "moved; and the memory that a run takes. Of a file of weights (.safetensors, or an index of several) and of\n" +
        "an array (.npy), print dtypes, shapes and what the values are like.",
    );
  addEntryOptions(command)
    .addOption(targetOption())
    .addOption(exactOption())
    .addOption(relaxedOption())
    .addOption(weightsAsOption())
    .option(
      "--json",
      'print { "layers": [{ name, layer, outputs, parameters, macs, … }], "total", … } instead',
    )
    .addHelpText("after", help)
    .action(async (file: string, options: InfoOptions) => {
      if (namesTensors(file)) return tensorsOf(file, options, command, io);
      const info = infoOf(await inspectNet(file, options, io));
      io.out(options.json ? jsonLine(infoJson(info)) : infoText(info));
    });
}

function tensorsOf(file: string, options: InfoOptions, command: Command, io: Io): void {
  const forNets = command.options
    .filter(({ long }) => long !== "--json")
    .find((option) => command.getOptionValueSource(option.attributeName()) === "cli");
  if (forNets) throw new Failure(`${forNets.long} is for nets, and ${file} holds tensors`, exit.usage);
  const { metadata, tensors } = readTensors(file, new Reader(io));
  const info = { metadata, tensors: tensorFacts(tensors) };
  io.out(options.json ? jsonLine(tensorsJson(info)) : tensorsText(info));
}
