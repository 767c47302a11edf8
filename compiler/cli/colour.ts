/** Colours of diagnostics, and whether a stream takes them. */
import type { Style } from "../../grammar/diagnostics.ts";

/** By Select Graphic Rendition of ECMA-48: what begins and what ends it. */
const codes: Readonly<Record<Parameters<Style>[0], readonly [on: number, off: number]>> = {
  place: [36, 39], // cyan
  error: [31, 39], // red
  warning: [33, 39], // yellow
  note: [34, 39], // blue
};

export const coloured: Style = (part, text) => {
  const [on, off] = codes[part];
  return `\u001B[${on}m${text}\u001B[${off}m`;
};

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
