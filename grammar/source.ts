/** A text with its name. Spans point into it by UTF-16 offsets, end exclusive. */
export interface Source {
  readonly file: string;
  readonly text: string;
  /** The number of the first line, if the text is a part of something longer. Default 1. */
  readonly line?: number;
}

export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** The smallest span that covers both, which must be in one source. */
export function join(from: Span, to: Span): Span {
  return { source: from.source, start: Math.min(from.start, to.start), end: Math.max(from.end, to.end) };
}

/**
 * Line and column of an offset, lines counted from `source.line` and columns from 1. A line ends at `\n`, `\r\n`
 * or `\r`.
 */
export function position(source: Source, offset: number): { line: number; column: number } {
  const starts = lineStarts(source);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + firstLine(source), column: offset - starts[low]! + 1 };
}

/** A span of which only the start is known; the text of its source is empty. */
export function spanAt(file: string, line: number, column: number): Span {
  return { source: { file, text: "", line }, start: column - 1, end: column - 1 };
}

/** The start of a span on one line: `file.nn:3:26`. */
export function placeText({ source, start }: Span): string {
  const { line, column } = position(source, start);
  return `${source.file}:${line}:${column}`;
}

/** The same without the folder of the file, for texts that must not tell where a net was compiled. */
export function shortPlaceText(span: Span): string {
  return placeText(span).replace(/^.*[/\\]/s, "");
}

/** The text of a line without its end; lines are counted as in `position`. */
export function lineText(source: Source, line: number): string {
  const starts = lineStarts(source);
  const index = line - firstLine(source);
  const from = starts[index] ?? source.text.length;
  return source.text.slice(from, starts[index + 1] ?? source.text.length).replace(/(?:\r\n?|\n)$/, "");
}

function firstLine(source: Source): number {
  return source.line ?? 1;
}

const cache = new WeakMap<Source, number[]>();

function lineStarts(source: Source): number[] {
  let starts = cache.get(source);
  if (!starts) {
    starts = [0];
    for (const match of source.text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
    cache.set(source, starts);
  }
  return starts;
}
