/** Where in its plane the largest element of a window is: the second result of pooling by maximum. */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { MAX_SIZE, product, type Size } from "../ir/size/size.ts";

/** The position of an element that a window has outside of its plane: it comes after all others. */
export const OUTSIDE: number = MAX_SIZE;

/** For each element its position in the plane of the last `count` axes, in row-major order; the other axes have size 1. */
export function planePositions(b: Builder, sizes: readonly Size[], count: number): Tensor {
  const [others, plane] = [sizes.slice(0, -count).map(() => 1), sizes.slice(-count)];
  return b.reshape(b.iota([product(plane)], 0), [...others, ...plane]);
}

/**
 * The position of the largest of each window, given the windows' elements and positions: the first of equals, and where
 * the largest is NaN the last NaN, as in PyTorch. Rounding keeps order, so an element that is not less than the largest
 * is one of the largest even if both were rounded.
 */
export function placesOf(
  b: Builder,
  windows: Tensor,
  largest: Tensor,
  positions: Tensor,
  axes: readonly number[],
): Tensor {
  const at = b.broadcast(positions, sizesOf(windows));
  const first = b.reduce("min", b.select(b.map("lt", [windows, largest]), OUTSIDE, at), axes, "place");
  const nan = b.reduce("max", b.select(b.map("eq", [windows, windows]), -1, at), axes, "nan");
  return b.select(b.map("lt", [nan, 0]), first, nan);
}
