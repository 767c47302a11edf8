/** Makes the layer graph of the file that a command is called with, for the commands that show nets. */
import { NnError } from "../../grammar/nn-error.ts";
import { inspect, type Inspection } from "../inspect/inspect.ts";
import type { Graph } from "../ir/graph/graph.ts";
import type { LayerOp } from "../layers/record.ts";
import { resolving } from "../drive/options.ts";
import { resolve } from "../resolve/index.ts";
import { nameOf, Reader } from "./read-file.ts";
import type { Io } from "./io.ts";
import {
  checkRelaxed,
  checkThreads,
  entryOptions,
  leftOut,
  type EntryOptions,
  type ModelOptions,
} from "./common-options.ts";
import { showDiagnostics } from "./report.ts";
import { narrowDtypes } from "../weights/narrow-state.ts";
import { targetsFor } from "../pipeline/choose-target.ts";

/** Reads and resolves the net. Warnings go to the error stream, and weights are not read. */
export async function readNet(
  file: string,
  options: EntryOptions,
  io: Io,
  reader: Reader = new Reader(io),
): Promise<Graph<LayerOp>> {
  const source = await reader.source(file);
  io.step?.(`${source.file}: resolve`);
  const asked = resolving(entryOptions(source, options, reader));
  const { graph, diagnostics, sources, named } = resolve(source, asked);
  reader.named.push(...named);
  if (!graph) throw new NnError(diagnostics, sources);
  showDiagnostics(diagnostics, sources, io);
  return graph;
}

/** The net, with the results of all passes. */
export async function inspectNet(
  file: string,
  options: EntryOptions &
    Partial<Pick<ModelOptions, "without" | "target" | "exact" | "relaxed" | "threads" | "weightsAs">>,
  io: Io,
  reader?: Reader,
): Promise<Inspection> {
  const { mode, without = [], target = "auto", exact, relaxed, threads, weightsAs } = options;
  checkRelaxed(relaxed, target);
  checkThreads(threads, target);
  const graph = await readNet(file, options, io, reader);
  return inspect(graph, mode, {
    without: leftOut(without, exact),
    ...targetsFor(target, graph, mode, { relaxed, threads: threads !== undefined }),
    ...(relaxed && { relaxed }),
    ...(threads !== undefined && { threads: true as const }),
    ...(weightsAs && { weightsAs: narrowDtypes[weightsAs] }),
    onStart: (pass) => io.step?.(`${nameOf(file)}: ${pass}`),
  });
}
