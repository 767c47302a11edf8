/**
 * Repairs braces that do not match, before anything else looks at them. A file whose braces match is not changed.
 * In any other file a brace is missing or superfluous, and pairing braces as they come would blame every line
 * after it. So the layout decides where the error is: a `}` that is first on its line closes the line with the
 * same indentation, and a `{` with something after it on its line is closed on that line.
 */
import type { IToken, TokenType } from "./toolkit.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { missingBody, strayBrace, unclosedBrace } from "./syntax-errors.ts";
import { startsStatement } from "./newlines.ts";
import type { Source, Span } from "./source.ts";
import { isUnterminated } from "./strings.ts";
import * as T from "./tokens.ts";

export interface Matched {
  readonly tokens: readonly IToken[];
  readonly diagnostics: readonly Diagnostic[];
}

export function matchBraces(tokens: readonly IToken[], source: Source): Matched {
  return areMatched(tokens) ? { tokens, diagnostics: [] } : new Repair(tokens, source).run();
}

function areMatched(tokens: readonly IToken[]): boolean {
  let open = 0;
  for (const { tokenType } of tokens) {
    if (tokenType === T.OpenCurly) open++;
    else if (tokenType === T.CloseCurly && --open < 0) return false;
  }
  return open === 0;
}

/** The keywords that never occur inside braces. */
const ITEMS: ReadonlySet<TokenType> = new Set([T.Block, T.Model, T.Import, T.Weights]);

/** A search through open braces looks at no more than this many. Deeper nesting is an error in any case. */
const MAX_SEARCHED_BRACES = 200;

interface OpenBrace {
  readonly token: IToken;
  /** Whether something follows the brace on its line; then it should be closed on that line too. */
  readonly inline: boolean;
  readonly line: number;
  /** The indentation of the line that the brace is on. */
  readonly indent: number;
}

/** The head of a block or model whose `{` has not come yet. */
interface Head {
  readonly keyword: IToken;
  /** The number of open round and square brackets: a head ends with its line unless one is open. */
  depth: number;
}

class Repair {
  private readonly tokens: readonly IToken[];
  private readonly source: Source;
  private readonly repaired: IToken[] = [];
  private readonly diagnostics: Diagnostic[] = [];
  private readonly open: OpenBrace[] = [];
  /**
   * Whether there are more `}` than `{`. If so, an unlikely `}` is taken out; else a brace is missing, and an
   * unlikely `}` is kept.
   */
  private readonly tooMany: boolean;
  /**
   * A brace may be inside a text that is not closed. That is reported separately, so nothing is reported about
   * braces.
   */
  private readonly silent: boolean;
  private head: Head | undefined;
  private line = 0;
  private indent = 0;

  constructor(tokens: readonly IToken[], source: Source) {
    this.tokens = tokens;
    this.source = source;
    const count = (type: TokenType): number => tokens.filter((token) => token.tokenType === type).length;
    this.tooMany = count(T.CloseCurly) > count(T.OpenCurly);
    this.silent = tokens.some(isUnterminated);
  }

  run(): Matched {
    let lineStart = true;
    let previous: IToken | undefined;
    this.tokens.forEach((token, index) => {
      if (token.tokenType === T.Newline) {
        if (!lineStart) this.endLine(index);
        lineStart = true;
        this.line++;
        this.indent = 0;
        this.repaired.push(token);
        return;
      }
      if (lineStart) this.startLine(token, index);
      this.take(token, index, lineStart, previous);
      lineStart = false;
      previous = token;
    });
    this.endLine(this.tokens.length);
    this.closeDownTo(0, this.source.text.length);
    return { tokens: this.repaired, diagnostics: this.diagnostics };
  }

  private startLine(token: IToken, index: number): void {
    const before = this.tokens[index - 1];
    this.indent = token.startOffset - (before ? T.endOf(before) : 0);
    if (!startsStatement(token, this.tokens[index + 1])) return;
    if (!ITEMS.has(token.tokenType)) return;
    this.closeDownTo(0, token.startOffset);
    const hasBody = token.tokenType === T.Block || token.tokenType === T.Model;
    this.head = hasBody ? { keyword: token, depth: 0 } : undefined;
  }

