/** Models whose buffers lie in a memory of WebAssembly, beside those of JavaScript. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  compile,
  emit,
  type CompileOptions,
  type EmitOptions,
  type Model,
  type Tensor,
} from "../compiler/index.ts";
import { drive } from "../compiler/drive/driver.ts";
import { timedClosure } from "../compiler/emit/host/closure.ts";
import { imported } from "./compiled.ts";
import { engine, expectNear, expectSame, f32, forgetMemories, memories, wave } from "./wasm-engine.ts";

beforeEach(forgetMemories);

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** The models of a source in WebAssembly: in this process, and of a module. */
async function arenas(source: string, options: CompileOptions = {}): Promise<Model[]> {
  const given: EmitOptions = { ...options, target: "wasm" };
  return [compile(source, given), (await imported(emit(source, given).code)).default];
}

const MLP = "Linear(6, 40) -> ReLU -> Linear(40, 3)";
const JOIN = "model M { input a: f32[N]; input b: f32[N]; output p = a + b, q = a - b }";

describe("numbers", () => {
  test.each<[string, CompileOptions, number]>([
    ["LayerNorm(10) -> PReLU(0.25)", {}, 10],
    [MLP, {}, 6],
    ["model M { input x: f32[N, 8]; output y = x -> Softmax(dim=0) -> Linear(8, 8) -> BatchNorm1d(8) -> Softmax(dim=0) }", {}, 8],
    ["model M { input x: f32[N, 4, 6]; output y = x -> Conv1d(4, 3, 3, padding=1) -> GroupNorm(3, 3) }", {}, 24],
    ["Linear(6, 40) -> BatchNorm1d(40) -> Tanh -> Linear(40, 3)", { mode: "train" }, 6],
  ])("%s, of sizes that grow and shrink", async (source, options, row) => {
    for (const model of await arenas(source, options)) {
      const wanted = compile(source, { ...options, target: "js" });
      for (const rows of [2, 1000, 3, 1000, 5]) {
        const x = wave(row * rows);
        const want = wanted(x);
        const got = model(x);
        expect(got.shape).toEqual(want.shape);
        expectNear(got.data, want.data);
        const y = new Float32Array(want.data.length);
        wanted.run({ x }, { y: want });
        model.run({ x }, { y });
        expectNear(y, want.data);
        for (const [name, { data }] of Object.entries(wanted.parameters)) expectNear(model.parameters[name]!.data, data);
      }
    }
  }); // prettier-ignore

  test("an empty batch", async () => {
    for (const model of await arenas(MLP)) {
      expect(model({ dtype: "f32", shape: [0, 6], data: f32() }).shape).toEqual([0, 3]);
      model.run({ x: model.input("x", [0, 6]) }, { y: model.output("y", [0, 3]) });
      expect(model(wave(6)).data).toEqual((await arenas(MLP))[0]!(wave(6)).data);
    }
  });

  test("of integers and truths, in and out", async () => {
    const source =
      "model M { input i: i32[N]; input m: bool[N]; output n = i * 3, t = m == true, e = i -> Embedding(9, 2) }";
    for (const model of await arenas(source)) {
      const [i, m] = [Int32Array.of(1, 8, 3), Uint8Array.of(0, 1, 200)];
      const { n, t, e } = model({ i, m });
      expect([[...n!.data], [...t!.data], e!.shape]).toEqual([[3, 24, 9], [0, 1, 1], [3, 2]]);
      const [own, truths] = [model.input("m", [3]), model.output("t", [3])];
      for (const values of [[0, 1, 200], [1, 0, 1]]) {
        own.data.set(values);
        model.run({ i, m: own }, { n: Int32Array.of(0, 0, 0), t: truths, e: new Float32Array(6) });
        expect([...truths.data]).toEqual(values.map((value) => Number(value !== 0)));
        expect([...own.data]).toEqual(values);
      }
      expect(() => model({ i: Int32Array.of(9), m: Uint8Array.of(1) })).toThrow(RangeError);
      expect(() => model({ i: Int32Array.of(9), m: Uint8Array.of(1) })).toThrow(/Embedding\(9, 2\): index 9 is not in 0\.\.8/);
    }
  }); // prettier-ignore

  test("of many kernels, each of which is timed", () => {
    const source = "model M { input x: f32[N, 4]; output x -> Repeat(150) { Softmax(dim=0) -> Linear(4, 4) } }";
    const { plan, state } = drive(source, { target: "wasm" });
    const rounds: number[] = [];
    const clock = { start: (): unknown => rounds.push(0), calls: () => 2, stop: () => rounds[rounds.length - 1]!++ } as never;
    const model = timedClosure(plan, state, clock);
    const want = compile(source, { target: "wasm" })(wave(8)).data;
    expect(model(wave(8)).data).toEqual(want);
    expect(plan.run.length).toBeGreaterThan(200);
    expect(rounds).toEqual([plan.run.length]);
    expectNear(want, compile(source, { target: "js" })(wave(8)).data);
  }); // prettier-ignore
});

