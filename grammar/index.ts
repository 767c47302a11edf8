/** The front end: text to syntax tree and back. Knows no layer and no shape. */
export type * from "./ast.ts";
export {
  MAX_DIAGNOSTICS,
  didYouMean,
  error,
  formatDiagnostic,
  place,
  warning,
  type Details,
  type Diagnostic,
  type Place,
  type Style,
} from "./diagnostics.ts";
export { format, print, printChain, printExpression, type Formatted } from "./format.ts";
export { isIncomplete } from "./incomplete.ts";
export { isName, type Spell, type Spelling } from "./names.ts";
export { parse, type ParseResult } from "./parse.ts";
export { join, lineText, position, type Source, type Span } from "./source.ts";
