/** Computes the values of a layer's arguments and checks them against the layer's table of arguments. */
import type { Argument, Call } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import { emptyRecord } from "../ir/text/identifiers.ts";
import type { ArgSpec, ArgValue, Args, LayerRecord, Positional } from "../layers/record.ts";
import { MAX_RANK } from "../ir/types.ts";
import { bindCall, type BoundCall, type Callable } from "./bind-arguments.ts";
import type { Context } from "./context.ts";
import * as errors from "./errors.ts";
import type { Env, RecordLayer, Value } from "./meanings.ts";
import type { At } from "./paths.ts";
import { valueKind, listValue } from "./values.ts";

export function boundCall(context: Context, call: Call, signature: Callable): BoundCall {
  let bound = context.bound.get(call);
  if (!bound) context.bound.set(call, (bound = bindCall(call, signature, (one) => context.report(one))));
  return bound;
}

type Evaluated = ReadonlyMap<string, { readonly value: Value; readonly span: Span }>;

/** The arguments of a call of a record, or undefined if something is wrong with them. */
export function recordArguments(
  context: Context,
  record: LayerRecord,
  call: Call,
  signature: Callable,
  env: Env,
  at: At,
): RecordLayer | undefined {
  const bound = boundCall(context, call, signature);
  if (!bound.valid) return undefined;
  const evaluate = (argument: Argument): Value => context.evaluate(argument.value, env, at);
  const values = new Map<string, { value: Value; span: Span }>();
  for (const [name, argument] of bound.named) {
    values.set(name, { value: evaluate(argument), span: argument.value.span });
  }
  if (signature.rest !== undefined && bound.rest.length > 0) {
    const items = bound.rest.map(evaluate);
    const [only] = items;
    const value: Value = items.length === 1 && only!.kind === "list" ? only : listValue(items);
    const span = { ...bound.rest[0]!.span, end: bound.rest.at(-1)!.span.end };
    values.set(signature.rest, { value, span });
  }
  if (bound.loose.length > 0 && !arrange(context, record, call, bound.loose, evaluate, values))
    return undefined;
  const given = new Map(
    [...bound.extra].map(([name, argument]) => [name, { value: evaluate(argument), span: argument.span }]),
  );
  for (const [name, one] of values) {
    // The argument `bias` is a bool, and the layer has a parameter of the same name: `bias=False` says that there
    // is no such parameter, `bias=b` that it is `b`.
    if (isParameterLike(one.value) && record.parameters && record.args[name]?.kind === "bool") {
      given.set(name, one);
      values.delete(name);
    }
  }
  return finish(context, record, call, values, given);
}

function isParameterLike(value: Value): boolean {
  return value.kind === "reference" || value.kind === "tensor";
}

/** Gives positional arguments their names where the names depend on the values: `PReLU(0.25)`, `PReLU(16)`. */
function arrange(
  context: Context,
  record: LayerRecord,
  call: Call,
  loose: readonly Argument[],
  evaluate: (argument: Argument) => Value,
  into: Map<string, { value: Value; span: Span }>,
): boolean {
  const values = loose.map(evaluate);
  const positional: Positional[] = [];
  const names = Object.keys(record.args);
  if (loose.length > names.length) {
    context.report(errors.tooManyArguments(loose[names.length]!.span, record.name, names));
    return false;
  }
  for (const [i, value] of values.entries()) {
    if (isPoisoned(value)) return false;
    const converted = argValue(value);
    if (converted === undefined && value.kind !== "infer") {
      context.report(
        errors.wrongArgument(loose[i]!.span, record.name, names[i] ?? "", "a number", valueKind(value)),
      );
      return false;
    }
    positional.push({ value: converted ?? null, float: value.kind === "number" && value.float });
  }
  const arranged = record.arrange!(positional);
  if ("reason" in arranged) {
    context.report(errors.invalidArguments(call.span, arranged.reason));
    return false;
  }
  for (const [i, name] of arranged.slice(0, loose.length).entries()) {
    if (into.has(name)) {
      context.report(errors.duplicateArgument(loose[i]!.span, name, into.get(name)!.span));
      return false;
    }
    into.set(name, { value: values[i]!, span: loose[i]!.span });
  }
  return true;
}

