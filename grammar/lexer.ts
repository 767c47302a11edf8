/** Turns text into tokens. Nothing is refused here: characters that are no token become one of type `Unknown`. */
import type { Comment } from "./ast.ts";
import { Lexer, type IToken } from "./toolkit.ts";
import type { Source } from "./source.ts";
import { As, Dot, LEXED, Name, Unknown, reservedWord, synthetic } from "./tokens.ts";

const lexer = new Lexer(LEXED, {
  positionTracking: "onlyOffset",
  skipValidations: true,
  ensureOptimizations: true,
  errorMessageProvider: {
    // The message is made later, where the statement is known; here it would cost time on hostile input.
    buildUnexpectedCharactersMessage: () => "",
    buildUnableToPopLexerModeMessage: () => "",
  },
});

export interface Lexed {
  /** The tokens, including newlines, without spaces and comments. */
  readonly tokens: IToken[];
  readonly comments: Comment[];
}

export function lex(source: Source): Lexed {
  const { tokens, groups, errors } = lexer.tokenize(source.text);
  const all = errors.length === 0 ? tokens : withUnknown(tokens, errors, source.text);
  const comments = (groups["comments"] ?? []).map((token): Comment => {
    const text = token.image.trimEnd();
    const start = token.startOffset;
    return { text, span: { source, start, end: start + text.length } };
  });
  return { tokens: withoutPrefixes(withReserved(all)), comments };
}

/** Merges the two lists, which are in the order of the text, into one in that order. */
function withUnknown(tokens: IToken[], errors: { offset: number; length: number }[], text: string): IToken[] {
  const merged: IToken[] = [];
  let next = 0;
  for (const { offset, length } of errors) {
    while (next < tokens.length && tokens[next]!.startOffset < offset) merged.push(tokens[next++]!);
    merged.push(synthetic(Unknown, offset, text.slice(offset, offset + length)));
  }
  while (next < tokens.length) merged.push(tokens[next++]!);
  return merged;
}

function withReserved(tokens: IToken[]): IToken[] {
  for (const token of tokens) {
    if (token.tokenType !== Name) continue;
    const type = reservedWord(token.image);
    if (!type) continue;
    token.tokenType = type;
    token.tokenTypeIdx = type.tokenTypeIdx!;
  }
  return tokens;
}

/** Drops `nn.` and `torch.nn.` before a name, so that constructor text pasted from PyTorch reads as ours. */
function withoutPrefixes(tokens: IToken[]): IToken[] {
  const kept: IToken[] = [];
  let index = 0;
  while (index < tokens.length) {
    const before = kept.at(-1)?.tokenType;
    if (before !== Dot && before !== As && tokens[index]!.tokenType === Name) index += prefix(tokens, index);
    kept.push(tokens[index++]!);
  }
  return kept;
}

/** How many tokens of a prefix begin at `index`: 4, 2 or 0. */
function prefix(tokens: IToken[], index: number): number {
  const reads = (at: number, text: string): boolean =>
    tokens[at]?.image === text && tokens[at + 1]?.tokenType === Dot && tokens[at + 2]?.tokenType === Name;
  if (reads(index, "nn")) return 2;
  return reads(index, "torch") && reads(index + 2, "nn") ? 4 : 0;
}
