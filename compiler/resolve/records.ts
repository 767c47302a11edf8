/**
 * Applies a layer's record to tensors: infers open arguments, enters parameters, finds the types, and makes one
 * node.
 */
import { shortPlaceText, type Span } from "../../grammar/source.ts";
import { neverNegative } from "../ir/size/bounds.ts";
import { isInteger } from "../ir/dtype.ts";
import { emptyRecord } from "../ir/text/identifiers.ts";
import { key } from "../ir/size/size.ts";
import { extent, extents, isRun, sameShape, typeText, type TensorType } from "../ir/types.ts";
import { typeOf, type Init } from "../ir/graph/graph.ts";
import type { CallSite } from "../ir/graph/origin.ts";
import type { ArgValue, Args, LayerRecord, Mode, ParameterSpec, ShapeContext } from "../layers/record.ts";
import { validate } from "./arguments.ts";
import type { Context } from "./context.ts";
import * as errors from "./errors.ts";
import type { RecordLayer, TensorValue, Tensorlike, Value } from "./meanings.ts";
import { joinedPath, type At } from "./paths.ts";
import { callSite, siteNamed } from "./syntax.ts";
import {
  asInputs,
  asTensor,
  orderedByName,
  enterReferred,
  inFloats,
  isWhole,
  wrongNumber,
  type Given,
} from "./tensors.ts";
import { POISON, tensorValue, originSpan } from "./values.ts";

export function applyRecord(context: Context, layer: RecordLayer, input: Value, at: At): Value {
  const { record, call } = layer;
  const { span } = call;
  if (!context.limits.count(span)) return POISON;
  const wanted = record.variadic ? Infinity : record.inputs.length;
  const given = arrangeInputs(context, record, asInputs(context, input, wanted, span, at), span);
  const site = callSite(call);
  if (!given) {
    declareParameters(context, layer, layer.args, at);
    return POISON;
  }
  return applyTo(context, layer, given.values, given.names, site, at);
}

export interface LayerOperand {
  readonly value: Value;
  readonly span: Span;
}

/** Applies an operator of the language; `entry` is its text in the table of operators. */
export function applyOperator(
  context: Context,
  entry: string,
  operands: readonly LayerOperand[],
  span: Span,
  at: At,
): Value {
  const record = context.table.operators.get(entry);
  if (!record) {
    context.report(errors.missingOperator(span, entry));
    return POISON;
  }
  return applyHidden(context, record, {}, operands, span, at);
}

/** Applies a record that only syntax reaches, as `x[0]` does. `called` is its name in messages. */
export function applyHidden(
  context: Context,
  record: LayerRecord,
  args: Args,
  operands: readonly LayerOperand[],
  span: Span,
  at: At,
  called: string = record.operator ?? record.name,
): Value {
  if (!context.limits.count(span)) return POISON;
  const tensors = operands.map((operand) => asTensor(context, operand.value, operand.span, at));
  const reason = record.validate?.(args);
  if (reason !== undefined) {
    context.report(errors.invalidArguments(span, reason));
    return POISON;
  }
  const site = siteNamed(called, span);
  return applyTo(context, { record, args, pending: [], given: new Map() }, tensors, undefined, site, at);
}

type Applied = Pick<RecordLayer, "record" | "args" | "pending" | "given"> &
  Partial<Pick<RecordLayer, "call">>;

