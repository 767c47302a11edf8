/** Declared types. A symbolic size is bound where it is met first, and compared where it is met again. */
import type { Dimension, Expression, TypeExpression } from "../../grammar/ast.ts";
import { shortPlaceText, type Span } from "../../grammar/source.ts";
import { languageDtypes, type Dtype } from "../ir/dtype.ts";
import { typeOf } from "../ir/graph/graph.ts";
import {
  divideExactly,
  linearIn,
  sub,
  substitute,
  symbol,
  symbolsOf,
  floorDiv,
  type Size,
} from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { isRun, typeText, type Dim, type TensorType } from "../ir/types.ts";
import type { Context } from "./context.ts";
import * as errors from "./errors.ts";
import { definitionIn } from "./definitions.ts";
import { Env, type TensorValue } from "./meanings.ts";
import type { At } from "./paths.ts";
import { namesIn, spanText } from "./syntax.ts";
import { valueKind, sizeValue, originSpan } from "./values.ts";

/**
 * The run in shapes of a net's inputs. One name is enough: a shape has at most one run, and all runs in a scope
 * are the same.
 */
export const RUN: Dim = { kind: "run", product: symbol("...") };

function dtypeOf(context: Context, type: TypeExpression): Dtype | undefined {
  const dtype = languageDtypes.find((one) => one === type.dtype);
  if (!dtype) context.report(errors.unknownDtype(type.span, type.dtype, languageDtypes));
  return dtype;
}

/** The type of an input of the net itself: names in it that are not bound become symbols. */
export function declareInput(
  context: Context,
  type: TypeExpression,
  env: Env,
  at: At,
): TensorType | undefined {
  const dtype = dtypeOf(context, type);
  const dims = type.dims ?? [];
  if (!dtype || !oneRun(context, dims)) return undefined;
  for (const dim of dims)
    if (dim.kind === "size") introduce(context, dim, env, (name) => fixedOr(context, name));
  const shape: Dim[] = [];
  for (const dim of dims) {
    if (dim.kind === "run") shape.push(RUN);
    else {
      const size = dimensionSize(context, dim.value, env, at);
      if (size === undefined) return undefined;
      if (dim.bound) bounded(context, size, dim.bound.value, dim.span);
      shape.push(size);
    }
  }
  return { dtype, shape };
}

/** A symbol for the name, or the number to which it was fixed from outside. */
function fixedOr(context: Context, name: string): Size {
  return context.symbols.declare(name);
}

/** Binds the names in a dimension that are not bound yet. */
function introduce(
  context: Context,
  dim: Dimension & { kind: "size" },
  env: Env,
  sizeFor: (name: string) => Size | undefined,
): void {
  for (const { name, nameSpan } of namesIn(dim.value)) {
    if (isBound(env, name)) continue;
    const size = sizeFor(name);
    if (size === undefined) continue;
    warnIfNear(context, env, name, nameSpan);
    env.bind(name, { value: sizeValue(size), span: nameSpan, symbolic: true });
  }
}

function isBound(env: Env, name: string): boolean {
  if (env.lookup(name)) return true;
  const kind = definitionIn(env.file, name)?.kind;
  return kind === "constant" || kind === "known";
}

/**
 * Warns about a new size whose name is nearly that of a bound one: `din` beside `dim` is more often a typing
 * error than a new size.
 */
function warnIfNear(context: Context, env: Env, name: string, span: Span): void {
  for (let scope: Env | undefined = env; scope; scope = scope.parent) {
    const other = scope.numbers.find(name);
    if (other === undefined) continue;
    context.report(errors.nearlyBound(span, name, other));
    return;
  }
}

function oneRun(context: Context, dims: readonly Dimension[]): boolean {
  const runs = dims.filter((dim) => dim.kind === "run");
  if (runs.length < 2) return true;
  context.report(errors.twoRuns(runs[1]!.span));
  return false;
}

/** The size that a dimension gives; undefined if the dimension is wrong. */
export function dimensionSize(context: Context, expression: Expression, env: Env, at: At): Size | undefined {
  const value = context.evaluate(expression, env, at);
  if (value.kind === "size") return value.size;
  if (value.kind === "number" && !value.float && Number.isSafeInteger(value.value) && value.value >= 0) {
    return value.value;
  }
  if (value.kind !== "poison")
    context.report(errors.notASize(expression.span, spanText(expression.span), valueKind(value)));
  return undefined;
}

function bounded(context: Context, size: Size, bound: number, span: Span): void {
  if (typeof size !== "number") {
    context.symbols.check(
      size,
      bound,
      "<=",
      `${spanText(span)} at ${shortPlaceText(span)}: ${sizeText(size)} may be at most ${bound}`,
    );
  } else if (size > bound) context.report(errors.aboveBound(span, size, bound));
}

