/** Explains a failed parse of a region to the user: what was found, what was expected, and what to write. */
import type { IToken } from "./toolkit.ts";
import type { Diagnostic } from "./diagnostics.ts";
import * as errors from "./syntax-errors.ts";
import { insteadOf, insteadOfCall, insteadOfLine } from "./foreign.ts";
import type { Spell } from "./names.ts";
import { spanOf } from "./outline.ts";
import type { ParseFailure, Rule } from "./parser.ts";
import type { Source } from "./source.ts";
import * as T from "./tokens.ts";

/** What was expected in words, by the name of a token or rule. */
const EXPECTED: Readonly<Record<string, string>> = {
  Name: "a name",
  Word: "a name",
  String: "a text in quotes",
  Number: "an integer",
  CloseRound: "`,` or `)`",
  CloseSquare: "`,` or `]`",
  CloseCurly: "`,` or `}`",
  OpenCurly: "`{`",
  Colon: "`:` and a type",
  Assign: "`=`",
  DType: "a type, such as f32[N, 3]",
  type: "a type, such as f32[N, 3]",
  from: "`from` and a path in quotes",
  dim: "a size",
  index: "an index",
  atom: "a value or a layer",
  statement: "a statement",
  Body: "`{`",
};

export function explainFailure(
  failure: ParseFailure,
  rule: Rule,
  region: readonly IToken[],
  source: Source,
  spell: Spell = () => undefined,
): Diagnostic {
  const { token, previous, expected } = failure;
  const instead = insteadOfLine(region);
  if (instead !== undefined) {
    return errors.foreignStatement(spanOf(region[0]!, source), region[0]!.image, instead);
  }
  if (previous && region.at(-1) === previous && !region.includes(token)) {
    return explainEnd(failure, rule, region, source);
  }
  const span = spanOf(token, source);
  const found = tokenKind(token);
  if (token.tokenType === T.OpenRound && previous && isMember(previous, region)) {
    const call = insteadOfCall(region, region.indexOf(previous), source, spell);
    return errors.methodCall(spanOf(previous, source), previous.image, call);
  }
  if (expected === "end") return explainExtra(failure, rule, region, source);
  if (expected === "Name" && isReserved(token)) return errors.reservedName(span, token.image, kindOf(token));
  if (token.tokenType === T.DType && isValueRule(expected)) return errors.dtypeAsValue(span, token.image);
  if (isValueRule(expected) && T.is(token, T.Word)) {
    return errors.reservedName(span, token.image, kindOf(token));
  }
  if (expected === "Body") return errors.missingBody(span, region[0]!.image, found);
  if (expected === "else") return errors.lonelyConditional(span, "if", "else");
  if (expected === "Number") return errors.badBound(span);
  if (expected === "CloseRound" || expected === "CloseSquare") return explainInside(failure, source);
  if (expected === "Colon" && rule === "weightsItem")
    return errors.unexpected(span, found, "`:` and the name in the net, in quotes");
  const advice = expected === "Name" ? undefined : hint(token, previous);
  return errors.unexpected(span, found, EXPECTED[expected] ?? `\`${expected}\``, advice);
}

/** Explains a statement that ends where more must follow. */
function explainEnd(
  failure: ParseFailure,
  rule: Rule,
  region: readonly IToken[],
  source: Source,
): Diagnostic {
  const { previous, expected } = failure;
  const end = T.endOf(previous!);
  const span = { source, start: end, end };
  if (expected === "Body") return errors.missingBody(span, region[0]!.image, "the end of the line");
  if (expected === "else") return errors.lonelyConditional(spanOf(lastIf(region), source), "if", "else");
  if (rule === "statement" && expected === "Assign") {
    return errors.typedWithoutValue(spanOf(region[0]!, source), region[0]!.image);
  }
  return errors.incomplete(span, EXPECTED[expected] ?? `\`${expected}\``, tokenKind(previous!));
}

function isMember(token: IToken, region: readonly IToken[]): boolean {
  return region[region.indexOf(token) - 1]?.tokenType === T.Dot;
}

function lastIf(region: readonly IToken[]): IToken {
  return region.findLast((token) => token.tokenType === T.If) ?? region.at(-1)!;
}

const CLOSING: Readonly<Record<string, string>> = { CloseRound: "`)`", CloseSquare: "`]`" };

