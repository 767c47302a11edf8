/** What `selfTest` says: at most 1 where an engine computes a net right, more where it does not. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emit, saveSafetensors, tensor, type EmitOptions } from "../compiler/index.ts";
import { safetensorsMetadata } from "../runtime/index.ts";
import { netOf, recipes } from "./differential/nets.ts";

interface Emitted {
  readonly selfTest?: (options?: { weights: Uint8Array }) => number;
}

/** An engine whose functions of `Math` that may differ in their last place are all off by one, or that of Node. */
function engine(by: bigint): typeof Math {
  const names = "exp expm1 log log1p log2 log10 pow tanh sinh cosh asinh acosh atanh sin cos tan asin acos atan atan2 cbrt hypot".split(" "); // prettier-ignore
  const other: Record<string, unknown> = {};
  for (const name of Object.getOwnPropertyNames(Math)) {
    const own = Math[name as "exp"];
    other[name] = names.includes(name) ? (...values: [number]) => moved(own(...values), by) : own;
  }
  return other as unknown as typeof Math;
}

function moved(value: number, by: bigint): number {
  if (!Number.isFinite(value) || value === 0) return value;
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0]! += by;
  return new Float64Array(bits.buffer)[0]!;
}

function selfTestOf(code: string, math: typeof Math = Math): Emitted["selfTest"] {
  const module: { exports: Emitted } = { exports: {} };
  // oxlint-disable-next-line typescript/no-implied-eval -- so that the code gets another `Math`
  new Function("Math", "module", "exports", code)(math, module, module.exports);
  return module.exports.selfTest;
}

function codeOf(source: string, options: EmitOptions = {}): string {
  return emit(source, { external: false, ...options, format: "cjs" }).code;
}

const engines = [0n, 1n, -1n].map(engine);

function expectRight(source: string, options: EmitOptions = {}): void {
  const code = codeOf(source, options);
  for (const math of engines) expect(selfTestOf(code, math)?.() ?? 0, source).toBeLessThanOrEqual(1);
}

describe("it passes on the engine that compiled the net, and on ones that differ in last places", () => {
  test.each([
    "x -> Repeat(30) { Linear(16, 16) -> LayerNorm(16) -> SiLU }",
    "x -> Repeat(12) { Linear(32, 32) -> LayerNorm(32) -> ReLU }",
    "x -> Repeat(100) { Residual { LayerNorm(8) -> Linear(8, 8) -> GELU } }",
  ])("%s", (source) => {
    expectRight(source);
  });

  test("random nets", () => {
    for (const recipe of fc.sample(recipes, { numRuns: 20, seed: 3 })) {
      const { text, mode, args } = netOf(recipe);
      expectRight(text, { mode, args });
    }
  });

  test.each<[string, string]>([
    ["zeros", "model M { input x: f32[N, 3]; output x * 0 }"],
    ["NaN and infinities", "model M { input x: f32[N, 3]; output [x / 0, x * 0 / 0] -> Concat(1) }"],
    ["more than a float32 holds", "model M { input x: f32[N, 3]; output x * 1e20 * 1e20 }"],
    ["less than a float32 holds", "model M { input x: f32[N, 3]; output x * 1e-43 }"],
    ["integers and truths", "model M { input x: f32[N, 3]; input i: i32[N]; output a = x -> ArgMax(dim=-1), b = x > 0, c = i * 7 }"],
    ["values far apart", "model M { input x: f32[N, 8]; output x -> Exp }"],
  ])("%s", (_, source) => expectRight(source)); // prettier-ignore
});

test("deep nets are allowed the error that they have, shallow ones the least", () => {
  const within = (source: string): number => Number(/ \/ ([\de.+-]+);\n  \}\)\);/.exec(codeOf(source))![1]);
  expect(within("x -> LayerNorm(16)")).toBeLessThan(2e-5);
  expect(within("x -> Repeat(100) { Residual { LayerNorm(8) -> Linear(8, 8) -> GELU } }")).toBeLessThan(2e-3);
});

describe("it fails where a kernel is wrong", () => {
  const norm = "LayerNorm(10) -> PReLU(0.25)";
  const deep = "x -> Repeat(30) { Linear(16, 16) -> LayerNorm(16) -> SiLU }";
  test.each<[string, string, RegExp, string]>([
    ["a statistic that loses its digits", norm, /- t2 \* t2/, ""],
    ["another eps", norm, /1e-5|0\.00001/, "1e-4"],
    ["a mean of one value too many", norm, /sum \/ 10/, "sum / 11"],
    ["a slope", norm, /\[0 < /, "[0 > "],
    ["a row that is not computed", norm, /i < run\$/, "i < run$ - 1"],
    ["a mean in a deep net", deep, /sum \/ 16/, "sum / 16.01"],
    ["an activation in a deep net", deep, /\) \+ 1\)/g, ") + 1.001)"],
    ["an integer", "model M { input i: i32[N]; output i * 7 }", /, 7\);/g, ", 8);"],
    ["a truth", "model M { input x: f32[N, 3]; output x > 0 }", /0 < x/, "0 <= -x"],
    ["NaN for a number", "model M { input x: f32[N, 3]; output x + 1 }", /\+ 1;/, "+ NaN;"],
    ["a number for NaN", "model M { input x: f32[N, 3]; output x * 0 / 0 }", /(y\[[^\]]*\]) = [^;]*;/, "$1 = 0;"],
  ])("%s", (_, source, right, wrong) => {
    const code = codeOf(source);
    expect(selfTestOf(code)!()).toBeLessThanOrEqual(1);
    const kernels = code.indexOf("function ");
    const mutated = code.slice(0, kernels) + code.slice(kernels).replace(right, wrong);
    expect(mutated).not.toBe(code);
    expect(selfTestOf(mutated)!() <= 1).toBe(false);
  }); // prettier-ignore
});

test("weights outside bring what to expect of them", () => {
  const { code, weights } = emit("Linear(3, 2) -> Tanh", { external: true, format: "cjs" });
  const recorded = JSON.parse(safetensorsMetadata(weights!)["nnc.selfTest"]!) as Record<string, unknown[]>;
  expect(Object.keys(recorded)).toEqual(["shapes", "below", "wanted", "within"]);
  expect(recorded["within"]).toHaveLength(1);
  expect(selfTestOf(code)!({ weights: weights! })).toBeLessThanOrEqual(1);
  const others = { "0.weight": tensor(new Float32Array(6), { shape: [2, 3] }), "0.bias": tensor([1, 1]) };
  const metadata = safetensorsMetadata(weights!);
  expect(selfTestOf(code)!({ weights: saveSafetensors(others, { metadata }) })).toBeGreaterThan(1);
});
