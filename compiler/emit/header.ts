import { version } from "../version.ts";
import { sha256 } from "./sha256.ts";

/** The first lines of a module: what made it of what. The same source gives the same lines. */
export function moduleHeader(source: string, filename: string): string[] {
  const [name] = /[^/\\]*$/.exec(filename)!;
  return [`nnc ${version}: ${oneLine(name)}, sha256 ${sha256(source).slice(0, 8)}`];
}

/** A name that cannot end the comment it stands in. */
function oneLine(name: string): string {
  return name.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ");
}
