/**
 * Evaluates expressions. Left-nested operators, and choices, are evaluated in a loop, so that long ones do not
 * overflow the stack.
 */
import type {
  Binary,
  Conditional,
  Expression,
  Index,
  List,
  Member,
  Subscript,
  Unary,
} from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import { neg } from "../ir/size/size.ts";
import type { ArgValue, SubscriptArg } from "../layers/record.ts";
import { evaluateCall } from "./calls.ts";
import { evaluateChain } from "./chains.ts";
import type { Context } from "./context.ts";
import * as errors from "./errors.ts";
import type { Env, LayerValue, Results, Tensorlike, Value } from "./meanings.ts";
import { compute } from "./numbers.ts";
import { joinedPath, type At } from "./paths.ts";
import { applyHidden, applyOperator } from "./records.ts";
import { spanText } from "./syntax.ts";
import { spell } from "./table.ts";
import { NONE, POISON, boolean, valueKind, layerValue, numberValue, sizeValue } from "./values.ts";

/**
 * The limit on the items of a list, those of lists within it included: lists of lists can double with every line.
 */
const MAX_LIST = 1_000_000;

/** `before` is the text of the chain's steps up to this expression, for `x -> L + x`. */
export function evaluateExpression(
  context: Context,
  expression: Expression,
  env: Env,
  at: At,
  before?: string,
): Value {
  return context.limits.nested<Value>(expression.span, POISON, () => {
    switch (expression.kind) {
      case "number":
        return numberValue(expression.value, expression.float);
      case "string":
        return { kind: "string", value: expression.value };
      case "constant":
        return constant(expression.value);
      case "call":
        return evaluateCall(context, expression, env, at);
      case "chain":
        return evaluateChain(context, expression, env, at);
      case "list":
        return evaluateList(context, expression, env, at);
      case "unary":
        return evaluateUnary(context, expression, env, at);
      case "binary":
        return evaluateBinary(context, expression, env, at, before);
      case "conditional":
        return evaluateConditional(context, expression, env, at);
      case "subscript":
      case "member":
        return evaluatePostfix(context, expression, env, at);
    }
  });
}

function constant(value: "true" | "false" | "none" | "inf" | "nan"): Value {
  if (value === "none") return NONE;
  if (value === "inf" || value === "nan") return numberValue(value === "inf" ? Infinity : NaN, true);
  return boolean(value === "true");
}

function evaluateList(context: Context, list: List, env: Env, at: At): Value {
  const items = list.elements.map((element) => evaluateExpression(context, element, env, at));
  let length = items.length;
  for (const item of items) if (item.kind === "list") length += item.length;
  if (length > MAX_LIST) {
    context.report(errors.listTooLong(list.span, MAX_LIST));
    return POISON;
  }
  return { kind: "list", items, length, ...(list.names && { names: list.names }) };
}

function evaluateUnary(context: Context, expression: Unary, env: Env, at: At): Value {
  const signs: Unary[] = [];
  let operand: Expression = expression;
  for (; operand.kind === "unary"; operand = operand.operand) signs.push(operand);
  let value = evaluateExpression(context, operand, env, at);
  for (const sign of signs.reverse()) value = unary(context, sign, value, at);
  return value;
}

function unary(context: Context, { op, span }: Unary, value: Value, at: At): Value {
  if (value.kind === "poison") return POISON;
  if (op === "not") {
    const truth = truthOf(value);
    if (truth !== undefined) return boolean(!truth);
    context.report(errors.notATruth(span, "not", valueKind(value)));
    return POISON;
  }
  if (value.kind === "number") return { ...value, value: -value.value };
  if (value.kind === "size") return sizeValue(neg(value.size));
  if (value.kind === "layer") {
    context.report(errors.arithmeticOnLayer(span, "-", undefined));
    return POISON;
  }
  return applyOperator(context, "neg", [{ value, span }], span, at);
}

/** The truth of a value that is known at compile time; undefined for any other value. */
function truthOf(value: Value): boolean | undefined {
  return value.kind === "bool" ? value.value : undefined;
}

function evaluateBinary(
  context: Context,
  expression: Binary,
  env: Env,
  at: At,
  before: string | undefined,
): Value {
  const spine: Binary[] = [];
  let first: Expression = expression;
  for (; first.kind === "binary"; first = first.left) spine.push(first);
  let left = evaluateExpression(context, first, env, at);
  for (const node of spine.reverse()) {
    left =
      node.op === "and" || node.op === "or"
        ? logical(context, node, left, env, at)
        : binary(context, node, left, evaluateExpression(context, node.right, env, at), at, before);
  }
  return left;
}

