/**
 * Diagnostics: errors and warnings about a user's input, as values. Each stage has its own file of diagnostics
 * with one function for each message. This file has the common parts: the shape of a diagnostic and its printed
 * form.
 *
 * Codes are stable: NN1xxx syntax, NN2xxx shapes and dtypes, NN3xxx names, arguments and flow, NN4xxx files and
 * weights, NN5xxx sessions.
 */
import { visible } from "../runtime/visible.ts";
import { lineText, position, type Source, type Span } from "./source.ts";

/** A place as plain data: offsets are UTF-16 units, line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
}

export interface Diagnostic {
  /** The code: `NN` and four digits. */
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly span: Place;
  /** Other places that matter: where the other size comes from, where the name was bound first. */
  readonly notes: readonly { readonly message: string; readonly span: Place }[];
  /** The correction, in words. */
  readonly suggestion?: string;
}

export interface Details {
  /** The lines of the message after its first. */
  readonly lines?: readonly string[];
  readonly notes?: readonly { readonly message: string; readonly span: Span }[];
  readonly suggestion?: string | undefined;
}

/** At most this many diagnostics are reported for one input. */
export const MAX_DIAGNOSTICS = 100;

export function error(code: string, span: Span, message: string, details: Details = {}): Diagnostic {
  return diagnostic("error", code, span, message, details);
}

export function warning(code: string, span: Span, message: string, details: Details = {}): Diagnostic {
  return diagnostic("warning", code, span, message, details);
}

function diagnostic(
  severity: Diagnostic["severity"],
  code: string,
  span: Span,
  message: string,
  details: Details,
): Diagnostic {
  const notes = (details.notes ?? []).map((note) => ({
    message: visible(note.message),
    span: place(note.span),
  }));
  const lines = [message, ...(details.lines ?? [])].map(visible);
  const base = { code, severity, message: lines.join("\n    "), span: place(span), notes };
  return details.suggestion === undefined ? base : { ...base, suggestion: visible(details.suggestion) };
}

export function place(span: Span): Place {
  const { line, column } = position(span.source, span.start);
  return { file: span.source.file, start: span.start, end: span.end, line, column };
}

/**
 * Marks a part of the printed form, for example with a colour: the place, or the text that belongs to a severity.
 */
export type Style = (part: "place" | "error" | "warning" | "note", text: string) => string;

const plain: Style = (_part, text) => text;

/**
 * The printed form, with a frame for each place whose file is among `sources`:
 *
 *     mlp.nn:3:26 error NN2003: LayerNorm(256) cannot take f32[N, 128]: the last size must be 256
 *       3 | x -> Linear(784, 128) -> LayerNorm(256)
 *         |                          ^^^^^^^^^^^^^^
 */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  sources: readonly Source[],
  style: Style = plain,
): string {
  const { span, severity, code, message, notes, suggestion } = diagnostic;
  const at = style("place", `${visible(span.file)}:${span.line}:${span.column}`);
  const lines = [`${at} ${style(severity, severity)} ${code}: ${message}`];
  lines.push(...frame(span, (width) => style(severity, "^".repeat(width)), sources));
  for (const note of notes) {
    const mark = (width: number): string => style("note", `${"-".repeat(width)} ${note.message}`);
    const framed = frame(note.span, mark, sources);
    const { file, line } = note.span;
    lines.push(
      ...(framed.length > 0 ? framed : [`  ${style("place", `${visible(file)}:${line}`)}: ${note.message}`]),
    );
  }
  if (suggestion !== undefined) lines.push(`  ${style("note", "help")}: ${suggestion}`);
  return lines.join("\n");
}

/** Frames are cut to this many characters, so that a line of megabytes stays readable. */
const FRAME_WIDTH = 120;

function frame(span: Place, mark: (width: number) => string, sources: readonly Source[]): string[] {
  const source = sources.find((candidate) => candidate.file === span.file);
  if (!source) return [];
  const text = lineText(source, span.line);
  const middle = Math.max(0, Math.min(span.column - 1, text.length) - Math.floor(FRAME_WIDTH / 2));
  const from = text.length <= FRAME_WIDTH ? 0 : middle;
  const offset = span.column - 1 - from;
  const width = Math.min(span.end - span.start, text.length - span.column + 1, FRAME_WIDTH - offset);
  // An invisible character of the source is longer here, as its code is shown.
  const ends = [from, from + offset, from + offset + Math.max(0, width), from + FRAME_WIDTH];
  const cuts = ends.map((at) => whole(text, at));
  const [before, marked, after] = [0, 1, 2].map((i) =>
    visible(text.slice(cuts[i], cuts[i + 1]).replaceAll("\t", " ")),
  ) as [string, string, string];
  const number = String(span.line);
  return [
    `  ${number} | ${before}${marked}${after}`,
    `  ${" ".repeat(number.length)} | ${" ".repeat(Math.max(offset, before.length))}${mark(Math.max(1, marked.length))}`,
  ];
}

/** The position, moved out of the middle of a surrogate pair. */
function whole(text: string, at: number): number {
  return (text.codePointAt(at - 1) ?? 0) > 0xffff ? at + 1 : at;
}

/** Names with more edits between them than this are never confused, however long they are. */
const MAX_EDITS = 16;

/**
 * The candidate nearest to `name`, if it is near enough. A difference of upper and lower case counts for little.
 */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  // If the only letter of a name is changed, nothing of the name is left.
  const most = name.length < 2 ? 0 : Math.min(MAX_EDITS, Math.max(1, Math.floor(name.length / 3)));
  let bestDistance = most + 0.5;
  const lower = name.toLowerCase();
  for (const candidate of candidates) {
    const edits = editDistance(lower, candidate.toLowerCase(), Math.floor(bestDistance));
    const distance = edits + (name === candidate ? 0 : 0.1);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/**
 * The number of edits between two texts: letters left out, added or changed, or two neighbours swapped. It is
 * Infinity above `most`: positions further apart than that are not compared, so that the work grows with the
 * length of a text.
 */
function editDistance(first: string, second: string, most: number): number {
  if (Math.abs(first.length - second.length) > most) return Infinity;
  const [a, b] = withoutCommonEnds(first, second);
  // row[j - i + most] is the distance of the first i letters of a and the first j of b.
  const width = 2 * most + 1;
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: width }, (_, k) => (k < most ? Infinity : k - most));
  for (let i = 1; i <= a.length; i++) {
    const next: number[] = [];
    let least = Infinity;
    for (let k = 0; k < width; k++) {
      const j = i + k - most;
      let distance = Infinity;
      if (j === 0) distance = i;
      else if (j > 0 && j <= b.length) {
        const substitute = row[k]! + (a[i - 1] === b[j - 1] ? 0 : 1);
        const leftOut = (row[k + 1] ?? Infinity) + 1;
        const putIn = (next[k - 1] ?? Infinity) + 1;
        const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
        distance = Math.min(substitute, leftOut, putIn, swapped ? before[k]! + 1 : Infinity);
      }
      next.push(distance);
      least = Math.min(least, distance);
    }
    if (least > most) return Infinity;
    [before, row] = [row, next];
  }
  const distance = row[b.length - a.length + most]!;
  return distance > most ? Infinity : distance;
}

function withoutCommonEnds(a: string, b: string): [string, string] {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)];
}
