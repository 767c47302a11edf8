/** Makes a file that uses a layer, from the samples of its record; and the compiler's results for that file. */
import { format } from "../../grammar/format.ts";
import { typeText } from "../ir/types.ts";
import type { Combinator } from "../layers/combinators.ts";
import type { Args, ArgValue, LayerRecord, Mode, ParameterSpec, Sample } from "../layers/record.ts";
import { resolve } from "../resolve/index.ts";

export interface Example {
  /** The text of a whole file. */
  readonly text: string;
  /** The layer's call in the file: `Linear(4, 3)`. */
  readonly call: string;
  readonly parameters: readonly ParameterSpec[];
  /** The types of the layer's results. */
  readonly results: readonly string[];
}

export interface Found {
  readonly example: Example;
  /** The arguments of the layer in the file. */
  readonly args: Args;
}

const FILE = "example.nn";

/** No sample of a record has more results than this. */
const MAX_RESULTS = 6;

/** The example for a record; undefined if no sample can be written as a call. */
export function exampleOf(record: LayerRecord): Found | undefined {
  if (record.hidden) return subscripted(record);
  for (const sample of record.samples)
    for (const text of texts(record, sample)) {
      const found = inspected(record, sample, text);
      if (found) return found;
    }
  return record.init && initialValue(record);
}

function subscripted(record: LayerRecord): Found | undefined {
  const sample = { source: "x[1:, 0]", inputs: [[4, 3]] };
  return inspected(record, sample, modelOf(["input x: f32[4, 3]"], sample.source));
}

export function combinatorExample({ example }: Combinator): Example {
  const text = modelOf(["input x: f32[2, 4]"], `x -> ${example}`);
  return { text, call: example, parameters: [], results: [] };
}

/** The entry applied to its inputs: as an infix operator or minus, or else after an arrow. */
export function applied(record: LayerRecord, inputs: readonly string[], call: string): string {
  const { operator } = record;
  if (operator === "neg") return `-${inputs[0]}`;
  if (operator !== undefined) return inputs.join(` ${operator} `);
  if (inputs.length === 0) return call;
  return `${inputs.length === 1 ? inputs[0] : `[${inputs.join(", ")}]`} -> ${call}`;
}

/**
 * The texts to try. Inputs have the record's names, except words that the language reserves; different numbers of
 * results are tried.
 */
function* texts(record: LayerRecord, sample: Sample): Generator<string> {
  const { inputs, outputs, auxiliary, variadic } = record;
  const count = sample.inputs.length;
  const plain = count === 1 ? ["x"] : numbered("x", count);
  for (const names of [variadic ? plain : inputs.slice(0, count), plain]) {
    const declared = names.map((name, i) => `input ${name}: ${inputType(sample, i)}`);
    const value = applied(record, names, sample.source);
    yield modelOf(declared, value);
    if (outputs && !auxiliary) yield modelOf(declared, value, outputs);
    for (let results = 1; results <= MAX_RESULTS; results++)
      yield modelOf(declared, value, numbered("y", results));
  }
}

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name}${i + 1}`);
}

function inputType({ inputs, below, dtypes }: Sample, input: number): string {
  const dtype = dtypes?.[input] ?? (below === undefined ? "f32" : "i32");
  return `${dtype}[${inputs[input]!.join(", ")}]`;
}

function modelOf(declared: readonly string[], value: string, results?: readonly string[]): string {
  const names = results?.join(", ");
  const given = names === undefined ? [`output y = ${value}`] : [`[${names}] = ${value}`, `output ${names}`];
  const lines = [...declared, ...given].map((line) => `  ${line}\n`);
  return `model Example {\n${lines.join("")}}\n`;
}

function inspected(record: LayerRecord, sample: Sample, text: string): Found | undefined {
  const formatted = format({ file: FILE, text });
  if ("diagnostics" in formatted) return undefined;
  const mode: Mode = sample.modes?.[0] ?? "eval";
  const { graph } = resolve({ file: FILE, text }, { mode });
  for (const { op, types } of graph?.nodes ?? []) {
    if (op.kind !== "layer" || op.record !== record) continue;
    const parameters = record.parameters?.(op.args) ?? [];
    const results = types.map(typeText);
    const call = written(sample.source);
    return { example: { text: formatted.text, call, parameters, results }, args: op.args };
  }
  return undefined;
}

/** The call as the formatter writes it; samples may use Python's spelling. */
function written(call: string): string {
  const formatted = format({ file: FILE, text: call });
  return "text" in formatted ? formatted.text.trimEnd() : call;
}

/** The example for an entry that fills parameters, if all its arguments have defaults. */
function initialValue({ name, args }: LayerRecord): Found | undefined {
  const values = Object.entries(args).map(([arg, spec]) => [arg, spec.default] as const);
  if (values.some(([, value]) => value === undefined)) return undefined;
  const text = modelOf([`param weight: f32[2, 3] = ${name}`], "weight");
  const example = { text, call: name, parameters: [], results: [] };
  return { example, args: Object.fromEntries(values) as Record<string, ArgValue> };
}