/** Compares a value with its declared type, and binds the sizes that the type introduces. */
export function matchType(
  context: Context,
  name: string,
  value: TensorValue,
  type: TypeExpression,
  env: Env,
  at: At,
): void {
  const dtype = dtypeOf(context, type);
  const dims = type.dims ?? [];
  if (!dtype || !oneRun(context, dims)) return;
  const actual = typeOf(value.value);
  const from = originSpan(value.value);
  const mismatch = (reason: string, span: Span = type.span): void =>
    context.report(errors.declaredType(span, name, spanText(type.span), typeText(actual), reason, from));
  if (actual.dtype !== dtype) {
    mismatch(`its dtype is ${actual.dtype}`);
    return;
  }
  const pairs = align(dims, actual);
  if (typeof pairs === "string") {
    mismatch(pairs);
    return;
  }
  const sizes = pairs.filter((pair): pair is [Dimension & { kind: "size" }, Size] => pair[0].kind === "size");
  // Dimensions that are plain names are bound first, so that in `f32[2 * C, C]` the second gives C and the first
  // is checked.
  for (const [dim, size] of sizes) {
    if (namesIn(dim.value).length === 1)
      introduce(context, dim, env, (unbound) => (isName(dim, unbound) ? size : undefined));
  }
  for (const [dim, size] of sizes) {
    introduce(context, dim, env, (unbound) => solve(context, dim, unbound, size, env, at));
    const declared = dimensionSize(context, dim.value, env, at);
    if (declared === undefined) continue;
    const who = (): string => `${name}: ${spanText(type.span)} at ${shortPlaceText(type.span)}`;
    const [written, meant] = [spanText(dim.span), sizeText(declared)];
    const text = `the size is ${sizeText(size)}, not ${written === meant ? meant : `${written} = ${meant}`}`;
    const reason = context.symbols.equal(size, declared, text, who);
    if (reason !== undefined) mismatch(reason, dim.span);
    if (dim.bound) bounded(context, size, dim.bound.value, dim.span);
  }
}

function isName(dim: Dimension & { kind: "size" }, name: string): boolean {
  return dim.value.kind === "call" && dim.value.name === name;
}

/** The value of a name in a dimension such as `2 * C`, computed from the size that the tensor has there. */
function solve(
  context: Context,
  dim: Dimension & { kind: "size" },
  name: string,
  size: Size,
  env: Env,
  at: At,
): Size | undefined {
  // The unknown gets a name that no source can contain. The dimension is evaluated with it, and the result is
  // solved for it.
  const unknown = `${name}?`;
  const trial = new Env(env.file, env);
  trial.bind(name, { value: sizeValue(symbol(unknown)), span: dim.span });
  const others = namesIn(dim.value).filter((call) => call.name !== name && !isBound(env, call.name));
  if (others.length > 0) {
    context.report(errors.unsolvableSize(dim.span, spanText(dim.span), [name, others[0]!.name]));
    env.bind(others[0]!.name, { value: { kind: "poison" }, span: others[0]!.nameSpan });
    env.bind(name, { value: { kind: "poison" }, span: dim.span });
    return undefined;
  }
  const declared = dimensionSize(context, dim.value, trial, at);
  const linear = declared === undefined ? undefined : linearIn(declared, unknown);
  if (!linear || symbolsOf(linear.coefficient).has(unknown)) {
    if (declared !== undefined) context.report(errors.unsolvableSize(dim.span, spanText(dim.span), [name]));
    env.bind(name, { value: { kind: "poison" }, span: dim.span });
    return undefined;
  }
  const rest = sub(substitute(size, context.symbols.settled), linear.rest);
  return divideExactly(rest, linear.coefficient) ?? floorDiv(rest, linear.coefficient);
}

/**
 * Pairs dimensions with sizes. A run in the declared type is paired with any number of sizes, including a run.
 */
function align(dims: readonly Dimension[], { shape }: TensorType): [Dimension, Size][] | string {
  const run = dims.findIndex((dim) => dim.kind === "run");
  const actualRun = shape.findIndex(isRun);
  const ranks = `it has ${shape.length} sizes`;
  if (run < 0) {
    if (actualRun >= 0) return "how many sizes it has is open";
    if (shape.length !== dims.length) return ranks;
    return dims.map((dim, i) => [dim, shape[i] as Size]);
  }
  const after = dims.length - run - 1;
  if (shape.length < run + after) return ranks;
  if (actualRun >= 0 && (actualRun < run || shape.length - actualRun - 1 < after))
    return "how many sizes it has is open";
  return [
    ...dims.slice(0, run).map((dim, i): [Dimension, Size] => [dim, shape[i] as Size]),
    ...dims.slice(run + 1).map((dim, i): [Dimension, Size] => [dim, shape[shape.length - after + i] as Size]),
  ];
}

/** The shape of a parameter, whose sizes must be numbers. */
export function parameterType(
  context: Context,
  type: TypeExpression,
  env: Env,
  at: At,
): { dtype: Dtype; shape: number[] } | undefined {
  const dtype = dtypeOf(context, type);
  if (!dtype) return undefined;
  const shape: number[] = [];
  for (const dim of type.dims ?? []) {
    if (dim.kind === "run") {
      context.report(errors.parameterSize(dim.span, "..."));
      return undefined;
    }
    const unbound = namesIn(dim.value).find((call) => !isBound(env, call.name));
    const size = unbound ? undefined : dimensionSize(context, dim.value, env, at);
    if (typeof size !== "number") {
      if (unbound || size) context.report(errors.parameterSize(dim.span, spanText(dim.span)));
      return undefined;
    }
    shape.push(size);
  }
  return { dtype, shape };
}
