/** Whatever the text, parsing ends soon, with a value. */
import { describe, expect, test } from "vitest";
import { MAX_DIAGNOSTICS, format, parse } from "../../grammar/index.ts";
import { codes, tree } from "./support.ts";

const nested: [string, (n: number) => string][] = [
  ["parentheses", (n) => `x -> ${"(".repeat(n)}1${")".repeat(n)}`],
  ["lists", (n) => `${"[".repeat(n)}1${"]".repeat(n)}`],
  ["calls", (n) => `${"f(-g[".repeat(n / 2)}1${"])".repeat(n / 2)}`],
  ["bodies", (n) => `${"A { ".repeat(n)}B${" }".repeat(n)}`],
  ["bodies on lines", (n) => `${"A {\n".repeat(n)}B\n${"}\n".repeat(n)}`],
  ["not", (n) => `${"not ".repeat(n)}x`],
  ["minus", (n) => `x = ${"-".repeat(n)}1`],
  ["powers", (n) => `x = ${"a ** ".repeat(n)}1`],
  ["sums", (n) => `x = ${"a + ".repeat(n)}1`],
  ["choices", (n) => `x = ${"a if b else ".repeat(n)}c`],
  ["subscripts", (n) => `x${"[0]".repeat(n)}`],
  ["members", (n) => `x${".h".repeat(n)}`],
];

describe("nesting", () => {
  test.each(nested)("%s: 190 within one another are fine", (_, text) => {
    const source = { file: "t.nn", text: text(190) };
    expect(parse(source).diagnostics).toEqual([]);
    expect(format(source)).toHaveProperty("text");
  });

  test.each(nested)("%s: 20,000 are one error", (_, text) => {
    expect(codes(text(20_000))).toEqual(["NN1010"]);
  });

  test("operators within bodies add up", () => {
    const sum = (first: string): string => `${first}${" + a".repeat(400)}`;
    expect(codes(sum(`A { ${sum("A { b }")} }`))).toEqual([]);
    expect(codes(sum(`A { ${sum(`A { ${sum("b")} }`)} }`))).toEqual(["NN1010"]);
  });
});

const long: [string, (n: number) => string][] = [
  ["one word", (n) => "a".repeat(n)],
  ["one number", (n) => "1".repeat(n)],
  ["one text", (n) => `x -> A("${"a".repeat(n)}")`],
  ["a text without an end", (n) => `"${"\\a".repeat(n / 2)}`],
  ["spaces", (n) => `x${" ".repeat(n)}-> y`],
  ["spaces in a text", (n) => `"${" ".repeat(n)}": A`],
  ["a comment", (n) => `x # ${"// ".repeat(n / 3)}`],
  ["NUL bytes", (n) => "\0".repeat(n)],
  ["NUL bytes apart", (n) => "\0 a\n".repeat(n / 4)],
  ["a chain", (n) => `x${" -> A".repeat(n / 5)}`],
  ["arguments", (n) => `f(${"1, ".repeat(n / 3)})`],
  ["statements on one line", (n) => "a;".repeat(n / 2)],
  ["lines", (n) => "x -> y\n".repeat(n / 7)],
  ["empty lines", (n) => "\n".repeat(n)],
  ["wrong lines", (n) => "x -> -> y\n".repeat(n / 10)],
  ["slash comments", (n) => "// x\n".repeat(n / 5)],
  ["opening brackets", (n) => "(".repeat(n)],
  ["closing brackets", (n) => ")".repeat(n)],
  ["both brackets", (n) => `${"(".repeat(n / 2)}${"]".repeat(n / 2)}`],
  ["opening braces", (n) => "{".repeat(n)],
  ["closing braces", (n) => "}".repeat(n)],
  ["both braces", (n) => `${"}".repeat(n / 2)}${"{".repeat(n / 2)}`],
  ["braces on lines", (n) => `${"a {\n".repeat(n / 8)}${"   }\n".repeat(n / 8)}`],
  ["heads", (n) => "block A(\n".repeat(n / 9)],
  ["arrows", (n) => "->".repeat(n / 2)],
  ["prefixes", (n) => "torch.nn.".repeat(n / 9)],
  ["a label's braces", (n) => `"${"{i}".repeat(n / 3)}": A`],
  ["quotes", (n) => '"'.repeat(n)],
];

/** Milliseconds of this process alone, whatever else the machine does. */
function time(text: string): number {
  const start = process.cpuUsage();
  const result = parse({ file: "t.nn", text });
  expect(result.diagnostics.length).toBeLessThanOrEqual(MAX_DIAGNOSTICS);
  if (result.diagnostics.length === 0) format({ file: "t.nn", text });
  return process.cpuUsage(start).user / 1000;
}

test.each(long)("%s: time grows with the size", (_, text) => {
  const size = 5_000;
  time(text(size));
  // Ten times the text in a hundred times the time would be quadratic.
  const small = Math.max(5, Math.min(time(text(size)), time(text(size))));
  expect(time(text(10 * size)) / small).toBeLessThan(50);
});

test.each(["one word", "a text without an end", "NUL bytes", "opening brackets", "spaces"])(
  "a megabyte: %s",
  (name) => {
    const [, text] = long.find(([other]) => other === name)!;
    expect(time(text(1_000_000))).toBeLessThan(10_000);
  },
);

describe("what editors and systems leave in files", () => {
  const plain = "block A {\n  input x\n  output x -> ReLU\n}\n\nA -> B";

  test("a byte order mark", () => {
    expect(format({ file: "t.nn", text: `\ufeff${plain}` })).toEqual({ text: `${plain}\n` });
  });

  test.each(["\r\n", "\r"])("lines that end with %j", (end) => {
    expect(format({ file: "t.nn", text: plain.replaceAll("\n", end) })).toEqual({ text: `${plain}\n` });
  });

  test("tabs and hard spaces", () => {
    expect(tree("x\t->\u00a0ReLU").items).toHaveLength(1);
  });

  test("nothing", () => {
    for (const text of ["", " ", "\n\n", "\ufeff", ";;", "# only"]) expect(tree(text).items).toEqual([]);
    expect(format({ file: "t.nn", text: "\n\n" })).toEqual({ text: "" });
  });
});
