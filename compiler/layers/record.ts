/**
 * A layer is one record: its arguments, inputs, parameters, shape rule and meaning. Every part of the compiler
 * that knows layers (the resolver, "did you mean", help, every target, the differential test) reads the table of
 * these records in `index.ts`.
 */
import type { Builder, Tensor } from "../ir/graph/builder.ts";
import type { Init } from "../ir/graph/graph.ts";
import { MAX_SIZE, product, type Size } from "../ir/size/size.ts";
import type { Dtype } from "../ir/dtype.ts";
import { MAX_RANK, extents, fitsRank, typeText, type Shape, type TensorType } from "../ir/types.ts";

export type Mode = "eval" | "train";

/** The value of an argument once it is evaluated. `null` is the language's `none`. */
export type ArgValue = Size | boolean | string | null | readonly ArgValue[] | SubscriptArg | LayerArg;

export type Args = Readonly<Record<string, ArgValue>>;

/** One entry between the brackets of `x[…]`. */
export type SubscriptArg =
  | { readonly subscript: "at"; readonly index: Size }
  | {
      readonly subscript: "slice";
      readonly start: Size | null;
      readonly stop: Size | null;
      readonly step: number;
    }
  | { readonly subscript: "new" }
  | { readonly subscript: "ellipsis" };

/** A layer of the library as an argument of another: the first of `TransformerEncoder(TransformerEncoderLayer(4, 2), 6)`. */
export interface LayerArg {
  readonly record: LayerRecord;
  readonly args: Args;
}

export type ArgKind =
  | "int" // a whole number
  | "size" // a whole number, or a size that is known only at the call
  | "float" // any number
  | "floats" // any number or a list of them
  | "bool"
  | "string"
  | "ints" // a whole number or a list of them
  | "sizes" // a size or a list of them
  | "layer" // a layer of the library that takes one input, or one of `layers`
  | "any"; // any value, unchecked (Identity ignores its arguments)

export interface ArgSpec {
  readonly kind: ArgKind;
  /** The value of an argument that the call leaves out. Where this is absent, the argument is required. */
  readonly default?: ArgValue;
  /** The argument may be `none`. */
  readonly optional?: true;
  /** For a list: an entry may be `none`. */
  readonly gaps?: true;
  /** The strings that the argument may be, for an argument of kind "string". */
  readonly choices?: readonly string[];
  /** The names of the layers that the argument may be, for an argument of kind "layer". */
  readonly layers?: readonly string[];
  /** The smallest legal value, for an argument of kind "int". */
  readonly least?: number;
  /**
   * The argument numbers axes. A tensor has at most 64 of them, which keeps a large number in a source from being
   * turned into as many sizes.
   */
  readonly axis?: true;
  /** The argument takes all positional arguments from here on, as a list: `Zeros(N, C)`. */
  readonly rest?: true;
  /** The argument is accepted because PyTorch has it, and no value of it changes a result (`inplace`). */
  readonly idle?: true;
  /**
   * Computes from the types of the inputs the value for which `_` stands: `Linear(_, 5)`. Where this is absent,
   * `_` is an error.
   */
  readonly infer?: (inputs: readonly TensorType[]) => ArgValue | undefined;
}

/**
 * A positional argument as written. `PReLU(2)` counts channels and `PReLU(2.0)` gives a slope, so `float` tells
 * whether a number was written as a float.
 */
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

/** The type of the parameter or buffer that an initial value fills. */
export type InitialType = Pick<ParameterSpec, "dtype" | "shape">;

