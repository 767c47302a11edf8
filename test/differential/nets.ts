/**
 * Random nets as texts of the language. A net grows step by step out of the table of records: what a record's
 * samples call it with is applied to values that are there, or to a new input, and its shape rule says what
 * comes out. Numbers grow along, so that few steps make them infinite or lose all of their digits.
 */
import fc from "fast-check";
import { symbol, type Size } from "../../compiler/ir/size/size.ts";
import { typeText } from "../../compiler/ir/types.ts";
import { operators, records } from "../../compiler/layers/index.ts";
import type { Mode } from "../../compiler/layers/record.ts";
import { subscript } from "../../compiler/layers/subscript.ts";
import { callOf, subscriptsOf } from "../layers/call.ts";
import type { Sizes } from "./agree.ts";
import { randomOf } from "./random.ts";
import { Scope, adapted, type Use } from "./scope.ts";
import { byName, calls, type Applied, type Call, type Value } from "./values.ts";

export interface Net {
  readonly text: string;
  readonly mode: Mode;
  /** Of each run. */
  readonly sizes: readonly Sizes[];
  /** By name: inputs of whole numbers are below this. */
  readonly below: ReadonlyMap<string, number>;
  /** Among its inputs are infinities and the like. */
  readonly special: boolean;
  /** Of what kind the data are. */
  readonly data: number;
  /** Symbolic sizes that are fixed when compiling. */
  readonly args: Readonly<Record<string, number>>;
}

/** Choices, each of which is taken modulo what there is to choose from. */
type Step = readonly [kind: number, layer: number, x: number, y: number, detail: number];

export interface Recipe {
  readonly mode: number;
  readonly names: number;
  readonly sizes: number;
  readonly steps: readonly Step[];
}

const natural = fc.nat({ max: 2 ** 20 });
const step: fc.Arbitrary<Step> = fc.tuple(natural, natural, natural, natural, natural);
const steps = fc.array(step, { minLength: 1, maxLength: 9, size: "max" });

export const recipes: fc.Arbitrary<Recipe> = fc.record({
  mode: natural,
  names: natural,
  sizes: natural,
  steps,
});

/** Of nets in a mode whose first layer is that of `calls` at this place. */
export function recipesOf(mode: Mode, place: number): fc.Arbitrary<Recipe> {
  const first = fc.tuple(fc.constant(0), fc.constant(place), natural, natural, natural);
  return fc.record({
    mode: fc.constant(MODES.indexOf(mode)),
    names: natural,
    sizes: natural,
    steps: fc.tuple(first, steps).map(([one, more]) => [one, ...more]),
  });
}

const MODES = ["eval", "train"] as const;
const SYMBOLS = [["N", "M", "T"], ["length", "i", "arguments"], ["constructor", "data", "Math"], ["n0", "K", "eval"]]; // prettier-ignore

/** What the symbols and the run are: at first, while a net grows and in its first run, and then in its second. */
const SIZES = [
  [[2, 3, 4, 6], [5, 2, 1, 1]],
  [[2, 3, 4, 6], [17, 1, 3, 5]],
  [[3, 2, 4, 1], [4, 5, 2, 0]],
  [[3, 2, 4, 4], [2, 16, 3, 7]],
  [[2, 4, 5, 3], [3, 2, 0, 2]],
]; // prettier-ignore

export function netOf({ mode, names, sizes, steps }: Recipe): Net {
  const symbols = pick(SYMBOLS, names);
  const numbers = pick(SIZES, sizes).map(
    (at) => new Map([...symbols, "..."].map((name, i) => [name, at[i]!])),
  );
  const setting = {
    mode: pick(MODES, mode),
    sizes: numbers,
    random: randomOf(sizes),
  } as const;
  const growth = new Growth(new Scope(setting, symbols, names));
  for (const step of steps) growth.step(step);
  const text = growth.text(names, symbol(symbols[0]!));
  const { below, declarations } = growth.scope;
  const rest = { text, mode: setting.mode, below, special: sizes % 4 === 3, data: names };
  // Now and then a size is fixed when compiling, and then there is one run. Fixed to 1, it might be squeezed.
  const last = numbers.at(-1)!;
  const fixed = symbols[names % 13];
  const declares = (name: string): boolean => declarations.some((line) => sizesIn(line).includes(name));
  if (fixed === undefined || !declares(fixed) || last.get(fixed) === 1)
    return { ...rest, sizes: numbers, args: {} };
  return { ...rest, sizes: [last], args: { [fixed]: last.get(fixed)! } };
}

/** The sizes of `input x: f32[N, 3]`. */
function sizesIn(declaration: string): string[] {
  return /^input .*\[(.*)\]$/.exec(declaration)?.[1]!.split(", ") ?? [];
}

function pick<T>(from: readonly T[], at: number): T {
  return from[at % from.length]!;
}

