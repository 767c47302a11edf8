/** grammar/ERRORS.md has every code once, and its examples are wrong and right as it says. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { check } from "../compiler/index.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const page = readFileSync(`${root}grammar/ERRORS.md`, "utf8");

const entries = page
  .split(/\n(?=- |\n)/)
  .flatMap((item) => [...item.matchAll(/^\n?- \*\*(NN\d{4})\*\* ([^]*)/g)])
  .map(([, code, text]) => {
    const [, wrong, right] = /Wrong\s+`([^`]*)`,\s+right\s+`([^`]*)`/.exec(text!) ?? [];
    return { code: code!, wrong, right };
  });

test("every code has an entry, in order", () => {
  const sources = ["grammar", "compiler"].flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(`${root}${folder}/${name}`, "utf8")),
  );
  const codes = sources.flatMap((text) => [...text.matchAll(/"(NN\d{4})"/g)]);
  expect(entries.map(({ code }) => code)).toEqual([...new Set(codes.map(([, code]) => code!))].sort());
});

describe("examples", () => {
  const shown = entries.filter(({ wrong }) => wrong !== undefined);
  test("are there for most", () => expect(shown.length / entries.length).toBeGreaterThan(0.75));
  test.each(shown)("$code: $wrong", ({ code, wrong, right }) => {
    expect(check(wrong!).map((diagnostic) => diagnostic.code)).toEqual([code]);
    expect(check(right!)).toEqual([]);
  });
});
