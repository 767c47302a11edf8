/** Proposes options that make weights with other names fit: rules that rename weights, and names to allow. */
import { visible } from "../../runtime/visible.ts";
import { append } from "../ir/util/multimap.ts";
import type { NamedShape } from "./state.ts";
import { wholeOf } from "./parts.ts";
import type { Rename } from "./patterns.ts";
import { elementsOf, isKernel, leafOf, pairModules } from "./roles.ts";

export interface Proposal {
  readonly rename: Rename;
  readonly allowMissing: readonly string[];
  readonly allowUnexpected: readonly string[];
}

/**
 * Follows rules, and gives the names that still differ; undefined if the rules lead to tensors that cannot be
 * used.
 */
export type Try = (
  rename: Rename,
) => { missing: readonly NamedShape[]; unexpected: readonly NamedShape[] } | undefined;

/** Nothing is proposed if more pairs of names than this would have to be compared. */
const MAX_COMPARED_PAIRS = 100_000;
/** If several parts of a file could be meant, at most this many proposals are made. */
const MAX_PROPOSALS = 3;

/**
 * The proposals that make the weights fit; several if the file contains the weights several times. Each has been
 * tried.
 */
export function proposals(
  theirs: readonly NamedShape[],
  ours: readonly NamedShape[],
  attempt: Try,
): Proposal[] {
  const given = new Set(theirs.map(({ name }) => name));
  const wanted = new Set(ours.map(({ name }) => name));
  const unexpected = theirs.filter(({ name }) => !wanted.has(name));
  const missing = ours.filter(({ name }) => !given.has(name));
  // If all matrices are square, their shapes do not tell whether they are transposed.
  const kernels = unexpected.filter(isKernel);
  if (kernels.length > 0 && kernels.every(({ shape }) => shape[0] === shape[1])) return [];
  const pairs = pairsOf(unexpected, missing);
  const [first, ...others] = bestRules(pairs);
  const starts = first
    ? [first, ...others.filter((rule) => isCopy(rule, first))].slice(0, MAX_PROPOSALS)
    : [undefined];
  return starts.flatMap((start) => {
    const rules = rulesFor(pairs, start);
    const byPlace = pairModules(theirs, ours).filter(([from, to]) => from !== to);
    const found =
      tried(rules, ours, attempt) ??
      tried([...rules, ...shortened(rest(byPlace, rules), given)], ours, attempt) ??
      tried(shortened(byPlace, given), ours, attempt);
    return found ?? [];
  });
}

interface Rule {
  readonly from: string;
  readonly to: string;
  /** The pairs to which the rule applies: a name in the file and one in the net. */
  readonly pairs: readonly Pair[];
}

type Pair = readonly [theirs: string, ours: string];

/**
 * Pairs of names whose tensors have the same role and shape, and whose numbers are the same except for a first or
 * last one. Rules do not change numbers, and pairing every name with every other would take too long for large
 * nets. For a part of a weight, the shape is not compared.
 */
function pairsOf(theirs: readonly NamedShape[], ours: readonly NamedShape[]): Pair[] {
  const exactly = new Map<string, NamedShape[]>();
  const nearly = new Map<string, NamedShape[]>();
  for (const one of ours) {
    const { role } = leafOf(one.name);
    const [exact, ...near] = numbersOf(one.name);
    append(exactly, `${role} ${exact}`, one);
    for (const numbers of near) append(nearly, `${role} ${numbers}`, one);
  }
  const pairs: Pair[] = [];
  for (const { name, shape } of theirs) {
    const whole = wholeOf(name);
    const { role } = leafOf(whole ?? name);
    const [exact, ...near] = numbersOf(whole ?? name);
    const key = `${role} ${exact}`;
    const others = near.flatMap((numbers) => exactly.get(`${role} ${numbers}`) ?? []);
    for (const one of [...(exactly.get(key) ?? []), ...(nearly.get(key) ?? []), ...others]) {
      if (whole === undefined && String(shape) !== String(one.shape)) continue;
      if (pairs.length === MAX_COMPARED_PAIRS) return [];
      pairs.push([name, one.name]);
    }
  }
  return pairs;
}

