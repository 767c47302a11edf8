import { describe, expect, test } from "vitest";
import { Builder, type Tensor } from "../../compiler/ir/graph/builder.ts";
import { evaluate, type Plain } from "../../compiler/ir/graph/evaluate.ts";
import type { TensorGraph } from "../../compiler/ir/graph/builder.ts";
import { add, symbol, type Size } from "../../compiler/ir/size/size.ts";
import type { Dtype } from "../../compiler/ir/dtype.ts";
import { verify } from "../../compiler/ir/graph/verify-graph.ts";

function graphOf(b: Builder, outputs: Readonly<Record<string, Tensor>>): TensorGraph {
  return {
    name: "test",
    nodes: b.nodes,
    inputs: [],
    outputs: Object.entries(outputs).map(([name, value]) => ({ name, value })),
    updates: [],
    parameters: [],
    checks: [],
  };
}

interface Given extends Plain {
  readonly dtype?: Dtype;
  /** Where the declared sizes are symbolic. */
  readonly sizes?: readonly Size[];
}

/** What a small graph computes on these inputs. */
function run(
  inputs: readonly Given[],
  build: (b: Builder, ...xs: Tensor[]) => Tensor,
  sizes: Readonly<Record<string, number>> = {},
): { shape: readonly number[]; data: number[] } {
  const b = new Builder();
  const xs = inputs.map(({ dtype = "f32", shape, sizes: declared = shape }, i) =>
    b.input(`x${i}`, { dtype, shape: declared }),
  );
  const graph = graphOf(b, { y: build(b, ...xs) });
  verify(graph);
  const named = Object.fromEntries(inputs.map((input, i) => [`x${i}`, input]));
  const { y } = evaluate(graph, named, {}, new Map(Object.entries(sizes))).outputs;
  return { shape: y!.shape, data: Array.from(y!.data) };
}

const vector = (...data: number[]): Given => ({ shape: [data.length], data });
const ints = (...data: number[]): Given => ({ ...vector(...data), dtype: "i32" });
const matrix = (...rows: number[][]): Given => ({ shape: [rows.length, rows[0]!.length], data: rows.flat() });

describe("elementwise", () => {
  test("operands broadcast and promote", () => {
    const { shape, data } = run([matrix([1, 2], [3, 4]), ints(10, 20)], (b, x, y) => b.add(x, y));
    expect(shape).toEqual([2, 2]);
    expect(data).toEqual([11, 22, 13, 24]);
  });

  test("i32 wraps, exactly in products too", () => {
    expect(run([ints(2147483647)], (b, x) => b.add(x, 1)).data).toEqual([-2147483648]);
    expect(run([ints(123456789)], (b, x) => b.mul(x, x)).data).toEqual([Math.imul(123456789, 123456789)]);
    expect(run([ints(2147483647, 2)], (b, x) => b.reduce("sum", x, [0])).data).toEqual([-2147483647]);
  });

  test("division of integers is a float, casts truncate", () => {
    expect(run([ints(-7)], (b, x) => b.div(x, 2)).data).toEqual([-3.5]);
    expect(run([vector(-2.7, 2.7, NaN)], (b, x) => b.cast(x, "i32")).data).toEqual([-2, 2, 0]);
    expect(run([vector(0, -0, 0.5, NaN)], (b, x) => b.cast(x, "bool")).data).toEqual([0, 0, 1, 1]);
  });

  test("select takes a side by its condition, NaN included", () => {
    const y = run([vector(1, -1, NaN)], (b, x) => b.select(b.map("lt", [x, 0]), 0, x));
    expect(y.data).toEqual([1, 0, NaN]);
  });
});

