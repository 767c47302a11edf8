/** The symbolic sizes of a net: what is known about them, and what each call must check. */
import type { SizeCheck } from "../ir/graph/graph.ts";
import {
  asSymbol,
  differ,
  divideExactly,
  key,
  limited,
  linearIn,
  same,
  sub,
  substitute,
  symbol,
  symbolsOf,
  type Size,
} from "../ir/size/size.ts";

export class Symbols {
  /** The symbols that types of inputs introduced. */
  readonly names: Set<string> = new Set();
  /** The symbols that layers made equal to other sizes. They come from inputs that declare no type. */
  readonly settled: Map<string, Size> = new Map();
  /** The symbols that are sizes of batch axes which layers accept to be left out. */
  readonly batches: Set<string> = new Set();
  readonly checks: SizeCheck[] = [];
  /** Whether a layer took its input without a batch axis. */
  hasUnbatched = false;
  readonly #fixed: ReadonlyMap<string, Size>;
  readonly #open = new Set<string>();
  readonly #checked = new Set<string>();

  /** `fixed` are the sizes that the caller gives, by the names of their symbols. */
  constructor(fixed: ReadonlyMap<string, Size>) {
    this.#fixed = fixed;
  }

  /** The size that a name means in a declared type: the value that the caller fixed it to, else a symbol. */
  declare(name: string): Size {
    this.names.add(name);
    return this.#fixed.get(name) ?? symbol(name);
  }

  /**
   * The size that a name means in a candidate's type: a symbol that layers may settle, unless its size is known.
   */
  open(name: string, known: Size | undefined): Size {
    this.names.add(name);
    const size = this.#fixed.get(name) ?? known;
    if (size !== undefined) return size;
    this.#open.add(name);
    return symbol(name);
  }

  /** Notes the size of an input's batch axis; it is undefined if a layer took the input without one. */
  batch(size: Size | undefined): void {
    const name = size === undefined ? undefined : asSymbol(size);
    if (size === undefined) this.hasUnbatched = true;
    else if (name !== undefined) this.batches.add(name);
  }

  /**
   * Returns the reason if the sizes are provably different. If they are provably neither equal nor different,
   * each call checks them.
   */
  equal(actual: Size, wanted: Size, reason: string, who: () => string): string | undefined {
    if (actual === wanted) return undefined;
    const left = substitute(actual, this.settled);
    const right = substitute(wanted, this.settled);
    if (same(left, right)) return undefined;
    if (differ(left, right)) return reason;
    const settles = this.#settle(left, right) ?? this.#settle(right, left);
    if (settles === "never") return reason;
    if (settles === undefined) this.check(left, right, "==", `${who()}: ${reason}`);
    return undefined;
  }

  atLeast(actual: Size, least: Size, reason: string, who: () => string): string | undefined {
    const difference = sub(substitute(actual, this.settled), substitute(least, this.settled));
    if (typeof difference === "number") return difference < 0 ? reason : undefined;
    this.check(actual, least, ">=", `${who()}: ${reason}`);
    return undefined;
  }

  unequal(actual: Size, refused: Size, reason: string, who: () => string): string | undefined {
    const [left, right] = [substitute(actual, this.settled), substitute(refused, this.settled)];
    if (same(left, right)) return reason;
    if (!differ(left, right)) this.check(actual, refused, "!=", `${who()}: ${reason}`);
    return undefined;
  }

  check(left: Size, right: Size, relation: SizeCheck["relation"], message: string): void {
    limited(sub(left, right));
    const text = `${key(left)} ${relation} ${key(right)}`;
    if (this.#checked.has(text)) return;
    this.#checked.add(text);
    this.checks.push({ left, right, relation, message });
  }

  /** Gives an open symbol of `size` the value that makes both sizes equal. Returns "never" if no value does. */
  #settle(size: Size, wanted: Size): "settled" | "never" | undefined {
    if (this.#open.size === 0) return undefined;
    for (const name of symbolsOf(size)) {
      if (!this.#open.has(name) || this.settled.has(name) || symbolsOf(wanted).has(name)) continue;
      const linear = linearIn(size, name);
      if (!linear || typeof linear.coefficient !== "number") continue;
      const value = divideExactly(sub(wanted, linear.rest), linear.coefficient);
      if (value === undefined) {
        if (typeof sub(wanted, linear.rest) === "number") return "never";
        continue;
      }
      if (typeof value === "number" && value < 0) return "never";
      const one = new Map([[name, value]]);
      for (const [other, known] of this.settled) this.settled.set(other, substitute(known, one));
      this.settled.set(name, value);
      return "settled";
    }
    return undefined;
  }
}
