/**
 * Samples along the axes of a tensor: which elements a resized axis reads, and with what weights. Positions are those of
 * PyTorch's CPU for float32 inputs: the ratio of the sizes is a float32 number, and what is computed of it is float64.
 * They depend on sizes alone, so they are small tables of `prepare` if the sizes are numbers.
 */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { differ, divideExactly, mul, product, sub, type Size } from "../ir/size/size.ts";
import type { Dtype } from "../ir/dtype.ts";
import { strides } from "../ir/types.ts";
import { alongAxis } from "./axes.ts";

/** How an axis is resized. */
export interface Resized {
  readonly axis: number;
  readonly from: Size;
  readonly to: Size;
  /** The factor that the user gave; without it, the sizes say how far samples are apart. */
  readonly factor: number | undefined;
}

/** One element for each place of a resized axis, and its weight. */
export interface Tap {
  readonly index: Tensor;
  readonly weight: Tensor;
}

export type Taps = (b: Builder, line: Resized) => readonly Tap[];

/** A size as an operand of a map. */
export function numberOf(b: Builder, size: Size, dtype: Dtype): Tensor | number {
  return typeof size === "number" ? size : b.constant(size, dtype);
}

function float32(b: Builder, x: Tensor | number): Tensor | number {
  return typeof x === "number" ? Math.fround(x) : b.map("fround", [x]);
}

/** The places 0, 1, 2 … of the resized axis, as floats. */
function places(b: Builder, { to }: Resized): Tensor {
  return b.cast(b.iota([to], 0), "f32");
}

/** x / y in float32, for sizes. */
function quotient(b: Builder, x: Size, y: Size): Tensor | number {
  const [above, below] = [x, y].map((size) => float32(b, numberOf(b, size, "f32"))) as [
    Tensor | number,
    Tensor | number,
  ];
  if (typeof above === "number" && typeof below === "number") return Math.fround(above / below);
  return b.map("fround", [b.div(above, below)]);
}

/** How many elements of the operand lie between two samples. */
function step(b: Builder, { from, to, factor }: Resized): Tensor | number {
  return factor === undefined ? quotient(b, from, to) : Math.fround(1 / factor);
}

/** The same if the first and the last samples are the first and the last elements. */
function cornerStep(b: Builder, { from, to }: Resized): Tensor | number {
  const last = sub(to, 1);
  if (typeof last === "number") return last < 1 ? 0 : quotient(b, sub(from, 1), last);
  const alone = b.map("lt", [b.constant(to, "i32"), 2]);
  return b.select(alone, 0, quotient(b, sub(from, 1), last));
}

/** The position of each sample, counted in elements from the first one's centre. */
function positions(b: Builder, line: Resized, corners: boolean): Tensor {
  if (corners) return b.mul(places(b, line), cornerStep(b, line));
  return b.sub(b.mul(b.add(places(b, line), 0.5), step(b, line)), 0.5);
}

/** The element at the place before each sample, or, with `centred`, the one that has the sample's centre in it. */
export function nearestIndex(b: Builder, line: Resized, centred: boolean): Tensor {
  const at = centred ? b.add(places(b, line), 0.5) : places(b, line);
  const position = b.map("fround", [b.mul(at, step(b, line))]);
  return b.cast(b.map("min", [position, numberOf(b, sub(line.from, 1), "f32")]), "i32");
}

/** The two elements around each sample. Where the sizes are equal, both are the element at the sample's place. */
export function linear(corners: boolean): Taps {
  return (b, line) => {
    const { from, to } = line;
    const last = sub(from, 1);
    const raw = positions(b, line, corners);
    const within = corners ? raw : b.map("max", [raw, 0]);
    let position = within;
    let further: Tensor | number = 1;
    const times = divideExactly(to, from);
    if (times === 1) [position, further] = [places(b, line), 0];
    else if (!differ(from, to) && typeof times !== "number") {
      const equal = b.map("eq", [numberOf(b, from, "i32"), numberOf(b, to, "i32")]);
      position = b.select(equal, places(b, line), within);
      further = b.select(equal, b.constant(0, "i32"), b.constant(1, "i32"));
    }
    const before = b.cast(b.map("min", [position, numberOf(b, last, "f32")]), "i32");
    const after = b.map("min", [b.add(before, further), numberOf(b, last, "i32")]);
    const weight = b.map("fround", [b.sub(position, b.cast(before, "f32"))]);
    return [
      { index: before, weight: b.map("fround", [b.sub(1, weight)]) },
      { index: after, weight },
    ];
  };
}

/** The four elements around each sample, weighted by Keys' kernel with a = -0.75. */
export function cubic(corners: boolean): Taps {
  return (b, line) => {
    const position = positions(b, line, corners);
    const before = b.map("floor", [position]);
    const weights = cubicWeights(b, b.map("fround", [b.sub(position, before)]));
    const first = b.cast(before, "i32");
    const last = numberOf(b, sub(line.from, 1), "i32");
    return weights.map((weight, k) => ({
      index: b.map("min", [b.map("max", [b.add(first, k - 1), 0]), last]),
      weight,
    }));
  };
}

/** The weights of the elements at -1, 0, 1 and 2 for a sample at t, which is 0 to 1. */
export function cubicWeights(b: Builder, t: Tensor): Tensor[] {
  const a = -0.75;
  const polynomial = (x: Tensor, ...coefficients: readonly number[]): Tensor =>
    coefficients.slice(1).reduce((sum: Tensor | number, c) => {
      const scaled = b.mul(sum, x);
      return c === 0 ? scaled : b.add(scaled, c);
    }, coefficients[0]!) as Tensor;
  const near = (x: Tensor): Tensor => polynomial(x, a + 2, -(a + 3), 0, 1);
  const far = (x: Tensor): Tensor => polynomial(x, a, -5 * a, 8 * a, -4 * a);
  const rest = b.sub(1, t);
  return [far(b.add(t, 1)), near(t), near(rest), far(b.add(rest, 1))];
}

