/** Drawings of nets: whole texts as snapshots, and that labels arrive whatever they hold. */
import { expect, test } from "vitest";
import { boxesOf, type Diagram } from "../../compiler/inspect/diagram/diagram.ts";
import { dot } from "../../compiler/inspect/diagram/dot.ts";
import { kernelDiagram } from "../../compiler/inspect/diagram/draw-kernels.ts";
import { layerDiagram } from "../../compiler/inspect/diagram/draw-layers.ts";
import { mermaid } from "../../compiler/inspect/diagram/mermaid.ts";
import { outlineText } from "../../compiler/inspect/diagram/text-outline.ts";
import { svg } from "../../compiler/inspect/diagram/svg.ts";
import { inspected, net, source } from "./support.ts";
import { elementsOf, parseXml } from "./xml.ts";

const nets = {
  "layernorm-prelu": "LayerNorm(10, eps=0) -> PReLU(0.25)\n",
  blocks: source("examples/classifier.nn"),
};

const diagrams = Object.entries(nets).flatMap(([name, text]): [string, Diagram][] => [
  [name, layerDiagram(net(text))],
  [`${name}.kernels`, kernelDiagram(inspected(text))],
]);

test.each(diagrams)("%s", async (name, diagram) => {
  await expect(outlineText(diagram)).toMatchFileSnapshot(`golden/${name}.graph.txt`);
  await expect(mermaid(diagram)).toMatchFileSnapshot(`golden/${name}.graph.mmd`);
  await expect(dot(diagram)).toMatchFileSnapshot(`golden/${name}.graph.dot`);
});

/** Of boxes, clusters and edges. */
function labels(diagram: Diagram): string[] {
  const clusters = (members: Diagram["members"]): string[] =>
    members.flatMap((member) => (member.kind === "box" ? [] : [member.label, ...clusters(member.members)]));
  const boxes = [...boxesOf(diagram.members)].flatMap(({ name, text }) => [
    name,
    ...(text === undefined ? [] : [text]),
  ]);
  return [...boxes, ...clusters(diagram.members), ...diagram.edges.map(({ label }) => label)];
}

async function drawnTexts(diagram: Diagram): Promise<string[]> {
  const root = parseXml(await svg(diagram));
  expect(root.name).toBe("svg");
  return elementsOf(root, "text").map(({ text }) => text.trim());
}

test.each(diagrams)("%s: the drawing is well-formed and has every label", async (_, diagram) => {
  const texts = await drawnTexts(diagram);
  expect([...texts].sort()).toEqual(labels(diagram).sort());
});

const hostile = [
  `a "b" <c> & |d|; end`,
  `</text><script>alert(1)</script>`,
  `e\\n\\N\\G \\l`,
  "#x --> y %% &lt; &amp; 日本",
  "subgraph [x] ((",
  "` * _ ~ 1. x",
  "]]> -- <!-- -->",
  "\u001b[31mred\u0000\u202e",
];

const hostileText = `model M {\n  input x: f32[N, 4]\n  output y = x -> ${hostile
  .map((label) => `"${label.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}": ReLU`)
  .join(" -> ")}\n}\n`;