function applyTo(
  context: Context,
  layer: Applied,
  inputs: readonly Tensorlike[],
  names: readonly string[] | undefined,
  site: CallSite,
  at: At,
): Value {
  const { record } = layer;
  for (const input of inputs) if (input.kind === "poison") input.probe?.(record, layer.args);
  let known = inputs.filter((input): input is TensorValue => input.kind === "tensor");
  let types = known.map((input) => typeOf(input.value));
  const complete = known.length === inputs.length;
  const args = inferArguments(context, layer, complete ? types : undefined, site.span);
  if (!args) return POISON;
  const parameters = declareParameters(context, layer, args, at);
  if (!complete || context.limits.halted) return POISON;
  const allArgs = record.required === undefined ? args : { ...args, given: names ?? record.inputs };
  const mode = context.modes.of(at.place.text);
  const shapes = shapeContext(context, site, mode);
  const infer = (of: readonly TensorType[]): ReturnType<LayerRecord["infer"]> =>
    record.infer(of, allArgs, shapes);
  let results = infer(types);
  if (typeof results === "string" && layer.call && known.some(isWhole)) {
    known = known.map((input) => (isWhole(input) ? inFloats(context, input, at) : input));
    types = known.map((input) => typeOf(input.value));
    results = infer(types);
  }
  if (typeof results === "string") {
    const sources = known.map(({ value }) => ({
      type: typeText(typeOf(value)),
      span: originSpan(value),
    }));
    const wantsFloats =
      types.some(({ dtype }) => isInteger(dtype)) &&
      typeof infer(types.map((type) => ({ ...type, dtype: "f32" }))) !== "string";
    context.report(errors.cannotTake(site.span, site.text, sources, results, wantsFloats));
    return POISON;
  }
  const wrong = record.unsupported?.(mode, args) ?? results.map(negativeSize).find((one) => one);
  if (wrong !== undefined) {
    context.report(errors.notSupported(site.span, site.text, wrong));
    return POISON;
  }
  for (const type of results) wantNoNegative(type, known, shapes);
  const node = context.ledger.node(
    { kind: "layer", record, args: allArgs, parameters, ...(mode !== context.mode && { mode }) },
    known.map((input) => input.value),
    results,
    { call: site, frame: at.frame, path: at.place.text },
  );
  if (results.length === 1 && !record.listed) return tensorValue(node);
  return {
    kind: "results",
    items: results.map((_, i) => {
      const name = record.outputs?.[i];
      const value = tensorValue(node, i);
      return name === undefined ? { value } : { name, value };
    }),
    auxiliary: record.auxiliary === true,
    from: site.text,
  };
}

function negativeSize(type: TensorType): string | undefined {
  const negative = type.shape.some((dim) => !isRun(dim) && typeof dim === "number" && dim < 0);
  return negative ? `${typeText(type)} would have a size below 0` : undefined;
}

/** Demands that sizes are not negative. Sizes that the inputs have already need no check. */
function wantNoNegative(type: TensorType, inputs: readonly TensorValue[], context: ShapeContext): void {
  const open = extents(type.shape).filter((size) => !neverNegative(size));
  if (open.length === 0) return;
  const seen = new Set(inputs.flatMap(({ value }) => typeOf(value).shape.map((dim) => key(extent(dim)))));
  for (const size of open) {
    if (!seen.has(key(size))) context.atLeast(size, 0, `${typeText(type)} would have a size below 0`);
  }
}

function shapeContext(context: Context, site: CallSite, mode: Mode): ShapeContext {
  const who = (): string => `${site.text} at ${shortPlaceText(site.span)}`;
  return {
    equal: (actual, wanted, reason) => context.symbols.equal(actual, wanted, reason, who),
    atLeast: (actual, least, reason) => context.symbols.atLeast(actual, least, reason, who),
    unequal: (actual, refused, reason) => context.symbols.unequal(actual, refused, reason, who),
    batch: (size) => context.symbols.batch(size),
    mode,
  };
}

