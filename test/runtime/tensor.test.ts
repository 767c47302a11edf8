import { describe, expect, test } from "vitest";
import { arrayFor, dtypes, itemSize, sizeOf, tensor, toNested, type Nested } from "../../runtime/index.ts";

describe("tensor", () => {
  test("takes the shape from the nesting", () => {
    expect(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toEqual({ dtype: "f32", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect(tensor(7).shape).toEqual([]);
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
    expect(tensor([Float32Array.of(1, 2), Float32Array.of(3, 4)]).shape).toEqual([2, 2]);
  });

  test("infers the dtype", () => {
    expect(tensor([1, 2]).dtype).toBe("f32");
    expect(tensor([true, false])).toEqual({ dtype: "bool", shape: [2], data: Uint8Array.of(1, 0) });
    expect(tensor([1n, -2n])).toEqual({ dtype: "i64", shape: [2], data: BigInt64Array.of(1n, -2n) });
    expect(tensor(Int32Array.of(1)).dtype).toBe("i32");
    expect(tensor(Uint8Array.of(1)).dtype).toBe("u8");
  });

  test("takes a typed array of the dtype as it is, and converts others", () => {
    const data = Float32Array.of(1, 2, 3, 4);
    expect(tensor(data, { shape: [2, 2] }).data).toBe(data);
    expect(tensor(data, { dtype: "i64" }).data).toEqual(BigInt64Array.of(1n, 2n, 3n, 4n));
    expect(tensor(Uint8Array.of(0, 2), { dtype: "bool" }).data).toEqual(Uint8Array.of(0, 1));
  });

  test("does not keep the caller's shape", () => {
    const shape = [2];
    const t = tensor([1, 2], { shape });
    shape[0] = 5;
    expect(t.shape).toEqual([2]);
  });

  const cyclic: Nested[] = [];
  cyclic.push(cyclic);
  test.each<[string, () => unknown, string]>([
    ["ragged", () => tensor([[1, 2], [3]]), "the entry at [1] has 1 elements where the entry at [0] has 2"],
    ["scalar among arrays", () => tensor([[1], 2]), "the entry at [1] is 2 where others are arrays of 1"],
    [
      "array among scalars",
      () => tensor([1, [2]]),
      "the entry at [1] is an array where others are single values",
    ],
    [
      "deep",
      () =>
        tensor([
          [[1], [2]],
          [[3], [4, 5]],
        ]),
      "the entry at [1][1] has 2 elements where the entry at [1][0] has 1",
    ],
    ["text", () => tensor(["a"] as never), "the entry at [0] must be a number, not a string"],
    ["null", () => tensor([1, null] as never), "the entry at [1] must be a number, not null"],
    ["shape", () => tensor([1, 2, 3], { shape: [2, 2] }), "shape [2, 2] has 4 elements, but 3 were given"],
    ["negative size", () => tensor([1], { shape: [-1] }), "must hold integers that are not negative"],
    ["fraction", () => tensor([1, 1.5], { dtype: "i32" }), "i32 holds integers only, but element 1 is 1.5"],
    ["range", () => tensor([300], { dtype: "u8" }), "u8 holds 0 to 255, but element 0 is 300"],
    [
      "dtype",
      () => tensor([1], { dtype: "float" as never }),
      'unknown dtype "float": choose one of f32, f64',
    ],
    ["cycle", () => tensor(cyclic), "nested deeper than 64"],
  ])("refuses: %s", (_, make, message) => {
    expect(make).toThrow(message);
  });
});

test("toNested gives back what tensor took", () => {
  for (const values of [
    3,
    [],
    [1, 2],
    [
      [1, 2],
      [3, 4],
    ],
    [[[1]], [[2]]],
    [[], []],
    [true, false],
  ])
    expect(toNested(tensor(values))).toEqual(values);
  expect(toNested(tensor([1n, 2n ** 60n]))).toEqual([1, 2n ** 60n]);
});

test("sizes", () => {
  expect([sizeOf([]), sizeOf([2, 3]), sizeOf([0, 3])]).toEqual([1, 6, 0]);
  for (const dtype of dtypes) expect(new (arrayFor(dtype))(3).byteLength).toBe(3 * itemSize(dtype));
});
