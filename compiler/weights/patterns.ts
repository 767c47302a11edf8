/** New names for weights, by patterns. */
import { captures } from "../ir/text/wildcards.ts";
import { append } from "../ir/util/multimap.ts";

/**
 * New names for weights, `FROM` to `TO`: each `*` in `TO` is replaced by the text that the same `*` in `FROM`
 * matched.
 */
export type Rename = Readonly<Record<string, string>>;

/** Says what is wrong with a rule of a rename, if anything is. */
export function wrongRule(from: string, to: string): string | undefined {
  const [wanted, there] = [stars(from), stars(to)];
  if (from === "") return "the old name is empty";
  if (to === "") return `there is no new name for \`${from}\``;
  if (wanted === there) return undefined;
  return `\`${from}\` has ${wanted} \`*\` and \`${to}\` has ${there}: each stands for what the other does`;
}

function stars(pattern: string): number {
  return pattern.split("*").length - 1;
}

export interface Renaming {
  /** The new names by the old ones. */
  readonly names: ReadonlyMap<string, string>;
  /** The rules that match no name. */
  readonly idle: readonly string[];
  /** New names that several old names got. */
  readonly clashes: readonly (readonly [name: string, from: readonly string[]])[];
}

/**
 * Renames by one rule per name: the rule for exactly this name, else the first rule that matches. Other names do
 * not change.
 */
export function renamed(names: readonly string[], rename: Rename): Renaming {
  const rules = Object.entries(rename);
  const exact = new Map(rules);
  const patterns = rules.filter(([from]) => from.includes("*"));
  const used = new Set<string>();
  const found = new Map<string, string>();
  const sources = new Map<string, string[]>();
  for (const name of names) {
    const to = exact.has(name) ? rename[name]! : byPattern(name, patterns, used);
    if (exact.has(name)) used.add(name);
    found.set(name, to);
    append(sources, to, name);
  }
  return {
    names: found,
    idle: rules.flatMap(([from]) => (used.has(from) ? [] : from)),
    clashes: [...sources].filter(([, from]) => from.length > 1),
  };
}

function byPattern(
  name: string,
  patterns: readonly (readonly [string, string])[],
  used: Set<string>,
): string {
  for (const [from, to] of patterns) {
    const found = captures(from, name);
    if (!found) continue;
    used.add(from);
    return to.split("*").reduce((text, piece, i) => text + found[i - 1]! + piece);
  }
  return name;
}
