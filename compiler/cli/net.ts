/** From the file that a command is about to its layer graph: what the commands that show nets share. */
import { formatDiagnostic } from "../../grammar/diagnostics.ts";
import { NnError } from "../error.ts";
import type { Graph } from "../ir/graph.ts";
import type { LayerOp } from "../layers/record.ts";
import { resolve } from "../resolve/index.ts";
import { Reader } from "./files.ts";
import type { Io } from "./io.ts";
import type { EntryOptions } from "./options.ts";

/** Warnings go to the error stream; weights are not read. */
export function readNet(file: string, { entry, arg, mode }: EntryOptions, io: Io): Graph<LayerOp> {
  const reader = new Reader();
  const source = { file, text: reader.main(file) };
  const read = (path: string): string => String(reader.read(path));
  const { graph, diagnostics, sources } = resolve(source, { entry, args: arg, mode, read });
  if (!graph) throw new NnError(diagnostics, sources);
  for (const warning of diagnostics) io.err(`${formatDiagnostic(warning, sources)}\n`);
  return graph;
}
