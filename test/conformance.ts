/**
 * CONFORMANCE.md is made by tests, each of which has a section, and fails where it would write another one.
 * `UPDATE_CONFORMANCE=1 npx vitest run --no-file-parallelism test/layers` writes them anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { expect } from "vitest";

const page = fileURLToPath(new URL("CONFORMANCE.md", import.meta.url));

export async function expectSection(name: string, fresh: string): Promise<void> {
  const text = readFileSync(page, "utf8");
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->\n`];
  const [from, to] = [text.indexOf(start) + start.length, text.indexOf(end)];
  if (to < 0) throw new Error(`CONFORMANCE.md has no section ${name}`);
  const whole = `${text.slice(0, from)}\n${fresh}\n${text.slice(to)}`;
  const formatted = await format(whole, { ...(await resolveConfig(page)), parser: "markdown" });
  if (process.env["UPDATE_CONFORMANCE"] === undefined) {
    expect(text, "UPDATE_CONFORMANCE=1 writes it anew").toBe(formatted);
  } else writeFileSync(page, formatted);
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
