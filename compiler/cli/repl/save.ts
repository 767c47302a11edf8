/**
 * Writes a session as a file. Definitions that do not depend on tensors are written outside of models, as they
 * were typed. Everything made of tensors goes into a model, whose outputs are the values that lines showed, in
 * their order; so a run of the model draws the same random values as the session.
 */
import { dirname, relative, resolve } from "node:path";
import type { Item, TypeExpression } from "../../../grammar/ast.ts";
import { format } from "../../../grammar/format.ts";
import type { Span } from "../../../grammar/source.ts";
import { libraryFiles } from "../../layers/library-files.ts";
import { resolvePath } from "../../resolve/index.ts";
import { namesIn } from "../../resolve/syntax.ts";
import { Failure } from "../io.ts";
import type { LogEntry, Log } from "./log.ts";

/** The text of the file in canonical form. The paths of imports are relative to its folder. */
export function sessionText(log: Log, path: string): string {
  const text = new Save(log, path).text();
  const formatted = format({ file: path, text });
  if ("diagnostics" in formatted)
    throw new Error(`a session cannot be written: ${formatted.diagnostics[0]!.message}`);
  return formatted.text;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

class Save {
  readonly #log: Log;
  readonly #path: string;
  readonly #taken: Set<string>;
  /** New names for entries whose names were bound again later. */
  readonly #renamed = new Map<string, string>();

  constructor(log: Log, path: string) {
    this.#log = log;
    this.#path = path;
    this.#taken = new Set(log.owners.keys());
  }

  text(): string {
    const { entries } = this.#log;
    const values = entries.filter(({ value }) => Array.isArray(value) && value.length > 0);
    const live = this.#live(values);
    const inside = this.#inside(live, values);
    const outside = live.filter((entry) => !inside.includes(entry));
    if (live.length + values.length === 0 && !entries.some(({ value }) => value === "layer"))
      throw new Failure("there is nothing to save");
    const lines = outside.map((entry) => this.#textOf(entry));
    const [only] = values;
    if (inside.length === 0 && values.length <= 1 && (!only || isSingle(only))) {
      const chain = only ?? entries.findLast(({ value }) => value === "layer");
      return [...lines, ...(chain ? [this.#textOf(chain)] : [])].join("\n");
    }
    return [...lines, ...this.#model(inside, values)].join("\n");
  }

  /** The entries that the current names and the values need, directly or indirectly. */
  #live(values: readonly LogEntry[]): LogEntry[] {
    const { entries, owners } = this.#log;
    const live = new Set<LogEntry>();
    const work = [...values, ...[...owners.values()].map((entry) => entries[entry]!)];
    for (const entry of work) {
      if (live.has(entry)) continue;
      live.add(entry);
      work.push(...entry.uses.map((use) => entries[use.entry]!));
    }
    return entries.filter((entry) => live.has(entry) && !values.includes(entry));
  }

  /**
   * The entries that must be inside the model: those made of tensors, and layers that were bound after random
   * values were drawn in the model, since a file draws its own layers before its models. A layer that a block
   * uses is outside nevertheless.
   */
  #inside(live: readonly LogEntry[], values: readonly LogEntry[]): LogEntry[] {
    const { entries } = this.#log;
    const ofBlocks = new Set<LogEntry>(live.filter(({ item }) => item.kind === "block"));
    for (const entry of ofBlocks) for (const use of entry.uses) ofBlocks.add(entries[use.entry]!);
    const inside: LogEntry[] = [];
    let drawn = false;
    for (const entry of entries) {
      const isLate = entry.draws && drawn && !ofBlocks.has(entry);
      const isInside =
        entry.ofTensors || isLate || entry.uses.some((use) => inside.includes(entries[use.entry]!));
      if (isInside && live.includes(entry)) inside.push(entry);
      drawn ||= entry.draws && (values.includes(entry) || inside.includes(entry));
    }
    return inside;
  }

  #model(inside: readonly LogEntry[], values: readonly LogEntry[]): string[] {
    const { entries, owners } = this.#log;
    const lines: string[] = [];
    const outputs: string[] = [];
    const name = this.#fresh("Session");
    for (const entry of entries) {
      if (inside.includes(entry)) lines.push(this.#textOf(entry));
      if (!values.includes(entry)) continue;
      const text = this.#textOf(entry);
      const target = this.#fresh(values.length > 1 ? `y${values.indexOf(entry) + 1}` : "y");
      lines.push(`${target} = ${text}`);
      const parts = entry.value as readonly string[];
      for (const part of parts)
        outputs.push(
          part === ""
            ? target
            : `${this.#fresh(`${target}_${part.replaceAll(".", "_")}`)} = ${target}${partText(part)}`,
        );
    }
    if (outputs.length === 0)
      for (const [key, entry] of owners) if (entries[entry]!.tensors.includes(key)) outputs.push(key);
    if (outputs.length === 0)
      throw new Failure(
        "no tensor of the session can be the output of a file: write an expression that is one",
      );
    return ["", `model ${name} {`, ...lines, `output ${outputs.join(", ")}`, "}"];
  }

  /** The text of an entry as it was typed, except for names that have another meaning by now. */
  #textOf(entry: LogEntry): string {
    const { item, uses } = entry;
    const { source, start, end } = item.span;
    const edits: Edit[] = [];
    const rename = (span: Span, name: string): void => void edits.push({ ...span, text: name });
    for (const { span, entry: of, name } of uses) rename(span, this.#nameOf(of, name));
    const index = this.#log.entries.indexOf(entry);
    for (const { name, span } of ownNames(item))
      if (entry.names.includes(name)) rename(span, this.#nameOf(index, name));
    if (item.kind === "import") edits.push(...this.#importEdits(item, index));
    let text = "";
    let at = start;
    for (const edit of edits.sort((a, b) => a.start - b.start)) {
      text += source.text.slice(at, edit.start) + edit.text;
      at = edit.end;
    }
    return text + source.text.slice(at, end);
  }

  #importEdits({ names, from }: Extract<Item, { kind: "import" }>, index: number): Edit[] {
    const { source } = from.span;
    if (libraryFiles.has(from.value)) return this.#localEdits(names, index);
    const target = resolve(resolvePath(source.file, from.value));
    const path = relative(dirname(resolve(this.#path)), target).replaceAll("\\", "/");
    const text = JSON.stringify(path.startsWith(".") ? path : `./${path}`);
    return [...this.#localEdits(names, index), { ...from.span, text }];
  }

  #localEdits(names: Extract<Item, { kind: "import" }>["names"], index: number): Edit[] {
    return names.map(({ name, as }): Edit => {
      const local = this.#nameOf(index, (as ?? name).text);
      return {
        start: name.span.start,
        end: (as ?? name).span.end,
        text: local === name.text ? local : `${name.text} as ${local}`,
      };
    });
  }

  #nameOf(entry: number, name: string): string {
    if (this.#log.owners.get(name) === entry) return name;
    const key = `${entry} ${name}`;
    let renamed = this.#renamed.get(key);
    if (renamed === undefined) this.#renamed.set(key, (renamed = this.#fresh(`${name}_1`)));
    return renamed;
  }

  #fresh(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#taken.has(name); i++) name = `${wanted.replace(/_\d+$/, "")}_${i}`;
    this.#taken.add(name);
    return name;
  }
}

function isSingle({ value }: LogEntry): boolean {
  return Array.isArray(value) && value.length === 1 && value[0] === "";
}

/** The text that takes a part of a value: `.h_n` for a result with a name, `[0]` for an item. */
function partText(part: string): string {
  return part
    .split(".")
    .map((one) => (/^\d+$/.test(one) ? `[${one}]` : `.${one}`))
    .join("");
}

/** The places in an item where it binds names. */
function ownNames(item: Item): { name: string; span: Span }[] {
  const word = ({ text, span }: { text: string; span: Span }): { name: string; span: Span } => ({
    name: text,
    span,
  });
  switch (item.kind) {
    case "block":
      return [word(item.name)];
    case "parameter":
      return [word(item.name)];
    case "binding":
      return [...item.targets.map(word), ...(item.type ? sizesIn(item.type) : [])];
    default:
      return [];
  }
}

/** The sizes in a type. The type binds those that nothing has bound before. */
function sizesIn(type: TypeExpression): { name: string; span: Span }[] {
  return (type.dims ?? []).flatMap((dim) =>
    dim.kind === "size" ? namesIn(dim.value).map(({ name, nameSpan }) => ({ name, span: nameSpan })) : [],
  );
}