/** A shape rule states through this what it demands of sizes: `context.equal(channels, 10, reason)`. */
export interface ShapeContext {
  /**
   * Demands `actual == wanted`. Returns `reason` if the two are provably different, else undefined; if they are
   * not provably equal, the equality is checked at the call. A symbolic size of a chain's inferred input becomes
   * `wanted` instead.
   */
  equal(actual: Size, wanted: Size, reason: string): string | undefined;
  /** Demands `actual >= least` in the same way. */
  atLeast(actual: Size, least: Size, reason: string): string | undefined;
  /** Demands `actual != refused` in the same way. */
  unequal(actual: Size, refused: Size, reason: string): string | undefined;
  /**
   * A layer that takes its input with or without a batch axis reports the size of that axis here, or undefined if
   * this input lacks it. If the input is not declared, it is inferred with a batch axis, which a call may leave
   * out.
   */
  batch?(size: Size | undefined): void;
  /**
   * The mode, as some layers demand more in training (BatchNorm: more than one value per channel). Where it is
   * absent, the mode is eval.
   */
  readonly mode?: Mode;
}

export interface BodyContext {
  readonly b: Builder;
  readonly mode: Mode;
  /**
   * The layer's parameters and buffers, by their names. One that the arguments switch off (`bias=False`) is
   * missing.
   */
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly args: Args;
  /**
   * The types of the results, as the shape rule gave them, with each run replaced by the product of its sizes.
   */
  readonly types: readonly TensorType[];
  /** Sets the next value of a buffer, in train mode: `update("running_mean", mean)`. */
  readonly update: (name: string, value: Tensor) => void;
}

/**
 * A form of input that a layer takes, for a chain whose input is not declared. Of several forms the preferred one
 * comes first.
 */
export interface Accepts {
  readonly dtype: Dtype;
  /** A number is a size, a string names a symbolic size, and "..." is the run. */
  readonly shape: readonly (number | string)[];
}

export interface LayerRecord {
  readonly name: string;
  /** Other names of the same layer; the formatter does not replace them by the main one. */
  readonly aliases?: readonly string[];
  /** One line on what the layer computes. */
  readonly doc: string;
  /**
   * The shapes of inputs and results: "x: [N, C, ...] -> [N, C, ...]". Dtypes are given where they are not f32.
   */
  readonly shapes: string;
  /**
   * The result in terms of inputs, arguments and parameters: "x > 0 ? x : negative_slope * x". It is absent if
   * the layer only moves elements and computes none.
   */
  readonly formula?: string;
  /**
   * The place that name, arguments and formula come from: "torch.nn.LeakyReLU", and the paper if there is one.
   */
  readonly source: string;
  /** What else there is to know before it is used, as one clause. */
  readonly note?: string;
  /** The arguments by name, in the order in which they are positional. */
  readonly args: Readonly<Record<string, ArgSpec>>;
  /**
   * The names of the inputs. With `variadic` there is one name, for two or more inputs. With no names, the entry
   * is a tensor made without inputs (`Zeros`).
   */
  readonly inputs: readonly string[];
  readonly variadic?: true;
  /**
   * How many of the inputs must be given; where it is absent, all must. The inputs after them may be left out:
   * under `given` the args then hold the list of names of the inputs that are there (`attn_mask` without
   * `key_padding_mask`).
   */
  readonly required?: number;
  /**
   * The names of the results, which `.h_n` refers to. Where it is absent, the layer has one result, or several
   * without names.
   */
  readonly outputs?: readonly string[];
  /**
   * The results after the first are optional: an expression that takes one value takes the first result (LSTM).
   */
  readonly auxiliary?: true;
  /** The number of results depends on the input, so they are always a list, even if there is only one (Split). */
  readonly listed?: true;
  /** The infix operator of the language that means this entry: `+`. */
  readonly operator?: string;
  /** The entry is reached by syntax only (subscripts), never by name. */
  readonly hidden?: true;
  /**
   * Gives the positional arguments their names, in order, where that depends on their kinds; or the reason why it
   * cannot.
   */
  readonly arrange?: (positional: readonly Positional[]) => readonly string[] | { readonly reason: string };
  /** Says what is wrong with the arguments as a whole, if anything is. */
  readonly validate?: (args: Args) => string | undefined;
  readonly accepts?: (args: Args) => readonly Accepts[];
  /**
   * The parameters and buffers, in the order in which random values are drawn, which is also that of the state dict
   * (but for MultiheadAttention).
   */
  readonly parameters?: (args: Args) => readonly ParameterSpec[];
  /**
   * For an entry that may be written as the initial value of a `param` or `buffer`: how it fills that, or the
   * reason why it cannot.
   */
  readonly init?: (args: Args, type: InitialType) => Init | string;
  /** The shape rule: the types of the results, or the reason why these inputs are not accepted. */
  readonly infer: (
    inputs: readonly TensorType[],
    args: Args,
    context: ShapeContext,
  ) => readonly TensorType[] | string;
  /** Says why this layer cannot be compiled in a mode, if it cannot. */
  readonly unsupported?: (mode: Mode, args: Args) => string | undefined;
  /**
   * Builds the tensor graph of the layer. It may look at sizes, args and the mode only; it describes what is done
   * with data and reads none.
   */
  readonly body: (inputs: readonly Tensor[], context: BodyContext) => readonly Tensor[];
  /** Cases for the tests: calls as text, and concrete shapes for their inputs. */
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** The call as it is written: `LayerNorm([3, 4], eps=0)`. */
  readonly source: string;
  readonly inputs: readonly (readonly number[])[];
  /** The upper bound (exclusive) of the values of i32 inputs. */
  readonly below?: number;
  /**
   * The dtypes of the inputs, if they differ. Where it is absent, all are f32, or all i32 if `below` is given.
   */
  readonly dtypes?: readonly Dtype[];
  /** The ends of the interval from which f32 inputs are drawn, for a function that is NaN elsewhere. */
  readonly within?: readonly [low: number, high: number];
  /** The modes in which the sample is tested. Where it is absent, both are. */
  readonly modes?: readonly Mode[];
}