  private take(token: IToken, index: number, lineStart: boolean, previous: IToken | undefined): void {
    const type = token.tokenType;
    if (type === T.OpenCurly) this.takeOpen(token, index, previous);
    else if (type === T.CloseCurly) this.takeClose(token, lineStart);
    else {
      if (this.head && (type === T.OpenRound || type === T.OpenSquare)) this.head.depth++;
      if (this.head && (type === T.CloseRound || type === T.CloseSquare)) this.head.depth--;
      this.repaired.push(token);
    }
  }

  private takeOpen(token: IToken, index: number, previous: IToken | undefined): void {
    // No statement begins with a brace, so the second of two braces is the superfluous one.
    if (previous?.tokenType === T.OpenCurly && !this.tooMany) {
      this.report(unclosedBrace(this.span(token)));
      this.mark(token.startOffset);
      return;
    }
    let next = index + 1;
    while (this.tokens[next]?.tokenType === T.OpenCurly) next++;
    const inline = next < this.tokens.length && this.tokens[next]!.tokenType !== T.Newline;
    this.open.push({ token, inline, line: this.line, indent: this.indent });
    this.head = undefined;
    this.repaired.push(token);
  }

  private takeClose(token: IToken, lineStart: boolean): void {
    const top = this.open.at(-1);
    if (lineStart) {
      const match = this.indentedAlike();
      if (match >= 0) {
        this.closeDownTo(match + 1, token.startOffset);
        this.close(token);
        return;
      }
    } else if (top?.inline && top.line === this.line) {
      this.close(token);
      return;
    }
    if (top && !this.tooMany) this.close(token);
    else this.dropClose(token);
  }

  private indentedAlike(): number {
    const last = this.open.length - 1;
    for (let index = last; index >= 0 && index > last - MAX_SEARCHED_BRACES; index--) {
      const brace = this.open[index]!;
      if (!brace.inline && brace.indent === this.indent) return index;
    }
    return -1;
  }

  private close(token: IToken): void {
    this.open.pop();
    this.repaired.push(token);
  }

  private dropClose(token: IToken): void {
    if (this.head) this.report(missingBody(this.span(this.head.keyword), this.head.keyword.image, "none"));
    else this.report(strayBrace(this.span(token)));
    this.head = undefined;
    this.mark(token.startOffset);
  }

  private endLine(index: number): void {
    const top = this.open.at(-1);
    if (top?.inline && top.line === this.line && !this.tooMany) {
      let keep = this.open.length - 1;
      while (keep > 0 && this.open[keep - 1]!.inline && this.open[keep - 1]!.line === this.line) keep--;
      this.closeDownTo(keep, T.endOf(this.tokens[index - 1]!));
    }
    this.endHead(index);
  }

  /** Gives a head without a brace on its line one, if there is a spare `}` that may close it. */
  private endHead(index: number): void {
    if (!this.head || this.head.depth > 0 || !this.tooMany) return;
    const last = this.tokens[index - 1]!;
    let next = index;
    while (this.tokens[next]?.tokenType === T.Newline) next++;
    if (this.tokens[next]?.tokenType === T.OpenCurly || last.tokenType === T.Comma) return;
    const { keyword } = this.head;
    this.report(missingBody(this.span(keyword), keyword.image, "the end of the line"));
    const offset = T.endOf(last);
    this.mark(offset);
    const token = T.synthetic(T.OpenCurly, offset);
    this.open.push({ token, inline: false, line: this.line, indent: this.indent });
    this.head = undefined;
    this.repaired.push(token);
  }

  /**
   * Closes all open braces except the outer `keep`. They were left open by one error, so there is one message.
   */
  private closeDownTo(keep: number, offset: number): void {
    if (this.open.length <= keep) return;
    this.report(unclosedBrace(this.span(this.open[keep]!.token)));
    while (this.open.length > keep) {
      this.open.pop();
      this.mark(offset);
      this.repaired.push(T.synthetic(T.CloseCurly, offset));
    }
  }

  private mark(offset: number): void {
    if (!this.silent) this.repaired.push(T.synthetic(T.Repaired, offset));
  }

  private report(diagnostic: Diagnostic): void {
    if (!this.silent) this.diagnostics.push(diagnostic);
  }

  private span(token: IToken): Span {
    return { source: this.source, start: token.startOffset, end: T.endOf(token) };
  }
}
