import { expect, test } from "vitest";
import { parseXml } from "../inspect/xml.ts";
import { files, folder, nnc, text } from "./support.ts";

const chain = "LayerNorm(10) -> PReLU(0.25)\n";

test("the text format, of layers and of kernels", async () => {
  folder({ "n.nn": chain });
  const { code, out, err } = await nnc(["graph", "n.nn"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatchInlineSnapshot(`
    "n

    x  input          f32[..., 10]
    0  LayerNorm(10)  f32[..., 10]
    1  PReLU          f32[..., 10]
    y  output         f32[..., 10]
    "
  `);
  expect((await nnc(["graph", "n.nn", "--after", "fuse"])).out).toMatchInlineSnapshot(`
    "n

    prepare.PReLU    PReLU (1)                 f32[1, 1, 2]
    x                input                     f32[..., 10]
    LayerNorm_PReLU  LayerNorm (0), PReLU (1)  f32[..., 10]  from x, prepare.PReLU
    y                output                    f32[..., 10]
    "
  `);
});

test.each([
  ["text", /^n\n\nx {2}/],
  ["mermaid", /^flowchart TD\n/],
  ["dot", /^digraph "n" \{\n[^]*\n\}\n$/],
  ["svg", /^<\?xml [^]*<\/svg>\n$/],
])("--format %s", async (format, start) => {
  folder({ "n.nn": chain });
  const { code, out, err } = await nnc(["graph", "n.nn", "--format", format]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(start);
  // A file has the same text, whatever its name, and a comment that says what it is.
  const written = await nnc(["graph", "n.nn", "--format", format, "-o", "out"]);
  expect(written.out).toMatch(/^out {2}\d+(\.\d)? k?B\n$/);
  const marks = text("out").match(/^(?:\/\/|%%|#|<!--) nnc \S+ graph: n\.nn -> out [0-9a-f]{8}(?: -->)?\n/m)!;
  expect(text("out").replace(marks[0], "")).toBe(out);
});

test("the name of the output tells the format", async () => {
  folder({ "n.nn": chain });
  for (const name of ["a.svg", "b.dot", "c.gv", "d.mmd", "e.txt", "f.md"])
    expect((await nnc(["graph", "n.nn", "-o", name])).code).toBe(0);
  expect(parseXml(text("a.svg")).name).toBe("svg");
  expect(text("b.dot")).toMatch(/^\/\/ nnc .*\ndigraph/);
  const drawing = (name: string): string => text(name).replace(/^.*\n/, "");
  expect(drawing("c.gv")).toBe(drawing("b.dot"));
  expect(text("d.mmd")).toMatch(/^%% nnc .*\nflowchart/);
  expect(text("e.txt")).toMatch(/^# nnc .*\nn\n/);
  expect(drawing("f.md")).toBe(drawing("e.txt"));
  expect(files()).toEqual(["a.svg", "b.dot", "c.gv", "d.mmd", "e.txt", "f.md", "n.nn"]);
});

test("what cannot be written or drawn", async () => {
  folder({ "n.nn": chain, "bad.nn": "x -> Linear(3, 4) -> LayerNorm(5)\n" });
  const { code, err } = await nnc(["graph", "n.nn", "-o", "nowhere/n.svg"]);
  expect({ code, err }).toEqual({
    code: 1,
    err: "nnc: cannot write nowhere/n.svg: there is no folder nowhere\n",
  });
  expect(await nnc(["graph", "bad.nn", "-o", "bad.svg"])).toMatchObject({ code: 1, out: "" });
  expect(await nnc(["graph", "n.nn", "--format", "png"])).toMatchObject({ code: 2, out: "" });
  for (const name of ["n.png", "n.PDF"])
    expect(await nnc(["graph", "n.nn", "-o", name])).toEqual({
      code: 2,
      out: "",
      err: `nnc: ${name} would be no picture: -o net.svg draws one, and of -o net.dot Graphviz makes others (dot -Tpng)\n`,
    });
  expect(await nnc(["graph", "n.nn", "--after", "memory"])).toMatchObject({ code: 2, out: "" });
  expect(files()).toEqual(["bad.nn", "n.nn"]);
});
