/** Makes values, and describes them for messages. */
import type { Span } from "../../grammar/source.ts";
import type { Node, GraphValue } from "../ir/graph/graph.ts";
import type { Polynomial } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { numberText } from "../ir/types.ts";
import type { LayerOp } from "../layers/record.ts";
import type { LayerValue, ListValue, NumberValue, Poison, TensorValue, Value } from "./meanings.ts";
import type { Repetition } from "./paths.ts";

export const POISON: Poison = { kind: "poison" };
export const NONE: Value = { kind: "none" };

export function numberValue(value: number, float = false, indices: readonly Repetition[] = []): NumberValue {
  return { kind: "number", value, float, indices };
}

export function listValue(items: readonly Value[]): ListValue {
  return { kind: "list", items, length: items.length };
}

export function boolean(value: boolean): Value {
  return { kind: "bool", value };
}

export function layerValue(layer: LayerValue): Value {
  return { kind: "layer", layer };
}

/** A size as a value; it is a plain number if it has no symbols. */
export function sizeValue(size: number | Polynomial): Value {
  return typeof size === "number" ? numberValue(size) : { kind: "size", size };
}

export function tensorValue(node: Node<LayerOp>, result = 0): TensorValue {
  return { kind: "tensor", value: { node, result } };
}

/** The place of the expression that a tensor comes from. */
export function originSpan(value: GraphValue<LayerOp>): Span | undefined {
  return value.node.origin?.calls[0].span;
}

/** Whether a value of this kind can be shown in full. */
function isPlain({ kind }: Value): boolean {
  return kind === "number" || kind === "bool" || kind === "string" || kind === "none";
}

/** The words for a value in a message: `a list of layers`. */
export function valueKind(value: Value): string {
  switch (value.kind) {
    case "tensor":
      return "a tensor";
    case "results":
      return "several tensors";
    case "layer":
      return value.layer.kind === "list" ? "a list of layers" : "a layer";
    case "number":
      return Number.isInteger(value.value) && value.float ? `${value.value}.0` : numberText(value.value);
    case "size":
      return `the size ${sizeText(value.size)}`;
    case "bool":
      return String(value.value);
    case "string":
      return JSON.stringify(value.value);
    case "none":
      return "none";
    case "list":
      if (value.names) return "a list of inputs by name";
      return value.items.every(isPlain) ? `[${value.items.map(valueKind).join(", ")}]` : "a list";
    case "reference":
      return `the parameter ${value.path}`;
    case "infer":
      return "`_`";
    case "poison":
      return "an unknown value";
  }
}
