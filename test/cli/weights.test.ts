/** Weights on the command line: several files, an index, ties, renames, and options that are given twice. */
import { expect, test } from "vitest";
import { saveSafetensors, tensor } from "../../compiler/index.ts";
import { saveNpy } from "../../runtime/index.ts";
import { folder, nnc } from "./support.ts";

const weight = tensor([[2, 3]]);
const bias = tensor([1]);
const inputs = { "net.nn": "Linear(2, 1)\n", "x.json": "[10, 100]" };
const shards = {
  ...inputs,
  "a.safetensors": saveSafetensors({ "0.weight": weight }),
  "b.safetensors": saveSafetensors({ "0.bias": bias }),
};
const run = ["run", "net.nn", "--input", "x.json"];

test("shards are taken together, and a name twice is an error", async () => {
  folder(shards);
  const both = await nnc([...run, "--weights", "a.safetensors", "--weights", "b.safetensors"]);
  expect(both).toEqual({ code: 0, out: "tensor([321.])\n", err: "" });
  const twice = await nnc([...run, "--weights", "a.safetensors", "--weights", "a.safetensors"]);
  expect(twice).toMatchObject({
    code: 1,
    err: "nnc: cannot read weights from a.safetensors: it is given twice\n",
  });
});

test("an index, given or named by the file", async () => {
  const map = { "0.weight": "a.safetensors", "0.bias": "b.safetensors" };
  folder({
    ...shards,
    "m.json": JSON.stringify({ metadata: { total_size: 12 }, weight_map: map }),
    "net2.nn": 'weights "m.json"\n\nLinear(2, 1)\n',
    "outside.json": JSON.stringify({ weight_map: { "0.weight": "../a.safetensors" } }),
    "lacking.json": JSON.stringify({ weight_map: { ...map, other: "a.safetensors" } }),
    "none.json": "{}",
  });
  expect((await nnc([...run, "--weights", "m.json"])).out).toBe("tensor([321.])\n");
  expect((await nnc(["run", "net2.nn", "--input", "x.json"])).out).toBe("tensor([321.])\n");
  const wrong = async (file: string): Promise<string> => (await nnc([...run, "--weights", file])).err;
  expect(await wrong("outside.json")).toContain('0.weight is in no file beside it: "../a.safetensors"');
  expect(await wrong("lacking.json")).toContain("other is not in a.safetensors, where it should be");
  expect(await wrong("none.json")).toContain('it is JSON, and has no "weight_map"');
});

test("rules and allowances", async () => {
  const given = saveSafetensors({ "bert.weight": weight, "bert.bias": bias, "cls.bias": bias });
  folder({
    ...inputs,
    "w.safetensors": given,
    "net2.nn": 'weights "w.safetensors" { "bert.*": "0.*" }\nLinear(2, 1)\n',
  });
  const flags = ["--rename", "bert.*=0.*", "--allow-unexpected", "cls.*"];
  expect((await nnc([...run, "--weights", "w.safetensors", ...flags])).out).toBe("tensor([321.])\n");
  const file = await nnc(["run", "net2.nn", "--input", "x.json", "--allow-unexpected", "cls.*"]);
  expect(file.out).toBe("tensor([321.])\n");
  expect(file.err).toBe("note: not of the net, left out of the weights: cls.bias\n");
  const idle = await nnc([...run, "--weights", "w.safetensors", "--rename", "brt.*=0.*"]);
  expect(idle.err).toContain("NN4107: the weights cannot be renamed so: no name of the weights is `brt.*`");
  const clash = await nnc([
    ...run,
    "--weights",
    "w.safetensors",
    "--rename",
    "bert.*=0.*",
    "--rename",
    "cls.*=0.*",
  ]);
  expect(clash.err).toContain(
    "NN4107: the weights cannot be renamed so: bert.bias and cls.bias become `0.bias`",
  );
  const stars = await nnc([...run, "--rename", "bert.*=0"]);
  expect(stars).toMatchObject({ code: 2 });
  expect(stars.err).toContain("`bert.*` has 1 `*` and `0` has 0");
});

