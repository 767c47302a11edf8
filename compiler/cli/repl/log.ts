/**
 * The log from which `.save` writes a file: definitions and statements of the session, and which of them use
 * which.
 */
import type { Item } from "../../../grammar/ast.ts";
import type { Span } from "../../../grammar/source.ts";
import {
  identityOf,
  isOfTensors,
  tensorsOf,
  type Definition,
  type LineValue,
  type Names,
  type Opened,
} from "../../resolve/session.ts";

export interface LogEntry {
  readonly item: Item;
  /** The names that the entry defines. */
  readonly names: readonly string[];
  /** Those of the names that are tensors. */
  readonly tensors: readonly string[];
  /** Whether it draws random values for parameters. */
  readonly draws: boolean;
  readonly uses: readonly (DefinedName & { readonly span: Span })[];
  /** Whether it is a tensor or uses one. In a file, such an entry can only be inside a model. */
  readonly ofTensors: boolean;
  /**
   * The value of a chain: a layer, or the names of the tensors within the value. The name of a single tensor is
   * empty.
   */
  readonly value?: "layer" | readonly string[];
}

/** The entry that defines a name. */
export interface DefinedName {
  readonly entry: number;
  readonly name: string;
}

export interface Log {
  readonly entries: readonly LogEntry[];
  /** The entries that define the names as they are bound now. */
  readonly owners: ReadonlyMap<string, number>;
  /**
   * Entries refer to definitions by position: a reference to a definition would keep tensors alive that are no
   * longer needed.
   */
  readonly origins: WeakMap<object, DefinedName>;
}

export function emptyLog(): Log {
  return { entries: [], owners: new Map(), origins: new WeakMap() };
}

/** Adds items to the log. They may use each other, and each defines the names given with it. */
export function record(
  { entries, owners, origins }: Log,
  items: readonly (readonly [item: Item, names: Names])[],
  { uses }: Opened,
  { draws = false, value }: { readonly draws?: boolean; readonly value?: LineValue | undefined } = {},
): Log {
  const known = new Map(owners);
  for (const [i, [, names]] of items.entries()) {
    const entry = entries.length + i;
    for (const [name, definition] of names) {
      known.set(name, entry);
      // A second name of the same thing refers to the entry of the first.
      const identity = identityOf(definition);
      if (!origins.has(identity)) origins.set(identity, { entry, name });
    }
  }
  const added = items.map(([item, names]): LogEntry => ({
    item,
    names: [...names.keys()],
    tensors: [...names].filter(([, definition]) => isTensor(definition)).map(([name]) => name),
    draws,
    uses: (uses.get(item) ?? []).map(({ span, definition }) => ({
      span,
      ...origins.get(identityOf(definition))!,
    })),
    ofTensors: [...names.values()].some(isOfTensors),
    ...(value && { value: value.kind === "kept" ? tensorsOf(value.kept).map(({ name }) => name) : "layer" }),
  }));
  return { entries: [...entries, ...added], owners: known, origins };
}

function isTensor(definition: Definition): boolean {
  return definition.kind === "known" && ["held", "parameter"].includes(definition.known.meaning.kind);
}
