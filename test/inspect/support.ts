/** Nets from their texts, for the tests of what shows nets. */
import { readFileSync } from "node:fs";
import { formatDiagnostic } from "../../grammar/diagnostics.ts";
import { inspect, type Inspection } from "../../compiler/inspect/inspect.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import type { LayerOp, Mode } from "../../compiler/layers/record.ts";
import { resolve, type EntryArgs } from "../../compiler/resolve/index.ts";

export interface NetOptions {
  readonly file?: string;
  readonly mode?: Mode;
  readonly args?: EntryArgs;
}

export function net(text: string, { file = "net.nn", mode = "eval", args }: NetOptions = {}): Graph<LayerOp> {
  const { graph, diagnostics, sources } = resolve({ file, text }, { mode, args, read: source });
  if (!graph) throw new Error(diagnostics.map((one) => formatDiagnostic(one, sources)).join("\n"));
  return graph;
}

export function inspected(text: string, options: NetOptions = {}): Inspection {
  return inspect(net(text, options), options.mode ?? "eval");
}

export function source(file: string): string {
  return readFileSync(file, "utf8");
}
