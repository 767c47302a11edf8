/** The first lines of a module. */
import { visible } from "../../../runtime/visible.ts";
import { version } from "../../../runtime/version.ts";
import { sha256 } from "../../ir/util/sha256.ts";

/**
 * The first lines of a module: the compiler and the source, and the command that made the module, if there was one. The
 * same source gives the same first line, whatever command compiles it.
 */
export function moduleHeader(source: string, filename: string, command?: string): string[] {
  const name = filename.slice(1 + Math.max(filename.lastIndexOf("/"), filename.lastIndexOf("\\")));
  return [
    `// nnc ${version}: ${inComment(name)}, sha256 ${sha256(source).slice(0, 8)}`,
    `// Generated${command === undefined ? "" : ` by \`${inComment(command)}\``}: do not edit.`,
    "/* eslint-disable */",
  ];
}

/** A text that can stand in a comment: it ends neither the comment nor a script element around it. */
function inComment(text: string): string {
  return visible(text).replaceAll("<", "\\u{3c}");
}
