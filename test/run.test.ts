/** What a model promises around its arithmetic: memory, shapes, state, and errors. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import * as nnc from "../compiler/index.ts";
import { emit, type CompileOptions, type Input, type Model, type Tensor } from "../compiler/index.ts";
import { targetNames } from "../compiler/ir/plan/plan.ts";

function f32(...values: number[]): Float32Array {
  return Float32Array.from(values);
}

function wave(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7) * 2);
}

const MLP = "Linear(6, 16) -> ReLU -> Linear(16, 3)";
const STATES = `model M {
  input x: f32[N, 2]
  input state: f32[N, 2]
  s = state * 2 + x
  output y = s + 1, state = s
}`;

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

/** Bytes a call that stay on the heap until something collects them: nothing does, so few are noticed. */
function allocated(call: () => void): number {
  const calls = 100_000;
  for (let i = 0; i < 20_000; i++) call();
  let least = Infinity;
  // Compiled code may still arrive during the first round.
  for (let round = 0; round < 3; round++) {
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < calls; i++) call();
    least = Math.min(least, Math.abs(process.memoryUsage().heapUsed - before) / calls);
  }
  return least;
}

describe.each(Object.keys(targetNames) as (keyof typeof targetNames)[])("for %s", (target) => {
  const compile = (source: string, options: CompileOptions = {}): Model =>
    nnc.compile(source, { target, ...options });

  describe("what is given and what comes back", () => {
    const relu = compile("ReLU");
    test.each<[string, Input, readonly number[]]>([
    ["nested numbers", [[-1, 2], [3, -4]], [2, 2]],
    ["a flat list", [-1, 2, 3, -4], [4]],
    ["a typed array", f32(-1, 2, 3, -4), [4]],
    ["a tensor", { dtype: "f32", shape: [2, 1, 2], data: f32(-1, 2, 3, -4) }, [2, 1, 2]],
  ])("%s", (_, input, shape) => {
    const y = relu(input);
    expect([...y.data]).toEqual([0, 2, 3, 0]);
    expect(y.shape).toEqual(shape);
    expect(y.dtype).toBe("f32");
  }); // prettier-ignore

    test("a number is a tensor without axes", () => {
      const y = relu(-2);
      expect(y.shape).toEqual([]);
      expect([...y.data]).toEqual([0]);
    });

    test("a flat typed array is read as the least rank that fits", () => {
      const norm = compile("LayerNorm(4)");
      expect(norm(wave(4)).shape).toEqual([4]);
      expect(norm(wave(12)).shape).toEqual([3, 4]);
      expect(compile("PReLU(3)")(wave(6)).shape).toEqual([2, 3]);
    });

    test("results are fresh memory", () => {
      const x = f32(1, 2);
      const first = relu(x);
      const second = relu(f32(3, 4));
      expect([...first.data]).toEqual([1, 2]);
      expect(first.data).not.toBe(second.data);
      expect([...x]).toEqual([1, 2]);
    });

    test("no rows at all", () => {
      const y = compile(MLP)({ dtype: "f32", shape: [0, 6], data: f32() });
      expect(y.shape).toEqual([0, 3]);
      expect(y.data.length).toBe(0);
    });

    test("several inputs and outputs go by name", () => {
      const model = compile(STATES);
      const { y, state } = model({ x: [[1, 2]], state: [[10, 20]] });
      expect([...y!.data]).toEqual([22, 43]);
      expect([...state!.data]).toEqual([21, 42]);
      expect(model.inputs).toEqual([
        { name: "x", dtype: "f32", shape: ["N", 2] },
        { name: "state", dtype: "f32", shape: ["N", 2] },
      ]);
      expect(model.outputs.map(({ name }) => name)).toEqual(["y", "state"]);
    });

    test("indices are i32", () => {
      const y = compile("Embedding(3, 2)")([[0, 2]]);
      expect(y.shape).toEqual([1, 2, 2]);
    });
  });

  test("any number but 0 is true", () => {
    const model = compile("model M { input mask: bool[N]\n output kept = mask * 3, same = mask == true }");
    const mask = Uint8Array.from([0, 1, 2, 255]);
    const { kept, same } = model(mask);
    expect([[...kept!.data], [...same!.data], [...mask]]).toEqual([
      [0, 3, 3, 3],
      [0, 1, 1, 1],
      [0, 1, 2, 255],
    ]);
    const outputs = { kept: new Int32Array(4), same: mask };
    model.run({ mask }, outputs);
    expect([[...outputs.kept], [...mask]]).toEqual([
      [0, 3, 3, 3],
      [0, 1, 1, 1],
    ]);
  });

  describe("run", () => {
    test("fills the caller's tensors and typed arrays", () => {
      const model = compile(MLP);
      const x = wave(12);
      const want = model({ dtype: "f32", shape: [2, 6], data: x });
      const flat = new Float32Array(6);
      model.run({ x }, { y: flat });
      expect(flat).toEqual(want.data);
      const tensor: Tensor = { dtype: "f32", shape: [2, 3], data: new Float32Array(6).fill(9) };
      model.run({ x: { dtype: "f32", shape: [2, 6], data: x } }, { y: tensor });
      expect(tensor.data).toEqual(want.data);
    });

    test("takes and fills a part of a larger array, and nothing beside it", () => {
      const model = compile("ReLU");
      const memory = new Float32Array(6).fill(7);
      model.run({ x: f32(-1, 2) }, { y: memory.subarray(2, 4) });
      expect([...memory]).toEqual([7, 7, 0, 2, 7, 7]);
    });

    test("the model's own memory", () => {
      const model = compile(MLP);
      const [x, y] = [model.input("x", [2, 6]), model.output("y", [2, 3])];
      expect([x.dtype, x.shape, x.data.length]).toEqual(["f32", [2, 6], 12]);
      (x.data as Float32Array).set(wave(12));
      model.run({ x }, { y });
      expect(y.data).toEqual(model(x).data);
    });

    // Each reads values that it has already overwritten, if the two are one.
    test.each([
      ["ReLU", 5],
      ["Softmax(dim=-1)", 7],
      ["LayerNorm(4) -> PReLU(0.25)", 8],
      ["Linear(4, 4)", 8],
      ["Linear(4, 5) -> ReLU -> Linear(5, 4)", 8],
    ])("%s where the output is the input", (source, count) => {
      const model = compile(source);
      const x = wave(count);
      const want = model(x).data;
      model.run({ x }, { y: x });
      expect(x).toEqual(want);
    });

    test("views of one memory that overlap", () => {
      const model = compile("ReLU");
      const memory = f32(-1, 2, -3, 4, 0);
      model.run({ x: memory.subarray(0, 4) }, { y: memory.subarray(1, 5) });
      expect([...memory]).toEqual([-1, 0, 2, 0, 4]);
    });

    test("state that goes in and out in place", () => {
      const model = compile(STATES);
      const state = f32(10, 20);
      const y = new Float32Array(2);
      for (let step = 0; step < 3; step++) model.run({ x: f32(1, 2), state }, { y, state });
      expect([...state]).toEqual([87, 174]);
      expect([...y]).toEqual([88, 175]);
    });

    test("sizes may change from call to call", () => {
      const model = compile(MLP);
      const whole = model(wave(60)).data as Float32Array;
      for (const rows of [1, 7, 2, 10, 1]) {
        const y = new Float32Array(rows * 3);
        model.run({ x: wave(60).subarray(0, rows * 6) }, { y });
        expect(y).toEqual(whole.subarray(0, rows * 3));
      }
    });
  });

  describe("state", () => {
    test("refresh takes what was written to parameters", () => {
      const model = compile("PReLU(0.25)");
      const { data } = model.parameters["0.weight"]!;
      expect([...data]).toEqual([0.25]);
      data[0] = 3;
      model.refresh();
      expect([...model(f32(-1, 1)).data]).toEqual([-3, 1]);
    });

    test("what is folded into a weight is folded again", () => {
      const model = compile("Linear(2, 2) -> BatchNorm1d(2)");
      model.parameters["0.weight"]!.data.set([1, 0, 0, 1] as never);
      model.parameters["0.bias"]!.data.fill(0);
      (model.parameters["1.running_mean"]!.data as Float32Array).set([1, -1]);
      (model.parameters["1.weight"]!.data as Float32Array).set([2, 4]);
      model.refresh();
      const { data } = model([[3, 3]]);
      const scale = 1 / Math.sqrt(1 + 1e-5);
      expect(data[0]).toBeCloseTo(4 * scale, 5);
      expect(data[1]).toBeCloseTo(16 * scale, 5);
    });

    test("training moves the running statistics by each run", () => {
      const model = compile("BatchNorm1d(2)", { mode: "train" });
      const x = f32(0, 0, 2, 4);
      model(x);
      const { parameters } = model;
      const read = (name: string): number[] => [...(parameters[`0.${name}`]!.data as Float32Array)];
      expect(read("running_mean")).toEqual([...f32(0.1, 0.2)]);
      expect(read("running_var")).toEqual([...f32(0.9 + 0.1 * 2, 0.9 + 0.1 * 8)]);
      expect(read("num_batches_tracked")).toEqual([1]);
      model.run({ x }, { y: new Float32Array(4) });
      expect(read("running_mean")).toEqual([...f32(0.19, 0.38)]);
      expect(read("num_batches_tracked")).toEqual([2]);
    });

    test("two models of one source share nothing", () => {
      const [a, b] = [compile("PReLU(0.25)"), compile("PReLU(0.25)")];
      a.parameters["0.weight"]!.data[0] = 7;
      expect(b.parameters["0.weight"]!.data[0]).toBe(0.25);
    });
  });

  describe("errors name the port and what it takes", () => {
    const model = compile(MLP);
    const x = wave(6);
    const y = new Float32Array(3);
    const run = (inputs: unknown, outputs: unknown): void => model.run(inputs as never, outputs as never);
    test.each<[string, () => void]>([
      ["a length that does not fit", () => model(wave(7))],
      ["a shape that does not fit", () => model({ dtype: "f32", shape: [2, 3], data: x })],
      ["a shape that is not the data's", () => model({ dtype: "f32", shape: [2, 6], data: x })],
      ["another dtype", () => model(new Int32Array(6))],
      ["an array of doubles", () => model(new Float64Array(6))],
      ["nothing", () => model()],
      ["no input", () => run({}, { y })],
      ["words", () => model(["a"] as never)],
      ["rows of unlike length", () => model([[1, 2, 3, 4, 5, 6], [1]])],
      ["truth for numbers", () => model([true, true, true, true, true, true])],
    ])("%s", (_, call) => {
      expect(call).toThrow(TypeError);
      expect(call).toThrow(/x must be f32\[(\.\.\.|N), 6\]/);
    });

    test.each<[string, () => void]>([
      ["no output", () => run({ x }, {})],
      ["an output of another length", () => run({ x }, { y: new Float32Array(4) })],
      ["an output of another dtype", () => run({ x }, { y: new Int32Array(3) })],
    ])("%s", (_, call) => {
      expect(call).toThrow(TypeError);
      expect(call).toThrow(/y must be f32\[(\.\.\.|N), 3\]/);
    });

    test("a model works on after an error", () => {
      expect(() => model(wave(7))).toThrow(TypeError);
      expect(model(x).shape).toEqual([3]);
    });

    test("sizes that inputs share", () => {
      const states = compile(STATES);
      expect(() => states({ x: [[1, 2]], state: [[1, 2], [3, 4]] })).toThrow(/state must be f32\[N, 2\]/); // prettier-ignore
    });

    test("an index out of range", () => {
      const embedding = compile("Embedding(3, 2)");
      for (const index of [3, -1]) {
        expect(() => embedding([index])).toThrow(RangeError);
        expect(() => embedding([index])).toThrow(/Embedding\(3, 2\).*0\.\.2/);
      }
      expect(() => embedding([0.5])).toThrow(TypeError);
    });
  });

  describe("run allocates nothing once it is warm", () => {
    const own = (model: Model, x: readonly number[], y: readonly number[]): (() => void) => {
      const inputs = { x: model.input("x", x) };
      const outputs = { y: model.output("y", y) };
      return () => model.run(inputs, outputs);
    };
    test("the measure notices an object a call", () => {
      const kept: unknown[] = [];
      expect(allocated(() => (kept[0] = { kept: kept.length }))).toBeGreaterThan(1);
    });
    test.each<[string, () => () => void]>([
    ["LayerNorm -> PReLU", () => own(compile("LayerNorm(10) -> PReLU(0.25)"), [2, 10], [2, 10])],
    ["an MLP with ReLU", () => own(compile(MLP), [2, 6], [2, 3])],
    ["a product of typed arrays", () => {
      const model = compile("Linear(8, 8)");
      const [inputs, outputs] = [{ x: wave(8) }, { y: new Float32Array(8) }];
      return () => model.run(inputs, outputs);
    }],
    ["an output in place of the input", () => {
      const model = compile("LayerNorm(4) -> ReLU");
      const x = wave(8);
      const [inputs, outputs] = [{ x }, { y: x }];
      return () => model.run(inputs, outputs);
    }],
  ])("%s", (_, make) => {
    expect(allocated(make())).toBeLessThan(1);
  }); // prettier-ignore
    test("Softmax of typed arrays", () => {
      const model = compile("Softmax(dim=-1)");
      const [inputs, outputs] = [{ x: wave(8) }, { y: new Float32Array(8) }];
      expect(allocated(() => model.run(inputs, outputs))).toBeLessThan(1);
    });

    test("BatchNorm in training", () => {
      const model = compile("BatchNorm1d(3)", { mode: "train" });
      expect(allocated(own(model, [4, 3], [4, 3]))).toBeLessThan(1);
    });
  });

  test("of many outputs, each may lie where an input lies", () => {
    const places = Array.from({ length: 12 }, (_, i) => i);
    const model = compile(`model M {
    ${places.map((i) => `input x${i}: f32[2]`).join("; ")}
    output ${places.map((i) => `y${i} = x${11 - i} + x${i}`).join(", ")}
  }`);
    const data = places.map((i) => f32(i, 10 * i));
    const inputs = Object.fromEntries(places.map((i) => [`x${i}`, data[i]!]));
    model.run(inputs, Object.fromEntries(places.map((i) => [`y${i}`, data[(i + 5) % 12]!])));
    expect(places.map((i) => [...data[(i + 5) % 12]!])).toEqual(places.map(() => [11, 110]));
  });

  test("a run of sizes is the same in every input, size by size", () => {
    const model = compile("model M { input x: f32[..., 4]\n input z: f32[..., 4]\n output x + z }");
    const of = (...shape: number[]): Tensor => ({
      dtype: "f32",
      shape,
      data: new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(1),
    });
    expect(model({ x: of(2, 3, 4), z: of(2, 3, 4) }).shape).toEqual([2, 3, 4]);
    expect(() => model({ x: of(2, 3, 4), z: of(3, 2, 4) })).toThrow("z must be f32[..., 4]");
    expect(() => model({ x: of(2, 3, 4), z: of(6, 4) })).toThrow("z must be f32[..., 4]");
  });

  test("a run of sizes beside a size of 0", () => {
    const empty = (...shape: number[]): Tensor => ({ dtype: "f32", shape, data: f32() });
    const one = compile("model M { input x: f32[3, 0, ...]\n output x -> All(dim=1) }");
    expect([one(empty(3, 0, 2)).shape, one(f32()).shape]).toEqual([[3, 2], [3]]);
    const two = compile("model M { input n: f32[N]\n input x: f32[N, ...]\n output y = x -> Any(dim=0), n }");
    const shapeOf = (n: Input, x: Input): readonly number[] => two({ n, x })["y"]!.shape;
    expect(shapeOf(empty(0), empty(0, 4))).toEqual([4]);
    expect(shapeOf(f32(), f32())).toEqual([]);
    expect(shapeOf(f32(1, 2), f32(1, 2, 3, 4))).toEqual([2]);
  });
});

