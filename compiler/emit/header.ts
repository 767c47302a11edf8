import { createHash } from "node:crypto";
import { basename } from "node:path";
import { version } from "../version.ts";

/** The first lines of a module: what made it of what. The same source gives the same lines. */
export function moduleHeader(source: string, filename: string): string[] {
  const hash = createHash("sha256").update(source).digest("hex").slice(0, 8);
  return [`nnc ${version}: ${oneLine(basename(filename))}, sha256 ${hash}`];
}

/** A name that cannot end the comment it stands in. */
function oneLine(name: string): string {
  return name.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ");
}
