import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import type { Model } from "../../compiler/index.ts";
import { loadSafetensors, saveSafetensors, tensor } from "../../runtime/index.ts";
import { files, folder, nnc, text } from "./support.ts";

interface Module {
  readonly create: (options?: { weights: Uint8Array }) => Model;
  readonly default?: Model;
  readonly selfTest: (options?: { weights: Uint8Array }) => number;
}

/** By the real engine: the test runner's own import would look the files up elsewhere. */
async function load(path: string): Promise<Module> {
  return (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Module;
}

test("weights inside", async () => {
  const path = folder({ "n.nn": "Linear(2, 1) -> PReLU(0.25)\n" });
  const { code, out, err } = await nnc(["compile", "n.nn", "-o", "n.js"]);
  expect({ code, err }).toEqual({ code: 0, err: "note: no weights given, 3 parameters initialised\n" });
  expect(out).toMatch(/^n\.js {2}\d\.\d kB\nn\.d\.ts {2}\d\.\d kB\n$/);
  expect(files()).toEqual(["n.d.ts", "n.js", "n.nn"]);
  const module = await load(join(path, "n.js"));
  const { out: printed } = await nnc(["run", "n.nn", "--json", "--input", "-"], "[1, 2]");
  const { outputs } = JSON.parse(printed) as { outputs: { y: { data: number[] } } };
  expect([...module.default!([1, 2]).data]).toEqual(outputs.y.data.map(Math.fround));
  expect(module.selfTest()).toBeLessThan(4);
});

test("--external writes the weights beside it, in a form that --weights takes", async () => {
  const path = folder({ "n.nn": "Linear(2, 1)\n" });
  await nnc(["compile", "n.nn", "-o", "out.mjs", "--external", "--seed", "7"]);
  expect(files()).toEqual(["n.nn", "out.d.mts", "out.mjs", "out.safetensors"]);
  const module = await load(join(path, "out.mjs"));
  expect(module.default).toBeUndefined();
  const model = module.create({ weights: readFileSync("out.safetensors") });
  const run = await nnc(["run", "n.nn", "--weights", "out.safetensors", "--input", "-", "--json"], "[1, 2]");
  const { outputs } = JSON.parse(run.out) as { outputs: { y: { data: number[] } } };
  expect([...model([1, 2]).data]).toEqual(outputs.y.data.map(Math.fround));
  expect(Object.keys(loadSafetensors(readFileSync("out.safetensors")))).toEqual(["0.bias", "0.weight"]);
});

test("weights of over 100 KB go beside it", async () => {
  folder({ "n.nn": "Linear(200, 200)\n" });
  expect((await nnc(["compile", "n.nn", "-o", "n.js"])).out).toMatch(/n\.safetensors {2}161\.\d kB/);
  expect(files()).toEqual(["n.d.ts", "n.js", "n.nn", "n.safetensors"]);
});

test("a failed command leaves what was there, and nothing else", async () => {
  folder({ "n.nn": "Linear(2, 1) -> LayerNorm(3)\n", "n.js": "old" });
  expect((await nnc(["compile", "n.nn", "-o", "n.js"])).code).toBe(1);
  expect(text("n.js")).toBe("old");
  // The module itself can be written, but its declarations cannot.
  folder({ "n.nn": "ReLU\n", "n.js": "old" });
  mkdirSync("n.d.ts");
  const { code, err } = await nnc(["compile", "n.nn", "-o", "n.js"]);
  expect({ code, err }).toEqual({ code: 1, err: "nnc: cannot write n.d.ts: it is a directory\n" });
  expect(text("n.js")).toBe("old");
  expect(files()).toEqual(["n.d.ts", "n.js", "n.nn"]);
});

test("a file's mode stays, and a link stays one", async () => {
  folder({ "n.nn": "ReLU\n", "real.js": "// nnc 0.1.0: n.nn, sha256 01234567\n" });
  chmodSync("real.js", 0o640);
  symlinkSync("real.js", "n.js");
  expect((await nnc(["compile", "n.nn", "-o", "n.js"])).code).toBe(0);
  expect(lstatSync("n.js").isSymbolicLink()).toBe(true);
  expect(text("real.js")).toContain("export function create");
  expect(statSync("real.js").mode & 0o777).toBe(0o640);
});

test("weights that were given are not written over", async () => {
  const half = saveSafetensors({ "0.bias": tensor([1], { dtype: "f32" }) });
  folder({ "n.nn": 'weights "n.safetensors"\nLinear(2, 1)\n', "n.safetensors": half });
  const own = await nnc(["compile", "n.nn", "-o", "n.js", "--external", "--partial"]);
  expect(own.code).toBe(1);
  expect(own.err).toContain("cannot write n.safetensors: it is one of the files that the net is made of");
  const given = await nnc([
    "compile",
    "n.nn",
    "-o",
    "n.js",
    "--external",
    "--partial",
    "--weights",
    "./n.safetensors",
  ]);
  expect(given.code).toBe(1);
  expect(readFileSync("n.safetensors").equals(half)).toBe(true);
  expect((await nnc(["compile", "n.nn", "-o", "m.js", "--external", "--partial"])).code).toBe(0);
  // Its own sidecar is written again without a word.
  expect(
    (await nnc(["compile", "n.nn", "-o", "m.js", "--external", "--weights", "m.safetensors"])).code,
  ).toBe(0);
});

test.each([
  [["-o", "n.ts"], 2, "the output must end in .js, .mjs or .cjs, or in / for a folder, not n.ts"],
  [["-o", "n.nn/n.js"], 1, "cannot write n.nn/n.d.ts: a part of the path is not a directory"],
  [["-o", "n.js", "--what"], 2, "unknown option '--what'"],
  [["-o", "n.js", "--mode", "fast"], 2, "Allowed choices are eval, train"],
  [["-o", "n.js", "--format", "umd"], 2, "Allowed choices are esm, cjs, iife"],
  [["-o", "n.mjs", "--format", "cjs"], 2, "n.mjs would be an ES module by its name, but --format cjs asks for CommonJS: write -o n.cjs"], // prettier-ignore
  [["--global-name", "net"], 2, "add --format iife"],
  [["--global-name", "a-b", "--format", "iife"], 2, "the name of a JavaScript variable, such as n, not a-b"],
] as const)("%j", async (more, code, message) => {
  folder({ "n.nn": "ReLU\n" });
  const ran = await nnc(["compile", "n.nn", ...more]);
  expect(ran.err).toContain(message);
  expect(ran).toMatchObject({ code, out: "" });
  expect(files()).toEqual(["n.nn"]);
});

test("a device is not replaced", async () => {
  folder({ "n.nn": "ReLU\n" });
  mkdirSync("dev.js");
  const { code, err } = await nnc(["compile", "n.nn", "-o", "dev.js"]);
  expect({ code, err }).toEqual({ code: 1, err: "nnc: cannot write dev.js: it is a directory\n" });
  expect(files()).toEqual(["dev.js", "n.nn"]);
});

test("--wat writes the kernels in WebAssembly's text format, too, or prints them", async () => {
  folder({ "n.nn": "Linear(2, 1)\n" });
  const { out, code } = await nnc(["compile", "n.nn", "--target", "wasm", "--wat"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^n\.js {2}.*\nn\.d\.ts {2}.*\nn\.wat {2}.*\n$/);
  const [mark, ...lines] = text("n.wat").split("\n");
  expect(mark).toMatch(/^;; nnc \d\S* kernels: n\.nn -> n\.wat [0-9a-f]{8}$/);
  const printed = await nnc(["compile", "n.nn", "--target", "wasm,js", "--wat", "-o", "-"]);
  expect(printed.out).toBe(lines.join("\n"));
  expect(printed.out).toBe((await nnc(["print", "n.nn", "--after", "wasm"])).out);
  expect(printed.out).toMatch(/^\(module\n[^]*f32x4|f32\.mul[^]*\)\n$/);
  // It is written again, and no file of others is.
  expect((await nnc(["compile", "n.nn", "--target", "wasm", "--wat"])).code).toBe(0);
  folder({ "n.nn": "Linear(2, 1)\n", "n.wat": "(module)\n" });
  const refused = await nnc(["compile", "n.nn", "--target", "wasm", "--wat"]);
  expect([refused.code, refused.err]).toEqual([
    1,
    expect.stringContaining("n.wat: it is there already, and nnc did not write it"),
  ]);
  expect(files()).toEqual(["n.nn", "n.wat"]);
  const none = await nnc(["compile", "n.nn", "--wat"]);
  expect([none.code, none.err]).toEqual([
    2,
    "nnc: --wat is for kernels in WebAssembly, and n.nn is compiled to JavaScript: add --target wasm\n",
  ]);
});
