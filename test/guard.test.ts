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

function transferred(): Float32Array {
  const data = new Float32Array(6);
  structuredClone(data.buffer, { transfer: [data.buffer] });
  return data;
}

describe("an input", () => {
  test.each<[string, unknown, string]>([
    ["nothing", undefined, "undefined"],
    ["a number", 3, "f32[]"],
    ["a text", "3", "a text"],
    ["a record", { x: six }, "a record: it is the only input, and is given by itself"],
    ["another record", { z: six }, "Object: give a tensor, a typed array or nested numbers"],
    ["a map", new Map(), "Map: give a tensor, a typed array or nested numbers"],
    ["another array", new Float64Array(6), "Float64Array[6]"],
    ["too few values", new Float32Array(5), "Float32Array[5]"],
    ["another shape", { shape: [2, 4], data: new Float32Array(8) }, "f32[2, 4]"],
    [
      "fewer data than the shape says",
      { shape: [2, 3], data: new Float32Array(5) },
      "a tensor of shape [2, 3] whose data have 5 values",
    ],
    [
      "data that were transferred",
      { shape: [2, 3], data: transferred() },
      "a tensor of shape [2, 3] whose data have 0 values: their buffer is empty, or was transferred",
    ],
    [
      "a shape that is none",
      { shape: "2,3", data: six },
      'a tensor whose shape is "2,3": it is a list of sizes',
    ],
    ["plain data", { shape: [1, 3], data: [1, 2, 3] }, "a tensor whose data are a plain array"],
    ["ragged parts", [[1, 2, 3], [1]], "an array whose parts differ in length or depth"],
    ["texts", [["1", "2", "3"]], "an array that holds a string"],
  ])("%s", (_, value, not) => {
    expect(() => relu(value)).toThrow(new TypeError(`x must be f32[N, 3], not ${not}`));
  });

  test("an integer is asked for", () => {
    const pick = loose(compile("Embedding(4, 2)"));
    expect(() => pick([0.5])).toThrow(new TypeError("x must be i32[...], not an array that holds 0.5"));
  });
});

test("run wants both records", () => {
  const wants = new TypeError("run wants inputs and outputs: run({ x }, { y }), tensors or typed arrays");
  for (const given of [[], [{ x: six }], [undefined, { y: six }]])
    expect(() => relu.run(...given)).toThrow(wants);
  expect(() => relu.run({}, {})).toThrow(new TypeError("x must be f32[N, 3], not undefined"));
  expect(() => relu.run({ x: six }, {})).toThrow(new TypeError("y must be f32[N, 3], not undefined"));
});

describe("memory of the model's own", () => {
  test.each<[unknown, unknown, string]>([
    ["misspelt", [1, 3], "there is no `misspelt` among x"],
    ["y", [1, 3], "there is no `y` among x"],
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
    expect(() => relu.output("x", [1, 3])).toThrow(new TypeError("there is no `x` among y"));
    expect(relu.output("y", [0, 3])).toEqual({ dtype: "f32", shape: [0, 3], data: new Float32Array(0) });
  });

  test("a run stands for any number of sizes", () => {
    const norm = compile("LayerNorm(3)");
    for (const shape of [[3], [2, 3], [2, 2, 3]]) expect(norm.input("x", shape).shape).toEqual(shape);
    expect(() => norm.input("x", [3, 2])).toThrow(TypeError);
    expect(() => norm.input("x", [])).toThrow(TypeError);
  });
});
