/** A net while it grows: its names and values, and how a layer finds inputs that it takes. */
import { symbol } from "../../compiler/ir/size/size.ts";
import { sameShape, type Dim, type TensorType } from "../../compiler/ir/types.ts";
import type { Accepts, Args } from "../../compiler/layers/record.ts";
import { belowOf, fits, sampleTypes } from "../layers/single.ts";
import { applied, declared, inferred, numbersOf, opened, type Application, type Applied, type Call, type Setting, type Value } from "./values.ts"; // prettier-ignore

/** Names of values and labels. Most are JavaScript's own, or like those of emitted text. */
const NAMES = [
  "h", "__proto__", "toString", "let", "await", "x", "class", "hasOwnProperty", "Float32Array", "run", "s0",
  "undefined", "valueOf", "create", "this", "k0", "Array", "name", "sum", "prototype", "z", "u", "Object",
]; // prettier-ignore

const RUN: Dim = { kind: "run", product: symbol("...") };

/** Numbers for sizes that a layer leaves open: loops of these are unrolled with a rest. */
const SIZES = [17, 1, 22, 5, 19];

/** Inputs for a call, and what it makes of them. */
export interface Use {
  readonly inputs: readonly Value[];
  readonly result: Applied;
}

export class Scope {
  readonly setting: Setting;
  readonly values: Value[] = [];
  readonly blocks: string[] = [];
  readonly declarations: string[] = [];
  readonly body: string[] = [];
  /** By name: inputs of whole numbers are below this. */
  readonly below = new Map<string, number>();
  /** All words of the body; a value whose name is none of them becomes an output. */
  readonly used = new Set<string>();
  readonly #symbols: readonly string[];
  readonly #firstName: number;
  /** By shape. */
  readonly #parameters = new Map<string, string>();
  readonly #known = new Map<Args, { inputs: readonly Value[]; result: Applied | undefined }[]>();
  #names = 0;

  constructor(setting: Setting, symbols: readonly string[], firstName: number) {
    this.setting = setting;
    this.#symbols = symbols;
    this.#firstName = firstName;
  }

