/** From text to syntax tree: lexer, braces, newlines, outline; then each region is parsed separately. */
import type { Body, File, Item, Statement } from "./ast.ts";
import { StatementBuilder } from "./build-statement.ts";
import type { IToken, TokenType } from "./toolkit.ts";
import { matchBraces } from "./braces.ts";
import { MAX_DIAGNOSTICS, type Diagnostic } from "./diagnostics.ts";
import * as errors from "./syntax-errors.ts";
import { explainFailure } from "./explain-failure.ts";
import type { Spell } from "./names.ts";
import { Heights, MAX_DEPTH } from "./heights.ts";
import { lex } from "./lexer.ts";
import { settleNewlines } from "./newlines.ts";
import { isBody, keywordOf, outline, spanOf, type BodyToken, type Region } from "./outline.ts";
import { TOO_DEEP, isFailure, parseTokens, type Rule } from "./parser.ts";
import type { Source, Span } from "./source.ts";
import * as T from "./tokens.ts";

export interface ParseResult {
  /** The parts that could be read, without statements that have errors. */
  readonly file: File;
  /** The diagnostics in the order of the text, at most `MAX_DIAGNOSTICS`. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses a source. For messages, `spell` finds the layer that corresponds to a function of another library. */
export function parse(source: Source, spell: Spell = () => undefined): ParseResult {
  return new Session(source, spell).run();
}

const RULES: ReadonlyMap<TokenType, Rule> = new Map([
  [T.Import, "importItem"],
  [T.Weights, "weightsItem"],
  [T.Block, "blockItem"],
  [T.Model, "blockItem"],
  [T.Input, "inputStatement"],
  [T.Output, "outputStatement"],
  [T.Param, "parameterStatement"],
  [T.Buffer, "parameterStatement"],
]);

const ITEM_RULES: ReadonlySet<Rule> = new Set<Rule>(["importItem", "weightsItem", "blockItem"]);

class Session {
  private readonly source: Source;
  private readonly spell: Spell;
  private readonly diagnostics: Diagnostic[] = [];
  private readonly bodies = new Map<BodyToken, Body>();
  private readonly heights = new Heights();

  constructor(source: Source, spell: Spell) {
    this.source = source;
    this.spell = spell;
  }

  run(): ParseResult {
    const { source } = this;
    const { tokens, comments } = lex(source);
    const matched = matchBraces(this.withoutSlashComments(tokens), source);
    matched.diagnostics.forEach((diagnostic) => this.report(diagnostic));
    const regions = outline(settleNewlines(matched.tokens), source);
    const items: Item[] = [];
    if ("code" in regions) this.report(regions);
    else for (const region of regions) this.region(region, true, items);
    const span = { source, start: 0, end: source.text.length };
    const diagnostics = this.diagnostics.toSorted((a, b) => a.span.start - b.span.start);
    return { file: { kind: "file", items, comments, span }, diagnostics };
  }

  private report(diagnostic: Diagnostic): void {
    if (this.diagnostics.length < MAX_DIAGNOSTICS) this.diagnostics.push(diagnostic);
  }

  /** Such a line was meant as a comment, so no other errors are looked for in it. */
  private withoutSlashComments(tokens: readonly IToken[]): readonly IToken[] {
    if (!tokens.some((token) => token.tokenType === T.SlashComment)) return tokens;
    return tokens.filter((token) => {
      if (token.tokenType !== T.SlashComment) return true;
      this.report(errors.slashComment(spanOf(token, this.source)));
      return false;
    });
  }

  /**
   * Parses one region and adds the result to `items`. Its bodies come first: they are parsed even if the region
   * has an error.
   */
  private region(region: Region, top: boolean, items: Item[]): void {
    for (const token of region.tokens) if (isBody(token)) this.body(token);
    const item = this.item(region, top);
    if ("code" in item) {
      if (!region.reported) this.report(item);
    } else {
      items.push(item);
    }
  }

  private body(token: BodyToken): void {
    const statements: Item[] = [];
    let bound = 0;
    for (const region of token.regions) {
      this.region(region, false, statements);
      bound = Math.max(bound, this.heights.bound(region.tokens.length, this.bodiesOf(region)));
    }
    // Items are refused inside bodies, so only statements are left.
    const body = { statements: statements as Statement[], span: spanOf(token, this.source) };
    this.bodies.set(token, body);
    this.heights.setBound(body, bound);
  }

  private bodiesOf(region: Region): Body[] {
    return region.tokens.filter(isBody).map((token) => this.bodies.get(token)!);
  }

  private item(region: Region, top: boolean): Item | Diagnostic {
    if (region.problem) return region.problem;
    const { source } = this;
    const { tokens } = region;
    const keyword = keywordOf(region);
    const rule = (keyword && RULES.get(keyword)) ?? "statement";
    if (!top && ITEM_RULES.has(rule)) {
      return errors.misplacedItem(spanOf(tokens[0]!, source), tokens[0]!.image);
    }
    const span: Span = { source, start: tokens[0]!.startOffset, end: T.endOf(tokens.at(-1)!) };
    const tree = parseTokens(rule, tokens);
    if (tree === TOO_DEEP) return errors.nestedTooDeep(span, "brackets");
    if (isFailure(tree)) return explainFailure(tree, rule, tokens, source, this.spell);
    const builder = new StatementBuilder(source, (token) => this.bodies.get(token)!);
    const item = builder.item(rule, tree, span);
    if (builder.problem) return builder.problem;
    if (this.heights.exceed(item, tokens.length, this.bodiesOf(region))) {
      return errors.nestedTooDeep(spanOf(tokens[0]!, source), "operators", MAX_DEPTH);
    }
    return item;
  }
}
