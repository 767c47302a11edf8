/**
 * Weight paths: where a layer stands in the state dict. A label names its layer within the innermost scope,
 * an unlabelled layer is named by its place, which starts at a scope and grows by the numbers of steps,
 * entries and rounds.
 */
import type { Parameter } from "../ir/graph.ts";
import type { CallSite } from "../ir/origin.ts";
import type { Span } from "../../grammar/source.ts";

/** One applied `Repeat`, as an identity. */
export interface Repetition {
  readonly kind: "repetition";
}

/** A path is a list that shares its beginnings; its text is made once. */
export interface Path {
  readonly text: string;
  readonly name: string;
  readonly parent: Path | undefined;
  /** The repetition whose position or round this segment is: a label that uses its index leaves it out. */
  readonly of: Repetition | undefined;
}

export const ROOT: Path = { text: "", name: "", parent: undefined, of: undefined };

export function child(parent: Path, name: string, of?: Repetition): Path {
  return { text: join(parent.text, name), name, parent, of };
}

export function join(path: string, name: string): string {
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

/** The stack of sites where a layer is constructed; equal stacks mean one layer, applied again. */
export interface Frame {
  readonly site: Span;
  readonly round: number;
  readonly parent: Frame | undefined;
  readonly depth: number;
  /** Innermost first, this frame's included. */
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

/** Where two constructions part: the layers themselves, or the outermost calls that differ. */
export function sitesApart(a: Construction, b: Construction): [Span, Span] {
  const [left, right] = [a, b].map(sitesOf) as [Span[], Span[]];
  const at = left.findIndex((site, i) => !right[i] || !sameSpan(site, right[i]));
  return at < 0 || !right[at] ? [a.span, b.span] : [left[at]!, right[at]];
}

/** Outermost first. */
function sitesOf({ span, frame }: Construction): Span[] {
  const sites = [span];
  for (let at = frame; at; at = at.parent) sites.push(at.site);
  return sites.reverse();
}

/** Parameters in the order of their draws; a bound layer keeps the place where it was bound. */
export type Slot = (Parameter | Slot)[];

/** Where an expression stands. */
export interface At {
  readonly scope: Path;
  readonly place: Path;
  readonly frame: Frame | undefined;
  readonly slot: Slot;
}

/** Within a scope's own path. */
export function scoped(at: At, path: Path): At {
  return { ...at, scope: path, place: path };
}

/** At a further number (a step's, an entry's), in the same scope. */
export function numbered(at: At, name: string | number): At {
  return { ...at, place: child(at.place, String(name)) };
}
