/** The diagnostics about the text of a `.nn` file, NN1xxx: one function for each message. */
import { error, type Diagnostic } from "./diagnostics.ts";
import type { Span } from "./source.ts";

/** Characters that people type or paste in place of the language's own. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  "→": "->",
  "⟶": "->",
  "−": "-",
  "–": "-",
  "—": "-",
  "×": "*",
  "·": "*",
  "÷": "/",
  "≤": "<=",
  "≥": ">=",
  "≠": "!=",
  "“": '"',
  "”": '"',
  "‘": "'",
  "’": "'",
  "…": "...",
  "∞": "inf",
};

/** NN1001: characters that begin nothing in the language. */
export function unknownCharacters(span: Span): Diagnostic {
  const first = String.fromCodePoint(span.source.text.codePointAt(span.start) ?? 0);
  const code = first.codePointAt(0)!;
  const printable = code > 32 && code !== 127 && !/\s|\p{C}/u.test(first);
  const shown = printable
    ? `\`${first}\``
    : `the character U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const meant = LOOKALIKES[first];
  const suggestion =
    meant !== undefined
      ? `write \`${meant}\``
      : first === "\\"
        ? "a line continues inside ( and [, and after or before `->` and arithmetic operators"
        : /\p{L}/u.test(first)
          ? "names are made of the letters a to z, digits and _; any text may stand in a quoted label"
          : undefined;
  return error("NN1001", span, `${shown} means nothing here`, { suggestion });
}

/** NN1002: a string that is not closed on its line. */
export function unterminatedString(span: Span): Diagnostic {
  const quote = span.source.text[span.start] ?? '"';
  return error("NN1002", span, "this text is not closed on its line", {
    suggestion: `end it with ${quote}; a line break inside is written \\n`,
  });
}

/** NN1003: `2x`, `0x1F`, `1.2.3`. */
export function malformedNumber(span: Span, text: string): Diagnostic {
  return error("NN1003", span, `\`${text}\` is no number`, {
    suggestion: "numbers are decimal: 3, 0.5, 1e-5; a name begins with a letter; a product has its *",
  });
}

/** NN1004: a line that begins with `//`. */
export function slashComment(span: Span): Diagnostic {
  return error("NN1004", span, "a line cannot begin with `//`, which is floor division", {
    suggestion: "comments begin with #",
  });
}

/** NN1005: a `(` or `[` that is not closed within its statement. */
export function unclosedBracket(span: Span, open: string, close: string, end: Span): Diagnostic {
  return error("NN1005", span, `this \`${open}\` is not closed`, {
    notes: [{ message: `\`${close}\` is missing before here`, span: end }],
  });
}

/** NN1006: a `)` or `]` that closes nothing. */
export function strayBracket(span: Span, close: string): Diagnostic {
  return error("NN1006", span, `this \`${close}\` closes nothing`);
}

/** NN1007: `(` closed by `]`, or the other way round. */
export function mismatchedBracket(span: Span, close: string, open: string, opened: Span): Diagnostic {
  return error("NN1007", span, `this \`${close}\` cannot close \`${open}\``, {
    notes: [{ message: "opened here", span: opened }],
  });
}

/** NN1008: `{` without its `}`. */
export function unclosedBrace(span: Span): Diagnostic {
  return error("NN1008", span, "this `{` is not closed", { suggestion: "a `}` is missing" });
}

/** NN1009: `}` without its `{`. */
export function strayBrace(span: Span): Diagnostic {
  return error("NN1009", span, "this `}` closes nothing", {
    suggestion: "remove it, or open the body that it should close",
  });
}

/** NN1010: brackets or operators that are nested too deeply. */
export function nestedTooDeep(span: Span, what: string, limit?: number): Diagnostic {
  const deep = limit === undefined ? "too deep" : `more than ${limit} deep`;
  return error("NN1010", span, `${what} are nested ${deep}`, {
    suggestion: "give the inner parts names of their own",
  });
}

/** NN1011: a statement that ends where something must follow. */
export function incomplete(span: Span, expected: string, after: string): Diagnostic {
  return error("NN1011", span, `the statement ends after ${after}, where ${expected} is missing`);
}

/** NN1012: something other than what is allowed here. */
export function unexpected(span: Span, found: string, expected: string, suggestion?: string): Diagnostic {
  return error("NN1012", span, `expected ${expected}, found ${found}`, { suggestion });
}

/** NN1013: two values with nothing between them. */
export function sideBySide(
  span: Span,
  left: string,
  right: string,
  inBrackets: boolean,
  suggestion?: string,
): Diagnostic {
  const write = inBrackets ? "a comma or an operator" : "`->`, an operator, or a new line";
  return error("NN1013", span, `nothing stands between ${left} and ${right}`, {
    suggestion: suggestion ?? `write ${write} between them`,
  });
}

/** NN1014: a keyword, dtype or constant where a name is needed. */
export function reservedName(span: Span, text: string, what: string): Diagnostic {
  return error("NN1014", span, `\`${text}\` is ${what} and cannot be a name here`, {
    suggestion: `choose another name, such as \`${text}_\``,
  });
}

