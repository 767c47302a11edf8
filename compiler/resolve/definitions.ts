/** Files and their definitions: reads imports, and sorts the blocks, constants and the chain of a file. */
import type { Import, Item, Word } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/diagnostics.ts";
import { parse } from "../../grammar/index.ts";
import { OutsideProject } from "../../grammar/outside.ts";
import { lineText, type Source, type Span } from "../../grammar/source.ts";
import { firstWhere } from "../ir/util/search.ts";
import { libraryFiles } from "../layers/library-files.ts";
import * as errors from "./errors.ts";
import type { Definition, FileScope, LineItem, Scope } from "./meanings.ts";
import type { Reports } from "./reports.ts";
import { spell, type Table } from "./table.ts";

export type ReadText = (path: string) => string;

/** No net has more files than this; the limit stops imports that make up new paths without end. */
const MAX_FILES = 1000;

/**
 * Loads the file and everything it imports; the file itself comes first. A session takes the statements of its
 * texts one by one.
 */
export function loadFiles(
  source: Source,
  read: ReadText | undefined,
  reports: Reports,
  table: Table,
  session?: Scope,
): FileScope[] {
  const loaded = new Map<string, FileScope>();
  const open = (one: Source): FileScope => openFile(one, reports, table);
  const opened = open(source);
  const main = session ? { ...opened, session: new Map(session) } : opened;
  loaded.set(normalize(source.file), main);
  // The map grows while the loop walks it, and each file is visited once, so that imports in a cycle end.
  for (const file of loaded.values()) {
    for (const item of file.file.items) {
      if (item.kind === "import") follow(item, file, loaded, read, reports, open);
    }
  }
  for (const file of loaded.values()) define(file, reports);
  for (const file of loaded.values()) link(file, loaded, reports);
  return [...loaded.values()];
}

/** The object that identifies a definition: it is the same each time the definition is looked up. */
export function identityOf(definition: Definition): object {
  switch (definition.kind) {
    case "block":
      return definition.block;
    case "constant":
      return definition.constant.binding;
    case "known":
      return definition.known;
  }
}

export function definitionIn(file: FileScope, name: string): Definition | undefined {
  return ownDefinition(file, name) ?? file.imports.get(name) ?? file.session?.get(name);
}

/**
 * Whether there is a syntax error in this part of a body. Then nothing is reported about definitions it lacks.
 */
export function isDamaged(file: FileScope, span: Span): boolean {
  const at = firstWhere(file.damage.length, (i) => file.damage[i]! >= span.start);
  return at < file.damage.length && file.damage[at]! < span.end;
}

/** The names that a file's text can use without binding them. */
export function namesOf(file: FileScope): string[] {
  const session = file.session?.keys() ?? [];
  return [...file.blocks.keys(), ...file.constants.keys(), ...file.imports.keys(), ...session];
}

function openFile(source: Source, reports: Reports, table: Table): FileScope {
  const { file, diagnostics } = parse(source, (name) => spell(table, name));
  for (const diagnostic of diagnostics) reports.add(diagnostic);
  return {
    source,
    file,
    blocks: new Map(),
    constants: new Map(),
    imports: new Map(),
    chain: undefined,
    weights: undefined,
    damaged: wordsOfDamage(source, diagnostics),
    damage: diagnostics.map((diagnostic) => diagnostic.span.start).sort((a, b) => a - b),
    places: new Map(),
  };
}

function wordsOfDamage(source: Source, diagnostics: readonly Diagnostic[]): Set<string> {
  const lines = new Set(
    diagnostics.filter((one) => one.severity === "error").map((diagnostic) => diagnostic.span.line),
  );
  const words = new Set<string>();
  for (const line of lines) {
    for (const [word] of lineText(source, line).matchAll(/[A-Za-z_]\w*/g)) words.add(word);
  }
  return words;
}

