/** Entries that choose elements, and the order in which they come. */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { promote } from "../ir/dtype.ts";
import { max, mod, sub } from "../ir/size/size.ts";
import { elements } from "../ir/types.ts";
import { axisAt, axisIn, broadcastShapes, wantRank } from "./axes.ts";
import { aroundAxes, axesAt, axesIn, cut, dimList } from "./dims.ts";
import { dimension, dimensions, ints, layer, number, typed } from "./record.ts";
import type { LayerRecord } from "./record.ts";

export const where: LayerRecord = layer({
  name: "Where",
  doc: "x where the condition holds, y elsewhere; shapes broadcast and dtypes promote",
  shapes: "condition: bool[...], x: [...], y: [...] -> [...]",
  formula: "condition ? x : y",
  source: "torch.where",
  args: {},
  inputs: ["condition", "x", "y"],
  infer: (inputs, _args, context) => {
    const [condition, x, y] = inputs;
    if (condition!.dtype !== "bool") return `the condition must be bool, not ${condition!.dtype}: compare it, as in \`c != 0\``; // prettier-ignore
    const shape = broadcastShapes(inputs, context);
    return typeof shape === "string" ? shape : [typed(promote([x!.dtype, y!.dtype]), shape)];
  },
  body: ([condition, x, y], { b, types }) => {
    const { dtype } = types[0]!;
    return [b.select(condition!, b.cast(x!, dtype), b.cast(y!, dtype))];
  },
  samples: [
    { source: "Where()", inputs: [[2, 3], [2, 3], [2, 3]], dtypes: ["bool", "f32", "f32"] },
    { source: "Where()", inputs: [[3], [2, 1], []], dtypes: ["bool", "f32", "i32"], below: 5 },
    { source: "Where()", inputs: [[2, 1], [3], [2, 3]], dtypes: ["bool", "i32", "i32"], below: 5 },
    { source: "Where()", inputs: [[4], [4], [4]], dtypes: ["bool", "bool", "bool"] },
  ], // prettier-ignore
});

export const indexSelect: LayerRecord = layer({
  name: "IndexSelect",
  doc: "the slices of x along dim that a list of indices names; the call refuses an index out of range",
  shapes: "x: [N, C, ...], index: i32[K] -> [N, K, ...] for dim=1",
  formula: "y[i, k, j] = x[i, index[k], j]",
  source: "torch.index_select",
  args: { dim: dimension() },
  inputs: ["x", "index"],
  infer: ([x, index], args) => {
    const axis = axisAt(x!.shape, number(args, "dim"));
    if (typeof axis === "string") return axis;
    const wrong = wantRank(index!.shape, [0, 1], "i32[K]");
    if (wrong !== undefined) return `the index: ${wrong}`;
    if (index!.dtype !== "i32") return `the index must be i32, not ${index!.dtype}`;
    const count = elements(index!.shape);
    return [typed(x!.dtype, x!.shape.map((dim, i) => (i === axis ? count : dim)))]; // prettier-ignore
  },
  body: ([x, index], { b, args }) => {
    const axis = axisIn(x!, number(args, "dim"));
    return [b.gather(x!, b.reshape(index!, [elements(sizesOf(index!))]), { axis })];
  },
  samples: [
    { source: "IndexSelect(0)", inputs: [[4, 3], [5]], dtypes: ["f32", "i32"], below: 4 },
    { source: "IndexSelect(1)", inputs: [[2, 3, 2], [2]], dtypes: ["f32", "i32"], below: 3 },
    { source: "IndexSelect(dim=-1)", inputs: [[2, 3], []], dtypes: ["i32", "i32"], below: 3 },
  ], // prettier-ignore
});

export const flip: LayerRecord = layer({
  name: "Flip",
  doc: "the elements along each of dims in reverse",
  shapes: "x: [...] -> [...]",
  formula: "y[i, j] = x[N - 1 - i, j] for dims=[0]",
  source: "torch.flip",
  args: { dims: { ...dimensions(), rest: true } },
  inputs: ["x"],
  validate: (args) => (dimList(args, "dims").length === 0 ? "dims must name at least one axis" : undefined),
  accepts: (args) => aroundAxes(dimList(args, "dims")),
  infer: ([x], args) => {
    const axes = axesAt(x!.shape, dimList(args, "dims"));
    return typeof axes === "string" ? axes : [x!];
  },
  body: ([x], { b, args }) => {
    const axes = axesIn(x!, dimList(args, "dims"));
    const sizes = sizesOf(x!);
    const starts = sizes.map((size, axis) => (axes.includes(axis) ? sub(size, 1) : 0));
    const steps = sizes.map((_, axis) => (axes.includes(axis) ? -1 : 1));
    return [b.slice(x!, starts, steps, sizes)];
  },
  samples: [
    { source: "Flip(0)", inputs: [[5]] },
    { source: "Flip([0, -1])", inputs: [[2, 3, 4]] },
    { source: "Flip(dims=[1])", inputs: [[2, 3]] },
    { source: "Flip(0)", inputs: [[]] },
  ],
});

export const roll: LayerRecord = layer({
  name: "Roll",
  doc: "the elements moved by shifts along dims, coming back at the other end; without dims, all in one row",
  shapes: "x: [...] -> [...]",
  formula: "y[(i + shifts) % N, j] = x[i, j] for dims=0",
  source: "torch.roll",
  args: { shifts: ints(), dims: dimensions(null) },
  inputs: ["x"],
  validate: (args) => {
    const [shifts, dims] = [dimList(args, "shifts").length, dimList(args, "dims").length];
    if (shifts === Math.max(1, dims)) return undefined;
    return dims === 0 ? "without dims there is one shift" : "each of dims wants a shift";
  },
  accepts: (args) => aroundAxes(dimList(args, "dims")),
  infer: ([x], args) => {
    for (const dim of dimList(args, "dims")) {
      const axis = axisAt(x!.shape, dim);
      if (typeof axis === "string") return axis;
    }
    return [x!];
  },
  body: ([x], { b, args }) => {
    const [shifts, dims] = [dimList(args, "shifts"), dimList(args, "dims")];
    if (dims.length > 0) return [dims.reduce((y, dim, i) => rolled(b, y, axisIn(y, dim), shifts[i]!), x!)];
    const row = b.reshape(x!, [elements(sizesOf(x!))]);
    return [b.reshape(rolled(b, row, 0, shifts[0]!), sizesOf(x!))];
  },
  samples: [
    { source: "Roll(1)", inputs: [[2, 3]] },
    { source: "Roll(2, 1)", inputs: [[2, 5]] },
    { source: "Roll([1, -1], [0, -1])", inputs: [[3, 2, 4]] },
    { source: "Roll(-7, 0)", inputs: [[3]] },
    { source: "Roll(2)", inputs: [[]] },
  ],
});

/** x[-shift:] followed by x[:-shift], with the shift taken modulo the size. */
function rolled(b: Builder, x: Tensor, axis: number, shift: number): Tensor {
  const whole = sizesOf(x)[axis]!;
  const moved = mod(shift, max(whole, 1));
  const rest = sub(whole, moved);
  return moved === 0 ? x : b.concat([cut(b, x, axis, rest, moved), cut(b, x, axis, 0, rest)], axis);
}
