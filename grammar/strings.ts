/** Quoted text: the meaning of its escapes, and how the formatter writes it. */
import type { IToken } from "./toolkit.ts";
import * as T from "./tokens.ts";

/** Whether a string token lacks its closing quote. */
export function isUnterminated(token: IToken): boolean {
  if (token.tokenType !== T.StringToken) return false;
  const { image } = token;
  if (image.length < 2 || image.at(-1) !== image[0]) return true;
  let slashes = 0;
  while (image[image.length - 2 - slashes] === "\\") slashes++;
  return slashes % 2 === 1;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\",
  '"': '"',
  "'": "'",
  "/": "/",
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
  "0": "\0",
};

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/gsu;

export type Unescaped = { readonly value: string } | { readonly at: number; readonly length: number };

/** The text between the quotes with escapes replaced; or the position of an escape that has no meaning. */
export function unescape(raw: string): Unescaped {
  if (!raw.includes("\\")) return { value: raw };
  let wrong: { at: number; length: number } | undefined;
  const value = raw.replace(
    ESCAPE,
    (match, four: string | undefined, two: string | undefined, one: string, at: number) => {
      const hex = four ?? two;
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      const meant = Object.hasOwn(ESCAPES, one) ? ESCAPES[one] : undefined;
      if (meant === undefined) wrong ??= { at, length: match.length };
      return meant ?? "";
    },
  );
  return wrong ?? { value };
}

const NAMED: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** The canonical form of a string, in double quotes. */
export function quote(value: string): string {
  return `"${escape(value)}"`;
}

/** The text as it is written between the quotes of a label, where a brace would begin an expression. */
export function escapeLabel(value: string): string {
  return escape(value).replaceAll("{", "\\u007b");
}

function escape(value: string): string {
  // Unpaired surrogates are kept: a text file cannot contain them, but a string in memory can.
  return value.replace(/["\\\p{Cc}]/gu, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, "0");
    return NAMED[character] ?? `\\u${code}`;
  });
}
