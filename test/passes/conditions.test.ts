/** Conditions on which passes leave a net as it is: without them, nets such as these give other numbers. */
import { describe, expect, test } from "vitest";
import { compile } from "../../compiler/index.ts";
import type { State } from "../../compiler/weights/state.ts";

function outputOf(source: string, input: unknown, weights?: State): number[] {
  const model = compile(source, weights && { weights });
  const result = input === undefined ? model() : model(input as readonly number[]);
  return Array.from((result as { readonly data: ArrayLike<number> }).data);
}

function floats(shape: readonly number[], data: readonly number[]): State[string] {
  return { dtype: "f32", shape: [...shape], data: Float32Array.from(data) };
}

describe("lower: positions become sizes only where their arithmetic does not wrap", () => {
  test.each([
    ["Arange(4) * 2000000000", [0, 2_000_000_000, -294_967_296, 1_705_032_704]],
    ["2147483647 + Arange(3)", [2_147_483_647, -2_147_483_648, -2_147_483_647]],
    ["Arange(3) - 2147483647 - 2", [2_147_483_647, -2_147_483_648, -2_147_483_647]],
    ["(Arange(3) * 65536) * (Arange(3) * 65536)", [0, 0, 0]],
    ["(Arange(3) * 65536) * (Arange(3) * 32768)", [0, -2_147_483_648, 0]],
  ])("%s", (positions, wanted) => {
    // An i32 buffer would wrap what is stored to it; read as floats, the values must have wrapped before.
    const rounded = wanted.map(Math.fround);
    expect(outputOf(`model M { output y = (${positions}) * 1.0 }`, undefined)).toEqual(rounded);
    expect(outputOf(`model M { input x: f32[N]; output y = (${positions}) + x }`, [0, 0, 0, 0].slice(0, wanted.length))).toEqual(rounded); // prettier-ignore
  });
});

describe("fold: a scale goes into a weight only where it varies along the weight's own axes", () => {
  const [weight, bias] = [floats([2, 3], [1, 2, 3, 4, 5, 6]), floats([2], [0.5, -0.5])];
  const rows = [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1];
  const product = [1.5, 3.5, 2.5, 4.5, 3.5, 5.5, 6.5, 14.5];
  const x = { dtype: "f32", shape: [4, 3], data: Float32Array.from(rows) };
  const scaled = (shape: readonly number[], values: readonly number[]): number[] =>
    outputOf(
      `model M { input x: f32[4, 3]; param s: f32[${shape.join(", ")}]; output y = (x -> l: Linear(3, 2)) * s }`,
      x,
      { s: floats(shape, values), "l.weight": weight, "l.bias": bias },
    );

  test("by column it may", () => {
    expect(scaled([2], [10, 100])).toEqual(product.map((y, i) => y * [10, 100][i % 2]!));
  });
  test("by row it may not", () => {
    expect(scaled([4, 1], [1, 10, 100, 1000])).toEqual(product.map((y, i) => y * 10 ** Math.floor(i / 2)));
  });
  test("by row and column it may not", () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8];
    expect(scaled([4, 2], values)).toEqual(product.map((y, i) => y * values[i]!));
  });
  test("along positions of a sequence it may not", () => {
    const sequence = { dtype: "f32", shape: [2, 2, 3], data: Float32Array.from(rows) };
    const source =
      "model M { input x: f32[2, 2, 3]; param s: f32[2, 1]; output y = (x -> l: Linear(3, 2)) * s }";
    const weights = { s: floats([2, 1], [1, 10]), "l.weight": weight, "l.bias": bias };
    const wanted = product.map((y, i) => y * [1, 10][Math.floor(i / 2) % 2]!);
    expect(outputOf(source, sequence, weights)).toEqual(wanted);
  });
});

describe("mask: only the positive zero is what a mask on the bits leaves", () => {
  test.each([
    ["Threshold(0.5, -0.0)", -0],
    ["Threshold(0.5, 0.0)", 0],
  ])("%s", (layer, zero) => {
    expect(outputOf(`model M { input x: f32[N]; output y = x -> ${layer} }`, [1, 0.25, -3, 2])).toEqual([1, zero, zero, 2]); // prettier-ignore
  });
});
