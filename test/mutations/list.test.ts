/** The list of mutations keeps up with the sources, and the page with the list; `node scripts/mutate.mjs` writes the page. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { goldenNames } from "../golden-case.ts";
import { casesIn } from "../passes/cases.ts";
import { mutations } from "./list.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("the text of each mutation stands once in its file", () => {
  const times = (file: string, text: string): number =>
    readFileSync(root + file, "utf8").split(text).length - 1;
  expect(mutations.filter(({ file, from }) => times(file, from) !== 1)).toEqual([]);
  expect(new Set(mutations.map(({ file, name }) => `${file}: ${name}`)).size).toBe(mutations.length);
});

describe("the page", () => {
  const rows = readFileSync(`${root}test/MUTATIONS.md`, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| compiler/"))
    .map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|")));

  test("has a line for each", () => {
    expect(rows.map(([, file, name]) => `${file}: ${name}`)).toEqual(
      mutations.map(({ file, name }) => `${file}: ${name}`),
    );
  });

  test("has for each a test that noticed it, or the reason why none can", () => {
    const reasons = new Map(mutations.map(({ file, name, lives }) => [`${file}: ${name}`, lives]));
    const cases = casesIn(`${root}test/passes/`).map(({ pass, name }) => `passes/${pass}/${name}`);
    const noticing = new Set([...cases, ...goldenNames.map((name) => `golden/${name}`), "random graphs", "random nets"]); // prettier-ignore
    const isKnown = ([, file, name, noticed]: string[]): boolean => {
      const reason = reasons.get(`${file}: ${name}`);
      return reason === undefined ? noticing.has(noticed!) : noticed === `nothing: ${reason}`;
    };
    expect(rows.filter((row) => !isKnown(row))).toEqual([]);
  });
});
