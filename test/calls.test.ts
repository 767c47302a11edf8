/** Wrong calls, of a module and of a model in this process alike: refused with a reason, or computed right. */
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { compile, emit, type Model } from "../compiler/index.ts";
import { targetNames } from "../compiler/ir/plan/plan.ts";
import { imported } from "./compiled.ts";

const f32 = (...values: number[]): Float32Array => Float32Array.from(values);

/** The models of a source: in this process and of a module, for each target. */
async function modelsOf(source: string): Promise<Model[]> {
  const targets = Object.keys(targetNames) as (keyof typeof targetNames)[];
  const made = targets.map(async (target) => [
    compile(source, { target }),
    (await imported(emit(source, { target }).code)).default,
  ]);
  return (await Promise.all(made)).flat();
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
      for (const model of await modelsOf(source)) {
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

function transferred(): Float32Array {
  const data = new Float32Array(4);
  structuredClone(data.buffer, { transfer: [data.buffer] });
  return data;
}

describe("what is wrong with a call is said", () => {
  const batch = "model M { input x: f32[N, 4]; output y = x -> ReLU }";
  const ids = "model M { input ids: i32[N]; output y = ids -> Embedding(7, 2) }";
  const masks = "model M { input m: bool[N]; output y = m -> LogicalNot }";
  const two = "model M { input a: f32[N, 2]; input b: f32[N, 2]; output y = a - b }";
  test.each<[string, string, readonly unknown[], string]>([
    ["one sample", batch, [[1, 2, 3, 4]], "x must be f32[N, 4], not f32[4], which is one sample: a batch of one is [[…]], of shape [1, 4]"],
    ["one sample in a tensor", batch, [{ shape: [4], data }], "x must be f32[N, 4], not f32[4], which is one sample: a batch of one is [[…]], of shape [1, 4]"],
    ["one number", ids, [3], "ids must be i32[N], not number"],
    ["ragged rows", batch, [[[1, 2, 3, 4], [1, 2, 3]]], "x must be f32[N, 4], not 3 values at x[1]"],
    ["rows of two depths", batch, [[[1, 2], [[3], 4]]], "x must be f32[N, 4], not 1 values at x[1,0]"],
    ["texts", batch, [[["1", 2, 3, 4]]], "x must be f32[N, 4], not string at x[0,0]"],
    ["a hole", batch, [[[1, undefined, 3, 4]]], "x must be f32[N, 4], not undefined at x[0,1]"],
    ["fractions", ids, [[1, 1.5]], "ids must be i32[N], not 1.5 (number) at ids[1]"],
    ["too large", ids, [[2 ** 31]], "ids must be i32[N], not 2147483648 (number) at ids[0]"],
    ["BigInts", ids, [[1n]], "ids must be i32[N], not 1 (bigint) at ids[0]"],
    ["numbers for truths", masks, [[1, 0]], "m must be bool[N], not 1 (number) at m[0]"],
    ["BigInt64Array", ids, [BigInt64Array.of(1n)], "ids must be i32[N], not BigInt64Array: give Int32Array.from(ids, Number)"],
    ["Uint8ClampedArray", batch, [new Uint8ClampedArray(4)], "x must be f32[N, 4], not Uint8ClampedArray: give Float32Array.from(x, Number)"],
    ["Int16Array in a tensor", batch, [{ shape: [1, 4], data: new Int16Array(4) }], "x must be f32[N, 4], not Int16Array: give Float32Array.from(x, Number)"],
    ["plain data", batch, [{ shape: [1, 4], data: [1, 2, 3, 4] }], "x must be f32[N, 4], not object: give Float32Array.from(x, Number)"],
    ["another dtype", batch, [{ dtype: "f64", data }], "x must be f32[N, 4], not f64"],
    ["other sizes", batch, [[[1, 2, 3]]], "x must be f32[N, 4], not f32[1, 3]"],
    ["another rank", batch, [[[[1, 2, 3, 4]]]], "x must be f32[N, 4], not f32[1, 1, 4]"],
    ["too few values", batch, [f32(1, 2, 3)], "x must be f32[N, 4], not Float32Array[3]"],
    ["fewer data than the shape says", batch, [{ shape: [2, 4], data }], "x must be f32[N, 4], not 4 values of shape [2,4]"],
    ["data that were transferred", batch, [{ shape: [1, 4], data: transferred() }], "x must be f32[N, 4], not 0 values of shape [1,4]"],
    ["nothing", batch, [], "x must be f32[N, 4], not undefined"],
    ["null", batch, [null], "x must be f32[N, 4], not object"],
    ["a text", batch, ["1"], "x must be f32[N, 4], not string"],
    ["a promise", batch, [Promise.resolve()], "x must be f32[N, 4], not Promise"],
    ["a map", batch, [new Map()], "x must be f32[N, 4], not Map"],
    ["an empty record", batch, [{}], "x must be f32[N, 4], not undefined"],
    ["another name", batch, [{ z: data }], "there is no input z: there is x"],
    ["a name too many", batch, [{ x: data, z: data }], "there is no input z: there is x"],
    ["another name of two", two, [{ a: data, c: data }], "there is no input c: there is a, b"],
    ["a name too few", two, [{ a: data }], "b must be f32[N, 2], not undefined: all of a, b are wanted"],
    ["a position too few", two, [data], "b must be f32[N, 2], not undefined: all of a, b are wanted"],
    ["a position too many", two, [data, data, data], "there are 2 inputs: a, b"],
  ])("%s", async (_, source, values, message) => {
    for (const model of await modelsOf(source)) {
      const call = (): unknown => (model as unknown as (...given: unknown[]) => unknown)(...values);
      expect(call).toThrow(new TypeError(message));
    }
  }); // prettier-ignore

  test("of run and of tensors that are asked for", async () => {
    for (const model of await modelsOf(batch)) {
      const run = (inputs: unknown, outputs: unknown): unknown =>
        model.run(inputs as never, outputs as never);
      const y = new Float32Array(4);
      expect(() => run({ x: data, z: data }, { y })).toThrow(
        new TypeError("there is no input z: there is x"),
      );
      expect(() => run({ x: data }, { y, z: y })).toThrow(new TypeError("there is no output z: there is y"));
      expect(() => run({ x: data }, {})).toThrow(new TypeError("y must be f32[N, 4], not undefined"));
      expect(() => run({ x: data }, { y: new Float32Array(3) })).toThrow(
        new TypeError("y must be f32[N, 4], not Float32Array[3]"),
      );
      expect(() => model.input("z", [1, 4])).toThrow(new TypeError("there is no input z: there is x"));
      expect(() => model.output("z", [1, 4])).toThrow(new TypeError("there is no output z: there is y"));
    }
  });
});

describe("inputs", () => {
  /** What all models of a source give. */
  const given = async (source: string, ...values: unknown[]): Promise<number[]> => {
    const [first, ...others] = (await modelsOf(source)).map((model) => [
      ...(model as unknown as (...given: unknown[]) => { data: Float32Array })(...values).data,
    ]);
    for (const other of others) expect(other).toEqual(first);
    return first!;
  };

  test("by name and in order", async () => {
    for (const x of [f32(-1, 2), [-1, 2], { data: f32(-1, 2) }, { shape: [2], data: f32(-1, 2) }])
      for (const value of [x, { x }]) expect(await given("x -> ReLU", value)).toEqual([0, 2]);
    const two = "model M { input a: f32[N]; input b: f32[N]; output y = a - b }";
    for (const values of [[{ a: [3], b: f32(1) }], [[3], f32(1)], [{ data: f32(3) }, [1]], [{ b: [1], a: [3] }]])
      expect(await given(two, ...values)).toEqual([2]);
    expect(await given("model M { input x: f32; output y = x + 1 }", 2)).toEqual([3]);
    // `rows.map(model)` gives more than the input.
    expect(await given("x -> ReLU", [1], 0, [[1]])).toEqual([1]);
  }); // prettier-ignore

  test("that have names of parts of tensors", async () => {
    const two = "model M { input data: f32[N]; input shape: f32[N]; output y = data - shape }";
    const [a, b] = [f32(3), f32(1)];
    for (const values of [[{ data: a, shape: b }], [{ data: [3], shape: [1] }], [a, b], [{ shape: [1], dtype: "f32", data: a }, b]])
      expect(await given(two, ...values)).toEqual([2]);
    const one = "model M { input data: f32[N]; output y = data + 1 }";
    for (const value of [a, { data: a }, { data: [3] }, { data: { data: a } }, { shape: [1], data: a }])
      expect(await given(one, value)).toEqual([4]);
    for (const name of ["length", "map", "flat", "shape", "dtype", "constructor", "then", "__proto__"])
      expect(await given(`model M { input ${name}: f32[N]; output ${name} + 1 }`, JSON.parse(`{"${name}":[3]}`))).toEqual([4]);
  }); // prettier-ignore

  test("of another realm, in any form", async () => {
    for (const text of ["Float32Array.of(-1, 2)", "[-1, 2]", "({ data: Float32Array.of(-1, 2) })", "({ shape: [2], data: Float32Array.of(-1, 2) })", "({ x: [-1, 2] })", "({ x: { shape: [2], data: Float32Array.of(-1, 2) } })"])
      expect(await given("x -> ReLU", runInNewContext(text))).toEqual([0, 2]);
  }); // prettier-ignore
});

test("arrays of another realm", async () => {
  const foreign = runInNewContext("Float32Array.of(-1, 1)") as Float32Array;
  expect(foreign instanceof Float32Array).toBe(false);
  for (const model of await modelsOf("x -> ReLU")) {
    expect([...model(foreign).data]).toEqual([0, 1]);
    const y = runInNewContext("new Float32Array(2)") as Float32Array;
    model.run({ x: { shape: [2], data: foreign } as never }, { y });
    expect([...y]).toEqual([0, 1]);
  }
});

test("an output's data are of its dtype and of the shape that it states", async () => {
  for (const model of await modelsOf("x -> ReLU")) {
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
      new TypeError("weights are inside: see nnc compile --external"),
    );
});

test("memory that grows between two runs", async () => {
  for (const model of await modelsOf("x -> ReLU6")) {
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
    for (const model of await modelsOf(
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
    for (const model of await modelsOf("Linear(2, 2)")) {
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
