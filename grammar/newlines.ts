/**
 * Newlines, settled before parsing: of all newlines and semicolons only those that end a statement are left,
 * each as one token `End`. What is right here is right everywhere, as no later stage sees a newline.
 */
import type { IToken, TokenType } from "./chevrotain.ts";
import * as T from "./tokens.ts";

/** A line that ends with one of these goes on. */
const CONTINUES_AFTER: ReadonlySet<TokenType> = new Set([
  ...[T.Arrow, T.Plus, T.Minus, T.Times, T.Divide, T.Floor, T.Modulo, T.At, T.Power],
  ...[T.Assign, T.Comma, T.Colon, T.OpenCurly],
]);

/** A line that begins with one of these belongs to the line before. */
const CONTINUES_BEFORE: ReadonlySet<TokenType> = new Set([
  ...[T.Arrow, T.Plus, T.Minus, T.Times, T.Divide, T.Modulo, T.At, T.Power],
  ...[T.If, T.Else, T.OpenCurly],
]);

/** Newlines count in a body, and at the top; not in `(`, `[`, nor in the braces of an import. */
type Bracket = "body" | "names" | "free";

export function settleNewlines(tokens: readonly IToken[]): IToken[] {
  const settled: IToken[] = [];
  // The open brackets, innermost last.
  const open: Bracket[] = [];
  let previous: IToken | undefined;
  let lineStart = true;
  let newline: IToken | undefined;

  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!;
    const type = token.tokenType;
    if (type === T.Newline) {
      newline ??= token;
      lineStart = true;
      continue;
    }
    if (lineStart && startsStatement(token, tokens[index + 1]) && previous?.tokenType !== T.Dot) {
      while (open.at(-1) === "free") open.pop();
      if (previous) settled.push(T.synthetic(T.End, token.startOffset));
    } else if (newline && (open.at(-1) ?? "body") === "body" && endsBetween(previous, token)) {
      settled.push(T.synthetic(T.End, newline.startOffset));
    }
    newline = undefined;
    lineStart = false;

    if (type === T.Semicolon && (open.at(-1) ?? "body") === "body") {
      settled.push(T.synthetic(T.End, token.startOffset, ";"));
      lineStart = true;
    } else {
      settled.push(token);
    }
    if (type === T.OpenRound || type === T.OpenSquare) open.push("free");
    else if (type === T.OpenCurly) open.push(opensNames(previous) ? "names" : "body");
    else if (type === T.CloseRound || type === T.CloseSquare) {
      if (open.at(-1) === "free") open.pop();
    } else if (type === T.CloseCurly) closeBrace(open);
    // A marker is no text: what stands before it still decides whether the line goes on.
    if (type !== T.Repaired) previous = token;
  }
  return settled;
}

/**
 * True of the keyword of a statement at a line's start: it ends what was left open. Before a colon or an
 * equals sign the same word is a label or an argument's name.
 */
export function startsStatement(token: IToken, next: IToken | undefined): boolean {
  if (!T.STARTERS.has(token.tokenType)) return false;
  return next?.tokenType !== T.Colon && next?.tokenType !== T.Assign;
}

/** True where a `{` after `previous` holds an import's names and no body. */
export function opensNames(previous: IToken | undefined): boolean {
  return previous?.tokenType === T.Import;
}

function endsBetween(previous: IToken | undefined, next: IToken): boolean {
  if (!previous || previous.tokenType === T.Semicolon) return false;
  return !CONTINUES_AFTER.has(previous.tokenType) && !CONTINUES_BEFORE.has(next.tokenType);
}

/** `}` closes the brackets that were left open inside its braces. */
function closeBrace(open: Bracket[]): void {
  while (open.at(-1) === "free") open.pop();
  open.pop();
}
