/** `nnc weights diff`: shows the differences between two files of weights. */
import { Argument, type Command } from "commander";
import { visible } from "../../../runtime/visible.ts";
import { counted } from "../../inspect/text.ts";
import { diffTensors, tensorsDiffText } from "../../weights/compare.ts";
import { Reader } from "../read-file.ts";
import { exit, Failure, type Io } from "../io.ts";
import { jsonLine } from "../screen.ts";
import { readTensors } from "../tensor-files.ts";

interface WeightsOptions {
  readonly json?: true;
  readonly exitCode?: true;
}

const help = `
Tensors are matched by their names. Where shapes agree, values are compared, whatever
their dtypes: how many differ, by how much at most, and the norm of the difference
relative to that of the first file's tensor. Metadata are not compared. As with git diff,
the exit code is 0 whether or not there are differences; --exit-code makes it 1 where
there are. nnc info shows what is in one file.

Examples:
  nnc weights diff before.safetensors after.safetensors
  nnc weights diff model.safetensors.index.json merged.safetensors --exit-code
`;

export function addWeights(program: Command, io: Io): void {
  program
    .command("weights")
    .summary("show what differs between two files of weights")
    .description(
      "Show what differs between two files of weights (.safetensors, or an index of several) or two arrays (.npy).",
    )
    .addArgument(new Argument("<what>", "what to do").choices(["diff"]))
    .argument("<old>")
    .argument("<new>")
    .option("--json", 'print { "changes": [{ before, after, distance }], "same" } instead')
    .option("--exit-code", "exit with 1 if they differ")
    .addHelpText("after", help)
    .action((_what: string, before: string, after: string, options: WeightsOptions) =>
      diffFiles(before, after, options, io),
    );
}

function diffFiles(before: string, after: string, options: WeightsOptions, io: Io): void {
  const reader = new Reader(io);
  const diff = diffTensors(readTensors(before, reader).tensors, readTensors(after, reader).tensors);
  const isEqual = diff.changes.length === 0;
  if (options.json) io.out(jsonLine(diff));
  else if (isEqual)
    io.out(`${visible(before)} and ${visible(after)} have the same ${counted(diff.same, "tensor")}\n`);
  else io.out(tensorsDiffText(diff));
  if (options.exitCode && !isEqual) throw new Failure("", exit.input);
}
