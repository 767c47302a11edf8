/** Wrong calls, of a module and of a model in this process alike: refused with a reason, or computed right. */
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { compile, emit, type Model } from "../compiler/index.ts";
import { imported } from "./compiled.ts";

const f32 = (...values: number[]): Float32Array => Float32Array.from(values);

/** Both models of a source. */
async function both(source: string): Promise<Model[]> {
  return [compile(source), (await imported(emit(source).code)).default];
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

const itself: unknown[] = [];
itself.push(itself, itself);
const data = f32(1, 2, 3, 4);
const shapes: readonly unknown[] = [
  [-2, -2], ["2", "2"], [NaN, 2], [0.5, 8], [Infinity, 0], [true, 4], [null, 4], [[2], 2], [2, 2n], [Symbol("2"), 2],
  "22", { 0: 2, 1: 2, length: 2 }, Int32Array.of(2, 2), [2 ** 53, 2 ** 53],
]; // prettier-ignore
const wrong: readonly unknown[] = [
  ...shapes.map((shape) => ({ shape, data })),
  [[1, 2], [3, [4]]], [1, [2]], [[1, 2], [[3], 4]], [[1], [2, 3]], Array(2), itself, nested(20_000),
  [["1"]], [[1n]], [[true]], [[null]], [[undefined]],
  { dtype: "f64", shape: [2, 2], data }, { dtype: "i32", shape: [2, 2], data }, { shape: [1, 2], data: [1, 2] },
]; // prettier-ignore

describe.each(["x -> ReLU", "model M { input x: f32[N, M]; output y = x -> Softmax(dim=1) }"])(
  "%s",
  (source) => {
    test.each(wrong.map((value, i) => [i, value]))("%s", async (_, value) => {
      for (const model of await both(source)) {
        let thrown: unknown;
        try {
          model(value as never);
        } catch (cause) {
          thrown = cause;
        }
        expect(thrown instanceof TypeError || thrown instanceof RangeError).toBe(true);
      }
    });
  },
);

test("arrays of another realm", async () => {
  const foreign = runInNewContext("Float32Array.of(-1, 1)") as Float32Array;
  expect(foreign instanceof Float32Array).toBe(false);
  for (const model of await both("x -> ReLU")) {
    expect([...model(foreign).data]).toEqual([0, 1]);
    const y = runInNewContext("new Float32Array(2)") as Float32Array;
    model.run({ x: { shape: [2], data: foreign } as never }, { y });
    expect([...y]).toEqual([0, 1]);
  }
});

test("an output's data are of its dtype and of the shape that it states", async () => {
  for (const model of await both("x -> ReLU")) {
    const run = (y: unknown): void => model.run({ x: f32(-1, 1) }, { y: y as never });
    for (const y of [{ shape: [3], data: f32(0, 0) }, { shape: [-2, -1], data: f32(0, 0) }, Float64Array.of(0, 0), [0, 0], { dtype: "i32", data: f32(0, 0) }, undefined])
      expect(() => run(y)).toThrow(TypeError);
    run({ dtype: "f32", shape: [2], data: f32(0, 0) });
  }
}); // prettier-ignore

test("a module with weights inside takes tensors by name, no file", async () => {
  const module = await imported(emit("Linear(2, 1)").code);
  const { weights } = emit("Linear(2, 1)", { external: true });
  for (const bytes of [weights!, weights!.slice().buffer, new Uint8Array()])
    expect(() => module.create({ weights: bytes as never })).toThrow(
      new TypeError("weights are inside: use nnc compile --external for files"),
    );
});

test("memory that grows between two runs", async () => {
  for (const model of await both("x -> ReLU6")) {
    const memory = new (ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer)(8, {
      maxByteLength: 64,
    });
    const y = new Float32Array(memory);
    model.run({ x: f32(-1, 1) }, { y });
    (memory as unknown as { resize: (n: number) => void }).resize(16);
    model.run({ x: f32(-1, 1, -1, 1) }, { y });
    expect([...y]).toEqual([0, 1, 0, 1]);
  }
});

describe("outputs", () => {
  test("that overlap are refused by their names", async () => {
    const memory = f32(0, 0, 0, 0);
    const inputs = { a: f32(1, 2), b: f32(1, 1) };
    for (const model of await both(
      "model M { input a: f32[N]; input b: f32[N]; output p = a + b, q = a - b }",
    )) {
      const run = (at: number): void =>
        model.run(inputs, { p: memory.subarray(0, 2), q: memory.subarray(at, at + 2) });
      for (const at of [0, 1]) expect(() => run(at)).toThrow(new TypeError("p and q overlap in memory"));
      run(2);
      expect([...memory]).toEqual([2, 3, 0, 1]);
    }
  });

  test("that lie in a parameter are refused", async () => {
    for (const model of await both("Linear(2, 2)")) {
      const y = model.parameters["bias"]?.data ?? model.parameters["0.bias"]!.data;
      expect(() => model.run({ x: f32(1, 2) }, { y })).toThrow(new TypeError("weights lie in y"));
    }
  });
});

test("weights that are no numbers, or bits of another dtype", async () => {
  for (const external of [false, true]) {
    const module = await imported(emit("x -> fc: Linear(2, 1)", { external }).code);
    const made = (given: unknown): number => {
      const weights = { "fc.weight": { shape: [1, 2], data: given }, "fc.bias": { shape: [1], data: [0] } };
      return module.create({ weights: weights as never })([1, 1]).data[0]!;
    };
    for (const given of [["1", "abc"], [undefined, 1], Array(2), "12", [1n, 2n], Uint16Array.of(15360, 15360), Int32Array.of(1, 2)])
      expect(() => made(given)).toThrow(TypeError);
    for (const given of [[1, 2], f32(1, 2), Float64Array.of(1, 2)]) expect(made(given)).toBe(3);
  }
}); // prettier-ignore
