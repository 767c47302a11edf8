/** Calls a model, and prints its outputs. */
import { literal } from "../../runtime/shortest.ts";
import { formatTensor } from "../../runtime/format-tensor.ts";
import type { Tensor } from "../../runtime/tensor.ts";
import type { Model } from "../../runtime/model.ts";

export type NamedResults = Readonly<Record<string, Tensor>>;

/** Runs a model on inputs by name. Throws what the model throws. */
export function callModel(model: Model, inputs: NamedResults): NamedResults {
  const values = Object.values(inputs);
  const result = values.length === 1 ? model(values[0]) : model(inputs);
  return model.outputs.length === 1 ? { [model.outputs[0]!.name]: result } : result;
}

/** The outputs as PyTorch prints tensors; if there are several, each has its name above it. */
export function resultText(results: NamedResults): string {
  const entries = Object.entries(results);
  if (entries.length === 1) return `${formatTensor(entries[0]![1])}\n`;
  return entries.map(([name, value]) => `${name}:\n${formatTensor(value)}\n`).join("");
}

/**
 * The outputs as one JSON document on one line. NaN and infinities are strings, as JSON has no numbers for them;
 * -0 is kept.
 */
export function resultJson(results: NamedResults): string {
  const tensors = Object.entries(results).map(([name, { dtype, shape, data }]) => {
    const values = Array.from(data as ArrayLike<number | bigint>, (value) => scalar(value, dtype));
    return `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(",")}],"data":[${values.join(",")}]}`;
  });
  return `{"outputs":{${tensors.join(",")}}}\n`;
}

function scalar(value: number | bigint, dtype: string): string {
  if (typeof value === "bigint") return dtype === "bool" ? String(Boolean(value)) : String(value);
  return dtype === "bool" || Number.isFinite(value) ? literal(value, dtype) : `"${value}"`;
}
