/** What a session consists of, for `.save`: its definitions and statements, and which of them use which. */
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

export interface Entry {
  readonly item: Item;
  /** Those that it defines. */
  readonly names: readonly string[];
  /** Those among them that are tensors. */
  readonly tensors: readonly string[];
  /** Parameters begin with it. */
  readonly draws: boolean;
  readonly uses: readonly (Origin & { readonly span: Span })[];
  /** It stands for tensors or uses what does, so that a file can only have it inside of a model. */
  readonly ofTensors: boolean;
  /** Of a chain: a layer, or the names of the tensors within its value; a single one has none. */
  readonly value?: "layer" | readonly string[];
}

/** What defines a name. */
export interface Origin {
  readonly entry: number;
  readonly name: string;
}

export interface Log {
  readonly entries: readonly Entry[];
  /** The entries that define the names of now. */
  readonly owners: ReadonlyMap<string, number>;
  /** Entries know definitions by their places: a definition would keep tensors that nothing can reach any more. */
  readonly origins: WeakMap<object, Origin>;
}

export function emptyLog(): Log {
  return { entries: [], owners: new Map(), origins: new WeakMap() };
}

/** The log with items that may use each other, and the names that each defines. */
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
      // A second name of one thing comes from the first.
      const identity = identityOf(definition);
      if (!origins.has(identity)) origins.set(identity, { entry, name });
    }
  }
  const added = items.map(([item, names]): Entry => ({
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
