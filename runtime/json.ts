// A JSON reader as strict as the header of a file needs it. Unlike JSON.parse, it reports or keeps names that
// occur twice, halves of surrogate pairs, the digits of large integers, and whether 1 was written as 1.0.

/** A JSON value. Non-negative integers that fit 64 bits are bigints; all other numbers are numbers. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | ReadonlyMap<string, Json>;

/** Reads a text. Throws a SyntaxError with the place where the text is no longer JSON. */
export function parseJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

/** The greatest depth, which is that of serde_json: the reference reader of safetensors uses it. */
const MAX_DEPTH = 127;
const MAX_U64 = 2n ** 64n - 1n;

const words: readonly (readonly [string, Json])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Json {
    this.#blank();
    const first = this.#text[this.#at];
    if (first === undefined) return this.#fail("the text ends too early");
    if (first === '"') return this.#string();
    if (first === "-" || isDigit(first)) return this.#number();
    if (first === "{" || first === "[") {
      if (depth === MAX_DEPTH) return this.#fail(`nested deeper than ${MAX_DEPTH}`);
      this.#at++;
      return first === "[" ? this.#array(depth + 1) : this.#object(depth + 1);
    }
    const word = words.find(([name]) => this.#text.startsWith(name, this.#at));
    if (word === undefined) return this.#fail("expected a value");
    this.#at += word[0].length;
    return word[1];
  }

  end(): void {
    this.#blank();
    if (this.#at < this.#text.length) this.#fail("expected the end");
  }

  #array(depth: number): Json {
    const list: Json[] = [];
    this.#entries("]", () => void list.push(this.value(depth)));
    return list;
  }

  #object(depth: number): Json {
    const map = new Map<string, Json>();
    this.#entries("}", () => {
      this.#blank();
      const name = this.#text[this.#at] === '"' ? this.#string() : this.#fail("expected a name");
      if (map.has(name)) this.#fail(`the name ${JSON.stringify(name)} occurs twice, the second time`);
      if (!this.#mark(":")) this.#fail("expected :");
      map.set(name, this.value(depth));
    });
    return map;
  }

  /** Reads the entries up to the closing bracket; the opening one was read already. */
  #entries(close: string, entry: () => void): void {
    if (this.#mark(close)) return;
    do entry();
    while (this.#mark(","));
    if (!this.#mark(close)) this.#fail(`expected , or ${close}`);
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at++;
    let escaped = false;
    for (; text[this.#at] !== '"'; this.#at++) {
      if (this.#at >= text.length) return this.#fail("a string does not end");
      if (text[this.#at]! < " ") return this.#fail("a control character in a string");
      if (text[this.#at] === "\\") {
        escaped = true;
        this.#at++;
      }
    }
    this.#at++;
    if (!escaped) return text.slice(start + 1, this.#at - 1);
    let value: string;
    try {
      value = JSON.parse(text.slice(start, this.#at)) as string;
    } catch {
      return this.#fail("a wrong escape in the string before");
    }
    return isWellFormed(value) ? value : this.#fail("half of a surrogate pair in the string before");
  }

  #number(): number | bigint {
    const start = this.#at;
    let whole = !this.#takes("-");
    if (!this.#takes("0")) this.#digits();
    if (this.#takes(".")) {
      whole = false;
      this.#digits();
    }
    if (this.#takes("e") || this.#takes("E")) {
      whole = false;
      if (!this.#takes("+")) this.#takes("-");
      this.#digits();
    }
    const written = this.#text.slice(start, this.#at);
    // Longer integers exceed 64 bits, and reading very long ones would be slow.
    if (whole && written.length <= 20 && BigInt(written) <= MAX_U64) return BigInt(written);
    const value = Number(written);
    return Number.isFinite(value) ? value : this.#fail("the number before is too large");
  }

  #digits(): void {
    const start = this.#at;
    while (isDigit(this.#text[this.#at])) this.#at++;
    if (this.#at === start) this.#fail("expected a digit");
  }

  /** Reads a mark, and blanks before it. */
  #mark(mark: string): boolean {
    this.#blank();
    return this.#takes(mark);
  }

  #takes(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #blank(): void {
    while (" \t\n\r".includes(this.#text[this.#at] ?? "end")) this.#at++;
  }

  #fail(what: string): never {
    const before = this.#text.slice(0, this.#at).split("\n");
    throw new SyntaxError(`${what} at line ${before.length}, column ${before.at(-1)!.length + 1}`);
  }
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= "0" && char <= "9";
}

/** Whether the text can be encoded in UTF-8: it contains no half of a surrogate pair alone. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