const LITERALS = ["2", "0.5", "-1.5", "3", "1", "-1", "0"];
const SUBSCRIPTS = ["0", "-1", ":, 0", "..., 0", "1:", ":-1", "::2", "none", "..., none", ":, 1:", "..., :2", "0, ..., 1:"]; // prettier-ignore
/** How the results of several layers on one input meet. */
const JOINS = ["Add()", "Mul()", "Concat(dim=-1)", "Concat(dim=0)"];

/** A chain of layers that has a name. */
interface Bound {
  readonly name: string;
  readonly links: readonly Call[];
}

/** A text and what it comes to, if it comes to something. */
interface Written {
  readonly text: string;
  readonly result: Applied | undefined;
}

class Growth {
  readonly scope: Scope;
  readonly #bound: Bound[] = [];

  constructor(scope: Scope) {
    this.scope = scope;
  }

  step(step: Step): void {
    switch (step[0] % 8) {
      case 3:
      case 4:
        return this.#chain(step);
      case 5:
        return this.#arithmetic(step);
      case 6:
        return this.#subscript(step);
      case 7:
        return this.#reuse(step);
      default:
        return this.#layer(step);
    }
  }

  /** The net, whose outputs are the values that nothing uses, and now and then another one. */
  text(choice: number, size: Size): string {
    const { values, used, blocks, declarations, body } = this.scope;
    if (values.length === 0) this.scope.input({ dtype: "f32", shape: [size, 3] });
    const loose = values.filter(({ text }) => !used.has(text)).slice(-5);
    const chosen = new Set([...loose, ...(choice % 3 === 0 ? values.slice(0, 1) : [])]);
    const items = [...chosen].map(({ text }, i) =>
      chosen.size === 1 && choice % 2 === 0 ? text : `y${i} = ${text}`,
    );
    const lines = [...declarations, ...body, `output ${items.join(", ")}`];
    return [...blocks, `model Net {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`].join("\n\n");
  }

