/** What a user sees for each mistake: `errors/NAME.nn` gives `errors/NAME.txt`. */
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { MAX_DIAGNOSTICS, parse } from "../../grammar/index.ts";
import { codes, messages, rendered } from "./support.ts";

const folder = new URL("errors/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".nn"));

test.each(files)("%s", async (name) => {
  const text = readFileSync(new URL(name, folder), "utf8");
  const golden = new URL(name.replace(".nn", ".txt"), folder).pathname;
  await expect(`${rendered(text)}\n`).toMatchFileSnapshot(golden);
});

test("every code has a case", () => {
  const declared = readFileSync(new URL("../../grammar/syntax-errors.ts", import.meta.url), "utf8");
  const all = new Set(declared.match(/NN1\d{3}/g));
  const texts = files.map((name) => readFileSync(new URL(name, folder), "utf8"));
  const seen = new Set([...texts, "(".repeat(300)].flatMap(codes));
  expect([...all].filter((code) => !seen.has(code))).toEqual([]);
});

test("every statement of the corpus gives one message", () => {
  const statements = readFileSync(new URL("statements.nn", folder), "utf8").split(/\n(?![ }])/);
  const wrong = statements.filter((text) => text !== "" && codes(text).length !== 1);
  expect(wrong.map((text) => [text, messages(text)])).toEqual([]);
});

describe("one message", () => {
  test("a broken head leaves its statements alone", () => {
    expect(codes("block F(a b) {\n  input x\n  output x -> ReLU\n}")).toEqual(["NN1013"]);
  });

  test("errors in a body are found beside an error in its head", () => {
    expect(codes("block F(a b) {\n  x -> -> y\n}")).toEqual(["NN1013", "NN1012"]);
  });

  test("a text that is not closed answers for the braces it holds", () => {
    expect(codes('block F { x -> "a: A }\nblock G { B }')).toEqual(["NN1002"]);
  });
});

test("no more than a hundred", () => {
  const text = "x -> -> y\n".repeat(500);
  expect(parse({ file: "t.nn", text }).diagnostics).toHaveLength(MAX_DIAGNOSTICS);
});
