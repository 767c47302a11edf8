import { createHash } from "node:crypto";
import { basename } from "node:path";
import { version } from "../version.ts";

/** The first lines of a module: what made it of what. The same source gives the same lines. */
export function moduleHeader(source: string, filename: string): string[] {
  const hash = createHash("sha256").update(source).digest("hex").slice(0, 8);
  return [`nnc ${version}: ${basename(filename)}, sha256 ${hash}`];
}
