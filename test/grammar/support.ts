import { readFileSync, readdirSync } from "node:fs";
import { expect } from "vitest";
import { formatDiagnostic, parse, type File, type Source } from "../../grammar/index.ts";

const nets = new URL("../../examples/nets/", import.meta.url);

/** The nets of the examples, by file name. */
export const NETS: readonly Source[] = readdirSync(nets)
  .filter((name) => name.endsWith(".nn"))
  .sort()
  .map((file) => ({ file, text: readFileSync(new URL(file, nets), "utf8") }));

export function messages(text: string): string[] {
  return parse({ file: "t.nn", text }).diagnostics.map(({ code, message }) => `${code}: ${message}`);
}

export function codes(text: string): string[] {
  return parse({ file: "t.nn", text }).diagnostics.map(({ code }) => code);
}

/** What the user sees. */
export function rendered(text: string): string {
  const source = { file: "t.nn", text };
  return parse(source)
    .diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, [source]))
    .join("\n");
}

/** The tree of a text without errors. */
export function tree(text: string): File {
  const source = { file: "t.nn", text };
  const { file, diagnostics } = parse(source);
  expect(diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, [source]))).toEqual([]);
  return file;
}

/** A tree without its spans, and without the comments, to compare what two texts say. */
export function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key]) => key !== "span" && key !== "nameSpan" && key !== "comments",
  );
  return Object.fromEntries(kept.map(([key, child]) => [key, bare(child)]));
}