function follow(
  item: Import,
  from: FileScope,
  loaded: Map<string, FileScope>,
  read: ReadText | undefined,
  reports: Reports,
  open: (source: Source) => FileScope,
): void {
  const path = importPath(from.source.file, item.from.value);
  if (loaded.has(path)) return;
  const library = libraryFiles.get(item.from.value);
  if (library !== undefined) {
    loaded.set(path, open({ file: item.from.value, text: library }));
    return;
  }
  if (/^nnc\/[^.]*$/.test(item.from.value)) {
    const names = [...libraryFiles.keys()].join(", ");
    reports.add(errors.importUnreadable(item.from.span, item.from.value, `the library has ${names}`));
    return;
  }
  if (loaded.size >= MAX_FILES) {
    reports.add(errors.tooManyFiles(item.from.span, MAX_FILES));
    return;
  }
  if (!read) {
    reports.add(errors.importUnreadable(item.from.span, path, "files cannot be read here"));
    return;
  }
  let text: string;
  try {
    text = read(path);
  } catch (cause) {
    const { span } = item.from;
    reports.add(
      cause instanceof OutsideProject
        ? errors.outsideProject(span, path, cause.root)
        : errors.importUnreadable(span, path, readingReason(cause)),
    );
    return;
  }
  loaded.set(path, open({ file: path, text }));
}

/** The reason why a file cannot be read, from the error that was thrown. */
export function readingReason(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return /ENOENT/.test(message) ? "there is no such file" : message;
}

/**
 * Defines the blocks, constants and the chain of a file. Imports are linked later, when every file has its own
 * names.
 */
function define(file: FileScope, reports: Reports): void {
  for (const [index, item] of file.file.items.entries()) {
    if (file.session && isLine(item)) continue;
    switch (item.kind) {
      case "import":
        break;
      case "weights":
        if (file.weights) reports.add(errors.secondWeights(item.span, file.weights.span));
        else file.weights = { path: item.path.value, rename: item.rename ?? [], span: item.span };
        break;
      case "block": {
        const { text: name } = item.name;
        if (isFresh(file, item.name, reports)) {
          file.blocks.set(name, { name, block: item, file, recursive: false });
        }
        break;
      }
      case "binding":
        if (item.list) reports.add(errors.onlyConstants(item.span));
        for (const target of item.targets) {
          if (!isFresh(file, target, reports)) continue;
          if (item.list) file.imports.set(target.text, undefined);
          else file.constants.set(target.text, { binding: item, index, file });
        }
        break;
      case "chain-statement":
        if (file.chain) reports.add(errors.secondChain(item.span, file.chain.span));
        else file.chain = item;
        break;
      default:
        reports.add(errors.belongsInModel(item.span, item.kind === "parameter" ? item.role : item.kind));
    }
  }
}

/** Whether an item is a statement that a session's text may contain. */
export function isLine(item: Item): item is LineItem {
  return item.kind === "binding" || item.kind === "parameter" || item.kind === "chain-statement";
}

function isFresh(file: FileScope, word: Word, reports: Reports): boolean {
  const first = file.places.get(word.text);
  if (first) reports.add(errors.boundTwice(word.span, word.text, first));
  else file.places.set(word.text, word.span);
  return !first;
}

function link(file: FileScope, loaded: ReadonlyMap<string, FileScope>, reports: Reports): void {
  for (const item of file.file.items) {
    if (item.kind !== "import") continue;
    const target = loaded.get(importPath(file.source.file, item.from.value));
    for (const { name, as } of item.names) {
      const local = as ?? name;
      if (!isFresh(file, local, reports)) continue;
      const found = target && ownDefinition(target, name.text);
      file.imports.set(local.text, found);
      if (target && !found && !target.damaged.has(name.text)) {
        const names = [...target.blocks.keys(), ...target.constants.keys()];
        reports.add(errors.notDefinedThere(name.span, name.text, target.source.file, names));
      }
    }
  }
}

function ownDefinition(file: FileScope, name: string): Definition | undefined {
  const block = file.blocks.get(name);
  if (block) return { kind: "block", block };
  const constant = file.constants.get(name);
  return constant && { kind: "constant", constant };
}

/** What an import is loaded under: its path, or for a file of the library a name that no path has. */
function importPath(from: string, path: string): string {
  return libraryFiles.has(path) ? `//${path}` : resolvePath(from, path);
}

/** An import's path relative to the importing file, with `/` between its parts. */
export function resolvePath(from: string, path: string): string {
  if (path.startsWith("/") || /^[a-z]+:/i.test(path)) return normalize(path);
  const slash = Math.max(from.lastIndexOf("/"), from.lastIndexOf("\\"));
  return normalize(slash < 0 ? path : from.slice(0, slash + 1) + path);
}

function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.replaceAll("\\", "/").split("/")) {
    if (part === "." || (part === "" && parts.length > 0)) continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== ".." && parts.at(-1) !== "") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}
