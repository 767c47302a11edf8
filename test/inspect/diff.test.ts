/** What differs between two nets, and what does not. */
import { describe, expect, test } from "vitest";
import { diffNets, type NetDiff } from "../../compiler/inspect/diff.ts";
import { diffJson, diffText, isEqual } from "../../compiler/inspect/print-diff.ts";
import type { Mode } from "../../compiler/layers/record.ts";
import { net, source } from "./support.ts";

function diff(before: string, after: string, mode: Mode = "eval"): NetDiff {
  return diffNets(net(before, { mode }), net(after, { mode }), mode);
}

const model = (...statements: string[]): string =>
  `model M {\n  input x: f32[N, 4]\n${statements.map((one) => `  ${one}\n`).join("")}}\n`;

describe("the same net", () => {
  test.each([
    ["spaces and comments", "Linear(4, 3)->ReLU", "# a comment\nLinear(4, 3)\n  -> ReLU\n"],
    ["defaults that are written out", "Linear(4, 3)\n", "Linear(4, 3, bias=true)\n"],
    ["a name for a value", model("output y = x -> ReLU"), model("h = x", "output y = h -> ReLU")],
    [
      "a block in place of its body",
      model("output y = x -> a: (Linear(4, 4) -> ReLU)"),
      `block B(d) { Linear(d, d) -> ReLU }\n${model("output y = x -> a: B(4)")}`,
    ],
    ["numbers computed", model("output y = x -> Linear(4, 2 * 3)"), model("output y = x -> Linear(4, 6)")],
    ["itself", source("examples/classifier.nn"), source("examples/classifier.nn")],
  ])("%s", (_, before, after) => {
    const found = diff(before, after);
    expect(isEqual(found)).toBe(true);
    expect(found.totals[0]).toEqual(found.totals[1]);
    expect(diffJson(found)).toMatchObject({ equal: true, ends: [], layers: [] });
  });
});

describe("another net", () => {
  test.each([
    ["an argument", "LayerNorm(4)\n", "LayerNorm(4, eps=0)\n"],
    ["a literal", model("output y = x * 2"), model("output y = x * 3")],
    ["the order of operands", model("output y = x - (x -> Tanh)"), model("output y = (x -> Tanh) - x")],
    ["a path", model("output y = x -> a: Linear(4, 4)"), model("output y = x -> b: Linear(4, 4)")],
    [
      "weights shared or not",
      model("a = Linear(4, 4)", "output y = x -> a -> a"),
      model("a = Linear(4, 4)", "b = Linear(4, 4)", "output y = x -> a -> b"),
    ],
    [
      "how a parameter begins",
      model("param p: f32[4] = Ones", "output y = x + p"),
      model("param p: f32[4] = Zeros", "output y = x + p"),
    ],
    [
      "a parameter or a buffer",
      model("param p: f32[4] = Ones", "output y = x + p"),
      model("buffer p: f32[4] = Ones", "output y = x + p"),
    ],
    [
      "the name of an input",
      "model M { input a: f32[N]\n output y = a -> ReLU }\n",
      "model M { input b: f32[N]\n output y = b -> ReLU }\n",
    ],
    [
      "what an output is",
      model("a = x -> Tanh", "b = x -> Sin", "output p = a, q = b"),
      model("a = x -> Tanh", "b = x -> Sin", "output p = b, q = a"),
    ],
    [
      "a layer nobody uses",
      model("unused = Linear(4, 4)", "output y = x -> ReLU"),
      model("output y = x -> ReLU"),
    ],
  ])("%s", (_, before, after) => {
    expect(isEqual(diff(before, after))).toBe(false);
    expect(isEqual(diff(after, before))).toBe(false);
  });
});

test("layers that come, go, move and change", () => {
  const before = model("output y = x -> Linear(4, 128) -> ReLU -> Dropout(0.5) -> Linear(128, 10)");
  const after = model(
    "output y = x -> Linear(4, 256) -> LayerNorm(256) -> ReLU -> Linear(256, 10) -> Softmax(dim=-1)",
  );
  expect(diffText(diff(before, after))).toMatchInlineSnapshot(`
    "~ y.0  Linear(4, 256)
        out_features  128 -> 256
        output        f32[N, 128] -> f32[N, 256]
        parameters    640 -> 1,280
        MACs          512 * N -> 1,024 * N
        read          16 B * N + 2.6 kB -> 16 B * N + 5.1 kB
        written       512 B * N -> 1.0 kB * N
    + y.1  LayerNorm(256): f32[N, 256]
    ~ y.1 -> y.2  ReLU
        output   f32[N, 128] -> f32[N, 256]
        read     512 B * N -> 1.0 kB * N
        written  512 B * N -> 1.0 kB * N
    - y.2  Dropout: f32[N, 128]
    ~ y.3  Linear(256, 10)
        in_features  128 -> 256
        parameters   1,290 -> 2,570
        MACs         1,280 * N -> 2,560 * N
        read         512 B * N + 5.2 kB -> 1.0 kB * N + 10.3 kB
    + y.4  Softmax(dim=-1): f32[N, 10]

    parameters  1,930 -> 4,362  (+2,432)
    MACs        1,792 * N -> 3,584 * N  (+1,792 * N)
    read        1.0 kB * N + 7.7 kB -> 3.1 kB * N + 17.4 kB  (+2.1 kB * N + 9.7 kB)
    written     1.1 kB * N -> 3.2 kB * N  (+2.1 kB * N)
    "
  `);
});

