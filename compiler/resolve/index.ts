/** From the syntax tree to the layer graph: resolves names, arguments, flow, weight paths and shapes. */
import type { Diagnostic } from "../../grammar/diagnostics.ts";
import type { Source } from "../../grammar/source.ts";
import type { Graph } from "../ir/graph/graph.ts";
import type { LayerOp, Mode } from "../layers/record.ts";
import type { Entry, EntryArgs, Setting } from "./entry.ts";
import { entrySpan, isSize } from "./entry.ts";
import * as errors from "./errors.ts";
import { definitionIn, loadFiles, resolvePath, type ReadText } from "./definitions.ts";
import { elaborate } from "./input-types.ts";
import type { FileScope, WeightsStatement } from "./meanings.ts";
import { names, type ModePatterns } from "./modes.ts";
import { checkNames } from "./name-check.ts";
import { Reports } from "./reports.ts";
import { library, type Table } from "./table.ts";

export type { WeightsStatement } from "./meanings.ts";
export { library, type Table } from "./table.ts";
export { outsideProject, sizeTooComplicated } from "./errors.ts";
export { readingReason as reasonOf, resolvePath } from "./definitions.ts";
export type { EntryArgs } from "./entry.ts";

export interface ResolveOptions {
  /** The block or model to compile. Where it is absent, that is the chain of the file, or else its only model. */
  readonly entry?: string | undefined;
  /** Hyperparameters of the entry. A name that is not one of them fixes a symbolic size of its inputs. */
  readonly args?: EntryArgs | undefined;
  readonly mode: Mode;
  /** The layers of the entry that have a mode of their own. */
  readonly patterns?: ModePatterns | undefined;
  /** Reads an imported file, and throws if there is none. */
  readonly read?: ReadText | undefined;
  /** The library. Tests may pass another. */
  readonly table?: Table | undefined;
}

export interface Resolved {
  /** The layer graph; absent if something is wrong. */
  readonly graph?: Graph<LayerOp>;
  readonly diagnostics: readonly Diagnostic[];
  /** All files that were read; diagnostics show lines of them. */
  readonly sources: readonly Source[];
  /**
   * The `weights` statement of the file itself. Those of imported files count only when those files are compiled.
   */
  readonly weights?: WeightsStatement;
  /** The paths of all weights that any of the files name, whether or not they are used. */
  readonly named: readonly string[];
}

/**
 * The result of `check`. Its `graph` is the graph of the entry that `resolve` would choose, if the file has such
 * an entry.
 */
export interface Checked extends Resolved {
  /** The graphs of all entries that were elaborated. If nothing is wrong, all of them can be compiled. */
  readonly graphs: readonly Graph<LayerOp>[];
}

/** Makes the layer graph of one entry. It never throws because of what a user wrote. */
export function resolve(source: Source, options: ResolveOptions): Resolved {
  const { files, main, reports, setting } = open(source, options);
  const entry = chooseEntry(main, options.entry, reports);
  let graph: Graph<LayerOp> | undefined;
  if (entry) graph = elaborateEntry(setting, entry, reports);
  return finish(files, main, reports, graph);
}

/**
 * Finds everything that is wrong with a file: names in every block, then the elaboration of its models and its
 * chain.
 */
export function checkFile(source: Source, options: ResolveOptions): Checked {
  const { files, main, reports, setting } = open(source, options);
  const graphs: Graph<LayerOp>[] = [];
  const look = (within: Setting, entry: Entry): Graph<LayerOp> | undefined => {
    const graph = elaborateEntry(within, entry, reports);
    if (graph) graphs.push(graph);
    return graph;
  };
  const done = (chosen: Graph<LayerOp> | undefined): Checked => ({
    ...finish(files, main, reports, chosen),
    graphs,
  });
  if (options.entry !== undefined) {
    const entry = chooseEntry(main, options.entry, reports);
    return done(entry && look(setting, entry));
  }
  if (main.file.items.length === 0 && main.damage.length === 0)
    reports.add(errors.nothingHere({ source, start: 0, end: 0 }));
  let chosen: Graph<LayerOp> | undefined;
  if (main.chain) chosen = look(setting, { kind: "chain", file: main, chain: main.chain });
  const models = [...main.blocks.values()].filter((block) => block.block.keyword === "model");
  for (const block of models) {
    if (block.recursive) continue;
    // A model that needs arguments is elaborated where it is called, or when arguments are given.
    const open = block.block.parameters.some(
      (one) => !one.default && !Object.hasOwn(setting.args, one.name.text),
    );
    if (open) continue;
    // The arguments are meant for the entry: the only model, if the file has no chain.
    const isChosen = models.length === 1 && !main.chain;
    const given = isChosen ? {} : { args: {}, patterns: undefined };
    const graph = look({ ...setting, ...given }, { kind: "block", block });
    if (isChosen) chosen = graph;
  }
  return done(chosen);
}

