/** `nnc compile --external` with kernels in WebAssembly: OUT.wasm beside the module. */
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { compile, emit, type Model } from "../../compiler/index.ts";
import { imported, type EmittedModule } from "../compiled.ts";
import { engine, f32, wave } from "../wasm-engine.ts";
import { files, folder, nnc, text } from "./support.ts";

const net = "Linear(6, 30) -> ReLU -> Linear(30, 3)\n";
const plain = ["compile", "n.nn", "--external", "--seed", "3"];
const argv = [...plain, "--target", "wasm"];
const want = compile(net, { target: "wasm", seed: 3 })(wave(12)).data;

async function written(output: string, target = "wasm"): Promise<string> {
  const path = folder({ "n.nn": net });
  const { code, err } = await nnc([...plain, "--target", target, "-o", output]);
  expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^note: no weights given/) as string });
  return path;
}

/** The module of a file, as Node.js loads it. */
async function loaded(path: string): Promise<EmittedModule> {
  return (await import(/* @vite-ignore */ `${pathToFileURL(path).href}?${Math.random()}`)) as EmittedModule;
}

const given = (): { weights: Uint8Array; wasm: Uint8Array } => ({
  weights: readFileSync("n.safetensors"),
  wasm: readFileSync("n.wasm"),
});

/** Takes the WebAssembly of this engine away. */
function withoutWasm(): void {
  vi.stubGlobal("WebAssembly", undefined);
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
}

describe("the files", () => {
  test("are four, and load() and create() read them", async () => {
    const path = await written("n.mjs");
    expect(files()).toEqual(["n.d.mts", "n.mjs", "n.nn", "n.safetensors", "n.wasm"]);
    expect(text("n.mjs")).not.toMatch(/const binary/);
    const module = await loaded(join(path, "n.mjs"));
    expect((await module.load!())(wave(12)).data).toEqual(want);
    const fresh = await loaded(join(path, "n.mjs"));
    expect(fresh.create(given())(wave(12)).data).toEqual(want);
    // The kernels are compiled once.
    const { weights } = given();
    expect(fresh.create({ weights })(wave(12)).data).toEqual(want);
    expect(fresh.selfTest({ weights })).toBeLessThanOrEqual(1);
  });

  test("in CommonJS", async () => {
    const path = await written("n.cjs");
    const module = createRequire(join(path, "n.cjs"))("./n.cjs") as EmittedModule;
    expect((await module.load!())(wave(12)).data).toEqual(want);
  });

  test("as a WebAssembly.Module, to create and createAsync", async () => {
    const path = await written("n.mjs");
    const { weights, wasm } = given();
    const Module = (engine as unknown as { Module: new (bytes: Uint8Array) => unknown }).Module;
    for (const one of [
      wasm,
      wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.length),
      new Module(wasm),
    ])
      for (const name of ["create", "createAsync"] as const) {
        const module = await loaded(join(path, "n.mjs"));
        expect((await module[name]!({ weights, wasm: one }))(wave(12)).data).toEqual(want);
      }
  });

  test("with kernels in JavaScript, too, which run where there is no WebAssembly", async () => {
    const path = await written("n.mjs", "wasm,js");
    expect((await (await loaded(join(path, "n.mjs"))).load!())(wave(12)).data).toEqual(want);
    const module = await loaded(join(path, "n.mjs"));
    const { weights } = given();
    expect(() => module.create({ weights })).toThrow(/^wasm is missing: /);
    await expect(module.createAsync!({ weights })).rejects.toThrow(/^wasm is missing: /);
    withoutWasm();
    const inJs = compile(net, { target: "js", seed: 3 })(wave(12)).data;
    const makers: (() => Model | Promise<Model>)[] = [
      () => module.create({ weights }),
      () => module.createAsync!({ weights }),
      () => module.load!(weights),
    ];
    for (const make of makers) expect((await make())(wave(12)).data).toEqual(inJs);
  });

  test("are found by a module under another name of a folder", async () => {
    folder({ "n.nn": net });
    expect((await nnc([...argv, "-o", "a b/my net.mjs"])).code).toBe(0);
    const run = `import { load } from "./a b/my net.mjs"; console.log((await load())(new Float32Array(6)).shape.join());`;
    writeFileSync("run.mjs", run);
    expect(execFileSync(process.execPath, ["run.mjs"], { encoding: "utf8" })).toBe("3\n");
  });
});

