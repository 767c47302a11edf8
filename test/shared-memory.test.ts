/** Models that share a memory of WebAssembly: those of one module, those that are given one, and those of this process. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { compile, emit, type EmitOptions, type Model } from "../compiler/index.ts";
import { imported } from "./compiled.ts";
import { engine, expectNear, f32, forgetMemories, memories, wave } from "./wasm-engine.ts";

beforeEach(forgetMemories);

afterEach(() => {
  vi.restoreAllMocks();
});

/** A net that no other test has, so that its module is loaded anew. */
const mlp = (hidden: number): string => `Linear(6, ${hidden}) -> ReLU -> Linear(${hidden}, 3)`;

/** The functions of a module in WebAssembly, and the model that is its default export. */
async function loaded(
  source: string,
): Promise<{ create: () => Model; selfTest: () => number; first: Model }> {
  const module = await imported(emit(source, { target: "wasm" }).code);
  return { create: () => module.create(), selfTest: () => module.selfTest(), first: module.default };
}

describe("models of one module", () => {
  test("share one memory: 300 are alive at once", async () => {
    const { create, first } = await loaded(mlp(51));
    const want = first(wave(12)).data;
    const made = memories();
    const models = Array.from({ length: 300 }, () => create());
    models.forEach((model, i) => (model.parameters["2.bias"]!.data[0]! += i));
    for (const [i, model] of models.entries())
      expectNear(
        model(wave(12)).data,
        want.map((x, j) => (j % 3 === 0 ? x + i : x)),
      );
    expect(made.length).toBe(0);
    for (const model of models) model.dispose();
    expect(first(wave(12)).data).toEqual(want);
  });

  test("do not move: weights and tensors stay where they are, whatever others need", async () => {
    const { create } = await loaded(mlp(52));
    const models = [create(), create()];
    const tensors = models.flatMap((model) => [...Object.values(model.parameters), model.input("x", [1, 6])]);
    const places = (): number[] => tensors.map(({ data }) => data.byteOffset);
    const before = places();
    for (const rows of [1, 5000, 1]) for (const model of models) model(wave(6 * rows));
    models[0]!.output("y", [5000, 3]);
    expect(places()).toEqual(before);
  });

  test("read tensors of each other where they are, and write them", async () => {
    const { create } = await loaded("Linear(4, 4) -> ReLU");
    const [a, b] = [create(), create()];
    const [x, h, y] = [a.input("x", [16, 4]), a.output("y", [16, 4]), b.output("y", [16, 4])];
    x.data.set(wave(64));
    const want = b(a(wave(64))).data;
    for (let i = 0; i < 2; i++) {
      a.run({ x }, { y: h });
      const copies = vi.spyOn(Float32Array.prototype, "set");
      b.run({ x: h }, { y });
      expect(copies).not.toHaveBeenCalled();
      vi.restoreAllMocks();
      expect(y.data).toEqual(want);
      y.data.fill(0);
      a.run({ x }, { y });
      expect(y.data).toEqual(h.data);
    }
  });

  test("leave arrays of others alone when they are disposed of, until memory grows", async () => {
    const { create } = await loaded(mlp(53));
    const [a, b] = [create(), create()];
    const [x, y] = [a.input("x", [2, 6]).data.fill(2), b.input("x", [2, 6]).data.fill(3)];
    const want = b(x).data;
    const weights = a.parameters["0.weight"]!.data.fill(7);
    a.dispose();
    for (let i = 0; i < 5; i++) create()(wave(12));
    expect(weights.every((value) => value === 7)).toBe(true);
    expect([x, y]).toEqual([new Float32Array(12).fill(2), new Float32Array(12).fill(3)]);
    expect(b(x).data).toEqual(want);
    b(wave(6 * 20_000));
    expect([x.length, y.length]).toEqual([0, 0]);
    expect(() => b.run({ x }, { y: f32(1, 2, 3) })).toThrow(TypeError);
  });

  test("that were collected leave their place to arrays that show it, until memory grows", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const { create, first: live } = await loaded(mlp(54));
    const values = Float32Array.from({ length: 300 }, (_, i) => i);
    const weights = create().parameters["0.weight"]!.data.subarray(1).fill(7);
    const shown = create().input("x", [50, 6]).data.subarray(3) as Float32Array;
    shown.set(values.subarray(3));
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => setTimeout(resolve));
      collect();
    }
    const want = live(values).data;
    for (let i = 0; i < 5; i++) expect(create()(values).data).toEqual(want);
    expect(shown).toEqual(values.subarray(3));
    expect(weights.every((value) => value === 7)).toBe(true);
    // A run that needs more memory reads what is there.
    const rows = new Float32Array(6 * 9000);
    rows.set(shown.subarray(0, 294));
    const wanted = live(shown.subarray(0, 294)).data;
    live(rows);
    expect(shown.length).toBe(0);
    expect(live(rows).data.subarray(0, wanted.length)).toEqual(wanted);
  });

  test("come back from dispose with what they prepare, when others have their places", async () => {
    const { create } = await loaded(`${mlp(60)} -> BatchNorm1d(3)`);
    const [a, b] = [create(), create()];
    a.parameters["2.bias"]!.data[0] = 1;
    a.refresh();
    const want = a(wave(6 * 3000)).data;
    const held = a.input("x", [3000, 6]);
    const y = a.output("y", [3000, 3]);
    for (let i = 0; i < 3; i++) {
      a.dispose();
      const x = b.input("x", [3000, 6]);
      x.data.set(wave(6 * 3000));
      const { byteLength } = x.data.buffer;
      // What b takes fills the memory, so that the tensors of a come back where it has grown.
      const free = byteLength - x.data.byteOffset - x.data.byteLength;
      if (free > 512) b.input("x", [Math.floor((free - 256) / 24), 6]);
      a.run({ x }, { y });
      expect(y.data.buffer.byteLength).toBeGreaterThanOrEqual(byteLength);
      expect(y.data).toEqual(want);
      expect(a(x.data).data).toEqual(want);
    }
    expect(held.data).toEqual(new Float32Array(6 * 3000));
  });

  test("that selfTest makes give their places back", async () => {
    const { create, selfTest } = await loaded(mlp(55));
    const y = create().output("y", [1, 3]);
    const before = y.data.buffer.byteLength;
    for (let i = 0; i < 300; i++) expect(selfTest()).toBeLessThanOrEqual(1);
    expect(y.data.buffer.byteLength - before).toBeLessThanOrEqual(65_536);
  });

  test("whose kernels an engine cannot instantiate say that, not that memory lacks", async () => {
    const { create, first } = await loaded(mlp(56));
    first.dispose();
    vi.spyOn(engine, "Instance").mockImplementation(function () {
      throw new Error("no instance");
    });
    expect(() => create()).toThrow(new Error("no instance"));
    vi.restoreAllMocks();
    expect(create()(wave(12)).data).toEqual(first(wave(12)).data);
  });

  test("give places back, which are used again", async () => {
    const { create, first } = await loaded(mlp(57));
    first(wave(6));
    const size = (): number => first.output("y", [1, 3]).data.buffer.byteLength;
    const before = size();
    for (let i = 0; i < 10_000; i++) {
      const model = create();
      if (i % 100 === 0) model(wave(6));
      model.dispose();
    }
    expect(size() - before).toBeLessThanOrEqual(65_536);
  });

  test("grow in turns, and keep their tensors", async () => {
    const { create } = await loaded(mlp(39));
    const models = [create(), create(), create()];
    const wanted = compile(mlp(39), { target: "wasm" });
    const ports = models.map((model) => [model.input("x", [2, 6]), model.output("y", [2, 3])] as const);
    ports.forEach(([x], i) => x.data.set(wave(12).map((value) => value + i)));
    for (const rows of [3, 2000, 5, 9000, 30_000])
      for (const [i, model] of models.entries()) {
        const x = wave(6 * rows * (i + 1));
        expect(model(x).data).toEqual(wanted(x).data);
        for (const [j, [own, y]] of ports.entries()) {
          const values = wave(12).map((value) => value + j);
          expect(own.data).toEqual(values);
          models[j]!.run({ x: own }, { y });
          expect(y.data).toEqual(wanted(values).data);
          model.run({ x: own.data }, { y: y.data });
          expect(y.data).toEqual(wanted(values).data);
        }
      }
  });
});

