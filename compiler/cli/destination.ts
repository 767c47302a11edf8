/** Where `nnc compile` writes, and what kind of script: what surrounds a file decides how it is loaded. */
import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { globalNameOf, isGlobalName, type Format } from "../emit/format.ts";
import { readBytes } from "../files.ts";
import { exit, Failure } from "./io.ts";

export interface DestinationOptions {
  readonly output?: string;
  readonly format?: Format;
  readonly globalName?: string;
}

/** Paths of what is written; without paths the module is printed. */
export interface Destination {
  readonly format: Format;
  readonly globalName: string;
  readonly paths?: Paths;
}

export interface Paths {
  readonly module: string;
  readonly types: string;
  readonly weights: string;
}

/** Declarations have the extension that belongs to that of the module. */
const declarations: Readonly<Record<string, string>> = { ".js": ".d.ts", ".mjs": ".d.mts", ".cjs": ".d.cts" };

/** Throws a Failure where the file would not be loaded as what it is. */
export function destination(source: string, options: DestinationOptions): Destination {
  const { output, format } = options;
  if (options.globalName !== undefined && format !== "iife") {
    throw usage("--global-name names the variable of a classic script: add --format iife");
  }
  if (output === "-" || (output === undefined && source === "-"))
    return { format: format ?? "esm", globalName: globalName(options, stemOf(source)) };
  const module = output === undefined || isFolder(output) ? inFolder(source, options) : output;
  const [, stem, extension] = /^(.*[^/\\])(\.[cm]?js)$/s.exec(module) ?? [];
  if (stem === undefined || extension === undefined) {
    throw usage(`the output must end in .js, .mjs or .cjs, or in / for a folder, not ${module}`);
  }
  const paths = { module, types: stem + declarations[extension]!, weights: `${stem}.safetensors` };
  return { format: formatOf(module, stem, extension, format), globalName: globalName(options, basename(stem)), paths }; // prettier-ignore
}

/** In the folder that is asked for, else beside the source. */
function inFolder(source: string, { output, format }: DestinationOptions): string {
  const folder = output ?? dirname(source);
  return join(folder, stemOf(source) + extensionFor(format, typeAt(folder)));
}

function stemOf(source: string): string {
  return source === "-" ? "model" : basename(source).replace(/\.nn$/, "");
}

function extensionFor(format: Format | undefined, type: string | undefined): string {
  if (format === "iife") return ".js";
  if (format === "cjs") return type === "module" ? ".cjs" : ".js";
  return type === "commonjs" ? ".mjs" : ".js";
}

/** The format that the extension asks for, or a `.js` file has by what surrounds it. */
function formatOf(module: string, stem: string, extension: string, asked: Format | undefined): Format {
  const own = { ".mjs": "esm", ".cjs": "cjs" } as const;
  if (extension !== ".js") {
    const format = own[extension as ".mjs" | ".cjs"];
    if (asked === undefined || asked === format) return format;
    const right = asked === "esm" ? ".mjs" : asked === "cjs" ? ".cjs" : ".js";
    throw usage(`${module} is ${spelled(format)} by its name, and --format ${asked} asks for ${spelled(asked)}: write -o ${stem}${right}, or leave --format out`); // prettier-ignore
  }
  // Who says it knows who loads it: a bundler, a page.
  if (asked === "esm" || asked === "iife") return asked;
  const type = typeAt(dirname(module));
  if (asked === "cjs") {
    if (type !== "module") return asked;
    throw usage(`Node.js would take ${module} for an ES module, by "type": "module" in the package.json of its folder or one above: write -o ${stem}.cjs`); // prettier-ignore
  }
  if (type !== "commonjs") return "esm";
  throw usage(
    `Node.js would take ${module} for CommonJS, by "type": "commonjs" in the package.json of its folder or one above: ` +
      `write -o ${stem}.mjs, which require loads as well, or -o ${stem}.cjs for CommonJS; ` +
      `for a page or a bundler --format esm writes ${basename(module)} all the same`,
  );
}

function spelled(format: Format): string {
  return { esm: "an ES module", cjs: "CommonJS", iife: "a classic script" }[format];
}

function globalName({ globalName: asked }: DestinationOptions, stem: string): string {
  if (asked === undefined || isGlobalName(asked)) return asked ?? globalNameOf(stem);
  throw usage(`--global-name must be a name that a variable of JavaScript can have, such as ${globalNameOf(stem)}, not ${asked}`); // prettier-ignore
}

function isFolder(path: string): boolean {
  return /[/\\]$/.test(path) || (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

/** `type` of the package.json that Node.js reads for files of a folder: the nearest, as far as `node_modules`. */
function typeAt(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (basename(at) === "node_modules") return undefined;
    const text = contentOf(join(at, "package.json"));
    if (text !== undefined) return typeIn(text);
    if (dirname(at) === at) return undefined;
  }
}

function contentOf(path: string): string | undefined {
  try {
    return new TextDecoder().decode(readBytes(path));
  } catch {
    return undefined;
  }
}

function typeIn(text: string): string | undefined {
  try {
    const { type } = JSON.parse(text) as { type?: unknown };
    return typeof type === "string" ? type : undefined;
  } catch {
    // Node.js says what is wrong with it, to whoever imports the module.
    return undefined;
  }
}

function usage(message: string): Failure {
  return new Failure(message, exit.usage);
}
