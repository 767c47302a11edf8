/**
 * Settles newlines before parsing: of all newlines and semicolons only those that end a statement are kept, each
 * as one token `End`. No later stage sees a newline, so the rules are the same everywhere.
 */
import type { IToken, TokenType } from "./toolkit.ts";
import { isUnterminated } from "./strings.ts";
import * as T from "./tokens.ts";

/** A line that ends with one of these tokens is continued. */
export const CONTINUES_AFTER: ReadonlySet<TokenType> = new Set([
  T.Arrow,
  T.Plus,
  T.Minus,
  T.Times,
  T.Divide,
  T.Floor,
  T.Modulo,
  T.At,
  T.Power,
  T.Assign,
  T.Comma,
  T.Colon,
  T.OpenCurly,
]);

/** A line that begins with one of these tokens continues the line before. */
const CONTINUES_BEFORE: ReadonlySet<TokenType> = new Set([
  T.Arrow,
  T.Plus,
  T.Minus,
  T.Times,
  T.Divide,
  T.Modulo,
  T.At,
  T.Power,
  T.If,
  T.Else,
  T.OpenCurly,
]);

/**
 * The kinds of brackets. Newlines count in a body and at the top level; they do not count in `(`, `[`, or the
 * braces of an import or of weights.
 */
type Bracket = "body" | "names" | "(" | "[";

/**
 * The search for the matching opening bracket looks at no more than this many. Deeper nesting is an error in any
 * case.
 */
const MAX_SEARCHED_BRACKETS = 200;

export function settleNewlines(tokens: readonly IToken[]): IToken[] {
  const settled: IToken[] = [];
  // The open brackets, the innermost last.
  const open: Bracket[] = [];
  let previous: IToken | undefined;
  let beforePrevious: IToken | undefined;
  let lineStart = true;
  let newline: IToken | undefined;
  let unterminated = false;

  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!;
    const type = token.tokenType;
    if (type === T.Newline) {
      newline ??= token;
      lineStart = true;
      continue;
    }
    if (lineStart && startsStatement(token, tokens[index + 1]) && previous?.tokenType !== T.Dot) {
      leaveBrackets(open);
      if (previous) settled.push(T.synthetic(T.End, token.startOffset));
    } else if (newline && unterminated) {
      // The text that was not closed may contain the end of a bracket, so the statement ends with its line.
      leaveBrackets(open);
      settled.push(T.synthetic(T.End, newline.startOffset));
    } else if (
      newline &&
      (open.at(-1) ?? "body") === "body" &&
      endsBetween(previous, token, tokens[index + 1])
    ) {
      settled.push(T.synthetic(T.End, newline.startOffset));
    }
    if (newline) unterminated = false;
    unterminated ||= isUnterminated(token);
    newline = undefined;
    lineStart = false;

    if (type === T.Semicolon && (open.at(-1) ?? "body") === "body") {
      settled.push(T.synthetic(T.End, token.startOffset, ";"));
      lineStart = true;
    } else {
      settled.push(token);
    }
    if (type === T.OpenRound) open.push("(");
    else if (type === T.OpenSquare) open.push("[");
    else if (type === T.OpenCurly) open.push(opensNames(previous, beforePrevious) ? "names" : "body");
    else if (type === T.CloseRound) closeBracket(open, "(");
    else if (type === T.CloseSquare) closeBracket(open, "[");
    else if (type === T.CloseCurly) closeBrace(open);
    // A marker is not text: the token before it still decides whether the line is continued.
    if (type !== T.Repaired) [beforePrevious, previous] = [previous, token];
  }
  return settled;
}

/**
 * Whether a token is the keyword that begins a statement; it ends brackets that were left open. Before a colon or
 * an equals sign, the same word is a label or the name of an argument.
 */
export function startsStatement(token: IToken, next: IToken | undefined): boolean {
  if (!T.STARTERS.has(token.tokenType)) return false;
  return next?.tokenType !== T.Colon && next?.tokenType !== T.Assign;
}

/** Whether a `{` after these two tokens contains the names of an import or of weights, rather than a body. */
export function opensNames(previous: IToken | undefined, beforePrevious: IToken | undefined): boolean {
  if (previous?.tokenType === T.StringToken) return beforePrevious?.tokenType === T.Weights;
  return previous?.tokenType === T.Import;
}

function endsBetween(previous: IToken | undefined, next: IToken, second: IToken | undefined): boolean {
  if (!previous || previous.tokenType === T.Semicolon) return false;
  if (CONTINUES_AFTER.has(previous.tokenType)) return false;
  // `if:` is a label, as any word may be a label.
  return !CONTINUES_BEFORE.has(next.tokenType) || second?.tokenType === T.Colon;
}

function leaveBrackets(open: Bracket[]): void {
  while (open.at(-1) === "(" || open.at(-1) === "[") open.pop();
}

/**
 * Closes brackets up to the innermost of the given kind, as those inside it were left open; if there is none,
 * only the innermost bracket.
 */
function closeBracket(open: Bracket[], kind: Bracket): void {
  for (let index = open.length - 1; index >= Math.max(0, open.length - MAX_SEARCHED_BRACKETS); index--) {
    const bracket = open[index]!;
    if (bracket === "body" || bracket === "names") break;
    if (bracket !== kind) continue;
    open.length = index;
    return;
  }
  if (open.at(-1) === "(" || open.at(-1) === "[") open.pop();
}

/** `}` closes the brackets that were left open inside its braces. */
function closeBrace(open: Bracket[]): void {
  leaveBrackets(open);
  open.pop();
}
