/** The blocks of "nnc/blocks": what they compute, beside PyTorch, and that they are there without a file system. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { check, compile, type Tensor } from "../compiler/index.ts";
import { libraryFiles } from "../compiler/layers/library-files.ts";
import { format } from "../grammar/index.ts";
import type { Plain } from "../compiler/ir/graph/evaluate.ts";
import { difference, tensor, type RawTensor } from "./layers/fixtures.ts";

interface Recorded {
  readonly call: string;
  readonly inputs: Readonly<Record<string, RawTensor>>;
  readonly weights: Readonly<Record<string, RawTensor>>;
  readonly output: RawTensor;
}

const file = new URL("fixtures/torch/positions.json", import.meta.url);
const { blocks } = JSON.parse(readFileSync(file, "utf8")) as { blocks: readonly Recorded[] };

/** A tensor of a net, whose floats are float32. */
function given(raw: RawTensor): Tensor {
  const { shape, dtype, data } = tensor(raw);
  return dtype === "i32"
    ? { dtype, shape, data: Int32Array.from(data) }
    : { dtype: "f32", shape, data: Float32Array.from(data) };
}

function sourceOf({ call, inputs }: Recorded): string {
  const names = Object.keys(inputs);
  const declared = names.map((name) => {
    const { shape, dtype } = tensor(inputs[name]!);
    // Heads and widths are numbers of the net, all other sizes those of a call.
    const sizes = shape.map((size, axis) =>
      axis === shape.length - 1 && shape.length > 1 ? size : `${name}${axis}`,
    );
    return `  input ${name}: ${dtype}[${sizes.join(", ")}]\n`;
  });
  const block = call.replace(/\(.*/, "");
  return `import { ${block} } from "nnc/blocks"\nmodel M {\n${declared.join("")}  output y = [${names.join(", ")}] -> p: ${call}\n}\n`;
}

function read(path: string): never {
  throw new Error(`no file is read, and so not ${path}`);
}

describe.each(["js", "wasm"] as const)("on %s", (target) => {
  test.each(blocks.map((one) => [one.call, one] as const))("%s is PyTorch's", (_, one) => {
    const named = Object.entries(one.weights).map(([name, raw]) => [`p.${name}`, given(raw)] as const);
    const weights = named.length > 0 ? { weights: Object.fromEntries(named) } : {};
    const model = compile(sourceOf(one), { target, read, ...weights });
    const inputs = Object.entries(one.inputs).map(([name, raw]) => [name, given(raw)] as const);
    const y = inputs.length === 1 ? model(inputs[0]![1]) : model(Object.fromEntries(inputs));
    const near = { relative: 1e-5, absolute: 2e-5, signedZeros: false };
    expect(difference(y as Plain, tensor(one.output), near)).toBeUndefined();
  });
});

test("every block has cases", () => {
  const defined = [...libraryFiles.get("nnc/blocks")!.matchAll(/^block (\w+)/gm)].map(([, name]) => name);
  expect(new Set(blocks.map(({ call }) => call.replace(/\(.*/, "")))).toEqual(new Set(defined));
});

test.each([...libraryFiles])("%s is a file like others", (name, text) => {
  expect(format({ file: name, text })).toEqual({ text });
  expect(check(text, { filename: name })).toEqual([]);
});

test("what is wrong is said at its place in the block, with where it comes from", () => {
  const source =
    'import { RoPE } from "nnc/blocks"\nmodel M {\n  input x: f32[N, T, 3]\n  output x -> RoPE(4)\n}';
  const [{ message, span } = {}] = check(source, { read });
  expect(message).toContain("the size is 3, not dim = 4");
  expect(span?.file).toBe("nnc/blocks");
});

test("a name of the library that it has not is no file", () => {
  const messages = (source: string): string[] => check(source, { read }).map(({ message }) => message);
  expect(messages('import { A } from "nnc/layers"\nx -> A')).toEqual([
    "nnc/layers cannot be imported: the library has nnc/blocks",
  ]);
  expect(messages('import { A } from "./nnc/blocks"\nx -> A')).toEqual([
    "nnc/blocks cannot be imported: no file is read, and so not nnc/blocks",
  ]);
});
