/** The names and shapes of all parameters of the example nets are those of their PyTorch definitions. */
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { formatDiagnostic } from "../../grammar/index.ts";
import { resolve } from "../../compiler/resolve/index.ts";
import { stubTable, table } from "./stub-layers.ts";

const folder = new URL("../../examples/nets/", import.meta.url);
const nets = readdirSync(folder).filter((file) => file.endsWith(".nn"));

const read = (file: string): string => readFileSync(new URL(file, folder), "utf8");

function parametersOf(
  file: string,
  records: typeof table,
): { wrong: string[]; parameters: Record<string, unknown> } {
  // prettier-ignore
  const { graph, diagnostics, sources } = resolve({ file, text: read(file) }, { mode: "eval", read, table: records }); // prettier-ignore
  const parameters: Record<string, unknown> = {};
  const wanted = wantedOf(file);
  for (const { path, aliases, type } of graph?.parameters ?? []) {
    // An own name that the definition does not have stays possible; one that it has must be there.
    for (const name of [path, ...aliases.filter((alias) => alias in wanted)]) parameters[name] = type.shape;
  }
  return { wrong: diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, sources)), parameters };
}

function wantedOf(file: string): Record<string, unknown> {
  return (JSON.parse(read(file.replace(/\.nn$/, ".json"))) as { parameters: Record<string, unknown> }).parameters; // prettier-ignore
}

test("there are twenty nets", () => expect(nets).toHaveLength(20));

describe.each([
  ["the library", table],
  ["stubs", stubTable],
] as const)("with %s", (_, records) => {
  test.each(nets)("%s", (file) => {
    const { wrong, parameters } = parametersOf(file, records);
    expect(wrong).toEqual([]);
    expect(parameters).toEqual(wantedOf(file));
  });
});