describe("tensors in the model's own memory", () => {
  test("are in one memory, and its kernels use them there", async () => {
    for (const model of await arenas(MLP)) {
      const [x, y] = [model.input("x", [2, 6]), model.output("y", [2, 3])];
      expect(x.data.buffer).toBe(y.data.buffer);
      expect([x.data.byteOffset % 64, y.data.byteOffset % 64]).toEqual([0, 0]);
      x.data.set(wave(12));
      const copies = (["set", "subarray"] as const).map((method) => vi.spyOn(Float32Array.prototype, method));
      model.run({ x }, { y });
      for (const spy of copies) expect(spy).not.toHaveBeenCalled();
      vi.restoreAllMocks();
      expect(y.data).toEqual(model(wave(12)).data);
    }
  });

  test("cost calls with other arrays nothing: buffers that are slow to make are not asked for", async () => {
    for (const model of await arenas(MLP)) {
      const own = model.input("x", [1, 6]);
      own.data.set(wave(6));
      const want = model(own).data;
      const asked = vi.spyOn(Object.getPrototypeOf(Float32Array.prototype) as Float32Array, "buffer", "get");
      expect(model(wave(6)).data).toEqual(want);
      expect(model([...wave(6)]).data).toEqual(want);
      const count = asked.mock.calls.length;
      vi.restoreAllMocks();
      expect(count).toBe(0);
      const y = model.output("y", [1, 3]);
      model.run({ x: own }, { y });
      expect(y.data).toEqual(want);
      model(wave(6));
      const weights = Object.values(model.parameters)[0]!.data.subarray(0, 3);
      expect(() => model.run({ x: own }, { y: weights })).toThrow(new TypeError("weights lie in y"));
    }
  });

  test("keep their values when memory grows, and have new views of it", async () => {
    for (const model of await arenas(MLP)) {
      const [x, y] = [model.input("x", [2, 6]), model.output("y", [2, 3])];
      x.data.set(wave(12));
      model.run({ x }, { y });
      const [before, want] = [x.data, y.data.slice()];
      model(wave(6 * 30_000));
      expect(before.length).toBe(0);
      expect(x.data.length).toBe(12);
      expect([...x.data]).toEqual([...wave(12)]);
      expect(y.data).toEqual(want);
      expect(x.data).toBe(x.data);
      y.data.fill(0);
      model.run({ x }, { y });
      expect(y.data).toEqual(want);
    }
  });

  test("may be what a run grows memory for, given as tensors or as arrays", async () => {
    for (const model of await arenas("model M { input x: f32[N, 8]; output y = x -> Softmax(dim=0) -> Linear(8, 8) }")) {
      for (const [rows, isArray] of [[2000, false], [9000, true]] as const) {
        const [x, y] = [model.input("x", [rows, 8]), model.output("y", [rows, 8])];
        x.data.set(wave(rows * 8));
        const { buffer } = x.data;
        if (isArray) model.run({ x: x.data }, { y: y.data });
        else model.run({ x }, { y });
        expect(x.data.buffer).not.toBe(buffer);
        expectSame(y.data, model({ dtype: "f32", shape: [rows, 8], data: wave(rows * 8) }).data);
      }
    }
  }); // prettier-ignore

  test("may be shared by input and output, whole or in part", async () => {
    for (const model of await arenas("LayerNorm(7)")) {
      const want = model(wave(14)).data;
      const one = model.output("y", [4, 7]);
      one.data.set(wave(14));
      const half = one.data.subarray(0, 14) as Float32Array;
      one.data.fill(5, 14);
      model.run({ x: half }, { y: half });
      expect([...half]).toEqual([...want]);
      expect([...one.data.subarray(14)]).toEqual(Array.from({ length: 14 }, () => 5));
      const whole = model.input("x", [2, 7]);
      whole.data.set(wave(14));
      model.run({ x: whole }, { y: whole });
      expect(whole.data).toEqual(want);
      // The input is the end of the output.
      one.data.set(wave(14), 14);
      model.run({ x: wave(28) }, { y: one });
      const all = one.data.slice();
      one.data.set(wave(28));
      model.run({ x: one }, { y: one });
      expect(one.data).toEqual(all);
    }
  });

  test("outputs that overlap there are refused, those beside each other are not", async () => {
    for (const model of await arenas(JOIN)) {
      const inputs = { a: f32(1, 2, 3), b: f32(1, 1, 1) };
      const memory = model.output("p", [6]).data as Float32Array;
      const run = (at: number): void => model.run(inputs, { p: memory.subarray(0, 3), q: memory.subarray(at, at + 3) });
      for (const at of [0, 2]) expect(() => run(at)).toThrow(new TypeError("p and q overlap in memory"));
      run(3);
      expect([...memory]).toEqual([2, 3, 4, 0, 1, 2]);
      const [p, q] = [model.output("p", [3]), model.output("q", [3])];
      expect(() => model.run(inputs, { p, q: p })).toThrow(new TypeError("p and q overlap in memory"));
      model.run({ a: q, b: p }, { p, q });
      model.run(inputs, { p, q });
      expect([...p.data, ...q.data]).toEqual([2, 3, 4, 0, 1, 2]);
    }
  }); // prettier-ignore

  test("no output is written over weights, or over what calls use", async () => {
    for (const model of await arenas("Linear(2, 2)")) {
      const { buffer, byteOffset } = model.output("y", [1, 2]).data;
      const x = f32(1, 2);
      const want = model(x).data;
      const weights = model.parameters["0.weight"]!.data;
      const ofCalls = new Float32Array(buffer as ArrayBuffer, byteOffset + 128, 2);
      for (const [y, reason] of [
        [ofCalls, "y must be f32[..., 2], not memory of the model"],
        [weights.subarray(0, 2), "weights lie in y"],
        [model.parameters["0.bias"]!, "weights lie in y"],
      ] as const)
        for (let i = 0; i < 2; i++) expect(() => model.run({ x }, { y })).toThrow(new TypeError(reason));
      expect(model(x).data).toEqual(want);
    }
  }); // prettier-ignore

  test("of no shape that the net has not", async () => {
    const [model, module] = await arenas("model M { input x: f32[N, 3]; output y = x -> ReLU }");
    expect(() => model!.input("x", [2, 4])).toThrow("x is f32[N, 3]: [2, 4] differs from it where 3 stands");
    expect(() => module!.input("x", [-1, 3])).toThrow(RangeError);
    expect([...module!.input("x", [1, 3]).data]).toEqual([0, 0, 0]);
  });
});