test("ties that the metadata name", async () => {
  const source =
    "model M { input x: f32[2]\n output y = x -> a: Linear(2, 2, bias=false) -> b: Linear(2, 2, bias=false) }";
  const eye = tensor([
    [0, 1],
    [1, 0],
  ]);
  const bytes = saveSafetensors({ "a.weight": eye }, { metadata: { format: "pt", "b.weight": "a.weight" } });
  folder({ "net.nn": source, "x.json": "[1, 2]", "w.safetensors": bytes });
  expect(await nnc([...run, "--weights", "w.safetensors"])).toEqual({
    code: 0,
    out: "tensor([1., 2.])\n",
    err: "",
  });
});

test("an option that takes one value is not given twice", async () => {
  folder(inputs);
  for (const argv of [
    [...run, "--seed", "1", "--seed", "2"],
    [...run, "--entry", "A", "--entry=B"],
    ["compile", "net.nn", "-o", "a.js", "--output", "b.js"],
    ["check", "net.nn", "--mode", "eval", "--mode", "train"],
  ]) {
    const { code, err } = await nnc(argv);
    expect(code).toBe(2);
    expect(err).toMatch(/^error: option '.*' is given twice\n/);
  }
});

test("what differs between two files", async () => {
  const nan = tensor([NaN, 1, 0]);
  folder({
    "a.safetensors": saveSafetensors({ w2: weight, w10: weight, gone: bias, nan, shape: bias }),
    "b.safetensors": saveSafetensors({ w2: tensor([[2, 4]]), w10: weight, come: bias, nan, shape: weight }),
    "c.safetensors": saveSafetensors({ w2: weight, nan: tensor([1, 1, -0]) }, { floats: "F16" }),
    "a.npy": saveNpy({ dtype: "i64", shape: [2], data: BigInt64Array.of(2n ** 60n, 1n) }),
    "b.npy": saveNpy({ dtype: "i64", shape: [2], data: BigInt64Array.of(2n ** 60n + 1n, 1n) }),
  });
  const diff = (...argv: string[]) => nnc(["weights", "diff", ...argv]);
  expect((await diff("a.safetensors", "b.safetensors")).out).toMatchInlineSnapshot(`
    "+ come   F32 [1]
    - gone   F32 [1]
    ~ shape  F32 [1] -> F32 [1, 2]
    ~ w2     F32 [1, 2]             1 of 2 values differ, by at most 1, relative 0.27735

    1 tensor removed, 1 added, 2 changed, 2 the same
    "
  `);
  expect((await diff("a.safetensors", "c.safetensors")).out).toMatchInlineSnapshot(`
    "- gone   F32 [1]
    ~ nan    F32 [3] -> F16 [3]        1 of 3 values differ, some of them NaN or infinite
    - shape  F32 [1]
    ~ w2     F32 [1, 2] -> F16 [1, 2]  the same values
    - w10    F32 [1, 2]

    3 tensors removed, 0 added, 2 changed, 0 the same
    "
  `);
  expect((await diff("a.npy", "b.npy")).out).toMatchInlineSnapshot(`
    "~ array  int64 [2]  1 of 2 values differ, by at most 1, relative 8.6736e-19

    0 tensors removed, 0 added, 1 changed, 0 the same
    "
  `);
  expect(await diff("a.safetensors", "a.safetensors", "--exit-code")).toEqual({
    code: 0,
    out: "a.safetensors and a.safetensors have the same 5 tensors\n",
    err: "",
  });
  const { code, out } = await diff("a.safetensors", "b.safetensors", "--exit-code", "--json");
  expect(code).toBe(1);
  const facts = { name: "w2", dtype: "F32", shape: [1, 2] };
  expect(JSON.parse(out)).toMatchObject({
    same: 2,
    changes: [
      { after: { name: "come" } },
      { before: { name: "gone" } },
      { before: { shape: [1] }, after: { shape: [1, 2] } },
      { before: facts, after: facts, distance: { differ: 1, of: 2, max: 1, relative: 1 / Math.sqrt(13) } },
    ],
  });
  expect(await diff("a.safetensors", "none.safetensors")).toMatchObject({ code: 1, out: "" });
  expect(await nnc(["weights", "merge", "a.npy", "b.npy"])).toMatchObject({ code: 2, out: "" });
});
