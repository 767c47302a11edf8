/** Fits given weights, with the names and forms in which people have them, to the parameters of a net. */
import { metadataOf } from "../../runtime/safetensors.ts";
import type { Tensor } from "../../runtime/tensor.ts";
import { visible } from "../../runtime/visible.ts";
import { isCounter, type Parameter } from "../ir/graph/graph.ts";
import { isComplete, match, parameterShape, type Match, type NamedShape, type Weights } from "./state.ts";
import { wholes } from "./parts.ts";
import { fitsOne } from "../ir/text/wildcards.ts";
import { renamed, type Rename, type Renaming } from "./patterns.ts";
import { proposals, type Proposal } from "./propose.ts";
import { unwrapped } from "./wrappers.ts";

/** The differences in names that are allowed. */
export interface Leniency {
  readonly rename?: Rename | undefined;
  readonly strict?: boolean | undefined;
  readonly allowMissing?: readonly string[] | undefined;
  readonly allowUnexpected?: readonly string[] | undefined;
}

export interface Fit extends Match {
  /** What was done to make the weights fit, one sentence for each step. */
  readonly notes: readonly string[];
  /** Those of `missing` and `unexpected` that no option allows. */
  readonly refused: { readonly missing: readonly NamedShape[]; readonly unexpected: readonly NamedShape[] };
  /** The names that were compared: those of the weights after all changes, and those of the net. */
  readonly theirs: readonly NamedShape[];
  readonly ours: readonly NamedShape[];
  /** What is wrong with the rename, if there is one. */
  readonly renaming: Pick<Renaming, "idle" | "clashes">;
  /** Computes renames and allowances that would make the weights fit. */
  readonly proposals: () => readonly Proposal[];
}

/** Compares given weights with the parameters of a model. */
export function fit(parameters: readonly Parameter[], given: Weights, leniency: Leniency = {}): Fit {
  const wanted = new Set(parameters.flatMap(({ path, aliases }) => [path, ...aliases]));
  const renaming = renamed(Object.keys(given), leniency.rename ?? {});
  const weights = withTies(underNames(given, renaming.names), given, renaming.names, wanted);
  const plain = held(parameters, weights, wanted, leniency);
  const bare = isRefused(plain) ? withoutWrappers(parameters, weights, wanted, leniency) : undefined;
  const own = (name: string): NamedShape => ({ name, shape: shapeIn(given, name) });
  return {
    ...(bare ?? plain),
    theirs: Object.keys(weights).map((name) => ({ name, shape: shapeIn(weights, name) })),
    ours: oursOf(parameters, weights),
    renaming,
    proposals: () =>
      proposals(Object.keys(given).map(own), oursOf(parameters, given), (rename) => {
        const { idle, clashes, names } = renamed(Object.keys(given), rename);
        if (idle.length > 0 || clashes.length > 0) return undefined;
        const tried = held(parameters, withTies(underNames(given, names), given, names, wanted), wanted, {});
        return tried.misshaped.length > 0 || tried.unusable.length > 0 ? undefined : tried;
      }),
  };
}

type Held = Match & Pick<Fit, "notes" | "refused">;

/** Compares the weights under their final names. */
function held(
  parameters: readonly Parameter[],
  given: Weights,
  wanted: ReadonlySet<string>,
  { strict = true, allowMissing = [], allowUnexpected = [] }: Leniency,
): Held {
  const { weights, notes, refused } = joined(given, wanted);
  const matched = match(parameters, weights);
  const missing = matched.missing.filter(({ name }) => !refused.has(name));
  return {
    ...matched,
    missing,
    unusable: [...matched.unusable, ...[...refused].map(([name, reason]) => `${name} ${reason}`)],
    notes,
    refused: {
      missing: strict ? missing.filter(({ name }) => !fitsOne(allowMissing, name)) : [],
      unexpected: strict ? matched.unexpected.filter(({ name }) => !fitsOne(allowUnexpected, name)) : [],
    },
  };
}

function isRefused({ missing, refused, misshaped, unusable }: Held): boolean {
  return (
    missing.length + refused.missing.length + refused.unexpected.length + misshaped.length + unusable.length >
    0
  );
}

/**
 * Takes the names of wrappers off, if the weights then have everything that the net needs and nothing else is
 * wrong.
 */
