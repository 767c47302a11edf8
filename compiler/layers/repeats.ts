/** Entries that repeat elements, and grids of coordinates. */
import { sizesOf } from "../ir/graph/builder.ts";
import { mul } from "../ir/size/size.ts";
import { elements, extents, isRun } from "../ir/types.ts";
import { DECLARE, axisAt, axisIn, wantRank } from "./axes.ts";
import { aroundAxes, dimList, flatList, negativeSize } from "./dims.ts";
import { choice, dimension, float, int, layer, number, typed } from "./record.ts";
import type { LayerRecord } from "./record.ts";

export const tile: LayerRecord = layer({
  name: "Tile",
  doc: "x repeated as a whole along each axis; missing repeats in front are 1, and missing axes have size 1",
  shapes: "x: [N, C] -> [dims[0] * N, dims[1] * C]",
  formula: "y[i, j] = x[i % N, j % C]",
  source: "torch.tile",
  args: { dims: { kind: "sizes", rest: true } },
  inputs: ["x"],
  validate: (args) => negativeSize(flatList(args, "dims")),
  infer: ([x], args) => {
    if (x!.shape.some(isRun)) return `how many sizes it has is unknown: ${DECLARE}`;
    const [sizes, times] = aligned(extents(x!.shape), flatList(args, "dims"));
    return [typed(x!.dtype, sizes.map((size, i) => mul(size, times[i]!)))]; // prettier-ignore
  },
  body: ([x], { b, args, types }) => {
    const [sizes, times] = aligned(sizesOf(x!), flatList(args, "dims"));
    const apart = b.reshape(x!, sizes.flatMap((size) => [1, size])); // prettier-ignore
    const repeated = b.broadcast(apart, sizes.flatMap((size, i) => [times[i]!, size])); // prettier-ignore
    return [b.reshape(repeated, extents(types[0]!.shape))];
  },
  samples: [
    { source: "Tile(2)", inputs: [[2, 3]] },
    { source: "Tile(2, 1, 3)", inputs: [[2, 3]] },
    { source: "Tile([3, 2])", inputs: [[2, 1, 2]] },
    { source: "Tile(3)", inputs: [[]] },
  ],
});

/** Two lists of sizes with as many ones in front of the shorter one as it lacks. */
function aligned<T>(a: readonly T[], c: readonly T[]): readonly [(T | 1)[], (T | 1)[]] {
  const rank = Math.max(a.length, c.length);
  const filled = (list: readonly T[]): (T | 1)[] => [
    ...Array.from({ length: rank - list.length }, () => 1 as const),
    ...list,
  ];
  return [filled(a), filled(c)];
}

export const repeatInterleave: LayerRecord = layer({
  name: "RepeatInterleave",
  doc: "each element along dim so many times one after the other; without dim, of all in one row",
  shapes: "x: [N, C] -> [N, repeats * C] for dim=1",
  formula: "y[i, j] = x[i, j // repeats] for dim=1",
  source: "torch.repeat_interleave",
  args: { repeats: int(undefined, 0), dim: dimension(null) },
  inputs: ["x"],
  accepts: (args) => aroundAxes(dimList(args)),
  infer: ([x], args) => {
    const repeats = number(args, "repeats");
    if (args["dim"] === null) return [typed(x!.dtype, [mul(elements(x!.shape), repeats)])];
    const axis = axisAt(x!.shape, number(args, "dim"));
    if (typeof axis === "string") return axis;
    const sizes = x!.shape.map((size, i) => (i === axis && !isRun(size) ? mul(size, repeats) : size));
    return [typed(x!.dtype, sizes)];
  },
  body: ([x], { b, args, types }) => {
    const isRow = args["dim"] === null;
    const shape = extents(types[0]!.shape);
    if (number(args, "repeats") === 0) return [b.full(shape, 0, types[0]!.dtype)];
    const from = isRow ? b.reshape(x!, [elements(sizesOf(x!))]) : x!;
    const axis = isRow ? 0 : axisIn(from, number(args, "dim"));
    const sizes = sizesOf(from);
    const at = (size: number): typeof sizes => [...sizes.slice(0, axis + 1), size, ...sizes.slice(axis + 1)];
    const repeated = b.broadcast(b.reshape(from, at(1)), at(number(args, "repeats")));
    return [b.reshape(repeated, shape)];
  },
  samples: [
    { source: "RepeatInterleave(2)", inputs: [[2, 3]] },
    { source: "RepeatInterleave(3, dim=1)", inputs: [[2, 3, 2]] },
    { source: "RepeatInterleave(2, -1)", inputs: [[4]] },
    { source: "RepeatInterleave(2)", inputs: [[]] },
  ],
});

