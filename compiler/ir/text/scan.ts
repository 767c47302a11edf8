/** Reads printed IR line by line, each from left to right: names, numbers, sizes and types. */
import { dtypeRows, type Dtype } from "../dtype.ts";
import { add, asSymbol, floorDiv, max, min, mod, mul, neg, symbol, type Size } from "../size/size.ts";
import { type Dim, type TensorType } from "../types.ts";

/** Thrown for text that is not printed IR. The message names the line and shows it. */
export class IrError extends Error {}

const SYMBOL = /(?:[A-Za-z_$]|\.\.\.)(?:[\w$]|\.\.\.)*/y;
const FLOAT = /-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Infinity)|NaN/y;

/** The lines of a text, without those that are empty or comments. */
export function linesOf(text: string): Line[] {
  return text.split("\n").flatMap((line, i) => (/^\s*(\/\/.*)?$/.test(line) ? [] : [new Line(line, i + 1)]));
}

export class Line {
  readonly text: string;
  readonly number: number;
  /** The number of spaces before the first word. */
  readonly indent: number;
  #at: number;

  constructor(text: string, number: number) {
    this.text = text;
    this.number = number;
    this.indent = /^ */.exec(text)![0].length;
    this.#at = this.indent;
  }

  /** Takes the text that matches a sticky pattern, if it comes next. */
  match(pattern: RegExp): string | undefined {
    this.#space();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Takes this word or sign, if it comes next. */
  take(word: string): boolean {
    this.#space();
    const end = this.#at + word.length;
    if (!this.text.startsWith(word, this.#at)) return false;
    if (/\w$/.test(word) && /^[\w$]/.test(this.text.slice(end))) return false;
    this.#at = end;
    return true;
  }

  sees(word: string): boolean {
    const at = this.#at;
    const found = this.take(word);
    this.#at = at;
    return found;
  }

  want(word: string): void {
    if (!this.take(word)) this.fail(`\`${word}\``);
  }

  /** Whether the line ends here. */
  isDone(): boolean {
    this.#space();
    return this.#at === this.text.length;
  }

  end(): void {
    if (!this.isDone()) this.fail("the end of the line");
  }

  /** Reads one or more items with commas between them. */
  list<T>(read: () => T): T[] {
    const items = [read()];
    while (this.take(",")) items.push(read());
    return items;
  }

  fail(wanted: string): never {
    const rest = this.text.slice(this.#at).trim();
    const got = rest === "" ? "the line ends" : `there is \`${rest}\``;
    this.wrong(`${got} where ${wanted} should be`);
  }

  wrong(problem: string): never {
    throw new IrError(`line ${this.number}: ${problem}\n  ${this.text.trim()}`);
  }

  /** Reads a name, or a JSON string in its place. */
  word(what = "a name"): string {
    return this.#quoted() ?? this.match(/[A-Za-z_$][\w$.]*/y) ?? this.fail(what);
  }

  /** Reads the name of a buffer or a value in a kernel. */
  local(what: string): string {
    return this.match(/[A-Za-z_$][\w$]*/y) ?? this.fail(what);
  }

  /** Reads the name of a size. */
  symbol(): string {
    return this.match(SYMBOL) ?? this.fail("the name of a size");
  }

  /** Reads a path in the state dict. */
  path(): string {
    return this.#quoted() ?? this.match(/[\w$.]+/y) ?? this.fail("a path");
  }

  /** Reads the rest of the line: plain text, or a JSON string. */
  rest(): string {
    const quoted = this.#quoted();
    if (quoted === undefined) return this.match(/.+/y) ?? this.fail("a text");
    this.end();
    return quoted;
  }

  string(): string {
    return this.#quoted() ?? this.fail("a string");
  }

  #quoted(): string | undefined {
    const text = this.match(/"(?:[^"\\]|\\.)*"/y);
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as string;
    } catch {
      this.wrong(`${text} is no JSON string`);
    }
  }

  float(): number {
    const text = this.match(FLOAT);
    return text === undefined ? this.fail("a number") : Number(text);
  }

  seesFloat(): boolean {
    const at = this.#at;
    const found = this.match(FLOAT) !== undefined;
    this.#at = at;
    return found;
  }

  /** Whether the next tokens are a number and a closing bracket: `-0` is a number, but `-N` and `2 * N` are sizes. */
  isFloat(): boolean {
    const at = this.#at;
    const found = this.match(FLOAT) !== undefined && this.take(")");
    this.#at = at;
    return found;
  }

  integer(): number {
    const text = this.match(/-?\d+/y);
    return text === undefined ? this.fail("an integer") : Number(text);
  }

  /** Reads a word that is a key of the table. */
  key<Key extends string>(table: Readonly<Partial<Record<Key, unknown>>>, what: string): Key {
    const at = this.#at;
    const text = this.match(/\w+/y);
    if (text !== undefined && Object.hasOwn(table, text)) return text as Key;
    this.#at = at;
    return this.fail(what);
  }

  dtype(): Dtype {
    return this.key(dtypeRows, "a dtype");
  }

  /**
   * Reads a type: `f32[N, 10]`. In types as users see them, the size `...` is a run; below `resolve` it is an ordinary
   * size.
   */
  type(seenByUsers = false): TensorType {
    const dtype = this.dtype();
    this.want("[");
    const sizes: Size[] = this.take("]") ? [] : this.list(() => this.size());
    if (sizes.length > 0) this.want("]");
    const isRun = (size: Size): boolean => seenByUsers && asSymbol(size) === "...";
    return { dtype, shape: sizes.map((size): Dim => (isRun(size) ? { kind: "run", product: size } : size)) };
  }

  /** Reads a size: `2 * N + 1`. */
  size(): Size {
    let total = this.take("-") ? neg(this.term()) : this.term();
    for (;;) {
      if (this.take("+")) total = add(total, this.term());
      else if (this.take("-")) total = add(total, neg(this.term()));
      else return total;
    }
  }

  /** Reads a term of a size: `2 * N`. */
  term(): Size {
    let product = this.factor();
    while (this.take("*")) product = mul(product, this.factor());
    return product;
  }

  /**
   * Reads a factor of a term: a number, a name, `(N // 2)`, `(N % 2)`, `min(N, M)`, `max(N, M)`, or a size in brackets.
   */
  factor(): Size {
    const number = this.match(/\d+/y);
    if (number !== undefined) return Number(number);
    if (this.take("(")) {
      const left = this.size();
      const make = this.take("//") ? floorDiv : this.take("%") ? mod : undefined;
      const made = make ? make(left, this.factor()) : left;
      this.want(")");
      return made;
    }
    const name = this.match(SYMBOL) ?? this.fail("a size");
    const make = name === "min" ? min : name === "max" ? max : undefined;
    if (!make || !this.take("(")) return symbol(name);
    const left = this.size();
    this.want(",");
    const made = make(left, this.size());
    this.want(")");
    return made;
  }

  #space(): void {
    while (this.text[this.#at] === " ") this.#at++;
  }
}
