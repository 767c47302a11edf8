/** Evaluates chains: the meaning of an arrow between tensors, layers and lists of them. */
import type { Chain, Label } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import type { Context } from "./context.ts";
import * as errors from "./errors.ts";
import type { Env, LabelValue, LayerValue, LayerStep, Value } from "./meanings.ts";
import { child, numbered, scoped, without, type At, type Repetition } from "./paths.ts";
import { spanText } from "./syntax.ts";
import { NONE, POISON, valueKind, layerValue } from "./values.ts";

/**
 * All steps are evaluated before the first is applied, because the number of layers among them decides whether
 * they are numbered. With `always`, even a chain of one step is numbered.
 */
export function evaluateChain(context: Context, chain: Chain, env: Env, at: At, always = false): Value {
  const steps: LayerStep[] = [];
  let head: Value | undefined;
  for (const [i, step] of chain.steps.entries()) {
    const label = step.label && labelOf(context, step.label, env, at);
    const value = evaluateStep(context, chain, i, env, label ? labelled(at, label) : at);
    if (value.kind === "none" && chain.steps.length > 1) continue;
    if (i === 0 && !isLayers(value)) {
      head = value;
      continue;
    }
    const layer = asLayer(context, value, step.value.span);
    steps.push({ layer, span: step.span, ...(label && { label }) });
  }
  if (steps.length === 0) return head ?? NONE;
  if (head) return applySteps(context, steps, head, at, always);
  if (steps.some((step) => step.layer.kind === "unknown")) return POISON;
  const [only] = steps;
  if (steps.length === 1 && !only!.label && !always) return layerValue(only!.layer);
  return layerValue({ kind: "chain", steps, always });
}

function evaluateStep(context: Context, chain: Chain, i: number, env: Env, at: At): Value {
  const { value } = chain.steps[i]!;
  if (i === 0) return context.evaluate(value, env, at);
  const last = chain.steps[i - 1]!;
  const before = spanText({ ...chain.span, start: chain.steps[0]!.span.start, end: last.span.end });
  return context.evaluate(value, env, at, before);
}

export function isLayers(value: Value): boolean {
  return (
    value.kind === "layer" || (value.kind === "list" && value.items.some((item) => item.kind === "layer"))
  );
}

/** The value as a layer. A list of layers becomes a layer that gives its whole input to each of them. */
export function asLayer(context: Context, value: Value, span: Span): LayerValue {
  if (value.kind === "layer") return value.layer;
  if (value.kind === "poison") return { kind: "unknown" };
  if (value.kind === "list" && isLayers(value)) {
    if (value.items.every((item) => item.kind === "layer" || item.kind === "poison" || isLayers(item))) {
      const items = value.items.map((item) => asLayer(context, item, span));
      return { kind: "list", items, ...(value.names && { names: value.names }) };
    }
    context.report(errors.mixedList(span));
  } else {
    context.report(errors.notALayer(span, spanText(span), valueKind(value)));
  }
  return { kind: "unknown" };
}

/** Applies steps one after the other. If there are two or more, they are numbered. */
export function applySteps(
  context: Context,
  steps: readonly LayerStep[],
  input: Value,
  at: At,
  always: boolean,
): Value {
  let value = input;
  for (const [i, { label, layer }] of steps.entries()) {
    const stepAt = label ? labelled(at, label) : always || steps.length > 1 ? numbered(at, i) : at;
    value = context.apply(layer, value, stepAt);
  }
  return value;
}

function labelled(at: At, label: LabelValue): At {
  return scoped(at, child(without(at.scope, label.indices), label.text));
}

function labelOf(context: Context, label: Label, env: Env, at: At): LabelValue {
  const indices = new Set<Repetition>();
  let text = "";
  let known = true;
  for (const part of label.parts) {
    if (typeof part === "string") {
      text += part;
      continue;
    }
    const value = context.evaluate(part, env, at);
    if (value.kind === "number" && Number.isSafeInteger(value.value)) {
      text += value.value;
      for (const index of value.indices) indices.add(index);
    } else if (value.kind === "string") text += value.value;
    else {
      known = false;
      if (value.kind !== "poison") context.report(errors.badLabelPart(part.span, valueKind(value)));
    }
  }
  if (text === "" && known) context.report(errors.emptyLabel(label.span));
  return { text, indices: [...indices] };
}
