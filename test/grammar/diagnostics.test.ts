/** What messages share. */
import { expect, test } from "vitest";
import { didYouMean } from "../../grammar/diagnostics.ts";

const NAMES = ["a", "weight", "bias", "eps", "Linear", "LayerNorm", "ReLU", "GELU"];

test.each([
  ["bais", "bias"],
  ["wieght", "weight"],
  ["Lienar", "Linear"],
  ["weights", "weight"],
  ["relu", "ReLU"],
  ["LayrNrm", "LayerNorm"],
  ["pes", "eps"],
  ["sbia", undefined],
  ["foo", undefined],
  ["A", "a"],
  ["", undefined],
  ["E", undefined],
])("for %j is meant %j", (name, meant) => {
  expect(didYouMean(name, NAMES)).toBe(meant);
});

test("two neighbours swapped are one slip, and no letter is swapped twice", () => {
  expect(didYouMean("abc", ["ca"])).toBeUndefined();
  expect(didYouMean("abc", ["acb"])).toBe("acb");
  expect(didYouMean("abcdef", ["badcef"])).toBe("badcef");
});
