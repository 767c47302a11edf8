/**
 * Each pass by itself: what it makes of a stage, rule by rule, and what it leaves as it is because numbers would change.
 * A case is a file with the stage before the pass and after it; `npx vitest run test/passes -u` writes what comes after.
 */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { casesIn, made } from "./cases.ts";
import { steps } from "./stages.ts";

const folder = fileURLToPath(new URL("./", import.meta.url));
const cases = casesIn(folder);

test.each(cases.map((one) => [one.pass, one.name, one] as const))("%s: %s", async (_, __, one) => {
  await expect(made(one)).toMatchFileSnapshot(one.path);
});

test("every pass has cases, and what is here belongs to a pass", () => {
  expect([...steps.keys()].filter((pass) => !cases.some((one) => one.pass === pass))).toEqual([]);
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).filter((name) => !steps.has(name))).toEqual([]);
  expect(
    cases.filter(({ path }) => !/^[a-z0-9-]+\.txt$/.test(path.slice(path.lastIndexOf("/") + 1))),
  ).toEqual([]);
});

test("each case begins with what it shows", () => {
  expect(cases.filter(({ text }) => !/^\/\/ \S/.test(text)).map(({ path }) => path)).toEqual([]);
});
