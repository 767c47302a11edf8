/** Patterns of names: `*` stands for any number of any characters, dots as well. */
import { append } from "../ir/multimap.ts";

/** What each `*` stands for; undefined where the pattern does not fit. Earlier ones stand for as little as they can. */
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

/** Whether one of the patterns fits. */
export function fitsOne(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => captures(pattern, name) !== undefined);
}

/** New names for those of weights: `FROM` to `TO`, each `*` of which is what that of `FROM` stood for. */
export type Rename = Readonly<Record<string, string>>;

/** What is wrong with a rule of a rename, in words. */
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
  /** By old name. */
  readonly names: ReadonlyMap<string, string>;
  /** Rules that fit no name. */
  readonly idle: readonly string[];
  /** New names that several got. */
  readonly clashes: readonly (readonly [name: string, from: readonly string[]])[];
}

/** Each name has one rule: that of the very name, else the first that fits. What no rule fits stays. */
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
