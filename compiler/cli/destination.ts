/**
 * Decides where `nnc compile` writes, and in which format: the extension and the package around a file determine
 * how it is loaded.
 */
import { statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { globalNameOf, type Format } from "../emit/host/module-format.ts";
import { readBytes } from "../drive/source-files.ts";
import { isIdentifier } from "../ir/text/identifiers.ts";
import { exit, Failure } from "./io.ts";

export interface DestinationOptions {
  readonly output?: string;
  readonly format?: Format;
  readonly globalName?: string;
}

/** The output. Without paths, the module is printed. */
export interface Destination {
  readonly format: Format;
  readonly globalName: string;
  readonly paths?: Paths;
}

export interface Paths {
  readonly module: string;
  readonly types: string;
  readonly weights: string;
  readonly wasm: string;
  readonly wat: string;
}

/** The extension of the declarations, which belongs to the extension of the module. */
const declarations: Readonly<Record<string, string>> = { ".js": ".d.ts", ".mjs": ".d.mts", ".cjs": ".d.cts" };

/** The paths and the format. Throws a Failure if Node.js would load the file as another format than it has. */
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
  const paths = {
    module,
    types: stem + declarations[extension]!,
    weights: `${stem}.safetensors`,
    wasm: `${stem}.wasm`,
    wat: `${stem}.wat`,
  };
  return {
    format: formatOf(module, stem, extension, format),
    globalName: globalName(options, basename(stem)),
    paths,
  };
}

/** The path in the folder that is asked for, else beside the source. */
function inFolder(source: string, { output, format }: DestinationOptions): string {
  const folder = output ?? dirname(source);
  return join(folder, stemOf(source) + extensionFor(format, packageOf(folder)?.type));
}

function stemOf(source: string): string {
  return source === "-" ? "model" : basename(source).replace(/\.nn$/, "");
}

function extensionFor(format: Format | undefined, type: string | undefined): string {
  if (format === "iife") return ".js";
  if (format === "cjs") return type === "module" ? ".cjs" : ".js";
  return type === "commonjs" ? ".mjs" : ".js";
}

/** The format for the extension. For a `.js` file, the package around it determines the format. */
function formatOf(module: string, stem: string, extension: string, asked: Format | undefined): Format {
  if (extension !== ".js") {
    const format = extension === ".mjs" ? "esm" : "cjs";
    if (asked === undefined || asked === format) return format;
    const right = { esm: ".mjs", cjs: ".cjs", iife: ".js" }[asked];
    throw usage(
      `${module} would be ${spelled(format)} by its name, but --format ${asked} asks for ${spelled(asked)}: ` +
        `write -o ${stem}${right}, or leave out --format`,
    );
  }
  // A user who names the format knows what will load the file: a bundler or a page.
  if (asked === "esm" || asked === "iife") return asked;
  const { type, path } = packageOf(dirname(module)) ?? {};
  if (type !== (asked === "cjs" ? "module" : "commonjs")) return asked ?? "esm";
  const reason = `Node.js would load ${module} as ${type === "module" ? "an ES module" : "CommonJS"}, because ${path} says "type": "${type}"`;
  if (asked === "cjs") throw usage(`${reason}: write -o ${stem}.cjs`);
  throw usage(
    `${reason}: write -o ${stem}.mjs, which require loads as well, or -o ${stem}.cjs for CommonJS; ` +
      `if a page or a bundler loads it, add --format esm`,
  );
}

function spelled(format: Format): string {
  return { esm: "an ES module", cjs: "CommonJS", iife: "a classic script" }[format];
}

function globalName({ globalName: asked }: DestinationOptions, stem: string): string {
  if (asked === undefined || isIdentifier(asked)) return asked ?? globalNameOf(stem);
  throw usage(
    `--global-name takes the name of a JavaScript variable, such as ${globalNameOf(stem)}, not ${asked}`,
  );
}

/**
 * Whether the path is a folder. If a folder has a module's name, that is a mistake, which is reported when the
 * module is written.
 */
function isFolder(path: string): boolean {
  if (/[/\\]$/.test(path)) return true;
  return !/\.[cm]?js$/.test(path) && (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

/**
 * The package.json that tells Node.js the format of a folder's files: the nearest one upwards, but not beyond
 * `node_modules`.
 */
function packageOf(folder: string): { readonly type: string | undefined; readonly path: string } | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (basename(at) === "node_modules") return undefined;
    const path = join(at, "package.json");
    const text = contentOf(path);
    if (text !== undefined) return { type: typeIn(text), path: relative(process.cwd(), path) };
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
    // If it cannot be read, Node.js reports that to whoever imports the module.
    return undefined;
  }
}

function usage(message: string): Failure {
  return new Failure(message, exit.usage);
}
