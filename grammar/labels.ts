/** Labels: a word, or a quoted text with `{expression}` parts. */
import type { Expression, Label } from "./ast.ts";
import type { CstNode, IToken } from "./toolkit.ts";
import { node } from "./cst.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { badLabel, nestedTooDeep } from "./syntax-errors.ts";
import { explainFailure } from "./explain-failure.ts";
import { lex } from "./lexer.ts";
import { TOO_DEEP, isFailure, parseTokens } from "./parser.ts";
import type { Span } from "./source.ts";
import * as T from "./tokens.ts";

/**
 * The part of an expression builder that labels use: labels contain expressions, and expressions contain labels.
 */
export interface LabelBuilder {
  span(at: IToken): Span;
  report(diagnostic: Diagnostic): void;
  /** The text of a string from `start` on, with its escapes replaced. */
  unescaped(raw: string, start: number): string;
  choice(cst: CstNode): Expression;
}

/** The greatest depth of brackets inside a label; an index needs few. */
const MAX_NESTING = 20;

export function readLabel(at: IToken, builder: LabelBuilder): Label {
  const span = builder.span(at);
  if (at.tokenType !== T.StringToken) return { quoted: false, parts: [at.image], span };
  const parts: (string | Expression)[] = [];
  const raw = at.image.slice(1, -1);
  const start = at.startOffset + 1;
  let done = 0;
  for (const match of raw.matchAll(/\{([^{}]*)\}/g)) {
    text(match.index);
    const from = start + match.index + 1;
    const value = hole({ ...span, start: from, end: from + match[1]!.length }, builder);
    if (value) parts.push(value);
    done = match.index + match[0].length;
  }
  text(raw.length);
  if (raw === "") builder.report(badLabel(span, "a label cannot be empty"));
  return { quoted: true, parts, span };

  function text(end: number): void {
    const piece = raw.slice(done, end);
    const brace = piece.indexOf("{");
    if (brace >= 0) {
      const open = start + done + brace;
      builder.report(
        badLabel({ ...span, start: open, end: open + 1 }, "this `{` is not closed in its label"),
      );
    }
    if (piece !== "") parts.push(builder.unescaped(piece, start + done));
  }
}

function hole(span: Span, builder: LabelBuilder): Expression | undefined {
  const { source } = span;
  const { tokens } = lex({ file: source.file, text: source.text.slice(span.start, span.end) });
  for (const token of tokens) token.startOffset += span.start;
  const wrong = tokens.find((token) => FOREIGN.has(token.tokenType));
  if (tokens.length === 0) {
    builder.report(badLabel({ ...span, start: span.start - 1, end: span.end + 1 }, "these braces are empty"));
    return undefined;
  }
  if (wrong) {
    builder.report(badLabel(builder.span(wrong), "the braces of a label hold names, numbers and operators"));
    return undefined;
  }
  if (depth(tokens) > MAX_NESTING) {
    builder.report(badLabel(span, "brackets are nested too deep in this label"));
    return undefined;
  }
  const result = parseTokens("hole", tokens);
  if (result === TOO_DEEP) {
    builder.report(nestedTooDeep(span, "brackets"));
    return undefined;
  }
  if (!isFailure(result)) return builder.choice(node(result, "choice")!);
  builder.report(explainFailure(result, "hole", tokens, source));
  return undefined;
}

/** The tokens that cannot be inside a label, as they conflict with its quotes and braces. */
const FOREIGN = new Set([T.StringToken, T.Unknown, T.Newline, T.SlashComment, T.Semicolon]);

function depth(tokens: readonly IToken[]): number {
  let open = 0;
  let most = 0;
  for (const { tokenType } of tokens) {
    if (tokenType === T.OpenRound || tokenType === T.OpenSquare) most = Math.max(most, ++open);
    else if (tokenType === T.CloseRound || tokenType === T.CloseSquare) open--;
  }
  return most;
}