/**
 * Adds to a record the checks that every layer needs: no tensor has more than 2^31 - 1 elements or more than 64
 * axes.
 */
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

// These are shorthands for the tables of arguments: `int(1)` is an int with the default 1.
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
export function floats(fallback?: ArgValue): ArgSpec {
  return spec("floats", fallback);
}
export function ints(fallback?: ArgValue): ArgSpec {
  return spec("ints", fallback);
}
/** An argument that is the number of an axis; negative ones count from the end. */
export function dimension(fallback?: number | null): ArgSpec {
  return { ...spec("int", fallback), axis: true };
}
/** An argument that is one such number or a list of them. */
export function dimensions(fallback?: ArgValue): ArgSpec {
  return { ...spec("ints", fallback), axis: true };
}
export function choice(choices: readonly string[], fallback: string): ArgSpec {
  return { kind: "string", choices, default: fallback };
}

/** An argument that is a layer: one of those named, or else any layer of one input. */
export function layerArg(fallback?: string | null, layers?: readonly string[]): ArgSpec {
  return { ...spec("layer", fallback), ...(layers && { layers }) };
}

/** The spec of an argument. A default of `none` makes `none` a legal value. */
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

/** The initial values are uniform from -bound to bound; `runtime/init.ts` computes the bounds. */
export function within(bound: number): Init {
  return { kind: "uniform", low: -bound, high: bound };
}

/** The type with another shape, or the same shape and another dtype. */
export function typed(dtype: Dtype, shape: Shape): TensorType {
  return { dtype, shape };
}

// These read an argument as the type that the resolver has checked it to have.
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
      /** The mode of this layer, where it is not that of the net. */
      readonly mode?: Mode;
      /** For each of the record's parameters, its path in the graph's list of parameters. */
      readonly parameters: Readonly<Record<string, string>>;
    }
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "parameter"; readonly path: string }
  /** A literal, or a size used as a tensor: the values of the node in row-major order. */
  | { readonly kind: "constant"; readonly values: readonly Size[] };
