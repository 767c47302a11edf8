/**
 * Chevrotain for bundlers: by its name, which they know. Those for browsers take this in place of toolkit.ts, by the
 * field `browser` of package.json. Rollup takes "chevrotain" itself for a file that is replaced, if it has this name.
 */
export { createToken, CstParser, EOF, Lexer, tokenMatcher } from "chevrotain";
export type { CstNode, IRecognitionException, IToken, TokenType } from "chevrotain";