/** Evaluates `and` and `or`. The right side is evaluated only if the left side does not decide the result. */
function logical(context: Context, { op, left, right }: Binary, value: Value, env: Env, at: At): Value {
  if (value.kind === "poison") return POISON;
  const truth = truthOf(value);
  if (truth === undefined) {
    context.report(errors.notATruth(left.span, op, valueKind(value)));
    return POISON;
  }
  if (truth === (op === "or")) return boolean(truth);
  const other = evaluateExpression(context, right, env, at);
  if (other.kind === "poison") return POISON;
  const otherTruth = truthOf(other);
  if (otherTruth !== undefined) return boolean(otherTruth);
  context.report(errors.notATruth(right.span, op, valueKind(other)));
  return POISON;
}

function binary(
  context: Context,
  { op, left: leftNode, right: rightNode, span }: Binary,
  left: Value,
  right: Value,
  at: At,
  before: string | undefined,
): Value {
  if (left.kind === "poison" || right.kind === "poison") return POISON;
  if (hasLayer(left) || hasLayer(right)) {
    const meant =
      before === undefined || !hasLayer(left) || hasLayer(right)
        ? undefined
        : {
            wrong: `${before} -> ${spanText(span)}`,
            right: `(${before} -> ${spanText(leftNode.span)}) ${op} ${spanText(rightNode.span)}`,
          };
    context.report(errors.arithmeticOnLayer(span, op, meant));
    return POISON;
  }
  const computed = compute(op, left, right);
  if (computed !== undefined && computed !== "tensor") {
    if (computed.kind !== "problem") return computed;
    context.report(errors.cannotCompute(span, spanText(span), computed.reason));
    return POISON;
  }
  const wrong = [left, right].find(
    (one) => one.kind === "string" || one.kind === "none" || one.kind === "infer",
  );
  if (wrong) {
    context.report(errors.cannotCompute(span, spanText(span), `${op} does not take ${valueKind(wrong)}`));
    return POISON;
  }
  const operands = [
    { value: left, span: leftNode.span },
    { value: right, span: rightNode.span },
  ];
  return applyOperator(context, op, operands, span, at);
}

function hasLayer(value: Value): boolean {
  return (
    value.kind === "layer" || (value.kind === "list" && value.items.some((item) => item.kind === "layer"))
  );
}

/** Evaluates a conditional expression: its condition, and only the branch that is chosen. */
function evaluateConditional(context: Context, expression: Conditional, env: Env, at: At): Value {
  let next: Expression = expression;
  while (next.kind === "conditional") {
    const test = evaluateExpression(context, next.test, env, at);
    if (test.kind === "poison") return POISON;
    const truth = truthOf(test);
    if (truth === undefined) {
      context.report(errors.conditionUnknown(next.test.span, valueKind(test)));
      return POISON;
    }
    if (truth) return evaluateExpression(context, next.consequent, env, at);
    next = next.alternate;
  }
  return evaluateExpression(context, next, env, at);
}

function evaluatePostfix(context: Context, expression: Subscript | Member, env: Env, at: At): Value {
  const spine: (Subscript | Member)[] = [];
  let first: Expression = expression;
  for (; first.kind === "subscript" || first.kind === "member"; first = first.value) spine.push(first);
  let value = evaluateExpression(context, first, env, at);
  for (const node of spine.reverse()) {
    value = node.kind === "member" ? member(context, node, value) : subscript(context, node, value, env, at);
  }
  return value;
}

function member(context: Context, { name, span, value: node }: Member, value: Value): Value {
  switch (value.kind) {
    case "poison":
      return POISON;
    case "results":
      return resultByName(context, value, name.text, name.span);
    case "reference":
      return { ...value, path: joinedPath(value.path, name.text), span };
    case "layer":
      if (value.layer.kind === "unknown") return POISON;
      if (value.layer.kind === "record" && value.layer.record.outputs?.includes(name.text)) {
        context.report(errors.resultOfLayer(span, spanText(node.span), name.text));
        return POISON;
      }
      if (value.layer.kind === "placed") {
        const path = joinedPath(value.layer.at.place.text, name.text);
        return { kind: "reference", path, span, layer: value.layer };
      }
      context.report(errors.memberOfUnbound(span, spanText(node.span), name.text));
      return POISON;
    default:
      context.report(
        errors.noMember(name.span, valueKind(value), name.text, spell(context.table, name.text)?.layer),
      );
      return POISON;
  }
}

