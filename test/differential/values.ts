/** What a growing net is made of: values with their types and numbers, and layers that are applied to them. */
import { argText as describedArg } from "../../compiler/layers/describe.ts";
import type { Plain } from "../../compiler/ir/graph/evaluate.ts";
import { evaluateSize, key, product, same, symbol, type Size } from "../../compiler/ir/size/size.ts";
import type { Dtype } from "../../compiler/ir/dtype.ts";
import { extents, isRun, type Dim, type TensorType } from "../../compiler/ir/types.ts";
import { allRecords } from "../../compiler/layers/index.ts";
import type { Args, ArgValue, LayerRecord, Mode, Sample, ShapeContext } from "../../compiler/layers/record.ts"; // prettier-ignore
import { callOf } from "../layers/call.ts";
import { runSingle, single } from "../layers/single.ts";
import type { Sizes } from "./agree.ts";
import { normal, type Random } from "./random.ts";

export interface Value {
  /** An expression that stands for it. */
  readonly text: string;
  readonly type: TensorType;
  /** Its numbers at the first of the net's sizes. */
  readonly plain: Plain;
}

/** A record with arguments, as they are written. */
export interface Call {
  readonly record: LayerRecord;
  readonly sample: Sample;
  readonly args: Args;
  readonly text: string;
}

/** What of a call its results depend on. */
export type Application = Pick<Call, "record" | "args">;

/** By record: the calls of its samples. Those that syntax alone reaches are not among them. */
export const calls: readonly (readonly Call[])[] = allRecords
  .filter(({ samples, hidden }) => samples.length > 0 && !hidden)
  .map((record) =>
    record.samples.map((sample) => ({
      record,
      sample,
      args: callOf(record, sample.source),
      text: sample.source,
    })),
  );

/** How nets run: their mode, and the sizes of each run. */
export interface Setting {
  readonly mode: Mode;
  readonly sizes: readonly Sizes[];
  readonly random: Random;
}

/** Tensors of more elements make the test slow. */
const ELEMENTS = 400;
const RANK = 5;
/** Beyond this, numbers are no longer of one scale, and errors no longer small. */
const TAME = 1e3;

export interface Applied {
  readonly types: readonly TensorType[];
  /** The results are a list, even a single one. */
  readonly list: boolean;
  readonly plains: readonly Plain[];
  /** Whether all its numbers are finite and not large. */
  readonly tame: boolean;
}

/** The types of a call's results; undefined where it does not take these inputs at all sizes. */
export function inferred(
  { record, args }: Application,
  inputs: readonly TensorType[],
  setting: Setting,
): readonly TensorType[] | undefined {
  const { mode, sizes } = setting;
  if ((record.validate?.(args) ?? record.unsupported?.(mode, args)) !== undefined) return undefined;
  const types = record.infer(inputs, args, proving(setting));
  if (typeof types === "string") return undefined;
  const small = types.every(({ shape }) => {
    const count = product(extents(shape));
    return shape.length <= RANK && sizes.every((at) => evaluateSize(count, at) <= ELEMENTS);
  });
  return small ? types : undefined;
}

/** A call on values; undefined where it does not take them. */
export function applied(
  call: Application,
  inputs: readonly Pick<Value, "type" | "plain">[],
  setting: Setting,
): Applied | undefined {
  const { mode, sizes, random } = setting;
  const types = inferred(call, inputs.map(({ type }) => type), setting); // prettier-ignore
  if (!types) return undefined;
  const concrete = inputs.map(({ type, plain }) => ({ dtype: type.dtype, shape: plain.shape }));
  const args = Object.entries(call.args).map(([name, value]) => [name, atSizes(value, sizes[0]!)]);
  const graph = single(call.record, Object.fromEntries(args) as Args, concrete, mode);
  if (typeof graph === "string") return undefined;
  const parameters = graph.parameters.map(({ path, type }) => [
    path.slice(2),
    numbersOf(type, sizes[0]!, random, { positive: path.endsWith("var") }),
  ]);
  const plains = inputs.map(({ plain }) => plain);
  const { outputs } = runSingle(graph, plains, Object.fromEntries(parameters) as Record<string, Plain>, mode);
  const results = types.map((_, i) => outputs[`y${i}`]!);
  return {
    types,
    list: call.record.listed === true,
    plains: results,
    tame: results.every(({ data }) => data.every((x) => Math.abs(x) <= TAME)),
  };
}

