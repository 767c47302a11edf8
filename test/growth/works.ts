/** What is done with a text, and what comes of it: the code of the first diagnostic, if any, and how many characters. */
import { check, compile, emit, loadSafetensors, tensor, NnError } from "../../compiler/index.ts";
import { loadNpy } from "../../runtime/index.ts";
import { parseInputJson } from "../../compiler/cli/input-json.ts";
import { diffNets } from "../../compiler/inspect/diff.ts";
import { dot } from "../../compiler/inspect/diagram/dot.ts";
import { kernelDiagram } from "../../compiler/inspect/diagram/draw-kernels.ts";
import { layerDiagram } from "../../compiler/inspect/diagram/draw-layers.ts";
import { mermaid } from "../../compiler/inspect/diagram/mermaid.ts";
import { outlineText } from "../../compiler/inspect/diagram/text-outline.ts";
import { explain, explainText } from "../../compiler/inspect/explain.ts";
import { infoOf, infoText } from "../../compiler/inspect/info.ts";
import { inspect, type Inspection } from "../../compiler/inspect/inspect.ts";
import { diffText } from "../../compiler/inspect/print-diff.ts";
import { plan } from "../../compiler/pipeline/pipeline.ts";
import { printStage } from "../../compiler/pipeline/stage.ts";
import { resolve } from "../../compiler/resolve/index.ts";
import { format, formatDiagnostic, parse, type Diagnostic } from "../../grammar/index.ts";

export interface Outcome {
  readonly code?: string;
  readonly characters: number;
}

const file = "net.nn";

const works = {
  parse: (text: string) => said(parse({ file, text }).diagnostics, text),
  format: (text: string) => {
    const result = format({ file, text });
    return "text" in result ? { characters: result.text.length } : said(result.diagnostics, text);
  },
  check: (text: string) => said(check(text), text),
  emit: (text: string) => {
    const { code, types } = emit(text, { external: true });
    return { characters: code.length + types.length };
  },
  info: (text: string) => shown(infoText(infoOf(inspected(text)))),
  explain: (text: string) => {
    const inspection = inspected(text);
    return shown(explainText(inspection, explain(inspection)));
  },
  graph: (text: string) => {
    const inspection = inspected(text);
    const diagrams = [layerDiagram(inspection.graph), kernelDiagram(inspection)];
    return shown(diagrams.flatMap((one) => [dot(one), mermaid(one), outlineText(one)]).join(""));
  },
  diff: (text: string) => {
    const [before, after] = [text, text.replaceAll("ReLU", "Tanh")].map(graphOf);
    return shown(diffText(diffNets(before!, after!, "eval")));
  },
  print: (text: string) => {
    const texts: string[] = [];
    plan(graphOf(text), { mode: "eval", onPass: (_, stage) => texts.push(printStage(stage)) });
    return shown(texts.join(""));
  },
  JSON: (text: string) => {
    parseInputJson({ file: "input.json", text });
    return { characters: 0 };
  },
  safetensors: (text: string) => {
    const header = new TextEncoder().encode(text);
    const bytes = new Uint8Array(8 + header.length + 4 * 10_000);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(header, 8);
    return refused(() => loadSafetensors(bytes));
  },
  npy: (text: string) => {
    const header = new TextEncoder().encode(text);
    const bytes = new Uint8Array(12 + header.length + 4);
    bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0]);
    new DataView(bytes.buffer).setUint32(8, header.length, true);
    bytes.set(header, 12);
    return refused(() => loadNpy(bytes));
  },
  weights: (text: string) => {
    const names = text.split("\n");
    const given = Object.fromEntries(names.map((name) => [name, tensor([1])]));
    const label = names.length === 1 ? "a".repeat(names[0]!.length) : "layers.{i}";
    compile(`x -> Repeat(${names.length}) as i { "${label}": PReLU }`, { weights: given });
    return { characters: 0 };
  },
} satisfies Record<string, (text: string) => Outcome>;

export type Work = keyof typeof works;

export function done(work: Work, text: string): Outcome {
  try {
    return works[work](text);
  } catch (cause) {
    if (cause instanceof NnError) return said(cause.diagnostics, text);
    throw cause;
  }
}

function said(diagnostics: readonly Diagnostic[], text: string): Outcome {
  const messages = diagnostics.map((one) => formatDiagnostic(one, [{ file, text }]));
  const [first] = diagnostics;
  return { ...(first && { code: first.code }), characters: messages.join("\n").length };
}

function refused(run: () => unknown): Outcome {
  try {
    run();
    return { characters: 0 };
  } catch (cause) {
    return { characters: String((cause as Error).message).length };
  }
}

const shown = (text: string): Outcome => ({ characters: text.length });

function graphOf(text: string): Inspection["graph"] {
  const { graph, diagnostics, sources } = resolve({ file, text }, { mode: "eval" });
  if (!graph) throw new NnError(diagnostics, sources);
  return graph;
}

const inspected = (text: string): Inspection => inspect(graphOf(text), "eval");
