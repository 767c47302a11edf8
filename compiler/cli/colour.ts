/** Colours of diagnostics, and the rule whether a stream gets colours. */
import type { Style } from "../../grammar/diagnostics.ts";

/** The codes of ECMA-48, Select Graphic Rendition, that begin and end each style. */
const codes: Readonly<Record<Parameters<Style>[0], readonly [on: number, off: number]>> = {
  place: [36, 39], // cyan
  error: [31, 39], // red
  warning: [33, 39], // yellow
  note: [34, 39], // blue
};

/**
 * A marker that takes the place of a code's first characters until the text is printed. It is random, so that no
 * file can contain it.
 */
const MARK = `<${crypto.randomUUID()}:`;

export const coloured: Style = (part, text) => {
  const [on, off] = codes[part];
  return `${MARK}${on}>${text}${MARK}${off}>`;
};

/** The text with the colours that `coloured` has marked. The rest of the text is passed through `print`. */
export function painted(text: string, print: (text: string) => string): string {
  const [first, ...rest] = text.split(MARK);
  const marked = rest.map((part) => {
    const end = part.indexOf(">");
    return `\u001B[${part.slice(0, end)}m${print(part.slice(end + 1))}`;
  });
  return print(first!) + marked.join("");
}

/**
 * Whether a stream gets colours: NO_COLOR (no-color.org) takes precedence over FORCE_COLOR, and both over the
 * kind of stream.
 */
export function takesColours(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined) return !["0", "false"].includes(FORCE_COLOR);
  return stream.isTTY === true && TERM !== "dumb";
}