describe("reductions and contractions", () => {
  test("reduced axes stay with size 1", () => {
    const x = matrix([1, 5], [4, 2]);
    expect(run([x], (b, y) => b.reduce("max", y, [1]))).toEqual({ shape: [2, 1], data: [5, 4] });
    expect(run([x], (b, y) => b.mean(y, [0, 1]))).toEqual({ shape: [1, 1], data: [3] });
    expect(run([vector(1, NaN)], (b, y) => b.reduce("max", y, [0])).data).toEqual([NaN]);
  });

  test("a matrix product, and one of batches", () => {
    const [x, w] = [matrix([1, 2], [3, 4]), matrix([5, 6], [7, 8])];
    expect(run([x, w], (b, a, c) => b.contract(a, c, [[0, 1], [1, 2], [0, 2]])).data).toEqual([19, 22, 43, 50]); // prettier-ignore
    expect(run([x, w], (b, a, c) => b.contract(a, c, [[0, 1], [2, 1], [0, 2]])).data).toEqual([17, 23, 39, 53]); // prettier-ignore
    expect(run([x, w], (b, a, c) => b.contract(a, c, [[0, 1], [0, 1], [0]])).data).toEqual([17, 53]); // prettier-ignore
  });

  test("a window is 0 outside its operand", () => {
    const spec = { axis: 0, size: 3, stride: 2, dilation: 1, before: 1, count: 2 };
    expect(run([vector(1, 2, 3)], (b, x) => b.window(x, spec))).toEqual({
      shape: [2, 3],
      data: [0, 1, 2, 2, 3, 0],
    });
    const wide = { axis: 0, size: 2, stride: 1, dilation: 2, before: 0, count: 2 };
    expect(run([vector(1, 2, 3, 4)], (b, x) => b.window(x, wide)).data).toEqual([1, 3, 2, 4]);
  });

  test("sections cover an axis, and neighbours may share an element", () => {
    expect(run([vector(1, 2, 3, 4, 5)], (b, x) => b.sections(x, 0, 3, -1))).toEqual({
      shape: [3, 3],
      data: [1, 2, -1, 2, 3, 4, 4, 5, -1],
    });
    expect(run([vector(1, 2)], (b, x) => b.sections(x, 0, 3)).data).toEqual([1, 0, 1, 2, 2, 0]);
  });

  test("or it is another value there", () => {
    const spec = { axis: 0, size: 3, stride: 2, dilation: 1, before: 1, count: 2, value: -Infinity };
    expect(run([vector(1, 2, 3)], (b, x) => b.window(x, spec)).data).toEqual([-Infinity, 1, 2, 2, 3, -Infinity]); // prettier-ignore
  });
});

describe("a scatter", () => {
  const updates: Given = { shape: [2, 3], data: [1, 2, 3, 4, 5, 6] };
  const rows = { ...vector(2, 0), dtype: "i32" } as const;
  const places = { shape: [2, 3], data: [0, 1, 0, 1, 1, 1], dtype: "i32" } as const;

  test("puts rows where an index says, and zeros elsewhere", () => {
    expect(run([updates, rows], (b, x, i) => b.scatter(x, i, 3))).toEqual({
      shape: [3, 3],
      data: [4, 5, 6, 0, 0, 0, 1, 2, 3],
    });
  });

  test("puts elements in each row: the last one counts, or their sum", () => {
    const last = run([updates, places], (b, x, i) => b.scatter(x, i, 2, { batch: 1 }));
    expect(last.data).toEqual([3, 2, 0, 6]);
    const sum = run([updates, places], (b, x, i) => b.scatter(x, i, 2, { batch: 1, combine: "add" }));
    expect(sum.data).toEqual([4, 2, 0, 15]);
  });

  test("refuses an index that is outside", () => {
    expect(() => run([updates, rows], (b, x, i) => b.scatter(x, i, 2))).toThrow("index 2 is out of range: there are 2 rows"); // prettier-ignore
  });
});

