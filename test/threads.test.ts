/** Models whose work several threads share. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Worker } from "node:worker_threads";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { compile, emit, type Model, type Tensor } from "../compiler/index.ts";
import { imported, refusal } from "./compiled.ts";
import { engine, expectSame, wave } from "./wasm-engine.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

type Workers = typeof import("node:worker_threads");
const threading = process.getBuiltinModule("node:worker_threads");

/** The workers that are made from now on, and the promise that all of them have begun. */
function workers(): { readonly made: Worker[]; readonly begun: () => Promise<unknown> } {
  const made: Worker[] = [];
  const begun: Promise<unknown>[] = [];
  const Own = threading.Worker;
  vi.spyOn(threading, "Worker").mockImplementation(function (
    ...given: ConstructorParameters<Workers["Worker"]>
  ) {
    const worker = new Own(...given);
    made.push(worker);
    begun.push(new Promise((done) => void worker.once("message", done)));
    return worker;
  });
  return { made, begun: () => Promise.all(begun) };
}

/** From now on this thread takes no shares, so that all of them are done by others. */
function idle(): void {
  const { compareExchange } = Atomics;
  vi.spyOn(Atomics, "compareExchange").mockImplementation(((
    words: Int32Array,
    place: number,
    ...more: [number, number]
  ) => (place === 0 ? NaN : compareExchange(words, place, ...more))) as never);
}

function tensor(...shape: number[]): Tensor {
  return { dtype: "f32", shape, data: wave(shape.reduce((product, size) => product * size, 1)) };
}

const PRODUCT = "model M { input a: f32[N, 256]; input b: f32[256, 256]; output y = a @ b }";

const nets: readonly [source: string, inputs: readonly Record<string, Tensor>[]][] = [
  [
    `model Block {
      input x: f32[N, 16, 40, 40]
      h = x -> first: Conv2d(16, 16, 3, padding=1) -> ReLU -> second: Conv2d(16, 16, 3, padding=1)
      output y = h + x -> ReLU
    }`,
    [1, 0, 2].map((batch) => ({ x: tensor(batch, 16, 40, 40) })),
  ],
  [
    "model MLP { input x: f32[N, 200]; output y = x -> Linear(200, 300) -> LayerNorm(300) -> GELU -> Linear(300, 90) -> Softmax }",
    [64, 1, 0, 65].map((rows) => ({ x: tensor(rows, 200) })),
  ],
  ["model Rows { input x: f32[N, 1000]; output y = x -> Softmax }", [1, 500, 7].map((rows) => ({ x: tensor(rows, 1000) }))],
  ["model Wide { input x: f32[C, 300, 301]; output y = x -> Sigmoid }", [0, 1, 3].map((rows) => ({ x: tensor(rows, 300, 301) }))],
  [
    "model Conv { input x: f32[N, 3, 97, 83]; output y = x -> Conv2d(3, 9, 5, stride=2, padding=2) -> MaxPool2d(2) -> BatchNorm2d(9) }",
    [1, 5].map((batch) => ({ x: tensor(batch, 3, 97, 83) })),
  ],
  [PRODUCT, [256, 1, 259].map((rows) => ({ a: tensor(rows, 256), b: tensor(256, 256) }))],
  [
    "model Steps { input x: f32[40, 64, 64]; output y = x -> LSTM(64, 96) }",
    [{ x: tensor(40, 64, 64) }],
  ],
]; // prettier-ignore