/** What makes models of a net in a memory that the caller gives. */
async function creator(
  source: string,
  options: EmitOptions = {},
): Promise<(within?: { readonly memory?: unknown }) => Model> {
  const { code, weights } = emit(source, { target: "wasm", ...options });
  const module = await imported(code);
  return (within) => module.create(weights ? { weights, ...within } : { ...within });
}

describe("models of several modules in a memory that create is given", () => {
  test("compute what they compute alone, and grow in turns", async () => {
    const sources = [mlp(41), "LayerNorm(6) -> PReLU", `${mlp(42)} -> BatchNorm1d(3)`];
    const memory = new engine.Memory({ initial: 0 });
    const creators = await Promise.all(sources.map((source, i) => creator(source, { external: i === 2 })));
    const made = memories();
    const models = creators.map((create) => create({ memory }));
    expect(made.length).toBe(0);
    const alone = sources.map((source) => compile(source, { target: "wasm" }));
    const inputs = models.map((model) => model.input("x", [2, 6]));
    inputs.forEach(({ data }, i) => data.set(wave(12).map((x) => x + i)));
    for (const rows of [2, 4000, 3, 50_000])
      for (const [i, model] of models.entries()) {
        const x = wave(6 * rows);
        expect(model(x).data).toEqual(alone[i]!(x).data);
        for (const [j, { data }] of inputs.entries()) {
          expect(data.buffer).toBe(memory.buffer);
          expect(data).toEqual(wave(12).map((value) => value + j));
        }
        expect(model(inputs[i]!.data).data).toEqual(alone[i]!(inputs[i]!.data).data);
      }
  });

  test("read tensors of each other where they are", async () => {
    const memory = new engine.Memory({ initial: 1 });
    const [a, b] = [(await creator("Linear(4, 40)"))({ memory }), (await creator("ReLU"))({ memory })];
    const [x, h, y] = [a.input("x", [16, 4]), a.output("y", [16, 40]), b.output("y", [16, 40])];
    x.data.set(wave(64));
    const want = b(a(x.data).data).data;
    for (let i = 0; i < 2; i++) {
      a.run({ x }, { y: h });
      const copies = vi.spyOn(Float32Array.prototype, "set");
      b.run({ x: h }, { y });
      expect(copies).not.toHaveBeenCalled();
      vi.restoreAllMocks();
      expect(y.data).toEqual(want);
    }
  });

  test("give their places back to each other", async () => {
    const memory = new engine.Memory({ initial: 1 });
    const creators = [await creator(mlp(43)), await creator(mlp(44))];
    const first = creators[0]!({ memory });
    first(wave(6));
    const before = memory.buffer.byteLength;
    for (let i = 0; i < 1000; i++) {
      const model = creators[i % 2]!({ memory });
      model(wave(6));
      model.dispose();
    }
    expect(memory.buffer.byteLength - before).toBeLessThanOrEqual(2 * 65_536);
  });

  test("of one module can be in different memories", async () => {
    const create = await creator(mlp(45));
    const places = [new engine.Memory({ initial: 1 }), new engine.Memory({ initial: 1 }), undefined];
    const models = places.map((memory) => create({ memory }));
    const want = models[0]!(wave(6000)).data;
    for (const [i, model] of models.entries()) {
      expect(model(wave(6000)).data).toEqual(want);
      const { buffer } = model.parameters["0.weight"]!.data;
      expect(places.findIndex((memory) => memory?.buffer === buffer)).toBe(i < 2 ? i : -1);
    }
  });

  test("that createAsync makes", async () => {
    const memory = new engine.Memory({ initial: 0 });
    const module = await imported(emit(mlp(46), { target: "wasm" }).code);
    const [one, other] = await Promise.all([
      module.createAsync!({ memory }),
      module.createAsync!({ memory }),
    ]);
    expect(one.parameters["0.weight"]!.data.buffer).toBe(memory.buffer);
    expect(one(wave(6)).data).toEqual(other(wave(6)).data);
  });

  test("find room in a memory that cannot grow where one was disposed of", async () => {
    const memory = new engine.Memory({ initial: 1, maximum: 5 });
    const create = await creator("Linear(128, 128)");
    const models = [create({ memory }), create({ memory })];
    const want = models[0]!(wave(128)).data;
    const held = models[0]!.input("x", [8, 128]);
    held.data.set(wave(1024));
    expect(() => create({ memory })).toThrow(RangeError);
    models[0]!.dispose();
    const third = create({ memory });
    expect(third(wave(128)).data).toEqual(want);
    for (let i = 0; i < 2; i++) expect(() => models[0]!(wave(128))).toThrow(RangeError);
    models[1]!.dispose();
    expect(models[0]!(wave(128)).data).toEqual(want);
    expect(held.data).toEqual(wave(1024));
    expect(third(wave(128)).data).toEqual(want);
  });

  test("stay in a memory that a large call needed", async () => {
    const memory = new engine.Memory({ initial: 1 });
    const model = (await creator(mlp(48)))({ memory });
    const want = model(wave(60_000)).data.slice(0, 3);
    const grown = vi.spyOn(memory, "grow");
    for (let i = 0; i < 250; i++) expect(model(wave(6)).data).toEqual(want);
    expect(grown).not.toHaveBeenCalled();
  });

  test("that is none, or cannot be used, is an error that says what to give", async () => {
    const create = await creator("Linear(6, 6)");
    const shared = new engine.Memory({ initial: 1, maximum: 2, shared: true });
    for (const memory of [1, {}, Object.create(null), new ArrayBuffer(65_536), shared])
      expect(() => create({ memory })).toThrow(
        new TypeError(
          "memory must be a WebAssembly.Memory without { shared: true }, such as new WebAssembly.Memory({ initial: 1 })",
        ),
      );
    const narrow = new engine.Memory({ initial: 1, maximum: 2 });
    const model = create({ memory: narrow });
    expect(() => model(wave(6 * 10_000))).toThrow(
      /^memory cannot grow to \d+ bytes: give smaller inputs, dispose\(\) of models, or create\(\{ memory \}\) with one that has more room$/,
    );
    expect(model(wave(6)).data).toEqual(create()(wave(6)).data);
    const foreign = Object.assign(new engine.Memory({ initial: 1 }), {
      [Symbol.for("nnc.heap")]: { version: 0 },
    });
    expect(() => create({ memory: foreign })).toThrow(
      new TypeError("memory has models of another version of nnc in it: give each version its own"),
    );
  });
});

