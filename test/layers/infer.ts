/** What shape rules say, in words. */
import { expect } from "vitest";
import { symbol } from "../../compiler/ir/size/size.ts";
import type { Dtype } from "../../compiler/ir/dtype.ts";
import { typeText, type Dim, type TensorType } from "../../compiler/ir/types.ts";
import { operators, records } from "../../compiler/layers/index.ts";
import type { ArgValue, Mode } from "../../compiler/layers/record.ts";
import { argsOf, single } from "./single.ts";

/** `f32[N, 5, ...]` as a type. */
export function type(text: string): TensorType {
  const [, dtype, sizes] = /^(\w+)\[(.*)\]$/.exec(text)!;
  const dims = sizes === "" ? [] : sizes!.split(",").map((size) => size.trim());
  const dim = (name: string): Dim => {
    if (name === "...") return { kind: "run", product: symbol("run") };
    return /^\d+$/.test(name) ? Number(name) : symbol(name);
  };
  return { dtype: dtype as Dtype, shape: dims.map(dim) };
}

export interface Call {
  readonly args?: readonly ArgValue[];
  readonly named?: Readonly<Record<string, ArgValue>>;
  readonly mode?: Mode;
}

/** The types of the results, or the reason why there is none. */
export function infer(name: string, inputs: readonly string[], { args, named, mode }: Call = {}): string {
  const record = records.get(name) ?? operators.get(name)!;
  try {
    const graph = single(record, argsOf(record, args, named), inputs.map(type), mode); // prettier-ignore
    return typeof graph === "string" ? graph : graph.nodes.at(-1)!.types.map(typeText).join(", ");
  } catch (error) {
    return (error as Error).message;
  }
}

export function checkRules(rows: readonly (readonly [string, readonly string[], Call, string])[]): void {
  for (const [name, inputs, call, wanted] of rows) {
    expect(infer(name, inputs, call), `${name} of ${inputs.join(", ")}`).toBe(wanted);
  }
}
