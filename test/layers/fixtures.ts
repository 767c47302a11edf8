/** The recorded cases of PyTorch as data. */
import { readFileSync, readdirSync } from "node:fs";
import type { Plain } from "../../compiler/ir/graph/evaluate.ts";
import type { Dtype } from "../../compiler/ir/dtype.ts";
import type { ArgValue } from "../../compiler/layers/record.ts";

export interface RawTensor {
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
  readonly dtype?: string;
}

export interface Recorded extends Plain {
  readonly dtype: Dtype;
}

/** An argument as it was recorded: a layer stands there as the text of its call. */
export type RecordedArg = ArgValue | { readonly layer: string };

export interface Case {
  readonly layer: string;
  readonly args: readonly RecordedArg[];
  readonly kwargs: Readonly<Record<string, RecordedArg>>;
  readonly train: boolean;
  readonly note?: string;
  readonly steps?: number;
  /** How far results may be from PyTorch's, absolutely and relatively, where these were computed in float32. */
  readonly tolerance?: number;
  /** The seed before the first call. */
  readonly seed?: number;
  /** 31 bits of what the generator gives after the last call. */
  readonly next?: number;
  readonly params: Readonly<Record<string, Recorded>>;
  readonly buffers: Readonly<Record<string, Recorded>>;
  readonly buffers_after?: Readonly<Record<string, Recorded>>;
  readonly inputs: readonly Recorded[];
  readonly outputs: readonly Recorded[];
}

const folder = new URL("../fixtures/torch/", import.meta.url);

function load(file: string): Case[] {
  const text = readFileSync(new URL(file, folder), "utf8");
  const { cases } = JSON.parse(text, revive) as { cases?: Case[] };
  return (cases ?? []).map((one) => ({
    ...one,
    kwargs: Object.fromEntries(
      Object.entries(one.kwargs).map(([name, value]) => [name, named.get(value) ?? value]),
    ),
    params: one.params ?? {},
    buffers: one.buffers ?? {},
  }));
}

/** Numbers that JSON lacks. */
const named: ReadonlyMap<unknown, number> = new Map([
  ["nan", NaN],
  ["inf", Infinity],
  ["-inf", -Infinity],
  ["-0", -0],
]);

function revive(_name: string, value: unknown): unknown {
  const isTensor = typeof value === "object" && value !== null && "shape" in value && "data" in value;
  return isTensor ? tensor(value as RawTensor) : value;
}

export function tensor({ shape, data, dtype = "float" }: RawTensor): Recorded {
  const ours: Dtype = dtype === "bool" ? "bool" : dtype.startsWith("int") ? "i32" : "f32";
  return { shape, dtype: ours, data: data.map((x) => (typeof x === "number" ? x : named.get(x)!)) };
}

/** Of all files there: those that hold no cases have none. */
export const cases: readonly Case[] = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .flatMap(load);

/** The first difference beyond the tolerances, in words. NaN equals NaN; infinities and zeros must agree in sign. */
export function difference(
  got: Plain | undefined,
  want: Plain,
  { relative = 1e-9, absolute = 1e-11, signedZeros = true } = {},
): string | undefined {
  if (!got) return "nothing was computed";
  if (got.shape.join() !== want.shape.join() && got.data.length !== want.data.length) {
    return `shape [${got.shape.join()}], not [${want.shape.join()}]`;
  }
  for (let i = 0; i < want.data.length; i++) {
    const [a, b] = [got.data[i]!, want.data[i]!];
    if (Object.is(a, b)) continue;
    const otherZero = signedZeros && a === 0 && b === 0;
    if (!otherZero && Math.abs(a - b) <= absolute + relative * Math.abs(b)) continue;
    return `element ${i} is ${shown(a)}, not ${shown(b)}`;
  }
  return undefined;
}

function shown(x: number): string {
  return Object.is(x, -0) ? "-0" : String(x);
}
