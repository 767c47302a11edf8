/** Every example of the language reference runs. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatDiagnostic, parse } from "../../grammar/index.ts";

const reference = readFileSync(new URL("../../grammar/LANGUAGE.md", import.meta.url), "utf8");

function diagnostics(text: string): string {
  const source = { file: "example.nn", text };
  return parse(source)
    .diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, [source]))
    .join("\n");
}

const examples = [...reference.matchAll(/^```nn\n([^]*?)^```$/gm)].map((match) => match[1]!);
const errors = [...reference.matchAll(/^```nn-error\n([^]*?)^```\n+(?:```text\n([^]*?)^```$)?/gm)];

test.each(examples)("%s", (text) => {
  expect(diagnostics(text)).toBe("");
});

test.each(errors.map((match) => [match[1]!, match[2]] as const))("%s", (text, output) => {
  expect(`${diagnostics(text)}\n`).toBe(output);
});

test("there are examples, and no fence is of an unknown kind", () => {
  expect(examples.length).toBeGreaterThan(15);
  expect(errors.length).toBeGreaterThan(4);
  const fences = [...reference.matchAll(/^```(.+)$/gm)].map((match) => match[1]!);
  expect(new Set(fences)).toEqual(new Set(["nn", "nn-error", "text"]));
});
