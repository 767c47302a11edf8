import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJson, type Json } from "../../runtime/json.ts";

function plain(value: Json): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return (value as readonly Json[]).map(plain);
  if (!(value instanceof Map)) return value;
  const entries = value as ReadonlyMap<string, Json>;
  return Object.fromEntries([...entries].map(([name, entry]) => [name, plain(entry)]));
}

test("reads what JSON.parse reads", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t"), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      // Names like __proto__ are entries of a Map, but not of the object that JSON.parse makes.
      expect(JSON.stringify(plain(parseJson(text)))).toBe(JSON.stringify(JSON.parse(text)));
    }),
    { numRuns: 300 },
  );
});

test("integers are exact", () => {
  expect(parseJson("[9007199254740993, 18446744073709551615, 0]")).toEqual([
    2n ** 53n + 1n,
    2n ** 64n - 1n,
    0n,
  ]);
  expect(parseJson("[18446744073709551616, -1, 1.0, 1e2, -0]")).toEqual([2 ** 64, -1, 1, 100, -0]);
});

test.each([
  ["", "the text ends too early at line 1, column 1"],
  ["[1,\n 2", "expected , or ] at line 2, column 3"],
  ["[1 2]", "expected , or ] at line 1, column 4"],
  ["[1,]", "expected a value at line 1, column 4"],
  ['{"a" 1}', "expected : at line 1, column 6"],
  ["{a: 1}", "expected a name at line 1, column 2"],
  ['{"a": 1, "a": 2}', 'the name "a" occurs twice, the second time at line 1, column 13'],
  ["01", "expected the end at line 1, column 2"],
  ["1.", "expected a digit"],
  ["-", "expected a digit"],
  ["1e", "expected a digit"],
  ["1e999", "the number before is too large"],
  ["1".repeat(400), "the number before is too large"],
  ["nul", "expected a value"],
  ["NaN", "expected a value"],
  ['"a', "a string does not end"],
  ['"\\', "a string does not end"],
  ['"a\nb"', "a control character in a string at line 1, column 3"],
  ['"\\x"', "a wrong escape in the string before"],
  ['"\\ud800"', "half of a surrogate pair in the string before"],
  ["\ufeff1", "expected a value"],
  ["[".repeat(100_000), "nested deeper than 127"],
])("refuses %j", (text, message) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
  expect(() => parseJson(text)).toThrow(message);
});