describe("kernels that do not belong to the module", () => {
  const wrong = (reason: string): RegExp =>
    new RegExp(
      `^wasm ${reason}: create\\({ weights, wasm }\\) takes the bytes of n\\.wasm, or the WebAssembly\\.Module of them, and await load\\(\\) reads it$`,
    );
  const foreign = wrong("is not the n\\.wasm that was compiled with this module");

  test("are refused", async () => {
    const path = await written("n.mjs");
    const { weights, wasm } = given();
    const { create, createAsync, load } = await loaded(join(path, "n.mjs")); // oxlint-disable-line typescript/unbound-method -- functions of a module
    writeFileSync("other.nn", "Linear(6, 3)");
    expect((await nnc(["compile", "other.nn", "--target", "wasm", "--external"])).code).toBe(0);
    const other = readFileSync("other.wasm");
    const Module = (engine as unknown as { Module: new (bytes: Uint8Array) => unknown }).Module;
    for (const one of [
      other,
      new Module(other),
      wasm.subarray(1),
      new Uint8Array(0),
      f32(1),
      "n.wasm",
      {},
      3,
    ]) {
      expect(() => create({ weights, wasm: one })).toThrow(foreign);
      await expect(createAsync!({ weights, wasm: one })).rejects.toThrow(foreign);
    }
    expect(() => create({ weights })).toThrow(wrong("is missing"));
    await expect(createAsync!({ weights })).rejects.toThrow(wrong("is missing"));
    copyFileSync("other.wasm", "n.wasm");
    await expect(load!()).rejects.toThrow(/^file:.*\/n\.wasm: wasm is not the n\.wasm that was compiled/);
    renameSync("n.wasm", "gone.wasm");
    await expect(load!()).rejects.toThrow(/^the kernels file:.*\/n\.wasm cannot be read: ENOENT/);
    // The weights are found wrong first.
    await expect(load!(new Uint8Array(3), wasm)).rejects.toThrow(/^weights /);
  });

  test("where an engine has no vectors, the bytes are not to blame", async () => {
    const path = await written("n.mjs");
    const { create } = await loaded(join(path, "n.mjs")); // oxlint-disable-line typescript/unbound-method -- a function of a module
    vi.stubGlobal("WebAssembly", { Module: () => { throw new engine.CompileError("no"); }, validate: () => false }); // prettier-ignore
    onTestFinished(() => {
      vi.unstubAllGlobals();
    });
    expect(() => create(given())).toThrow(/^the WebAssembly of this engine has no vectors \(SIMD\); /);
  });
});

describe("an earlier n.wasm", () => {
  test("of nnc is replaced, with all others or not at all", async () => {
    await written("n.mjs");
    const before = readFileSync("n.wasm");
    expect((await nnc([...argv, "-o", "n.mjs"])).code).toBe(0);
    expect(readFileSync("n.wasm")).toEqual(before);
    writeFileSync("n.nn", "Linear(6, 5) -> ReLU -> Linear(5, 3)\n");
    expect((await nnc([...argv, "-o", "n.mjs"])).code).toBe(0);
    expect(readFileSync("n.wasm")).not.toEqual(before);
  });

  test.each([
    ["of another program", (own: Buffer) => own.subarray(0, 8), "it is there already, and nnc did not write it"],
    ["that was changed", (own: Buffer) => Buffer.concat([own.subarray(0, -1), Buffer.of(0)]), "it was changed since nnc wrote it"],
    ["that is a text", () => Buffer.from("notes\n"), "it is there already, and nnc did not write it"],
  ] as const)("%s stays", async (_, change, reason) => {
    await written("n.mjs");
    const changed = change(readFileSync("n.wasm"));
    writeFileSync("n.wasm", changed);
    const module = text("n.mjs");
    const { code, err } = await nnc([...argv, "-o", "n.mjs", "--mode", "train"]);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(`cannot write n.wasm: ${reason}`) as string });
    expect(readFileSync("n.wasm")).toEqual(changed);
    expect(text("n.mjs")).toBe(module);
    expect((await nnc([...argv, "-o", "n.mjs", "--force"])).code).toBe(0);
    expect((await (await loaded(join(process.cwd(), "n.mjs"))).load!())(wave(12)).data).toEqual(want);
  }); // prettier-ignore

  test("that was renamed stays", async () => {
    await written("n.mjs");
    renameSync("n.wasm", "k.wasm");
    const { code, err } = await nnc([...argv, "-o", "k.mjs"]);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("k.wasm: it was written by nnc as n.wasm, and copied or renamed since") as string }); // prettier-ignore
  });

  test("that emit made is replaced", async () => {
    folder({ "n.nn": net });
    writeFileSync("n.wasm", emit(net, { target: "wasm", external: true, kernels: "outside" }).wasm!);
    expect((await nnc([...argv, "-o", "n.mjs"])).code).toBe(0);
  });
});

test("printed modules say that the kernels are not there", async () => {
  folder({ "n.nn": net });
  const { err } = await nnc([...argv, "-o", "-"]);
  expect(err).toContain("the weights and kernels are not printed: -o FILE writes them beside the module");
});

test("emit keeps kernels inside unless it is asked", async () => {
  const inside = emit(net, { target: "wasm", external: true });
  expect(inside.wasm).toBeUndefined();
  const outside = emit(net, { target: "wasm", external: true, kernels: "outside", filename: "n.nn" });
  expect(outside.code.length).toBeLessThan(inside.code.length);
  const { weights, wasm } = outside;
  const module = await imported(outside.code);
  expect(module.create({ weights: weights!, wasm: wasm! })(wave(6)).data.length).toBe(3);
  // Without weights there is nothing to load.
  expect(emit("ReLU", { target: "wasm", external: true, kernels: "outside" }).wasm).toBeUndefined();
});
