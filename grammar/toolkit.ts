/**
 * What is used of Chevrotain, and the only way to it. The build puts it into one file, `dist/grammar/chevrotain.js`
 * (scripts/bundle.mjs): the package itself is hundreds of files with those of lodash-es, and loading them takes longer
 * than all else that a short run does.
 */
export { createToken, CstParser, EOF, Lexer, tokenMatcher } from "chevrotain";
export type { CstNode, IRecognitionException, IToken, TokenType } from "chevrotain";
