/**
 * CONFORMANCE.md is made by tests, each of which has a section, and fails where it would write another one.
 * `UPDATE_CONFORMANCE=1 npx vitest run --no-file-parallelism test/layers test/nets.test.ts` writes them anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { expect } from "vitest";

const page = fileURLToPath(new URL("CONFORMANCE.md", import.meta.url));

const update = process.env["UPDATE_CONFORMANCE"] !== undefined;

export async function expectSection(name: string, fresh: string): Promise<void> {
  if (update) return updateSection(name, fresh);
  expect(readFileSync(page, "utf8"), "UPDATE_CONFORMANCE=1 writes it anew").toBe(
    await withSection(name, fresh),
  );
}

/** For what takes too long to be found out by every run of the tests. */
export async function updateSection(name: string, fresh: string): Promise<void> {
  if (update) writeFileSync(page, await withSection(name, fresh));
}

async function withSection(name: string, fresh: string): Promise<string> {
  const text = readFileSync(page, "utf8");
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->\n`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < 0) throw new Error(`CONFORMANCE.md has no section ${name}`);
  const whole = `${text.slice(0, from)}${start}\n${fresh}\n\n${text.slice(to)}`;
  return format(whole, { ...(await resolveConfig(page)), parser: "markdown" });
}

/** A count with commas. */
export function count(number: number): string {
  return number.toLocaleString("en");
}

/** Numbers stand to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const isNumber = header.map((_, column) => rows.every((row) => /^[\d.]*$/.test(String(row[column]))));
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
  return [line(header), line(isNumber.map((right) => (right ? "--:" : "---"))), ...rows.map(line)].join("\n");
}

/** To one decimal, without one where there is nothing behind it. */
export function inUlp(error: number): string {
  return String(Math.round(error * 10) / 10);
}
