/** The tokens of the language. A table turns words into keywords, dtypes and constants after the lexer. */
import { Lexer, createToken, tokenMatcher, type IToken, type TokenType } from "./toolkit.ts";

/** Any word, including keywords, may be a label, the name of an argument or a member. */
export const Word: TokenType = createToken({ name: "Word", pattern: Lexer.NA });
/** A binary operator. */
export const Operator: TokenType = createToken({ name: "Operator", pattern: Lexer.NA });

export const Name: TokenType = createToken({ name: "Name", pattern: /[A-Za-z_]\w*/, categories: [Word] });
export const DType: TokenType = createToken({ name: "DType", pattern: Lexer.NA });
export const Constant: TokenType = createToken({ name: "Constant", pattern: Lexer.NA });
/** `{ … }` with its content, made by the outline: the statements inside are parsed separately. */
export const Body: TokenType = createToken({ name: "Body", pattern: Lexer.NA });
/** Characters that begin no token. */
export const Unknown: TokenType = createToken({ name: "Unknown", pattern: Lexer.NA });
/** The end of a statement. It is made from a newline or `;` that ends one. */
export const End: TokenType = createToken({ name: "End", pattern: Lexer.NA });
/** Marks the place of a brace that was repaired: the error there was already reported. */
export const Repaired: TokenType = createToken({ name: "Repaired", pattern: Lexer.NA });

