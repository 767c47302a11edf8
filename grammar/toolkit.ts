/**
 * The only import of Chevrotain: it lists the parts that are used. The build puts these into one file,
 * `dist/grammar/chevrotain.js` (scripts/bundle.mjs), because the package itself consists of hundreds of files,
 * with those of lodash-es, and loading them takes longer than everything else in a short run.
 */
export { createToken, CstParser, EOF, Lexer, tokenMatcher } from "chevrotain";
export type { CstNode, IRecognitionException, IToken, TokenType } from "chevrotain";
