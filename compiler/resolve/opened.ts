/** Reads the texts of a session, and the files it loads: what they define, and what they use of it. */
import type { Item } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/diagnostics.ts";
import type { Source, Span } from "../../grammar/source.ts";
import { append } from "../ir/multimap.ts";
import * as errors from "./errors/session.ts";
import { identityOf, loadFiles, type Read } from "./files.ts";
import type { Definition, FileScope, Names } from "./meanings.ts";
import { checkNames, type BoundCalls, type OnUse } from "./names.ts";
import { Reports } from "./reports.ts";
import { library } from "./table.ts";

/** Where an item uses a name that another one defines. */
export interface Use {
  readonly span: Span;
  readonly definition: Definition;
}

/** A text that was read, its names looked up where they stand in blocks. */
export interface Opened {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly Source[];
  /** All that it says, in order. */
  readonly items: readonly Item[];
  /** Its blocks and imports, and the constants of a file. */
  readonly defined: Names;
  readonly uses: Map<Item, Use[]>;
  readonly scope: FileScope;
  readonly bound: BoundCalls;
}

/** Reads a line of the session, or several, which may use `names`. */
export function openText(source: Source, names: Names, read: Read): Opened {
  return open(source, read, names);
}

/** Reads a file, which sees nothing of the session. */
export function openFile(source: Source, read: Read): Opened {
  return open(source, read, undefined);
}

function open(source: Source, read: Read, names: Names | undefined): Opened {
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

function definitionsOf({ blocks, constants, imports }: FileScope): Names {
  const names = new Map<string, Definition>();
  for (const [name, definition] of imports) if (definition) names.set(name, definition);
  for (const [name, constant] of constants) names.set(name, { kind: "constant", constant });
  for (const [name, block] of blocks) names.set(name, { kind: "block", block });
  return names;
}

/** Notes what items use; blocks that use tensors are refused. */
export function collector(uses: Opened["uses"], reports: Reports): OnUse {
  return (item, { name, nameSpan: span }, definition) => {
    append(uses, item, { span, definition });
    if (item.kind === "block" && isOfTensors(definition)) reports.add(errors.tensorInBlock(span, name));
  };
}

/** Not known from the text alone, so that no block sees it and no file can have it outside of models. */
export function isOfTensors(definition: Definition): boolean {
  return (
    definition.kind === "known" || (definition.kind === "constant" && definition.constant.ofTensors === true)
  );
}

/** A text keeps alive what it uses, and not all that there was when it was written. */
export function keepUsed(session: Map<string, Definition>, uses: Opened["uses"]): void {
  const used = new Set([...uses.values()].flat().map(({ definition }) => identityOf(definition)));
  for (const [name, definition] of session) if (!used.has(identityOf(definition))) session.delete(name);
}