describe("the same bits", () => {
  test.each(nets)("%s", async (source, inputs) => {
    const alone = compile(source, { target: "wasm" });
    const { begun } = workers();
    const models = [1, 2, 3, ...(source === nets[0]![0] ? [8] : [])].map((threads) =>
      compile(source, { target: "wasm", threads }),
    );
    // The numbers of a self test take long where much is multiplied.
    if (source === PRODUCT) {
      const net = await imported(emit(source, { target: "wasm", threads: true }).code);
      models.push(await net.createAsync!({ threads: 2 }), net.create({ threads: 3 }), net.create());
    }
    expect(models.slice(0, 3).map(({ threads }) => threads)).toEqual([1, 2, 3]);
    await begun();
    for (const given of inputs) {
      const want = alone(given);
      const all = "data" in want ? { y: want } : want;
      for (const model of models) {
        const outputs = Object.fromEntries(
          Object.entries(all as Record<string, Tensor>).map(([name, { shape }]) => [
            name,
            model.output(name, shape),
          ]),
        );
        model.run(given, outputs);
        for (const [name, { data }] of Object.entries(all as Record<string, Tensor>))
          expectSame(outputs[name]!.data, data as Float32Array);
      }
    }
    for (const model of models) model.dispose();
  });

  test("where others do all of it", async () => {
    for (const [source, inputs] of nets) {
      const want = compile(source, { target: "wasm" })(inputs[0]);
      const { begun } = workers();
      const model = compile(source, { target: "wasm", threads: 3 });
      await begun();
      const claims = vi.spyOn(Atomics, "notify");
      idle();
      const got = model(inputs[0]);
      // This thread did nothing, and told others of work.
      expect(claims.mock.calls.every(([, place]) => place === 0)).toBe(true);
      vi.restoreAllMocks();
      expectSame(got.data ?? got["y"]!.data, want.data ?? want["y"]!.data);
      model.dispose();
    }
  });

  test("in CommonJS and in a script", async () => {
    const want = compile(PRODUCT, { target: "wasm" })(nets[5]![1][0]).data;
    for (const format of ["cjs", "iife"] as const) {
      const { code } = emit(PRODUCT, { target: "wasm", threads: true, format, globalName: "net" });
      const { begun } = workers();
      // oxlint-disable-next-line typescript/no-implied-eval -- the text of a module
      const made = new Function(format === "cjs" ? `const exports = {}; ${code}; return exports` : `${code}; return net`)() as Awaited<ReturnType<typeof imported>>; // prettier-ignore
      const model = made.create({ threads: 2 });
      await begun();
      idle();
      const got = model(nets[5]![1][0]).data;
      vi.restoreAllMocks();
      expectSame(got, want);
      model.dispose();
    }
  });
});

