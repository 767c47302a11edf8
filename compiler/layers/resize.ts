/** Resizing: samples of an image at other places than its elements. */
import { sizesOf, type Tensor } from "../ir/graph/builder.ts";
import { symbol, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { extent, type Shape } from "../ir/types.ts";
import { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d } from "./adaptive.ts";
import { wantDtype, wantRank } from "./axes.ts";
import { choice, floats, layer, typed } from "./record.ts";
import type { Args, ArgSpec, BodyContext, LayerRecord, Sample, ShapeContext } from "./record.ts";
import {
  cubic,
  interpolated,
  linear,
  nearestIndex,
  picked,
  regular,
  repeated,
  type Resized,
} from "./sampling.ts";
import { scaledSize } from "./scaled.ts";

type Mode = "nearest" | "nearest-exact" | "linear" | "bilinear" | "bicubic" | "trilinear" | "area";

const modes = ["nearest", "linear", "bilinear", "bicubic", "trilinear", "area", "nearest-exact"] as const;

/** The numbers of sizes that the input may have, in the order of preference. */
const ranks: { readonly [M in Mode]: readonly number[] } = {
  nearest: [4, 3, 5],
  "nearest-exact": [4, 3, 5],
  linear: [3],
  bilinear: [4],
  bicubic: [4],
  trilinear: [5],
  area: [4, 3, 5],
};

const examples: Readonly<Record<number, string>> = {
  3: "f32[N, C, L]",
  4: "f32[N, C, H, W]",
  5: "f32[N, C, D, H, W]",
};

const linearModes = { 3: "mode 'linear'", 4: "mode 'bilinear'", 5: "mode 'trilinear'" };

/** What the arguments of these layers come to. */
interface Settings {
  readonly mode: Mode;
  readonly corners: boolean;
  readonly size: Size | readonly Size[] | null;
  readonly factor: number | readonly number[] | null;
  /** Whether sizes, and not the factors, say how far samples are apart. */
  readonly bySizes: boolean;
}

/** What an argument that is one value or a list says of each of the axes; undefined where the list has another length. */
function each<T>(value: T | readonly T[], count: number): readonly T[] | undefined {
  if (!Array.isArray(value)) return new Array<T>(count).fill(value as T);
  return value.length === count ? (value as readonly T[]) : undefined;
}

function wrongSettings({ size, factor }: Settings): string | undefined {
  if (size === null && factor === null) return "size or scale_factor must be given";
  if (size !== null && factor !== null) return "only one of size and scale_factor may be given";
  const sizes = [size ?? []].flat() as readonly Size[];
  const small = sizes.find((one) => typeof one === "number" && one < 1);
  if (small !== undefined) return `size must be at least 1, not ${sizeText(small)}`;
  const factors = [factor ?? []].flat() as readonly number[];
  const wrong = factors.find((one) => !(one > 0 && one < Infinity));
  return wrong === undefined ? undefined : `scale_factor must be greater than 0, not ${wrong}`;
}

/** The sizes of the result after those of samples and channels; or the reason why there are none. */
function resized(shape: Shape, { size, factor }: Settings, context: ShapeContext): readonly Size[] | string {
  const from = shape.slice(2).map(extent);
  const [what, given] = size === null ? ["scale_factor", factor!] : ["size", size];
  const list = each<Size>(given, from.length);
  if (list === undefined)
    return `${what} must have ${from.length} numbers, one for each size after the first two`;
  const sizes: Size[] = [];
  for (const [i, own] of from.entries()) {
    const to = size === null ? scaledSize(own, list[i] as number) : list[i]!;
    if (to === undefined) {
      return `how ${sizeText(own)} * ${sizeText(list[i]!)} is rounded depends on ${sizeText(own)}: declare the input with a number there, or give size`;
    }
    const empty = `its size ${sizeText(own)} would become ${sizeText(to)}, and both must be at least 1`;
    const wrong = context.atLeast(own, 1, empty) ?? context.atLeast(to, 1, empty);
    if (wrong !== undefined) return wrong;
    sizes.push(to);
  }
  return sizes;
}

/** Pooling over the sections of an image that samples stand for, by the number of its sizes. */
const pools: Readonly<Record<number, LayerRecord>> = {
  3: adaptiveAvgPool1d,
  4: adaptiveAvgPool2d,
  5: adaptiveAvgPool3d,
};

function body(x: Tensor, context: BodyContext, settings: Settings): Tensor {
  const { b, types } = context;
  const { mode, corners, bySizes } = settings;
  if (mode === "area") return pools[sizesOf(x).length]!.body([x], context)[0]!;
  const to = types[0]!.shape.map(extent);
  const factors = bySizes || settings.factor === null ? undefined : each(settings.factor, to.length - 2);
  const lines = sizesOf(x)
    .map((from, axis): Resized => ({ axis, from, to: to[axis]!, factor: factors?.[axis - 2] }))
    .slice(2);
  if (mode === "bicubic") return interpolated(b, x, lines, cubic(corners));
  if (mode !== "nearest" && mode !== "nearest-exact") return interpolated(b, x, lines, linear(corners));
  const centred = mode === "nearest-exact";
  const kinds = lines.map((line) => ({ line, kind: regular(line, centred) }));
  const others = kinds.flatMap(({ line, kind }) => (kind ? [] : [line]));
  const starts = sizesOf(x).map(() => 0);
  const steps = starts.map(() => 1);
  const sizes = [...sizesOf(x)];
  const times = new Map<number, number>();
  for (const { line, kind } of kinds) {
    if (kind && "every" in kind)
      [starts[line.axis], steps[line.axis], sizes[line.axis]] = [kind.start, kind.every, line.to];
    else if (kind && kind.times > 1) times.set(line.axis, kind.times);
  }
  const chosen = picked(b, b.slice(x, starts, steps, sizes), others, others.map((line) => nearestIndex(b, line, centred))); // prettier-ignore
  return repeated(b, chosen, times);
}

/** The arguments `size` and `scale_factor`, which all of these layers have. */
const sizeArgs = {
  size: { kind: "sizes", optional: true, default: null },
  scale_factor: { ...floats(null) },
} as const satisfies Readonly<Record<string, ArgSpec>>;

function resizing(
  spec: Pick<LayerRecord, "name" | "doc" | "shapes" | "formula" | "source" | "args"> & {
    readonly settings: (args: Args) => Omit<Settings, "size" | "factor">;
    readonly wrong?: (args: Args) => string | undefined;
    readonly samples: readonly Sample[];
  },
): LayerRecord {
  const { settings: own, wrong: wrongArgs, ...rest } = spec;
  const settings = (args: Args): Settings => ({
    ...own(args),
    size: args["size"] as Settings["size"],
    factor: args["scale_factor"] as Settings["factor"],
  });
  return layer({
    ...rest,
    inputs: ["x"],
    validate: (args) => wrongSettings(settings(args)) ?? wrongArgs?.(args),
    accepts: (args) => {
      const { mode, size, factor } = settings(args);
      const given = size ?? factor;
      // Sizes of an input that is not declared have names.
      const factors = [factor ?? []].flat() as readonly number[];
      if (factors.some((one) => scaledSize(symbol("L"), one) === undefined)) return [];
      const fitting = ranks[mode].filter((rank) => !Array.isArray(given) || given.length === rank - 2);
      return fitting.map((rank) => ({ dtype: "f32", shape: examples[rank]!.slice(4, -1).split(", ") }));
    },
    infer: ([x], args, context) => {
      const set = settings(args);
      const allowed = ranks[set.mode];
      const others = allowed.length === 1 ? linearModes : {};
      const wrong =
        wantDtype(x!, "f32") ??
        wantRank(
          x!.shape,
          allowed.toSorted((a, b) => a - b),
          examples[allowed[0]!]!,
          others,
        );
      if (wrong !== undefined) return wrong;
      const sizes = resized(x!.shape, set, context);
      return typeof sizes === "string" ? sizes : [typed("f32", [...x!.shape.slice(0, 2), ...sizes])];
    },
    body: ([x], context) => [body(x!, context, settings(context.args))],
  });
}

export const upsample: LayerRecord = resizing({
  name: "Upsample",
  doc: "the input with other sizes after the first two: nearest elements, what lies between elements, or means of areas",
  shapes: "x: [N, C, L], [N, C, H, W] or [N, C, D, H, W] -> [N, C, *size]",
  formula:
    "y[i] = the elements of x at and beside s * i (nearest), s * (i + 0.5) - 0.5 (other modes) or, with align_corners, i * (L - 1) / (size - 1); s = 1 / scale_factor or L / size",
  source: "torch.nn.Upsample",
  args: {
    ...sizeArgs,
    mode: choice(modes, "nearest"),
    align_corners: { kind: "bool", optional: true, default: null },
    recompute_scale_factor: { kind: "bool", optional: true, default: null },
  },
  wrong: ({ size, mode, align_corners, recompute_scale_factor }) => {
    const own = mode as Mode;
    if (align_corners !== null && ["nearest", "nearest-exact", "area"].includes(own)) {
      return `align_corners is for the modes linear, bilinear, bicubic and trilinear, not for ${own}`;
    }
    if (recompute_scale_factor === true && size !== null) {
      return "recompute_scale_factor is for scale_factor, and means nothing with size";
    }
    return undefined;
  },
  settings: ({ mode, align_corners, recompute_scale_factor }) => ({
    mode: mode as Mode,
    corners: align_corners === true,
    bySizes: recompute_scale_factor === true,
  }),
  samples: [
    { source: "Upsample(scale_factor=2)", inputs: [[2, 3, 2, 3]] },
    { source: "Upsample(scale_factor=1.5)", inputs: [[1, 2, 5]] },
    { source: "Upsample(size=(3, 2, 5))", inputs: [[1, 2, 2, 4, 3]] },
    { source: "Upsample(scale_factor=(0.5, 2.5), mode='nearest-exact')", inputs: [[1, 2, 4, 3]] },
    { source: "Upsample((3, 2), mode='area')", inputs: [[1, 2, 5, 4]] },
    { source: "Upsample(7, mode='linear')", inputs: [[2, 2, 4]] },
    { source: "Upsample(scale_factor=2, mode='bilinear', align_corners=True)", inputs: [[1, 2, 3, 4]] },
    { source: "Upsample(size=(2, 3), mode='bilinear')", inputs: [[1, 1, 5, 7]] },
    { source: "Upsample(scale_factor=1.3, mode='bicubic')", inputs: [[1, 2, 4, 3]] },
    { source: "Upsample(size=2, mode='bicubic', align_corners=True)", inputs: [[1, 1, 5, 4]] },
    {
      source: "Upsample(scale_factor=2, mode='trilinear', recompute_scale_factor=True)",
      inputs: [[1, 1, 2, 3, 2]],
    },
  ],
});

export const upsamplingNearest2d: LayerRecord = resizing({
  name: "UpsamplingNearest2d",
  doc: "Upsample with mode='nearest'",
  shapes: "x: [N, C, H, W] -> [N, C, *size]",
  formula: "y[i, j] = x[i * H / size[0] rounded down, j * W / size[1] rounded down]",
  source: "torch.nn.UpsamplingNearest2d",
  args: sizeArgs,
  settings: () => ({ mode: "nearest", corners: false, bySizes: false }),
  samples: [
    { source: "UpsamplingNearest2d(scale_factor=2)", inputs: [[1, 2, 2, 3]] },
    { source: "UpsamplingNearest2d(5)", inputs: [[2, 1, 3, 2]] },
    { source: "UpsamplingNearest2d((2, 6))", inputs: [[1, 2, 4, 3]] },
  ],
});

export const upsamplingBilinear2d: LayerRecord = resizing({
  name: "UpsamplingBilinear2d",
  doc: "Upsample with mode='bilinear' and align_corners=True",
  shapes: "x: [N, C, H, W] -> [N, C, *size]",
  formula:
    "y[i, j] = what lies between the elements of x around i * (H - 1) / (size[0] - 1), j * (W - 1) / (size[1] - 1)",
  source: "torch.nn.UpsamplingBilinear2d",
  args: sizeArgs,
  settings: () => ({ mode: "bilinear", corners: true, bySizes: false }),
  samples: [
    { source: "UpsamplingBilinear2d(scale_factor=2)", inputs: [[1, 2, 2, 3]] },
    { source: "UpsamplingBilinear2d((4, 1))", inputs: [[2, 1, 3, 2]] },
    { source: "UpsamplingBilinear2d(3)", inputs: [[1, 2, 6, 5]] },
  ],
});
