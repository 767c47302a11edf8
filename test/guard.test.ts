/** What a model in this process says to a call that is wrong. */
import { describe, expect, test } from "vitest";
import { compile, type Model } from "../compiler/index.ts";

// Callers in JavaScript may give anything.
type Loose = ((...values: unknown[]) => unknown) & {
  run: (...values: unknown[]) => unknown;
  input: (...values: unknown[]) => unknown;
  output: (...values: unknown[]) => unknown;
};
const loose = (model: Model): Loose => model as unknown as Loose;

const relu = loose(compile("model M { input x: f32[N, 3]; output y = x -> ReLU }"));
const six = new Float32Array(6);

test("run wants both records", () => {
  const wants = new TypeError("run wants inputs and outputs: run({ x }, { y }), tensors or typed arrays");
  for (const given of [[], [{ x: six }], [undefined, { y: six }]])
    expect(() => relu.run(...given)).toThrow(wants);
  expect(() => relu.run({}, {})).toThrow(new TypeError("x must be f32[N, 3], not undefined"));
  expect(() => relu.run({ x: six }, {})).toThrow(new TypeError("y must be f32[N, 3], not undefined"));
});

describe("memory of the model's own", () => {
  test.each<[unknown, unknown, string]>([
    ["misspelt", [1, 3], "there is no input misspelt: there is x"],
    ["y", [1, 3], "there is no input y: there is x"],
    ["x", undefined, "x is f32[N, 3]: its shape is a list of sizes, not undefined"],
    ["x", [3], "x is f32[N, 3]: [3] has 1 size"],
    ["x", [2, 4], "x is f32[N, 3]: [2, 4] differs from it where 3 stands"],
    ["x", [-1, 3], "x is f32[N, 3]: its shape cannot be [-1, 3]: sizes are whole numbers, at least 0"],
    ["x", [1.5, 3], "x is f32[N, 3]: its shape cannot be [1.5, 3]: sizes are whole numbers, at least 0"],
    ["x", [2 ** 31, 3], "x is f32[N, 3]: [2147483648, 3] has too many elements"],
  ])("input(%j, %j)", (name, shape, message) => {
    expect(() => relu.input(name, shape)).toThrow(new TypeError(message));
  });

  test("output goes by the outputs", () => {
    expect(() => relu.output("x", [1, 3])).toThrow(new TypeError("there is no output x: there is y"));
    expect(relu.output("y", [0, 3])).toEqual({ dtype: "f32", shape: [0, 3], data: new Float32Array(0) });
  });

  test("a run stands for any number of sizes", () => {
    const norm = compile("LayerNorm(3)");
    for (const shape of [[3], [2, 3], [2, 2, 3]]) expect(norm.input("x", shape).shape).toEqual(shape);
    expect(() => norm.input("x", [3, 2])).toThrow(TypeError);
    expect(() => norm.input("x", [])).toThrow(TypeError);
  });
});