function withoutWrappers(
  parameters: readonly Parameter[],
  weights: Weights,
  wanted: ReadonlySet<string>,
  leniency: Leniency,
): Held | undefined {
  const bare = unwrapped(Object.keys(weights), wanted);
  if (!bare || bare.wrappers.length === 0) return undefined;
  const found = held(parameters, underNames(weights, bare.names), wanted, leniency);
  if (found.refused.missing.length + found.refused.unexpected.length > 0) return undefined;
  if (found.misshaped.length + found.unusable.length > 0) return undefined;
  if (leniency.strict === false && found.missing.length > 0) return undefined;
  const wrappers = bare.wrappers.map((wrapper) => `\`${wrapper}.\``).join(", ");
  return { ...found, notes: [`taken off the names of the weights: ${wrappers}`, ...found.notes] };
}

function underNames(weights: Weights, names: ReadonlyMap<string, string>): Weights {
  if ([...names].every(([from, to]) => from === to)) return weights;
  return recordOf(new Map([...names].map(([from, to]) => [to, weights[from]!])));
}

/**
 * Adds tensors of which the file kept only one of several names. safetensors' save_model writes into the metadata
 * under which kept name each dropped one is found. Those that the net does not need are left out.
 */
function withTies(
  weights: Weights,
  given: Weights,
  names: ReadonlyMap<string, string>,
  wanted: ReadonlySet<string>,
): Weights {
  const ties = tiesOf(given).flatMap(([dropped, kept]) => {
    // A rule that renames the kept name applies to the dropped name as well.
    const name = names.get(dropped) ?? dropped;
    return wanted.has(name) && !Object.hasOwn(weights, name) ? [[name, given[kept]!] as const] : [];
  });
  return ties.length === 0 ? weights : recordOf(new Map([...Object.entries(weights), ...ties]));
}

/** The names that a file dropped, each with the name that it kept for the same tensor. */
export function tiesOf(given: Weights): (readonly [dropped: string, kept: string])[] {
  return Object.entries(metadataOf(given)).filter(
    ([dropped, kept]) => Object.hasOwn(given, kept) && !Object.hasOwn(given, dropped),
  );
}

/** The weights with each set of parts replaced by the weight that the parts make. */
function joined(
  given: Weights,
  wanted: ReadonlySet<string>,
): { weights: Weights; notes: readonly string[]; refused: ReadonlyMap<string, string> } {
  const refused = new Map<string, string>();
  const found = wholes(given, wanted);
  if (found.size === 0) return { weights: given, notes: [], refused };
  const weights = new Map<string, Tensor>(Object.entries(given));
  const made: string[] = [];
  for (const [name, whole] of found) {
    for (const part of whole.parts) weights.delete(part);
    if ("refused" in whole.made) {
      weights.delete(name);
      refused.set(name, whole.made.refused);
    } else {
      weights.set(name, whole.made.tensor);
      made.push(`${name} (${whole.made.how})`);
    }
  }
  const notes =
    made.length === 0 ? [] : [`computed in float64 from the parts that the weights have: ${someOf(made)}`];
  return { weights: recordOf(weights), notes, refused };
}

/** A message lists at most this many names, which is enough to see what they have in common. */
const MAX_LISTED_NAMES = 5;

export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, MAX_LISTED_NAMES).map(visible).join(", ");
  return names.length > MAX_LISTED_NAMES ? `${shown} and ${names.length - MAX_LISTED_NAMES} more` : shown;
}

/** A share as text: `23 %`. */
export function shareText(part: number, whole: number): string {
  const share = (100 * part) / whole;
  return share > 0 && share < 1 ? "less than 1 %" : `${Math.round(share)} %`;
}

/**
 * The names that the net needs: for each parameter the name under which the weights have it, else its path.
 * Counters may be missing.
 */
function oursOf(parameters: readonly Parameter[], weights: Weights): NamedShape[] {
  return parameters.flatMap((parameter) => {
    const { path, aliases } = parameter;
    const name = [path, ...aliases].find((one) => Object.hasOwn(weights, one));
    if (name === undefined && isCounter(parameter)) return [];
    return { name: name ?? path, shape: parameterShape(parameter) };
  });
}

function shapeIn(weights: Weights, name: string): readonly number[] {
  const tensor = weights[name];
  return isComplete(tensor) ? tensor.shape : [];
}

/** The tensors as a record without a prototype, so that any name is safe as a key. */
function recordOf(tensors: ReadonlyMap<string, Tensor>): Weights {
  return Object.assign(Object.create(null), Object.fromEntries(tensors)) as Weights;
}
