/** The text of `nnc explain`: what the compiler made of a net and why, pass by pass, in sentences. */
import { functionKey } from "../ir/plan/print-plan.ts";
import { explainFuse } from "./explain/kernels-section.ts";
import { explainMemory } from "./explain/memory-section.ts";
import { explainSchedule } from "./explain/schedule-section.ts";
import { Owners } from "./explain/owners.ts";
import { say, told, type Sentence } from "./explain/say.ts";
import { explainExpand, explainSplit, explainTensors } from "./explain/tensors-section.ts";
import type { Inspection } from "./inspect.ts";
import { layersOf, modeText } from "./layers.ts";
import { counted, groupedNumber } from "./text.ts";
import { AUTO_MACS } from "../target/index.ts";
import { visible } from "../../runtime/visible.ts";

/** The account of one pass. */
export interface Section {
  readonly pass: string;
  readonly sentences: readonly string[];
}

/** The accounts of the passes that changed something, in their order. */
export function explain(inspection: Inspection): Section[] {
  const { graph, tensors, program, groups, plan } = inspection;
  const layers = layersOf(graph);
  const owners = new Owners(layers);
  const [first, ...rest] = tensors;
  const sections: [string, readonly Sentence[]][] = [
    [first!.pass, explainExpand(layers, first!.graph, owners)],
  ];
  rest.forEach(({ pass, graph: after }, i) => {
    sections.push([pass, explainTensors(pass, tensors[i]!.graph, after, owners)]);
  });
  sections.push(
    ["split", explainSplit(program, owners)],
    ["fuse", explainFuse(groups.run, owners)],
    ["schedule", explainSchedule(plan, groups.run, owners, inspection.target)],
    ["memory", explainMemory(plan, groups.run, owners)],
    ["emit", explainTarget(inspection)],
  );
  return sections.flatMap(([pass, sentences]) =>
    sentences.length > 0 ? [{ pass, sentences: told(sentences) }] : [],
  );
}

function explainTarget({ target, macs, relaxed, threads, plan: { prepare, run } }: Inspection): Sentence[] {
  const calls = prepare.length + run.length;
  const functions = new Set([...prepare, ...run].map(({ kernel }) => functionKey(kernel))).size;
  const shared =
    functions < calls ? `, which are ${counted(functions, "function")}: those of one text are one` : "";
  const before = prepare.length > 0 ? ` after ${groupedNumber(prepare.length)} that prepare it` : "";
  return [
    say`The target is ${target.name}${macs === undefined ? "" : ", which auto stands for"}: ${target.doc}.`,
    ...(macs === undefined ? [] : [explainAuto(macs)]),
    ...(relaxed && !target.relaxed
      ? [say`--relaxed changes nothing here: it is for WebAssembly, which --target wasm chooses.`]
      : []),
    ...(threads && !target.threads
      ? [say`--threads changes nothing here: they are for WebAssembly, which --target wasm chooses.`]
      : []),
    say`A run calls ${counted(run.length, "kernel")}${before}${shared}.`,
  ];
}

function explainAuto(macs: number): Sentence {
  const [least, limit] = [groupedNumber(macs), groupedNumber(AUTO_MACS)];
  return macs < AUTO_MACS
    ? say`A call has ${least} multiply-accumulates where the sizes that it brings are 1; auto is wasm,js from ${limit} on.`
    : say`A call has at least ${least} multiply-accumulates, and auto is wasm,js from ${limit} on: a module has JavaScript, too, for engines without vectors.`;
}

export function explainText({ graph, mode }: Inspection, sections: readonly Section[]): string {
  const texts = sections.map(
    ({ pass, sentences }) => `${pass}\n${sentences.map((text) => `  ${text}\n`).join("")}`,
  );
  return `${visible(graph.name)}, ${modeText(graph, mode)}\n\n${texts.join("\n")}`;
}
