/** When a line that was typed waits for another. */
import { expect, test } from "vitest";
import { isIncomplete, parse } from "../../grammar/index.ts";

function isOpen(text: string): boolean {
  return isIncomplete({ file: "t.nn", text });
}

test.each([
  "x ->",
  "x -> # here",
  "x ->\n\n",
  "y =",
  "a +",
  "a //",
  "f(1,",
  "f(",
  "[1, 2",
  "m = Linear(\n  3,\n  4\n",
  "x -> Repeat(2) {",
  "block B { input x",
  "block B { f([1, {",
  "block B(dim)",
  "model M",
  "import { A,",
  "input a,",
  "y: f32[3,",
])("%j goes on", (text) => expect(isOpen(text)).toBe(true));

test.each([
  "",
  "# a comment (",
  "x",
  "x -> ReLU",
  "x -> ReLU;",
  "block B { ReLU }",
  "block B(dim)\n{ ReLU }",
  '"(" -> A',
  '"a text ( that is not closed',
  "(x ]",
  "x -> )",
  "f(1))",
  "[1, 2)",
  // What a further line cannot mend.
  "f(1,\nblock B { ReLU }",
  "block: ReLU",
  "x if",
])("%j is over", (text) => expect(isOpen(text)).toBe(false));

test("a text without errors is over", () => {
  const texts = ["x\n-> ReLU\n", "block B {\n  input x\n  output x\n}\nx -> B\n", "a = (1,\n2)\n"];
  for (const text of texts) {
    expect(parse({ file: "t.nn", text }).diagnostics).toEqual([]);
    expect(isOpen(text)).toBe(false);
  }
});
