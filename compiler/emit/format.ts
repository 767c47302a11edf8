/**
 * The kinds of scripts that a module's text can be: an ES module, a module of CommonJS, or a classic script that sets one
 * global variable. They hold the same code, and differ in how they give away what it defines.
 */
import { identifier } from "../ir/names.ts";

export type Format = "esm" | "cjs" | "iife";

export interface Exported {
  /** What stands at the top level under these names. */
  readonly names: readonly string[];
  /** Whether `create()` needs nothing, so that there is a model that is ready. */
  readonly ready: boolean;
}

/** Before each definition that is given away. */
export function exportPrefix(format: Format): string {
  return format === "esm" ? "export " : "";
}

/** Before the code. */
export function opening(format: Format, globalName: string): string[] {
  if (format === "esm") return [];
  return format === "cjs" ? ['"use strict";'] : [`var ${globalName} = (() => {`, '"use strict";'];
}

/** Behind the code. The ready model is made by a call that bundlers drop where nobody takes it. */
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

/** The variable of a classic script whose source has this name: `smallNet` for `small-net.nn`. */
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