  #supported({ sample, record, args }: Call): boolean {
    const { mode } = this.scope.setting;
    return (sample.modes ?? [mode]).includes(mode) && record.unsupported?.(mode, args) === undefined;
  }

  /** Any record, on values that it takes or on new inputs. */
  #layer([, layer, x, y, detail]: Step): void {
    const own = pick(calls, layer).filter((call) => this.#supported(call));
    if (own.length === 0) return;
    const call = pick(own, y);
    const use = this.scope.found(call, x, detail) ?? this.scope.made(call, x, detail);
    if (use) this.scope.define(this.#written(call, use, detail), use.result, detail);
  }

  #written(call: Call, { inputs }: Use, detail: number): string {
    const { record } = call;
    const texts = inputs.map(({ text }) => text);
    const [x, y] = texts;
    const infix = record.operator !== undefined && detail % 2 === 0;
    if (infix && texts.length === 1) return `-${x}`;
    if (infix && texts.length === 2) return `${x} ${record.operator} ${y}`;
    const head = texts.length === 1 ? x! : `[${texts.join(", ")}]`;
    const flow = texts.length === 0 ? "" : `${head} -> `;
    const text = this.#sharing(detail % 4 === 1 ? { ...call, text: byName(call) } : call, detail);
    if (texts.length !== 1) return `${flow}${text}`;
    if (detail % 5 === 1) return `${flow}${this.scope.name()}: ${text}`;
    if (detail % 5 > 2) return `${flow}${text}`;
    return `${flow}${this.#bind(text, [call])}`;
  }

  /** A name for layers, to be used again. */
  #bind(text: string, links: readonly Call[]): string {
    const name = this.scope.name();
    this.scope.bind(name, text);
    this.#bound.push({ name, links });
    return name;
  }

  /** The call with its first parameter given by a `param` of the net. */
  #sharing({ record, args, text }: Call, detail: number): string {
    const [first] = record.parameters?.(args) ?? [];
    if (first?.role !== "param" || first.dtype !== "f32" || detail % 7 > 1) return text;
    // `out_proj.weight` is no name of an argument.
    if (first.name.includes(".")) return text;
    const inside = text.slice(0, -1);
    return `${inside}${inside.endsWith("(") ? "" : ", "}${first.name}=${this.scope.parameter(first.shape)})`;
  }

  /** Some layers one after the other, in one of the ways to write that. */
  #chain([, layer, x, y, detail]: Step): void {
    const start = this.scope.from(x).find(({ type }) => type.dtype === "f32");
    if (!start) return this.#layer([0, layer, x, y, detail]);
    const links = this.#links(start, layer, 1 + (y % 3));
    const result = this.#through(start, links);
    const use = result && this.#used(start, links, result, y, detail);
    if (use?.result) this.scope.define(`${start.text} -> ${use.text}`, use.result, detail);
  }

  #used(start: Value, links: readonly Call[], result: Applied, y: number, detail: number): Written {
    const text = links.map((call) => this.#sharing(call, detail)).join(" -> ");
    const plain = links.map((call) => call.text).join(" -> ");
    const keeps = typeText(result.types[0]!) === typeText(start.type);
    const twice = keeps ? this.#through(start, [...links, ...links]) : undefined;
    switch (detail % 8) {
      case 0: {
        const sum = keeps ? this.scope.applied(unsampled("Add()"), [start, first(result)]) : undefined;
        return { text: `Residual { ${text} }`, result: sum };
      }
      case 1:
        return { text: `Repeat(2) { ${text} }`, result: twice };
      case 2: {
        const label = this.scope.name();
        return { text: `${label}: Repeat(2, shared=true) as i { "r{i}": (${text}) }`, result: twice };
      }
      case 3:
        return { text: `Sequential(${text.replaceAll(" -> ", ", ")})`, result };
      case 4: {
        const name = `Block${this.scope.blocks.length}`;
        // A block sees no names of the model.
        this.scope.blocks.push(`block ${name} { ${plain} }`);
        this.#bound.push({ name, links });
        return { text: name, result };
      }
      case 5:
        return { text: this.#bind(text, links), result };
      case 6: {
        const others = this.#links(start, y, 1);
        const other = this.#through(start, others);
        const join = unsampled(pick(JOINS, y >> 4));
        const met = other && this.scope.applied(join, [first(result), first(other)]);
        const list = [text, ...others.map((call) => call.text)].join(", ");
        return { text: `[${list}] -> ${join.text}`, result: met?.tame ? met : undefined };
      }
      default:
        return { text, result };
    }
  }

  /** Up to so many layers of one input that may follow each other. */
  #links(start: Value, layer: number, most: number): Call[] {
    const links: Call[] = [];
    let value = start;
    for (let attempt = 0; attempt < 12 && links.length < most; attempt++) {
      const call = pick(pick(calls, layer + attempt * 37), layer >> 8);
      if (call.sample.inputs.length !== 1 || !this.#supported(call)) continue;
      const result = this.#through(value, [call]);
      if (result?.types[0]!.dtype !== "f32") continue;
      links.push(call);
      value = first(result);
    }
    return links;
  }

  /** What a chain gives; undefined where that is not one tame tensor. */
  #through(start: Value, links: readonly Call[]): Applied | undefined {
    let result: Applied | undefined;
    for (const call of links) {
      result = this.scope.applied(call, [result ? first(result) : start]);
      if (!result?.tame || result.list || result.types.length > 1) return undefined;
    }
    return result;
  }

  /** An operator on a value and a literal. */
  #arithmetic([, layer, x, y, detail]: Step): void {
    const record = pick(
      [...operators.values()].filter(({ inputs, variadic }) => variadic || inputs.length === 2),
      layer,
    );
    const value = this.scope.from(x)[0];
    if (!value) return;
    const last = value.type.shape.at(-1);
    const row = detail % 3 === 0 && typeof last === "number" && last > 0 && last < 6;
    const numbers = Array.from({ length: row ? last : 1 }, (_, i) => pick(LITERALS, y + i));
    const data = numbers.map(Number);
    const dtype = numbers.every((text) => !text.includes(".")) ? "i32" : "f32";
    const shape = row ? [last] : [];
    const literal: Value = {
      text: row ? `[${numbers.join(", ")}]` : numbers[0]!,
      type: { dtype, shape },
      plain: { shape, data },
    };
    const sides = detail % 2 === 0 ? [value, literal] : [literal, value];
    const result = this.scope.applied({ record, args: {} }, sides);
    if (result?.tame)
      this.scope.define(`${sides[0]!.text} ${record.operator} ${sides[1]!.text}`, result, detail);
  }

  #subscript([, layer, x, , detail]: Step): void {
    const text = pick(SUBSCRIPTS, layer);
    for (const value of this.scope.from(x)) {
      const result = this.scope.applied({ record: subscript, args: { index: subscriptsOf(text) } }, [value]);
      if (result) return this.scope.define(`${value.text}[${text}]`, result, detail);
    }
  }

  /** Layers that have a name, once more. */
  #reuse([, layer, x, y, detail]: Step): void {
    if (this.#bound.length === 0) return this.#chain([0, layer, x, y, detail]);
    const { name, links } = pick(this.#bound, layer);
    for (const other of this.scope.from(x)) {
      const value = adapted(other, links[0]!, 0);
      const result = value && this.#through(value, links);
      if (result) return this.scope.define(`${value.text} -> ${name}`, result, detail);
    }
  }
}

/** The first of the results, which has no name. */
function first({ types, plains }: Applied): Value {
  return { text: "", type: types[0]!, plain: plains[0]! };
}

/** A call that need not be a sample. */
function unsampled(text: string): Call {
  const record = records.get(text.replace(/\(.*/, ""))!;
  return { record, args: callOf(record, text), text, sample: record.samples[0]! };
}
