/** Every net of the goldens and examples can be looked at, and what is shown of it agrees with itself. */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { boxesOf, type Diagram } from "../../compiler/inspect/diagram/diagram.ts";
import { dot } from "../../compiler/inspect/diagram/dot.ts";
import { kernelDiagram } from "../../compiler/inspect/diagram/draw-kernels.ts";
import { layerDiagram } from "../../compiler/inspect/diagram/draw-layers.ts";
import { mermaid } from "../../compiler/inspect/diagram/mermaid.ts";
import { outlineText } from "../../compiler/inspect/diagram/text-outline.ts";
import { diffNets } from "../../compiler/inspect/diff.ts";
import { explain, explainText } from "../../compiler/inspect/explain.ts";
import { infoJson, infoOf, infoText } from "../../compiler/inspect/info.ts";
import { layersOf } from "../../compiler/inspect/layers.ts";
import { isEqual } from "../../compiler/inspect/print-diff.ts";
import { add, key, type Size } from "../../compiler/ir/size/size.ts";
import { golden, goldenNames } from "../golden-case.ts";
import { inspected, source, type NetOptions } from "./support.ts";

const examples = readdirSync("examples").filter((file) => file.endsWith(".nn"));

const nets: (readonly [string, string, NetOptions])[] = [
  ...goldenNames.flatMap((name) => {
    const { text, options, plan } = golden(name);
    const { filename: file, entry, mode, args } = options;
    return plan ? [[name, text, { file, entry, mode, args }] as const] : [];
  }),
  ...examples.map((name) => [name, source(`examples/${name}`), { file: name }] as const),
];

test.each(nets)("%s", (_, text, options) => {
  const inspection = inspected(text, options);
  const { graph, mode, plan } = inspection;
  const layers = layersOf(graph);

  const names = layers.map((layer) => layer.name);
  expect(new Set(names).size).toBe(names.length);

  const info = infoOf(inspection);
  const sum = (sizes: readonly Size[]): string => key(sizes.reduce(add, 0));
  const unused = info.unused.map(({ type }) => (type.shape as number[]).reduce((a, b) => a * b, 1));
  expect(sum([...info.layers.map((row) => row.parameters), ...unused])).toBe(
    sum([info.parameters.count, info.buffers.count]),
  );
  expect(sum(info.layers.map((row) => row.macs))).toBe(key(info.total.macs));
  // A copy of a new state to where the next step reads it belongs to no group.
  expect(info.kernels.run).toHaveLength(plan.run.filter(({ group }) => group !== undefined).length);
  expect(info.memory.intermediates.count).toBe(info.memory.slots.reduce((all, slot) => all + slot.holds, 0));
  const lines = infoText(info).split("\n");
  for (const name of names) expect(lines.some((line) => line.startsWith(name))).toBe(true);
  expect(() => JSON.stringify(infoJson(info))).not.toThrow();

  const told = explainText(inspection, explain(inspection));
  expect(told).not.toMatch(/undefined|NaN|\[object/);
  expect(told).toContain("\nemit\n");

  for (const diagram of [layerDiagram(graph), kernelDiagram(inspection)]) complete(diagram);
  const drawn = [...boxesOf(layerDiagram(graph).members)].map((box) => box.name);
  expect(drawn).toEqual(expect.arrayContaining(names));

  expect(isEqual(diffNets(graph, graph, mode))).toBe(true);
});

/** Edges end at boxes that are drawn, and each text has as many boxes as there are. */
function complete(diagram: Diagram): void {
  const boxes = [...boxesOf(diagram.members)];
  expect(new Set(boxes).size).toBe(boxes.length);
  for (const { from, to, label } of diagram.edges) {
    expect(boxes).toContain(from);
    expect(boxes).toContain(to);
    expect(label).toMatch(/^(f32|i32|bool)\[.*\]$/);
  }
  expect(mermaid(diagram).match(/^ +n\d+[[(]/gm)).toHaveLength(boxes.length);
  expect(dot(diagram).match(/^ +n\d+ \[/gm)).toHaveLength(boxes.length);
  expect(outlineText(diagram).split("\n").length).toBeGreaterThan(boxes.length);
}
