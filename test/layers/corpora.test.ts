import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { records } from "../../compiler/layers/index.ts";
import type { Dtype } from "../../compiler/ir/types.ts";
import type { Args, Mode } from "../../compiler/layers/record.ts";
import { callOf } from "./call.ts";
import type { Recorded } from "./fixtures.ts";
import { argsOf, runSingle, single } from "./single.ts";

type Tolerance =
  | { readonly rtol: number; readonly atol: number }
  | { readonly ulp: number; readonly metric: "ULP" | "ATOL" };

interface Encoded {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly b64: string;
}

interface Case {
  readonly id: string;
  readonly op: string;
  readonly layer: string | null;
  readonly config: { readonly axis?: number };
  readonly training: boolean;
  readonly params?: Readonly<Record<string, Encoded>>;
  readonly inputs: readonly Encoded[];
  readonly outputs: readonly Encoded[];
  readonly state_after?: Readonly<Record<string, Encoded>>;
  readonly tol: Tolerance;
}

const folder = new URL("../fixtures/corpora/", import.meta.url);

function decode({ shape, dtype, b64 }: Encoded): Recorded {
  const { buffer, byteOffset, length } = Buffer.from(b64, "base64");
  const bytes = buffer.slice(byteOffset, byteOffset + length);
  const [ours, data]: [Dtype, ArrayLike<number>] = {
    float32: (): [Dtype, ArrayLike<number>] => ["f32", new Float32Array(bytes)],
    float64: (): [Dtype, ArrayLike<number>] => ["f32", new Float64Array(bytes)],
    int32: (): [Dtype, ArrayLike<number>] => ["i32", new Int32Array(bytes)],
    int64: (): [Dtype, ArrayLike<number>] => ["i32", Array.from(new BigInt64Array(bytes), Number)],
    bool: (): [Dtype, ArrayLike<number>] => ["bool", new Uint8Array(bytes)],
  }[dtype]!();
  return { shape, dtype: ours, data };
}

/** The place of a float32 among all of them. */
function ordinal(value: number): number {
  const bits = new Int32Array(new Float32Array([value]).buffer)[0]!;
  return bits < 0 ? -(bits & 0x7fffffff) : bits;
}

function near(got: number, want: number, tolerance: Tolerance): boolean {
  if (Object.is(got, want) || got === want) return true;
  if ("rtol" in tolerance) return Math.abs(got - want) <= tolerance.atol + tolerance.rtol * Math.abs(want);
  if (tolerance.metric === "ATOL") return Math.abs(got - want) <= tolerance.ulp;
  return Math.abs(ordinal(got) - ordinal(want)) <= tolerance.ulp;
}

function expectNear(got: ArrayLike<number> | undefined, want: Encoded, tolerance: Tolerance): void {
  const { data } = decode(want);
  expect(got?.length).toBe(data.length);
  const wrong = Array.from(data).findIndex((value, i) => !near(got![i]!, value, tolerance));
  expect(wrong < 0 ? "" : `element ${wrong} is ${got![wrong]}, not ${data[wrong]}`).toBe("");
}

describe.each(readdirSync(folder).filter((file) => file.endsWith(".json")))("%s", (file) => {
  const { cases } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as { cases: Case[] };
  test.each(cases.map((one) => [one.id, one] as const))("%s", (_, one) => {
    const record = records.get(one.layer?.replace(/\(.*/, "") ?? one.op)!;
    const args: Args = one.layer
      ? callOf(record, one.layer)
      : argsOf(record, [], one.config.axis === undefined ? {} : { dim: one.config.axis });
    const mode: Mode = one.training ? "train" : "eval";
    const inputs = one.inputs.map(decode);
    const graph = single(record, args, inputs, mode);
    if (typeof graph === "string") throw new Error(graph);
    const given = Object.entries(one.params ?? {}).map(([name, value]) => [name, decode(value)] as const);
    const counter = { num_batches_tracked: { shape: [], data: [0] } }; // other frameworks keep none
    const { outputs, updates } = runSingle(graph, inputs, { ...counter, ...Object.fromEntries(given) }, mode);
    for (const [i, wanted] of one.outputs.entries()) expectNear(outputs[`y${i}`]?.data, wanted, one.tol);
    for (const [name, wanted] of Object.entries(one.state_after ?? {})) {
      expectNear(updates[`0.${name}`]?.data, wanted, one.tol);
    }
  });
});
