/**
 * Identifiers of emitted text for names of the source (ports, sizes, parameters). Different names get different
 * identifiers: a name that must be changed gets a `$`, which no name of the source has.
 */
import { maps } from "../graph/primitives.ts";

const RESERVED: ReadonlySet<string> = new Set([
  ...(
    "await break case catch class const continue debugger default delete do else enum export extends false finally for " +
    "function if implements import in instanceof interface let new null package private protected public return static " +
    "super switch this throw true try typeof var void while with yield arguments eval Infinity NaN undefined Math " +
    "RangeError"
  ).split(" "),
  ...Object.values(maps).flatMap(({ helper }) => helper ?? []),
]);

/** The identifier for a name. The run `...` becomes `run$`. */
export function identifier(name: string): string {
  const plain = name.replaceAll("...", "run$").replaceAll(/[^\w$]/g, "$");
  return RESERVED.has(plain) ? `${plain}$` : /^\d/.test(plain) ? `$${plain}` : plain;
}

/** Whether a name is its own identifier. */
export function isIdentifier(text: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(text) && identifier(text) === text;
}

/**
 * A record whose keys are names of the source. It has no prototype, so that `__proto__` and `constructor` are ordinary
 * names.
 */
export function emptyRecord<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}

/** Gives each name once: `x` at the first call, then `x1`, `x2` … */
export class FreshNames {
  readonly #taken: Set<string>;
  /** For each wanted name, the next number to try: smaller numbers are taken. */
  readonly #next = new Map<string, number>();

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  /** Takes exactly this name; false if it is taken already. */
  take(name: string): boolean {
    if (this.#taken.has(name)) return false;
    this.#taken.add(name);
    return true;
  }

  fresh(wanted: string, separator = ""): string {
    if (this.take(wanted)) return wanted;
    for (let i = this.#next.get(wanted) ?? 1; ; i++) {
      const name = `${wanted}${separator}${i}`;
      if (!this.take(name)) continue;
      this.#next.set(wanted, i + 1);
      return name;
    }
  }
}
