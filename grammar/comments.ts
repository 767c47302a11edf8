/** Gives the comments and blank lines of the source to the formatter, in the order of the text. */
import type { Comment } from "./ast.ts";
import { blankLine, hardLine, trailing, type Doc } from "./doc.ts";
import type { Span } from "./source.ts";

export class Comments {
  private readonly comments: readonly Comment[];
  private next = 0;

  constructor(comments: readonly Comment[]) {
    this.comments = comments;
  }

  /** Takes the comments that begin before `offset` and were not taken yet. */
  take(offset: number): readonly Comment[] {
    const from = this.next;
    while (this.next < this.comments.length && this.comments[this.next]!.span.start < offset) this.next++;
    return this.comments.slice(from, this.next);
  }

  /** Whether a comment that was not taken yet begins before `offset`. */
  pending(offset: number): boolean {
    const comment = this.comments[this.next];
    return comment !== undefined && comment.span.start < offset;
  }
}

/**
 * Comments after a printed text: the first stays on the same line if it was there, the others have their own
 * lines.
 */
export function behind(comments: readonly Comment[]): Doc[] {
  return comments.map((comment, index) =>
    index === 0 && !ownsLine(comment.span) ? trailing(comment.text) : [hardLine, comment.text],
  );
}

/** Whether only space precedes the comment on its line. */
function ownsLine({ source, start }: Span): boolean {
  let offset = start - 1;
  while (offset >= 0 && isSpace(source.text[offset]!)) offset--;
  return offset < 0 || isBreak(source.text[offset]!);
}

/** The line break before an item, with an empty line if the source has one or more. */
export function breakBefore({ source, start }: Span): Doc {
  let breaks = 0;
  let offset = start - 1;
  while (offset >= 0 && (isSpace(source.text[offset]!) || isBreak(source.text[offset]!))) {
    const isEnd =
      source.text[offset] === "\n" || (source.text[offset] === "\r" && source.text[offset + 1] !== "\n");
    if (isEnd) breaks++;
    offset--;
  }
  return breaks > 1 ? blankLine : hardLine;
}

/** Whether the source has a line break from `start` to `end`. */
export function breaksBetween({ source }: Span, start: number, end: number): boolean {
  for (let offset = start; offset < end; offset++) {
    const character = source.text[offset];
    if (character === undefined) return false;
    if (isBreak(character)) return true;
  }
  return false;
}

/** The end of the line that contains `offset`; or `limit` if that comes first. */
export function lineEnd({ source }: Span, offset: number, limit: number): number {
  const most = Math.min(limit, source.text.length);
  let end = offset;
  while (end < most && !isBreak(source.text[end]!)) end++;
  return Math.min(end, limit);
}

function isSpace(character: string): boolean {
  return /[ \t\f\v\u00a0\ufeff]/.test(character);
}

function isBreak(character: string): boolean {
  return character === "\n" || character === "\r";
}
