/** `nnc info`: layers, shapes, parameters and costs of a net. */
import type { Command } from "commander";
import { infoJson, infoOf, infoText } from "../inspect/info.ts";
import type { Io } from "./io.ts";
import { inspectNet } from "./net.ts";
import { addEntryOptions, type EntryOptions } from "./options.ts";
import { jsonLine } from "./screen.ts";

interface InfoOptions extends EntryOptions {
  readonly json?: true;
}

const help = `
MACs are the multiply-accumulates of matrix products and convolutions. Bytes are those
that a layer must read and write if it runs by itself: its inputs, parameters and outputs,
4 bytes an element (bool 1). Views, such as Transpose, move nothing. Sizes that are known
only at the call stay in formulas; --arg gives them values.

Examples:
  nnc info mlp.nn
  nnc info mlp.nn --arg N=8
  nnc info encoder.nn --entry Encoder --arg depth=2 --json
`;

export function addInfo(program: Command, io: Io): void {
  const command = program
    .command("info <file>")
    .summary("show layers, shapes, parameters and costs")
    .description(
      "Print a table of a net's layers with weight paths, shapes, parameters, multiply-accumulates and bytes\n" +
        "moved; and the memory that a run takes.",
    );
  addEntryOptions(command)
    .option(
      "--json",
      'print { "layers": [{ name, layer, outputs, parameters, macs, … }], "total", … } instead',
    )
    .addHelpText("after", help)
    .action(async (file: string, options: InfoOptions) => {
      const info = infoOf(await inspectNet(file, options, io));
      io.out(options.json ? jsonLine(infoJson(info)) : infoText(info));
    });
}
