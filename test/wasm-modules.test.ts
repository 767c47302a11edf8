/** Where modules and models have their kernels in WebAssembly, and what they do where an engine has none. */
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { compile, emit, type CompileOptions, type EmitOptions, type Model } from "../compiler/index.ts";
import { imported } from "./compiled.ts";
import { engine, expectNear, forgetMemories, memories, wave } from "./wasm-engine.ts";

beforeEach(forgetMemories);

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("where there is no WebAssembly", () => {
  const refusing = (reason: string, valid: boolean): unknown => ({
    Module: class {
      constructor() {
        throw new engine.CompileError(reason);
      }
    },
    validate: () => valid,
  });
  const lacks: [string, unknown, string][] = [
    ["this engine has no WebAssembly", undefined, "WebAssembly is not defined"],
    ["the WebAssembly of this engine has no vectors (SIMD)", refusing("invalid value type 0x7b @+20", false), "invalid value type 0x7b @+20"],
    ["WebAssembly is forbidden here: script-src needs 'wasm-unsafe-eval'", refusing("Refused by policy", true), "Refused by policy"],
  ]; // prettier-ignore
  const without = (instead: unknown): void => {
    vi.stubGlobal("WebAssembly", instead);
    if (instead === undefined) Reflect.deleteProperty(globalThis, "WebAssembly");
  };

  test.each(lacks)("%s, says a module", async (lack, instead, reason) => {
    const source = "x -> Softmax(dim=-1)";
    const { code } = emit(source, { target: "wasm", external: true });
    without(instead);
    const message = `${lack}; compiled with --target wasm,js the net runs in JavaScript, too (${reason})`;
    expect(() => compile(source, { target: "wasm" })).toThrow(new Error(message));
    // An engine remembers a module, and that it has failed, by its text.
    await expect(imported(`${code}\n// ${reason}`)).rejects.toThrow(new Error(message));
  });

  const source =
    "model M { input a: f32[N, 6]; input memory: f32[N, 6]; output p = a + memory -> Linear(6, 40) -> Erf -> BatchNorm1d(40) -> Linear(40, 3), q = a ** memory }";
  const inputs = { a: { dtype: "f32", shape: [2, 6], data: wave(12).map(Math.abs) }, memory: { dtype: "f32", shape: [2, 6], data: wave(12) } } as const; // prettier-ignore

  test.each<[string, EmitOptions]>([
    ["weights inside", {}],
    ["weights outside", { external: true }],
    ["statistics that runs move", { mode: "train" }],
    ["floats of 16 bits", { floats: "f16" }],
    ["CommonJS", { format: "cjs" }],
    ["a script", { format: "iife", globalName: "net" }],
  ])("JavaScript stands in, with %s", async (_, options) => {
    const results = (made: Awaited<ReturnType<typeof imported>>, given?: Uint8Array): unknown => {
      const weights = given && { weights: given };
      const model = made.create(weights);
      const { p, q } = model(inputs);
      const own = model.input("a", [2, 6]).data.buffer === model.input("memory", [2, 6]).data.buffer;
      const outputs = { p: new Float32Array(6), q: new Float32Array(12) };
      model.run(inputs, outputs);
      const parameters = Object.values(model.parameters).map(({ data }) => [...data]);
      return [own, made.selfTest(weights) <= 1, p!.data, q!.data, outputs, parameters];
    };
    const loaded = async (code: string): ReturnType<typeof imported> =>
      (options.format ?? "esm") === "esm" ? imported(code)
      : // oxlint-disable-next-line typescript/no-implied-eval -- the text is the compiler's own
        (new Function("exports", `${code}\n; return ${options.format === "iife" ? "net" : "exports"};`)({}) as ReturnType<typeof imported>);
    const made = (target: "js" | "wasm" | "wasm,js"): { code: string; weights?: Uint8Array } => emit(source, { ...options, target });
    const [js, wasm, both] = [made("js"), made("wasm"), made("wasm,js")];
    const want = results(await loaded(wasm.code), wasm.weights);
    expect(results(await loaded(both.code), both.weights)).toEqual(want);
    const instead = results(await loaded(js.code), js.weights);
    expect(instead).not.toEqual(want);
    for (const [lack, none] of lacks) {
      without(none);
      expect(results(await loaded(`${both.code}\n// ${lack}`), both.weights)).toEqual(instead);
      expect(compile(source, { target: "wasm,js" })(inputs)["p"]).toEqual(compile(source, { target: "js" })(inputs)["p"]);
      vi.unstubAllGlobals();
    }
    expect(compile(source, { target: "wasm,js" })(inputs)["p"]).toEqual(compile(source, { target: "wasm" })(inputs)["p"]);
  }); // prettier-ignore
});

