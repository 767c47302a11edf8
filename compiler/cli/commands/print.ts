/** `nnc print`: prints a net as it is after a stage or pass. */
import { Option, type Command } from "commander";
import { format } from "../../../grammar/format.ts";
import { moduleHeader } from "../../emit/host/header.ts";
import { moduleText } from "../../emit/host/module.ts";
import { NnError } from "../../../grammar/nn-error.ts";
import { resolving } from "../../drive/options.ts";
import { optionalPasses } from "../../pipeline/optional-passes.ts";
import { passes, passNames, plan } from "../../pipeline/pipeline.ts";
import { printStage } from "../../pipeline/stage.ts";
import { resolve } from "../../resolve/index.ts";
import { Reader } from "../read-file.ts";
import { exit, Failure, type Io } from "../io.ts";
import {
  addEntryOptions,
  checkRelaxed,
  checkThreads,
  entryOptions,
  exactOption,
  leftOut,
  relaxedOption,
  threadsOption,
  targetOption,
  weightsAsOption,
  withoutOption,
  type EntryOptions,
} from "../common-options.ts";
import { wasmModule } from "../../emit/wasm/wasm-module.ts";
import { watText } from "../../emit/wasm/wat.ts";
import { targetsFor } from "../../pipeline/choose-target.ts";
import type { TargetChoice } from "../../target/index.ts";
import { narrowDtypes, type WeightsAs } from "../../weights/narrow-state.ts";

interface PrintOptions extends EntryOptions {
  readonly after?: string;
  readonly each?: true;
  readonly passes?: true;
  readonly without: readonly string[];
  readonly target: TargetChoice;
  readonly exact?: true;
  readonly relaxed?: true;
  readonly weightsAs?: WeightsAs;
  readonly threads?: true;
}

/** The stages that can be printed, in order: the syntax tree, the results of the passes, the module. */
const stageNames: readonly string[] = ["parse", ...passNames, "wasm", "emit"];

const help = `
parse is the canonical text, resolve the graph of layers, emit the module without weights. wasm is the
text format of the kernels in WebAssembly; --after wasm implies --target wasm.

Examples:
  nnc print mlp.nn --after resolve
  nnc print mlp.nn --after fuse
  nnc print mlp.nn --each
  nnc print mlp.nn --after wasm
  nnc print mlp.nn --after emit --without fold
  nnc print --passes
`;

export function addPrint(program: Command, io: Io): void {
  const command = program
    .command("print [file]")
    .summary("show what a stage or pass makes of a net")
    .description("Print a net as it stands after a stage or pass of the compiler.")
    .addOption(new Option("--after <pass>", "which one").choices(stageNames).conflicts("each"))
    .option("--each", "all of them, each with the time it took")
    .addOption(
      new Option("--passes", "the passes themselves, and why each stands where it stands").conflicts([
        "after",
        "each",
      ]),
    )
    .addOption(targetOption())
    .addOption(exactOption())
    .addOption(relaxedOption())
    .addOption(weightsAsOption())
    .addOption(threadsOption())
    .addOption(withoutOption());
  addEntryOptions(command)
    .addHelpText("after", help)
    .action(async (file: string | undefined, options: PrintOptions) => {
      if (options.passes) return io.out(passesText());
      if (file === undefined) throw new Failure("name the file to print", exit.usage);
      return printFile(file, options, io);
    });
}

/** The list of passes in their order, each with the passes that it must follow or precede. */
function passesText(): string {
  return passes
    .map(({ name, order }) => {
      const rules = order.map((rule) => {
        const side = "after" in rule ? `after ${rule.after}` : `before ${rule.before}`;
        return `  ${side}: ${rule.because}\n`;
      });
      return `${name}${optionalPasses.includes(name) ? " (optional)" : ""}\n${rules.join("")}`;
    })
    .join("");
}

async function printFile(file: string, options: PrintOptions, io: Io): Promise<void> {
  const { after, each } = options;
  checkRelaxed(options.relaxed, options.target);
  checkThreads(options.threads, options.target);
  if (after === undefined && !each)
    throw new Failure(
      ["say what to print: --each, or --after with one of", `  ${stageNames.join(" ")}`],
      exit.usage,
    );
  let before = "";
  const show = (name: string, text: () => string, milliseconds?: number): void => {
    if (after !== undefined && after !== name) return;
    const shown = text();
    if (after === "parse") return (io.source ?? io.out)(shown);
    if (after !== undefined) return io.out(shown);
    const time = milliseconds === undefined ? "" : ` (${milliseconds.toFixed(2)} ms)`;
    io.out(shown === before ? `### ${name}${time}: no change\n\n` : `### ${name}${time}\n${shown}\n`);
    before = shown;
  };

  const reader = new Reader(io);
  const source = await reader.source(file);
  const formatted = format(source);
  if ("diagnostics" in formatted) throw new NnError(formatted.diagnostics, [source]);
  show("parse", () => formatted.text);
  if (after === "parse") return;

  const asked = resolving(entryOptions(source, options, reader));
  const { graph, diagnostics, sources } = resolve(source, asked);
  if (!graph) throw new NnError(diagnostics, sources);
  const { target } = targetsFor(after === "wasm" ? "wasm" : options.target, graph, asked.mode, {
    relaxed: options.relaxed,
    threads: options.threads,
  });
  const made = plan(graph, {
    mode: asked.mode,
    target,
    without: leftOut(options.without, options.exact),
    ...(options.weightsAs && { weightsAs: narrowDtypes[options.weightsAs] }),
    onStart: (name) => io.step?.(`${source.file}: ${name}`),
    onPass: (name, stage, milliseconds) =>
      show(name, () => printStage(stage), name === "resolve" ? undefined : milliseconds),
  });
  if (target.name === "wasm") show("wasm", () => watText(wasmModule(made).module));
  show("emit", () => moduleText(made, { header: moduleHeader(source.text, source.file) }).code);
}