/** The elements along some axes at places that are made for each axis by itself. Other axes stay. */
export function picked(b: Builder, x: Tensor, lines: readonly Resized[], indices: readonly Tensor[]): Tensor {
  if (lines.length === 0) return x;
  const sizes = sizesOf(x);
  const [start, end] = [lines[0]!.axis, lines.at(-1)!.axis + 1];
  const inner = sizes.slice(start, end);
  const all = inner.map((size, i) => {
    const own = lines.findIndex(({ axis }) => axis === start + i);
    return own < 0 ? b.iota([size], 0) : indices[own]!;
  });
  const steps = strides(inner);
  const terms = all.map((index, i) => {
    const scaled = steps[i] === 1 ? index : b.mul(index, numberOf(b, steps[i]!, "i32"));
    return b.reshape(scaled, alongAxis(sizesOf(index)[0]!, i, inner.length));
  });
  const index = terms.reduce((sum, term) => b.add(sum, term));
  const table = b.reshape(x, [...sizes.slice(0, start), product(inner), ...sizes.slice(end)]);
  return b.gather(table, index, { axis: start, checked: false });
}

/**
 * The weighted sum of some elements for each sample, along one axis after the other where that computes less, else
 * along all at once. `ratio` estimates how much longer an axis becomes.
 */
export function interpolated(b: Builder, x: Tensor, lines: readonly Resized[], taps: Taps): Tensor {
  const sampled = lines.map((line) => ({ line, taps: taps(b, line), ratio: ratioOf(line) }));
  const count = sampled[0]!.taps.length;
  const whole = sampled.reduce((volume, { ratio }) => volume * ratio, 1);
  const atOnce = sampled.reduce((sum, _, i) => sum + whole * count ** i, 0);
  const bySize = sampled.toSorted((left, right) => left.ratio - right.ratio);
  let volume = 1;
  const inTurn = bySize.reduce((sum, { ratio }) => sum + (volume *= ratio), 0);
  if (atOnce <= inTurn) return weighted(b, x, sampled);
  return bySize.reduce((y, one) => weighted(b, y, [one]), x);
}

interface Sampled {
  readonly line: Resized;
  readonly taps: readonly Tap[];
}

/** The sum over the taps of the first axis of the sums over those of the others. */
function weighted(
  b: Builder,
  x: Tensor,
  sampled: readonly Sampled[],
  chosen: readonly Tensor[] = [],
): Tensor {
  const next = sampled[chosen.length];
  if (!next) {
    return picked(
      b,
      x,
      sampled.map(({ line }) => line),
      chosen,
    );
  }
  const { line, taps } = next;
  const rank = sizesOf(x).length;
  return taps
    .map(({ index, weight }) => {
      const value = weighted(b, x, sampled, [...chosen, index]);
      return b.mul(value, b.reshape(weight, alongAxis(line.to, line.axis, rank)));
    })
    .reduce((sum, term) => b.add(sum, term));
}

/** How many times as long as before an axis becomes. Where that is not known, it is taken to become longer. */
function ratioOf({ from, to, factor }: Resized): number {
  if (typeof from === "number" && typeof to === "number") return to / Math.max(from, 1);
  return factor ?? 2;
}

/** Up to here, float32 positions of nearest elements are exact where a size is a multiple of the other. */
const MAX_EXACT = 2 ** 22;

/** A resizing that needs no index: each element `times` times, or each `every`-th element from `start` on. */
export type Regular = { readonly times: number } | { readonly every: number; readonly start: number };

/** What nearest elements are along a line, if one size is a multiple of the other. */
export function regular(line: Resized, centred: boolean): Regular | undefined {
  const { from, to, factor } = line;
  if (typeof to === "number" && to > MAX_EXACT) return undefined;
  if (typeof from === "number" && from > MAX_EXACT) return undefined;
  const times = divideExactly(to, from);
  const step = factor === undefined ? undefined : Math.fround(1 / factor);
  if (typeof times === "number" && (step === undefined || step === Math.fround(1 / times))) {
    return centred || startsWhole(times) ? { times } : undefined;
  }
  const quotient = divideExactly(from, to);
  const every = step ?? (typeof quotient === "number" ? quotient : undefined);
  if (every === undefined || every <= 1 || !Number.isInteger(every)) return undefined;
  const last = mul(sub(to, 1), every);
  const fits = typeof from === "number" && typeof last === "number" ? last < from : true;
  return fits ? { every, start: centred ? Math.floor(every / 2) : 0 } : undefined;
}

/**
 * Whether, for all k up to `MAX_EXACT`, sample k * times lies at k or after it: its float32 position is k times
 * float32's nearest to 1 / times, rounded. If that number is below 1 / times by more than a quarter of a unit in its last
 * place, some products round to less than k.
 */
function startsWhole(times: number): boolean {
  return 1 - Math.fround(1 / times) * times <= 2 ** -25;
}

/** The tensor with each element repeated along some axes, as often as `times` says. */
export function repeated(b: Builder, x: Tensor, times: ReadonlyMap<number, number>): Tensor {
  if (times.size === 0) return x;
  const sizes = sizesOf(x);
  const split = sizes.flatMap((size, axis) => (times.has(axis) ? [size, 1] : [size]));
  const wide = sizes.flatMap((size, axis) => (times.has(axis) ? [size, times.get(axis)!] : [size]));
  const result = sizes.map((size, axis) => mul(size, times.get(axis) ?? 1));
  return b.reshape(b.broadcast(b.reshape(x, split), wide), result);
}
