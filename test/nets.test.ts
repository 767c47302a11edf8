/** The twenty nets of examples/nets: names, shapes and numbers as their PyTorch definitions have them. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { check, compile, type Tensor } from "../compiler/index.ts";

const folder = "examples/nets";
const nets = readdirSync(folder)
  .filter((file) => file.endsWith(".nn"))
  .map((file) => file.slice(0, -3));

interface Stored {
  readonly dtype: "f32" | "i32";
  readonly shape: readonly number[];
  readonly data?: string;
  /** Of large outputs: their sum, the sum of their magnitudes, and the first values. */
  readonly sum?: number;
  readonly abs_sum?: number;
  readonly head?: string;
}

interface Expected {
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly inputs: Readonly<Record<string, Stored>>;
  readonly outputs: readonly Stored[];
}

function expected(net: string): Expected {
  return JSON.parse(readFileSync(`${folder}/${net}.json`, "utf8")) as Expected;
}

function decode(base64: string, dtype: "f32" | "i32"): Float32Array | Int32Array {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  return dtype === "f32" ? new Float32Array(bytes.buffer) : new Int32Array(bytes.buffer);
}

/** The formula of examples/nets/README.md, so that no weights need storing. */
function fill(name: string, tensor: Tensor): void {
  const data = tensor.data as Float32Array;
  const n = data.length;
  let h = 0;
  for (const character of name) h += character.charCodeAt(0);
  const rows = tensor.shape[0] ?? 1;
  for (let i = 0; i < n; i++) {
    const u = (Math.imul(i + h, 2654435761) >>> 0) / 2 ** 32 - 0.5;
    if (name.endsWith("num_batches_tracked")) data[i] = 0;
    else if (name.endsWith("running_var")) data[i] = 1 + u;
    else if (tensor.shape.length >= 2) data[i] = (2 * u) / Math.sqrt(n / rows);
    else data[i] = name.endsWith("weight") ? 1 + 0.2 * u : 0.2 * u;
  }
}

const missing = new Map(
  nets.map((net) => {
    const file = `${folder}/${net}.nn`;
    return [net, check(readFileSync(file, "utf8"), { filename: file })] as const;
  }),
);
const complete = nets.filter((net) => missing.get(net)!.every(({ severity }) => severity !== "error"));

test("nets compile as far as the library reaches", () => {
  expect(complete).toMatchInlineSnapshot(`
    [
      "bert",
      "dlrm",
      "openwakeword",
      "vae",
      "variants",
    ]
  `);
});

test.each(nets.filter((net) => !complete.includes(net)))("%s: what is missing is named", (net) => {
  const messages = missing.get(net)!.map(({ message }) => message);
  expect(messages).toMatchSnapshot();
});

describe.each(complete)("%s", (net) => {
  const want = expected(net);
  const file = `${folder}/${net}.nn`;
  const model = compile(readFileSync(file, "utf8"), { filename: file });

  test("parameters are PyTorch's", () => {
    const shapes = Object.fromEntries(
      Object.entries(model.parameters).map(([name, { shape }]) => [name, [...shape]]),
    );
    expect(shapes).toEqual(want.parameters);
  });

  test("outputs are PyTorch's", () => {
    for (const [name, tensor] of Object.entries(model.parameters)) fill(name, tensor);
    model.refresh();
    const inputs = Object.fromEntries(
      Object.entries(want.inputs).map(([name, { dtype, shape, data }]) => [
        name,
        { dtype, shape, data: decode(data!, dtype) },
      ]),
    );
    const result = model(Object.keys(inputs).length === 1 ? Object.values(inputs)[0]! : inputs);
    const outputs =
      model.outputs.length === 1 ? [result as Tensor] : model.outputs.map(({ name }) => result[name]!);
    want.outputs.forEach((wanted, i) => compare(outputs[i]!, wanted, 1e-5));
  }, 120_000);
});

function compare(got: Tensor, wanted: Stored, tolerance: number): void {
  expect(got.shape).toEqual(wanted.shape);
  const data = got.data as Float32Array;
  const values = decode(wanted.data ?? wanted.head!, "f32") as Float32Array;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let worst = 0;
  values.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - data[i]!) / largest)));
  expect(worst).toBeLessThan(tolerance);
  if (wanted.abs_sum === undefined) return;
  const sum = data.reduce((total, value) => total + Math.abs(value), 0);
  expect(Math.abs(sum - wanted.abs_sum) / wanted.abs_sum).toBeLessThan(tolerance);
}
