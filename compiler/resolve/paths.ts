/**
 * Weight paths: the place of a layer in the state dict. A label names its layer within the innermost scope. A
 * layer without a label is named by its place, which begins at a scope and is extended by the numbers of steps,
 * entries and rounds: `encoder.0.3`.
 */
import type { Parameter } from "../ir/graph/graph.ts";
import type { CallSite } from "../ir/graph/origin.ts";
import type { Span } from "../../grammar/source.ts";

/** One applied `Repeat`. The object serves as an identity. */
export interface Repetition {
  readonly kind: "repetition";
}

/** A path is a linked list, so that longer paths share their beginnings. Its text is made once. */
export interface Path {
  readonly text: string;
  readonly name: string;
  readonly parent: Path | undefined;
  /**
   * The repetition whose position or round this segment is. A label that uses the index of that repetition leaves
   * the segment out.
   */
  readonly of: Repetition | undefined;
}

export const ROOT: Path = { text: "", name: "", parent: undefined, of: undefined };

export function child(parent: Path, name: string, of?: Repetition): Path {
  return { text: joinedPath(parent.text, name), name, parent, of };
}

export function joinedPath(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** The path without the segments that belong to these repetitions. */
export function without(path: Path, repetitions: readonly Repetition[]): Path {
  if (repetitions.length === 0) return path;
  let result = ROOT;
  for (const segment of segments(path, undefined)) {
    if (segment.of && repetitions.includes(segment.of)) continue;
    result = child(result, segment.name, segment.of);
  }
  return result;
}

/** The path with the segments after `scope` marked as the position of a repetition. */
export function marked(path: Path, scope: Path, of: Repetition): Path {
  let result = scope;
  for (const segment of segments(path, scope)) result = child(result, segment.name, of);
  return result;
}

function segments(path: Path, after: Path | undefined): Path[] {
  const result: Path[] = [];
  for (let at = path; at.parent && at !== after; at = at.parent) result.push(at);
  return result.reverse();
}

/** The stack of call sites that construct a layer. If two stacks are equal, it is one layer, applied again. */
export interface Frame {
  readonly site: Span;
  readonly round: number;
  readonly parent: Frame | undefined;
  readonly depth: number;
  /** The calls from this frame outwards, this one first. */
  readonly calls: readonly CallSite[];
}

export function frame(parent: Frame | undefined, call: CallSite, round = 0): Frame {
  const calls = [call, ...(parent?.calls ?? [])];
  return { site: call.span, round, parent, depth: (parent?.depth ?? 0) + 1, calls };
}

export function sameFrame(a: Frame | undefined, b: Frame | undefined): boolean {
  let [left, right] = [a, b];
  while (left !== right) {
    if (!left || !right || left.round !== right.round || !sameSpan(left.site, right.site)) return false;
    [left, right] = [left.parent, right.parent];
  }
  return true;
}

export function sameSpan(a: Span, b: Span): boolean {
  return a.source === b.source && a.start === b.start && a.end === b.end;
}

interface Construction {
  readonly span: Span;
  readonly frame: Frame | undefined;
}

/**
 * The sites at which two constructions differ: the outermost calls that are not the same, or the layers
 * themselves.
 */
export function sitesApart(a: Construction, b: Construction): [Span, Span] {
  const [left, right] = [a, b].map(sitesOf) as [Span[], Span[]];
  const at = left.findIndex((site, i) => !right[i] || !sameSpan(site, right[i]));
  return at < 0 || !right[at] ? [a.span, b.span] : [left[at]!, right[at]];
}

/** The sites of a construction, the outermost first. */
function sitesOf({ span, frame }: Construction): Span[] {
  const sites = [span];
  for (let at = frame; at; at = at.parent) sites.push(at.site);
  return sites.reverse();
}

/**
 * Parameters, and slots within the slot, in the order in which values are drawn. A bound layer keeps the slot of
 * the place where it was bound.
 */
export type ParameterSlot = (Parameter | ParameterSlot)[];

/** The position of an expression: its scope, its place, its call stack and its slot. */
export interface At {
  readonly scope: Path;
  readonly place: Path;
  readonly frame: Frame | undefined;
  readonly slot: ParameterSlot;
}

/** The position inside a scope, at that scope's path. */
export function scoped(at: At, path: Path): At {
  return { ...at, scope: path, place: path };
}

/** The position with one more number (of a step or an entry), in the same scope. */
export function numbered(at: At, name: string | number): At {
  return { ...at, place: child(at.place, String(name)) };
}