/** Fills in defaults, and checks kinds and the record's own demands. */
function finish(
  context: Context,
  record: LayerRecord,
  call: Call,
  values: Evaluated,
  given: RecordLayer["given"],
): RecordLayer | undefined {
  const args = convertAll(context, record.name, record.args, values, call.span);
  if (!args) return undefined;
  const layer: RecordLayer = { kind: "record", record, call, args: args.args, pending: args.pending, given };
  if (args.pending.length > 0) return layer;
  return validate(context, layer) ? layer : undefined;
}

/** Checks the arguments as a whole, as the record demands, and that every given parameter exists. */
export function validate(context: Context, { record, call, args, given }: RecordLayer): boolean {
  const reason = record.validate?.(args);
  if (reason !== undefined) {
    context.report(errors.invalidArguments(call.span, `${record.name}: ${reason}`));
    return false;
  }
  if (given.size === 0) return true;
  const parameters = (record.parameters?.(args) ?? []).map((parameter) => parameter.name);
  let valid = true;
  for (const [name, { span }] of given) {
    if (parameters.includes(name)) continue;
    context.report(
      errors.unknownArgument(span, record.name, name, [
        ...new Set([...Object.keys(record.args), ...parameters]),
      ]),
    );
    valid = false;
  }
  return valid;
}

/** Converts the arguments of anything that has a table of arguments: a record or a combinator. */
export function convertAll(
  context: Context,
  name: string,
  specs: Readonly<Record<string, ArgSpec>>,
  values: Evaluated,
  span: Span,
): { args: Args; pending: string[] } | undefined {
  const args = emptyRecord<ArgValue>();
  const pending: string[] = [];
  const missing: string[] = [];
  let valid = true;
  for (const key of Object.keys(specs)) {
    const spec = specs[key]!;
    const one = values.get(key);
    if (!one) {
      if (spec.default !== undefined) args[key] = spec.default;
      else if (spec.rest) args[key] = [];
      else missing.push(key);
    } else if (one.value.kind === "infer" && spec.infer) {
      pending.push(key);
    } else if (isPoisoned(one.value)) {
      valid = false;
    } else {
      const converted = convert(spec, one.value);
      if ("value" in converted) args[key] = converted.value;
      else {
        const hint =
          one.value.kind === "tensor" ? `tensors flow in by an arrow: \`x -> ${name}\`` : converted.hint;
        context.report(
          errors.wrongArgument(
            one.span,
            name,
            key,
            converted.wanted,
            converted.what ?? valueKind(one.value),
            hint,
          ),
        );
        valid = false;
      }
    }
  }
  if (missing.length > 0) {
    context.report(errors.missingArguments(span, name, missing, Object.keys(specs)));
    valid = false;
  }
  return valid ? { args, pending } : undefined;
}

function isPoisoned(value: Value): boolean {
  if (value.kind === "layer") return value.layer.kind === "unknown";
  return value.kind === "poison" || (value.kind === "list" && value.items.some(isPoisoned));
}

type Converted =
  | { readonly value: ArgValue }
  /** What an argument must be. `what` says what it is, where its kind does not tell enough. */
  | { readonly wanted: string; readonly hint?: string; readonly what?: string };

function convert(spec: ArgSpec, value: Value): Converted {
  if (value.kind === "none" && (spec.optional || spec.default === null || spec.kind === "any")) {
    return { value: null };
  }
  if (spec.rest && value.kind !== "list") return convert(spec, listValue([value]));
  if (value.kind === "string" && spec.choices) {
    if (spec.choices.includes(value.value)) return { value: value.value };
    return { wanted: wantedText(spec) };
  }
  const wanted = wantedText(spec);
  switch (spec.kind) {
    case "any": {
      const any = argValue(value);
      return any === undefined ? { wanted } : { value: any };
    }
    case "bool":
      return value.kind === "bool" ? { value: value.value } : { wanted };
    case "string":
      return value.kind === "string" ? { value: value.value } : { wanted };
    case "float":
      return numeric(value, wanted);
    case "floats":
      return oneOrMore(spec, value, wanted, numeric);
    case "int":
    case "size":
      return whole(spec, value, wanted);
    case "ints":
    case "sizes":
      return oneOrMore(spec, value, wanted, (item) => whole(spec, item, wanted));
    case "layer":
      return libraryLayer(spec, value, wanted);
  }
}