describe("how large a module is", () => {
  const layers = "Linear(784, 256) -> LayerNorm(256) -> ReLU -> Linear(256, 128) -> LayerNorm(128) -> ReLU -> Linear(128, 10)";

  // Bytes of the text, and of the text as servers send it.
  test.each<[string, EmitOptions, number, number]>([
    [`model Net { input x: f32[N, 784]; output y = x -> ${layers} }`, { external: true }, 26_500, 11_700],
    [`model Net { input x: f32[N, 784]; output y = x -> ${layers} }`, { external: true, kernels: "outside" }, 19_500, 8_600],
    ["LayerNorm(10)", {}, 10_800, 5_300],
  ])("%s, %j", (source, options, most, mostSent) => {
    const { code } = emit(source, { target: "wasm", ...options });
    expect(code.length).toBeLessThan(most);
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(mostSent);
  });
}); // prettier-ignore

describe("auto", () => {
  test.each<[string, "js" | "wasm,js", CompileOptions?]>([
    ["Linear(399, 250)", "js"],
    ["Linear(400, 250)", "wasm,js"],
    ["Linear(400, 200) -> ReLU -> Linear(200, 100)", "wasm,js"],
    ["model M { input x: f32[N, 400]; output y = x -> Linear(400, 200) }", "js"],
    ["model M { input x: f32[N, 400]; output y = x -> Linear(400, 200) }", "wasm,js", { args: { N: 2 } }],
    ["model M { input x: f32[N, 3, 32, 32]; output y = x -> Conv2d(3, 8, 3) }", "wasm,js"],
    // What no output depends on is not computed.
    ["model M { input x: f32[N, 400]; y = x -> Linear(400, 400); output z = x -> ReLU }", "js"],
    ["Softmax(dim=-1)", "js"],
  ])("%s is %s", (source, target, options = {}) => {
    const { code } = emit(source, { ...options, external: "given" });
    expect(code).toBe(emit(source, { ...options, external: "given", target }).code);
    expect(code.includes("WebAssembly")).toBe(target !== "js");
    const made = memories();
    compile(source, options);
    expect(made.length).toBe(target === "js" ? 0 : 1);
  });
});

describe("createAsync", () => {
  const source = "Linear(30, 40) -> Tanh";
  const want = compile(source, { target: "wasm" })(wave(30)).data;

  test.each<EmitOptions>([{}, { external: true }, { target: "wasm,js" }, { target: "wasm,js", external: true }])("%j", async (options) => {
    const { code, weights } = emit(source, { target: "wasm", ...options });
    const { create, createAsync } = await imported(code); // oxlint-disable-line typescript/unbound-method -- functions of a module
    const given = weights && { weights };
    const [one, other] = await Promise.all([createAsync!(given), createAsync!(given)]);
    for (const model of [one, other, create(given)]) {
      expect(model(wave(30)).data).toEqual(want);
      expectNear(model(wave(30 * 50_000)).data.subarray(0, 40), want);
      model.dispose();
      expect(model(wave(30)).data).toEqual(want);
    }
    const [x, y] = [one.input("x", [30]), other.input("x", [30])];
    expect(x.data.buffer === y.data.buffer).toBe(true);
    expect(x.data.byteOffset).not.toBe(y.data.byteOffset);
    await expect(createAsync!({ weights: {} })).rejects.toThrow(/^weights lack 0\.weight/);
    expect((await createAsync!(given))(wave(30)).data).toEqual(want);
  }); // prettier-ignore

  /** An engine that compiles and instantiates on its main thread only where nobody waits for it. */
  function engineWithoutBlocking(): void {
    const refuse = function (): never {
      throw new RangeError("WebAssembly.Compile is disallowed on the main thread");
    };
    vi.stubGlobal("WebAssembly", { Memory: engine.Memory, Module: refuse, Instance: refuse, compile: engine.compile, instantiate: engine.instantiate, validate: engine.validate }); // prettier-ignore
  }

  test("where the thread may not be blocked, load and createAsync make models, and create says so", async () => {
    const { code, weights } = emit(source, { target: "wasm", external: true });
    engineWithoutBlocking();
    const module = await imported(`${code}\n// without blocking`);
    expect(() => module.create({ weights: weights! })).toThrow(/^this thread compiles WebAssembly in await createAsync\(\) only; /);
    expect((await module.createAsync!({ weights: weights! }))(wave(30)).data).toEqual(want);
    expect((await module.load!(weights))(wave(30)).data).toEqual(want);
    const both = await imported(`${emit(source, { target: "wasm,js" }).code}\n// without blocking`);
    expect(both.default(wave(30)).data).toEqual(compile(source, { target: "js" })(wave(30)).data);
    expect((await both.createAsync!())(wave(30)).data).toEqual(want);
  }); // prettier-ignore

  test("where there is no WebAssembly, it says so or takes JavaScript", async () => {
    const outside = emit(source, { target: "wasm", external: true });
    const both = emit(source, { target: "wasm,js", external: true });
    vi.stubGlobal("WebAssembly", undefined);
    const load = async ({ code, weights }: typeof outside): Promise<Model> => (await imported(`${code}\n// none`)).createAsync!({ weights: weights! });
    await expect(load(outside)).rejects.toThrow(/^this engine has no WebAssembly; /);
    expect((await load(both))(wave(30)).data).toEqual(compile(source, { target: "js" })(wave(30)).data);
  }); // prettier-ignore
});
