/** Pooling over windows that slide along the spatial axes: their maximum, their mean, the norm of their elements. */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { add, type Size } from "../ir/size/size.ts";
import { extents } from "../ir/types.ts";
import { bool, flag, float, int, layer, number, typed } from "./record.ts";
import type { Args, LayerRecord, Sample } from "./record.ts";
import { perAxis, SPATIAL, type Suffix } from "./spatial.ts";
import {
  lastOf,
  overhangs,
  positions,
  slid,
  slidingOf,
  slidingRecord,
  windowCount,
  windowsOf,
  wrongSliding,
  type PoolWindow,
} from "./windows.ts";
import { OUTSIDE, placesOf, planePositions } from "./places.ts";

function maxPool(suffix: Suffix, samples: readonly Sample[]): LayerRecord {
  const count = SPATIAL[suffix].length;
  return layer({
    ...slidingRecord(suffix),
    name: `MaxPool${suffix}`,
    doc: "the largest element of each window, and with return_indices where it is; NaN wins",
    formula: "max(window); indices: the first position of it in the plane without padding, of NaN the last",
    source: `torch.nn.MaxPool${suffix}`,
    args: {
      kernel_size: perAxis(undefined, 1),
      stride: perAxis(null, 1),
      padding: perAxis(0, 0),
      dilation: perAxis(1, 1),
      return_indices: bool(false),
      ceil_mode: bool(false),
    },
    outputs: ["output", "indices"],
    auxiliary: true,
    validate: (args) => wrongSliding(args, count),
    infer: ([x], args, context) => {
      const type = slid(x!, suffix, slidingOf(args, count), context);
      if (typeof type === "string") return type;
      return flag(args, "return_indices") ? [type, typed("i32", type.shape)] : [type];
    },
    body: ([x], { b, args, types }) => {
      const sliding = slidingOf(args, count);
      const windows = windowsOf(b, x!, sliding, -Infinity);
      const axes = lastOf(windows, count);
      const largest = b.reduce("max", windows, axes, "maximum");
      const results = [largest];
      if (flag(args, "return_indices")) {
        const plane = planePositions(b, sizesOf(x!), count);
        const at = windowsOf(b, plane, sliding, OUTSIDE);
        results.push(placesOf(b, windows, largest, at, axes));
      }
      return results.map((result) => b.reshape(result, extents(types[0]!.shape)));
    },
    samples,
  });
}

export const maxPool1d: LayerRecord = maxPool("1d", [
  { source: "MaxPool1d(2)", inputs: [[2, 3, 7]] },
  { source: "MaxPool1d(3, 2, 1, return_indices=True)", inputs: [[2, 8]] },
  { source: "MaxPool1d(3, 2, padding=1, dilation=2, ceil_mode=True)", inputs: [[1, 2, 8]] },
]);

export const maxPool2d: LayerRecord = maxPool("2d", [
  { source: "MaxPool2d(2)", inputs: [[2, 3, 5, 4]] },
  { source: "MaxPool2d(3, 2, 1)", inputs: [[3, 5, 6]] },
  { source: "MaxPool2d((2, 3), (2, 1), (1, 0), ceil_mode=True)", inputs: [[1, 2, 5, 4]] },
  { source: "MaxPool2d(3, 1, 1, 2, return_indices=True)", inputs: [[2, 2, 4, 5]] },
]);

export const maxPool3d: LayerRecord = maxPool("3d", [
  { source: "MaxPool3d(2)", inputs: [[2, 2, 3, 4, 5]] },
  { source: "MaxPool3d((1, 2, 3), 2, (0, 1, 1), return_indices=True)", inputs: [[2, 2, 4, 3]] },
  { source: "MaxPool3d(2, 3, ceil_mode=True)", inputs: [[1, 1, 4, 4, 5]] },
]);

/**
 * The number of elements of each window that counts for the mean. Only a window that ends after the padding, or one
 * whose padding does not count, has fewer than the others.
 */
function countOf(
  b: Builder,
  x: Tensor,
  sliding: readonly PoolWindow[],
  withPadding: boolean,
): Tensor | number {
  const sizes = sizesOf(x);
  const rank = sizes.length;
  return sliding.reduce<Tensor | number>((product, one, i) => {
    const axis = rank - sliding.length + i;
    const along = countAlong(b, sizes[axis]!, one, withPadding, (count) => positions(b, count, axis, rank));
    return typeof product === "number" && typeof along === "number" ? product * along : b.mul(product, along);
  }, 1);
}

function countAlong(
  b: Builder,
  whole: Size,
  sliding: PoolWindow,
  withPadding: boolean,
  positionsOf: (count: Size) => Tensor,
): Tensor | number {
  const { size, stride, before: padding } = sliding;
  const over = overhangs(whole, sliding);
  if (!over && (withPadding || padding === 0)) return size;
  const start = b.sub(b.mul(positionsOf(windowCount(whole, sliding)), stride), padding);
  const end = b.add(start, size);
  // Positions are counted from the first element of the input.
  const last = b.constant(withPadding ? add(whole, padding) : whole, "i32");
  const from = withPadding || padding === 0 ? start : b.map("max", [start, 0]);
  return b.sub(b.map("min", [end, last]), from);
}

/** The sum of each window's elements, and how many of them count. */
function sums(
  b: Builder,
  x: Tensor,
  sliding: readonly PoolWindow[],
  withPadding: boolean,
): [Tensor, Tensor | number] {
  const windows = windowsOf(b, x, sliding, 0);
  const sum = b.reduce("sum", windows, lastOf(windows, sliding.length), "sum");
  const sizes = sizesOf(windows).slice(0, sizesOf(x).length);
  return [b.reshape(sum, sizes), countOf(b, x, sliding, withPadding)];
}

