/**
 * The outline: settled tokens, cut into regions of one statement or item each. Each region is parsed separately,
 * so that an error in one does not affect the next. `{ … }` becomes one token of type `Body` in the region around
 * it. Brackets are matched here, before the parser, as they extend over several statements.
 */
import type { IToken, TokenType } from "./toolkit.ts";
import type { Diagnostic } from "./diagnostics.ts";
import * as errors from "./syntax-errors.ts";
import { opensNames, startsStatement } from "./newlines.ts";
import type { Source, Span } from "./source.ts";
import { isUnterminated } from "./strings.ts";
import * as T from "./tokens.ts";

/** The greatest depth of brackets of all kinds. */
export const MAX_NESTING = 200;

export interface Region {
  readonly tokens: IToken[];
  /** The error in the region's characters or brackets; if there is one, the region is not parsed. */
  problem?: Diagnostic;
  /** Whether a message was already given for the region's error. */
  reported: boolean;
}

export interface BodyToken extends IToken {
  readonly regions: readonly Region[];
}

export function isBody(token: IToken): token is BodyToken {
  return token.tokenType === T.Body;
}

export function spanOf(token: IToken, source: Source): Span {
  return { source, start: token.startOffset, end: T.endOf(token) };
}

/** The keyword that a region begins with, which tells its kind. */
export function keywordOf(region: Region): TokenType | undefined {
  const [first, second] = region.tokens;
  return first && startsStatement(first, second) ? first.tokenType : undefined;
}

/** The regions of the whole file; or the one reason why the file is not parsed. */
export function outline(tokens: readonly IToken[], source: Source): readonly Region[] | Diagnostic {
  const builder = new Outline(source);
  for (const token of tokens) {
    builder.take(token);
    if (builder.depth > MAX_NESTING) {
      return errors.nestedTooDeep(spanOf(token, source), "brackets", MAX_NESTING);
    }
  }
  return builder.finish();
}

/** Open braces, or the file itself. */
interface Frame {
  readonly brace?: IToken;
  readonly regions: Region[];
  /** The region that is being collected, and its open brackets. */
  region: Region;
  brackets: IToken[];
}

const CLOSES: ReadonlyMap<TokenType, TokenType> = new Map([
  [T.CloseRound, T.OpenRound],
  [T.CloseSquare, T.OpenSquare],
]);

/** The tokens that continue a head after a layer's body in the head's brackets. */
const CONTINUES_HEAD: ReadonlySet<TokenType> = new Set([
  T.Comma,
  T.CloseRound,
  T.CloseSquare,
  T.Arrow,
  T.If,
  T.Else,
  T.Dot,
  T.OpenSquare,
  T.Colon,
]);

class Outline {
  /** The number of open brackets of all kinds. */
  depth = 0;
  private readonly source: Source;
  private readonly frames: Frame[] = [];
  private frame: Frame;
  /**
   * Whether the token before closed a body in the round brackets of a head. It is a default's body, or the
   * brackets were not closed.
   */
  private headEnds = false;
  /** Whether the token before closed a body in which a bracket was left open. */
  private spilled = false;

  constructor(source: Source) {
    this.source = source;
    this.frame = frame();
  }

  take(token: IToken): void {
    if (this.headEnds && !T.is(token, T.Operator) && !CONTINUES_HEAD.has(token.tokenType)) {
      this.endRegion(token.startOffset);
    }
    this.headEnds = false;
    const { region, brackets } = this.frame;
    const { spilled } = this;
    // A line may end between the two tokens.
    if (token.tokenType !== T.End) this.spilled = false;
    switch (token.tokenType) {
      case T.End:
        this.endRegion(token.startOffset);
        return;
      case T.Repaired:
        region.reported = true;
        return;
      case T.OpenRound:
      case T.OpenSquare:
        this.openBracket(token);
        return;
      case T.OpenCurly:
        if (opensNames(region.tokens.at(-1), region.tokens.at(-2))) this.openBracket(token);
        else this.openBody(token);
        return;
      case T.CloseCurly:
        if (brackets[0]?.tokenType === T.OpenCurly) this.closeNames(token);
        else this.closeBody(token);
        return;
      case T.CloseRound:
      case T.CloseSquare:
        // In `{ f(a }) ` brace and bracket have changed places, which was already reported.
        if (!spilled || brackets.length > 0) this.closeBracket(token);
        return;
      default:
        this.checkCharacters(token);
        region.tokens.push(token);
    }
  }

  finish(): readonly Region[] {
    this.endRegion(this.source.text.length);
    return this.frame.regions;
  }