function resultByName(context: Context, results: Results, name: string, span: Span): Value {
  let byName = namedResults.get(results);
  if (!byName) {
    byName = new Map(
      results.items.flatMap((item) => (item.name === undefined ? [] : [[item.name, item.value]])),
    );
    namedResults.set(results, byName);
  }
  const names = byName;
  const found = names.get(name);
  if (found) return found;
  context.report(() => errors.noResult(span, results.from, name, [...names.keys()]));
  return POISON;
}

/**
 * A block may have as many results as its body has lines, and each may be asked for by name; so the names are
 * indexed once.
 */
const namedResults = new WeakMap<Results, ReadonlyMap<string, Tensorlike>>();

function subscript(context: Context, expression: Subscript, value: Value, env: Env, at: At): Value {
  const indices: SubscriptArg[] = [];
  let valid = true;
  for (const index of expression.indices) {
    const one = evaluateIndex(context, index, env, at);
    if (one) indices.push(one);
    else valid = false;
  }
  if (!valid || value.kind === "poison") return POISON;
  if (value.kind === "list" && value.names) {
    context.report(errors.notATensor(expression.value.span, valueKind(value)));
    return POISON;
  }
  if (value.kind === "list" || (value.kind === "results" && !value.auxiliary)) {
    const [only] = indices;
    if (indices.length === 1 && only!.subscript === "at" && typeof only!.index === "number") {
      const items = value.kind === "list" ? value.items : value.items.map((item) => item.value);
      const item = items.at(only!.index);
      if (item) return item;
      context.report(errors.indexOutOfRange(expression.span, only!.index, items.length));
      return POISON;
    }
    if (
      value.kind === "results" ||
      !value.items.every((item) => ["number", "list", "bool"].includes(item.kind))
    ) {
      context.report(errors.listIndex(expression.span));
      return POISON;
    }
  }
  if (value.kind === "layer") {
    const item = layerItem(value.layer, indices);
    if (item) return item;
    context.report(errors.notATensor(expression.value.span, valueKind(value)));
    return POISON;
  }
  const record = context.table.subscript;
  const [argument] = record ? Object.keys(record.args) : [];
  if (!record || argument === undefined) {
    context.report(errors.missingOperator(expression.span, "[…]"));
    return POISON;
  }
  return applyHidden(
    context,
    record,
    { [argument]: indices },
    [{ value, span: expression.value.span }],
    expression.span,
    at,
  );
}

/** The item of a bound list of layers, if there are such indices. */
function layerItem(layer: LayerValue, indices: readonly SubscriptArg[]): Value | undefined {
  const [only] = indices;
  if (layer.kind !== "placed" || layer.layer.kind !== "list" || indices.length !== 1) return undefined;
  if (only!.subscript !== "at" || typeof only!.index !== "number") return undefined;
  const item = layer.layer.items.at(only!.index);
  return item && layerValue(item);
}

function evaluateIndex(context: Context, index: Index, env: Env, at: At): SubscriptArg | undefined {
  if (index.kind === "ellipsis") return { subscript: "ellipsis" };
  const part = (expression: Expression | undefined): ArgValue | undefined => {
    if (!expression) return null;
    const value = evaluateExpression(context, expression, env, at);
    if (value.kind === "none") return null;
    if (value.kind === "size") return value.size;
    if (value.kind === "number" && !value.float && Number.isSafeInteger(value.value)) return value.value;
    if (value.kind !== "poison") context.report(errors.badIndex(expression.span, valueKind(value)));
    return undefined;
  };
  if (index.kind === "at") {
    const value = part(index.value);
    if (value === undefined) return undefined;
    return value === null ? { subscript: "new" } : { subscript: "at", index: value as number };
  }
  const [start, stop, step] = [part(index.start), part(index.stop), part(index.step)];
  if (start === undefined || stop === undefined || step === undefined) return undefined;
  if (typeof step === "object" && step !== null) {
    context.report(errors.badIndex(index.step!.span, "a step that is known only at the call"));
    return undefined;
  }
  return {
    subscript: "slice",
    start: start as number | null,
    stop: stop as number | null,
    step: (step as number | null) ?? 1,
  };
}
