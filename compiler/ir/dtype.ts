/**
 * Element types. `dtypeRows` has one row for each dtype, with all facts that several parts of the compiler need. A fact
 * that only one printer or command needs is in a table beside it, over all of `Dtype` or of `LanguageDtype`: so a new
 * dtype is an error of the type checker in every place that lacks something.
 */
/**
 * An element type. `f64` is for computed values that are not outputs: temporaries, rows of scratch, results of
 * `prepare`. `f16` and `i8` are for weights alone.
 */
export type Dtype = "f32" | "i32" | "bool" | "f64" | NarrowDtype;

/**
 * The dtypes as which weights may lie in memory where the net has f32. Kernels load elements of them as an i32: of `i8` the number,
 * and of `f16` the bits, with copies of the sign before them.
 */
export type NarrowDtype = "f16" | "i8";

/** The dtypes that a net can declare: those of inputs and outputs. */
export type LanguageDtype = Exclude<Dtype, "f64" | NarrowDtype>;

/** The dtypes of parameters as a model holds them. */
export type HeldDtype = LanguageDtype | NarrowDtype;

interface Arrays {
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  readonly bool: Uint8Array;
  readonly f64: Float64Array;
  readonly f16: Int16Array;
  readonly i8: Int8Array;
}

/** The typed array that holds elements of a dtype. */
export type NumberArray<D extends Dtype = Dtype> = Arrays[D];

interface NumberArrayConstructor<D extends Dtype> {
  new (length: number): NumberArray<D>;
  new (values: ArrayLike<number>): NumberArray<D>;
  from(values: ArrayLike<number>): NumberArray<D>;
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
}

interface CommonRow<D extends Dtype> {
  readonly array: NumberArrayConstructor<D>;
  /** Tensors of several dtypes are promoted to the one of the highest rank, as PyTorch does. */
  readonly rank: number;
  /** The number that memory of this dtype holds after `value` was stored: f32 rounds, i32 wraps, bool makes 0 or 1. */
  readonly store: (value: number) => number;
  /**
   * Whether maps and products on operands of this dtype wrap at 32 bits, as `Math.imul` does; otherwise they are
   * float64. A narrower integer must wrap earlier, so it needs another arithmetic than these two.
   */
  readonly wraps: boolean;
}

interface FloatRow<D extends Dtype> extends CommonRow<D> {
  readonly kind: "float";
}

interface IntegerRow<D extends Dtype> extends CommonRow<D> {
  readonly kind: "integer" | "bool";
  /** The least and the greatest number that the dtype holds. */
  readonly range: readonly [least: number, greatest: number];
}

export const dtypeRows: { readonly [D in Dtype]: FloatRow<D> | IntegerRow<D> } = {
  f32: { kind: "float", array: Float32Array, rank: 2, store: Math.fround, wraps: false },
  i32: {
    kind: "integer",
    array: Int32Array,
    rank: 1,
    store: (value) => value | 0,
    wraps: true,
    range: [-(2 ** 31), 2 ** 31 - 1],
  },
  bool: {
    kind: "bool",
    array: Uint8Array,
    rank: 0,
    store: (value) => Number(value !== 0),
    wraps: false,
    range: [0, 1],
  },
  f64: {
    kind: "float",
    array: Float64Array,
    rank: 3,
    store: (value) => value,
    wraps: false,
  },
  f16: {
    kind: "integer",
    array: Int16Array,
    rank: -1,
    store: (value) => (value << 16) >> 16,
    wraps: true,
    range: [-(2 ** 15), 2 ** 15 - 1],
  },
  i8: {
    kind: "integer",
    array: Int8Array,
    rank: -2,
    store: (value) => (value << 24) >> 24,
    wraps: true,
    range: [-(2 ** 7), 2 ** 7 - 1],
  },
};

const allDtypes = Object.keys(dtypeRows) as Dtype[];

/** The dtypes of the language, in the order in which messages list them. */
export const languageDtypes: readonly LanguageDtype[] = allDtypes.filter(isLanguageDtype);

export function isLanguageDtype(dtype: Dtype): dtype is LanguageDtype {
  return dtype !== "f64" && !isNarrow(dtype);
}

export function isNarrow(dtype: Dtype): dtype is NarrowDtype {
  return dtype === "f16" || dtype === "i8";
}

/** The dtypes of parameters as a model holds them, those of the language first. */
export const heldDtypes: readonly HeldDtype[] = [...languageDtypes, ...allDtypes.filter(isNarrow)];

/** The dtype of a parameter as a model holds it. Throws for f64, which none has. */
export function heldDtype({ dtype }: { readonly dtype: Dtype }): HeldDtype {
  return isNarrow(dtype) ? dtype : languageDtype({ dtype });
}

/** The dtype of an input or an output, or of a parameter in the net's text. Throws for those that none of these has. */
export function languageDtype({ dtype }: { readonly dtype: Dtype }): LanguageDtype {
  if (isLanguageDtype(dtype)) return dtype;
  throw new Error(`${dtype} is not a type of the language`);
}

export function isFloat(dtype: Dtype): boolean {
  return dtypeRows[dtype].kind === "float";
}

/** Whether a dtype holds integers. Truth values do not count as integers. */
export function isInteger(dtype: Dtype): boolean {
  return dtypeRows[dtype].kind === "integer";
}

/** Whether storing a float64 as this dtype rounds it. */
export function isRounded(dtype: Dtype): boolean {
  return isFloat(dtype) && bytesPerElement(dtype) < 8;
}

/** Whether memory of this dtype can hold a number without changing it. */
export function isHeld(dtype: Dtype, value: number): boolean {
  return dtypeRows[dtype].store(value) === value;
}

/** The number of bytes of an element. */
export function bytesPerElement(dtype: Dtype): number {
  return dtypeRows[dtype].array.BYTES_PER_ELEMENT;
}

/** PyTorch's promotion among our dtypes: bool < i32 < f32 (< f64, inside the compiler). */
export function promote(dtypes: readonly Dtype[]): Dtype {
  return dtypes.reduce((a, b) => (dtypeRows[b].rank > dtypeRows[a].rank ? b : a), "bool");
}