function open(
  source: Source,
  options: ResolveOptions,
): { files: FileScope[]; main: FileScope; reports: Reports; setting: Setting } {
  const reports = new Reports();
  const table = options.table ?? library;
  const files = loadFiles(source, options.read, reports, table);
  const bound = checkNames(files, table, reports);
  const main = files[0]!;
  const args = usable(options.args ?? {}, main, reports);
  return {
    files,
    main,
    reports,
    setting: { table, mode: options.mode, patterns: options.patterns, bound, args },
  };
}

/** The arguments whose values can be used; callers in JavaScript may pass anything. */
function usable(args: EntryArgs, main: FileScope, reports: Reports): EntryArgs {
  const isValue = (value: unknown): boolean =>
    ["number", "boolean", "string"].includes(typeof value) ||
    (Array.isArray(value) && value.every((item) => typeof item === "number"));
  const span = { source: main.source, start: 0, end: 0 };
  for (const [name, value] of Object.entries(args)) {
    if (!isValue(value)) reports.add(errors.noValueOption(span, name));
  }
  return Object.fromEntries(Object.entries(args).filter(([, value]) => isValue(value)));
}

function finish(
  files: readonly FileScope[],
  main: FileScope,
  reports: Reports,
  graph: Graph<LayerOp> | undefined,
): Resolved {
  return {
    ...(graph && !reports.failed && { graph }),
    diagnostics: reports.sorted(),
    sources: files.map((file) => file.source),
    ...(main.weights !== undefined && { weights: main.weights }),
    named: files.flatMap(({ source, weights }) => (weights ? [resolvePath(source.file, weights.path)] : [])),
  };
}

function elaborateEntry(setting: Setting, entry: Entry, reports: Reports): Graph<LayerOp> | undefined {
  if (entry.kind === "block" && entry.block.recursive) return undefined;
  const { graph, context } = elaborate(setting, entry, reports);
  const parameters = entry.kind === "block" ? entry.block.block.parameters.map((one) => one.name.text) : [];
  for (const [name, value] of Object.entries(setting.args)) {
    if (parameters.includes(name)) continue;
    if (context.symbols.names.has(name)) {
      if (!isSize(value)) reports.add(errors.badSizeOption(entrySpan(entry), name, JSON.stringify(value)));
      continue;
    }
    if (reports.failed && context.symbols.names.size === 0) continue;
    reports.add(errors.unknownOption(entrySpan(entry), name, [...parameters, ...context.symbols.names]));
  }
  const paths = graph?.nodes.flatMap(({ op, path }) =>
    op.kind === "layer" && path !== undefined ? [path] : [],
  );
  const patterns = [...(setting.patterns?.train ?? []), ...(setting.patterns?.eval ?? [])];
  for (const pattern of paths ? patterns : []) {
    if (!paths!.some((path) => names(pattern, path)))
      reports.add(errors.unknownLayers(entrySpan(entry), pattern, paths!));
  }
  return graph;
}

function chooseEntry(main: FileScope, wanted: string | undefined, reports: Reports): Entry | undefined {
  const blocks = [...main.blocks.values()];
  const span = { source: main.source, start: 0, end: 0 };
  if (wanted !== undefined) {
    const definition = definitionIn(main, wanted);
    if (definition?.kind === "block") return definition;
    reports.add(
      errors.unknownEntry(
        span,
        wanted,
        blocks.map((block) => block.name),
      ),
    );
    return undefined;
  }
  if (main.chain) return { kind: "chain", file: main, chain: main.chain };
  const models = blocks.filter((block) => block.block.keyword === "model");
  if (models.length === 1) return { kind: "block", block: models[0]! };
  if (main.damage.length > 0 && models.length === 0) return undefined;
  reports.add(
    errors.noEntry(
      span,
      models.map((model) => model.name),
      blocks.map((block) => block.name),
    ),
  );
  return undefined;
}
