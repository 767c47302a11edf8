/** EBNF as LANGUAGE.md has it: what it recognises, and random texts of it. */
import type { IToken } from "../../grammar/toolkit.ts";

type Expression =
  | { readonly kind: "literal" | "reference"; readonly text: string }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly Expression[] }
  | { readonly kind: "optional" | "repeated"; readonly of: Expression };

export type Rules = ReadonlyMap<string, Expression>;

/** Rules begin at the start of a line, and go on over lines that begin with a space. */
export function rulesOf(text: string): Rules {
  const rules = text.trim().split(/\n(?=\S)/);
  return new Map(rules.map((rule) => [/^\w+/.exec(rule)![0], read(rule.replace(/^\w+\s*=/, ""))] as const));
}

function read(text: string): Expression {
  const words = text.match(/"[^"]*"|\w+|[^\s\w]/g)!;
  let at = 0;
  const choice = (): Expression => {
    const parts = [sequence()];
    while (words[at] === "|") parts.push((at++, sequence()));
    return parts.length === 1 ? parts[0]! : { kind: "choice", parts };
  };
  const sequence = (): Expression => {
    const parts: Expression[] = [];
    while (at < words.length && !/^[|)\]}]$/.test(words[at]!)) parts.push(one(words[at++]!));
    return { kind: "sequence", parts };
  };
  const one = (word: string): Expression => {
    if (word.startsWith('"')) return { kind: "literal", text: word.slice(1, -1) };
    if (/\w/.test(word)) return { kind: "reference", text: word };
    const of = choice();
    at++; // the bracket that closes
    return word === "(" ? of : { kind: word === "[" ? "optional" : "repeated", of };
  };
  return choice();
}

/** Whether the tokens are what `rule` says. `isA` decides about names that have no rule. */
export function recognises(
  rules: Rules,
  rule: string,
  tokens: readonly IToken[],
  isA: (token: IToken, name: string) => boolean,
): boolean {
  const known = new Map<string, readonly number[]>();
  /** Where a part can end that begins at `at`. */
  const ends = (part: Expression, at: number): readonly number[] => {
    switch (part.kind) {
      case "literal":
        return tokens[at]?.image === part.text ? [at + 1] : [];
      case "reference": {
        const own = rules.get(part.text);
        if (!own) return at < tokens.length && isA(tokens[at]!, part.text) ? [at + 1] : [];
        const key = `${part.text} ${at}`;
        let found = known.get(key);
        if (!found) known.set(key, (found = ends(own, at)));
        return found;
      }
      case "sequence":
        return part.parts.reduce<readonly number[]>(
          (starts, next) => unique(starts.flatMap((start) => ends(next, start))),
          [at],
        );
      case "choice":
        return unique(part.parts.flatMap((one) => ends(one, at)));
      case "optional":
        return unique([at, ...ends(part.of, at)]);
      case "repeated": {
        const all = new Set([at]);
        for (const start of all) for (const end of ends(part.of, start)) all.add(end);
        return [...all];
      }
    }
  };
  return ends({ kind: "reference", text: rule }, 0).includes(tokens.length);
}

function unique(numbers: readonly number[]): readonly number[] {
  return numbers.length < 2 ? numbers : [...new Set(numbers)];
}

/** Words of a random text. `next` gives numbers below its argument, `word` what stands for a name without a rule. */
export function* sentence(
  rules: Rules,
  rule: string,
  next: (below: number) => number,
  word: (name: string) => string,
): Generator<string> {
  /** From here on, what can be left out is. */
  const DEEP = 24;
  function* walk(part: Expression, depth: number): Generator<string> {
    const isDeep = depth > DEEP;
    switch (part.kind) {
      case "literal":
        yield part.text;
        return;
      case "reference": {
        const own = rules.get(part.text);
        if (own) yield* walk(own, depth + 1);
        else yield word(part.text);
        return;
      }
      case "sequence":
        for (const one of part.parts) yield* walk(one, depth);
        return;
      case "choice":
        yield* walk(part.parts[isDeep ? 0 : next(part.parts.length)]!, depth);
        return;
      case "optional":
        if (!isDeep && next(3) === 0) yield* walk(part.of, depth);
        return;
      case "repeated":
        for (let times = isDeep ? 0 : next(5); times > 2; times--) yield* walk(part.of, depth);
    }
  }
  yield* walk({ kind: "reference", text: rule }, 0);
}
