/** The tokens of emitted JavaScript. */

/**
 * A template literal is one token without expressions in it. With some, its beginning, which ends with `${`, is a token that
 * opens what `}` closes, and so are its later parts.
 */
export interface JsToken {
  readonly kind: "word" | "number" | "string" | "template" | "regexp" | "mark" | "comment";
  readonly text: string;
}

type Kind = JsToken["kind"];

const SPACE = /\s+/y;
const COMMENT = /\/\/.*|\/\*[^]*?\*\//y;
const REGEXP = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const TEMPLATE = /[^`\\$]*(?:(?:\\[^]|\$(?!\{))[^`\\$]*)*(?:`|\$\{)/y;
const OTHERS: readonly (readonly [Kind, RegExp])[] = [
  ["word", /[A-Za-z_$][\w$]*/y],
  ["number", /(?:0x[\da-f]+n?|\d+n|(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)(?![\w$])/iy],
  ["string", /"[^"\\\n]*(?:\\[^][^"\\\n]*)*"|'[^'\\\n]*(?:\\[^][^'\\\n]*)*'/y],
  ["mark", />>>=|\.\.\.|[=!]==|(?:\*\*|<<|>>|&&|\|\||\?\?)=|>>>|=>|[-+*/%&|^=!<>]=|\?\.(?!\d)|\+\+|--|\*\*|<<|>>|&&|\|\||\?\?|[-+*/%&|^!~<>=?:.,;()[\]{}]/y],
]; // prettier-ignore

/** The words after which an expression begins. */
const BEFORE_EXPRESSION =
  /^(?:return|typeof|case|in|of|new|throw|await|yield|void|delete|else|do|instanceof)$/;

export function jsTokens(text: string): JsToken[] {
  const tokens: JsToken[] = [];
  /** For each open brace, whether it is one of a template. */
  const braces: boolean[] = [];
  let at = 0;
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const [found = ""] = pattern.exec(text) ?? [];
    at += found.length;
    return found;
  };
  const templatePart = (): void => {
    const start = at++;
    if (take(TEMPLATE).endsWith("{")) braces.push(true);
    tokens.push({ kind: "template", text: text.slice(start, at) });
  };
  const other = (): void => {
    for (const [kind, pattern] of OTHERS) {
      const found = take(pattern);
      if (found === "") continue;
      if (found === "{") braces.push(false);
      tokens.push({ kind, text: found });
      return;
    }
    throw new Error(`emitted text has ${text.slice(at, at + 20)}, which is no token`);
  };
  for (take(SPACE); at < text.length; take(SPACE)) {
    const comment = take(COMMENT);
    if (comment !== "") tokens.push({ kind: "comment", text: comment });
    else if (text[at] === "`" || (text[at] === "}" && braces.pop() === true)) templatePart();
    else if (text[at] === "/" && beginsExpression(tokens))
      tokens.push({ kind: "regexp", text: take(REGEXP) });
    else other();
  }
  return tokens;
}

/** Whether an expression may begin behind some tokens, so that a slash there begins a regular expression. */
function beginsExpression(tokens: readonly JsToken[]): boolean {
  const last = tokens.findLast(({ kind }) => kind !== "comment");
  if (last?.kind === "word") return BEFORE_EXPRESSION.test(last.text);
  return (
    last === undefined || last.text.endsWith("${") || (last.kind === "mark" && !/^[)\]}]$/.test(last.text))
  );
}