export const meshgrid: LayerRecord = layer({
  name: "Meshgrid",
  doc: "for each vector its coordinates at all points of the grid that they span; with indexing='xy', the first two axes are exchanged",
  shapes: "xs: [N] and [M] -> [N, M] and [N, M]",
  formula: "ys[0][i, j] = xs[0][i], ys[1][i, j] = xs[1][j]",
  source: "torch.meshgrid",
  args: { indexing: choice(["ij", "xy"], "ij") },
  inputs: ["xs"],
  variadic: true,
  listed: true,
  infer: (inputs, args) => {
    for (const { shape } of inputs) {
      const wrong = wantRank(shape, [0, 1], "f32[N]");
      if (wrong !== undefined) return wrong;
    }
    const [{ dtype } = typed("f32", [])] = inputs;
    if (inputs.some((each) => each.dtype !== dtype)) return "all must be of one dtype";
    const sizes = ordered(inputs.map(({ shape }) => elements(shape)), args["indexing"]); // prettier-ignore
    return inputs.map(() => typed(dtype, sizes));
  },
  body: (inputs, { b, args, types }) => {
    const sizes = extents(types[0]!.shape);
    return inputs.map((x, i) => {
      const axis = args["indexing"] === "xy" && i < 2 ? 1 - i : i;
      const own = sizes.map((_, at) => (at === axis ? elements(sizesOf(x)) : 1));
      return b.broadcast(b.reshape(x, own), sizes);
    });
  },
  samples: [
    { source: "Meshgrid()", inputs: [[2], [3]] },
    { source: "Meshgrid(indexing='xy')", inputs: [[2], [3], [4]] },
    { source: "Meshgrid()", inputs: [[3], []] },
  ],
});

function ordered<T>(sizes: readonly T[], indexing: unknown): T[] {
  const [first, second, ...others] = sizes as [T, T, ...T[]];
  return indexing === "xy" ? [second, first, ...others] : [...sizes];
}

export const linspace: LayerRecord = layer({
  name: "Linspace",
  doc: "steps numbers at equal distances from start to end, both included",
  shapes: "-> f32[steps]",
  formula: "start + (end - start) / (steps - 1) * i, from end backwards in the second half",
  source: "torch.linspace",
  args: { start: float(), end: float(), steps: int(undefined, 0) },
  inputs: [],
  infer: (_inputs, args) => [typed("f32", [number(args, "steps")])],
  body: (_inputs, { b, args }) => {
    const [start, end, steps] = ["start", "end", "steps"].map((name) => number(args, name)) as [
      number,
      number,
      number,
    ];
    const step = steps > 1 ? (end - start) / (steps - 1) : 0;
    const at = b.iota([steps], 0);
    const [first, last] = [at, b.sub(steps - 1, at)].map((place) => b.mul(b.cast(place, "f32"), step));
    const isFirst = b.map("lt", [at, Math.floor(steps / 2) + (steps === 1 ? 1 : 0)]);
    return [b.select(isFirst, b.add(start, first!), b.sub(end, last!))];
  },
  samples: [
    { source: "Linspace(0, 1, 5)", inputs: [] },
    { source: "Linspace(3, -2, 8)", inputs: [] },
    { source: "Linspace(start=2, end=9, steps=1)", inputs: [] },
  ],
});
