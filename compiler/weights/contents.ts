/** Describes the tensors of a file without a net: types, shapes, and facts about their values. */
import type { TypedArray } from "../../runtime/array-dtype.ts";
import type { StoredTensor } from "../../runtime/safetensors.ts";
import { sizeOf } from "../../runtime/tensor.ts";
import { visible } from "../../runtime/visible.ts";
import { bytesText, counted, groupedNumber, table } from "../inspect/text.ts";

/** Facts about the finite values of a tensor. For 64-bit integers they are exact. */
export interface ValueFacts {
  readonly min: number | bigint | undefined;
  readonly max: number | bigint | undefined;
  readonly mean: number | undefined;
  /** The standard deviation as `torch.std` computes it, for a sample; it needs at least two values. */
  readonly std: number | undefined;
  readonly nan: number;
  readonly infinite: number;
}

export interface TensorFacts extends Pick<StoredTensor, "name" | "dtype" | "shape" | "bytes"> {
  /** Absent if nnc does not read values of the dtype. */
  readonly values?: ValueFacts;
}

export interface TensorsInfo {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly TensorFacts[];
}

const collator = new Intl.Collator("en", { numeric: true });

/** Compares two names so that numbers in them are in order: `2.bias` comes before `10.bias`. */
export function compareNames(a: Pick<StoredTensor, "name">, b: Pick<StoredTensor, "name">): number {
  return collator.compare(a.name, b.name);
}

/**
 * The facts about all tensors in the order of their names. Tensors are read one at a time, and none is kept in
 * memory.
 */
export function tensorFacts(stored: readonly StoredTensor[]): TensorFacts[] {
  return stored.toSorted(compareNames).map(({ name, dtype, shape, bytes, read }) => {
    const values = read && valueFacts(read().data);
    return { name, dtype, shape, bytes, ...(values && { values }) };
  });
}

export function valueFacts(data: TypedArray): ValueFacts {
  let [nan, infinite, sum] = [0, 0, 0];
  let min: number | bigint | undefined;
  let max: number | bigint | undefined;
  for (const value of data) {
    const number = Number(value);
    if (Number.isNaN(number)) nan++;
    else if (!Number.isFinite(number)) infinite++;
    else {
      if (min === undefined || value < min) min = value;
      if (max === undefined || value > max) max = value;
      sum += number;
    }
  }
  const count = data.length - nan - infinite;
  const mean = sum / count;
  let squares = 0;
  for (const value of data) if (Number.isFinite(Number(value))) squares += (Number(value) - mean) ** 2;
  const [std, isKnown] = [Math.sqrt(squares / (count - 1)), count > 0 && Number.isFinite(sum)];
  return {
    min,
    max,
    mean: isKnown ? mean : undefined,
    std: isKnown && count > 1 && Number.isFinite(std) ? std : undefined,
    nan,
    infinite,
  };
}

/** The first of the columns that contain numbers. */
const FIRST_NUMERIC_COLUMN = 3;

export function tensorsText({ metadata, tensors }: TensorsInfo): string {
  const head = ["name", "dtype", "shape", "min", "max", "mean", "std", "NaN", "infinite"];
  const rows = tensors.map(({ name, dtype, shape, values }) => [
    name,
    dtype,
    `[${shape.join(", ")}]`,
    ...(["min", "max", "mean", "std"] as const).map((key) => valueText(values?.[key])),
    ...(["nan", "infinite"] as const).map((key) => (values?.[key] ? groupedNumber(values[key]) : "")),
  ]);
  // An empty column is left out, such as that of names, as an array of NumPy has no name.
  const shown = head.map((_, i) => i).filter((i) => rows.length === 0 || rows.some((row) => row[i] !== ""));
  const cells = [head, ...rows].map((row) => shown.map((i) => row[i]!));
  const elements = tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const bytes = tensors.reduce((sum, one) => sum + one.bytes, 0);
  const notes = Object.entries(metadata).map(
    ([key, value]) => `metadata  ${visible(key)}: ${visible(value)}`,
  );
  const lines = [
    ...table(
      cells,
      [...shown.keys()].filter((at) => shown[at]! >= FIRST_NUMERIC_COLUMN),
    ),
    "",
    `${counted(tensors.length, "tensor")}, ${counted(elements, "element")} (${bytesText(bytes)})`,
    ...notes,
  ];
  return `${lines.join("\n")}\n`;
}

export function tensorsJson({ metadata, tensors }: TensorsInfo): object {
  return { metadata: { ...metadata }, tensors: tensors.map(factsJson) };
}

function factsJson({ values, ...facts }: TensorFacts): object {
  if (!values) return facts;
  const { min, max, ...others } = values;
  return { ...facts, min: exactJson(min), max: exactJson(max), ...others };
}

/** Most readers of JSON use doubles for numbers, so integers beyond 2^53 are written as strings. */
function exactJson(value: number | bigint | undefined): number | string | undefined {
  if (typeof value !== "bigint") return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

/** A value with five digits; a whole number with all of its digits. */
export function valueText(value: number | bigint | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return String(value);
  return String(Number(value.toPrecision(5)));
}
