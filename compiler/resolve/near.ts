/** Finds names that differ by one letter, in a time that does not depend on how many there are. */

/** Longer names are not compared with others: a name has as many forms as letters. */
const MAX_COMPARED_LENGTH = 40;

export class NearNames {
  readonly #waiting: string[] = [];
  /** The names, and each with one letter left out; with the place of that letter, and without it. */
  readonly #names = new Set<string>();
  readonly #shortened = new Map<string, string>();

  add(name: string): void {
    if (name.length >= 2 && name.length <= MAX_COMPARED_LENGTH) this.#waiting.push(name);
  }

  /** A name that becomes this one when one letter is put in, left out or changed. */
  find(name: string): string | undefined {
    if (name.length < 2 || name.length > MAX_COMPARED_LENGTH) return undefined;
    for (const waiting of this.#waiting.splice(0)) this.#enter(waiting);
    const longer = this.#shortened.get(name);
    if (longer !== undefined) return longer;
    for (const [i, short] of shortened(name).entries()) {
      if (this.#names.has(short)) return short;
      const changed = this.#shortened.get(`${i} ${short}`);
      if (changed !== undefined) return changed;
    }
    return undefined;
  }

  #enter(name: string): void {
    this.#names.add(name);
    for (const [i, short] of shortened(name).entries()) {
      for (const form of [short, `${i} ${short}`]) {
        if (!this.#shortened.has(form)) this.#shortened.set(form, name);
      }
    }
  }
}

function shortened(name: string): string[] {
  return name.split("").map((_, i) => name.slice(0, i) + name.slice(i + 1));
}