/** The inputs in the order of the record's names; undefined if their number or their names are wrong. */
function arrangeInputs(
  context: Context,
  record: LayerRecord,
  given: readonly Given[],
  span: Span,
): { values: Tensorlike[]; names?: string[] } | undefined {
  if (record.variadic) {
    if (given.length >= 1) {
      const named = given.find((one) => one.name);
      if (!named?.name) return { values: given.map((one) => one.value) };
      context.report(errors.wrongInputName(named.name.span, record.name, named.name.text, []));
      return undefined;
    }
    context.report(errors.wrongInputs(span, record.name, ["x", "y", "…"], given.length));
    return undefined;
  }
  const found = orderedByName(context, given, record.inputs, record.name);
  if (!found) return undefined;
  const required = record.required ?? record.inputs.length;
  const missing = record.inputs.slice(0, required).some((name) => !found.has(name));
  if (missing || given.length > record.inputs.length) {
    context.report(wrongNumber(given, found, record.inputs, { span, name: record.name, required }));
    return undefined;
  }
  const names = record.inputs.filter((name) => found.has(name));
  return { values: names.map((name) => found.get(name)!), names };
}

/** The arguments, with each `_` replaced by the value for which it stands. */
function inferArguments(
  context: Context,
  layer: Applied,
  types: readonly TensorType[] | undefined,
  span: Span,
): Args | undefined {
  if (layer.pending.length === 0) return layer.args;
  if (!types) {
    context.ledger.hasOpenArguments = true;
    return undefined;
  }
  const args: Record<string, ArgValue> = { ...layer.args };
  for (const name of layer.pending) {
    const value = layer.record.args[name]!.infer!(types);
    if (value === undefined || !isKnown(value)) {
      context.report(errors.cannotInfer(span, name, types.map(typeText)));
      return undefined;
    }
    args[name] = value;
  }
  const { call } = layer;
  if (call && !validate(context, { kind: "record", ...layer, call, args })) return undefined;
  return args;
}

function isKnown(value: ArgValue): boolean {
  return Array.isArray(value) ? value.every(isKnown) : typeof value !== "object";
}

/** Enters the layer's parameters, and returns the path of each. */
function declareParameters(context: Context, layer: Applied, args: Args, at: At): Record<string, string> {
  const paths = emptyRecord<string>();
  if (layer.pending.some((name) => args[name] === undefined)) return paths;
  const span = layer.call?.span ?? at.frame?.site;
  if (!span) return paths;
  for (const spec of layer.record.parameters?.(args) ?? []) {
    const path = joinedPath(at.place.text, spec.name);
    const given = layer.given.get(spec.name);
    if (given) tie(context, spec, path, given, (target) => (paths[spec.name] = target));
    else {
      paths[spec.name] = path;
      context.ledger.claim(path, { ...spec, init: initAt(spec.init, at) }, span, at);
    }
  }
  return paths;
}

/** An initial value, where a copy names the path of what it copies. */
function initAt(init: Init, at: At): Init {
  return init.kind === "copy" ? { ...init, of: joinedPath(at.place.text, init.of) } : init;
}

/** Ties a parameter to one elsewhere: its own path becomes another name of that parameter. */
function tie(
  context: Context,
  spec: ParameterSpec,
  path: string,
  given: { readonly value: Value; readonly span: Span },
  settle: (target: string) => void,
): void {
  const target = pathOf(given.value);
  if (target === undefined) {
    if (given.value.kind !== "poison") context.report(errors.notAParameter(given.span, spec.name));
    return;
  }
  settle(target);
  context.ledger.tieLater(() => {
    enterReferred(context, given.value);
    const parameter = context.ledger.tied(target);
    if (!parameter) {
      context.report(() => errors.unknownParameter(given.span, target, context.ledger.paths()));
      return;
    }
    const wanted: TensorType = { dtype: spec.dtype, shape: spec.shape };
    if (parameter.type.dtype !== spec.dtype || !sameShape(parameter.type.shape, spec.shape)) {
      context.report(
        errors.sharedShape(given.span, parameter.path, typeText(parameter.type), spec.name, typeText(wanted)),
      );
      return;
    }
    settle(parameter.path);
    context.ledger.alias(path, parameter);
  });
}

function pathOf(value: Value): string | undefined {
  if (value.kind === "reference") return value.path;
  if (value.kind !== "tensor") return undefined;
  const { op } = value.value.node;
  return op.kind === "parameter" ? op.path : undefined;
}