  name(): string {
    const name = NAMES[(this.#names + this.#firstName) % NAMES.length]!;
    this.#names++;
    return this.#names <= NAMES.length ? name : `v${this.#names}`;
  }

  input(type: TensorType, below = 5): Value {
    const name = this.name();
    this.declarations.push(`input ${name}: ${declared(type)!}`);
    this.below.set(name, below);
    const plain = numbersOf(type, this.setting.sizes[0]!, this.setting.random, { below });
    const value = { text: name, type, plain };
    this.values.push(value);
    return value;
  }

  /** A `param` of this shape, the same one for each layer that shares it. */
  parameter(shape: readonly number[]): string {
    const known = this.#parameters.get(shape.join());
    if (known !== undefined) return known;
    const name = this.name();
    this.declarations.push(`param ${name}: f32[${shape.join(", ")}] = Normal(std=0.5)`);
    this.#parameters.set(shape.join(), name);
    return name;
  }

  bind(left: string, expression: string): void {
    for (const word of expression.match(/\w+/g) ?? []) this.used.add(word);
    this.body.push(`${left} = ${expression}`);
  }

  /** Binds the results of an expression to names, now and then with their type. */
  define(expression: string, { types, list, plains }: Applied, detail: number): void {
    const names = types.map(() => this.name());
    const type = !list && types.length === 1 && detail % 6 === 0 ? declared(types[0]!) : undefined;
    const left = list || names.length > 1 ? `[${names.join(", ")}]` : names[0]!;
    this.bind(`${left}${type === undefined ? "" : `: ${type}`}`, expression);
    names.forEach((text, i) => this.values.push({ text, type: types[i]!, plain: plains[i]! }));
  }

  /** What a call makes of values, which is computed once. */
  applied(call: Application, inputs: readonly Value[]): Applied | undefined {
    const known = this.#known.get(call.args) ?? [];
    this.#known.set(call.args, known);
    const again = known.find((one) => one.inputs.every(({ plain }, i) => plain === inputs[i]!.plain));
    if (again) return again.result;
    const result = applied(call, inputs, this.setting);
    known.push({ inputs, result });
    return result;
  }

  /** All values, from one that is likely a late one. */
  from(x: number): Value[] {
    const values = this.values.toReversed();
    const start = Math.min(x % (values.length || 1), (x >> 8) % (values.length || 1));
    return [...values.slice(start), ...values.slice(0, start)];
  }

  /** Values that a call takes, made to fit where they must be. */
  found(call: Call, x: number, detail: number): Use | undefined {
    const wanted = sampleTypes(call.sample);
    const values = this.from(x);
    const attempts = wanted.length === 0 ? 1 : Math.min(values.length, 6);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const inputs = wanted.flatMap((_, i) => {
        const value = values[(attempt + i * (detail % 3)) % values.length]!;
        return adapted(value, call, i) ?? [];
      });
      const use = inputs.length === wanted.length ? this.#use(call, inputs, detail) : undefined;
      if (use) return use;
    }
    return undefined;
  }

  /** New inputs for a call, of types as general as it takes them; an earlier value may be mixed in. */
  made(call: Call, x: number, detail: number): Use | undefined {
    const concrete = sampleTypes(call.sample);
    const open = concrete.map(({ dtype, shape }) => ({
      dtype,
      shape: opened(shape, this.#symbols, detail >> 4),
    }));
    const fixed = call.sample.below !== undefined && concrete.length > 1;
    const choices = fixed ? [concrete] : [this.#general(call, detail) ?? concrete, open, concrete];
    for (let i = 0; i < choices.length; i++) {
      const types = choices[(i + detail) % choices.length]!;
      if (!inferred(call, types, this.setting)) continue;
      const earlier = this.from(x).find(({ type }) => type.dtype === "f32");
      const fresh = types.map((type) => this.input(type, belowOf(type.dtype, call.sample)));
      if (earlier && detail % 4 > 0) fresh[0] = joined(fresh[0]!, earlier);
      const use = this.#use(call, fresh, detail);
      if (use) return use;
    }
    return undefined;
  }

  /** Of numbers that stay tame, but for a few: where they do not, of the inputs made tame. */
  #use(call: Call, inputs: readonly Value[], detail: number): Use | undefined {
    const result = this.applied(call, inputs);
    if (!result || result.tame || detail % 16 === 0) return result && { inputs, result };
    const tame = inputs.map(tamed);
    const again = this.applied(call, tame);
    return again?.tame ? { inputs: tame, result: again } : undefined;
  }

  #general({ record, args, sample }: Call, detail: number): TensorType[] | undefined {
    const [first, ...more] = sampleTypes(sample);
    if (!first || more.length > 0) return undefined;
    const accepts = record.accepts?.(args).find((one) => one.dtype === first.dtype && fits(one, first.shape));
    return accepts && [{ dtype: accepts.dtype, shape: this.#named(accepts, detail) }];
  }

  /** Sizes that are open get symbols, now and then numbers. */
  #named({ shape }: Accepts, detail: number): Dim[] {
    const names = [...new Set(shape.filter((dim) => typeof dim === "string" && dim !== "..."))];
    return shape.map((dim) => {
      if (typeof dim === "number") return dim;
      if (dim === "...") return RUN;
      const place = names.indexOf(dim);
      const number = SIZES[(detail >> (6 + place)) % 16];
      return number ?? symbol(this.#symbols[place % this.#symbols.length]!);
    });
  }
}

/**
 * A value as one of the dtype that is wanted, and an index as one in range; undefined where there is no way.
 * What a sample's index is below may be a size of its other inputs, so that all must be just as they are there.
 */
export function adapted(value: Value, { sample }: Call, input: number): Value | undefined {
  const { dtype, shape } = sampleTypes(sample)[input]!;
  const { text, type, plain } = value;
  const made = (expression: string, compute: (x: number) => number): Value => ({
    text: `(${expression})`,
    type: { ...type, dtype },
    plain: { ...plain, data: Array.from(plain.data, compute) },
  });
  const { below } = sample;
  if (below !== undefined && sample.inputs.length > 1 && !sameShape(type.shape, shape)) return undefined;
  if (dtype === "i32" && type.dtype === "i32" && below !== undefined)
    return made(`${text} % ${below}`, (x) => ((x % below) + below) % below);
  if (type.dtype === dtype) return value;
  if (type.dtype === "bool") return undefined;
  if (dtype === "bool") return made(`${text} > 0`, (x) => Number(x > 0));
  return dtype === "f32" ? made(`${text} / 2`, (x) => x / 2) : undefined;
}

/** The same between 0.5 and 1.5, where few functions have poles. */
function tamed({ text, type, plain }: Value): Value {
  if (type.dtype !== "f32") return { text, type, plain };
  const data = Array.from(plain.data, (x) => Math.tanh(x) / 2 + 1);
  return { text: `((${text} -> Tanh) / 2 + 1)`, type, plain: { ...plain, data } };
}

/** A new input plus the mean of an earlier value, so that nets hang together. */
function joined(value: Value, earlier: Value): Value {
  const mean = Array.from(earlier.plain.data).reduce((sum, x) => sum + x, 0) / earlier.plain.data.length;
  if (value.type.dtype !== "f32" || !Number.isFinite(mean)) return value;
  const plain = { ...value.plain, data: Array.from(value.plain.data, (x) => x + mean) };
  return { text: `(${value.text} + (${earlier.text} -> Mean()))`, type: value.type, plain };
}
