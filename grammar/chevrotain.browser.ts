/** Chevrotain for bundlers that follow the field `browser` of package.json: by its name, which they know. */
export { createToken, CstParser, EOF, Lexer, tokenMatcher } from "chevrotain";
export type { CstNode, IRecognitionException, IToken, TokenType } from "chevrotain";
