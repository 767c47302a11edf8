/** What is printed reads as what was said; and a formatted text stays as it is. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { format, parse, print, printExpression } from "../../grammar/index.ts";
import { anyExpression, anyFile } from "./arbitrary.ts";
import { bare, tree } from "./support.ts";

const RUNS = 300;

test("parse(print(tree)) is the tree", () => {
  fc.assert(
    fc.property(anyFile, (file) => {
      const text = print(file);
      const source = { file: "t.nn", text };
      const parsed = parse(source);
      expect(parsed.diagnostics, text).toEqual([]);
      expect(bare(parsed.file), text).toEqual(bare(file));
    }),
    { numRuns: RUNS, seed: 1 },
  );
});

test("a formatted text is a fixed point", () => {
  fc.assert(
    fc.property(anyFile, (file) => {
      const first = format({ file: "t.nn", text: print(file) });
      if (!("text" in first)) return;
      expect(format({ file: "t.nn", text: first.text })).toEqual(first);
    }),
    { numRuns: RUNS, seed: 2 },
  );
});

test("an expression on one line reads as the same", () => {
  fc.assert(
    fc.property(anyExpression, (expression) => {
      const text = printExpression(expression);
      expect(text).not.toMatch(/[\n\r]/);
      const [statement] = tree(`[${text}]`).items;
      expect(bare(statement)).toMatchObject({
        kind: "chain-statement",
        value: { steps: [{ value: { kind: "list", elements: [bare(expression)] } }] },
      });
    }),
    { numRuns: RUNS, seed: 3 },
  );
});
