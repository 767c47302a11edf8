/** The variables for sizes in `create`. A long size is computed once a call, from those computed before it. */
import { identifier } from "../../ir/text/identifiers.ts";
import { precedence, bracketed, type JsText } from "../../ir/graph/primitives.ts";
import { isLong, key, monomials, sub, substitute, symbol, symbolsOf, type Size } from "../../ir/size/size.ts";
import { sizeJs, type Parts } from "../js/print-kernel.ts";

/**
 * The variable for a symbol in `create`. It needs a prefix, because `create` has one scope for all its variables;
 * kernels have their own.
 */
export function sizeName(name: string): string {
  return `size_${identifier(name)}`;
}

interface Definition {
  readonly size: Size;
  readonly line: string;
}

/** The fewest terms of a sum for which a named size with most of these terms is looked up. */
const MIN_SHARED_TERMS = 4;

export class SizeVariables {
  readonly #definitions: Definition[] = [];
  readonly #known = new Map<string, JsText>();
  /** For each term, the last definition with this term. */
  readonly #having = new Map<string, number>();
  readonly #open = new Set<Definition>();
  readonly #parts: Parts = {
    symbol: sizeName,
    operand: (size) => (isLong(size) ? this.#named(size) : undefined),
  };

  /** The number of times that a name was given or used. */
  uses = 0;

  /** Whether some size has a name. */
  get any(): boolean {
    return this.#definitions.length > 0;
  }

  /** The text of a size in terms of the variables of `create`. */
  text(size: Size): JsText {
    if (isLong(size)) return this.#named(size);
    const renamed = [...symbolsOf(size)].map((name) => [name, symbol(sizeName(name))] as const);
    return sizeJs(substitute(size, new Map(renamed)));
  }

  /**
   * The definitions that are not printed yet, as far as `known` has the symbols that they need; all if it is not given.
   */
  open(known?: ReadonlySet<string>): readonly Definition[] {
    return [...this.#open].filter(
      ({ size }) => !known || [...symbolsOf(size)].every((name) => known.has(name)),
    );
  }

  /** The lines of these definitions, which count as printed afterwards. */
  take(known?: ReadonlySet<string>): string[] {
    const taken = this.open(known);
    for (const definition of taken) this.#open.delete(definition);
    return taken.map(({ line }) => line);
  }

  #named(size: Size): JsText {
    this.uses++;
    let known = this.#known.get(key(size));
    if (known) return known;
    // Inner operands get names first, so that outer ones can refer to them.
    const operands = monomials(size).flatMap(({ atoms }) =>
      atoms.flatMap((atom) => (atom.kind === "symbol" ? [] : [atom.left, atom.right])),
    );
    for (const operand of operands.filter((one) => typeof one !== "number" && isLong(one)).sort(inwards))
      this.#named(operand);
    const value = this.#value(size);
    const at = this.#definitions.length;
    const text = `sizes[${at}]`;
    const definition = { size, line: `${text} = ${value};` };
    this.#definitions.push(definition);
    this.#open.add(definition);
    for (const term of monomials(size)) this.#having.set(termKey(term), at);
    known = { text, precedence: precedence.call };
    this.#known.set(key(size), known);
    return known;
  }

  /** The text of a size's value: `sizes[3] + size_N` where a named size has most of the terms. */
  #value(size: Size): string {
    const near = this.#nearest(size);
    if (near === undefined) return sizeJs(size, this.#parts).text;
    const rest = sub(size, this.#definitions[near]!.size);
    const text = sizeJs(rest, this.#parts);
    return text.text.startsWith("-")
      ? `sizes[${near}] - ${bracketed(sizeJs(sub(0, rest), this.#parts), precedence.add + 1)}`
      : `sizes[${near}] + ${text.text}`;
  }

  #nearest(size: Size): number | undefined {
    const terms = monomials(size);
    if (terms.length < MIN_SHARED_TERMS) return undefined;
    const votes = new Map<number, number>();
    for (const term of terms) {
      const at = this.#having.get(termKey(term));
      if (at !== undefined) votes.set(at, (votes.get(at) ?? 0) + 1);
    }
    const [best] = [...votes].sort((a, b) => b[1] - a[1] || b[0] - a[0]);
    if (!best) return undefined;
    const left = monomials(sub(size, this.#definitions[best[0]]!.size));
    return left.length <= terms.length / 2 ? best[0] : undefined;
  }
}

function inwards(a: Size, b: Size): number {
  if (typeof a === "number" || typeof b === "number") return 0;
  return a.depth - b.depth || a.terms.length - b.terms.length || (a.key < b.key ? -1 : 1);
}

function termKey({ coefficient, key: atoms }: ReturnType<typeof monomials>[number]): string {
  return `${coefficient} ${atoms}`;
}