describe("threads", () => {
  const given = nets[5]![1][0]!;

  test("end with dispose, and begin anew with the next call", async () => {
    const { made, begun } = workers();
    const model = compile(PRODUCT, { target: "wasm", threads: 3 });
    const want = model(given).data;
    const kept = model.input("a", [256, 256]);
    kept.data.set(given["a"]!.data as Float32Array);
    await begun();
    const ends = made.map((worker) => new Promise((done) => void worker.once("exit", done)));
    model.dispose();
    await Promise.all(ends);
    expect(made.length).toBe(2);
    expectSame(model({ ...given, a: kept }).data, want);
    expect(made.length).toBe(4);
    await begun();
    idle();
    expectSame(model({ ...given, a: kept }).data, want);
    vi.restoreAllMocks();
    model.dispose();
  });

  test("end when nobody has the model any more", async () => {
    const { made, begun } = workers();
    const forget = (): void => void compile(PRODUCT, { target: "wasm", threads: 2 })(given);
    forget();
    await begun();
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const end = new Promise((done) => void made[0]!.once("exit", done));
    const again = setInterval(collect, 20);
    await end;
    clearInterval(again);
  });

  test("do not keep Node.js alive", () => {
    const folder = mkdtempSync(join(tmpdir(), "nnc-threads-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "net.mjs");
    writeFileSync(file, emit(PRODUCT, { target: "wasm", threads: true }).code);
    const text = `import { create, createAsync } from ${JSON.stringify(file)};
      const data = new Float32Array(65536).fill(1);
      const inputs = { a: { shape: [256, 256], data }, b: { shape: [256, 256], data } };
      const model = create({ threads: 3 });
      const other = await createAsync({ threads: 2 });
      console.log(model(inputs).data[0], other(inputs).data[9], model.threads, other.threads);`;
    const out = execFileSync(process.execPath, ["--input-type=module", "-e", text], { timeout: 60_000 });
    expect(String(out)).toBe("256 256 3 2\n");
  });

  test("throw what one thread throws", async () => {
    const source = "model M { input i: i32[N]; output y = i -> Embedding(100, 256) -> GELU }";
    const i = Int32Array.from({ length: 3000 }, (_, at) => (at % 1000 === 999 ? 100 + at : at % 100));
    const alone = compile(source, { target: "wasm" });
    const { begun } = workers();
    const model = compile(source, { target: "wasm", threads: 3 });
    await begun();
    const thrown = (one: Model): string => {
      try {
        one(i);
        return "nothing";
      } catch (cause) {
        return String(cause);
      }
    };
    const want = thrown(alone);
    expect(want).toContain("RangeError: Embedding(100, 256): index 1099 is not in 0..99");
    expect(thrown(model)).toBe(want);
    idle();
    expect(thrown(model)).toBe(want);
    vi.restoreAllMocks();
    const right = i.map((at) => at % 100);
    expectSame(model(right).data, alone(right).data);
    model.dispose();
  });

  test("that cannot be had are told of, and the model computes alone", async () => {
    const want = compile(PRODUCT, { target: "wasm" })(given).data;
    const source = emit(PRODUCT, { target: "wasm,js", threads: true }).code;
    const net = await imported(source);
    const told = (model: Model): unknown => {
      expectSame(model(given).data, want);
      model.dispose();
      return [model.threads, model.threadsNote];
    };
    const get = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
    expect(told(net.create({ threads: 2 }))).toEqual([
      1,
      "threads need Node.js 20.16 or 22.3, or a page with Worker",
    ]);
    expect(told(await net.createAsync!({ threads: 2 }))).toEqual([1, expect.stringContaining("Node.js")]);
    vi.stubGlobal("Worker", function () {});
    vi.stubGlobal("crossOriginIsolated", false);
    expect(told(net.create({ threads: 2 }))).toEqual([
      1,
      expect.stringContaining("Cross-Origin-Opener-Policy"),
    ]);
    get.mockRestore();
    const Own = threading.Worker;
    vi.spyOn(threading, "Worker").mockImplementation(function (_: string, options: object) {
      return new Own("throw new Error('no memory')", options);
    } as never);
    const model = await net.createAsync!({ threads: 3 });
    expect([model.threads, model.threadsNote]).toEqual([1, "a thread did not start: no memory"]);
    expectSame(model(given).data, want);
    vi.spyOn(threading, "Worker").mockImplementation(function () {
      throw new Error("no workers");
    });
    expect(told(net.create({ threads: 3 }))).toEqual([1, "no workers"]);
    vi.restoreAllMocks();
    vi.stubGlobal("WebAssembly", undefined);
    const script = (await imported(`${source}// once more`)).create({ threads: 2 });
    expect([script.threads, script.threadsNote]).toEqual([
      1,
      "this engine runs the net in JavaScript, which has one thread",
    ]);
  });

  test("are asked for by a number that there can be, of a module that has them", async () => {
    const net = await imported(emit(PRODUCT, { target: "wasm", threads: true }).code);
    for (const threads of [0, -1, 1.5, 257, "2"])
      expect(() => net.create({ threads: threads as number })).toThrow("threads must be a whole number from 1 to 256, or true");
    const memory = new engine.Memory({ initial: 1 });
    expect(() => net.create({ threads: 2, memory })).toThrow("a model with threads has a memory of its own");
    expect(net.create({ threads: 1, memory })(given).data.length).toBe(65536);
    const all = net.create({ threads: true });
    expect(all.threads).toBe(process.getBuiltinModule("node:os").availableParallelism());
    all.dispose();
    for (const target of ["wasm", "wasm,js"] as const) {
      const plain = await imported(emit(PRODUCT, { target }).code);
      expect(() => plain.create({ threads: 2 })).toThrow("this module has no threads: nnc compile --target wasm --threads");
      expect(plain.create({ threads: 1 })(given).data.length).toBe(65536);
    }
    expect(refusal(PRODUCT, { threads: 0 })).toContain("the option threads is a whole number from 1 to 256, or true, not 0");
    expect(refusal(PRODUCT, { threads: 2, target: "js" })).toContain('threads are for WebAssembly');
  }); // prettier-ignore
});

test("memory of a model with threads grows, and its tensors stay", async () => {
  const source = "model M { input x: f32[N, 64]; output y = x -> Linear(64, 64) -> Tanh }";
  const alone = compile(source, { target: "wasm" });
  const { begun } = workers();
  const model = compile(source, { target: "wasm", threads: 2 });
  await begun();
  const small = model.input("x", [3, 64]);
  small.data.set(wave(192));
  const first = small.data;
  for (const rows of [10, 20_000, 5, 40_000]) {
    const x = model.input("x", [rows, 64]);
    x.data.set(wave(rows * 64));
    expectSame(model(x).data, alone({ dtype: "f32", shape: [rows, 64], data: wave(rows * 64) }).data);
    expectSame(model(small).data, alone({ dtype: "f32", shape: [3, 64], data: wave(192) }).data);
    // Shared memory does not end arrays: those from before show the same.
    expectSame(first, small.data);
    for (const [name, { data }] of Object.entries(alone.parameters))
      expectSame(model.parameters[name]!.data, data);
  }
  expect(small.data.buffer).not.toBe(first.buffer);
  model.dispose();
});
