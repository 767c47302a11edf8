import { mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { saveNpy, saveSafetensors, tensor } from "../../runtime/index.ts";
import { folder, nnc } from "./support.ts";

const f32 = (values: number[], shape = [values.length]) => tensor(values, { dtype: "f32", shape });

const two = `model Two {
  input a: f32[N, 2]
  input b: i32[N]
  output sum = a + 1, twice = b * 2
}
`;

test("one input: nested numbers, a tensor, by name", async () => {
  folder({ "relu.nn": "ReLU\n", "x.json": "[[-1, 2], [3, -4]]" });
  const want = { code: 0, out: "tensor([[0., 2.],\n        [3., 0.]])\n", err: "" };
  expect(await nnc(["run", "relu.nn", "--input", "x.json"])).toEqual(want);
  expect(await nnc(["run", "relu.nn", "--input", "-"], '{"x": [[-1, 2], [3, -4]]}')).toEqual(want);
  const whole = '{"dtype": "f64", "shape": [2, 2], "data": [-1, 2, 3, -4]}';
  expect(await nnc(["run", "relu.nn", "--input", "-"], whole)).toEqual(want);
  expect(await nnc(["run", "relu.nn", "--input", "x=-"], whole)).toEqual(want);
});

test("several inputs, several outputs", async () => {
  folder({ "two.nn": two, "b.npy": saveNpy(tensor([5n, 6n])), "a.json": "[[1, 2], [3, 4]]" });
  const want = "sum:\ntensor([[2., 3.],\n        [4., 5.]])\ntwice:\ntensor([10, 12], dtype=torch.int32)\n";
  const split = await nnc(["run", "two.nn", "--input", "a=a.json", "--input", "b=b.npy"]);
  expect(split).toEqual({ code: 0, out: want, err: "" });
  const record = await nnc(["run", "two.nn", "--input", "-"], '{"a": [[1, 2], [3, 4]], "b": [5, 6]}');
  expect(record.out).toBe(want);
});

test(".npy files: float64 and int64 as NumPy saves them", async () => {
  folder({
    "relu.nn": "ReLU\n",
    "embedding.nn": "Embedding(4, 2, weight=w)\n",
    "x.npy": saveNpy(tensor([-1, 2.5], { dtype: "f64" })),
    "bad.npy": "nothing of the kind",
  });
  expect((await nnc(["run", "relu.nn", "--input", "x.npy"])).out).toBe("tensor([0.0000, 2.5000])\n");
  const bad = await nnc(["run", "relu.nn", "--input", "bad.npy"]);
  expect(bad).toMatchObject({
    code: 1,
    err: expect.stringContaining("cannot read bad.npy: not a .npy file"),
  });
});

test("--json prints one document; NaN and infinities are texts and come back", async () => {
  folder({ "relu.nn": "LeakyReLU(0.5)\n" });
  const given = '["NaN", "Infinity", "-Infinity", -0.0, 0.1, -3]';
  const { out, err, code } = await nnc(["run", "relu.nn", "--json", "--input", "-"], given);
  const data = '["NaN","Infinity","-Infinity",-0,0.1,-1.5]';
  expect({ out, err, code }).toEqual({
    out: `{"outputs":{"y":{"dtype":"f32","shape":[6],"data":${data}}}}\n`,
    err: "",
    code: 0,
  });
  const { outputs } = JSON.parse(out) as { outputs: { y: unknown } };
  const again = await nnc(["run", "relu.nn", "--json", "--input", "-"], JSON.stringify(outputs.y));
  expect(again.code).toBe(0);
  // Python's json module writes the bare words.
  const python = await nnc(
    ["run", "relu.nn", "--json", "--input", "-"],
    "[NaN, Infinity, -Infinity, -0.0, 0.1, -3]",
  );
  expect(python.out).toBe(out);
});

test("without --input the inputs are listed", async () => {
  folder({ "relu.nn": "LayerNorm(3)\n", "two.nn": two });
  const one = await nnc(["run", "relu.nn"]);
  expect(one).toEqual({
    code: 2,
    out: "",
    err:
      "nnc: relu.nn wants an input:\n  x: f32[..., 3]\n" +
      "give it with --input FILE.json, --input FILE.npy, or --input - (JSON on standard input)\n",
  });
  const several = await nnc(["run", "two.nn"]);
  expect(several.code).toBe(2);
  expect(several.err).toContain("  a: f32[N, 2]\n  b: i32[N]\n");
});

test("a net without inputs", async () => {
  folder({ "ones.nn": "model Two { output y = Ones(2) }\n", "x.json": "1" });
  expect(await nnc(["run", "ones.nn"])).toEqual({ code: 0, out: "tensor([1., 1.])\n", err: "" });
  expect((await nnc(["run", "ones.nn", "--input", "x.json"])).code).toBe(2);
});

test.each([
  ["[1, 2,]", "<stdin>:1:7 error NN4201: not JSON: a value is expected here\n  1 | [1, 2,]\n    |       ^\n"],
  ["[1, 2", "<stdin>:1:6 error NN4201: not JSON: the text ends too early"],
  ["", "<stdin>:1:1 error NN4201: not JSON: the text ends too early"],
  ['{"x": 1, "x": 2}', '<stdin>:1:10 error NN4201: not JSON: "x" stands here twice'],
  ["[1]\n[2]", "<stdin>:2:1 error NN4201: not JSON: there is more text after the value"],
  ["[1, nan]", "<stdin>:1:5 error NN4201: not JSON: a value is expected here"],
  ["[01]", "<stdin>:1:3 error NN4201: not JSON: `,` or `]` is expected here"],
  ["{x: 1}", "<stdin>:1:2 error NN4201: not JSON: a name in double quotes is expected here"],
  ['["a]', "<stdin>:1:2 error NN4201: not JSON: this text is not closed"],
  ["[".repeat(1e5), "error NN4201: not JSON: nested more than 100 deep"],
  ["[[1, 2], [3]]", "x: f32[..., 2] cannot be read from -: ragged nesting: the entry at [1] has 1 elements"],
  ['[1, "two"]', "cannot be read from -: the entry at [1] must be a number"],
  ["null", "the value must be a number, not null"],
  ['{"y": 1}', "the net has no input y: there is x"],
  ['{"__proto__": 1}', "the net has no input __proto__: there is x"],
  ["{}", "x: f32[..., 2] is not given"],
  ['{"data": [1, 2], "shape": [3]}', "shape [3] has 3 elements, but 2 were given"],
  ['{"data": [1, 2], "dtype": "f16"}', "dtype must be one of f32"],
  ["[1, 2, 3]", "x must be f32[..., 2], not "],
  ["7", "x must be f32[..., 2]"],
])("input %#", async (input, message) => {
  folder({ "norm.nn": "LayerNorm(2)\n" });
  const { code, out, err } = await nnc(["run", "norm.nn", "--json", "--input", "-"], input);
  expect(err).toContain(message);
  expect(err).not.toMatch(/^\s+at /m);
  expect({ code, out }).toEqual({ code: 1, out: "" });
});

test("integers are wanted", async () => {
  folder({
    "e.nn": "Embedding(4, 2)\n",
    "x.npy": saveNpy(f32([1])),
    "big.npy": saveNpy(tensor([2n ** 40n])),
  });
  expect((await nnc(["run", "e.nn", "--input", "x.npy"])).err).toContain(
    "takes integers, but x.npy holds f32",
  );
  expect((await nnc(["run", "e.nn", "--input", "big.npy"])).err).toContain(
    "i32 holds -2147483648 to 2147483647",
  );
  expect((await nnc(["run", "e.nn", "--input", "-"], "[0.5]")).err).toContain("i32 holds integers only");
  const range = await nnc(["run", "e.nn", "--input", "-"], "[4]");
  expect(range).toMatchObject({ code: 1, out: "" });
});

test("--weights, --partial and --seed", async () => {
  folder({
    "linear.nn": "Linear(2, 1)\n",
    "w.safetensors": saveSafetensors({ "0.weight": f32([2, 3], [1, 2]), "0.bias": f32([1]) }),
    "half.safetensors": saveSafetensors({ "0.bias": f32([1]), other: f32([1]) }),
    "wide.safetensors": saveSafetensors({ "0.weight": f32([2, 3, 4], [1, 3]), "0.bias": f32([1]) }),
    "broken.safetensors": "no weights",
    "x.json": "[10, 100]",
  });
  const run = (...more: string[]) => nnc(["run", "linear.nn", "--input", "x.json", ...more]);
  expect(await run("--weights", "w.safetensors")).toEqual({ code: 0, out: "tensor([321.])\n", err: "" });
  const strict = await run("--weights", "half.safetensors");
  expect(strict.code).toBe(1);
  expect(strict.err).toContain("missing: 0.weight [1, 2]\n    unexpected: other [1]\n");
  const partial = await run("--weights", "half.safetensors", "--partial");
  expect(partial).toMatchObject({
    code: 0,
    err:
      "note: 1 of 2 parameters not among the weights, initialised, 67 % of all numbers: 0.weight\n" +
      "note: not of the net, left out of the weights: other\n",
  });
  const more = Object.fromEntries(["a", "b", "c", "d", "e", "f\n"].map((name) => [name, f32([1])]));
  writeFileSync(
    "more.safetensors",
    saveSafetensors({ ...more, "0.weight": f32([2, 3], [1, 2]), "0.bias": f32([1]) }),
  );
  expect((await run("--weights", "more.safetensors", "--partial")).err).toBe(
    "note: not of the net, left out of the weights: a, b, c, d, e and 1 more\n",
  );
  expect((await run("--weights", "wide.safetensors", "--partial")).err).toContain(
    "NN4104: the weights do not fit the model: 1 shape differs\n    0.weight is [1, 3], but the model has [1, 2]\n",
  );
  expect((await run("--weights", "broken.safetensors")).err).toContain(
    "cannot read weights from broken.safetensors",
  );
  expect((await run("--weights", "none.safetensors")).err).toBe(
    "nnc: cannot read none.safetensors: there is no such file or directory\n",
  );
  const seeds = await Promise.all([run(), run("--seed", "0"), run("--seed", "1")]);
  expect(seeds[0]).toEqual(seeds[1]);
  expect(seeds[0]).not.toEqual(seeds[2]);
  expect(seeds[0].err).toBe("note: no weights given, 2 parameters initialised\n");
  // On standard error, so that --json stays one document.
  expect((await run("--json")).err).toBe(seeds[0].err);
  // As torch.manual_seed takes them: the low 32 bits count.
  expect(await run("--seed", "-1")).toEqual(await run("--seed", "18446744073709551615"));
  for (const seed of ["0.5", "x", "18446744073709551616"])
    expect(await run("--seed", seed)).toMatchObject({
      code: 2,
      err: expect.stringContaining("A seed is an integer"),
    });
});

test("--weights are relative to the working directory, and replace the file's own whole", async () => {
  folder({
    "w.safetensors": saveSafetensors({ "0.weight": f32([2]) }),
    "half.safetensors": saveSafetensors({}),
  });
  mkdirSync("nets");
  writeFileSync("nets/n.nn", 'weights "w.safetensors"\nPReLU(0.5)\n');
  writeFileSync("nets/w.safetensors", saveSafetensors({ "0.weight": f32([3]) }));
  const run = (...more: string[]) => nnc(["run", "nets/n.nn", "--input", "-", ...more], "[-1]");
  expect(await run()).toEqual({ code: 0, out: "tensor([-3.])\n", err: "" });
  expect(await run("--weights", "w.safetensors")).toEqual({ code: 0, out: "tensor([-2.])\n", err: "" });
  // What those lack is not taken from the others.
  const partial = await run("--weights", "half.safetensors", "--partial");
  expect(partial.out).toBe("tensor([-0.5000])\n");
  expect(partial.err).toBe(
    "note: 1 of 1 parameter not among the weights, initialised, 100 % of all numbers: 0.weight\n",
  );
});

test("the file's own weights, relative to the file", async () => {
  folder();
  mkdirSync("nets");
  writeFileSync("nets/n.nn", 'weights "n.safetensors"\nPReLU(0.5)\n');
  const missing = await nnc(["run", "nets/n.nn", "--input", "-"], "[-1]");
  expect(missing.code).toBe(1);
  expect(missing.err).toContain("NN4101: the weights nets/n.safetensors cannot be read");
  writeFileSync("nets/n.safetensors", saveSafetensors({ "0.weight": f32([3]) }));
  expect((await nnc(["run", "nets/n.nn", "--input", "-"], "[-1]")).out).toBe("tensor([-3.])\n");
});

test("--entry and --arg", async () => {
  folder({
    "m.nn":
      "block B(k = 2, on = true) { input x: f32[N, w]; output y = (x * k if on else x) + w }\nmodel A { input x: f32[N]; output y = x }\n",
  });
  const run = (...more: string[]) => nnc(["run", "m.nn", "--input", "-", ...more], "[[1, 2]]");
  expect((await run("--entry", "B")).out).toBe("tensor([[4., 6.]])\n");
  expect((await run("--entry", "B", "--arg", "k=10")).out).toBe("tensor([[12., 22.]])\n");
  expect((await run("--entry", "B", "--arg", "k=10", "--arg", "on=false")).out).toBe("tensor([[3., 4.]])\n");
  expect((await run("--entry", "B", "--arg", "w=2")).out).toBe("tensor([[4., 6.]])\n");
  expect((await run("--entry", "B", "--arg", "w=3")).code).toBe(1);
  expect((await run("--entry", "C")).code).toBe(1);
  expect((await run("--entry", "B", "--arg", "k")).code).toBe(2);
  expect((await run("--entry", "B", "--arg", "k=1", "--arg", "k=1")).code).toBe(2);
  expect((await run("--entry", "B", "--arg", "k=[1, a]")).code).toBe(2);
});

test("a batch axis that is left out", async () => {
  folder({ "in.nn": "InstanceNorm1d(2, eps=0)\n" });
  const run = (input: string, ...more: string[]) => nnc(["run", "in.nn", "--input", "-", ...more], input);
  expect((await run("[[1, 3], [-2, 5]]")).out).toBe("tensor([[-1.,  1.],\n        [-1.,  1.]])\n");
  expect((await run("[[[1, 3], [-2, 5]]]")).out).toBe("tensor([[[-1.,  1.],\n         [-1.,  1.]]])\n");
  expect((await run("[[1, 3], [-2, 5]]", "--json")).out).toContain('"shape":[2,2]');
  expect((await run("[1, 3]")).err).toBe("nnc: x must be f32[N, 2, L] or f32[2, L], not f32[2]\n");
  expect((await nnc(["run", "in.nn"])).err).toContain("\n  x: f32[N, 2, L] or f32[2, L]\n");
  expect((await nnc(["info", "in.nn"])).out).toContain("in, eval mode: x: f32[N, 2, L] or f32[2, L] -> y: f32[N, 2, L] or f32[2, L]\n"); // prettier-ignore
  expect(JSON.parse((await nnc(["info", "in.nn", "--json"])).out)).toMatchObject({
    inputs: [{ name: "x", dtype: "f32", shape: ["N", 2, "L"], unbatched: true }],
  });
});

test("--mode train", async () => {
  folder({ "bn.nn": "model M { input x: f32[N, 1]; output y = x -> BatchNorm1d(1, eps=0) }\n" });
  const run = (...more: string[]) => nnc(["run", "bn.nn", "--input", "-", ...more], "[[1], [3]]");
  expect((await run()).out).toBe("tensor([[1.],\n        [3.]])\n");
  expect((await run("--mode", "train")).out).toBe("tensor([[-1.],\n        [ 1.]])\n");
  expect((await run("--mode", "test")).code).toBe(2);
});

test("what is wrong with the file is shown with frames, in imports too", async () => {
  folder({
    "a.nn": 'import { B } from "./b.nn"\nB(3)\n',
    "b.nn": "block B(n) { Linear(n, 4) -> LayerNorm(5) }\n",
  });
  const { code, out, err } = await nnc(["run", "a.nn", "--input", "-"], "[1, 2, 3]");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/^b\.nn:1:\d+ error NN2\d+: /);
  expect(err).toContain("  1 | block B(n) { Linear(n, 4) -> LayerNorm(5) }\n    |  ");
});

