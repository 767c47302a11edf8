/** Applies layers to their inputs. */
import { placed } from "./calls.ts";
import { applySteps } from "./chains.ts";
import { elaborateBody } from "./body.ts";
import type { Context } from "./context.ts";
import * as errors from "./errors.ts";
import { MAX_LAYERS, MAX_BLOCK_NESTING } from "./limits.ts";
import {
  type BlockLayer,
  type CombinatorLayer,
  Env,
  type LayerValue,
  type Results,
  type Value,
} from "./meanings.ts";
import { child, frame, marked, numbered, scoped, type At, type Repetition } from "./paths.ts";
import { applyOperator, applyRecord } from "./records.ts";
import { applyScan } from "./steps.ts";
import { callSite } from "./syntax.ts";
import { asTensor } from "./tensors.ts";
import { POISON, listValue, numberValue } from "./values.ts";

export function applyLayer(context: Context, layer: LayerValue, input: Value, at: At): Value {
  if (context.limits.halted) return POISON;
  switch (layer.kind) {
    case "unknown":
      return POISON;
    case "record":
      return applyRecord(context, layer, input, at);
    case "chain":
      return applySteps(context, layer.steps, input, at, layer.always);
    case "list":
      return {
        ...listValue(layer.items.map((item, i) => applyLayer(context, item, input, numbered(at, i)))),
        ...(layer.names && { names: layer.names }),
      };
    case "placed":
      context.ledger.applied.add(layer);
      return applyLayer(context, layer.layer, input, layer.at);
    case "block":
      return context.limits.nested<Value>(layer.call.span, POISON, () =>
        applyBlock(context, layer, input, at),
      );
    case "combinator":
      return context.limits.nested<Value>(layer.call.span, POISON, () =>
        applyCombinator(context, layer, input, at),
      );
  }
}

function applyBlock(context: Context, { block, call, args }: BlockLayer, input: Value, at: At): Value {
  if (block.recursive || !context.limits.count(call.span)) return POISON;
  const inner: At = { ...scoped(at, at.place), frame: frame(at.frame, callSite(call)) };
  if (inner.frame!.depth > MAX_BLOCK_NESTING) {
    context.report(errors.tooDeep(call.span));
    return POISON;
  }
  const env = bindParameters(context, block, args, call.span, inner);
  const owner = { text: block.name, span: call.span, defined: block.block.name.span };
  const results = elaborateBody(context, block.block.body, env, inner, input, owner);
  return results.items.length === 1 ? results.items[0]!.value : results;
}

/** Makes the scope of a block's body, with the block's parameters bound in it. */
export function bindParameters(
  context: Context,
  block: BlockLayer["block"],
  args: BlockLayer["args"],
  site: BlockLayer["call"]["span"],
  at: At,
  isEntry: boolean = false,
): Env {
  const env = new Env(block.file, undefined, block.block.body);
  const missing: string[] = [];
  for (const { name, default: fallback } of block.block.parameters) {
    const given = args.get(name.text);
    let value: Value;
    if (given) value = given.value;
    else if (fallback) value = context.evaluate(fallback, env, at);
    else {
      missing.push(name.text);
      value = POISON;
    }
    env.bind(name.text, { value: asParameter(value, name.text, at), span: name.span });
  }
  if (missing.length > 0) {
    const names = block.block.parameters.map((parameter) => parameter.name.text);
    context.report(errors.missingArguments(site, block.name, missing, names, isEntry));
  }
  return env;
}

/**
 * The value that a parameter has in the body: the index of a round becomes a plain number, and the path of a
 * layer ends in the parameter's name.
 */
function asParameter(value: Value, name: string, at: At): Value {
  if (value.kind === "number") return numberValue(value.value, value.float);
  if (value.kind !== "layer") return value;
  return placed(value.layer, { ...at, place: child(at.scope, name) }, at);
}

function applyCombinator(context: Context, layer: CombinatorLayer, input: Value, at: At): Value {
  const { combinator, call, args, body } = layer;
  if (combinator.steps) return applyScan(context, layer, input, at);
  const rounds = combinator.rounds(args);
  const numbers = combinator.numbers(args);
  if (rounds > MAX_LAYERS) {
    context.report(errors.tooManyLayers(call.span, MAX_LAYERS));
    return POISON;
  }
  const repetition: Repetition = { kind: "repetition" };
  const position = numbers === "rounds" ? marked(at.place, at.scope, repetition) : at.place;
  let value = input;
  for (let round = 0; round < rounds; round++) {
    if (!context.limits.count(call.span)) return POISON;
    const within = { ...at, frame: frame(at.frame, callSite(call), numbers === "rounds" ? round : 0) };
    if (within.frame.depth > MAX_BLOCK_NESTING) {
      context.report(errors.tooDeep(call.span));
      return POISON;
    }
    if (!body) {
      const entries = numbers === "entries";
      value = applySteps(context, layer.items, value, entries ? scoped(within, at.place) : within, entries);
      continue;
    }
    const roundAt =
      numbers === "rounds" ? scoped(within, child(position, String(round), repetition)) : within;
    const env = new Env(layer.env.file, layer.env, body);
    if (call.index) {
      const index = numberValue(round, false, [repetition]);
      env.bind(call.index.text, { value: index, span: call.index.span });
    }
    const owner = { text: callSite(call).text, span: call.span, defined: body.span };
    const results: Results = elaborateBody(context, body, env, roundAt, value, owner);
    value = results.items.length === 1 ? results.items[0]!.value : results;
  }
  if (!combinator.addsInput) return value;
  const sum = [value, input].map((one) => ({
    value: asTensor(context, one, call.span, at),
    span: call.span,
  }));
  if (sum.some((one) => one.value.kind === "poison")) return POISON;
  return applyOperator(context, "+", sum, call.span, at);
}
