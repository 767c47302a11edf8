/** The twenty nets of examples/nets: names, shapes and numbers as their PyTorch definitions have them. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { check, compile, type Tensor } from "../compiler/index.ts";
import { resolve } from "../compiler/resolve/index.ts";
import { count, expectSection, table } from "./conformance.ts";

const folder = "examples/nets";
const nets = readdirSync(folder)
  .filter((file) => file.endsWith(".nn"))
  .map((file) => file.slice(0, -3));

interface Stored {
  readonly dtype: "f32" | "i32";
  readonly shape: readonly number[];
  readonly data: string;
}

/** Of large outputs: the sum of their magnitudes, and the first values. */
interface Summary {
  readonly shape: readonly number[];
  readonly abs_sum: number;
  readonly head: Stored;
}

interface Expected {
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly inputs: Readonly<Record<string, Stored>>;
  readonly outputs: readonly (Stored | Summary)[];
}

function textOf(net: string): string {
  return readFileSync(`${folder}/${net}.nn`, "utf8");
}

function expected(net: string): Expected {
  return JSON.parse(readFileSync(`${folder}/${net}.json`, "utf8")) as Expected;
}

function decode({ dtype, shape, data }: Stored): Tensor {
  const { buffer } = Uint8Array.from(Buffer.from(data, "base64"));
  return { dtype, shape, data: dtype === "f32" ? new Float32Array(buffer) : new Int32Array(buffer) };
}

/** The formula of examples/nets/README.md, so that no weights need storing. */
function filled(name: string, shape: readonly number[]): Tensor {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  if (name.endsWith("num_batches_tracked")) return { dtype: "f32", shape, data };
  const n = data.length;
  const [offset, scale] = name.endsWith("running_var")
    ? [1, 1]
    : shape.length >= 2
      ? [0, 2 / Math.sqrt(n / shape[0]!)]
      : [name.endsWith("weight") ? 1 : 0, 0.2];
  let h = 0;
  for (const character of name) h += character.charCodeAt(0);
  for (let i = 0; i < n; i++) {
    const u = (Math.imul(i + h, 2654435761) >>> 0) / 2 ** 32 - 0.5;
    data[i] = offset + scale * u;
  }
  return { dtype: "f32", shape, data };
}

const problems = new Map(
  nets.map((net) => {
    const found = check(textOf(net), { filename: `${folder}/${net}.nn` });
    return [net, found.filter(({ severity }) => severity === "error")] as const;
  }),
);
const complete = nets.filter((net) => problems.get(net)!.length === 0);

test("all of them compile", () => {
  expect(nets).toHaveLength(20);
  expect(nets.flatMap((net) => problems.get(net)!.map(({ message }) => message))).toEqual([]);
});

/** What every output keeps, in parts of its largest value. */
const TOLERANCE = 1e-5;

interface Difference {
  /** How many values are compared. */
  readonly values: number;
  readonly absolute: number;
  /** In parts of the largest value. */
  readonly relative: number;
}

const differences = new Map<string, Difference>();

/** Of the output that differs most. What the net costs is given back: the largest has half a gigabyte of weights. */
function differenceOf(net: string): Difference {
  const known = differences.get(net);
  if (known) return known;
  const [text, file, want] = [textOf(net), `${folder}/${net}.nn`, expected(net)];
  const { graph } = resolve({ file, text }, { mode: "eval", read: (path) => readFileSync(path, "utf8") });
  const weights: Record<string, Tensor> = {};
  const shapes: Record<string, readonly unknown[]> = {};
  for (const { path, aliases, type } of graph!.parameters) {
    weights[path] = filled(path, type.shape as readonly number[]);
    // An own name that PyTorch's definition does not have stays possible; one that it has must be there.
    for (const name of [path, ...aliases.filter((alias) => alias in want.parameters)])
      shapes[name] = type.shape;
  }
  expect(shapes).toEqual(want.parameters);
  const model = compile(text, { filename: file, weights });
  const inputs = Object.entries(want.inputs).map(([name, stored]) => [name, decode(stored)] as const);
  const result = model(inputs.length === 1 ? inputs[0]![1] : Object.fromEntries(inputs));
  const { outputs } = model;
  const given = outputs.length === 1 ? [result as Tensor] : outputs.map(({ name }) => result[name]!);
  expect(given).toHaveLength(want.outputs.length);
  const all = want.outputs.map((wanted, i) => difference(given[i]!, wanted));
  const worst = {
    ...all.reduce((most, one) => (one.relative > most.relative ? one : most)),
    values: all.reduce((sum, { values }) => sum + values, 0),
  };
  differences.set(net, worst);
  return worst;
}

test.each(complete)("%s has PyTorch's parameters and outputs", (net) => {
  expect(differenceOf(net).relative).toBeLessThan(TOLERANCE);
});

test("CONFORMANCE.md lists the differences", async () => {
  const rows = complete.map((net) => {
    const { values, absolute, relative } = differenceOf(net);
    return [net, count(values), rounded(absolute), rounded(relative), TOLERANCE.toExponential()];
  });
  const header = ["net", "values", "largest difference", "over the largest value", "held to"];
  const waiting = nets.filter((net) => !complete.includes(net));
  await expectSection(
    "nets",
    [
      table(header, rows),
      ...(waiting.length > 0 ? [`Not all layers are there yet for others: ${waiting.join(", ")}.`] : []),
    ].join("\n\n"),
  );
});

/** To one digit: further ones may depend on the engine's mathematical functions. */
function rounded(value: number): string {
  return value === 0 ? "0" : value.toExponential(0);
}

function difference({ shape, data }: Tensor, wanted: Stored | Summary): Difference {
  expect(shape).toEqual(wanted.shape);
  const got = data as Float32Array;
  const values = decode("head" in wanted ? wanted.head : wanted).data as Float32Array;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const absolute = values.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i]!)), 0);
  const own = { values: values.length, absolute, relative: absolute / largest };
  if (!("head" in wanted)) return own;
  const sum = got.reduce((total, value) => total + Math.abs(value), 0);
  const ofSum = Math.abs(sum - wanted.abs_sum) / wanted.abs_sum;
  return { ...own, relative: Math.max(own.relative, ofSum) };
}