describe("memory", () => {
  test("is one for a model", () => {
    const made = memories();
    const model = compile(MLP, { target: "wasm" });
    for (const rows of [2, 20_000, 2]) model(wave(6 * rows));
    model.refresh();
    expect(made.length).toBe(1);
  });

  test("that dispose lets go is made again, by calls, refresh and tensors", () => {
    const made = memories();
    const model = compile(`${MLP} -> BatchNorm1d(3)`, { target: "wasm" });
    const want = model(wave(12)).data;
    const x = model.input("x", [2, 6]);
    x.data.set(wave(12));
    const uses: (() => void)[] = [
      () => expect(model(wave(12)).data).toEqual(want),
      () => expect(model(x).data).toEqual(want),
      () => model.refresh(),
      () => expect([...x.data]).toEqual([...wave(12)]),
      () => expect(model.output("y", [2, 3]).data.length).toBe(6),
    ];
    for (const [i, use] of uses.entries()) {
      const before = x.data;
      model.dispose();
      model.dispose();
      expect(before.length).toBe(0);
      expect(made.length).toBe(i + 1);
      use();
      expect(made.length).toBe(i + 2);
      expect(model(x).data).toEqual(want);
    }
  });

  test("of tensors that nobody holds is given back by dispose, and the others keep their values", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    // No other test has tensors of this model.
    for (const model of await arenas("Linear(6, 41) -> Linear(41, 3)")) {
      const first = model.input("x", [1, 6]);
      first.data.set(wave(6));
      const begin = first.data.byteOffset;
      const forget = (): void => void model.input("x", [50_000, 6]).data.fill(1);
      for (let i = 0; i < 3; i++) forget();
      const last = model.output("y", [2, 3]);
      last.data.set(wave(6));
      const before = last.data.byteOffset;
      expect(before - begin).toBeGreaterThan(3_600_000);
      // A tensor that was just made is alive until the script has come to its end.
      await new Promise((resolve) => setTimeout(resolve));
      collect();
      model.dispose();
      expect([...first.data, ...last.data]).toEqual([...wave(6), ...wave(6)]);
      expect([first.data.byteOffset, last.data.byteOffset]).toEqual([begin, begin + 128]);
      expect(last.data.buffer.byteLength).toBeLessThan(200_000);
      const want = model(wave(12)).data;
      const x = model.input("x", [2, 6]);
      expect(x.data.byteOffset).toBe(begin + 256);
      x.data.set(wave(12));
      const copies = (["set", "subarray"] as const).map((method) => vi.spyOn(Float32Array.prototype, method));
      model.run({ x }, { y: last });
      for (const spy of copies) expect(spy).not.toHaveBeenCalled();
      vi.restoreAllMocks();
      expect(last.data).toEqual(want);
      expect([...first.data]).toEqual([...wave(6)]);
    }
  });

  test("is let go when a hundred small calls have followed a large one, unless tensors lie in it", () => {
    for (const holds of [false, true]) {
      const made = memories();
      const model = compile(MLP, { target: "wasm" });
      if (holds) model.input("x", [1, 6]);
      for (let round = 0; round < 2; round++) {
        model(wave(6 * 30_000));
        for (let i = 0; i < 99; i++) model(wave(6));
        expect(made.length).toBe(1);
      }
      model(wave(6));
      expect(made.length).toBe(holds ? 1 : 2);
      expect(made.at(-1)!.buffer.byteLength > 65_536).toBe(holds);
      vi.restoreAllMocks();
    }
  });

  test("that cannot be had is a RangeError, and the model works on", async () => {
    for (const model of await arenas("ReLU")) {
      expect(() => model.input("x", [2 ** 30])).toThrow(
        /^memory cannot grow to 4294967424 bytes: give smaller inputs, (?:or dispose\(\) of models$|dispose\(\) of models, or create\(\{ memory \}\))/,
      );
      model.dispose();
      expect(() => model.input("x", [2 ** 30])).toThrow(RangeError);
      vi.spyOn(engine.Memory.prototype, "grow").mockImplementation(() => {
        throw new RangeError("too much");
      });
      model(f32(1));
      expect(() => model(wave(100_000))).toThrow(/^memory cannot grow to \d+ bytes: /);
      vi.restoreAllMocks();
      expect([...model(f32(-1, 1)).data]).toEqual([0, 1]);
      expect(model(wave(100_000)).data.length).toBe(100_000);
    }
  }); // prettier-ignore
});

