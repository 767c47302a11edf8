/** What the first lines of a module say. */
import { visible } from "../../runtime/visible.ts";
import { version } from "../version.ts";
import { sha256 } from "../ir/sha256.ts";

/** A line that `nnc compile` replaces by one that names its command. */
export const GENERATED = "// Generated: do not edit.";

/** The first lines of a module: what made it of what. The same source gives the same lines. */
export function moduleHeader(source: string, filename: string): string[] {
  const name = filename.slice(1 + Math.max(filename.lastIndexOf("/"), filename.lastIndexOf("\\")));
  const line = `// nnc ${version}: ${inComment(name)}, sha256 ${sha256(source).slice(0, 8)}`;
  return [line, GENERATED, "/* eslint-disable */"];
}

/** A name that ends neither the comment it stands in nor a script around it. */
function inComment(name: string): string {
  return visible(name).replaceAll("<", "\\u{3c}");
}
