/** Relaxed multiply-add: in Node.js, which may need a flag for it, in Chromium, and where the engine has none. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, emit, NnError, type EmitOptions } from "../../compiler/index.ts";
import { drive } from "../../compiler/drive/driver.ts";
import { wasmModule } from "../../compiler/emit/wasm/wasm-module.ts";
import { watText } from "../../compiler/emit/wasm/wat.ts";
import { printPlan } from "../../compiler/ir/plan/print-plan.ts";
import { readPlan } from "../../compiler/ir/plan/read-plan.ts";
import { engine, expectNear, wave } from "../wasm-engine.ts";
import { lacking, launch } from "./chromium.ts";
import { run } from "./project.ts";

const relaxed = { target: "wasm", relaxed: true } as const;

/** Rows by columns of a product whose blocks leave nothing over, so that each sum goes on in one order. */
const [ROWS, COLUMNS, TERMS] = [4, 16, 32] as const;
const product = `model Product { input x: f32[${ROWS}, ${TERMS}]; output y = x -> Linear(${TERMS}, ${COLUMNS}, bias=False) }`;

/** Nets, with the sizes of their input: rows, columns and terms beside the blocks, windows, tiles, and statistics in float64. */
const nets: readonly (readonly [string, readonly number[]])[] = [
  [product, [ROWS, TERMS]],
  ["model Odd { input x: f32[N, 37]; output y = x -> Linear(37, 19) -> ReLU }", [5, 37]],
  ["model One { input x: f32[N, 64]; output y = x -> Linear(64, 40) }", [1, 64]],
  ["model Tiles { input x: f32[1, 16, 9, 9]; output y = x -> Conv2d(16, 16, 3, padding=1) }", [1, 16, 9, 9]],
  ["model Places { input x: f32[1, 3, 9, 9]; output y = x -> Conv2d(3, 12, 3, stride=2) }", [1, 3, 9, 9]],
  ["model Norm { input x: f32[N, 24]; output y = x -> LayerNorm(24) -> Linear(24, 8) }", [3, 24]],
];

/** A script that gives what a module computes of an input, as text. */
const use = ([, shape]: (typeof nets)[number]): string =>
  `(net) => {
    const data = Float32Array.of(${wave(shape.reduce((a, b) => a * b)).join()});
    const x = { dtype: "f32", shape: [${shape.join()}], data };
    return JSON.stringify([net.selfTest() <= 1, ...net.create()({ x }).data]);
  }`;

const plain = ([source, shape]: (typeof nets)[number]): ArrayLike<number> => {
  const x = { dtype: "f32" as const, shape: [...shape], data: wave(shape.reduce((a, b) => a * b)) };
  return compile(source, { target: "wasm" })({ x }).data;
};

const bytes = wasmModule(drive(product, relaxed).plan).bytes;
const has = (engine as unknown as { validate(bytes: Uint8Array): boolean }).validate(bytes);

/** The same product with each term rounded once, or twice. */
function products(isFused: boolean): number[] {
  const x = wave(ROWS * TERMS);
  const { data: w } = Object.values(compile(product).parameters)[0]!;
  const rounded = isFused ? (term: number): number => term : Math.fround;
  return Array.from({ length: ROWS * COLUMNS }, (_, at) => {
    const [row, column] = [Math.floor(at / COLUMNS), at % COLUMNS];
    let sum = 0;
    // The product of two float32 is exact in float64.
    for (let k = 0; k < TERMS; k++)
      sum = Math.fround(sum + rounded(x[row * TERMS + k]! * Number(w[column * TERMS + k]!)));
    return sum;
  });
}

/** Holds what an engine computed against the model without relaxed vectors, and the product against both ways to round. */
function expectRight(texts: readonly string[]): void {
  const results = texts.map((text) => JSON.parse(text) as [boolean, ...number[]]);
  results.forEach(([isRight, ...got], i) => {
    expect(isRight).toBe(true);
    expectNear(got, plain(nets[i]!));
  });
  const [, ...got] = results[0]!;
  const [once, twice] = [products(true), products(false)];
  expect(once).not.toEqual(twice);
  expect([once, twice]).toContainEqual(got);
}

test("products of vectors are one instruction with their sum, where that is allowed", () => {
  const text = (options: EmitOptions): string => watText(wasmModule(drive(product, options).plan).module);
  expect(text(relaxed)).toContain("f32x4.relaxed_madd");
  expect(text(relaxed)).not.toContain("f32x4.mul");
  expect(text({ target: "wasm" })).not.toContain("relaxed");
  // What multiplies nothing needs nothing relaxed.
  expect(wasmModule(drive("model M { input x: f32[8]; output y = -x }", relaxed).plan).relaxed).toBe(false);
});

test("a printed plan says so, and is read as it was", () => {
  const { plan } = drive(product, relaxed);
  const printed = printPlan(plan);
  expect(printed).toContain("\ntarget wasm, relaxed\n");
  expect(readPlan(printed).relaxed).toBe(true);
  expect(printPlan(readPlan(printed))).toBe(printed);
});

test("JavaScript has none", () => {
  expect(() => compile(product, { target: "js", relaxed: true })).toThrow(NnError);
  expect(() => compile(product, { target: "js", relaxed: true })).toThrow(/relaxed is for WebAssembly/);
});

describe("in Node.js", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "nnc-relaxed-"));
    nets.forEach(([source], i) => writeFileSync(join(folder, `net${i}.mjs`), emit(source, relaxed).code));
    writeFileSync(join(folder, "both.mjs"), emit(product, { ...relaxed, target: "wasm,js" }).code);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The numbers of a module in an engine of its own, or the message of what it throws. */
  function ran(flags: readonly string[], file: string, net: (typeof nets)[number]): string {
    const script = `import(${JSON.stringify(`./${file}`)}).then(${use(net)}).then(console.log, (e) => console.log(e.message))`;
    return run(process.execPath, [...flags, "-e", script], folder);
  }

  test("with relaxed vectors", () => {
    const flags = has ? [] : ["--experimental-wasm-relaxed-simd"];
    expectRight(nets.map((net, i) => ran(flags, `net${i}.mjs`, net)));
  });

  test.skipIf(has)("without them, which this engine has", () => {
    expect(ran([], "net0.mjs", nets[0]!)).toMatch(
      /^the WebAssembly of this engine has no relaxed vectors \(relaxed SIMD\): leave --relaxed out; compiled with --target wasm,js the net runs in JavaScript, too/,
    );
    const [isRight, ...got] = JSON.parse(ran([], "both.mjs", nets[0]!)) as [boolean, ...number[]];
    expect(isRight).toBe(true);
    expectNear(got, plain(nets[0]!));
  });
});

describe.skipIf(lacking !== undefined && process.env["CI"] === undefined)("in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser.close());

  test("with relaxed vectors", async () => {
    const page = await browser.newPage();
    const texts: string[] = [];
    for (const net of nets) {
      const url = `data:text/javascript;base64,${Buffer.from(emit(net[0], relaxed).code).toString("base64")}`;
      texts.push(await page.evaluate<string>(`import("${url}").then(${use(net)})`));
    }
    expectRight(texts);
  });
});
