/**
 * The diagnostics about values that are computed at compile time, NN33xx, and about limits, NN34xx: one function
 * for each message.
 */
import { error, type Diagnostic } from "../../../grammar/diagnostics.ts";
import type { Span } from "../../../grammar/source.ts";

/** NN3301 */
export function cannotCompute(span: Span, text: string, reason: string): Diagnostic {
  return error("NN3301", span, `${text}: ${reason}`);
}

/** NN3301, for sizes that are known only at the call. */
export function sizeTooComplicated(span: Span, reason: string): Diagnostic {
  return error("NN3301", span, `a size here is too complicated: ${reason}`, {
    suggestion: "give the sizes of the inputs as numbers, in their types or with --arg",
  });
}

/** NN3302 */
export function notATruth(span: Span, op: string, what: string): Diagnostic {
  return error("NN3302", span, `\`${op}\` takes true and false at compile time, not ${what}`, {
    suggestion: what === "a tensor" ? "LogicalAnd, LogicalOr and LogicalNot combine elements" : undefined,
  });
}

/** NN3303 */
export function conditionUnknown(span: Span, what: string): Diagnostic {
  return error("NN3303", span, `\`if\` chooses at compile time by true or false, not by ${what}`, {
    suggestion:
      what === "a tensor" ? "elements are chosen by a layer that takes the condition as an input" : undefined,
  });
}

/** NN3304 */
export function badIndex(span: Span, what: string): Diagnostic {
  return error("NN3304", span, `an index is a whole number or a size, not ${what}`);
}

/** NN3305 */
export function indexOutOfRange(span: Span, index: number, length: number): Diagnostic {
  return error("NN3305", span, `there is no item ${index} in a list of ${length}`);
}

/** NN3306 */
export function listIndex(span: Span): Diagnostic {
  return error("NN3306", span, "a list takes one whole number as its index");
}

/** NN3307 */
export function missingOperator(span: Span, op: string): Diagnostic {
  return error("NN3307", span, `\`${op}\` does not work on tensors`);
}

// Limits

/** NN3401 */
export function tooManyLayers(span: Span, most: number): Diagnostic {
  return error("NN3401", span, `the net has more than ${most} layers`);
}

/** NN3402 */
export function tooDeep(span: Span): Diagnostic {
  return error("NN3402", span, "this is nested too deeply");
}

/** NN3403 */
export function listTooLong(span: Span, most: number): Diagnostic {
  return error("NN3403", span, `this list has more than ${most} items`);
}

/** NN3404 */
export function tooManyAxes(span: Span, count: number, most: number): Diagnostic {
  return error("NN3404", span, `a tensor has at most ${most} axes, and this one would have ${count}`, {
    suggestion: "put several sizes into one: `f32[N, 6]` instead of `f32[N, 2, 3]`",
  });
}