test("a layer in place of another keeps its path", () => {
  expect(diffText(diff("Linear(4, 4) -> ReLU -> Linear(4, 4)\n", "Linear(4, 4) -> GELU -> Linear(4, 4)\n")))
    .toMatchInlineSnapshot(`
    "~ 1  GELU
        layer  ReLU -> GELU

    parameters  40
    MACs        32 * ...
    read        48 B * ... + 160 B
    written     48 B * ...
    "
  `);
});

test("flow: what a layer reads, and what an output is", () => {
  const before = model("a = x -> Tanh", "b = x -> Sin", "c = a -> Exp", "output p = c, q = b");
  const after = model("a = x -> Tanh", "b = x -> Sin", "c = b -> Exp", "output p = c, q = a");
  expect(diffText(diff(before, after))).toMatchInlineSnapshot(`
    "~ output q
        from  b -> a
    ~ c  Exp
        from  a -> b

    parameters  0
    MACs        0
    read        48 B * N
    written     48 B * N
    "
  `);
});

test("ends: inputs, outputs and parameters that come and go", () => {
  const before = model("unused = Linear(4, 4)", "output y = x -> ReLU");
  const after = "model M {\n  input x: f32[N, 5]\n  input z: f32[N, 5]\n  output w = x + z -> ReLU\n}\n";
  expect(diffText(diff(before, after))).toMatchInlineSnapshot(`
    "~ input x
        type  f32[N, 4] -> f32[N, 5]
    - output y: f32[N, 4]
    - parameter unused.weight: f32[4, 4]
    - parameter unused.bias: f32[4]
    + input z: f32[N, 5]
    + output w: f32[N, 5]
    + w#1  Add: f32[N, 5]
    ~ y -> w#2  ReLU
        from     x -> w#1
        output   f32[N, 4] -> f32[N, 5]
        read     16 B * N -> 20 B * N
        written  16 B * N -> 20 B * N

    parameters  20 -> 0  (-20)
    MACs        0
    read        16 B * N -> 60 B * N  (+44 B * N)
    written     16 B * N -> 40 B * N  (+24 B * N)
    "
  `);
});

test("rounds of a Repeat that were added", () => {
  const text = source("examples/classifier.nn");
  const deeper = diff(text, text.replace("depth = 2", "depth = 3"));
  const added = deeper.layers.filter(({ change }) => change === "added");
  expect(added.map((one) => one.change === "added" && one.layer.name)).toEqual([
    "blocks.2.ln",
    "blocks.2.mlp.0",
    "blocks.2.mlp.1",
    "blocks.2.mlp.2",
    "blocks.2",
  ]);
  // What follows reads an added layer, which is told there.
  expect(deeper.layers).toHaveLength(5);
});

test("JSON has sizes as numbers or formulas", () => {
  const [change] = (diffJson(diff("Linear(4, 3)\n", "Linear(4, 5)\n")) as { layers: object[] }).layers;
  expect(change).toEqual({
    change: "changed",
    before: {
      name: "0",
      layer: "Linear(4, 3)",
      place: "net.nn:1:1",
      outputs: [{ dtype: "f32", shape: ["...", 3] }],
    },
    after: {
      name: "0",
      layer: "Linear(4, 5)",
      place: "net.nn:1:1",
      outputs: [{ dtype: "f32", shape: ["...", 5] }],
    },
    facts: [
      { what: "out_features", before: "3", after: "5" },
      { what: "output", before: "f32[..., 3]", after: "f32[..., 5]" },
      { what: "parameters", before: 15, after: 25 },
      { what: "MACs", before: "12 * ...", after: "20 * ..." },
      { what: "read", before: "16 * ... + 60", after: "16 * ... + 100" },
      { what: "written", before: "12 * ...", after: "20 * ..." },
    ],
  });
});
