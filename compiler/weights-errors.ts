/** What is wrong with weights, one function a message. All that is wrong is said at once. */
import { didYouMean, error, type Diagnostic } from "../grammar/diagnostics.ts";
import type { Span } from "../grammar/source.ts";
import { wholeOf } from "./weights/parts.ts";
import type { Match, Named } from "./weights.ts";

/** Of each kind of problem, so many are listed. */
const LISTED = 20;

/** NN4101 */
export function unreadableWeights(span: Span, path: string, reason: string): Diagnostic {
  return error("NN4101", span, `the weights ${path} cannot be read: ${reason}`, {
    suggestion: "pass other weights with --weights or options.weights",
  });
}

/** NN4106 */
export function noRoom(span: Span, bytes: number): Diagnostic {
  return error(
    "NN4106",
    span,
    `the parameters take ${(bytes / 1e9).toFixed(1)} GB, and there is no room for them`,
    {
      suggestion: "`nnc info` shows which layers have them",
    },
  );
}

/** All that keeps weights from being taken. Without `strict`, names may be missing and unexpected. */
export function misfits(span: Span, match: Match, strict: boolean = true): Diagnostic[] {
  const { missing, unexpected, misshaped, unusable } = match;
  return [
    ...(strict && missing.length + unexpected.length > 0 ? [otherNames(span, match)] : []),
    ...(misshaped.length > 0 ? [otherShapes(span, misshaped)] : []),
    ...(unusable.length > 0 ? [unusableTensors(span, unusable)] : []),
  ];
}

/** NN4102 */
function otherNames(span: Span, match: Match): Diagnostic {
  const { missing, unexpected } = match;
  const counts = [
    ...(missing.length > 0 ? [`${count(missing.length, "name")} missing`] : []),
    ...(unexpected.length > 0 ? [`${count(unexpected.length, "name")} unexpected`] : []),
  ];
  const message = `the weights do not fit the model: ${counts.join(", ")}`;
  const lines = [
    ...listed(missing, (one) => {
      const near = counterpart(one, match);
      return `missing: ${text(one)}${near === undefined ? "" : `, perhaps ${near}`}`;
    }),
    ...listed(unexpected, (one) => `unexpected: ${text(one)}`),
  ];
  const suggestion =
    prefixed(match) ??
    "names are those of PyTorch's state_dict; strict: false (--partial) allows missing and unexpected ones";
  return error("NN4102", span, message, { lines, suggestion });
}

/** NN4104 */
function otherShapes(span: Span, misshaped: Match["misshaped"]): Diagnostic {
  const lines = listed(misshaped, (one) => {
    const differs = `${one.name} is ${shapeText(one.shape)}, but the model has ${shapeText(one.wanted)}`;
    if (!isPermuted(one)) return differs;
    return `${differs}, ${one.shape.length === 2 ? "its transpose" : "its axes in another order"}`;
  });
  const message = `the weights do not fit the model: ${count(misshaped.length, "shape")} differ${misshaped.length === 1 ? "s" : ""}`;
  return error("NN4104", span, message, {
    lines,
    suggestion: misshaped.some(isPermuted)
      ? "rearrange axes before saving: `weight.T` or `weight.permute(…)` in PyTorch"
      : undefined,
  });
}

function isPermuted({ shape, wanted }: Match["misshaped"][number]): boolean {
  const sorted = (sizes: readonly number[]): string => String(sizes.toSorted((a, b) => a - b));
  return sorted(shape) === sorted(wanted);
}

/** NN4105 */
function unusableTensors(span: Span, unusable: readonly string[]): Diagnostic {
  const message = `the weights do not fit the model: ${count(unusable.length, "tensor")} cannot be taken`;
  return error("NN4105", span, message, { lines: listed(unusable, String) });
}

function listed<T>(items: readonly T[], line: (item: T) => string): string[] {
  const lines = items.slice(0, LISTED).map(line);
  return items.length > LISTED ? [...lines, `and ${items.length - LISTED} more`] : lines;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

function text({ name, shape }: Named): string {
  return `${name} ${shapeText(shape)}`;
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** The unexpected name that may be meant: the nearest of those with this shape, or the only one. */
function counterpart({ name, shape }: Named, { missing, unexpected }: Match): string | undefined {
  const alike = ({ shape: other }: Named): boolean => String(other) === String(shape);
  // A part of a weight has its shape, and other values.
  const candidates = unexpected
    .filter(alike)
    .flatMap((one) => (wholeOf(one.name) === undefined ? one.name : []));
  const near = didYouMean(name, candidates);
  if (near !== undefined) return near;
  return candidates.length === 1 && missing.filter(alike).length === 1 ? candidates[0] : undefined;
}

/** Where names of one side are names of the other behind a beginning of their own, what to do. */
function prefixed({ missing, unexpected }: Match): string | undefined {
  const [ours, theirs] = [missing.map(({ name }) => name), unexpected.map(({ name }) => name)];
  const strip = prefixOf(theirs, ours);
  if (strip) return `${whose(strip, unexpected.length, "unexpected")}: strip it from those in the weights`;
  const add = prefixOf(ours, theirs);
  return add && `${whose(add, missing.length, "missing")}: put it before those in the weights`;
}

interface Prefix {
  readonly text: string;
  /** So many of the names have it. */
  readonly count: number;
}

function whose({ text, count }: Prefix, all: number, kind: string): string {
  return count === all
    ? `every ${kind} name starts with \`${text}\``
    : `${count} of the ${kind} names fit but for the \`${text}\` they start with`;
}

/** The beginning, up to a dot, without which most of the names are among the others. */
function prefixOf(names: readonly string[], others: readonly string[]): Prefix | undefined {
  const wanted = new Set(others);
  const counts = new Map<string, number>();
  for (const name of names) {
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
      const prefix = name.slice(0, dot + 1);
      if (wanted.has(name.slice(dot + 1))) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  const [text, most] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 0]);
  return most > 0 && 2 * most >= Math.min(names.length, others.length) ? { text, count: most } : undefined;
}