/** Sizes in arguments as numbers. */
function atSizes(value: ArgValue, sizes: Sizes): ArgValue {
  if (Array.isArray(value)) return (value as readonly ArgValue[]).map((item) => atSizes(item, sizes));
  return typeof value === "object" && value !== null && "terms" in value ? evaluateSize(value, sizes) : value;
}

/** Demands must be proven, or hold at all the sizes that there will be. */
function proving({ mode, sizes }: Setting): ShapeContext {
  return {
    mode,
    equal: (actual, wanted, reason) => (same(actual, wanted) ? undefined : reason),
    unequal: (actual, refused, reason) =>
      sizes.every((at) => evaluateSize(actual, at) !== evaluateSize(refused, at)) ? undefined : reason,
    atLeast: (actual, least, reason) =>
      sizes.every((at) => evaluateSize(actual, at) >= evaluateSize(least, at)) ? undefined : reason,
  };
}

export interface Numbers {
  /** Variances are. */
  readonly positive?: boolean;
  /** Whole numbers are from 0 to below this. */
  readonly below?: number | undefined;
}

/** Random numbers of a type at these sizes. */
export function numbersOf(type: TensorType, sizes: Sizes, random: Random, numbers: Numbers = {}): Plain {
  const shape = extents(type.shape).map((size) => evaluateSize(size, sizes));
  const count = shape.reduce((result, size) => result * size, 1);
  return { shape, data: Array.from({ length: count }, () => numberOf(type.dtype, random, numbers)) };
}

export function numberOf(dtype: Dtype, random: Random, { positive = false, below = 5 }: Numbers): number {
  if (dtype === "i32") return Math.floor(random() * below);
  if (dtype === "bool") return Math.floor(random() * 4) % 3; // any number but 0 is true
  return Math.fround(positive ? 0.5 + random() : normal(random));
}

/** A type as it is declared; undefined where a size has no name there. */
export function declared({ dtype, shape }: TensorType): string | undefined {
  const dims = shape.map((dim) => (isRun(dim) ? "..." : /^\w+$/.test(key(dim)) ? key(dim) : undefined));
  return dims.includes(undefined) ? undefined : `${dtype}[${dims.join(", ")}]`;
}

/** An argument as the language writes it. */
function argText(value: ArgValue): string {
  if (value === null) return "none";
  if (typeof value === "string") return `"${value}"`;
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number")
    return value === Infinity ? "inf" : value === -Infinity ? "-inf" : String(value);
  if (Array.isArray(value)) return `[${(value as readonly ArgValue[]).map(argText).join(", ")}]`;
  return typeof value === "object" && "record" in value ? describedArg(value) : key(value as Size);
}

/** With all its arguments by name. */
export function byName({ record, args }: Call): string {
  const named = Object.entries(args).map(([name, value]) => {
    // A list after all others stands for several arguments: `Zeros([4])` is `Zeros(4)`.
    const [only] = record.args[name]?.rest === true ? (value as readonly ArgValue[]) : [];
    return `${name}=${argText(Array.isArray(only) ? only : value)}`;
  });
  return `${record.name}(${named.join(", ")})`;
}

/** The shape with symbols in place of some of its sizes, and the same one for the same size. */
export function opened(shape: readonly number[], symbols: readonly string[], choice: number): Dim[] {
  return shape.map((size) => ((choice >> size) % 2 === 0 ? size : symbol(symbols[size % symbols.length]!)));
}
