/** Patterns of names, in which `*` matches any number of any characters, dots included. */
import { append } from "../ir/util/multimap.ts";

/**
 * The text that each `*` matches; undefined if the pattern does not match. Earlier stars match as little as
 * possible.
 */
export function captures(pattern: string, name: string): readonly string[] | undefined {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return name === pattern ? [] : undefined;
  if (!name.startsWith(first)) return undefined;
  const found: string[] = [];
  let at = first.length;
  for (const piece of rest) {
    const next = name.indexOf(piece, at);
    if (next < 0) return undefined;
    found.push(name.slice(at, next));
    at = next + piece.length;
  }
  if (at > name.length - last.length || !name.endsWith(last)) return undefined;
  found.push(name.slice(at, name.length - last.length));
  return found;
}

/** Whether one of the patterns matches. */
export function fitsOne(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => captures(pattern, name) !== undefined);
}

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