export const Spaces: TokenType = createToken({
  name: "Spaces",
  pattern: /[ \t\f\v\u00a0\ufeff]+/,
  group: Lexer.SKIPPED,
});
export const Newline: TokenType = createToken({
  name: "Newline",
  pattern: /\r\n|\n|\r/,
  line_breaks: true,
});
export const Comment: TokenType = createToken({ name: "Comment", pattern: /#[^\n\r]*/, group: "comments" });

/** `//` at the start of a line, which was meant as a comment. Elsewhere it is floor division. */
export const SlashComment: TokenType = createToken({
  name: "SlashComment",
  pattern: {
    exec(text: string, offset: number, before: IToken[]): [string] | null {
      const previous = before.at(-1);
      if (previous && previous.tokenType !== Newline) return null;
      const match = slashes(text, offset);
      return match === null ? null : [match];
    },
  },
  start_chars_hint: ["/"],
  line_breaks: false,
});

function slashes(text: string, offset: number): string | null {
  if (!text.startsWith("//", offset)) return null;
  let end = offset;
  while (end < text.length && text[end] !== "\n" && text[end] !== "\r") end++;
  return text.slice(offset, end);
}

export const NumberToken: TokenType = createToken({
  name: "Number",
  pattern: /(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/,
});
/** A string with or without its closing quote; without it, the string is reported and not parsed. */
export const StringToken: TokenType = createToken({
  name: "String",
  pattern: /"[^"\\\n\r]*(?:\\[^\n\r][^"\\\n\r]*)*"?|'[^'\\\n\r]*(?:\\[^\n\r][^'\\\n\r]*)*'?/,
});

const symbol = (name: string, pattern: string, categories: TokenType[] = []): TokenType =>
  createToken({ name, pattern, categories });

export const Arrow: TokenType = symbol("Arrow", "->");
export const Ellipsis: TokenType = symbol("Ellipsis", "...");
export const Power: TokenType = symbol("Power", "**", [Operator]);
export const Floor: TokenType = symbol("Floor", "//", [Operator]);
export const Equal: TokenType = symbol("Equal", "==", [Operator]);
export const NotEqual: TokenType = symbol("NotEqual", "!=", [Operator]);
export const LessEqual: TokenType = symbol("LessEqual", "<=", [Operator]);
export const GreaterEqual: TokenType = symbol("GreaterEqual", ">=", [Operator]);
export const Less: TokenType = symbol("Less", "<", [Operator]);
export const Greater: TokenType = symbol("Greater", ">", [Operator]);
export const Plus: TokenType = symbol("Plus", "+", [Operator]);
export const Minus: TokenType = symbol("Minus", "-", [Operator]);
export const Times: TokenType = symbol("Times", "*", [Operator]);
export const Divide: TokenType = symbol("Divide", "/", [Operator]);
export const Modulo: TokenType = symbol("Modulo", "%", [Operator]);
export const At: TokenType = symbol("At", "@", [Operator]);
export const Assign: TokenType = symbol("Assign", "=");
export const Comma: TokenType = symbol("Comma", ",");
export const Colon: TokenType = symbol("Colon", ":");
export const Semicolon: TokenType = symbol("Semicolon", ";");
export const Dot: TokenType = symbol("Dot", ".");
export const Bar: TokenType = symbol("Bar", "|");
export const OpenRound: TokenType = symbol("OpenRound", "(");
export const CloseRound: TokenType = symbol("CloseRound", ")");
export const OpenSquare: TokenType = symbol("OpenSquare", "[");
export const CloseSquare: TokenType = symbol("CloseSquare", "]");
export const OpenCurly: TokenType = symbol("OpenCurly", "{");
export const CloseCurly: TokenType = symbol("CloseCurly", "}");

const keyword = (name: string, categories: TokenType[] = []): TokenType =>
  createToken({ name, pattern: Lexer.NA, categories: [Word, ...categories] });

export const Input: TokenType = keyword("input");
export const Output: TokenType = keyword("output");
export const Block: TokenType = keyword("block");
export const Model: TokenType = keyword("model");
export const Import: TokenType = keyword("import");
export const Weights: TokenType = keyword("weights");
export const Param: TokenType = keyword("param");
export const Buffer: TokenType = keyword("buffer");
export const From: TokenType = keyword("from");
export const As: TokenType = keyword("as");
export const If: TokenType = keyword("if");
export const Else: TokenType = keyword("else");
export const And: TokenType = keyword("and", [Operator]);
export const Or: TokenType = keyword("or", [Operator]);
export const Not: TokenType = keyword("not");

const starters = [Input, Output, Block, Model, Import, Weights, Param, Buffer];

/** The keywords that begin a statement or an item. */
export const STARTERS: ReadonlySet<TokenType> = new Set(starters);

const keywords = [...starters, From, As, If, Else, And, Or, Not];

const DTYPES = ["f16", "bf16", "f32", "f64", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "bool"];

/** The spellings of constants in JSON and Python, and the one that the syntax tree and the formatter use. */
export const CONSTANTS: ReadonlyMap<string, "true" | "false" | "none" | "inf" | "nan"> = new Map([
  ["true", "true"],
  ["True", "true"],
  ["false", "false"],
  ["False", "false"],
  ["none", "none"],
  ["None", "none"],
  ["null", "none"],
  ["inf", "inf"],
  ["Infinity", "inf"],
  ["nan", "nan"],
  ["NaN", "nan"],
]);

const reserved = new Map<string, TokenType>([
  ...keywords.map((type) => [type.name, type] as const),
  ...DTYPES.map((name) => [name, DType] as const),
  ...[...CONSTANTS.keys()].map((name) => [name, Constant] as const),
]);

/** The token type of a reserved word; undefined if the word may be a name. */
export function reservedWord(text: string): TokenType | undefined {
  return reserved.get(text);
}

/**
 * The tokens in the order in which the lexer tries them: a longer symbol comes before a shorter one that begins
 * it.
 */
export const LEXED: TokenType[] = [
  Spaces,
  Newline,
  Comment,
  Name,
  NumberToken,
  StringToken,
  SlashComment,
  Ellipsis,
  Arrow,
  Power,
  Floor,
  Equal,
  NotEqual,
  LessEqual,
  GreaterEqual,
  Less,
  Greater,
  Plus,
  Minus,
  Times,
  Divide,
  Modulo,
  At,
  Assign,
  Comma,
  Colon,
  Semicolon,
  Dot,
  Bar,
  OpenRound,
  CloseRound,
  OpenSquare,
  CloseSquare,
  OpenCurly,
  CloseCurly,
];

export const ALL: TokenType[] = [
  ...LEXED,
  ...keywords,
  Word,
  Operator,
  DType,
  Constant,
  Body,
  Unknown,
  End,
  Repaired,
];

export function is(token: IToken | undefined, type: TokenType): boolean {
  return token !== undefined && tokenMatcher(token, type);
}

/** A token at an offset for which the source has no text. */
export function synthetic(type: TokenType, offset: number, image = ""): IToken {
  return { tokenType: type, tokenTypeIdx: type.tokenTypeIdx!, image, startOffset: offset };
}

/** The end of a token, exclusive. The outline sets it for a body; for other tokens it follows from the text. */
export function endOf(token: IToken): number {
  return token.endOffset === undefined ? token.startOffset + token.image.length : token.endOffset + 1;
}
