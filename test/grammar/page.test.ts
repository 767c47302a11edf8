/** The grammar on LANGUAGE.md is the parser's: each takes what the other takes. */
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse, print } from "../../grammar/index.ts";
import { lex } from "../../grammar/lexer.ts";
import { settleNewlines } from "../../grammar/newlines.ts";
import * as T from "../../grammar/tokens.ts";
import { blocksOf } from "../page.ts";
import { anyFile } from "./arbitrary.ts";
import { recognises, rulesOf, sentence } from "./ebnf.ts";
import { NETS, codes } from "./support.ts";

const page = (name: string): string =>
  readFileSync(new URL(`../../grammar/${name}`, import.meta.url), "utf8");
const blocks = blocksOf(page("LANGUAGE.md"));
const rules = rulesOf(blocks.find(({ kind }) => kind === "ebnf")!.body);

/** What names in capitals stand for, and some of it. */
const TERMINALS: Readonly<Record<string, { token: (typeof T)["Name"]; words: readonly string[] }>> = {
  NAME: { token: T.Name, words: ["a", "Linear"] },
  STRING: { token: T.StringToken, words: ['"s"', "'layer.{1 + 1}'"] },
  NUMBER: { token: T.NumberToken, words: ["2", "0.5", "1e-5"] },
  INTEGER: { token: T.NumberToken, words: ["64"] },
  CONSTANT: { token: T.Constant, words: ["true", "none", "inf"] },
  DTYPE: { token: T.DType, words: ["f32", "i32", "bool"] },
  END: { token: T.End, words: [";", "\n"] },
  word: { token: T.Word, words: ["a", "if", "model", "from"] },
};

function isTaken(text: string): boolean {
  const tokens = settleNewlines(lex({ file: "t.nn", text }).tokens);
  return recognises(rules, "file", tokens, (token, name) => {
    const { image } = token;
    if (name === "INTEGER" && !/^\d+$/.test(image)) return false;
    if (name === "STRING" && !/^(["']).*\1$/.test(image)) return false;
    return T.is(token, TERMINALS[name]!.token);
  });
}

test("names without a rule are terminals", () => {
  const used = blocks
    .find(({ kind }) => kind === "ebnf")!
    .body.replaceAll(/"[^"]*"/g, "")
    .match(/\w+/g)!;
  const free = new Set(used.filter((name) => !rules.has(name)));
  expect([...free].sort()).toEqual(Object.keys(TERMINALS).sort());
});

test("the parser takes what the grammar makes", () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat(1e6)), (numbers) => {
      const next = (below: number): number => (numbers.next().value as number) % below;
      const word = (name: string): string => {
        const { words } = TERMINALS[name]!;
        return words[next(words.length)]!;
      };
      const text = [...sentence(rules, "file", next, word)].join(" ");
      expect(codes(text), text).toEqual([]);
    }),
    { numRuns: 2000, seed: 1 },
  );
});

test("the grammar takes what the printer makes, all nets and the examples of both pages", () => {
  fc.assert(
    fc.property(anyFile, (file) => isTaken(print(file))),
    { numRuns: 300, seed: 1 },
  );
  const shown = blocks.filter(({ kind }) => kind === "nn").map(({ body }) => body);
  const right = [...page("ERRORS.md").matchAll(/right\s+`([^`]*)`/g)].map(([, text]) => text!);
  const texts = [...NETS.map(({ text }) => text), ...shown, ...right];
  expect(texts.length).toBeGreaterThan(100);
  expect(texts.filter((text) => !isTaken(text))).toEqual([]);
});

test("the grammar refuses what is an error of syntax", () => {
  // What stands inside of texts is not the grammar's.
  const wrong = [...page("ERRORS.md").matchAll(/\*\*(NN1\d+)\*\*[^*]*?Wrong\s+`([^`]*)`/g)]
    .filter(([, code]) => code !== "NN1022" && code !== "NN1024")
    .map(([, , text]) => text!);
  expect(wrong.length).toBeGreaterThan(25);
  expect(wrong.filter((text) => isTaken(text))).toEqual([]);
  for (const text of wrong) expect(parse({ file: "t.nn", text }).diagnostics, text).not.toEqual([]);
});