/** Explains an error inside brackets, after a complete element. */
function explainInside({ token, previous, expected, rule }: ParseFailure, source: Source): Diagnostic {
  const span = spanOf(token, source);
  if (token.tokenType === T.Comma) return errors.unexpected(span, "`,`", "a value");
  if (token.tokenType === T.Arrow) return errors.chainAsArgument(span);
  if (token.tokenType === T.Else) return errors.lonelyConditional(span, "else", "if");
  if (token.tokenType === T.Colon && rule !== "trailer")
    return errors.badLabelForm(span, previous?.tokenType === T.CloseRound);
  if (previous?.tokenType === T.OpenRound || previous?.tokenType === T.OpenSquare) {
    const what = rule === "blockItem" ? "a name" : rule === "type" ? "a size" : "a value";
    return errors.unexpected(span, tokenKind(token), `${what} or ${CLOSING[expected]}`);
  }
  if (beginsValue(token) && previous && endsValue(previous))
    return explainPair(token, previous, source, true);
  return errors.unexpected(span, tokenKind(token), EXPECTED[expected]!, hint(token, previous));
}

/** Explains an error after a complete statement. */
function explainExtra(
  failure: ParseFailure,
  rule: Rule,
  region: readonly IToken[],
  source: Source,
): Diagnostic {
  const { token, previous } = failure;
  const span = spanOf(token, source);
  switch (token.tokenType) {
    case T.Assign: {
      const first = region.find(({ tokenType }) => tokenType === T.Assign);
      if (first !== token) return errors.secondAssign(span);
      return errors.badTarget({ ...span, start: region[0]!.startOffset }, "write name = … or [a, b] = …");
    }
    case T.Comma:
      return errors.looseComma(span);
    case T.Colon:
      return errors.badLabelForm(span);
    case T.Else:
      return errors.lonelyConditional(span, "else", "if");
    default:
  }
  const joins = rule === "statement" || rule === "outputStatement" || rule === "hole";
  if (joins && beginsValue(token) && previous && endsValue(previous))
    return explainPair(token, previous, source, rule === "hole");
  const expected =
    rule === "inputStatement" ? "`:` and a type, or `,` and a name" : "the end of the statement";
  return errors.unexpected(span, tokenKind(token), expected, hint(token, previous));
}

/** Explains two values with nothing between them. */
function explainPair(token: IToken, previous: IToken, source: Source, inBrackets: boolean): Diagnostic {
  const instead = insteadOf(previous.image) ?? hint(token, previous);
  return errors.sideBySide(spanOf(token, source), tokenKind(previous), tokenKind(token), inBrackets, instead);
}

function isValueRule(expected: string): boolean {
  return expected === "atom" || expected === "statement" || expected === "index" || expected === "dim";
}

function isReserved(token: IToken): boolean {
  return kindOf(token) !== "";
}

function kindOf(token: IToken): string {
  if (token.tokenType === T.DType) return "a dtype";
  if (token.tokenType === T.Constant) return "a constant";
  return token.tokenType !== T.Name && T.is(token, T.Word) ? "a keyword" : "";
}

function beginsValue(token: IToken): boolean {
  const { tokenType } = token;
  return (
    [T.NumberToken, T.StringToken, T.Constant, T.DType, T.OpenRound, T.OpenSquare].includes(tokenType) ||
    (T.is(token, T.Word) && !T.is(token, T.Operator))
  );
}

function endsValue(token: IToken): boolean {
  const { tokenType } = token;
  return (
    [T.NumberToken, T.StringToken, T.Constant, T.CloseRound, T.CloseSquare, T.Body].includes(tokenType) ||
    (T.is(token, T.Word) && !T.is(token, T.Operator))
  );
}

/** What the user probably meant, for frequent mistakes. */
function hint(token: IToken, previous: IToken | undefined): string | undefined {
  if (token.tokenType === T.Arrow && previous?.tokenType === T.Arrow) return "one `->` is enough";
  if (token.tokenType === T.Body) return "`{ … }` stands behind a layer, as in Repeat(2) { … }";
  const pair = `${previous?.image ?? ""}${token.image}`;
  if (pair === "=>" || pair === "|>" || pair === "|") return "data flows by `->`";
  if (pair === ")(") return "a layer is called by an arrow: `x -> Layer(…)`";
  if (pair === "/" || pair === "/*" || pair.startsWith('""')) return "comments begin with #";
  if (/^[A-Za-z_]\w*\.\d+$/.test(pair))
    return "a part that is a number cannot be named: label its layer, as in `name: Layer(…)`";
  if (/^[-+*/%@]=$/.test(pair)) return "names are bound once: write `h = x + …` with a new name";
  if (previous?.tokenType === T.Import) return 'names stand in braces: `import { Block } from "./file.nn"`';
  if (token.tokenType === T.Semicolon) return "`;` separates statements; inside brackets write a comma";
  return undefined;
}

const MAX_SHOWN_LENGTH = 30;

export function tokenKind(token: IToken): string {
  const { image } = token;
  if (token.tokenType === T.Body) return "`{ … }`";
  return `\`${image.length > MAX_SHOWN_LENGTH ? `${image.slice(0, MAX_SHOWN_LENGTH)}…` : image}\``;
}
