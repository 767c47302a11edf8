/** Tells whether a text that is typed line by line is unfinished. The REPL asks this before it parses. */
import type { IToken, TokenType } from "./toolkit.ts";
import { lex } from "./lexer.ts";
import { CONTINUES_AFTER, startsStatement } from "./newlines.ts";
import type { Source } from "./source.ts";
import { isUnterminated } from "./strings.ts";
import * as T from "./tokens.ts";

const CLOSES: ReadonlyMap<TokenType, TokenType> = new Map([
  [T.CloseRound, T.OpenRound],
  [T.CloseSquare, T.OpenSquare],
  [T.CloseCurly, T.OpenCurly],
]);

/**
 * Whether a further line may complete the text: a bracket is open, the last line ends with an arrow, an operator,
 * a comma or the like, or a block has a head and no body. False if there is an error that no further line can
 * correct.
 */
export function isIncomplete(source: Source): boolean {
  const { tokens } = lex(source);
  const open: TokenType[] = [];
  let head = false;
  let lineStart = true;
  let last: IToken | undefined;
  for (const [index, token] of tokens.entries()) {
    const type = token.tokenType;
    if (type === T.Newline) {
      lineStart = true;
      continue;
    }
    if (isUnterminated(token)) return false;
    if (lineStart && startsStatement(token, tokens[index + 1])) {
      // As in a file, such a line ends brackets that were left open, which is an error.
      if (open.some((bracket) => bracket !== T.OpenCurly)) return false;
      head = type === T.Block || type === T.Model;
    }
    if ([...CLOSES.values()].includes(type)) open.push(type);
    if (type === T.OpenCurly && open.length === 1) head = false;
    const opener = CLOSES.get(type);
    if (opener && open.pop() !== opener) return false;
    lineStart = type === T.Semicolon;
    last = token;
  }
  return open.length > 0 || head || (last !== undefined && CONTINUES_AFTER.has(last.tokenType));
}