test.each([
  ["nowhere.nn", "cannot read nowhere.nn: there is no such file or directory"],
  [".", "cannot read .: it is a directory"],
])("file %s", async (file, message) => {
  folder();
  expect(await nnc(["run", file])).toEqual({ code: 1, out: "", err: `nnc: ${message}\n` });
});

test("inputs that cannot be told apart", async () => {
  folder({ "two.nn": two, "x.json": "[1]" });
  const run = (...more: string[]) => nnc(["run", "two.nn", ...more], "[1]");
  expect((await run("--input", "x.json")).err).toContain(
    "x.json holds one value, but there are 2 inputs (a, b)",
  );
  expect((await run("--input", "a=-", "--input", "b=-")).code).toBe(2);
  expect((await run("--input", "b=x.json", "--input", "b=x.json")).code).toBe(2);
  expect((await run("--input", "b=x.json")).err).toBe("nnc: a: f32[N, 2] is not given\n");
});

test("what an input is, its bytes tell and not its name", async () => {
  folder({ "net.nn": "ReLU\n", "array.dat": saveNpy(tensor([-1, 2])) });
  const { out } = await nnc(["run", "net.nn", "--input", "array.dat"]);
  expect(out).toBe("tensor([0., 2.])\n");
  expect((await nnc(["run", "net.nn", "--input", "-"], saveNpy(tensor([-1, 2])))).out).toBe(out);
  const archive = Buffer.from(`PK\x03\x04${"\0".repeat(22)}\x05\0\0\0x.npy`, "latin1");
  expect(await nnc(["run", "net.nn", "--input", "-"], archive)).toEqual({
    code: 1,
    out: "",
    err: 'nnc: cannot read <stdin> as an input: it is an .npz archive of NumPy; in Python, numpy.save("x.npy", numpy.load("x.npz")["name"]) takes an array out of it\n',
  });
});