/** The numbers in a name, joined; then without the first, and without the last, if there are any. */
function numbersOf(name: string): string[] {
  const numbers = name.split(".").filter((part) => /\d/.test(part));
  const [all, rest, start] = [numbers, numbers.slice(1), numbers.slice(0, -1)].map((some) => some.join("."));
  return [...new Set(numbers.length === 0 ? [all!] : [all!, rest!, start!])];
}

/**
 * The rules that several pairs have in common, those of the most pairs first. A rule is left out if another one
 * for the same `from` has as many pairs.
 */
function bestRules(pairs: readonly Pair[]): Rule[] {
  const found = new Map<string, { from: string; to: string; pairs: Pair[] }>();
  for (const pair of pairs)
    for (const [from, to] of rulesBetween(...pair)) {
      const key = JSON.stringify([from, to]);
      const rule = found.get(key) ?? { from, to, pairs: [] };
      rule.pairs.push(pair);
      found.set(key, rule);
    }
  const rules = [...found.values()].sort(
    (a, b) =>
      b.pairs.length - a.pairs.length ||
      Number(a.from.startsWith("*")) - Number(b.from.startsWith("*")) ||
      a.from.length - b.from.length,
  );
  const most = new Map<string, Rule>();
  const equal = new Set<string>();
  for (const rule of rules) {
    const before = most.get(rule.from);
    if (!before) most.set(rule.from, rule);
    else if (before.pairs.length === rule.pairs.length) equal.add(rule.from);
  }
  return [...most.values()].filter(({ from }) => !equal.has(from));
}

/**
 * The rules that turn one name into the other by replacing the one place where they differ. A number is not
 * replaced.
 */
function rulesBetween(theirs: string, ours: string): [string, string][] {
  const whole = wholeOf(theirs) ?? theirs;
  const [a, b] = [whole.split("."), ours.split(".")];
  let end = 0;
  while (end < Math.min(a.length, b.length) && a.at(-1 - end) === b.at(-1 - end)) end++;
  let start = 0;
  while (start < Math.min(a.length, b.length) - end && a[start] === b[start]) start++;
  const [old, now] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (start + end === 0 || (end === 0 && whole !== theirs)) return [];
  if (old.length > 0 && now.length > 0 && [...old, ...now].some((part) => /\d/.test(part))) return [];
  const before = a.slice(0, start);
  const rules: [string, string][] = [];
  const add = (head: readonly string[], tail: readonly string[]): void => {
    rules.push([[...head, ...old, ...tail].join("."), [...head, ...now, ...tail].join(".")]);
  };
  if (end > 0) add(before, ["*"]);
  if (start > 0) add(["*"], end > 0 ? ["*"] : []);
  return rules;
}

/** Whether both rules apply to the same names of the net. */
function isCopy(rule: Rule, other: Rule): boolean {
  const names = new Set(other.pairs.map(([, ours]) => ours));
  const theirs = new Set(other.pairs.map(([name]) => name));
  return (
    rule.pairs.length === other.pairs.length &&
    rule.pairs.every(([name, ours]) => names.has(ours) && !theirs.has(name))
  );
}

/** Rules for as many pairs as possible, beginning with the rule `start`. */
function rulesFor(pairs: readonly Pair[], start: Rule | undefined): Rule[] {
  const rules: Rule[] = [];
  let left = pairs;
  for (let rule = start; rule; rule = bestRules(left)[0]) {
    const chosen = rule;
    rules.push(chosen);
    const done = new Set(chosen.pairs.flat());
    left = left.filter(([theirs, ours]) => !done.has(theirs) && !done.has(ours));
  }
  return rules;
}

