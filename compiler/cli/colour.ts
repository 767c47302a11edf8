/** Colours of diagnostics, and whether a stream takes them. */
import type { Style } from "../../grammar/diagnostics.ts";

/** By Select Graphic Rendition of ECMA-48: what begins and what ends it. */
const codes: Readonly<Record<Parameters<Style>[0], readonly [on: number, off: number]>> = {
  place: [36, 39], // cyan
  error: [31, 39], // red
  warning: [33, 39], // yellow
  note: [34, 39], // blue
};

/** Stands for what begins a code until the text is printed. It is random, so that no file can hold it. */
const MARK = `<${crypto.randomUUID()}:`;

export const coloured: Style = (part, text) => {
  const [on, off] = codes[part];
  return `${MARK}${on}>${text}${MARK}${off}>`;
};

/** A text with the colours that `coloured` has marked; all else of it is what `print` makes of it. */
export function painted(text: string, print: (text: string) => string): string {
  const [first, ...rest] = text.split(MARK);
  const marked = rest.map((part) => {
    const end = part.indexOf(">");
    return `\u001B[${part.slice(0, end)}m${print(part.slice(end + 1))}`;
  });
  return print(first!) + marked.join("");
}

/** NO_COLOR (no-color.org) counts before FORCE_COLOR, and this before what the stream is. */
export function takesColours(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined) return !["0", "false"].includes(FORCE_COLOR);
  return stream.isTTY === true && TERM !== "dumb";
}
