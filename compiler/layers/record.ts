/**
 * A layer is one record: its arguments, inputs, parameters, shape rule and meaning. Everything that knows
 * layers (the resolver, "did you mean", help, every target, the differential test) reads the table made of
 * these records in `index.ts`.
 */
import type { Builder, Tensor } from "../ir/build.ts";
import type { Init } from "../ir/graph.ts";
import { MAX_SIZE, product, type Size } from "../ir/size.ts";
import {
  MAX_RANK,
  extents,
  fitsRank,
  typeText,
  type Dtype,
  type Shape,
  type TensorType,
} from "../ir/types.ts";

export type Mode = "eval" | "train";

/** What an argument may hold once it is evaluated. `null` is the language's `none`. */
export type ArgValue = Size | boolean | string | null | readonly ArgValue[] | Subscript;

export type Args = Readonly<Record<string, ArgValue>>;

/** One entry of `x[…]`. */
export type Subscript =
  | { readonly subscript: "at"; readonly index: Size }
  | {
      readonly subscript: "slice";
      readonly start: Size | null;
      readonly stop: Size | null;
      readonly step: number;
    }
  | { readonly subscript: "new" }
  | { readonly subscript: "ellipsis" };

export type ArgKind =
  | "int" // a whole number
  | "size" // a whole number, or a size that is known only at the call
  | "float" // any number
  | "bool"
  | "string"
  | "ints" // a whole number or a list of them
  | "sizes" // a size or a list of them
  | "any"; // taken as it is (Identity ignores its arguments)

export interface ArgSpec {
  readonly kind: ArgKind;
  /** Absent: the argument is required. */
  readonly default?: ArgValue;
  /** `none` is a value. */
  readonly optional?: true;
  /** For strings: what is allowed. */
  readonly choices?: readonly string[];
  /** Smallest legal value of an int. */
  readonly least?: number;
  /** Names axes, of which a tensor has at most 64: so no number of a text becomes as many sizes. */
  readonly axis?: true;
  /** Takes all positional arguments from here on, as a list: `Zeros(N, C)`. */
  readonly rest?: true;
  /** Taken because PyTorch has it: no value changes a result. */
  readonly idle?: true;
  /** What `_` stands for, given the types of the inputs. Absent: `_` is an error here. */
  readonly infer?: (inputs: readonly TensorType[]) => ArgValue | undefined;
}

/** A positional argument as written: whether a number was written as a float decides for PReLU. */
export interface Positional {
  readonly value: ArgValue;
  readonly float: boolean;
}

export interface ParameterSpec {
  readonly name: string;
  readonly role: "param" | "buffer";
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly init: Init;
}

/** Of the parameter that an initial value fills. */
export type InitialType = Pick<ParameterSpec, "dtype" | "shape">;

/** How a shape rule demands equality of sizes. */
export interface ShapeContext {
  /**
   * Where the two are provably different, the reason; where they are equal, nothing; else nothing, and the
   * equality is checked at the call. A size of a chain's inferred input becomes `wanted` instead.
   */
  equal(actual: Size, wanted: Size, reason: string): string | undefined;
  /** The same for `actual >= least`. */
  atLeast(actual: Size, least: Size, reason: string): string | undefined;
  /** The same for `actual != refused`. */
  unequal(actual: Size, refused: Size, reason: string): string | undefined;
  /**
   * Of a layer that takes its input with or without a batch axis: says the size of that axis, undefined where this
   * input lacks it. An input that is not declared rather has it, and then a call may leave it out.
   */
  batch?(size: Size | undefined): void;
  /** Some demands hold in training only (more than one value per channel). Absent: eval. */
  readonly mode?: Mode;
}

export interface BodyContext {
  readonly b: Builder;
  readonly mode: Mode;
  /** Its own parameters and buffers, by their names. Absent ones (`bias=False`) are missing. */
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly args: Args;
  /** The type of the result that the shape rule gave, runs replaced by their products. */
  readonly types: readonly TensorType[];
  /** Gives a buffer its next value (train mode). */
  readonly update: (name: string, value: Tensor) => void;
}

