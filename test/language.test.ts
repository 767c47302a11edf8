/**
 * Every example of the language reference is compiled, and gives what stands below it:
 *
 * - `nn`: a file without errors; one with a name, `nn parts.nn`, can be imported by those after it. Below it
 *   may stand `json`, an input, with `text`, the outputs; or `paths`, the names of its weights.
 * - `nn-error`: a file with errors, and `text`, their messages.
 *
 * A `session` is held against the REPL in `repl/sessions.test.ts`, the `ebnf` against the parser in `grammar/page.test.ts`.
 *
 * `UPDATE_LANGUAGE=1 npx vitest run test/language.test.ts` writes what is below them anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import {
  check,
  compile,
  formatTensor,
  renderDiagnostic,
  saveSafetensors,
  tensor,
  type Nested,
  type Tensor,
} from "../compiler/index.ts";
import { format } from "../grammar/index.ts";

const page = new URL("../grammar/LANGUAGE.md", import.meta.url);
const reference = readFileSync(page, "utf8");

interface Example {
  readonly kind: string;
  readonly text: string;
  /** What stands directly below, by its kind. */
  readonly below: Map<string, Below>;
}

interface Below {
  readonly text: string;
  readonly start: number;
}

const files = new Map<string, string>();
const examples: Example[] = [];

for (const match of reference.matchAll(/^```([\w-]+)(?: (\S+))?\n([^]*?)^```\n/gm)) {
  const [all, kind, name, text] = match as unknown as [string, string, string | undefined, string];
  if (kind === "session" || kind === "ebnf") continue;
  if (kind.startsWith("nn")) examples.push({ kind, text, below: new Map() });
  else examples.at(-1)!.below.set(kind, { text, start: match.index + all.length - text.length - 4 });
  if (name !== undefined) files.set(name, text);
}

/** A file of weights that an example does not fit. */
const flower = saveSafetensors({
  "fc.weight": tensor(new Float32Array(12), { shape: [3, 4] }),
  "fc.bias": tensor(new Float32Array(3)),
});

function read(path: string): string | Uint8Array {
  if (path === "flower.safetensors") return flower;
  const text = files.get(path);
  if (text === undefined) throw new Error("there is no such file");
  return text;
}

const options = { filename: "example.nn", read };

function messages(text: string): string {
  return check(text, options)
    .map((diagnostic) => `${renderDiagnostic(diagnostic, text)}\n`)
    .join("");
}

function results(text: string, input: Nested | Record<string, Nested>): string {
  const model = compile(text, options);
  const result = model(input);
  if (model.outputs.length === 1) return `${formatTensor(result)}\n`;
  const named: Readonly<Record<string, Tensor>> = result;
  return model.outputs.map(({ name }) => `${name}:\n${formatTensor(named[name]!)}\n`).join("");
}

function paths(text: string): string {
  return `${Object.keys(compile(text, options).parameters).join("\n")}\n`;
}

const updates: { readonly below: Below; readonly text: string }[] = [];

function compare(text: string, below: Below | undefined): void {
  if (process.env["UPDATE_LANGUAGE"] !== undefined && below) updates.push({ below, text });
  else expect(text).toBe(below?.text);
}

afterAll(() => {
  if (updates.length === 0) return;
  const fresh = updates.reduceRight(
    (page, { below: { start, text: old }, text }) =>
      page.slice(0, start) + text + page.slice(start + old.length),
    reference,
  );
  writeFileSync(page, fresh);
});

test.each(examples.map((example) => [example.text, example] as const))("%s", (text, { kind, below }) => {
  if (kind === "nn-error") {
    compare(messages(text), below.get("text"));
    return;
  }
  expect(messages(text)).toBe("");
  const input = below.get("json");
  if (input) compare(results(text, JSON.parse(input.text) as Nested), below.get("text"));
  if (below.has("paths")) compare(paths(text), below.get("paths"));
});

test("examples are in canonical form, but for those that show other spellings", () => {
  const others = examples
    .filter(({ kind }) => kind === "nn")
    .filter(({ text }) => {
      const formatted = format({ file: "example.nn", text });
      return !("text" in formatted) || formatted.text !== text;
    });
  expect(others.map(({ text }) => text.split("\n")[0])).toMatchInlineSnapshot(`
    [
      "nn.Sequential(nn.Linear(4, 8, bias=False), nn.ReLU(inplace=True), nn.Dropout(p=0.1), nn.Linear(8, 2))",
      "relu = true",
    ]
  `);
});

test("there are examples of each kind", () => {
  const kinds = new Set(examples.flatMap(({ kind, below }) => [kind, ...below.keys()]));
  expect([...kinds].sort()).toEqual(["json", "nn", "nn-error", "paths", "text"]);
  expect(examples.length).toBeGreaterThan(30);
});
