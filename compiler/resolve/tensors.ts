/** Turns values into tensors: into one tensor, or into as many as a layer takes. */
import type { Word } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/diagnostics.ts";
import type { Span } from "../../grammar/source.ts";
import { typeOf } from "../ir/graph/graph.ts";
import type { Size } from "../ir/size/size.ts";
import type { Dtype } from "../ir/dtype.ts";
import type { Context } from "./context.ts";
import * as errors from "./errors.ts";
import type { ListValue, TensorValue, Tensorlike, Value } from "./meanings.ts";
import type { At } from "./paths.ts";
import { siteNamed } from "./syntax.ts";
import { POISON, valueKind, tensorValue, originSpan } from "./values.ts";

/** The value as one tensor. Numbers and lists of numbers become constants. */
export function asTensor(context: Context, value: Value, span: Span, at: At): Tensorlike {
  switch (value.kind) {
    case "tensor":
    case "poison":
      return value;
    case "results": {
      const [first] = value.items;
      if (first && (value.auxiliary || value.items.length === 1)) return first.value;
      const names = value.items.map((item) => item.name);
      context.report(errors.severalResults(span, value.from, value.items.length, names));
      return POISON;
    }
    case "number": {
      const dtype = value.float || !Number.isInteger(value.value) ? "f32" : "i32";
      return context.ledger.constant([value.value], { dtype, shape: [] }, span, at.frame);
    }
    case "size":
      return context.ledger.constant([value.size], { dtype: "i32", shape: [] }, span, at.frame);
    case "bool":
      return context.ledger.constant([value.value ? 1 : 0], { dtype: "bool", shape: [] }, span, at.frame);
    case "list":
      return constantList(context, value, span, at);
    case "reference": {
      enterReferred(context, value);
      const parameter = context.ledger.parameter(value.path);
      if (!parameter) {
        context.report(() => errors.unknownParameter(span, value.path, context.ledger.paths()));
        return POISON;
      }
      const op = { kind: "parameter", path: value.path } as const;
      const site = { call: siteNamed(value.path, span), frame: at.frame };
      return tensorValue(context.ledger.node(op, [], [parameter.type], site));
    }
    case "layer":
    case "string":
    case "none":
    case "infer":
      context.report(errors.notATensor(span, valueKind(value)));
      return POISON;
  }
}

/** Enters the parameters of a layer that is referred to but has not been applied yet. */
export function enterReferred(context: Context, value: Value): void {
  if (value.kind !== "reference" || context.ledger.applied.has(value.layer)) return;
  context.apply(value.layer, POISON, value.layer.at);
}

/**
 * Whether a tensor is made of numbers that are written without a point. Such numbers are i32, and f32 where a
 * layer or a declared type does not take integers.
 */
export function isWhole({ value }: TensorValue): boolean {
  return value.node.op.kind === "constant" && typeOf(value).dtype === "i32";
}

export function inFloats(context: Context, { value }: TensorValue, at: At): TensorValue {
  const { op, types } = value.node;
  const site = { call: siteNamed("constant", originSpan(value)!), frame: at.frame };
  const floats = tensorValue(context.ledger.node(op, [], [{ ...types[0]!, dtype: "f32" }], site));
  const name = context.ledger.nameOf(value.node);
  if (name !== undefined) context.ledger.name(floats, name);
  return floats;
}

function constantList(context: Context, list: ListValue, span: Span, at: At): Tensorlike {
  const shape = shapeOf(list);
  if (shape === "poison") return POISON;
  if (!shape) {
    context.report(
      errors.notATensor(span, !list.names && isTensorList(list) ? "a list of tensors" : valueKind(list)),
    );
    return POISON;
  }
  const values: Size[] = [];
  let dtype: Dtype = "bool";
  const collect = (value: Value): void => {
    if (value.kind === "list") value.items.forEach(collect);
    else if (value.kind === "bool") values.push(value.value ? 1 : 0);
    else if (value.kind === "size") {
      values.push(value.size);
      if (dtype === "bool") dtype = "i32";
    } else if (value.kind === "number") {
      values.push(value.value);
      if (value.float || !Number.isInteger(value.value)) dtype = "f32";
      else if (dtype === "bool") dtype = "i32";
    }
  };
  collect(list);
  if (values.length === 0) dtype = "f32";
  const tensor = context.ledger.constant(values, { dtype, shape }, span, at.frame);
  const name = list.constant;
  if (name !== undefined) context.ledger.name(tensor, name);
  return tensor;
}