/** A layer that is written as a call. Those that are bound to a name have weights of their own. */
function libraryLayer({ layers }: ArgSpec, value: Value, wanted: string): Converted {
  if (value.kind !== "layer") return { wanted };
  const { layer } = value;
  if (layer.kind === "placed")
    return {
      wanted,
      what: "a layer with a name",
      hint: "write the call itself in the place of the name: a layer with a name has weights of its own",
    };
  if (layer.kind !== "record") return { wanted, what: layer.kind === "block" ? "a block" : "a chain" };
  const { record, args, pending, given } = layer;
  if (pending.length > 0) return { wanted, what: "one with `_`", hint: `write a number for ${pending[0]}` };
  if (given.size > 0)
    return { wanted, what: "one that is given a parameter", hint: `leave out ${[...given.keys()][0]}` };
  const fits = layers ? layers.includes(record.name) : record.inputs.length === 1 && !record.variadic;
  return fits ? { value: { record, args } } : { wanted, what: record.name };
}

/** Converts one value, or each item of a list. */
function oneOrMore(
  spec: ArgSpec,
  value: Value,
  wanted: string,
  convertOne: (item: Value, wanted: string) => Converted,
): Converted {
  if (value.kind !== "list" || value.names) return convertOne(value, wanted);
  if (spec.axis && value.items.length > MAX_RANK) return { wanted, hint: RANK_HINT };
  const items: ArgValue[] = [];
  for (const item of value.items) {
    const converted = spec.gaps && item.kind === "none" ? { value: null } : convertOne(item, wanted);
    if (!("value" in converted)) return converted;
    items.push(converted.value);
  }
  return { value: items };
}

function numeric(value: Value, wanted: string): Converted {
  return value.kind === "number" ? { value: value.value } : { wanted };
}

const RANK_HINT = `a tensor has at most ${MAX_RANK} axes`;

function whole(spec: ArgSpec, value: Value, wanted: string): Converted {
  if (value.kind === "size") {
    if (spec.kind === "size" || spec.kind === "sizes") return { value: value.size };
    return { wanted: `${wanted} that is known at compile time` };
  }
  if (value.kind !== "number") return { wanted };
  if (value.float || !Number.isSafeInteger(value.value)) {
    return Number.isInteger(value.value)
      ? { wanted, hint: "`//` divides to a whole number; whole numbers are written without a point" }
      : { wanted };
  }
  if (spec.least !== undefined && value.value < spec.least) return { wanted };
  if (spec.axis && (value.value < -MAX_RANK || value.value >= MAX_RANK)) return { wanted, hint: RANK_HINT };
  return { value: value.value };
}

function wantedText({ kind, least, axis, choices, optional, gaps, layers }: ArgSpec): string {
  const from = axis
    ? ` from ${-MAX_RANK} to ${MAX_RANK - 1}`
    : least === undefined
      ? ""
      : ` from ${least} up`;
  const texts: Record<ArgSpec["kind"], string> = {
    int: `a whole number${from}`,
    size: `a whole number or a size${from}`,
    float: "a number",
    floats: "a number or a list of them",
    bool: "true or false",
    string: choices ? oneOf(choices) : "a text in quotes",
    ints: `a whole number${from}${gaps ? ", or a list of them and of none" : " or a list of them"}`,
    sizes: `a whole number or a size${from}, or a list of them`,
    layer: layers ? layers.map((name) => `${name}(…)`).join(" or ") : "a layer of one input",
    any: "a number, a text, true, false, none or a list of these",
  };
  return (
    texts[kind] +
    (optional ? ", or none" : "") +
    (choices && kind !== "string" ? `, or ${oneOf(choices)}` : "")
  );
}

function oneOf(choices: readonly string[]): string {
  const quoted = choices.map((one) => JSON.stringify(one));
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

/** A value as an argument holds it; undefined for tensors and layers. */
function argValue(value: Value): ArgValue | undefined {
  switch (value.kind) {
    case "number":
    case "bool":
    case "string":
      return value.value;
    case "size":
      return value.size;
    case "none":
      return null;
    case "list": {
      if (value.names) return undefined;
      const items = value.items.map(argValue);
      return items.every((item) => item !== undefined) ? items : undefined;
    }
    default:
      return undefined;
  }
}
