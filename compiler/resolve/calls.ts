/** Calls: a name in scope, a block, or an entry of the library. */
import type { Call, Expression } from "../../grammar/ast.ts";
import { boundCall, convertAll, recordArguments } from "./arguments.ts";
import { blockSignature, combinatorSignature, recordSignature } from "./bind-arguments.ts";
import { asLayer, isLayers } from "./chains.ts";
import type { Context } from "./context.ts";
import * as errors from "./errors.ts";
import { definitionIn } from "./definitions.ts";
import {
  type BlockDef,
  type Bound,
  type ConstantDef,
  Env,
  type LayerValue,
  type LayerStep,
  type Value,
} from "./meanings.ts";
import { ROOT, child, numbered, type At } from "./paths.ts";
import { isSource } from "./syntax.ts";
import { NONE, POISON, layerValue, listValue } from "./values.ts";

export function evaluateCall(context: Context, call: Call, env: Env, at: At): Value {
  const { name } = call;
  if (name === "_") return { kind: "infer" };
  const bound = env.lookup(name);
  if (bound) return boundValue(context, call, bound);
  const later = env.boundLater(name);
  const definition = definitionIn(env.file, name);
  if (later && !definition && !context.table.records.has(name)) {
    context.report(errors.usedBeforeBound(call.nameSpan, name, later));
    return POISON;
  }
  if (definition?.kind === "block") return callBlock(context, call, definition.block, env, at);
  if (definition?.kind === "constant") {
    const span = definition.constant.binding.span;
    return boundValue(context, call, { value: constantValue(context, definition.constant, at), span });
  }
  if (definition?.kind === "known") {
    const { known } = definition;
    return boundValue(context, call, { value: context.session!.value(context, known, at), span: known.span });
  }
  // If the import of a name failed, the name does not fall back to the library's entry.
  if (env.file.imports.has(name)) return POISON;
  return callEntry(context, call, env, at);
}

function boundValue(context: Context, call: Call, { value, span }: Bound): Value {
  if (value.kind === "poison" || (call.arguments.length === 0 && !call.body)) return value;
  context.report(errors.takesNoArguments(call.span, call.name, span));
  return POISON;
}

/**
 * Evaluates a constant of a file. This is done at its first use, so that the order of constants does not matter.
 */
export function constantValue(context: Context, constant: ConstantDef, at: At): Value {
  const { binding, file } = constant;
  const known = context.constants.get(binding);
  if (known === "busy") {
    context.report(errors.circularConstant(binding.span, binding.targets[0]!.text));
    return POISON;
  }
  if (known) return known;
  context.constants.set(binding, "busy");
  const path = child(ROOT, context.session?.scopeOf(context, constant) ?? binding.targets[0]!.text);
  const root: At = { scope: path, place: path, frame: undefined, slot: at.slot };
  const { value: chain } = binding;
  let value = context.evaluate(chain, new Env(file), root);
  if (value.kind === "tensor" || value.kind === "results" || binding.type) {
    context.report(errors.onlyConstants(binding.span));
    value = POISON;
  } else if (isLayers(value)) {
    value = placed(asLayer(context, value, chain.span), root, at);
  }
  if (value.kind === "list") value = { ...value, constant: path.text };
  context.constants.set(binding, value);
  return value;
}

/** A bound layer: its path is a scope, and its random values are drawn in the place where it is bound. */
export function placed(layer: LayerValue, own: At, around: At): Value {
  if (layer.kind === "placed" || layer.kind === "unknown") return layerValue(layer);
  const slot: At["slot"] = [];
  around.slot.push(slot);
  const at = { ...own, scope: own.place, slot };
  if (layer.kind !== "list") return layerValue({ kind: "placed", layer, at });
  // The entries of a bound list are bound as well, so that their values are drawn in the order of the text,
  // whichever is used first.
  const items = layer.items.map((item, i) => layerOf(placed(item, numbered(at, i), at)));
  return layerValue({ kind: "placed", layer: { kind: "list", items }, at });
}

function layerOf(value: Value): LayerValue {
  return value.kind === "layer" ? value.layer : { kind: "unknown" };
}

function callBlock(context: Context, call: Call, block: BlockDef, env: Env, at: At): Value {
  const bound = boundCall(context, call, blockSignature(block.block));
  if (call.body) {
    context.report(errors.takesNoBody(call.body.span, call.name));
    return POISON;
  }
  if (!bound.valid || block.recursive) return POISON;
  const args = new Map<string, { value: Value; span: Call["span"] }>();
  for (const [name, { value: expression }] of bound.named) {
    const value = context.evaluate(expression, env, at);
    args.set(name, { value, span: expression.span });
  }
  const layer = { kind: "block", block, call, args } as const;
  return isSource(block.block.body) ? context.apply(layer, NONE, at) : layerValue(layer);
}

function callEntry(context: Context, call: Call, env: Env, at: At): Value {
  const combinator = context.table.combinators.get(call.name);
  if (combinator) return callCombinator(context, call, env, at);
  const record = context.table.records.get(call.name);
  if (!record) return POISON; // reported by the pass over names
  if (call.body) {
    context.report(errors.takesNoBody(call.body.span, call.name));
    return POISON;
  }
  const layer = recordArguments(context, record, call, recordSignature(record), env, at);
  if (!layer) return POISON;
  if (record.inputs.length > 0) return layerValue(layer);
  return context.apply(layer, listValue([]), at);
}

function callCombinator(context: Context, call: Call, env: Env, at: At): Value {
  const combinator = context.table.combinators.get(call.name)!;
  const bound = boundCall(context, call, combinatorSignature(combinator));
  if (!bound.valid) return POISON;
  if (combinator.layers === "body" && !call.body) {
    context.report(errors.needsBody(call.span, call.name));
    return POISON;
  }
  if (combinator.layers === "arguments" && call.body) {
    context.report(errors.takesNoBody(call.body.span, call.name));
    return POISON;
  }
  if (call.index && !combinator.index) {
    context.report(errors.takesNoIndex(call.index.span, call.name));
    return POISON;
  }
  const evaluate = (value: Expression): Value => context.evaluate(value, env, at);
  const values = new Map<string, { value: Value; span: Call["span"] }>();
  for (const [name, argument] of bound.named) {
    values.set(name, { value: evaluate(argument.value), span: argument.value.span });
  }
  const args = convertAll(context, call.name, combinator.args, values, call.span)?.args;
  const items: LayerStep[] = [];
  for (const { value: expression, span } of bound.loose) {
    const value = evaluate(expression);
    if (value.kind !== "none") items.push({ layer: asLayer(context, value, span), span });
  }
  if (!args) return POISON;
  const layer = { kind: "combinator", combinator, call, args, env, items } as const;
  return layerValue(call.body ? { ...layer, body: call.body } : layer);
}