/** The most general inputs a layer takes, for a chain whose input is not declared; the best first. */
export interface Accepts {
  readonly dtype: Dtype;
  /** A number is a size, a string names a symbolic one, "..." is the run. */
  readonly shape: readonly (number | string)[];
}

export interface LayerRecord {
  readonly name: string;
  /** Other names that mean the same; the formatter leaves them. */
  readonly aliases?: readonly string[];
  /** One line on what it computes. */
  readonly doc: string;
  /** Inputs and results: "x: [N, C, ...] -> [N, C, ...]". Dtypes where they are not f32. */
  readonly shapes: string;
  /**
   * What is computed, in the arguments' and parameters' names: "x > 0 ? x : negative_slope * x". Absent where
   * elements are moved and none is computed.
   */
  readonly formula?: string;
  /** Where name, arguments and formula come from: "torch.nn.LeakyReLU", and the paper if there is one. */
  readonly source: string;
  /** The order is the positional order. */
  readonly args: Readonly<Record<string, ArgSpec>>;
  /** Names of the inputs; `variadic` takes two or more of one name. None: the entry is a tensor. */
  readonly inputs: readonly string[];
  readonly variadic?: true;
  /**
   * How many of the inputs must be given; absent: all. Those after them may be left out, and the args then
   * hold, under `given`, the list of the names of the inputs that are there (`attn_mask` without
   * `key_padding_mask`).
   */
  readonly required?: number;
  /** Names of the results, for `.h_n`; absent: a single result, or several without names. */
  readonly outputs?: readonly string[];
  /** Where one value is wanted, the first result is meant (LSTM). */
  readonly auxiliary?: true;
  /** How many results there are depends on the input: they are a list, even of one (Split). */
  readonly listed?: true;
  /** An infix operator of the language that this entry is: `+`. */
  readonly operator?: string;
  /** Reached by syntax only (subscripts), never by name. */
  readonly hidden?: true;
  /** Rearranges positional arguments by their kind: names for them, or the reason why not. */
  readonly arrange?: (positional: readonly Positional[]) => readonly string[] | { readonly reason: string };
  /** What is wrong with the arguments as a whole, if anything. */
  readonly validate?: (args: Args) => string | undefined;
  readonly accepts?: (args: Args) => readonly Accepts[];
  /** In the order of the state dict, which is also the order of random draws. */
  readonly parameters?: (args: Args) => readonly ParameterSpec[];
  /** For entries that may stand as the initial value of a `param` or `buffer`: how they fill it, or why not. */
  readonly init?: (args: Args, type: InitialType) => Init | string;
  /** The types of the results, or the reason why these inputs are not taken. */
  readonly infer: (
    inputs: readonly TensorType[],
    args: Args,
    context: ShapeContext,
  ) => readonly TensorType[] | string;
  /** Why this layer cannot be compiled in a mode, if it cannot. */
  readonly unsupported?: (mode: Mode, args: Args) => string | undefined;
  /** What it computes. Only sizes, args and mode may be looked at; data are described, not read. */
  readonly body: (inputs: readonly Tensor[], context: BodyContext) => readonly Tensor[];
  /** Cases for the tests: arguments as text and concrete input shapes. */
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** The entry as it is written: `LayerNorm([3, 4], eps=0)`. */
  readonly source: string;
  readonly inputs: readonly (readonly number[])[];
  /** Upper bound (exclusive) of the values of i32 inputs. */
  readonly below?: number;
  /** Of each input, where they differ; absent: all are f32, or i32 where `below` is given. */
  readonly dtypes?: readonly Dtype[];
  /** Absent: both. */
  readonly modes?: readonly Mode[];
}

