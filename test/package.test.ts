/** The package as npm packs it: what is in it, that it runs, and its types. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emit, version } from "../compiler/index.ts";
import { makeProject, removeProject, root, run } from "./web/project.ts";

let folder = "";

beforeAll(() => {
  const { code, types } = emit("x -> Linear(4, 8) -> ReLU -> Linear(8, 3)", { filename: "mlp.nn" });
  const outside = emit("Linear(4, 3)", { filename: "outside.nn", external: true });
  const common = emit("x -> Linear(4, 8) -> ReLU -> Linear(8, 3)", { filename: "mlp.nn", format: "cjs" });
  const script = emit("x -> PReLU(0.25)", { filename: "script.nn", format: "iife", globalName: "Net" });
  folder = makeProject({
    "mlp.js": code,
    "mlp.d.ts": types,
    "outside.js": outside.code,
    "outside.d.ts": outside.types,
    "mlp.cjs": common.code,
    "mlp.d.cts": common.types,
    "script.js": script.code,
    "script.d.ts": script.types,
  });
});

afterAll(() => removeProject(folder));

const packed = (): string => join(folder, "node_modules", "nnc");

test("it holds what runs, its types and its pages, and no more", () => {
  const files = readdirSync(packed(), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(packed(), join(parentPath, name)).replaceAll("\\", "/"));
  const [code, rest] = [
    files.filter((path) => path.endsWith(".js")),
    files.filter((path) => !path.endsWith(".js")),
  ];
  const sources = ["compiler", "grammar", "runtime"].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => `dist/${top}/${path.replaceAll("\\", "/").replace(/ts$/, "js")}`),
  );
  expect(code.sort()).toEqual([...sources, "dist/grammar/chevrotain.js"].sort());
  expect(rest.filter((path) => !path.endsWith(".d.ts")).sort()).toEqual([
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "dist/grammar/chevrotain.LICENSE.txt",
    "grammar/ERRORS.md",
    "grammar/LANGUAGE.md",
    "package.json",
  ]);
});

test("its pages link to what is in it", () => {
  for (const page of [
    "README.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "grammar/ERRORS.md",
    "grammar/LANGUAGE.md",
  ]) {
    const links = readFileSync(join(packed(), page), "utf8").matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g);
    const missing = [...links]
      .map(([, to]) => to!)
      .filter((to) => !existsSync(join(packed(), page, "..", to)));
    expect(missing, page).toEqual([]);
  }
});

test("what is bundled in it comes with its licences", () => {
  const text = readFileSync(join(packed(), "dist", "grammar", "chevrotain.LICENSE.txt"), "utf8");
  const names = /^\/\*! (.*): see chevrotain\.LICENSE\.txt \*\//.exec(
    readFileSync(join(packed(), "dist", "grammar", "chevrotain.js"), "utf8"),
  )?.[1];
  expect(names?.split(", ")).toEqual(
    expect.arrayContaining([expect.stringMatching(/^chevrotain .* \(Apache-2\.0\)$/)]),
  );
  for (const name of names!.split(", ")) expect(text).toContain(`${name}\n`);
  expect(text).toContain("TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION");
  expect(text).toContain("Permission is hereby granted, free of charge");
});

test("its entries and its program run", () => {
  const text = `
    import { compile, formatTensor, version } from "nnc";
    import { format } from "nnc/grammar";
    import { toNested } from "nnc/runtime";
    console.log(version, formatTensor(compile("ReLU")([-1, 2])));
    console.log(format({ file: "a.nn", text: "ReLU->Tanh" }).text.trim(), toNested(compile("ReLU")([-1, 2])));`;
  expect(run(process.execPath, ["--input-type=module", "-e", text], folder)).toBe(
    `${version} tensor([0., 2.])\nReLU -> Tanh [ 0, 2 ]\n`,
  );
  const program = join(packed(), "dist", "compiler", "cli", "main.js");
  expect(run(process.execPath, [program, "--version"], folder)).toBe(`${version}\n`);
});

test("require loads them, and a bundle of CommonJS runs where there is no package", async () => {
  const text = `
    const { compile, formatTensor } = require("nnc");
    const { format } = require("nnc/grammar");
    const { toNested } = require("nnc/runtime");
    console.log(formatTensor(compile("ReLU")([-1, 2])));
    console.log(format({ file: "a.nn", text: "ReLU->Tanh" }).text.trim(), toNested(compile("ReLU")([-1, 2])));`;
  const said = "tensor([0., 2.])\nReLU -> Tanh [ 0, 2 ]\n";
  writeFileSync(join(folder, "use.cjs"), text);
  expect(run(process.execPath, ["use.cjs"], folder)).toBe(said);
  const elsewhere = mkdtempSync(join(tmpdir(), "nnc-bundle-"));
  try {
    const outfile = join(elsewhere, "bundle.cjs");
    await build({
      entryPoints: [join(folder, "use.cjs")],
      bundle: true,
      platform: "node",
      format: "cjs",
      outfile,
      logLevel: "error",
    });
    expect(run(process.execPath, [outfile], elsewhere)).toBe(said);
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
});

test("its script for git addresses and clones does nothing in the package", () => {
  expect(run("npm", ["run", "prepare", "--silent"], packed())).toBe("");
});

const LIBRARY = `
import {
  check, compile, emit, formatTensor, loadSafetensors, NnError, renderDiagnostic, saveSafetensors, tensor, version,
  type CompileOptions, type Diagnostic, type Emitted, type EmitOptions, type Input, type Model, type Nested, type Port,
  type Tensor,
} from "nnc";
import { parse, print } from "nnc/grammar";
import { dtypes, loadNpy, saveNpy, type Dtype } from "nnc/runtime";

const options: CompileOptions = { filename: "a.nn", mode: "train", seed: 1n, args: { dim: 3 }, strict: false };
const reading: EmitOptions = { external: true, read: (path) => (path.endsWith(".nn") ? "ReLU" : new Uint8Array(8)) };
const model: Model = compile("ReLU", options);
const y: Tensor = model([[1, 2], [3, 4]]);
const first: number | undefined = model([1]).data[0];
const { a, b }: Record<string, Tensor> = model({ x: y, flag: Float32Array.of(1) });
const nested: Nested = [[1], [true]];
const inputs: Input[] = [y, new Int32Array(3), nested];
model.run({ x: y }, { y: new Float32Array(4) });
model.input("x", [1, 2]).data.fill(0);
const ports: readonly Port[] = model.outputs;
const size: number | string | undefined = ports[0]?.shape[0];
const emitted: Emitted = emit("ReLU", reading);
const bytes: Uint8Array | undefined = emitted.weights;
const problems: Diagnostic[] = check("ReLU");
const shown: string[] = problems.map((problem) => renderDiagnostic(problem, "ReLU"));
const error = new NnError(problems, []);
const { diagnostics }: { readonly diagnostics: readonly Diagnostic[] } = error;
const text: string = formatTensor(tensor([1, 2])) + version + print(parse({ file: "a.nn", text: "ReLU" }).file);
const state: Record<string, Tensor> = loadSafetensors(saveSafetensors(model.parameters));
const dtype: Dtype = dtypes[0]!;
const image: Tensor = loadNpy(saveNpy(y));

// @ts-expect-error a source is a text
compile(["ReLU"]);
// @ts-expect-error there is no such mode
compile("ReLU", { mode: "test" });
// @ts-expect-error nor such an option
compile("ReLU", { weight: state });
// @ts-expect-error weights are tensors by name: loadSafetensors makes them of bytes
compile("ReLU", { weights: new Uint8Array(8) });
// @ts-expect-error reading does not wait
compile("ReLU", { read: async () => "ReLU" });
// @ts-expect-error texts are no input
model("1, 2");
// @ts-expect-error run takes tensors and typed arrays by name
model.run({ x: [1, 2] }, { y: new Float32Array(2) });
// @ts-expect-error a model keeps its parameters
model.parameters = state;
// @ts-expect-error only messages of ours have diagnostics
new Error("no").diagnostics;
// @ts-expect-error the compiler's inside is not for others
import { drive } from "nnc/compiler/driver.js";

export { a, b, bytes, diagnostics, drive, dtype, first, image, inputs, shown, size, text };
`;

const MODULE = `
import model, { create, inputs, parameters, selfTest, type Inputs, type Model, type Outputs, type Port } from "./mlp.js";
import * as outside from "./outside.js";

const y: Float32Array = model([[1, 2, 3, 4]]).data;
const same: Model = create();
const other: Model = create({ weights: same.parameters });
const input: Inputs = { x: same.input("x", [1, 4]) };
const output: Outputs = { y: same.output("y", [1, 3]) };
other.run(input, output);
other.run({ x: Float32Array.of(1, 2, 3, 4) }, { y: new Float32Array(3) });
const ports: readonly Port[] = [...inputs, ...parameters];
const error: number = selfTest() + outside.selfTest({ weights: new Uint8Array(8) });

const weight: Float32Array = model.parameters["0.weight"].data;

// @ts-expect-error there is no such parameter
model.parameters["0.weigth"].data;
const bytes = new ArrayBuffer(8);
const later: Promise<outside.Model>[] = [outside.load(), outside.load("net.safetensors"), outside.load(bytes), outside.load({ href: "" }), outside.load(Promise.resolve({ arrayBuffer: async () => bytes }))];
outside.create({ weights: bytes });

// @ts-expect-error it is no place, and has no bytes
outside.load(7);
// @ts-expect-error the input is named x
same.input("y", [1, 4]);
// @ts-expect-error its elements are floats
other.run({ x: Int32Array.of(1, 2, 3, 4) }, output);
// @ts-expect-error there is one output, y
other.run(input, { z: new Float32Array(3) });
// @ts-expect-error texts are no input
model("1, 2, 3, 4");
// @ts-expect-error weights are outside of this module
outside.create();
// @ts-expect-error so it has no model that is ready
outside.default;

export { error, later, ports, weight, y };
`;

const COMMON = `
import { create, selfTest, type Model } from "./mlp.cjs";

const model: Model = create();
const y: Float32Array = model([[1, 2, 3, 4]]).data;
const error: number = selfTest();
// @ts-expect-error there is no such parameter
model.parameters["0.weigth"].data;

export { error, y };
`;

const SCRIPT = `/// <reference path="./script.d.ts" />
const y: Float32Array = Net.model([1, 2]).data;
const other: Net.Model = Net.create();
const error: number = Net.selfTest();
const weight: Float32Array = other.parameters["0.weight"].data;
// @ts-expect-error texts are no input
Net.model("1, 2");
`;

describe.each([
  ["node16", { module: "node16", moduleResolution: "node16" }],
  ["bundler", { module: "esnext", moduleResolution: "bundler" }],
] as const)("types, by moduleResolution %s", (_, resolution) => {
  test.each([
    ["the library", LIBRARY],
    ["a module", MODULE],
    ["a module of CommonJS", COMMON],
    ["a script", SCRIPT],
  ])("%s", (name, text) => {
    const file = `${name.replaceAll(" ", "-")}.ts`;
    writeFileSync(join(folder, file), text);
    // Nothing of Node or of browsers: the types stand alone.
    const compilerOptions = {
      ...resolution,
      target: "es2023",
      lib: ["es2023"],
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    expect(run(process.execPath, [tsc, "-p", "."], folder)).toBe("");
  });
});
