/**
 * The kinds of scripts that a module's text can be: an ES module, a CommonJS module, or a classic script that sets one
 * global variable. They contain the same code, and differ in how they export its definitions.
 */
import { identifier } from "../../ir/text/identifiers.ts";

export type Format = "esm" | "cjs" | "iife";

export interface Exported {
  /** The names of the exported definitions at the top level. */
  readonly names: readonly string[];
  /** Whether `create()` works without arguments, so that there is a ready model. */
  readonly ready: boolean;
}

/** The prefix of each exported definition. */
export function exportPrefix(format: Format): string {
  return format === "esm" ? "export " : "";
}

/** The lines before the code. */
export function opening(format: Format, globalName: string): string[] {
  if (format === "esm") return [];
  return format === "cjs" ? ['"use strict";'] : [`var ${globalName} = (() => {`, '"use strict";'];
}

/** The lines after the code. The ready model is made by a call that bundlers drop if nothing imports the model. */
export function closing(format: Format, { names, ready }: Exported): string[] {
  switch (format) {
    case "esm":
      return ready ? ["export default /* @__PURE__ */ create();"] : [];
    case "cjs":
      return [
        'Object.defineProperty(exports, "__esModule", { value: true });',
        ...names.map((name) => `exports.${name} = ${name};`),
        ...(ready ? ["exports.default = create();"] : []),
      ];
    case "iife":
      return [`return { ${[...names, ...(ready ? ["model: create()"] : [])].join(", ")} };`, "})();"];
  }
}

/** The variable that a classic script sets, from the name of its source: `smallNet` for `small-net.nn`. */
export function globalNameOf(filename: string): string {
  return identifier(
    stemOf(filename).replace(/[^\w$]+(\w)?/g, (_, first = "") => first.toUpperCase()) || "model",
  );
}

/** A file's name without its folder and its extension. */
export function stemOf(filename: string): string {
  return filename
    .split(/[/\\]/)
    .at(-1)!
    .replace(/\.\w+$/, "");
}