/** Every record passes here, so that no layer can make a tensor of more than 2^31 - 1 elements or 64 axes. */
export function layer(record: LayerRecord): LayerRecord {
  const { accepts } = record;
  return {
    ...record,
    validate: (args) => record.validate?.(args) ?? oversized(record.parameters?.(args).map(toType) ?? []),
    infer: (inputs, args, context) => {
      const types = record.infer(inputs, args, context);
      return typeof types === "string" ? types : (oversized(types) ?? types);
    },
    ...(accepts && { accepts: (args) => accepts(args).filter(isPossible) }),
  };
}

function isPossible({ shape }: Accepts): boolean {
  return shape.filter((dim) => dim !== "...").length <= MAX_RANK;
}

function oversized(types: readonly TensorType[]): string | undefined {
  for (const type of types) {
    if (!fitsRank(type.shape)) return `a tensor has at most ${MAX_RANK} axes, not ${type.shape.length}`;
    const known = extents(type.shape).filter((size) => typeof size === "number" && size !== 0);
    const count = product(known);
    if (typeof count === "number" && count > MAX_SIZE) {
      return `${typeText(type)} would have more than ${MAX_SIZE} elements`;
    }
  }
  return undefined;
}

function toType(parameter: ParameterSpec): TensorType {
  return { dtype: parameter.dtype, shape: parameter.shape };
}

// Shorthands for argument tables.
export function int(fallback?: number | null, least?: number): ArgSpec {
  return spec("int", fallback, least);
}
export function size(fallback?: Size | null): ArgSpec {
  return spec("size", fallback);
}
export function float(fallback?: number | null): ArgSpec {
  return spec("float", fallback);
}
export function bool(fallback: boolean): ArgSpec {
  return spec("bool", fallback);
}
export function ints(fallback?: ArgValue): ArgSpec {
  return spec("ints", fallback);
}
/** An argument that is the number of an axis; negative ones count from the end. */
export function dimension(fallback?: number | null): ArgSpec {
  return { ...spec("int", fallback), axis: true };
}
/** One such number, or a list of them. */
export function dimensions(fallback?: ArgValue): ArgSpec {
  return { ...spec("ints", fallback), axis: true };
}
export function choice(choices: readonly string[], fallback: string): ArgSpec {
  return { kind: "string", choices, default: fallback };
}

/** A default of `none` makes `none` a legal value. */
function spec(kind: ArgKind, fallback?: ArgValue, least?: number): ArgSpec {
  return {
    kind,
    ...(fallback !== undefined && { default: fallback }),
    ...(fallback === null && { optional: true }),
    ...(least !== undefined && { least }),
  };
}

export function constant(value: number): Init {
  return { kind: "constant", value };
}

/** Uniform from -bound to bound; `runtime/init.ts` has the bounds. */
export function within(bound: number): Init {
  return { kind: "uniform", low: -bound, high: bound };
}

/** The type with another shape, or the same shape and another dtype. */
export function typed(dtype: Dtype, shape: Shape): TensorType {
  return { dtype, shape };
}

// Typed reads of arguments, which the resolver has checked against their kinds.
export function number(args: Args, name: string): number {
  return args[name] as number;
}
export function flag(args: Args, name: string): boolean {
  return args[name] as boolean;
}
export function list(args: Args, name: string): readonly Size[] {
  const value = args[name];
  return Array.isArray(value) ? (value as readonly Size[]) : [value as Size];
}

/** The ops of the layer graph. */
export type LayerOp =
  | {
      readonly kind: "layer";
      readonly record: LayerRecord;
      readonly args: Args;
      /** For each of the record's parameters, the path in the graph's parameter list that it stands at. */
      readonly parameters: Readonly<Record<string, string>>;
    }
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "parameter"; readonly path: string }
  /** A literal, or a size as a tensor: row-major values of the node's shape. */
  | { readonly kind: "constant"; readonly values: readonly Size[] };
