/** Names of the source that emitted text has a use of its own for: they change no number. */
import { describe, expect, test } from "vitest";
import { compile, emit, tensor, type Tensor } from "../compiler/index.ts";
import { imported } from "./compiled.ts";

function values(from: Tensor): number[] {
  return [...(from.data as Float32Array)];
}

function ramp(...shape: number[]): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return {
    dtype: "f32",
    shape,
    data: Float32Array.from({ length: count }, (_, i) => ((i * 37) % 23) / 7 - 1),
  };
}

const sizes = [
  "i",
  "j",
  "k",
  "l",
  "y",

  "sum",
  "sum_1",
  "at",
  "t",
  "whole",
  "run",
  "class",
  "weight",
  "max",
  "rows",
];

describe.each(sizes)("a size called %s", (name) => {
  test("as a reduced axis of what another kernel made", () => {
    const source = (size: string): string => `model M {
      input x: f32[N, T, ${size}]
      output x -> Softmax(dim=1) -> Sum(dim=2)
    }`;
    const input = ramp(2, 3, 21);
    expect(values(compile(source(name))(input))).toEqual(values(compile(source("Safe"))(input)));
  });

  test("as a contracted one", () => {
    const source = (size: string): string => `model M {
      input a: f32[n, ${size}]
      input b: f32[${size}, m]
      output (a -> Softmax(dim=1)) @ (b -> Softmax(dim=1))
    }`;
    const inputs = { a: ramp(2, 5), b: ramp(5, 3) };
    expect(values(compile(source(name))(inputs))).toEqual(values(compile(source("Safe"))(inputs)));
  });
});

const parameters = [
  "sum_1",
  "x_0",
  "t_1",
  "whole",
  "class",
  "class_",
  "yBits",
  "pow",
  "erf",
  "mod",

  "y",
  "i",
];

test.each(parameters)("a parameter called %s", (name) => {
  const source = (parameter: string): string => `model M {
    input q: f32[N, 40]
    param ${parameter}: f32[40] = Normal
    param other_: f32[40, 8] = Normal
    h = (q * ${parameter} + 1) * (q * q + 1)
    output (h @ other_ -> GELU -> ReLU) ** 2 % 3 + (h -> Sum(dim=1, keepdim=true))
  }`;
  const input = ramp(3, 40);
  expect(values(compile(source(name))(input))).toEqual(values(compile(source("Safe"))(input)));
});

// Those that maps call.
test.each(["round", "mod", "floordiv", "pow", "ipow", "erf"])(
  "a size called %s beside this function",
  (name) => {
    const source = (size: string): string => `model M {
    input x: f32[${size}]
    output ((((x -> Round) % 3) // 2) ** 2.5 -> GELU) * ${size} + (x -> ArgMax) ** 3
  }`;
    const input = ramp(5);
    expect(values(compile(source(name))(input))).toEqual(values(compile(source("Safe"))(input)));
  },
);

// A kernel that copies is called what it copies.
test.each(["run", "state", "Object", "Float32Array", "create", "p0", "slot0", "spare0", "in_x", "bind_x"])(
  "an input called %s that is an output too",
  (name) => {
    const model = compile(`model M {
      input ${name}: f32[2]
      input x: f32[3]
      param w: f32[3] = Ones
      output y = x * w, ${name}
    }`);
    const { y, [name]: same } = model({ [name]: tensor([2, 3]), x: tensor([4, 5, 6]) });
    expect([...values(y!), ...values(same!)]).toEqual([4, 5, 6, 2, 3]);
  },
);

test("two names that one escape would make alike", () => {
  const model = compile(`model M {
    input class: f32[3]
    input class_: f32[3]
    param new: f32[3] = Constant(2.0)
    param new_: f32[3] = Constant(10.0)
    output class * new + class_ * new_
  }`);
  expect(values(model({ class: tensor([1, 2, 3]), class_: tensor([1, 1, 1]) }))).toEqual([12, 14, 16]);
});

test("a size called run beside a run of sizes", () => {
  const model = compile("model M { input x: f32[run, ..., 2]\n output x + run }");
  expect(values(model(ramp(1, 3, 2)))).toEqual(values(ramp(1, 3, 2)).map((value) => Math.fround(value + 1)));
});

test("a scale stays outside a product of data", () => {
  const model = compile(`model M {
    input x: f32[2, 2]
    input z: f32[2, 2]
    param s: f32[2] = Constant(1e10)
    output (x @ z) * s
  }`);
  const full = (value: number): Tensor => ({
    dtype: "f32",
    shape: [2, 2],
    data: new Float32Array(4).fill(value),
  });
  expect(values(model({ x: full(1e-30), z: full(1e30) }))[0]).toBeCloseTo(2e10, -5);
});

test("i32 sums wrap where they are used", () => {
  const model = compile("model M { input x: i32[4]\n output (x -> Sum(dim=0)) * 0.5 }");
  const data = new Int32Array(4).fill(2 ** 31 - 1);
  expect(values(model({ dtype: "i32", shape: [4], data }))).toEqual([-2]);
});

test("an argument may be called as a constant is", () => {
  const model = compile("NanToNum(nan=0.5, posinf=2)");
  expect([...model([NaN, Infinity, -1]).data]).toEqual([0.5, 2, -1]);
});

test("a file name ends no comment", () => {
  const { code } = emit("LayerNorm(4)", { filename: "a\nthrow 1;.nn" });
  expect(code.split("\n")[0]).toContain("throw 1;.nn");
});

test("modules refuse weights that are cut off", async () => {
  const { code, weights } = emit("Linear(2, 3)\n", { external: true });
  const module = await imported(code);
  expect(() => module.create({ weights: weights!.slice(0, -4) })).toThrow("it is cut off");
});
