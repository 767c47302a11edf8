/** `nnc explain`: tells what the compiler did with a net, and why. */
import type { Command } from "commander";
import { explain, explainText } from "../../inspect/explain.ts";
import type { Io } from "../io.ts";
import { inspectNet } from "../net.ts";
import type { TargetChoice } from "../../target/index.ts";
import type { WeightsAs } from "../../weights/narrow-state.ts";
import {
  addEntryOptions,
  exactOption,
  relaxedOption,
  threadsOption,
  targetOption,
  weightsAsOption,
  withoutOption,
  type EntryOptions,
} from "../common-options.ts";

interface ExplainOptions extends EntryOptions {
  readonly without: readonly string[];
  readonly target: TargetChoice;
  readonly exact?: true;
  readonly relaxed?: true;
  readonly weightsAs?: WeightsAs;
  readonly threads?: true;
}

const help = `
Layers are named by their weight paths and places. Of sentences that differ in weight
paths alone, as those about the rounds of a Repeat, the first is shown.

Examples:
  nnc explain mlp.nn
  nnc explain encoder.nn --entry Encoder --arg depth=2
  nnc explain classifier.nn --mode train
`;

export function addExplain(program: Command, io: Io): void {
  const command = program
    .command("explain <file>")
    .summary("tell what was fused, folded and prepared, and why")
    .description(
      "Tell, pass by pass, what the compiler made of a net: which layers became one kernel, which did not and why,\n" +
        "what was folded into weights or computed before any run, and which tensors share memory.",
    );
  addEntryOptions(command)
    .addOption(targetOption())
    .addOption(exactOption())
    .addOption(relaxedOption())
    .addOption(weightsAsOption())
    .addOption(threadsOption())
    .addOption(withoutOption())
    .addHelpText("after", help)
    .action(async (file: string, options: ExplainOptions) => {
      const inspected = await inspectNet(file, options, io);
      io.out(explainText(inspected, explain(inspected)));
    });
}
