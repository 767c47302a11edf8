/**
 * Reads JSON and reports the place of an error, as `JSON.parse` gives no place for some errors. `NaN`, `Infinity`
 * and `-Infinity` are accepted as numbers, since Python's json module writes them.
 */
import { error } from "../../grammar/diagnostics.ts";
import type { Source } from "../../grammar/source.ts";
import { NnError } from "../../grammar/nn-error.ts";

/** A JSON value. Objects are Maps, so that a key such as `__proto__` is like any other. */
export type InputJson =
  null | boolean | number | string | readonly InputJson[] | ReadonlyMap<string, InputJson>;

/** The greatest depth: no tensor is nested so deep, and the stack has room for far more. */
const MAX_DEPTH = 100;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /-?[A-Za-z_]\w*/y;
const SPACE = /[ \t\r\n]*/y;

const words: ReadonlyMap<string, InputJson> = new Map<string, InputJson>([
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

export function parseInputJson(source: Source): InputJson {
  return new JsonReader(source).read();
}

export function isList(value: InputJson): value is readonly InputJson[] {
  return Array.isArray(value);
}

export function isObject(value: InputJson): value is ReadonlyMap<string, InputJson> {
  return value instanceof Map;
}

class JsonReader {
  readonly #source: Source;
  readonly #text: string;
  #at = 0;

  constructor(source: Source) {
    this.#source = source;
    this.#text = source.text;
  }

  read(): InputJson {
    if (this.#text.startsWith("\uFEFF")) this.#at = 1;
    const value = this.#value(0);
    this.#match(SPACE);
    if (this.#at < this.#text.length) this.#fail("there is more text after the value");
    return value;
  }

  #value(depth: number): InputJson {
    this.#match(SPACE);
    if (depth > MAX_DEPTH) this.#fail(`nested more than ${MAX_DEPTH} deep`);
    switch (this.#text[this.#at]) {
      case "[":
        return this.#list(depth);
      case "{":
        return this.#object(depth);
      case '"':
        return this.#string();
      default:
        return this.#scalar();
    }
  }

  #scalar(): InputJson {
    const number = this.#match(NUMBER);
    if (number !== undefined) return Number(number);
    const start = this.#at;
    const word = this.#match(WORD);
    const known = words.get(word ?? "");
    if (known !== undefined) return known;
    this.#at = start;
    return this.#fail("a value is expected here", word?.length);
  }

  #list(depth: number): InputJson[] {
    const items: InputJson[] = [];
    this.#at++;
    if (this.#take("]")) return items;
    do items.push(this.#value(depth + 1));
    while (this.#take(","));
    if (!this.#take("]")) this.#fail("`,` or `]` is expected here");
    return items;
  }

  #object(depth: number): Map<string, InputJson> {
    const entries = new Map<string, InputJson>();
    this.#at++;
    if (this.#take("}")) return entries;
    do {
      this.#match(SPACE);
      const start = this.#at;
      if (this.#text[start] !== '"') this.#fail("a name in double quotes is expected here");
      const name = this.#string();
      if (entries.has(name)) {
        const length = this.#at - start;
        this.#at = start;
        this.#fail(`${JSON.stringify(name)} stands here twice`, length);
      }
      if (!this.#take(":")) this.#fail("`:` is expected here");
      entries.set(name, this.#value(depth + 1));
    } while (this.#take(","));
    if (!this.#take("}")) this.#fail("`,` or `}` is expected here");
    return entries;
  }

  #string(): string {
    const start = this.#at;
    let end = start + 1;
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === "\\" ? 2 : 1;
    const text = end < this.#text.length ? this.#text.slice(start, end + 1) : undefined;
    try {
      if (text !== undefined) {
        const value = JSON.parse(text) as string;
        this.#at = end + 1;
        return value;
      }
    } catch {
      // The text has an escape that JSON does not have, or a control character.
    }
    return this.#fail("this text is not closed, or holds what JSON does not allow", text?.length);
  }

  #take(mark: string): boolean {
    this.#match(SPACE);
    if (this.#text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0];
    if (match !== undefined) this.#at += match.length;
    return match;
  }

  #fail(message: string, length = 1): never {
    const end = this.#at >= this.#text.length;
    const span = { source: this.#source, start: this.#at, end: this.#at + length };
    const reason = end ? "the text ends too early" : message;
    throw new NnError([error("NN4201", span, `not JSON: ${reason}`)], [this.#source]);
  }
}