  private openBracket(token: IToken): void {
    this.frame.brackets.push(token);
    this.frame.region.tokens.push(token);
    this.depth++;
  }

  private closeBracket(token: IToken): void {
    const { region, brackets } = this.frame;
    const opener = CLOSES.get(token.tokenType);
    const top = brackets.at(-1);
    if (!top) {
      this.strayBracket(token);
      return;
    }
    if (brackets.some((bracket) => bracket.tokenType === opener)) {
      // If a bracket further out matches, those inside it were left open.
      if (top.tokenType !== opener) this.unclosed(top, token.startOffset);
      while (brackets.at(-1)!.tokenType !== opener) this.popBracket();
    } else {
      const { image } = token;
      region.problem ??= errors.mismatchedBracket(this.span(token), image, top.image, this.span(top));
    }
    this.popBracket();
    region.tokens.push(token);
  }

  private popBracket(): void {
    this.frame.brackets.pop();
    this.depth--;
  }

  private strayBracket(token: IToken): void {
    const { region } = this.frame;
    const outer = this.frames.at(-1);
    const problem = errors.strayBracket(this.span(token), token.image);
    if (outer && outer.brackets.length > 0 && region.tokens.length === 0) {
      // In `f(a {) … }` brace and bracket have changed places; the error is on the line of the brace.
      outer.region.problem ??= problem;
      outer.brackets.pop();
      this.depth--;
    } else {
      region.problem ??= problem;
    }
  }

  private openBody(token: IToken): void {
    this.frames.push(this.frame);
    this.frame = frame(token);
    this.depth++;
  }

  private closeBody(token: IToken): void {
    const outer = this.frames.pop();
    if (!outer) return;
    this.spilled = this.frame.brackets.length > 0;
    this.endRegion(token.startOffset);
    const { brace, regions } = this.frame;
    this.frame = outer;
    this.depth--;
    const start = brace!.startOffset;
    const body: BodyToken = {
      ...T.synthetic(T.Body, start, "{"),
      endOffset: Math.max(start, T.endOf(token) - 1),
      regions,
    };
    outer.region.tokens.push(body);
    const keyword = keywordOf(outer.region);
    if (keyword !== T.Block && keyword !== T.Model) return;
    if (outer.brackets.length === 0) this.endRegion(T.endOf(token));
    else this.headEnds = true;
  }

  private closeNames(token: IToken): void {
    const { brackets, region } = this.frame;
    while (brackets.at(-1)!.tokenType !== T.OpenCurly) {
      this.unclosed(brackets.at(-1)!, token.startOffset);
      this.popBracket();
    }
    this.popBracket();
    region.tokens.push(token);
  }

  private endRegion(offset: number): void {
    const { regions, region, brackets } = this.frame;
    if (brackets.length > 0) this.unclosed(brackets.at(-1)!, offset);
    this.depth -= brackets.length;
    this.frame.brackets = [];
    if (region.tokens.length > 0 || region.problem) regions.push(region);
    this.frame.region = { tokens: [], reported: false };
  }

  private unclosed(bracket: IToken, offset: number): void {
    const last = this.frame.region.tokens.at(-1) ?? bracket;
    const end = Math.min(offset, T.endOf(last));
    const close = bracket.tokenType === T.OpenRound ? ")" : bracket.tokenType === T.OpenSquare ? "]" : "}";
    const before = { source: this.source, start: end, end };
    this.frame.region.problem ??= errors.unclosedBracket(this.span(bracket), bracket.image, close, before);
  }

  private checkCharacters(token: IToken): void {
    const { region } = this.frame;
    if (token.tokenType === T.Unknown) {
      region.problem ??= errors.unknownCharacters(this.span(token));
    } else if (isUnterminated(token)) {
      // The string may contain a bracket, so it is reported instead of the brackets.
      region.problem = errors.unterminatedString(this.span(token));
    } else {
      this.checkNumber(token);
    }
  }

  /** A number that is followed by a word or another number without space is malformed. */
  private checkNumber(token: IToken): void {
    const { region } = this.frame;
    const previous = region.tokens.at(-1);
    if (previous?.tokenType !== T.NumberToken || T.endOf(previous) !== token.startOffset) return;
    if (token.tokenType !== T.NumberToken && !/^\w/.test(token.image)) return;
    const span = { ...this.span(previous), end: T.endOf(token) };
    region.problem ??= errors.malformedNumber(span, previous.image + token.image);
  }

  private span(token: IToken): Span {
    return spanOf(token, this.source);
  }
}

function frame(brace?: IToken): Frame {
  const rest = { regions: [], region: { tokens: [], reported: false }, brackets: [] };
  return brace ? { brace, ...rest } : rest;
}
