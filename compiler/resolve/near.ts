/** Finds names that differ by one letter, in a time that does not depend on the number of names. */

/** Longer names are not compared, as each name is stored in as many forms as it has letters. */
const MAX_COMPARED_LENGTH = 40;

export class NearNames {
  readonly #waiting: string[] = [];
  /**
   * The names as they are. `#shortened` has each name with one letter left out, both with the position of that
   * letter and without.
   */
  readonly #names = new Set<string>();
  readonly #shortened = new Map<string, string>();

  add(name: string): void {
    if (name.length >= 2 && name.length <= MAX_COMPARED_LENGTH) this.#waiting.push(name);
  }

  /** A name that becomes the given one if one letter is added, left out or changed. */
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