/** The shape of a list of numbers; undefined if the list is ragged or contains anything but numbers. */
function shapeOf(value: Value): number[] | "poison" | undefined {
  if (value.kind === "poison") return "poison";
  if (value.kind !== "list") return ["number", "size", "bool"].includes(value.kind) ? [] : undefined;
  if (value.names) return undefined;
  const shapes = value.items.map(shapeOf);
  if (shapes.includes("poison")) return "poison";
  const [first] = shapes;
  if (value.items.length === 0) return [0];
  if (first === undefined || first === "poison") return undefined;
  const equal = shapes.every((shape) => shape !== undefined && String(shape) === String(first));
  return equal ? [shapes.length, ...first] : undefined;
}

function isTensorList(list: ListValue): boolean {
  return list.items.some((item) => item.kind === "tensor" || item.kind === "results");
}

/** Whether a list becomes one constant where one tensor is needed, rather than several tensors. */
export function isConstant(list: ListValue): boolean {
  return shapeOf(list) !== undefined;
}

export interface Given {
  readonly value: Tensorlike;
  readonly name?: Word | undefined;
}

/**
 * The value as the inputs of something that takes `wanted` of them. A list, or several results, become several
 * inputs; anything else is one input.
 */
export function asInputs(context: Context, value: Value, wanted: number, span: Span, at: At): Given[] {
  if (value.kind === "list" && !(wanted === 1 && isConstant(value))) {
    if (value.items.some((item) => item.kind === "layer")) {
      context.report(errors.mixedList(span));
      return value.items.map(() => ({ value: POISON }));
    }
    return value.items.map((item, i) => ({
      value: asTensor(context, item, span, at),
      name: value.names?.[i],
    }));
  }
  if (value.kind === "results" && !value.auxiliary && wanted !== 1) {
    return value.items.map((item) => ({ value: item.value }));
  }
  // An unknown value may be any number of tensors.
  if (value.kind === "poison" && Number.isFinite(wanted)) return Array<Given>(wanted).fill({ value });
  return [{ value: asTensor(context, value, span, at) }];
}

interface Taker {
  readonly span: Span;
  readonly name: string;
  readonly defined?: Span;
  /** How many of the inputs must be given, counted from the first; by default all. */
  readonly required?: number;
}

/** The diagnostic for too many or too few inputs. If some are given by name, it says which ones are missing. */
export function wrongNumber(
  given: readonly Given[],
  found: ReadonlyMap<string, Tensorlike>,
  names: readonly string[],
  { span, name, defined, required }: Taker,
): Diagnostic {
  const missing = names.slice(0, required).filter((one) => !found.has(one));
  const told = missing.length > 0 && given.some((one) => one.name);
  return told
    ? errors.missingInputs(span, name, names, missing)
    : errors.wrongInputs(span, name, names, given.length, defined);
}

/** The tensor for each of the names, given in order or by name; undefined if a given name is wrong. */
export function orderedByName(
  context: Context,
  given: readonly Given[],
  names: readonly string[],
  owner: string,
): ReadonlyMap<string, Tensorlike> | undefined {
  const found = new Map<string, Tensorlike>();
  const known = new Set(names);
  for (const [i, { name, value }] of given.entries()) {
    const target = name?.text ?? names[i];
    if (target === undefined) break;
    if (name && (!known.has(target) || found.has(target))) {
      context.report(errors.wrongInputName(name.span, owner, target, names));
      return undefined;
    }
    found.set(target, value);
  }
  return found;
}
