import { maps } from "./primitives.ts";

/**
 * How a name of the source (a port, a size, a parameter) is called in emitted text. Different names stay
 * different: whatever is changed gets a `$`, which no name of the source has.
 */
const RESERVED: ReadonlySet<string> = new Set([
  ...(
    "await break case catch class const continue debugger default delete do else enum export extends false finally for " +
    "function if implements import in instanceof interface let new null package private protected public return static " +
    "super switch this throw true try typeof var void while with yield arguments eval Infinity NaN undefined Math " +
    "RangeError"
  ).split(" "),
  ...Object.values(maps).flatMap(({ helper }) => helper ?? []),
]);

/** `...`, the run of sizes that no layer looks into, is `run$`. */
export function identifier(name: string): string {
  const plain = name.replaceAll("...", "run$").replaceAll(/[^\w$]/g, "$");
  return RESERVED.has(plain) ? `${plain}$` : /^\d/.test(plain) ? `$${plain}` : plain;
}
