/** Samples of an image at positions that are data. */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { product, sub, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { extent, extents, strides, typeText } from "../ir/types.ts";
import { wantDtype, wantRank } from "./axes.ts";
import { choice, layer, list, typed } from "./record.ts";
import type { Args, ArgSpec, LayerRecord } from "./record.ts";
import { cubicWeights, numberOf } from "./sampling.ts";

type Mode = "bilinear" | "nearest" | "bicubic";
type Padding = "zeros" | "border" | "reflection";

const alignCorners: ArgSpec = { kind: "bool", optional: true, default: null };

/**
 * An axis of the image, and where PyTorch's CPU places samples along it. Positions are float32 numbers, as those of
 * PyTorch are: which element is the nearest may depend on their last bit. Its kernels of planes and of volumes differ in
 * how they round, in what they make of NaN, and in whether an element outside of a volume is skipped, while one outside
 * of a plane is a 0 that is weighted.
 */
interface Axis {
  readonly b: Builder;
  readonly size: Size;
  readonly corners: boolean;
  readonly volume: boolean;
  readonly padding: Padding;
}

/** An element for each sample: its index, its weight, and where the image has it. */
interface Tap {
  readonly index: Tensor;
  readonly weight: Tensor | undefined;
  readonly inside: Tensor;
}

/** The position of -1 to 1 in elements of the image. */
function unnormalized({ b, size, corners, volume }: Axis, coordinate: Tensor): Tensor {
  const rounded = (x: Tensor): Tensor => b.map("fround", [x]);
  const shifted = rounded(b.add(coordinate, 1));
  const half = halfOf(b, corners ? sub(size, 1) : size);
  if (corners) return rounded(b.mul(shifted, half));
  // The kernel of planes multiplies and adds with one rounding.
  const scaled = b.mul(shifted, half);
  return rounded(b.sub(volume ? rounded(scaled) : scaled, 0.5));
}

function halfOf(b: Builder, size: Size): Tensor | number {
  return typeof size === "number" ? size / 2 : b.mul(b.constant(size), 0.5);
}

/** The position, brought to the nearest element where it is outside. */
function clipped({ b, size, volume }: Axis, x: Tensor): Tensor {
  const last = numberOf(b, sub(size, 1), "f32");
  if (!volume) return b.map("min", [b.select(b.map("lt", [0, x]), x, 0), last]); // NaN becomes 0
  const positive = b.select(b.map("lt", [x, 0]), 0, x);
  return b.select(b.map("lt", [positive, last]), positive, last); // NaN becomes the last
}

/** The position, reflected at the first and the last elements, or without `corners` at their outer edges. */
function reflected(axis: Axis, x: Tensor): Tensor {
  const { b, size, corners, volume } = axis;
  const rounded = (y: Tensor): Tensor => b.map("fround", [y]);
  const span = numberOf(b, corners ? sub(size, 1) : size, "f32");
  const low = corners ? 0 : -0.5;
  const away = b.map("abs", [rounded(b.sub(x, low))]);
  if (corners && size === 1) return b.full(sizesOf(x), 0);
  const back = (y: Tensor): Tensor => (corners ? y : rounded(b.add(y, low)));
  if (volume) {
    const extra = b.map("mod", [away, span]);
    const flips = b.map("mod", [b.map("floor", [rounded(b.div(away, span))]), 2]);
    const flipped = rounded(b.sub(span, extra));
    return alone(axis, back(b.select(b.map("eq", [flips, 1]), flipped, extra)));
  }
  const twice = typeof span === "number" ? 2 * span : b.mul(span, 2);
  const turns = b.map("floor", [rounded(b.div(away, twice))]);
  const extra = rounded(b.sub(away, b.mul(turns, twice)));
  return alone(axis, back(b.map("min", [extra, rounded(b.sub(twice, extra))])));
}

/** 0 where an axis that only the call knows has a single element, which has no distance to be reflected over. */
function alone({ b, size, corners }: Axis, x: Tensor): Tensor {
  if (!corners || typeof size === "number") return x;
  return b.select(b.map("eq", [b.constant(size, "i32"), 1]), 0, x);
}

/** The position that the padding makes of one. */
function padded(axis: Axis, x: Tensor): Tensor {
  if (axis.padding === "zeros") return x;
  return clipped(axis, axis.padding === "border" ? x : reflected(axis, x));
}

function tap({ b, size }: Axis, place: Tensor, weight?: Tensor): Tap {
  const last = numberOf(b, sub(size, 1), "f32");
  const nearest = b.map("min", [b.map("max", [place, 0]), last]);
  const inside = b.map("eq", [nearest, place]);
  return { index: b.cast(nearest, "i32"), weight, inside };
}

const taps: { readonly [M in Mode]: (axis: Axis, x: Tensor) => readonly Tap[] } = {
  nearest: (axis, x) => {
    const { b, volume } = axis;
    const at = padded(axis, x);
    if (!volume) return [tap(axis, b.map("round", [at]))];
    const up = b.map("floor", [b.add(b.map("abs", [at]), 0.5)]); // halves go away from 0
    return [tap(axis, b.select(b.map("lt", [at, 0]), b.map("neg", [up]), up))];
  },
  bilinear: (axis, x) => {
    const { b } = axis;
    const at = padded(axis, x);
    const before = b.map("floor", [at]);
    const after = b.add(before, 1);
    return [
      tap(axis, before, b.map("fround", [b.sub(after, at)])),
      tap(axis, after, b.map("fround", [b.sub(at, before)])),
    ];
  },
  bicubic: (axis, x) => {
    const { b } = axis;
    const before = b.map("floor", [x]);
    const weights = cubicWeights(b, b.map("fround", [b.sub(x, before)]));
    return weights.map((weight, k) => tap(axis, padded(axis, b.add(before, k - 1)), weight));
  },
};

/** The weighted sum of the taps of all axes, the first axis outside. */
function summed(
  b: Builder,
  table: Tensor,
  axes: readonly { readonly taps: readonly Tap[]; readonly step: Tensor | number }[],
  shape: readonly Size[],
  volume: boolean,
  start?: Tensor,
): Tensor {
  const [axis, ...inner] = axes;
  if (!axis) return b.gather(table, start!, { axis: 2, batch: 1, checked: false });
  const [samples, channels, ...places] = shape as [Size, Size, ...Size[]];
  const along = (x: Tensor): Tensor =>
    b.broadcast(b.reshape(x, [samples, 1, ...places]), [samples, channels, ...places]);
  return axis.taps
    .map(({ index, weight, inside }) => {
      const offset = b.mul(index, axis.step);
      const value = summed(b, table, inner, shape, volume, start ? b.add(start, offset) : offset);
      if (weight === undefined) return b.select(along(inside), value, 0);
      // An infinite weight makes NaN of a zero.
      if (volume) return b.select(along(inside), b.mul(value, along(weight)), 0);
      return b.mul(b.select(along(inside), value, 0), along(weight));
    })
    .reduce((sum, term) => b.add(sum, term));
}

export const gridSample: LayerRecord = layer({
  name: "GridSample",
  doc: "samples of x at the positions in grid, (x, y) or (x, y, z), where -1 and 1 are the edges of the image",
  shapes: "x: [N, C, H, W], grid: [N, P, Q, 2] -> [N, C, P, Q]; or with a depth, and grids of 3 coordinates",
  formula:
    "what lies between the elements of x around the position, (grid + 1) / 2 * (size - 1) with align_corners, else ((grid + 1) * size - 1) / 2",
  source: "torch.nn.functional.grid_sample; Jaderberg et al., arXiv:1506.02025",
  args: {
    mode: choice(["bilinear", "nearest", "bicubic"], "bilinear"),
    padding_mode: choice(["zeros", "border", "reflection"], "zeros"),
    align_corners: alignCorners,
  },
  inputs: ["x", "grid"],
  infer: ([x, grid], args, context) => {
    const wrong =
      wantDtype(x!, "f32") ?? wantRank(x!.shape, [4, 5], "f32[N, C, H, W]") ?? wantDtype(grid!, "f32");
    if (wrong !== undefined) return wrong;
    const rank = x!.shape.length;
    const example = rank === 4 ? "f32[N, P, Q, 2]" : "f32[N, O, P, Q, 3]";
    const wrongGrid = wantRank(grid!.shape, [rank], example);
    if (wrongGrid !== undefined) return `the grid: ${wrongGrid}`;
    if (args["mode"] === "bicubic" && rank === 5) return "mode bicubic takes images of 4 sizes";
    const [sizes, places] = [extents(x!.shape), extents(grid!.shape)];
    const unlike =
      context.equal(places.at(-1)!, rank - 2, `the last size of the grid must be ${rank - 2}, as ${typeText(x!)} has that many sizes after the channels`) ??
      context.equal(places[0]!, sizes[0]!, "both must have as many samples"); // prettier-ignore
    if (unlike !== undefined) return unlike;
    for (const size of sizes.slice(2)) {
      const empty = context.atLeast(size, 1, "all its sizes after the channels must be at least 1");
      if (empty !== undefined) return empty;
    }
    return [typed("f32", [sizes[0]!, sizes[1]!, ...places.slice(1, -1)])];
  },
  body: ([x, grid], { b, args, types }) => {
    const shape = extents(types[0]!.shape);
    const image = sizesOf(x!).slice(2);
    const volume = image.length === 3;
    const steps = strides(image);
    const axes = image.map((size, i) => {
      const corners = args["align_corners"] === true;
      const axis: Axis = { b, size, corners, volume, padding: args["padding_mode"] as Padding };
      const starts = sizesOf(grid!).map((_, at) => (at === image.length + 1 ? image.length - 1 - i : 0));
      const one = b.slice(grid!, starts, starts.map(() => 1), [...sizesOf(grid!).slice(0, -1), 1]); // prettier-ignore
      const position = unnormalized(axis, b.reshape(one, [shape[0]!, ...shape.slice(2)]));
      return { taps: taps[args["mode"] as Mode](axis, position), step: numberOf(b, steps[i]!, "i32") };
    });
    const table = b.reshape(x!, [shape[0]!, shape[1]!, product(image)]);
    return [summed(b, table, axes, shape, volume)];
  },
  samples: [
    { source: "GridSample()", inputs: [[2, 3, 4, 5], [2, 3, 2, 2]] },
    { source: "GridSample(mode='nearest', padding_mode='border')", inputs: [[1, 2, 3, 3], [1, 2, 4, 2]] },
    { source: "GridSample('bicubic', 'reflection', align_corners=True)", inputs: [[1, 2, 4, 3], [1, 2, 2, 2]] },
    { source: "GridSample(padding_mode='reflection')", inputs: [[1, 2, 2, 3, 2], [1, 2, 1, 3, 3]] },
    { source: "GridSample('nearest', align_corners=True)", inputs: [[2, 1, 2, 2, 3], [2, 1, 2, 2, 3]] },
  ], // prettier-ignore
});

/** Positions from -1 to 1 along an axis: those of its corners, or of the centres of its elements. */
function spread(b: Builder, size: Size, corners: boolean): Tensor {
  if (size === 1) return b.full([1], 0);
  const last = numberOf(b, sub(size, 1), "f32");
  const rounded = (x: Tensor | number): Tensor | number =>
    typeof x === "number" ? Math.fround(x) : b.map("fround", [x]);
  const place = b.cast(b.iota([size], 0), "f32");
  const step = rounded(typeof last === "number" ? 2 / last : b.div(2, last));
  const left = rounded(b.sub(b.mul(place, step), 1));
  const right = rounded(b.sub(1, b.mul(b.sub(last, place), step)));
  const isLeft = b.map("lt", [b.add(b.mul(place, 2), 1), numberOf(b, size, "f32")]);
  const line = b.select(isLeft, left, right);
  const centred = corners ? line : rounded(b.div(rounded(b.mul(line, last)), numberOf(b, size, "f32")));
  const single = b.map("lt", [numberOf(b, size, "i32"), 2]);
  return b.select(single, 0, centred);
}

/** The sizes of the image, for which a grid is wanted. */
function imageOf(args: Args): readonly Size[] {
  return list(args, "size");
}

export const affineGrid: LayerRecord = layer({
  name: "AffineGrid",
  doc: "the grid for GridSample that samples an image of the given size moved, turned and scaled by a matrix theta",
  shapes: "theta: [N, 2, 3] -> [N, H, W, 2] for size=[N, C, H, W]; or [N, 3, 4] -> [N, D, H, W, 3]",
  formula: "y[n, i, j] = theta[n] @ [x_j, y_i, 1], where x and y go from -1 to 1",
  source: "torch.nn.functional.affine_grid; Jaderberg et al., arXiv:1506.02025",
  args: { size: { kind: "sizes" }, align_corners: alignCorners },
  inputs: ["theta"],
  validate: (args) => {
    const sizes = imageOf(args);
    if (sizes.length !== 4 && sizes.length !== 5) return "size must be a list of 4 or 5 sizes: [N, C, H, W]";
    const wrong = sizes.find((size) => typeof size === "number" && size < 1);
    return wrong === undefined ? undefined : `all sizes must be at least 1, not ${sizeText(wrong)}`;
  },
  accepts: (args) => {
    const [samples] = imageOf(args);
    const axes = imageOf(args).length - 2;
    return [{ dtype: "f32", shape: [typeof samples === "number" ? samples : "N", axes, axes + 1] }];
  },
  infer: ([theta], args, context) => {
    const [samples, , ...image] = imageOf(args) as [Size, Size, ...Size[]];
    const axes = image.length;
    const example = `f32[N, ${axes}, ${axes + 1}]`;
    const wrong = wantDtype(theta!, "f32") ?? wantRank(theta!.shape, [3], example);
    if (wrong !== undefined) return wrong;
    const [own, rows, columns] = theta!.shape.map(extent) as [Size, Size, Size];
    const unlike =
      context.equal(rows, axes, `theta must be ${example}`) ??
      context.equal(columns, axes + 1, `theta must be ${example}`) ??
      context.equal(own, samples, "it must have as many matrices as size has samples");
    if (unlike !== undefined) return unlike;
    for (const size of image) {
      const empty = context.atLeast(size, 1, "all sizes of the image must be at least 1");
      if (empty !== undefined) return empty;
    }
    return [typed("f32", [samples, ...image, axes])];
  },
  body: ([theta], { b, args, types }) => {
    const shape = extents(types[0]!.shape);
    const axes = shape.length - 2;
    const ones = shape.map(() => 1);
    const column = (i: number): Tensor => {
      const part = b.slice(theta!, [0, 0, i], [1, 1, 1], [shape[0]!, axes, 1]);
      return b.reshape(part, [shape[0]!, ...ones.slice(2), axes]);
    };
    const terms = Array.from({ length: axes }, (_, i) => {
      const at = axes - i; // the first coordinate is that of the last axis
      const line = spread(b, shape[at]!, args["align_corners"] === true);
      return b.mul(b.reshape(line, ones.with(at, shape[at]! as number)), column(i));
    });
    const sum = [...terms, column(axes)].reduce((total, term) => b.add(total, term));
    return [b.broadcast(sum, shape)];
  },
  samples: [
    { source: "AffineGrid([2, 1, 3, 4])", inputs: [[2, 2, 3]] },
    { source: "AffineGrid((1, 3, 1, 5), align_corners=True)", inputs: [[1, 2, 3]] },
    { source: "AffineGrid(size=(1, 2, 3, 2, 3))", inputs: [[1, 3, 4]] },
  ],
});
