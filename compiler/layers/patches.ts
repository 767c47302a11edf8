/** Patches of images: Unfold lists them, and Fold adds them up again. */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { divideExactly, floorDiv, mul, product, same, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { extent, extents } from "../ir/types.ts";
import { wantBatched, wantDtype } from "./axes.ts";
import { layer, list, typed } from "./record.ts";
import type { Args, LayerRecord } from "./record.ts";
import { acceptsOf, perAxis, wrongCount } from "./spatial.ts";
import { lastOf, slid, slidingOf, windowCount, windowsOf, type PoolWindow } from "./windows.ts";

const sliding = {
  kernel_size: perAxis(undefined, 1),
  dilation: perAxis(1, 1),
  padding: perAxis(0, 0),
  stride: perAxis(1, 1),
};

export const unfoldPatches: LayerRecord = layer({
  name: "Unfold",
  doc: "the patches of an image, each as a column of its elements: channels first, then rows",
  shapes: "x: [N, C, H, W] -> [N, C * kernel_size[0] * kernel_size[1], patches]; or both without the N",
  formula: "y[:, place in patch, patch] = x[:, place in x], and 0 in the padding",
  source: "torch.nn.Unfold",
  args: sliding,
  inputs: ["x"],
  validate: (args) => wrongCount(args, Object.keys(sliding), 2),
  accepts: () => acceptsOf("2d"),
  infer: ([x], args, context) => {
    const windows = slidingOf(args, 2);
    const type = slid(x!, "2d", windows, context);
    if (typeof type === "string") return type;
    const [channels, ...counts] = extents(type.shape).slice(-3) as [Size, Size, Size];
    const elements = product([channels, ...windows.map(({ size }) => size)]);
    return [typed("f32", [...type.shape.slice(0, -3), elements, product(counts)])];
  },
  body: ([x], { b, args, types }) => {
    const windows = windowsOf(b, x!, slidingOf(args, 2), 0);
    const rank = sizesOf(windows).length;
    const before = Array.from({ length: rank - 4 }, (_, axis) => axis);
    const columns = b.permute(windows, [...before, ...lastOf(windows, 2), rank - 4, rank - 3]);
    return [b.reshape(columns, extents(types[0]!.shape))];
  },
  samples: [
    { source: "Unfold(2)", inputs: [[2, 3, 4, 3]] },
    { source: "Unfold((3, 2), padding=1, stride=2)", inputs: [[1, 2, 5, 4]] },
    { source: "Unfold(2, 2, 1, (1, 2))", inputs: [[2, 4, 5]] },
    { source: "Unfold(kernel_size=3, padding=2)", inputs: [[1, 1, 1, 2]] },
  ],
});

/** The height and the width of the image that patches make. */
function outputSizes(args: Args): readonly [Size, Size] {
  const sizes = list(args, "output_size");
  return sizes.length === 1 ? [sizes[0]!, sizes[0]!] : (sizes as [Size, Size]);
}

/** What of the patches lands on each place of an axis of the image. */
interface Landing {
  /** The element within a patch, and the number of the patch: `[places, most patches on a place]`. */
  readonly element: Tensor;
  readonly patch: Tensor;
  /** Where there are such; elsewhere the numbers are 0. */
  readonly valid: Tensor;
}

/**
 * Element k of patch n lands on place n * stride + k * dilation - padding. For a place, the elements that land there are
 * every `step`-th one, where step = stride / gcd(stride, dilation).
 */
function landing(
  b: Builder,
  whole: Size,
  count: Size,
  { size, stride, dilation, before: padding }: PoolWindow,
): Landing {
  const common = gcd(stride, dilation);
  const step = stride / common;
  const shape = [whole, Math.ceil(size / step)];
  const integer = (value: Size): Tensor => b.constant(value, "i32");
  const place = b.map("add", [b.iota(shape, 0), padding]);
  const first = b.map("mod", [
    b.mul(b.map("floordiv", [place, integer(common)]), inverse(dilation / common, step)),
    integer(step),
  ]);
  const element = b.add(first, b.mul(b.iota(shape, 1), step));
  const start = b.sub(place, b.mul(element, dilation));
  const patch = b.map("floordiv", [start, integer(stride)]);
  const demands = [
    b.map("eq", [b.mul(patch, stride), start]),
    b.map("lt", [element, size]),
    b.map("le", [0, patch]),
    b.map("lt", [patch, integer(count)]),
  ];
  const valid = demands.reduce((all, one) => b.map("min", [b.cast(all, "i32"), b.cast(one, "i32")]));
  const inside = b.map("lt", [0, valid]);
  return { element: b.select(inside, element, 0), patch: b.select(inside, patch, 0), valid: inside };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** The number whose product with `x` leaves 1 when it is divided by `modulus`, to which x is prime. */
function inverse(x: number, modulus: number): number {
  for (let y = 1; y < modulus; y++) if ((x * y) % modulus === 1) return y;
  return 0;
}

/** Whether the patches lie side by side and cover the axis. */
function isTiled(whole: Size, count: Size, { size, stride, dilation, before: padding }: PoolWindow): boolean {
  const side = size === 1 || dilation === 1;
  return side && size === stride && padding === 0 && same(whole, mul(count, size));
}

export const foldPatches: LayerRecord = layer({
  name: "Fold",
  doc: "the image of output_size in which patches, given as columns as Unfold gives them, are added up where they overlap",
  shapes:
    "x: [N, C * kernel_size[0] * kernel_size[1], patches] -> [N, C, *output_size]; or both without the N",
  formula: "y[:, place in y] = sum of x[:, place in patch, patch] over the patches on that place",
  source: "torch.nn.Fold",
  args: { output_size: { kind: "sizes" }, ...sliding },
  inputs: ["x"],
  validate: (args) => wrongCount(args, ["output_size", ...Object.keys(sliding)], 2),
  accepts: (args) => {
    const counts = outputSizes(args).map((whole, i) => windowCount(whole, slidingOf(args, 2)[i]!));
    const patches = product(counts);
    const last = typeof patches === "number" ? patches : "L";
    return [["N", "C", last], ["C", last]].map((shape) => ({ dtype: "f32", shape })); // prettier-ignore
  },
  infer: ([x], args, context) => {
    const wrong = wantDtype(x!, "f32") ?? wantBatched(x!.shape, 3, "f32[N, C, L]", context);
    if (wrong !== undefined) return wrong;
    const windows = slidingOf(args, 2);
    const [whole, counts] = [outputSizes(args), [] as Size[]];
    for (const [i, size] of whole.entries()) {
      const count = windowCount(size, windows[i]!);
      const none = `an image of output_size ${whole.map((one) => sizeText(one)).join(" x ")} has no patches of kernel_size ${windows.map((one) => one.size).join(" x ")}`;
      const problem = context.atLeast(count, 1, none);
      if (problem !== undefined) return problem;
      counts.push(count);
    }
    const [elements, patches] = x!.shape.slice(-2).map(extent) as [Size, Size];
    const area = windows[0]!.size * windows[1]!.size;
    const channels = divideExactly(elements, area) ?? floorDiv(elements, area);
    const unlike =
      context.equal(elements, mul(channels, area), `the size at dim -2 must be a multiple of ${area}, the elements of a patch, and it is ${sizeText(elements)}`) ??
      context.equal(patches, product(counts), `the size at dim -1 must be ${sizeText(product(counts))}, the number of patches`); // prettier-ignore
    return unlike ?? [typed("f32", [...x!.shape.slice(0, -2), channels, ...whole])];
  },
  body: ([x], { b, args, types }) => {
    const result = extents(types[0]!.shape);
    const before = result.slice(0, -2);
    const whole = result.slice(-2);
    const windows = slidingOf(args, 2);
    const counts = whole.map((size, i) => windowCount(size, windows[i]!)) as [Size, Size];
    const [rows, columns] = windows.map(({ size }) => size) as [number, number];
    const at = before.length;
    if (windows.every((one, i) => isTiled(whole[i]!, counts[i]!, one))) {
      const tiles = b.reshape(x!, [...before, rows, columns, ...counts]);
      const order = [...before.map((_, axis) => axis), at + 2, at, at + 3, at + 1];
      // A sum begins with 0, which makes 0 of -0.
      return [b.add(b.reshape(b.permute(tiles, order), result), 0)];
    }
    const area = product(counts);
    const steps: readonly (readonly [Size, Size])[] = [[mul(columns, area), counts[1]], [area, 1]]; // prettier-ignore
    const landings = windows.map((one, i) => landing(b, whole[i]!, counts[i]!, one));
    const wide = landings.flatMap(({ valid }) => sizesOf(valid));
    const apart = (tensor: Tensor, i: number): Tensor =>
      b.broadcast(b.reshape(tensor, wide.map((size, axis) => (axis >> 1 === i ? size : 1))), wide); // prettier-ignore
    const [vertical, horizontal] = landings.map(({ element, patch }, i) => {
      const [ofElement, ofPatch] = steps[i]!.map((step) => b.constant(step, "i32")) as [Tensor, Tensor];
      return apart(b.add(b.mul(element, ofElement), b.mul(patch, ofPatch)), i);
    }) as [Tensor, Tensor];
    const table = b.reshape(x!, [...before, product([rows, columns, area])]);
    const landed = b.gather(table, b.add(vertical, horizontal), { axis: at, checked: false });
    const kept = landings.reduceRight((value, { valid }, i) => b.select(apart(valid, i), value, 0), landed);
    return [b.reshape(b.reduce("sum", kept, [at + 1, at + 3], "sum"), result)];
  },
  samples: [
    { source: "Fold((4, 5), (2, 3))", inputs: [[2, 12, 9]] },
    { source: "Fold(4, 2, stride=2)", inputs: [[1, 8, 4]] },
    { source: "Fold((5, 4), 3, padding=1, stride=2)", inputs: [[9, 6]] },
    { source: "Fold((7, 6), (3, 2), dilation=2, padding=1, stride=(3, 1))", inputs: [[1, 6, 12]] },
    { source: "Fold(output_size=(3, 2), kernel_size=1)", inputs: [[1, 2, 6]] },
  ],
});