test("hostile labels arrive in every format", async () => {
  const diagram = layerDiagram(net(hostileText));
  const names = [...boxesOf(diagram.members)].map(({ name }) => name).filter((name) => name.length > 1);
  expect(names).toHaveLength(hostile.length);
  // What controls a terminal is written as its code; all else is as it was.
  expect(names.slice(0, -1)).toEqual(hostile.slice(0, -1));
  expect(names.at(-1)).toBe("\\u{1b}[31mred\\u{0}\\u{202e}");
  expect(await drawnTexts(diagram)).toEqual(expect.arrayContaining(names));
  expect(
    outlineText(diagram)
      .split("\n")
      .filter((line) => line.includes("ReLU")),
  ).toHaveLength(hostile.length);

  const drawn = mermaid(diagram);
  const decoded = drawn.replaceAll(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
  for (const name of names) expect(decoded).toContain(`<br>${name}"]`);
  // Nothing but letters, digits, harmless marks and codes is left inside the quotes.
  for (const line of drawn.split("\n").filter((one) => one.includes("ReLU")))
    expect(line).toMatch(/^ {2}n\d+\["ReLU<br>[\p{L}\p{N} .,:()[\]=·/#;]*"\]$/u);
  for (const line of dot(diagram)
    .split("\n")
    .filter((one) => one.includes("ReLU")))
    expect(line).toMatch(
      /^ {2}n\d+ \[label="ReLU\\n(?:[^"\\]|\\["\\])*", shape=[^"]*"filled", [^"]*"#\w+"\];$/,
    );
});

test("scopes: blocks and rounds, expressions of several operators, but not a shared layer", () => {
  const text =
    "model M {\n  input x: f32[N, 4]\n  fc = Linear(4, 4)\n  h = x * x + x\n" +
    "  output y = h -> fc -> b: Repeat(2) { Residual { ReLU -> Tanh } } -> fc\n}\n";
  expect(outlineText(layerDiagram(net(text)))).toMatchInlineSnapshot(`
    "M

    x      input         f32[N, 4]
    h
      #1   Mul           f32[N, 4]
      #2   Add           f32[N, 4]  from h#1, x
    fc#1   Linear(4, 4)  f32[N, 4]
    b
      0
        0  ReLU          f32[N, 4]
        1  Tanh          f32[N, 4]
        -  Add           f32[N, 4]  from b.0.1, fc#1
      1
        0  ReLU          f32[N, 4]
        1  Tanh          f32[N, 4]
        -  Add           f32[N, 4]  from b.1.1, b.0
    fc#2   Linear(4, 4)  f32[N, 4]
    y      output        f32[N, 4]
    "
  `);
});

test("literals stand in their readers, and parameters of their own are boxes", () => {
  const text =
    "model M {\n  input x: f32[N, 4]\n  param p: f32[4] = Ones\n  output y = (1 - x) * p / 2, three = 3\n}\n";
  expect(outlineText(layerDiagram(net(text)))).toMatchInlineSnapshot(`
    "M

    x      input     f32[N, 4]
    p      param     f32[4]
    y
      #1   1 - ·     f32[N, 4]  from x
      #2   Mul       f32[N, 4]  from y#1, p
      #3   · / 2     f32[N, 4]
    3      constant  i32[]
    y      output    f32[N, 4]  from y#3
    three  output    i32[]      from 3
    "
  `);
});

test("kernels read from kernels: those that prepare are a cluster of their own", () => {
  const text = "fc: Linear(4, 3) -> bn: BatchNorm1d(3) -> LayerNorm(3)\n";
  expect(outlineText(kernelDiagram(inspected(text)))).toMatchInlineSnapshot(`
    "net

    prepare
      BatchNorm1d       BatchNorm1d (bn)               f32[3], f32[1, 3]
      BatchNorm1d#1     BatchNorm1d (bn)               f32[3, 4]
    x                   input                          f32[N, 4]
    Linear_BatchNorm1d  Linear (fc), BatchNorm1d (bn)  f32[N, 3]          from x, prepare.BatchNorm1d#1, prepare.BatchNorm1d
    LayerNorm           LayerNorm (2)                  f32[N, 3]
    y                   output                         f32[N, 3]
    "
  `);
});

test("a kernel in a scope keeps its name, though that begins like the scope's", () => {
  const text =
    "block Two { a: Linear(4, 4) -> b: Linear(4, 4) }\nmodel M { input x: f32[4]; output y = x -> Lin: Two() }\n";
  expect(outlineText(kernelDiagram(inspected(text)))).toMatchInlineSnapshot(`
    "M

    x           input           f32[4]
    Lin
      Linear    Linear (Lin.a)  f32[4]
      Linear#1  Linear (Lin.b)  f32[4]
    y           output          f32[4]
    "
  `);
});
