/** A number of a text never becomes that many things: what is too many is a diagnostic, whoever asks for it. */
import { describe, expect, test } from "vitest";
import { check, emit } from "../compiler/index.ts";
import { parseInputJson } from "../compiler/cli/input-json.ts";
import { allRecords } from "../compiler/layers/index.ts";
import { didYouMean } from "../grammar/index.ts";

const codes = (text: string): string[] => check(text).map(({ code }) => code);

describe("axes", () => {
  const calls = [
    "Softmax(dim=#)", "LogSoftmax(#)", "Softmin(#)", "GLU(#)", "Flip(#)", "Flip(0, #)", "Roll(1, dims=#)", "Roll([1, 1], [0, #])",
    "Squeeze(#)", "Squeeze([0, #])", "Unsqueeze(#)", "Transpose(#, 0)", "Transpose(0, #)", "Unflatten(#, [2, 3])",
    "Flatten(start_dim=#)", "Flatten(end_dim=#)", "Permute(0, #)", "Sum(dim=#)", "Mean(dim=[0, #])", "Max(dim=#)", "ArgMax(dim=#)",
    "Split(1, dim=#)", "Chunk(2, dim=#)", "Unbind(dim=#)", "IndexSelect(#)",
  ]; // prettier-ignore
  const known = new Set(allRecords.map(({ name }) => name));
  const given = calls.filter((call) => known.has(call.slice(0, call.indexOf("("))));

  test.each(given)("x -> %s", (call) => {
    for (const dim of ["99999999", "-99999999", "64", "-65"]) {
      const [first, ...more] = check(`x -> ${call.replace("#", dim)}`);
      expect(more).toEqual([]);
      expect(first).toMatchObject({ code: "NN3106", suggestion: "a tensor has at most 64 axes" });
      expect(first!.message).toContain("from -64 to 63");
    }
  });

  test("all arguments that name axes say so", () => {
    const named = /^(dims?|dim\d|start_dim|end_dim)$/;
    const silent = allRecords.flatMap(({ name, args }) =>
      Object.entries(args).flatMap(([arg, spec]) =>
        // Those of Tile are numbers of repeats, as in PyTorch.
        named.test(arg) && !spec.axis && name !== "Tile" ? [`${name}.${arg}`] : [],
      ),
    );
    expect(silent).toEqual([]);
    expect(given.length).toBeGreaterThan(20);
  });

  const ones = (count: number): string => Array(count).fill(1).join(", ");
  test.each([
    ["a declared input", (n: number) => `model M { input x: f32[${ones(n)}]\n output x }`, "NN3404"],
    ["a param", (n: number) => `model M { param w: f32[${ones(n)}]\n output w }`, "NN3404"],
    ["a nested list", (n: number) => `model M { input x: f32[N]\n output x * ${"[".repeat(n)}1${"]".repeat(n)} }`, "NN3404"],
    ["Zeros", (n: number) => `Zeros(${ones(n)})`, "NN2003"],
    ["Reshape", (n: number) => `model M { input x: f32[1]\n output x -> Reshape(${ones(n)}) }`, "NN2003"],
    ["Expand", (n: number) => `model M { input x: f32[1]\n output x -> Expand(${ones(n)}) }`, "NN2003"],
    ["Unflatten", (n: number) => `model M { input x: f32[1]\n output x -> Unflatten(0, [${ones(n)}]) }`, "NN2003"],
    ["LayerNorm", (n: number) => `model M { input x: f32[N, ...]\n output x -> LayerNorm([${ones(n)}]) }`, "NN3107"],
    ["subscripts", (n: number) => `model M { input x: f32[]\n output x[${Array(n).fill("none").join(", ")}] }`, "NN2003"],
    ["a Repeat of Unsqueeze", (n: number) => `model M { input x: f32[]\n output x -> Repeat(${n}) { Unsqueeze(0) } }`, "NN2003"],
    ["Broadcast", (n: number) => `model M { input x: f32[${ones(n >> 1)}]\n output (x -> Unsqueeze(0)) + (x -> Repeat(${n - (n >> 1)}) { Unsqueeze(0) }) }`, "NN2003"],
  ])("%s: 64 are taken, 65 are not", (name, text, code) => {
    if (name !== "LayerNorm") expect(codes(text(64))).toEqual([]);
    expect(codes(text(65))).toEqual([code]);
    expect(check(text(65))[0]!.message).toContain("at most 64 axes");
  }); // prettier-ignore

  test("the text for a tensor of 64 axes is short", () => {
    const lengths = [16, 32, 63].map((n) => emit(`x -> Softmax(dim=${n})`).code.length);
    expect(lengths[2]).toBeLessThan(40_000);
  });
});

describe("names", () => {
  test("of many letters are compared as far as they are near", () => {
    const long = "a".repeat(100_000);
    expect(didYouMean(`${long}b`, [long, `b${long}`])).toBe(long);
    expect(didYouMean(long, ["a".repeat(99_000), `${"ab".repeat(50_000)}`])).toBeUndefined();
    expect(
      didYouMean("a".repeat(50) + "xyz" + "b".repeat(50), ["a".repeat(50) + "b".repeat(50)]),
    ).toHaveLength(100);
  });

  test("a suggestion is near by its edits, and swapped neighbours are one", () => {
    expect(didYouMean("Relu", ["ReLU", "SELU"])).toBe("ReLU");
    expect(didYouMean("Lienar", ["Linear", "Bilinear"])).toBe("Linear");
    expect(didYouMean("Linaer", ["Linear"])).toBe("Linear");
    expect(didYouMean("Conv", ["Linear"])).toBeUndefined();
    expect(didYouMean("x", ["y"])).toBeUndefined();
  });
});

test("a text in JSON that does not end is refused as soon as it is read", () => {
  for (const text of [
    `"${"a".repeat(100_000)}`,
    `"${"\\\\".repeat(100_000)}`,
    `"${"\\".repeat(99_999)}`,
    '"a\\',
  ])
    expect(() => parseInputJson({ file: "x.json", text })).toThrow("not JSON");
  expect(parseInputJson({ file: "x.json", text: `["\\"a\\\\", "${"b".repeat(1_000_000)}"]` })).toHaveLength(
    2,
  );
});
