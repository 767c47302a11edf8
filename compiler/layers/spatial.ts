/**
 * Helpers of layers that move a window over the spatial axes, which are the last of `[N, C, …]` or, without a batch,
 * of `[C, …]`.
 */
import { add, floorDiv, sub, type Size } from "../ir/size/size.ts";
import { extents, type Dim, type Shape } from "../ir/types.ts";
import { list, type Accepts, type Args, type ArgSpec, type ShapeContext } from "./record.ts";

/** The usual names of one, two or three spatial axes. */
export const spatialNames: Readonly<Record<1 | 2 | 3, readonly string[]>> = {
  1: ["L"],
  2: ["H", "W"],
  3: ["D", "H", "W"],
};

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
export function perAxis(fallback: number | undefined, least: number): ArgSpec {
  return { kind: "ints", least, ...(fallback !== undefined && { default: fallback }) };
}

/** The value of such an argument along each axis. */
export function alongAxes(args: Args, name: string, rank: number): readonly number[] {
  const given = list(args, name) as readonly number[];
  return given.length === 1 ? Array.from({ length: rank }, () => given[0]!) : given;
}

/** Says which of such arguments has another number of entries than there are axes. */
export function wrongCount(args: Args, names: readonly string[], rank: number): string | undefined {
  for (const name of names) {
    if (typeof args[name] === "string") continue;
    const { length } = list(args, name);
    if (length === rank || length === 1) continue;
    return `${name} must be a whole number or a list of ${rank}, not of ${length}`;
  }
  return undefined;
}

/** The forms of an input with this many channels, with a batch and without. */
export function acceptsImages(rank: 1 | 2 | 3, channels: number | string): readonly Accepts[] {
  const sizes = [channels, ...spatialNames[rank]];
  return [
    { dtype: "f32", shape: ["N", ...sizes] },
    { dtype: "f32", shape: sizes },
  ];
}

/** How many elements a window covers, those between its own included. */
export function spanOf({ size, dilation }: Sliding): number {
  return dilation * (size - 1) + 1;
}

/** The number of places of the window, which is inside of the axis with its padding. */
export function placesOf(length: Size, axis: Sliding): Size {
  const padded = add(length, axis.before + axis.after);
  return add(floorDiv(sub(padded, spanOf(axis)), axis.stride), 1);
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
    const least = Math.max(1, spanOf(axis) - padding);
    const demand = `the size at dim ${first + i} must be at least ${least}`;
    const covers = `as the kernel covers ${spanOf(axis)}${padding > 0 ? `, of which ${padding} may be padding` : ""}`;
    const reason = padding < spanOf(axis) ? `${demand}, ${covers}` : demand;
    const wrong = context.atLeast(length, least, reason);
    if (wrong !== undefined) return wrong;
  }
  return lengths.map((length, i) => placesOf(length, axes[i]!));
}
