/** What an expression can stand for while a net is elaborated. */
import type { Body, Call, Word } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import type { Value as GraphValue } from "../ir/graph.ts";
import { type Polynomial } from "../ir/size.ts";
import { textOf } from "../ir/size-text.ts";
import { numberText } from "../ir/types.ts";
import type { Combinator } from "../layers/combinators.ts";
import type { Args, LayerOp, LayerRecord } from "../layers/record.ts";
import type { Env } from "./env.ts";
import type { BlockDef } from "./files.ts";
import type { At, Repetition } from "./paths.ts";

export type Value =
  | TensorValue
  | Results
  | { readonly kind: "layer"; readonly layer: Layer }
  | NumberValue
  | { readonly kind: "size"; readonly size: Polynomial }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "none" }
  | ListValue
  | Reference
  | { readonly kind: "infer" } // `_`
  | Poison;

export interface TensorValue {
  readonly kind: "tensor";
  readonly value: GraphValue<LayerOp>;
}

/** What comes from something wrong that was reported: everything made of it is silently unknown, too. */
export interface Poison {
  readonly kind: "poison";
  /** Hears of the layers that take the value: how the inputs of a chain are found. */
  readonly probe?: (record: LayerRecord, args: Args) => void;
}

export type Tensorlike = TensorValue | Poison;

/** Several results of a layer or a block. */
export interface Results {
  readonly kind: "results";
  readonly items: readonly { readonly name?: string; readonly value: Tensorlike }[];
  /** Where one value is wanted the first is meant. */
  readonly auxiliary: boolean;
  /** What gave them, for messages. */
  readonly from: string;
}

export interface NumberValue {
  readonly kind: "number";
  readonly value: number;
  /** Written with a point or exponent, or come from `/`. */
  readonly float: boolean;
  /** The repetitions whose index went into it: a label that uses it replaces their numbers. */
  readonly indices: readonly Repetition[];
}

export interface ListValue {
  readonly kind: "list";
  readonly items: readonly Value[];
  /** Of items, those of lists within included. */
  readonly length: number;
  /** `attn_mask=m`; absent where no element has a name. */
  readonly names?: readonly (Word | undefined)[];
}

/** A layer's part by name: `transformer.wte.weight`. Settled when all parameters are known. */
export interface Reference {
  readonly kind: "reference";
  readonly path: string;
  readonly span: Span;
  /** The bound layer that it is a part of. */
  readonly layer: PlacedLayer;
}

/**
 * A layer as a value: a plan of what to apply, which makes nothing until it is applied. Only a placed one
 * has a weight path of its own; any other takes the place where it is applied.
 */
export type Layer =
  | RecordLayer
  | BlockLayer
  | ChainLayer
  | { readonly kind: "list"; readonly items: readonly Layer[]; readonly names?: ListValue["names"] }
  | CombinatorLayer
  | PlacedLayer
  | { readonly kind: "unknown" };

export interface RecordLayer {
  readonly kind: "record";
  readonly record: LayerRecord;
  readonly call: Call;
  readonly args: Args;
  /** Arguments written `_`. */
  readonly pending: readonly string[];
  /** Parameters given by the net: `weight=w`. */
  readonly given: ReadonlyMap<string, { readonly value: Value; readonly span: Span }>;
}

export interface BlockLayer {
  readonly kind: "block";
  readonly block: BlockDef;
  readonly call: Call;
  readonly args: ReadonlyMap<string, { readonly value: Value; readonly span: Span }>;
}

export interface ChainLayer {
  readonly kind: "chain";
  readonly steps: readonly LayerStep[];
  /** Numbered even where it is one step. */
  readonly always: boolean;
}

export interface LayerStep {
  readonly label?: LabelValue;
  readonly layer: Layer;
  readonly span: Span;
}

export interface LabelValue {
  readonly text: string;
  /** The repetitions whose index the label uses. */
  readonly indices: readonly Repetition[];
}

export interface CombinatorLayer {
  readonly kind: "combinator";
  readonly combinator: Combinator;
  readonly call: Call;
  readonly args: Args;
  readonly env: Env;
  readonly body?: Body;
  readonly items: readonly LayerStep[];
}

/** `name = layer`: used twice, its weights are shared. */
export interface PlacedLayer {
  readonly kind: "placed";
  readonly layer: Layer;
  /** Its own: both scope and place are its path. */
  readonly at: At;
}

export const POISON: Poison = { kind: "poison" };
export const NONE: Value = { kind: "none" };

export function number(value: number, float = false, indices: readonly Repetition[] = []): NumberValue {
  return { kind: "number", value, float, indices };
}

export function listValue(items: readonly Value[]): ListValue {
  return { kind: "list", items, length: items.length };
}

export function boolean(value: boolean): Value {
  return { kind: "bool", value };
}

export function layerValue(layer: Layer): Value {
  return { kind: "layer", layer };
}

/** A size as a value: a plain number where it is one. */
export function sizeValue(size: number | Polynomial): Value {
  return typeof size === "number" ? number(size) : { kind: "size", size };
}

/** Whether it can be shown whole. */
function isPlain({ kind }: Value): boolean {
  return kind === "number" || kind === "bool" || kind === "string" || kind === "none";
}

/** What to call a value in a message. */
export function describe(value: Value): string {
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
      return `the size ${textOf(value.size)}`;
    case "bool":
      return String(value.value);
    case "string":
      return JSON.stringify(value.value);
    case "none":
      return "none";
    case "list":
      if (value.names) return "a list of inputs by name";
      return value.items.every(isPlain) ? `[${value.items.map(describe).join(", ")}]` : "a list";
    case "reference":
      return `the parameter ${value.path}`;
    case "infer":
      return "`_`";
    case "poison":
      return "an unknown value";
  }
}
