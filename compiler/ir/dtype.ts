/**
 * Element types. `dtypeRows` has one row for each dtype, with all facts that several parts of the compiler need. A fact
 * that only one printer or command needs is in a table beside it, over all of `Dtype` or of `LanguageDtype`: so a new
 * dtype is an error of the type checker in every place that lacks something.
 */
/**
 * An element type. `f64` is for computed values that are not outputs: temporaries, rows of scratch, results of
 * `prepare`.
 */
export type Dtype = "f32" | "i32" | "bool" | "f64";

/** The dtypes that a net can declare: those of inputs, outputs and parameters. */
export type LanguageDtype = Exclude<Dtype, "f64">;

interface Arrays {
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  readonly bool: Uint8Array;
  readonly f64: Float64Array;
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
};

const allDtypes = Object.keys(dtypeRows) as Dtype[];

/** The dtypes of the language, in the order in which messages list them. */
export const languageDtypes: readonly LanguageDtype[] = allDtypes.filter(isLanguageDtype);

export function isLanguageDtype(dtype: Dtype): dtype is LanguageDtype {
  return dtype !== "f64";
}

/** The dtype of an input, an output or a parameter. Throws for f64, which none of these has. */
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
