/** Reads the texts of a session, and the files it loads, and notes what they define and which names they use. */
import type { Item } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/diagnostics.ts";
import type { Source, Span } from "../../grammar/source.ts";
import { append } from "../ir/util/multimap.ts";
import * as errors from "./errors/session-errors.ts";
import { identityOf, loadFiles, type ReadText } from "./definitions.ts";
import type { Definition, FileScope, Scope } from "./meanings.ts";
import { checkNames, type BoundCalls, type OnUse } from "./name-check.ts";
import { Reports } from "./reports.ts";
import { library } from "./table.ts";

/** A place where an item uses a name that another item defines. */
export interface Use {
  readonly span: Span;
  readonly definition: Definition;
}

/** A text that was read. The names in its blocks are looked up. */
export interface Opened {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly Source[];
  /** The items of the text, in order. */
  readonly items: readonly Item[];
  /** The blocks and imports of the text; for a file, its constants too. */
  readonly defined: Scope;
  readonly uses: Map<Item, Use[]>;
  readonly scope: FileScope;
  readonly bound: BoundCalls;
}

/** Reads one or more lines of the session, which may use `names`. */
export function openText(source: Source, names: Scope, read: ReadText): Opened {
  return open(source, read, names);
}

/** Reads a file, which cannot use any name of the session. */
export function openFile(source: Source, read: ReadText): Opened {
  return open(source, read, undefined);
}

function open(source: Source, read: ReadText, names: Scope | undefined): Opened {
  const reports = new Reports();
  const files = loadFiles(source, read, reports, library, names);
  const scope = files[0]!;
  const uses: Opened["uses"] = new Map();
  const bound = checkNames(files, library, reports, collector(uses, reports));
  if (scope.session) keepUsed(scope.session, uses);
  return {
    diagnostics: reports.sorted(),
    sources: files.map((file) => file.source),
    items: scope.file.items,
    defined: definitionsOf(scope),
    uses,
    scope,
    bound,
  };
}

function definitionsOf({ blocks, constants, imports }: FileScope): Scope {
  const names = new Map<string, Definition>();
  for (const [name, definition] of imports) if (definition) names.set(name, definition);
  for (const [name, constant] of constants) names.set(name, { kind: "constant", constant });
  for (const [name, block] of blocks) names.set(name, { kind: "block", block });
  return names;
}

/** Makes a function that notes what items use, and refuses blocks that use tensors. */
export function collector(uses: Opened["uses"], reports: Reports): OnUse {
  return (item, { name, nameSpan: span }, definition) => {
    append(uses, item, { span, definition });
    if (item.kind === "block" && isOfTensors(definition)) reports.add(errors.tensorInBlock(span, name));
  };
}

/**
 * Whether a definition is made of tensors, whose values are not known from the text. No block can use it, and in
 * a file it could only be inside a model.
 */
export function isOfTensors(definition: Definition): boolean {
  return (
    definition.kind === "known" || (definition.kind === "constant" && definition.constant.ofTensors === true)
  );
}

/** Drops the names that a text does not use, so that it keeps alive only the values that it needs. */
export function keepUsed(session: Map<string, Definition>, uses: Opened["uses"]): void {
  const used = new Set([...uses.values()].flat().map(({ definition }) => identityOf(definition)));
  for (const [name, definition] of session) if (!used.has(identityOf(definition))) session.delete(name);
}
