/**
 * The facts about the library's entries as plain data. `nnc layers` prints them as JSON, and makes its texts from
 * them.
 */
import { combinators, type Combinator } from "../layers/combinators.ts";
import { argText } from "../layers/describe.ts";
import { otherModules } from "../layers/elsewhere.ts";
import { allRecords, families } from "../layers/index.ts";
import type { ArgSpec, ArgValue, LayerRecord, Mode } from "../layers/record.ts";
import { applied, combinatorExample, exampleOf, type Example } from "./layer-example.ts";

export interface LayerFacts {
  readonly name: string;
  readonly aliases: readonly string[];
  /** False if the entry is reached only by its syntax. */
  readonly named: boolean;
  readonly family: string;
  readonly doc: string;
  /** The form of a call: `Linear(in_features, out_features, bias=true)`, `x + y`. */
  readonly signature: string;
  readonly shapes?: string;
  readonly formula?: string;
  readonly source?: string;
  readonly note?: string;
  readonly arguments: readonly ArgumentFacts[];
  readonly inputs: readonly { readonly name: string; readonly required: boolean }[];
  /** Whether the entry takes two or more inputs. */
  readonly variadic: boolean;
  /** The names of the results; absent if they have none. */
  readonly results?: readonly string[];
  /** Whether an expression that takes one value takes the first result. */
  readonly auxiliary: boolean;
  /** Whether the number of results depends on the input. */
  readonly listed: boolean;
  /** For an entry that takes layers: whether they are written in braces or as arguments. */
  readonly layers?: Combinator["layers"];
}

/** The facts that need an example: parameters have shapes only when the arguments have values. */
export interface LayerDetails {
  readonly example?: Example;
  /** The modes in which the example cannot be compiled. */
  readonly unsupported: readonly { readonly mode: Mode; readonly reason: string }[];
}

export interface ArgumentFacts {
  readonly name: string;
  readonly kind: ArgSpec["kind"];
  /** The default as it would be written; absent if the argument is required. */
  readonly default?: string;
  readonly choices?: readonly string[];
  readonly least?: number;
  /** The names of the layers that the argument may be, where it is one. */
  readonly layers?: readonly string[];
  /** Whether the argument may be `none`. */
  readonly optional: boolean;
  /** Present where an entry of a list may be `none`. */
  readonly gaps?: true;
  /** Whether the argument takes all positional arguments from here on. */
  readonly rest: boolean;
  /** Whether the argument may be `_`, and is then computed from the input. */
  readonly inferred: boolean;
  /** Whether the argument has no effect on results. */
  readonly idle: boolean;
}

export interface FamilyFacts {
  readonly title: string;
  readonly layers: readonly LayerFacts[];
}

/** All entries by family, each once, including operators and entries that take layers. */
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

export interface TorchFacts {
  /** The name of the module in torch.nn. */
  readonly name: string;
  readonly here: boolean;
  /** What the layer computes; or what to write instead of a module that is not here. */
  readonly text: string;
}

/** The modules of torch.nn in the order of their names: entries that are named after one, and what others are here. */
export function torchFacts(): TorchFacts[] {
  const entries = [...allRecords, ...combinators.values()].flatMap(({ source, doc }) => {
    const name = /^torch\.nn\.([A-Z]\w*)/.exec(source ?? "")?.[1];
    return name === undefined ? [] : [{ name, here: true, text: doc }];
  });
  const others = [...otherModules].map(([name, text]) => ({ name, here: false, text }));
  return [...entries, ...others].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function recordFacts(record: LayerRecord, family: string): LayerFacts {
  const { name, aliases = [], doc, shapes, formula, source, note, inputs, outputs } = record;
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
    ...(note !== undefined && { note }),
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
    ...(spec.layers && { layers: spec.layers }),
    optional: spec.optional === true,
    ...(spec.gaps && { gaps: true }),
    rest: spec.rest === true,
    inferred: spec.infer !== undefined,
    idle: spec.idle === true,
  }));
}

function written(value: ArgValue): string {
  const isSmall = typeof value === "number" && value !== 0 && Math.abs(value) < 1e-3;
  return isSmall ? value.toExponential() : argText(value);
}