describe("memory is given back", () => {
  /** Two kernels with rows of 64 numbers between them. */
  const net =
    "model M { input x: f32[N, 64]\n output y = x -> Softmax(dim=0) -> Linear(64, 64) -> Softmax(dim=0) }";
  const rows = 40_000;
  const megabytes = (): number => {
    gc();
    return process.memoryUsage().arrayBuffers / 1e6;
  };
  // Engines free the memory of arrays on another thread.
  const backTo = (before: number): Promise<void> =>
    expect.poll(() => megabytes() - before, { timeout: 60_000 }).toBeLessThan(1);
  const call = (model: Model, n: number): void =>
    void model({ shape: [n, 64], data: new Float32Array(64 * n) });

  test("by dispose", async () => {
    const model = nnc.compile(net);
    call(model, 2);
    const before = megabytes();
    call(model, rows);
    expect(megabytes() - before).toBeGreaterThan(5);
    model.dispose();
    await backTo(before);
    // It works as before.
    expect(model([Array.from({ length: 64 }, () => 1)]).shape).toEqual([1, 64]);
  });

  test("when a hundred small calls have followed a large one, and no sooner", async () => {
    const model = nnc.compile(net);
    call(model, 2);
    const before = megabytes();
    call(model, rows);
    for (let i = 0; i < 99; i++) call(model, 2);
    expect(megabytes() - before).toBeGreaterThan(5);
    call(model, rows);
    for (let i = 0; i < 99; i++) call(model, 2);
    expect(megabytes() - before).toBeGreaterThan(5);
    call(model, 2);
    await backTo(before);
  });

  test("copies of inputs and outputs of the last run as well", async () => {
    const model = nnc.compile("model M { input x: f32[N]\n output a = x + 1\n output b = x * 2 }");
    const x = new Float32Array(3_000_000);
    const before = megabytes();
    (() => {
      const b = new Float32Array(x.length);
      model.run({ x }, { a: x, b });
    })();
    expect(megabytes() - before).toBeGreaterThan(20);
    model.dispose();
    await backTo(before);
  });
});

test("text does not grow with inputs times outputs", () => {
  const size = (ports: number): number => {
    const places = Array.from({ length: ports }, (_, i) => i);
    const inputs = places.map((i) => `input x${i}: f32[2]`).join("; ");
    return emit(`model M { ${inputs}; output ${places.map((i) => `y${i} = x${i} -> Exp`).join(", ")} }`).code
      .length;
  };
  expect(size(120) / size(60)).toBeLessThan(2.2);
});

test("thousands of views in a row compile", () => {
  const model = nnc.compile(
    "model M { input x: f32[5000]\n output x -> Repeat(4000) { input z\n output o = z[1:] } }",
  );
  const data = Float32Array.from({ length: 5000 }, (_, i) => i);
  expect(model({ dtype: "f32", shape: [5000], data }).data[0]).toBe(4000);
});
