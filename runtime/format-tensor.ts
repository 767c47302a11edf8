// Tensors as PyTorch prints them, with its default options.

import { fixed, scientific } from "./decimal.ts";
import { pythonName, type ArrayDtype } from "./array-dtype.ts";
import { isTensor, sizeOf, type Tensor } from "./tensor.ts";

const PRECISION = 4;
const THRESHOLD = 1000; // more elements than this are summarised
const EDGE_ITEMS = 3; // entries shown at each end of a summarised dimension
const LINE_WIDTH = 80;
const PREFIX = "tensor(";

/**
 * The text that PyTorch's `repr` gives for the tensor, character for character: `tensor([1.0000, 2.5000])`. More than
 * 1000 elements are summarised; dtypes other than f32, i64 and bool are named at the end.
 */
export function formatTensor(t: Tensor): string {
  if (!isTensor(t)) throw new TypeError("formatTensor takes a tensor: { dtype, shape, data }");
  const size = sizeOf(t.shape);
  if (t.data.length !== size)
    throw new TypeError(`a tensor of shape [${t.shape.join(", ")}] cannot have ${t.data.length} elements`);
  const body = size === 0 ? "[]" : formatBody(t, size > THRESHOLD);
  return withSuffixes(PREFIX + body, suffixes(t, size)) + ")";
}

function suffixes(t: Tensor, size: number): string[] {
  const list: string[] = [];
  // The brackets of an empty 1-D tensor show its shape already.
  if (size === 0 && t.shape.length !== 1) list.push(`size=(${t.shape.join(", ")})`);
  const implied: readonly ArrayDtype[] = size === 0 ? ["f32"] : ["f32", "i64", "bool"];
  if (!implied.includes(t.dtype)) list.push(`dtype=torch.${pythonName(t.dtype)}`);
  return list;
}

function withSuffixes(text: string, list: readonly string[]): string {
  // PyTorch computes the length of the last line like this; if there is no newline, the result is one or two too
  // large and lines break early.
  let last = text.length - text.lastIndexOf("\n") + 1;
  for (const suffix of list) {
    if (last + suffix.length + 2 > LINE_WIDTH) {
      text += `,\n${" ".repeat(PREFIX.length)}${suffix}`;
      last = PREFIX.length + suffix.length;
    } else {
      text += `, ${suffix}`;
      last += suffix.length + 2;
    }
  }
  return text;
}

function formatBody(t: Tensor, summarize: boolean): string {
  const shown = t.shape.map((dim) => shownIndices(dim, summarize));
  const { texts, width } = scalarTexts(t, offsetsOf(t.shape, shown));
  let next = 0;
  /** Prints everything below `axis`; the scalars are taken from `texts` in order. */
  const level = (axis: number, indent: number): string => {
    if (axis === shown.length) return texts[next++]!;
    const indices = shown[axis]!;
    const isRow = axis === shown.length - 1;
    const parts = indices.map(() => level(axis + 1, indent + 1));
    if (indices.length < t.shape[axis]!) parts.splice(EDGE_ITEMS, 0, isRow ? " ..." : "...");
    const margin = " ".repeat(indent + 1);
    if (isRow) return `[${wrap(parts, width, indent).join(`,\n${margin}`)}]`;
    return `[${parts.join(`,${"\n".repeat(shown.length - 1 - axis)}${margin}`)}]`;
  };
  return level(0, PREFIX.length);
}

/** The lines of a row. Lines break by the column width, even if some texts are longer than it. */
function wrap(parts: readonly string[], width: number, indent: number): string[] {
  const perLine = Math.max(1, Math.floor((LINE_WIDTH - indent) / (width + 2)));
  const lines: string[] = [];
  for (let i = 0; i < parts.length; i += perLine) lines.push(parts.slice(i, i + perLine).join(", "));
  return lines;
}

function shownIndices(dim: number, summarize: boolean): number[] {
  const all = Array.from({ length: summarize ? Math.min(dim, 2 * EDGE_ITEMS) : dim }, (_, i) => i);
  return all.map((i) =>
    summarize && i >= EDGE_ITEMS && dim > 2 * EDGE_ITEMS ? dim - 2 * EDGE_ITEMS + i : i,
  );
}

/** The positions in `data` of the elements that are shown, in row-major order. */
function offsetsOf(shape: readonly number[], shown: readonly (readonly number[])[]): number[] {
  let offsets = [0];
  for (let axis = 0; axis < shape.length; axis++)
    offsets = offsets.flatMap((offset) => shown[axis]!.map((index) => offset * shape[axis]! + index));
  return offsets;
}

interface ScalarTexts {
  readonly texts: readonly string[];
  /** The column width. Texts are padded to it; only nan and infinities may be wider. */
  readonly width: number;
}

function scalarTexts(t: Tensor, offsets: readonly number[]): ScalarTexts {
  if (t.dtype === "f32" || t.dtype === "f64")
    return floatTexts(offsets.map((offset) => Number(t.data[offset]!)));
  const texts = offsets.map((offset) => {
    const value = t.data[offset]!;
    if (t.dtype === "bool") return value === 0 ? "False" : "True";
    return String(value);
  });
  return padded(texts, maxLength(texts));
}

/**
 * One notation for all values: scientific if magnitudes differ much, `3.` if all are integers, else four
 * decimals.
 */
function floatTexts(values: readonly number[]): ScalarTexts {
  const counted = values.filter((value) => Number.isFinite(value) && value !== 0);
  let min = Infinity;
  let max = 0;
  for (const value of counted) {
    min = Math.min(min, Math.abs(value));
    max = Math.max(max, Math.abs(value));
  }
  const integers = counted.every((value) => Number.isInteger(value));
  const wide = counted.length > 0 && (max / min > 1000 || max > 1e8 || (!integers && min < 1e-4));
  const print = (value: number): string => {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
    if (wide) return scientific(value, PRECISION);
    return integers ? `${fixed(value, 0)}.` : fixed(value, PRECISION);
  };
  return padded(values.map(print), maxLength(counted.map(print)));
}

function maxLength(texts: readonly string[]): number {
  return texts.reduce((longest, text) => Math.max(longest, text.length), 1);
}

function padded(texts: readonly string[], width: number): ScalarTexts {
  return { texts: texts.map((text) => text.padStart(width)), width };
}