function avgPool(suffix: Suffix, samples: readonly Sample[]): LayerRecord {
  const count = SPATIAL[suffix].length;
  return layer({
    ...slidingRecord(suffix),
    name: `AvgPool${suffix}`,
    doc: "the mean of each window; without count_include_pad, of its elements that are no padding",
    formula:
      suffix === "1d"
        ? "sum(window) / number of its elements"
        : "sum(window) / divisor_override, else / number of its elements",
    source: `torch.nn.AvgPool${suffix}`,
    args: {
      kernel_size: perAxis(undefined, 1),
      stride: perAxis(null, 1),
      padding: perAxis(0, 0),
      ceil_mode: bool(false),
      count_include_pad: bool(true),
      ...(suffix !== "1d" && { divisor_override: int(null) }),
    },
    validate: (args) =>
      wrongSliding(args, count) ??
      (args["divisor_override"] === 0 ? "divisor_override cannot be 0" : undefined),
    infer: ([x], args, context) => {
      const type = slid(x!, suffix, slidingOf(args, count), context);
      return typeof type === "string" ? type : [type];
    },
    body: ([x], { b, args }) => {
      const [sum, counted] = sums(b, x!, slidingOf(args, count), flag(args, "count_include_pad"));
      const divisor = divisorOf(args);
      const mean = b.div(sum, divisor ?? counted);
      // PyTorch adds the mean to 0, so that it is never -0, even if the divisor is negative.
      return [divisor !== undefined && divisor < 0 ? b.add(mean, 0) : mean];
    },
    samples,
  });
}

function divisorOf(args: Args): number | undefined {
  return (args["divisor_override"] as number | null | undefined) ?? undefined;
}

export const avgPool1d: LayerRecord = avgPool("1d", [
  { source: "AvgPool1d(2)", inputs: [[2, 3, 7]] },
  { source: "AvgPool1d(3, 2, 1)", inputs: [[2, 8]] },
  { source: "AvgPool1d(4, 3, 2, ceil_mode=True, count_include_pad=False)", inputs: [[1, 2, 8]] },
]);

export const avgPool2d: LayerRecord = avgPool("2d", [
  { source: "AvgPool2d(2)", inputs: [[2, 3, 5, 4]] },
  { source: "AvgPool2d(3, 2, 1, count_include_pad=False)", inputs: [[3, 5, 6]] },
  { source: "AvgPool2d((2, 3), (2, 1), (1, 0), ceil_mode=True)", inputs: [[1, 2, 5, 4]] },
  { source: "AvgPool2d(2, divisor_override=3)", inputs: [[2, 2, 4, 5]] },
]);

export const avgPool3d: LayerRecord = avgPool("3d", [
  { source: "AvgPool3d(2)", inputs: [[2, 2, 3, 4, 5]] },
  { source: "AvgPool3d((1, 2, 3), 2, (0, 1, 1), count_include_pad=False)", inputs: [[2, 2, 4, 3]] },
  { source: "AvgPool3d(2, 3, ceil_mode=True, divisor_override=-2)", inputs: [[1, 1, 4, 4, 5]] },
]);

function lpPool(suffix: Suffix, samples: readonly Sample[]): LayerRecord {
  const count = SPATIAL[suffix].length;
  return layer({
    ...slidingRecord(suffix),
    name: `LPPool${suffix}`,
    doc: "the p-norm of each window without absolute values; a window that ends after the input counts as a full one",
    formula: "(mean(window ** norm_type) * number of elements of a full window) ** (1 / norm_type)",
    source: `torch.nn.LPPool${suffix}`,
    args: {
      norm_type: float(),
      kernel_size: perAxis(undefined, 1),
      stride: perAxis(null, 1),
      ceil_mode: bool(false),
    },
    validate: (args) =>
      wrongSliding(args, count) ?? (args["norm_type"] === 0 ? "norm_type cannot be 0" : undefined),
    infer: ([x], args, context) => {
      const type = slid(x!, suffix, slidingOf(args, count), context);
      return typeof type === "string" ? type : [type];
    },
    body: ([x], { b, args }) => {
      const p = number(args, "norm_type");
      const sliding = slidingOf(args, count);
      const [sum, counted] = sums(b, b.map("pow", [x!, p]), sliding, true);
      const full = sliding.reduce((product, { size }) => product * size, 1);
      const whole = typeof counted === "number" ? sum : b.mul(b.div(sum, counted), full);
      return [b.map("pow", [whole, 1 / p])];
    },
    samples,
  });
}

export const lpPool1d: LayerRecord = lpPool("1d", [
  { source: "LPPool1d(2, 3)", inputs: [[2, 3, 7]] },
  { source: "LPPool1d(4, 3, 2)", inputs: [[2, 8]] },
  { source: "LPPool1d(2.0, 4, stride=3, ceil_mode=True)", inputs: [[1, 2, 8]] },
]);

export const lpPool2d: LayerRecord = lpPool("2d", [
  { source: "LPPool2d(2, 2)", inputs: [[2, 3, 5, 4]] },
  { source: "LPPool2d(4, (3, 2), 2)", inputs: [[3, 5, 6]] },
  { source: "LPPool2d(2, 3, stride=(2, 1), ceil_mode=True)", inputs: [[1, 2, 6, 4]] },
]);

export const lpPool3d: LayerRecord = lpPool("3d", [
  { source: "LPPool3d(2, 2)", inputs: [[2, 2, 3, 4, 5]] },
  { source: "LPPool3d(1, (1, 2, 3), 2)", inputs: [[2, 2, 4, 3]] },
  { source: "LPPool3d(2, 2, 3, ceil_mode=True)", inputs: [[1, 1, 4, 4, 5]] },
]);