describe("weights", () => {
  test("none, where something is computed beforehand all the same", async () => {
    const source =
      "model M { input x: f32[1, 4, 3, 2]; output y = x -> CrossMapLRN2d(2, alpha=0.5, beta=0.5, k=2) }";
    const x = wave(24);
    const want = compile(source, { target: "js" })(x).data;
    expect(drive(source, { target: "wasm" }).plan.prepare.length).toBeGreaterThan(0);
    for (const model of await arenas(source))
      for (const event of [() => undefined, () => model.dispose(), () => model.refresh()]) {
        event();
        expectNear(model(x).data, want);
      }
  });

  test("lie in the model's memory, and nowhere else", async () => {
    const given = { "0.weight": f32(1, 2, 3, 4), "0.bias": f32(5, 6) };
    const weights = {
      "0.weight": { dtype: "f32", shape: [2, 2], data: given["0.weight"] },
      "0.bias": { dtype: "f32", shape: [2], data: given["0.bias"] },
    } as const;
    for (const external of [false, true]) {
      const module = await imported(emit("Linear(2, 2)", { target: "wasm", external }).code);
      const model = module.create({ weights });
      const { buffer } = model.input("x", [2]).data;
      for (const [name, { data }] of Object.entries(model.parameters)) {
        expect(data.buffer).toBe(buffer);
        expect(data).toEqual(given[name as keyof typeof given]);
      }
      expectSame(model(f32(1, 1)).data, [8, 13]);
      model.parameters["0.bias"]!.data[0] = 0;
      expect(given["0.bias"][0]).toBe(5);
    }
  });

  test("take no more memory than they have bytes", () => {
    const size = 1500;
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const used = (): number => {
      // What the first finds to be garbage, the second gives back.
      for (let i = 0; i < 2; i++) collect();
      return process.memoryUsage().external;
    };
    const before = used();
    const model = compile(`Linear(${size}, ${size})`, { target: "wasm" });
    for (const use of [() => model(new Float32Array(size)), () => model.dispose(), () => model.refresh()]) {
      use();
      expect((used() - before) / (4 * size * size)).toBeCloseTo(1, 0);
    }
    expect(model.parameters["0.weight"]!.data.length).toBe(size * size);
  });

  test("are written through tensors that the caller holds, whatever becomes of memory", async () => {
    const source = "Linear(2, 2) -> BatchNorm1d(2)";
    for (const model of await arenas(source)) {
      const wanted = compile(source, { target: "js" });
      const held = Object.entries(model.parameters);
      const events = [
        () => undefined,
        () => model(wave(2 * 50_000)),
        () => model.dispose(),
        () => expectNear(model(wave(4)).data, wanted(wave(4)).data),
      ];
      for (const [i, happen] of events.entries()) {
        happen();
        for (const [name, { data }] of held) {
          expectSame(data, wanted.parameters[name]!.data);
          for (const one of [data, wanted.parameters[name]!.data]) one.fill(i + 2);
        }
        for (const one of [model, wanted]) one.refresh();
        expectNear(model([[3, 3]]).data, wanted([[3, 3]]).data);
      }
      // What waits for refresh in JavaScript may be there at once, or not.
      held[0]![1].data.fill(9);
      model.dispose();
      wanted.parameters[held[0]![0]]!.data.fill(9);
      wanted.refresh();
      expectNear(model([[3, 3]]).data, wanted([[3, 3]]).data);
    }
  });

  test("may be inputs, too, and go into other models", async () => {
    for (const model of await arenas("model M { input x: f32[N, 2]; output y = x -> Linear(2, 2) }")) {
      const own = Object.values(model.parameters)[0]!;
      const want = model({ ...own, data: own.data.slice() }).data;
      expect(model(own).data).toEqual(want);
      const y = new Float32Array(4);
      model.run({ x: own.data }, { y });
      expect(y).toEqual(want);
      const other = compile("Linear(2, 2)", { weights: { "0.weight": own, "0.bias": Object.values(model.parameters)[1]! }, target: "wasm" });
      expect(other(own).data).toEqual(want);
    }
  }); // prettier-ignore

  test("that training moves survive dispose", async () => {
    for (const model of await arenas("BatchNorm1d(3)", { mode: "train" })) {
      const wanted = compile("BatchNorm1d(3)", { mode: "train", target: "js" });
      for (let i = 0; i < 3; i++) {
        for (const one of [model, wanted]) one(wave(12 + 3 * i));
        model.dispose();
        for (const [name, { data }] of Object.entries(wanted.parameters)) expectNear(model.parameters[name]!.data, data);
      }
      expect([...model.parameters["0.num_batches_tracked"]!.data]).toEqual([3]);
    }
  }); // prettier-ignore

  test("more than a hundred", async () => {
    const source = "Repeat(60) { Linear(3, 3) -> Tanh }";
    for (const model of await arenas(source, { mode: "train" }))
      expectNear(model(wave(9)).data, compile(source, { target: "js" })(wave(9)).data);
  });
});