describe("movement", () => {
  const x: Given = { shape: [2, 3], data: [0, 1, 2, 3, 4, 5] };

  test("a diagonal", () => {
    expect(run([matrix([1, 2], [3, 4])], (b, y) => b.diagonal(y, [0, 1]))).toEqual({
      shape: [2],
      data: [1, 4],
    });
    const cube: Given = { shape: [2, 2, 2], data: [0, 1, 2, 3, 4, 5, 6, 7] };
    expect(run([cube], (b, y) => b.diagonal(y, [0, 2]))).toEqual({ shape: [2, 2], data: [0, 2, 5, 7] });
  });

  test("reshape, permute, slice, concat, iota", () => {
    expect(run([x], (b, y) => b.reshape(y, [3, 2])).data).toEqual([0, 1, 2, 3, 4, 5]);
    expect(run([x], (b, y) => b.permute(y, [1, 0]))).toEqual({ shape: [3, 2], data: [0, 3, 1, 4, 2, 5] });
    expect(run([x], (b, y) => b.slice(y, [1, 0], [1, 2], [1, 2])).data).toEqual([3, 5]);
    expect(run([x, x], (b, y, z) => b.concat([y, z], 1)).data).toEqual([0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5]); // prettier-ignore
    expect(run([], (b) => b.iota([2, 2], 1)).data).toEqual([0, 1, 0, 1]);
  });

  test("a permutation of three axes puts axis order[i] at i", () => {
    const cube: Given = { shape: [1, 2, 3], data: [0, 1, 2, 3, 4, 5] };
    expect(run([cube], (b, y) => b.permute(y, [2, 0, 1]))).toEqual({ shape: [3, 1, 2], data: [0, 3, 1, 4, 2, 5] }); // prettier-ignore
  });

  test("pad in its four modes, with an interior, and negative", () => {
    const row = vector(1, 2, 3);
    const padded = (spec: Parameters<Builder["pad"]>[2], size: number): readonly number[] => [
      ...run([row], (b, y) => b.pad(y, [size], spec)).data,
    ];
    expect(padded({ before: [2], value: 9 }, 6)).toEqual([9, 9, 1, 2, 3, 9]);
    expect(padded({ before: [1], interior: [1] }, 7)).toEqual([0, 1, 0, 2, 0, 3, 0]);
    expect(padded({ before: [-1], value: 9 }, 3)).toEqual([2, 3, 9]);
    expect(padded({ before: [2], mode: "reflect" }, 7)).toEqual([3, 2, 1, 2, 3, 2, 1]);
    expect(padded({ before: [2], mode: "replicate" }, 6)).toEqual([1, 1, 1, 2, 3, 3]);
    expect(padded({ before: [2], mode: "circular" }, 7)).toEqual([2, 3, 1, 2, 3, 1, 2]);
  });

  test("gather takes rows and refuses those that are not there", () => {
    expect(run([x, ints(1, 0, 1)], (b, table, index) => b.gather(table, index))).toEqual({
      shape: [3, 3],
      data: [3, 4, 5, 0, 1, 2, 3, 4, 5],
    });
    expect(() => run([x, ints(2)], (b, table, index) => b.gather(table, index))).toThrow(RangeError);
    expect(() => run([x, ints(-1)], (b, table, index) => b.gather(table, index))).toThrow(
      "index -1 is out of range: the table has 2 rows",
    );
  });

  test("gather takes places along any axis, and others for each of a batch", () => {
    const pairs: Given = { shape: [2, 1, 3], data: [0, 1, 2, 3, 4, 5] };
    expect(run([pairs, ints(2, 0)], (b, table, index) => b.gather(table, index, { axis: 2 }))).toEqual({
      shape: [2, 1, 2],
      data: [2, 0, 5, 3],
    });
    const each = { axis: 2, batch: 1, checked: false };
    const index: Given = { shape: [2, 2], data: [1, 1, 0, 2], dtype: "i32" };
    expect(run([pairs, index], (b, table, own) => b.gather(table, own, each))).toEqual({
      shape: [2, 1, 2],
      data: [1, 1, 3, 5],
    });
  });

  test("sizes are taken at the call", () => {
    const N = symbol("N");
    const open: Given = { ...vector(1, 2, 3), sizes: [N] };
    expect(run([open], (b, y) => b.mean(y, [0]), { N: 3 }).data).toEqual([2]);
    expect(run([open], (b, y) => b.slice(y, [add(N, -2)], [1], [2]), { N: 3 }).data).toEqual([2, 3]);
    expect(() => run([open], (b, y) => b.mean(y, [0]), { N: 4 })).toThrow("x0 has 3 values");
  });
});
