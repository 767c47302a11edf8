/** `nnc graph`: draws a net, or writes a text from which other programs draw it. */
import { Option, type Command } from "commander";
import { visible } from "../../../runtime/visible.ts";
import type { Diagram } from "../../inspect/diagram/diagram.ts";
import { dot } from "../../inspect/diagram/dot.ts";
import { kernelDiagram } from "../../inspect/diagram/draw-kernels.ts";
import { layerDiagram } from "../../inspect/diagram/draw-layers.ts";
import { mermaid } from "../../inspect/diagram/mermaid.ts";
import { outlineText } from "../../inspect/diagram/text-outline.ts";
import { svg } from "../../inspect/diagram/svg.ts";
import { bytesText } from "../../inspect/text.ts";
import { nameOf, Reader } from "../read-file.ts";
import { exit, Failure, type Io } from "../io.ts";
import { markDrawing, type CommentMarks } from "../mark.ts";
import { inspectNet, readNet } from "../net.ts";
import { addEntryOptions, forceOption, wayOut, type EntryOptions } from "../common-options.ts";
import { notesText } from "../report.ts";
import { writeFiles, type Output } from "../write.ts";

type Format = "text" | "mermaid" | "dot" | "svg";

interface GraphOptions extends EntryOptions {
  readonly format?: Format;
  readonly after: "resolve" | "fuse";
  readonly output?: string;
  readonly force?: true;
}

const printers: Readonly<Record<Format, (diagram: Diagram) => string | Promise<string>>> = {
  text: outlineText,
  mermaid,
  dot,
  svg: drawn,
};

/** How a comment begins in each format. The format "text" has no syntax, as it is only read by people. */
const comments: Readonly<Record<Format, CommentMarks>> = { text: "#", mermaid: "%%", dot: "//", svg: "<!--" };

/** The formats by the extension of the output file. */
const extensions: ReadonlyMap<string, Format> = new Map([
  ["txt", "text"],
  ["mmd", "mermaid"],
  ["mermaid", "mermaid"],
  ["dot", "dot"],
  ["gv", "dot"],
  ["svg", "svg"],
]);

const help = `
Scopes of weight paths, such as blocks and the rounds of a Repeat, are drawn around their
layers. Without --format the name of the output tells: .mmd, .dot or .gv, .svg.

Examples:
  nnc graph mlp.nn
  nnc graph mlp.nn --format mermaid
  nnc graph mlp.nn -o mlp.svg
  nnc graph encoder.nn --entry Encoder --after fuse -o kernels.svg
`;

export function addGraph(program: Command, io: Io): void {
  const command = program
    .command("graph <file>")
    .summary("draw a net")
    .description("Print a net as an indented text, or draw it: its layers, or the kernels they become.")
    .addOption(
      new Option("--format <format>", "text unless the output's name says otherwise").choices(
        Object.keys(printers),
      ),
    )
    .addOption(
      new Option("--after <pass>", "resolve: layers; fuse: kernels")
        .choices(["resolve", "fuse"])
        .default("resolve"),
    )
    .option("-o, --output <file>", "write there instead of printing")
    .addOption(forceOption());
  addEntryOptions(command)
    .addHelpText("after", help)
    .action((file: string, options: GraphOptions) => graphFile(file, options, io));
}

async function graphFile(file: string, options: GraphOptions, io: Io): Promise<void> {
  const { output, after } = options;
  const extension = /\.(\w+)$/.exec(output ?? "")?.[1]?.toLowerCase() ?? "";
  if (output !== undefined && options.format === undefined && /^(png|jpe?g|gif|webp|pdf)$/.test(extension))
    throw new Failure(
      `${output} would be no picture: -o net.svg draws one, and of -o net.dot Graphviz makes others (dot -Tpng)`,
      exit.usage,
    );
  const format = options.format ?? extensions.get(extension) ?? "text";
  const reader = new Reader(io);
  const diagram =
    after === "fuse"
      ? kernelDiagram(await inspectNet(file, options, io, reader))
      : layerDiagram(await readNet(file, options, io, reader));
  const text = await printers[format](diagram);
  if (output === undefined) return io.out(text);
  const content = markDrawing(text, output, comments[format], nameOf(file));
  // A drawing without a mark that has this content was printed, or is from a version that wrote no marks; it may
  // be replaced.
  const written: Output = { path: output, content, kind: "drawing", replaces: text };
  const notes = await writeFiles([written], { force: options.force, never: reader.inputs(), wayOut });
  io.err(notesText(notes));
  io.out(`${visible(output)}  ${bytesText(Buffer.byteLength(content))}\n`);
}

/** Draws the diagram. Graphviz can run out of memory, which becomes a Failure. */
async function drawn(diagram: Diagram): Promise<string> {
  try {
    return await svg(diagram);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new Failure(
      `Graphviz cannot lay this net out (${cause.message}): --format dot gives it to another one`,
    );
  }
}
