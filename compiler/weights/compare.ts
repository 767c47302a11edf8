/** Finds the differences between the tensors of two files, by name. */
import type { TypedArray } from "../../runtime/array-dtype.ts";
import type { StoredTensor } from "../../runtime/safetensors.ts";
import { counted, groupedNumber, table } from "../inspect/text.ts";
import { compareNames, valueText } from "./contents.ts";

type Facts = Pick<StoredTensor, "name" | "dtype" | "shape">;

/** The distance between two tensors' values. NaN counts as equal to NaN, and -0 as equal to 0. */
export interface Distance {
  /** The number of values that differ. */
  readonly differ: number;
  readonly of: number;
  /** The largest difference; undefined if two values differ and one of them is NaN or infinite. */
  readonly max: number | undefined;
  /** ‖b - a‖ / ‖a‖ over all values; undefined if `max` is, or if ‖a‖ is 0. */
  readonly relative: number | undefined;
}

/** The change of a tensor. `before` is absent if the tensor was added, `after` if it was removed. */
export interface TensorChange {
  readonly before?: Facts;
  readonly after?: Facts;
  /** Absent if the shapes differ, or if nnc does not read values of the dtype. */
  readonly distance?: Distance;
}

export interface TensorsDiff {
  readonly changes: readonly TensorChange[];
  /** The number of tensors with the same name, dtype, shape and values. */
  readonly same: number;
}

export function diffTensors(before: readonly StoredTensor[], after: readonly StoredTensor[]): TensorsDiff {
  const [old, now] = [byNames(before), byNames(after)];
  const added = after.filter(({ name }) => !old.has(name));
  const changes = [...before, ...added].toSorted(compareNames).flatMap(({ name }) => {
    return changeOf(old.get(name), now.get(name)) ?? [];
  });
  return { changes, same: old.size + added.length - changes.length };
}

function byNames(tensors: readonly StoredTensor[]): ReadonlyMap<string, StoredTensor> {
  return new Map(tensors.map((tensor) => [tensor.name, tensor]));
}

/** The change of a tensor; undefined if nothing changed. */
function changeOf(a: StoredTensor | undefined, b: StoredTensor | undefined): TensorChange | undefined {
  const ends = { ...(a && { before: factsOf(a) }), ...(b && { after: factsOf(b) }) };
  if (!a || !b || String(a.shape) !== String(b.shape)) return ends;
  if (a.read && b.read) {
    const distance = distanceOf(a.read().data, b.read().data);
    return a.dtype === b.dtype && distance.differ === 0 ? undefined : { ...ends, distance };
  }
  return a.dtype === b.dtype && a.raw.every((byte, i) => byte === b.raw[i]) ? undefined : ends;
}

function factsOf({ name, dtype, shape }: StoredTensor): Facts {
  return { name, dtype, shape };
}

export function distanceOf(a: TypedArray, b: TypedArray): Distance {
  let [differ, max, differences, squares] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    squares += Number(x) ** 2;
    if (!isOther(x, y)) continue;
    differ++;
    const by = typeof x === "bigint" && typeof y === "bigint" ? Number(y - x) : Number(y) - Number(x);
    // The condition also holds if `by` is NaN; the maximum then becomes NaN and stays NaN.
    if (!(Math.abs(by) <= max)) max = Number.isNaN(max) ? max : Math.abs(by);
    differences += by ** 2;
  }
  const relative = Math.sqrt(differences) / Math.sqrt(squares);
  return { differ, of: a.length, max: finite(max), relative: differ === 0 ? 0 : finite(relative) };
}

/** Whether two values differ. Integers of 64 bits are compared exactly, with floats too. */
function isOther(x: number | bigint, y: number | bigint): boolean {
  if (x < y) return true;
  return x > y || isNaNumber(x) !== isNaNumber(y);
}

function isNaNumber(value: number | bigint): boolean {
  return Number.isNaN(Number(value));
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/** The text of the differences: `-` marks what was removed, `+` what was added, `~` what changed. */
export function tensorsDiffText({ changes, same }: TensorsDiff): string {
  const rows = changes.map(({ before, after, distance }) => {
    const [old, now] = [before, after].map((one) => one && `${one.dtype} [${one.shape.join(", ")}]`);
    const sign = old === undefined ? "+" : now === undefined ? "-" : "~";
    const type = old === undefined || now === undefined || old === now ? (now ?? old!) : `${old} -> ${now}`;
    return [`${sign} ${(before ?? after)!.name || "array"}`, type, distance ? distanceText(distance) : ""];
  });
  const count = (sign: string): number => rows.filter(([first]) => first!.startsWith(sign)).length;
  const sums = [
    `${counted(count("-"), "tensor")} removed`,
    `${groupedNumber(count("+"))} added`,
    `${groupedNumber(count("~"))} changed`,
    `${groupedNumber(same)} the same`,
  ];
  return `${[...table(rows), "", sums.join(", ")].join("\n")}\n`;
}

function distanceText({ differ, of, max, relative }: Distance): string {
  if (differ === 0) return "the same values";
  return [
    `${groupedNumber(differ)} of ${counted(of, "value")} differ`,
    max === undefined ? "some of them NaN or infinite" : `by at most ${valueText(max)}`,
    ...(relative === undefined ? [] : [`relative ${valueText(relative)}`]),
  ].join(", ");
}
