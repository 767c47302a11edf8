/** `nnc layers`: the list, the pages, and that what they show is so. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  familyFacts,
  layerDetails,
  torchFacts,
  type LayerDetails,
  type LayerFacts,
} from "../../compiler/cli/layer-facts.ts";
import { check } from "../../compiler/index.ts";
import { combinators } from "../../compiler/layers/combinators.ts";
import { allRecords, operators } from "../../compiler/layers/index.ts";
import { nnc } from "./support.ts";

const layers = familyFacts().flatMap((family) => family.layers);

async function output(...argv: string[]): Promise<string> {
  const { code, out, err } = await nnc(["layers", ...argv]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
}

test("the list has every entry once, with its signature and what it does, by family", async () => {
  const out = await output();
  const entries = [...allRecords, ...combinators.values()];
  expect(layers.map(({ name }) => name).sort()).toEqual(entries.map(({ name }) => name).sort());
  for (const { signature, doc } of layers) {
    expect(out).toContain(`\n  ${signature}`);
    expect(out).toContain(`  ${doc}\n`);
  }
  const titles = familyFacts().map(({ title }) => title);
  expect(out.match(/^[A-Z].*$/gm)).toEqual(titles);
  expect(new Set(titles).size).toBe(titles.length);
  expect(titles.join()).not.toMatch(/\.ts|-/);
});

test("each module of torch.nn is a layer, or has a word on what to write instead", async () => {
  const file = new URL("../fixtures/torch/modules.json", import.meta.url);
  const { modules } = JSON.parse(readFileSync(file, "utf8")) as { modules: Record<string, string> };
  expect(torchFacts().map(({ name }) => name)).toEqual(Object.keys(modules).sort());
  // A layer that is named after a module is called as it is.
  const names = new Set(layers.map(({ name }) => name));
  expect(torchFacts().filter(({ name, here }) => names.has(name) !== here)).toEqual([]);
  const out = await output("--torch");
  for (const { name, text } of torchFacts()) expect(out).toMatch(line(name, text));
  expect(JSON.parse(await output("--torch", "--json"))).toEqual({ modules: torchFacts() });
  const refused = await nnc(["layers", "Linear", "--torch"]);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain("leave out the name, or the option");
});

function line(name: string, text: string): RegExp {
  const literal = text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^ {2}${name} +${literal}$`, "m");
}

test("signatures show defaults as they are written", () => {
  const signatures = layers.map(({ signature }) => signature);
  for (const signature of [
    "Linear(in_features, out_features, bias=true)",
    "LayerNorm(normalized_shape, eps=1e-5, elementwise_affine=true, bias=true)",
    'GELU(approximate="none")',
    "Sigmoid",
    "Zeros(*size)",
    "x ** y",
    "-x",
    "x[…]",
    "Repeat(n, shared=false) as i { … }",
  ])
    expect(signatures).toContain(signature);
});

test("an argument that takes words beside numbers says both", async () => {
  expect(await output("Norm")).toContain('p        a number or "fro"; default 2\n');
});

test("a page", async () => {
  expect(await output("BatchNorm1d")).toMatchInlineSnapshot(`
    "BatchNorm1d(num_features, eps=1e-5, momentum=0.1, affine=true, track_running_stats=true)
    normalizes each channel over the batch (in eval with running statistics), then * weight + bias

    Family   Normalization
    Inputs   x
    Shapes   x: [N, C] or [N, C, L] -> the same
    Formula  (x - mean) / sqrt(var + eps) * weight + bias; running = (1 - momentum) * running + momentum * (mean, var * n / (n - 1)), without momentum the mean of all batches
    Source   torch.nn.BatchNorm1d; Ioffe and Szegedy, arXiv:1502.03167

    Arguments
      num_features         a whole number, at least 1; required; _ takes it from the input
      eps                  a number; default 1e-5
      momentum             a number, or none; default 0.1
      affine               true or false; default true
      track_running_stats  true or false; default true

    Parameters of BatchNorm1d(5)
      weight               f32[5]  filled with 1
      bias                 f32[5]  filled with 0
      running_mean         f32[5]  buffer, filled with 0
      running_var          f32[5]  buffer, filled with 1
      num_batches_tracked  i32[]   buffer, filled with 0

    Example, which gives f32[3, 5]
      model Example {
        input x: f32[3, 5]
        output y = x -> BatchNorm1d(5)
      }
    "
  `);
  expect(await output("Add")).toMatchInlineSnapshot(`
    "x + y
    the sum

    Name     Add
    Family   Arithmetic and comparisons
    Inputs   two or more
    Shapes   xs: [...], which broadcast -> [...]
    Formula  x + y
    Source   torch.add

    Example, which gives f32[2, 3]
      model Example {
        input x1: f32[2, 3]
        input x2: f32[2, 3]
        output y = x1 + x2
      }
    "
  `);
});

test("names are found with PyTorch's prefix, by alias and by operator", async () => {
  const page = await output("Concat");
  expect(page).toMatch(/^Also +Cat$/m);
  for (const name of ["nn.Concat", "torch.nn.Concat", "Cat"]) expect(await output(name)).toBe(page);
  for (const [operator, { name }] of operators) expect(await output(operator)).toBe(await output(name));
  expect(await output("x[…]")).toBe(await output("Subscript"));
  expect(await output("Residual")).toContain("Example\n  model Example {\n");
});

test("every page has its arguments, parameters and example, and the example compiles", async () => {
  for (const layer of layers) {
    const page = await output(layer.name);
    for (const { name } of layer.arguments) expect(page).toMatch(new RegExp(`^  ${name} +\\S`, "m"));
    const example = layerDetails(layer).example!;
    for (const { name } of example.parameters)
      expect(page).toMatch(new RegExp(`^  ${name} +[a-z]\\w+\\[`, "m"));
    expect(page.replaceAll(/^ {2}/gm, "")).toContain(example.text);
    const unsupported = new Set(layerDetails(layer).unsupported.map(({ mode }) => mode));
    for (const mode of ["eval", "train"] as const) {
      const isInitial = example.results.length === 0;
      const expected = unsupported.has(mode) && !isInitial ? ["error"] : [];
      const found = check(example.text, { mode }).map(({ severity }) => severity);
      expect(found, `${example.text} in ${mode} mode`).toEqual(expected);
    }
  }
});

test("what a mode does not support is on the page", async () => {
  for (const layer of layers)
    for (const { reason } of layerDetails(layer).unsupported)
      expect(await output(layer.name)).toMatch(
        new RegExp(`^Not supported\n(  .*\n)*  .*${escaped(reason)}`, "m"),
      );
});

test("a wrong name is an error with what was meant", async () => {
  expect(await nnc(["layers", "Relu"])).toEqual({
    code: 1,
    out: "",
    err: "nnc: there is no layer `Relu`: did you mean `ReLU`?\n",
  });
  expect(await nnc(["layers", "frobnicate", "--json"])).toEqual({
    code: 1,
    out: "",
    err: "nnc: there is no layer `frobnicate`: `nnc layers` lists them\n",
  });
  expect(await nnc(["layers", "ReLU", "GELU"])).toMatchObject({ code: 2, out: "" });
});

test("--json", async () => {
  type Full = LayerFacts & LayerDetails;
  const all = JSON.parse(await output("--json")) as { families: { title: string; layers: Full[] }[] };
  expect(all.families.flatMap((family) => family.layers.map(({ name }) => name))).toEqual(
    layers.map(({ name }) => name),
  );
  const { layer } = JSON.parse(await output("Linear", "--json")) as { layer: Full };
  expect(all.families.flatMap((family) => family.layers)).toContainEqual(layer);
  expect(layer).toMatchObject({
    name: "Linear",
    family: "Linear layers and embeddings",
    shapes: "x: [..., in_features] -> [..., out_features]",
    inputs: [{ name: "x", required: true }],
    arguments: [
      { name: "in_features", kind: "int", least: 1, inferred: true },
      { name: "out_features" },
      { name: "bias", kind: "bool", default: "true" },
    ],
    example: {
      call: "Linear(4, 3)",
      parameters: [
        { name: "weight", shape: [3, 4], init: { kind: "uniform", high: expect.closeTo(0.5) as number } },
        { name: "bias", shape: [3] },
      ],
      results: ["f32[2, 3]"],
    },
    unsupported: [],
  });
});

test("help has examples", async () => {
  expect(await output("--help")).toContain("Examples:\n  nnc layers\n");
  expect((await nnc(["--help"])).out).toContain("  layers [options] [name]");
});

function escaped(text: string): string {
  return text.replaceAll(/[$()*+./?[\\\]^{|}-]/g, "\\$&");
}
