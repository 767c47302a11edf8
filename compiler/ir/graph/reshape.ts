/** How the axes before and after a reshape correspond. */
import { divideExactly, mul, same, type Size } from "../size/size.ts";

/** Axes `from` of the operand hold the same elements, in row-major order, as axes `to` of the result. */
export interface AxisGroup {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The smallest groups of axes that correspond. Axes of size 1 are in no group. */
export function axisGroups(from: readonly Size[], to: readonly Size[]): AxisGroup[] {
  const left = axesAboveOne(from);
  const right = axesAboveOne(to);
  const groups: AxisGroup[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    const group = { from: [left[i]!], to: [right[j]!] };
    let product = from[left[i++]!]!;
    let wanted = to[right[j++]!]!;
    while (!same(product, wanted)) {
      const takeFrom = i < left.length && divideExactly(wanted, product) !== undefined;
      const takeTo = j < right.length && divideExactly(product, wanted) !== undefined;
      // Where neither size divides the other (6 -> [4, …]), both sides take more axes until their products are equal.
      if (i < left.length && (takeFrom || !takeTo)) {
        group.from.push(left[i]!);
        product = mul(product, from[left[i++]!]!);
      } else if (j < right.length) {
        group.to.push(right[j]!);
        wanted = mul(wanted, to[right[j++]!]!);
      } else {
        break;
      }
    }
    groups.push(group);
  }
  const last = groups.pop();
  if (!last) return groups;
  // Axes that are left over, because their sizes could not be proven to match, join the last group: the products are
  // equal.
  return [
    ...groups,
    ...withoutLastAxes(
      { from: [...last.from, ...left.slice(i)], to: [...last.to, ...right.slice(j)] },
      from,
      to,
    ),
  ];
}

/** The group without its last axes, as far as they are the same on both sides; these, one by one. */
function withoutLastAxes(group: AxisGroup, from: readonly Size[], to: readonly Size[]): AxisGroup[] {
  const most = Math.min(group.from.length, group.to.length) - 1;
  let count = 0;
  for (; count < most; count++) {
    const size = from[group.from.at(-count - 1)!]!;
    // Products of 0 say nothing about the other axes.
    if (size === 0 || !same(size, to[group.to.at(-count - 1)!]!)) break;
  }
  if (count === 0) return [group];
  return [
    { from: group.from.slice(0, -count), to: group.to.slice(0, -count) },
    ...group.from.slice(-count).map((axis, i) => ({ from: [axis], to: [group.to.slice(-count)[i]!] })),
  ];
}

function axesAboveOne(sizes: readonly Size[]): number[] {
  return sizes.flatMap((size, axis) => (size === 1 ? [] : [axis]));
}

/** Whether a reshape only adds and removes axes of size 1. */
export function isTrivial(from: readonly Size[], to: readonly Size[]): boolean {
  return axisGroups(from, to).every((group) => group.from.length === 1 && group.to.length === 1);
}

/**
 * Whether a place in the operand is found by divisions by sizes that only the call knows: `[N, H, W] -> [N, H * W]`. A loop
 * over the result cannot be split into groups of a number of rounds.
 */
export function dividesBySymbols(from: readonly Size[], to: readonly Size[]): boolean {
  return axisGroups(from, to).some((group) =>
    group.from.slice(1).some((axis) => typeof from[axis] !== "number"),
  );
}

/**
 * The shape that a broadcast operand (`own`, repeated to `wide`) has when `wide` is reshaped to `sizes`; undefined where
 * it repeats along a part of the axes that belong together.
 */
export function unshapeSizes(
  own: readonly Size[],
  wide: readonly Size[],
  sizes: readonly Size[],
): Size[] | undefined {
  const result: Size[] = sizes.map(() => 1);
  for (const group of axisGroups(wide, sizes)) {
    if (group.from.every((axis) => own[axis] === 1)) continue; // repeated along all of the group
    if (!group.from.every((axis) => same(own[axis]!, wide[axis]!))) return undefined; // along a part of it
    for (const axis of group.to) result[axis] = sizes[axis]!;
  }
  return result;
}
