/** `nnc diff`: shows the differences between two nets. */
import type { Command } from "commander";
import { visible } from "../../../runtime/visible.ts";
import { diffNets } from "../../inspect/diff.ts";
import { diffJson, diffText, isEqual } from "../../inspect/print-diff.ts";
import { nameOf } from "../read-file.ts";
import { exit, Failure, type Io } from "../io.ts";
import { readNet } from "../net.ts";
import { addEntryOptions, type EntryOptions } from "../common-options.ts";
import { jsonLine } from "../screen.ts";

interface DiffOptions extends EntryOptions {
  readonly json?: true;
  readonly exitCode?: true;
}

const help = `
Layers are the same by weight path first, and then by their order; names of blocks and
values, comments and spaces make no difference. The options hold for both nets. As with
git diff, the exit code is 0 whether or not there are differences; --exit-code makes it 1
where there are.

Examples:
  nnc diff old.nn new.nn
  nnc diff old.nn new.nn --arg N=8 --json
  nnc diff --exit-code generated.nn written.nn
`;

export function addDiff(program: Command, io: Io): void {
  const command = program
    .command("diff <before> <after>")
    .summary("show what differs between two nets")
    .description(
      "Show what differs between two nets: layers, arguments, flow, shapes, parameters and costs.",
    );
  addEntryOptions(command)
    .option("--json", 'print { "equal", "ends", "layers", "totals" } instead')
    .option("--exit-code", "exit with 1 if the nets differ")
    .addHelpText("after", help)
    .action((before: string, after: string, options: DiffOptions) => diffFiles(before, after, options, io));
}

async function diffFiles(before: string, after: string, options: DiffOptions, io: Io): Promise<void> {
  const nets = [await readNet(before, options, io), await readNet(after, options, io)] as const;
  const diff = diffNets(...nets, options.mode);
  if (options.json) io.out(jsonLine(diffJson(diff)));
  else
    io.out(
      isEqual(diff)
        ? `${visible(nameOf(before))} and ${visible(nameOf(after))} are the same net\n`
        : diffText(diff),
    );
  if (options.exitCode && !isEqual(diff)) throw new Failure("", exit.input);
}