test("more modules are loaded than there can be memories", async () => {
  const made = memories();
  const sources = Array.from({ length: 150 }, (_, i) => `Linear(2, 3) -> ReLU -> Linear(3, ${i + 1})`);
  const models = await Promise.all(
    sources.map(async (source) => (await imported(emit(source, { target: "wasm" }).code)).default),
  );
  expect(made.length).toBeLessThan(80);
  for (const [i, model] of models.entries())
    expectNear(model(wave(60)).data, compile(sources[i]!, { target: "js" })(wave(60)).data);
  // What other tests make has a memory of its own again.
  for (const model of models) model.dispose();
});

test("models share what memories there are where an engine has no more", () => {
  const { Memory } = engine;
  let left = 3;
  vi.spyOn(engine, "Memory").mockImplementation(function (descriptor) {
    if (left-- > 0) return new Memory(descriptor);
    throw new RangeError("no memory");
  });
  const models = Array.from({ length: 10 }, (_, i) => compile(mlp(70 + i), { target: "wasm" }));
  const buffers = new Set(models.map(({ parameters }) => parameters["2.bias"]!.data.buffer));
  expect(buffers.size).toBe(3);
  for (const [i, model] of models.entries())
    expectNear(model(wave(12)).data, compile(mlp(70 + i), { target: "js" })(wave(12)).data);
  for (const model of models) model.dispose();
});

test("more nets are compiled in a process than it can have memories", () => {
  const made = memories();
  const models = Array.from({ length: 300 }, (_, i) => compile(mlp(61 + (i % 7)), { target: "wasm" }));
  models.forEach((model, i) => (model.parameters["2.bias"]!.data[0]! += i));
  const wanted = models.slice(0, 7).map((model) => model(wave(12)).data);
  for (const [i, model] of models.entries()) {
    const first = wanted[i % 7]!;
    expectNear(
      model(wave(12)).data,
      first.map((x, j) => (j % 3 === 0 ? x + i - (i % 7) : x)),
    );
  }
  expect(made.length).toBeLessThan(80);
  for (const model of models) model.dispose();
  expectNear(models[0]!(wave(12)).data, wanted[0]!);
  models[0]!.dispose();
});
