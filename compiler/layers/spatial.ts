/**
 * Helpers of layers that move a window over the spatial axes, which are the last of `[N, C, …]` or, without a batch,
 * of `[C, …]`.
 */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import type { PadMode } from "../ir/graph/primitives.ts";
import { add, floorDiv, sub, sum, type Size } from "../ir/size/size.ts";
import { extents, type Dim, type Shape } from "../ir/types.ts";
import { ints, list } from "./record.ts";
import type { Accepts, Args, ArgSpec, ArgValue, ShapeContext } from "./record.ts";

export type Suffix = "1d" | "2d" | "3d";

/** The names of the axes along which windows slide. */
export const SPATIAL: Readonly<Record<Suffix, readonly string[]>> = {
  "1d": ["L"],
  "2d": ["H", "W"],
  "3d": ["D", "H", "W"],
};

/** The two forms of input as text: `[N, C, L] or [C, L]`. A text such as `_out` is put behind each `L`. */
export function formsOf(suffix: Suffix, mark = ""): readonly [batched: string, unbatched: string] {
  const axes = ["C", ...SPATIAL[suffix].map((axis) => axis + mark)];
  return [`[${["N", ...axes].join(", ")}]`, `[${axes.join(", ")}]`];
}

/** The forms of an input with this many channels, with a batch and without. */
export function acceptsOf(suffix: Suffix, channels: number | string = "C"): readonly Accepts[] {
  const axes = [channels, ...SPATIAL[suffix]];
  return [["N", ...axes], axes].map((shape) => ({ dtype: "f32", shape }));
}

/** What happens along one spatial axis: a window of `size` elements, `dilation` apart, moves by `stride`. */
export interface Sliding {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  /** The padding in front of the axis and behind it. */
  readonly before: number;
  readonly after: number;
}

/** An argument with one number for each spatial axis, or one number for all of them. */
export function perAxis(fallback: ArgValue | undefined, least: number): ArgSpec {
  return { ...ints(fallback), least };
}

/** The value of such an argument along each axis. */
export function alongAxes(args: Args, name: string, rank: number): readonly number[] {
  const given = list(args, name) as readonly number[];
  return given.length === 1 ? Array.from({ length: rank }, () => given[0]!) : given;
}

/** Says which of such arguments has another number of entries than there are axes. */
export function wrongCount(args: Args, names: readonly string[], rank: number): string | undefined {
  for (const name of names) {
    if (!Array.isArray(args[name])) continue;
    const { length } = list(args, name);
    if (length === rank || length === 1) continue;
    return `${name} must be a whole number or a list of ${rank}, not of ${length}`;
  }
  return undefined;
}

/** How many elements are put in front of an axis and behind it. */
export interface Sides {
  readonly before: Size;
  readonly after: Size;
}

/** Pads the last axes, one for each of `sides`. */
export function padLast(
  b: Builder,
  x: Tensor,
  sides: readonly Sides[],
  filling: { readonly mode?: PadMode; readonly value?: number },
): Tensor {
  const own = sizesOf(x);
  const first = own.length - sides.length;
  const before = own.map((_, axis) => sides[axis - first]?.before ?? 0);
  const sizes = own.map((size, axis) => sum([size, before[axis]!, sides[axis - first]?.after ?? 0]));
  return b.pad(x, sizes, { ...filling, before });
}

/** How many elements a window covers, those between its own included. */
export function kernelSpan({ size, dilation }: Pick<Sliding, "size" | "dilation">): number {
  return dilation * (size - 1) + 1;
}

/** The number of places of the window, which is inside of the axis with its padding. */
export function windowPlaces(length: Size, axis: Sliding): Size {
  const padded = add(length, axis.before + axis.after);
  return add(floorDiv(sub(padded, kernelSpan(axis)), axis.stride), 1);
}

/** The spatial sizes after windows have moved over them; or the reason why there is no place for a window. */
export function slidSizes(
  shape: Shape,
  axes: readonly Sliding[],
  context: ShapeContext,
): readonly Dim[] | string {
  const first = shape.length - axes.length;
  const lengths = extents(shape.slice(first));
  for (const [i, axis] of axes.entries()) {
    const padding = axis.before + axis.after;
    const length = lengths[i]!;
    const least = Math.max(1, kernelSpan(axis) - padding);
    const demand = `the size at dim ${first + i} must be at least ${least}`;
    const covers = `as the kernel covers ${kernelSpan(axis)}${padding > 0 ? `, of which ${padding} may be padding` : ""}`;
    const reason = padding < kernelSpan(axis) ? `${demand}, ${covers}` : demand;
    const wrong = context.atLeast(length, least, reason);
    if (wrong !== undefined) return wrong;
  }
  return lengths.map((length, i) => windowPlaces(length, axes[i]!));
}
