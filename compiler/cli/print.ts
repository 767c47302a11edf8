/** `nnc print`: a net as it stands after a stage or pass. */
import { Option, type Command } from "commander";
import { format } from "../../grammar/format.ts";
import { moduleHeader } from "../emit/header.ts";
import { moduleText } from "../emit/module.ts";
import { NnError } from "../error.ts";
import { resolving } from "../options.ts";
import { passNames, plan } from "../pipeline.ts";
import { printStage } from "../print.ts";
import { resolve } from "../resolve/index.ts";
import { Reader } from "./files.ts";
import { exit, Failure, type Io } from "./io.ts";
import { addEntryOptions, entryOptions, type EntryOptions } from "./options.ts";

interface PrintOptions extends EntryOptions {
  readonly after?: string;
  readonly each?: true;
}

/** All that can be printed, in order: the text, what the passes make of it, the module. */
const stageNames: readonly string[] = ["parse", ...passNames, "emit"];

const help = `
parse is the canonical text, resolve the graph of layers, emit the module without weights.

Examples:
  nnc print mlp.nn --after resolve
  nnc print mlp.nn --after fuse
  nnc print mlp.nn --each
`;

export function addPrint(program: Command, io: Io): void {
  const command = program
    .command("print <file>")
    .summary("show what a stage or pass makes of a net")
    .description("Print a net as it stands after a stage or pass of the compiler.")
    .addOption(new Option("--after <pass>", "which one").choices(stageNames).conflicts("each"))
    .option("--each", "all of them, each with the time it took");
  addEntryOptions(command)
    .addHelpText("after", help)
    .action((file: string, options: PrintOptions) => printFile(file, options, io));
}

async function printFile(file: string, options: PrintOptions, io: Io): Promise<void> {
  const { after, each } = options;
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
  const made = plan(graph, {
    mode: asked.mode,
    onStart: (name) => io.step?.(`${source.file}: ${name}`),
    onPass: (name, stage, milliseconds) => show(name, () => printStage(stage), name === "resolve" ? undefined : milliseconds), // prettier-ignore
  });
  show("emit", () => moduleText(made, { header: moduleHeader(source.text, source.file) }).code);
}
