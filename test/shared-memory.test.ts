/** Models of one module, which share a memory of WebAssembly. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { compile, emit, type Model } from "../compiler/index.ts";
import { imported } from "./compiled.ts";
import { engine, expectNear, f32, memories, wave } from "./wasm-engine.ts";

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
    const { create } = await loaded(mlp(40));
    const models = [create(), create(), create()];
    const wanted = compile(mlp(40), { target: "wasm" });
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