/** NN1015: a dtype where a value is needed. */
export function dtypeAsValue(span: Span, text: string): Diagnostic {
  return error("NN1015", span, `\`${text}\` is a dtype, not a value`, {
    suggestion: `dtypes stand in types (input x: ${text}[N]); as an argument, quote it: "${text}"`,
  });
}

/** NN1016: a block or model without `{ … }`. */
export function missingBody(span: Span, keyword: string, found: string): Diagnostic {
  return error("NN1016", span, `expected the body of this ${keyword}, found ${found}`, {
    suggestion: "a body stands in braces: { … }",
  });
}

/** NN1017: the left side of `=` is neither a name nor a list of names. */
export function badTarget(span: Span, suggestion: string): Diagnostic {
  return error("NN1017", span, "left of `=` must stand a name or a list of names", { suggestion });
}

/** NN1018: a second `=` in one statement. */
export function secondAssign(span: Span): Diagnostic {
  return error("NN1018", span, "one statement binds once: a second `=` cannot follow", {
    suggestion: "bind the inner value on a line of its own; `==` compares",
  });
}

/** NN1019: `a < b < c`. */
export function chainedComparison(span: Span): Diagnostic {
  return error("NN1019", span, "a comparison cannot follow a comparison", {
    suggestion: "join two with `and`, or put one in parentheses",
  });
}

/** NN1020: an operator that binds looser than what surrounds it. */
export function misplacedOperator(span: Span, operator: string, where: string): Diagnostic {
  return error("NN1020", span, `\`${operator}\` cannot stand ${where} without parentheses`, {
    suggestion: "put that part in parentheses",
  });
}

/** NN1021: `N | 1.5`. */
export function badBound(span: Span): Diagnostic {
  return error("NN1021", span, "the bound of a size must be an integer", {
    suggestion: "write it as in f32[N|64]",
  });
}

/** NN1022: a quoted label that cannot be read. */
export function badLabel(span: Span, why: string): Diagnostic {
  return error("NN1022", span, why, { suggestion: 'write it as in "layer.{i + 1}"' });
}

/** NN1023: an import, weights, block or model inside a body. */
export function misplacedItem(span: Span, keyword: string): Diagnostic {
  return error("NN1023", span, `\`${keyword}\` stands at the top of a file, not inside braces`);
}

/** NN1024: `\q` in a string. */
export function unknownEscape(span: Span, text: string): Diagnostic {
  return error("NN1024", span, `\`${text}\` stands for no character`, {
    suggestion: "the escapes are \\\\ \\\" \\' \\/ \\n \\r \\t \\b \\f \\0 \\xFF \\uFFFF",
  });
}

/** NN1025: values outside brackets with a comma between them. */
export function looseComma(span: Span): Diagnostic {
  return error("NN1025", span, "a comma cannot stand outside brackets here", {
    suggestion: "write several values as a list, [a, b]; several names too: [q, k] = …",
  });
}

/** NN1026: `if` without `else`, or `else` without `if`. */
export function lonelyConditional(span: Span, has: string, lacks: string): Diagnostic {
  return error("NN1026", span, `\`${has}\` without \`${lacks}\``, {
    suggestion: "a choice is written A if condition else B",
  });
}

/** NN1027: `0: Linear(3)`, `a.b: Linear(3)`; `(0): Linear(3)` is a line of a model that PyTorch printed. */
export function badLabelForm(span: Span, isPrinted = false): Diagnostic {
  return error("NN1027", span, "a label is one word or a text in quotes", {
    suggestion: isPrinted
      ? "a model as PyTorch prints it is a chain here: x -> Linear(3, 4) -> name: ReLU"
      : 'quote it: "0": Linear(3, 4), "a.b": ReLU',
  });
}

/** NN1028: a chain where a single value is needed. */
export function chainAsArgument(span: Span): Diagnostic {
  return error("NN1028", span, "a chain cannot stand here without parentheses", {
    suggestion: "write (a -> b)",
  });
}

/** NN1029: `y: f32[N]` without a value. */
export function typedWithoutValue(span: Span, name: string): Diagnostic {
  return error("NN1029", span, `\`${name}\` has a type but no value`, {
    suggestion: `write ${name}: type = value, or \`input ${name}: type\``,
  });
}

/** NN1030: `(a, name=b)`. */
export function namedInParentheses(span: Span): Diagnostic {
  return error("NN1030", span, "what stands in parentheses has no name", {
    suggestion: "inputs are given by name in brackets: [q, mask=m] -> Layer",
  });
}

/** NN1031: `[name=a, b]`. */
export function unnamedAfterNamed(span: Span, named: Span): Diagnostic {
  return error("NN1031", span, "an item without a name cannot follow one with a name", {
    notes: [{ message: "named here", span: named }],
  });
}

/** NN1032: `torch.tensor([1, 2])`, `x.mean()`. */
export function methodCall(span: Span, name: string, suggestion: string): Diagnostic {
  return error("NN1032", span, `\`${name}\` is a part of something, and parts are not called`, {
    suggestion,
  });
}

/** NN1033: `class Net(nn.Module):`, `return x`. */
export function foreignStatement(span: Span, word: string, suggestion: string): Diagnostic {
  return error("NN1033", span, `\`${word}\` begins a statement of another language`, { suggestion });
}