/** The pairs that no rule covers, unless one of them contradicts a rule. */
function rest(pairs: readonly Pair[], rules: readonly Rule[]): Pair[] {
  const theirs = new Map(rules.flatMap((rule) => rule.pairs));
  const ours = new Map(rules.flatMap((rule) => rule.pairs.map(([a, b]) => [b, a] as const)));
  const isOther = ([a, b]: Pair): boolean => (theirs.get(a) ?? b) !== b || (ours.get(b) ?? a) !== a;
  return pairs.some(isOther) ? [] : pairs.filter(([a]) => !theirs.has(a));
}

/**
 * Shorter rules for the pairs: a single rule for all names of a module, if the pairs are all of its names and
 * they end alike.
 */
function shortened(pairs: readonly Pair[], given: ReadonlySet<string>): Rule[] {
  const counts = countsBelow(given);
  const modules = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const [a, b] = pair.map(leafOf) as [ReturnType<typeof leafOf>, ReturnType<typeof leafOf>];
    append(modules, JSON.stringify([a.parent, b.parent]), pair);
  }
  return [...modules].flatMap(([key, group]) => {
    const [from, to] = JSON.parse(key) as [string, string];
    const isAlike = group.every(([a, b]) => a.slice(from.length) === b.slice(to.length));
    const isWhole = (counts.get(from) ?? 0) >= group.length;
    if (isAlike && isWhole && from.endsWith(".")) return { from: `${from}*`, to: `${to}*`, pairs: group };
    return group.map((pair) => ({ from: pair[0], to: pair[1], pairs: [pair] }));
  });
}

/** The number of names below each module: `a.b.weight` counts for `a.` and `a.b.`. */
function countsBelow(names: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names)
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
      const module = name.slice(0, dot + 1);
      counts.set(module, (counts.get(module) ?? 0) + 1);
    }
  return counts;
}

/** The rules as a proposal, together with the names to allow, if they make the weights fit. */
function tried(rules: readonly Rule[], ours: readonly NamedShape[], attempt: Try): Proposal | undefined {
  // Special rules come before general ones. If a name in the file contains a star, the star would match other
  // names too.
  if (rules.some(({ to, pairs }) => /[*]/.test(to) && pairs.flat().some((name) => name.includes("*"))))
    return undefined;
  // A rule with invisible characters could not be copied from the message.
  if (rules.some(({ from, to }) => visible(from + to) !== from + to)) return undefined;
  const sorted = rules.toSorted(
    (a, b) => b.from.replaceAll("*", "").length - a.from.replaceAll("*", "").length,
  );
  const rename = Object.fromEntries(sorted.map(({ from, to }) => [from, to]));
  const left = attempt(rename);
  // If most of the net would still be initialised randomly, the names belong to another net.
  if (!left || 2 * elementsOf(left.missing) > elementsOf(ours)) return undefined;
  const wanted = new Set(ours.map(({ name }) => name));
  // If parts are left over, they belong to a weight that was taken for something else.
  if (left.unexpected.some((one) => isKernel(one) || wanted.has(wholeOf(one.name) ?? ""))) return undefined;
  const shapes = new Set(left.missing.map(({ shape }) => String(shape)));
  if (left.unexpected.some(({ shape }) => shapes.has(String(shape)))) return undefined;
  const used = new Set(ours.map(({ name }) => name.split(".")[0]!));
  return {
    rename,
    allowMissing: left.missing.map(({ name }) => name),
    allowUnexpected: grouped(left.unexpected, used),
  };
}

/** Patterns that group names by their beginnings, as far as no name of the net begins like that. */
function grouped(names: readonly NamedShape[], used: ReadonlySet<string>): string[] {
  const counts = countsBelow(names.map(({ name }) => name));
  const patterns = names.map(({ name }) => {
    const [first = ""] = name.split(".");
    const isShared = (counts.get(`${first}.`) ?? 0) > 1;
    return isShared && !used.has(first) ? `${first}.*` : name;
  });
  return [...new Set(patterns)];
}
