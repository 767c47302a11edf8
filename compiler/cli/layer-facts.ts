/** What there is to say of the library's entries, as plain data: the JSON of `nnc layers`, and what its texts are of. */
import { combinators, type Combinator } from "../layers/combinators.ts";
import { argText } from "../layers/describe.ts";
import { allRecords, families } from "../layers/index.ts";
import type { ArgSpec, ArgValue, LayerRecord, Mode } from "../layers/record.ts";
import { applied, combinatorExample, exampleOf, type Example } from "./layer-example.ts";

export interface LayerFacts {
  readonly name: string;
  readonly aliases: readonly string[];
  /** False: only its syntax reaches it. */
  readonly named: boolean;
  readonly family: string;
  readonly doc: string;
  /** How it is written: `Linear(in_features, out_features, bias=true)`, `x + y`. */
  readonly signature: string;
  readonly shapes?: string;
  readonly formula?: string;
  readonly source?: string;
  readonly arguments: readonly ArgumentFacts[];
  readonly inputs: readonly { readonly name: string; readonly required: boolean }[];
  /** Takes two inputs or more. */
  readonly variadic: boolean;
  /** Absent: they have no names. */
  readonly results?: readonly string[];
  /** Where one result is wanted, the first is meant. */
  readonly auxiliary: boolean;
  /** How many results there are depends on the input. */
  readonly listed: boolean;
  /** Of what takes layers: these stand in braces, or are arguments. */
  readonly layers?: Combinator["layers"];
}

/** What only an example can tell: parameters have shapes once the arguments have values. */
export interface LayerDetails {
  readonly example?: Example;
  /** The modes that the example cannot be compiled in. */
  readonly unsupported: readonly { readonly mode: Mode; readonly reason: string }[];
}

export interface ArgumentFacts {
  readonly name: string;
  readonly kind: ArgSpec["kind"];
  /** As it would be written. Absent: the argument is required. */
  readonly default?: string;
  readonly choices?: readonly string[];
  readonly least?: number;
  /** `none` is a value. */
  readonly optional: boolean;
  /** Takes all positional arguments from here on. */
  readonly rest: boolean;
  /** `_` takes it from the input. */
  readonly inferred: boolean;
  /** No value of it changes a result. */
  readonly idle: boolean;
}

export interface FamilyFacts {
  readonly title: string;
  readonly layers: readonly LayerFacts[];
}

/** Every entry once, operators and what takes layers among them. */
export function familyFacts(): FamilyFacts[] {
  const title = "Combinations of layers";
  return [
    ...families.map(({ title, records }) => ({
      title,
      layers: records.map((one) => recordFacts(one, title)),
    })),
    { title, layers: [...combinators.values()].map((one) => combinatorFacts(one, title)) },
  ];
}

function recordFacts(record: LayerRecord, family: string): LayerFacts {
  const { name, aliases = [], doc, shapes, formula, source, inputs, outputs } = record;
  const required = record.required ?? inputs.length;
  return {
    name,
    aliases,
    named: record.hidden !== true,
    family,
    doc,
    signature: signatureOf(record),
    shapes,
    ...(formula !== undefined && { formula }),
    source,
    arguments: record.hidden ? [] : argumentFacts(record.args),
    inputs: inputs.map((input, i) => ({ name: input, required: i < required })),
    variadic: record.variadic === true,
    ...(outputs && { results: outputs }),
    auxiliary: record.auxiliary === true,
    listed: record.listed === true,
  };
}

function combinatorFacts(entry: Combinator, family: string): LayerFacts {
  const { name, doc, formula, source, layers, args } = entry;
  return {
    name,
    aliases: [],
    named: true,
    family,
    doc,
    signature:
      layers === "body" ? `${callOf(name, args)}${entry.index ? " as i" : ""} { … }` : `${name}(layer, …)`,
    ...(formula !== undefined && { formula }),
    ...(source !== undefined && { source }),
    arguments: argumentFacts(args),
    inputs: [],
    variadic: false,
    auxiliary: false,
    listed: false,
    layers,
  };
}

const MODES: readonly Mode[] = ["eval", "train"];

export function layerDetails({ name }: LayerFacts): LayerDetails {
  const combinator = combinators.get(name);
  if (combinator) return { example: combinatorExample(combinator), unsupported: [] };
  const record = allRecords.find((one) => one.name === name)!;
  const found = exampleOf(record);
  const unsupported = MODES.flatMap((mode) => {
    const reason = found && record.unsupported?.(mode, found.args);
    return reason === undefined ? [] : [{ mode, reason }];
  });
  return { ...(found && { example: found.example }), unsupported };
}

function signatureOf(record: LayerRecord): string {
  const { name, args, operator, hidden, inputs, variadic } = record;
  if (operator !== undefined) return applied(record, variadic ? ["x", "y"] : inputs, "");
  return hidden ? `${inputs[0]}[…]` : callOf(name, args);
}

function callOf(name: string, specs: LayerRecord["args"]): string {
  const args = Object.entries(specs).map(([arg, spec]) => {
    if (spec.rest) return `*${arg}`;
    return spec.default === undefined ? arg : `${arg}=${written(spec.default)}`;
  });
  return args.length === 0 ? name : `${name}(${args.join(", ")})`;
}

function argumentFacts(specs: LayerRecord["args"]): ArgumentFacts[] {
  return Object.entries(specs).map(([name, spec]) => ({
    name,
    kind: spec.kind,
    ...(spec.default !== undefined && { default: written(spec.default) }),
    ...(spec.choices && { choices: spec.choices }),
    ...(spec.least !== undefined && { least: spec.least }),
    optional: spec.optional === true,
    rest: spec.rest === true,
    inferred: spec.infer !== undefined,
    idle: spec.idle === true,
  }));
}

function written(value: ArgValue): string {
  const isSmall = typeof value === "number" && value !== 0 && Math.abs(value) < 1e-3;
  return isSmall ? value.toExponential() : argText(value);
}
