/** From the weights that are given, as people have them, to those of a net. */
import type { Tensor } from "../../runtime/tensor.ts";
import type { Parameter } from "../ir/graph.ts";
import { visible } from "../../runtime/visible.ts";
import { match, type Match, type Weights } from "../weights.ts";
import { wholes } from "./parts.ts";

export interface Fit extends Match {
  /** What was done to make them fit, a sentence each. */
  readonly notes: readonly string[];
}

/** Given weights, held against the parameters of a model. */
export function fit(parameters: readonly Parameter[], given: Weights): Fit {
  const wanted = new Set(parameters.flatMap(({ path, aliases }) => [path, ...aliases]));
  const { weights, notes, refused } = joined(given, wanted);
  const matched = match(parameters, weights);
  const isRefused = ({ name }: { readonly name: string }): boolean => refused.has(name);
  return {
    ...matched,
    missing: matched.missing.filter((one) => !isRefused(one)),
    unusable: [...matched.unusable, ...[...refused].map(([name, reason]) => `${name} ${reason}`)],
    notes,
  };
}

/** The weights, those in place of their parts that these make. */
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
    if ("refused" in whole.made) refused.set(name, whole.made.refused);
    else {
      weights.set(name, whole.made.tensor);
      made.push(`${name} (${whole.made.how})`);
    }
  }
  const notes =
    made.length === 0 ? [] : [`computed in float64 from the parts that the weights have: ${someOf(made)}`];
  return { weights: recordOf(weights), notes, refused };
}

/** So many names are enough to see what they have in common. */
const NAMED = 5;

export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).map(visible).join(", ");
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown;
}

/** Without a prototype, so that any name is safe as a key. */
function recordOf(tensors: ReadonlyMap<string, Tensor>): Weights {
  return Object.assign(Object.create(null), Object.fromEntries(tensors)) as Weights;
}