describe("modules", () => {
  const source = "model M { input x: f32[N, 6]; output y = x -> Linear(6, 40) -> GELU -> Linear(40, 3) }";
  const want = compile(source, { target: "wasm" })(wave(12)).data;

  test.each<EmitOptions>([
    {},
    { format: "cjs" },
    { format: "iife" },
    { external: true },
    { floats: "f16" },
    { external: "given" },
  ])("%j", async (options) => {
    const { code, weights } = emit(source, { ...options, target: "wasm", globalName: "net" });
    const { format = "esm" } = options;
    const exported =
      format === "esm" ? await imported(code)
      : // oxlint-disable-next-line typescript/no-implied-eval -- the text is the compiler's own
        (new Function("exports", `${code}; return ${format === "iife" ? "net" : "exports"};`)({}) as Awaited<ReturnType<typeof imported>>); // prettier-ignore
    const state = compile(source).parameters as Record<string, Tensor>;
    const given = options.external === undefined ? undefined : { weights: weights ?? state };
    expect(exported.selfTest(given as never)).toBeLessThanOrEqual(1);
    const got = exported.create(given)(wave(12)).data;
    if (options.floats === undefined) expect(got).toEqual(want);
    else expect(got).not.toEqual(want);
  });

  test("of JavaScript have nothing of it", () => {
    expect(emit(source, { target: "js" }).code).not.toMatch(/WebAssembly|arena|decoded|resident/);
  });
});
