/** Nets from their texts, for the tests of what shows nets. */
import { readFileSync } from "node:fs";
import { formatDiagnostic } from "../../grammar/diagnostics.ts";
import { inspect, type Inspection } from "../../compiler/inspect/inspect.ts";
import type { Graph } from "../../compiler/ir/graph/graph.ts";
import type { LayerOp, Mode } from "../../compiler/layers/record.ts";
import { resolve, type EntryArgs } from "../../compiler/resolve/index.ts";

export interface NetOptions {
  readonly file?: string | undefined;
  readonly entry?: string | undefined;
  readonly mode?: Mode | undefined;
  readonly args?: EntryArgs | undefined;
}

export function net(text: string, options: NetOptions = {}): Graph<LayerOp> {
  const { file = "net.nn", entry, mode = "eval", args } = options;
  const { graph, diagnostics, sources } = resolve({ file, text }, { entry, mode, args, read: source });
  if (!graph) throw new Error(diagnostics.map((one) => formatDiagnostic(one, sources)).join("\n"));
  return graph;
}

export function inspected(text: string, options: NetOptions = {}): Inspection {
  return inspect(net(text, options), options.mode ?? "eval");
}

export function source(file: string): string {
  return readFileSync(file, "utf8");
}
