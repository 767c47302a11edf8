/** The list of mutations keeps up with the sources, and the page with the list; `node scripts/mutate.mjs` writes the page. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { mutations } from "./list.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("the text of each mutation stands once in its file", () => {
  const times = (file: string, text: string): number =>
    readFileSync(root + file, "utf8").split(text).length - 1;
  expect(mutations.filter(({ file, from }) => times(file, from) !== 1)).toEqual([]);
  expect(new Set(mutations.map(({ file, name }) => `${file}: ${name}`)).size).toBe(mutations.length);
});

test("each has its line on the page", () => {
  const page = readFileSync(`${root}test/MUTATIONS.md`, "utf8");
  const rows = page
    .split("\n")
    .filter((line) => line.startsWith("| compiler/"))
    .map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|")));
  expect(rows.map(([, file, name]) => `${file}: ${name}`)).toEqual(
    mutations.map(({ file, name }) => `${file}: ${name}`),
  );
});
