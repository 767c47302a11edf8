/** Entries that read and write elements at places that an index of the same rank names. */
import { dtypeOf, sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { isFloat } from "../ir/dtype.ts";
import type { ScatterCombine } from "../ir/graph/primitives.ts";
import { same, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { elements, extents, isRun, typeText, type TensorType } from "../ir/types.ts";
import { DECLARE, broadcastPair, rankOf } from "./axes.ts";
import { cut, wrappedAxis } from "./dims.ts";
import { bool, dimension, flag, float, layer, number, typed } from "./record.ts";
import type { Args, LayerRecord, Sample, ShapeContext } from "./record.ts";

/** A tensor without sizes counts as a row of one here, as in PyTorch. */
function rowed({ dtype, shape }: TensorType): TensorType {
  return typed(dtype, shape.length === 0 ? [1] : shape);
}

function asRow(b: Builder, x: Tensor): Tensor {
  return sizesOf(x).length === 0 ? b.reshape(x, [1]) : x;
}

/** The axis that the index is for, or what is wrong with the tensors whose ranks must be one. */
function indexedAxis(inputs: readonly TensorType[], args: Args): number | string {
  const [x, index] = inputs as [TensorType, TensorType];
  if (index.dtype !== "i32") return `the index must be i32, not ${index.dtype}`;
  if (inputs.some(({ shape }) => shape.some(isRun))) return `how many sizes it has is unknown: ${DECLARE}`;
  const ranks = inputs.map((each) => rankOf(rowed(each).shape));
  if (new Set(ranks).size > 1) return `all must have as many sizes as ${typeText(x)}`;
  return wrappedAxis(rowed(x).shape, number(args, "dim"));
}

/** Demands that no size of `part` exceeds that of `whole`, but at the axis that is left out. */
function fitsIn(
  part: TensorType,
  whole: TensorType,
  context: ShapeContext,
  left?: number,
): string | undefined {
  for (const [axis, size] of extents(rowed(part).shape).entries()) {
    if (axis === left) continue;
    const most = extents(rowed(whole).shape)[axis]!;
    const reason = `size ${sizeText(size)} of the index at dim ${axis} exceeds ${sizeText(most)}, that of ${typeText(whole)}`;
    const wrong = context.atLeast(most, size, reason);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** The first elements along each axis, but all along the one that is left out. */
function corner(b: Builder, x: Tensor, sizes: readonly Size[], left?: number): Tensor {
  return sizes.reduce<Tensor>((part, size, axis) => (axis === left ? part : cut(b, part, axis, 0, size)), x);
}

/** The axes with one of them moved to the end. */
function toEnd(rank: number, axis: number): number[] {
  return [...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis), axis];
}

function back(order: readonly number[]): number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

/** result[i, j] = x[index[i, j], j] for axis 0, at the places of the index. */
export function takenAlong(b: Builder, x: Tensor, index: Tensor, axis: number): Tensor {
  const order = toEnd(sizesOf(x).length, axis);
  const table = b.permute(corner(b, x, sizesOf(index), axis), order);
  const batch = order.length - 1;
  return b.permute(b.gather(table, b.permute(index, order), { axis: batch, batch }), back(order));
}

/** x with updates at the places that the index names along an axis, combined with what is there. */
function putAlong(
  b: Builder,
  x: Tensor,
  index: Tensor,
  updates: Tensor,
  axis: number,
  combine: ScatterCombine,
): Tensor {
  const [whole, inner] = [sizesOf(x), sizesOf(index)];
  const order = toEnd(whole.length, axis);
  const base = b.permute(corner(b, x, inner, axis), order);
  const [places, values] = [index, corner(b, updates, inner)].map((each) => b.permute(each, order));
  const made = b.scatter(values!, places!, whole[axis]!, { batch: order.length - 1, combine, base });
  const part = b.permute(made, back(order));
  const cutAxes = whole.flatMap((size, i) => (i === axis || same(size, inner[i]!) ? [] : [i]));
  if (cutAxes.length === 0) return part;
  // Beyond the index x stays what it is.
  const inside = cutAxes.map((i) => b.map("lt", [b.iota(whole, i), b.constant(inner[i]!, "i32")]));
  const padded = b.pad(part, whole, { before: whole.map(() => 0) });
  return b.select(inside.reduce((one, other) => b.map("min", [one, other])), padded, x); // prettier-ignore
}

export const gather: LayerRecord = layer({
  name: "Gather",
  doc: "for each element of the index the element of x at this place of dim; the call refuses an index out of range",
  shapes: "x: [N, C], index: i32[M, K] with M <= N -> [M, K] for dim=1",
  formula: "y[i, j] = x[i, index[i, j]] for dim=1",
  source: "torch.gather",
  args: { dim: dimension() },
  inputs: ["x", "index"],
  infer: (inputs, args, context) => {
    const [x, index] = inputs as [TensorType, TensorType];
    const axis = indexedAxis(inputs, args);
    if (typeof axis === "string") return axis;
    return fitsIn(index, x, context, axis) ?? [typed(x.dtype, index.shape)];
  },
  body: ([x, index], { b, args, types }) => {
    const [table, places] = [x!, index!].map((each) => asRow(b, each)) as [Tensor, Tensor];
    const axis = axisIn(table, args);
    return [b.reshape(takenAlong(b, table, places, axis), extents(types[0]!.shape))];
  },
  samples: [
    { source: "Gather(0)", inputs: [[4, 3], [2, 3]], dtypes: ["f32", "i32"], below: 4 },
    { source: "Gather(1)", inputs: [[2, 3, 2], [2, 5, 1]], dtypes: ["f32", "i32"], below: 3 },
    { source: "Gather(dim=-1)", inputs: [[3, 5], [2, 4]], dtypes: ["i32", "i32"], below: 5 },
    { source: "Gather(0)", inputs: [[], []], dtypes: ["f32", "i32"], below: 1 },
  ], // prettier-ignore
});

function axisIn(x: Tensor, args: Args): number {
  const dim = number(args, "dim");
  return dim < 0 ? sizesOf(x).length + dim : dim;
}

export const takeAlongDim: LayerRecord = layer({
  name: "TakeAlongDim",
  doc: "Gather of tensors that broadcast but along dim; without dim, of all in one row",
  shapes: "x: [N, C], index: i32[N, K] -> [N, K] for dim=1",
  formula: "y[i, j] = x[i, index[i, j]] for dim=1",
  source: "torch.take_along_dim",
  args: { dim: dimension(null) },
  inputs: ["x", "index"],
  infer: (inputs, args, context) => {
    const [x, index] = inputs as [TensorType, TensorType];
    if (args["dim"] === null)
      return index.dtype === "i32"
        ? [typed(x.dtype, [elements(index.shape)])]
        : `the index must be i32, not ${index.dtype}`;
    const axis = indexedAxis(inputs, args);
    if (typeof axis === "string") return axis;
    const others = inputs.map((each) => rowed(each).shape.filter((_, i) => i !== axis));
    const shape = broadcastPair(others[0]!, others[1]!, context);
    if (typeof shape === "string") return shape;
    return [typed(x.dtype, shape.toSpliced(axis, 0, rowed(index).shape[axis]!))];
  },
  body: ([x, index], { b, args, types }) => {
    const isRow = args["dim"] === null;
    const [table, places] = [x!, index!].map((each) =>
      isRow ? b.reshape(each, [elements(sizesOf(each))]) : asRow(b, each),
    ) as [Tensor, Tensor];
    const axis = isRow ? 0 : axisIn(table, args);
    const common = extents(types[0]!.shape);
    const wide = (each: Tensor): Tensor =>
      b.broadcast(each, common.map((size, i) => (i === axis ? sizesOf(each)[axis]! : size))); // prettier-ignore
    return [b.reshape(takenAlong(b, wide(table), wide(places), axis), common)];
  },
  samples: [
    { source: "TakeAlongDim(0)", inputs: [[4, 3], [2, 3]], dtypes: ["f32", "i32"], below: 4 },
    { source: "TakeAlongDim(1)", inputs: [[1, 3], [4, 2]], dtypes: ["f32", "i32"], below: 3 },
    { source: "TakeAlongDim()", inputs: [[2, 3], [2, 2]], dtypes: ["f32", "i32"], below: 6 },
  ], // prettier-ignore
});

function wantSources(inputs: readonly TensorType[], args: Args, context: ShapeContext): string | undefined {
  const [x, index, source] = inputs as [TensorType, TensorType, TensorType];
  const axis = indexedAxis(inputs, args);
  if (typeof axis === "string") return axis;
  if (source.dtype !== x.dtype) return `src must be of the dtype of x, ${x.dtype}, not ${source.dtype}`;
  return fitsIn(index, x, context, axis) ?? fitsIn(index, source, context);
}

function samplesOf(...calls: readonly string[]): Sample[] {
  const dtypes = ["f32", "i32", "f32"] as const;
  return calls.flatMap((call) => [
    { source: call.replace("DIM", "0"), inputs: [[4, 3], [2, 3], [2, 3]], dtypes, below: 4 },
    { source: call.replace("DIM", "1"), inputs: [[3, 3, 2], [2, 5, 1], [2, 5, 2]], dtypes, below: 3 },
  ]); // prettier-ignore
}

function scattering(
  spec: Pick<LayerRecord, "name" | "doc"> & { readonly formula: string; readonly combine: ScatterCombine },
): LayerRecord {
  const { name, combine } = spec;
  return layer({
    name,
    doc: spec.doc,
    formula: spec.formula,
    shapes: "x: [N, C], index: i32[M, K], src: [M, K] with M <= N -> [N, C] for dim=1",
    source: combine === "last" ? "torch.scatter" : "torch.scatter_add",
    args: { dim: dimension() },
    inputs: ["x", "index", "src"],
    infer: (inputs, args, context) => wantSources(inputs, args, context) ?? [inputs[0]!],
    body: ([x, index, src], { b, args, types }) => {
      const [whole, places, updates] = [x!, index!, src!].map((each) => asRow(b, each)) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const isTruth = dtypeOf(whole) === "bool" && combine !== "last";
      const [to, from] = [whole, updates].map((each) => (isTruth ? b.cast(each, "i32") : each));
      const made = putAlong(b, to!, places, from!, axisIn(whole, args), combine);
      return [b.reshape(b.cast(made, types[0]!.dtype), extents(types[0]!.shape))];
    },
    samples: [
      ...samplesOf(`${name}(DIM)`),
      { source: `${name}(-1)`, inputs: [[5], [8], [9]], dtypes: ["i32", "i32", "i32"], below: 5 },
    ],
  });
}

export const scatter: LayerRecord = scattering({
  name: "Scatter",
  doc: "x with each element of src where its index along dim says; of several for one place the last; the call checks the indices",
  formula: "y[i, index[i, j]] = src[i, j] for dim=1",
  combine: "last",
});

export const scatterAdd: LayerRecord = scattering({
  name: "ScatterAdd",
  doc: "x plus each element of src where its index along dim says; the call checks the indices",
  formula: "y[i, index[i, j]] += src[i, j] for dim=1",
  combine: "add",
});

const COMBINED: Readonly<Record<string, Exclude<ScatterCombine, "last">>> = {
  sum: "add",
  prod: "mul",
  mean: "add",
  amax: "max",
  amin: "min",
};
const IDENTITY: Readonly<Record<string, number>> = {
  sum: 0,
  prod: 1,
  mean: 0,
  amax: -Infinity,
  amin: Infinity,
};

export const scatterReduce: LayerRecord = layer({
  name: "ScatterReduce",
  doc: "x combined with each element of src where its index along dim says; without include_self, x counts only where nothing goes",
  shapes: "x: f32[N, C], index: i32[M, K], src: f32[M, K] with M <= N -> f32[N, C] for dim=1",
  formula: "y[i, k] = reduce(x[i, k], src[i, j] where index[i, j] == k) for dim=1",
  source: "torch.scatter_reduce",
  args: {
    dim: dimension(),
    reduce: { kind: "string", choices: Object.keys(COMBINED) },
    include_self: bool(true),
  },
  inputs: ["x", "index", "src"],
  infer: (inputs, args, context) =>
    isFloat(inputs[0]!.dtype)
      ? (wantSources(inputs, args, context) ?? [inputs[0]!])
      : `x must be f32, not ${inputs[0]!.dtype}`,
  body: ([x, index, src], { b, args, types }) => {
    const [whole, places, updates] = [x!, index!, src!].map((each) => asRow(b, each)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const reduce = args["reduce"] as string;
    const [axis, isIncluded] = [axisIn(whole, args), flag(args, "include_self")];
    const ones = b.full(sizesOf(places), 1, "i32");
    const none = b.full(sizesOf(whole), 0, "i32");
    const count = putAlong(b, none, places, ones, axis, "add");
    const isHit = b.map("lt", [0, count]);
    const base = isIncluded ? whole : b.select(isHit, IDENTITY[reduce]!, whole);
    const made = putAlong(b, base, places, updates, axis, COMBINED[reduce]!);
    const terms = isIncluded ? b.add(count, 1) : b.map("max", [count, 1]);
    const result = reduce === "mean" ? b.div(made, b.cast(terms, "f32")) : made;
    return [b.reshape(result, extents(types[0]!.shape))];
  },
  samples: [
    ...samplesOf("ScatterReduce(DIM, 'sum')", "ScatterReduce(DIM, 'amax')", "ScatterReduce(DIM, 'mean')"),
    ...samplesOf("ScatterReduce(DIM, 'mean', include_self=False)", "ScatterReduce(DIM, 'amin', False)"),
    ...samplesOf("ScatterReduce(DIM, 'prod')"),
  ],
});

export const indexAdd: LayerRecord = layer({
  name: "IndexAdd",
  doc: "x plus alpha times each slice of src along dim at the place that its index says; the call checks the indices",
  shapes: "x: [N, C], index: i32[K], src: [N, K] -> [N, C] for dim=1",
  formula: "y[i, index[j]] += alpha * src[i, j] for dim=1",
  source: "torch.index_add",
  args: { dim: dimension(), alpha: float(1) },
  inputs: ["x", "index", "src"],
  infer: (inputs, args, context) => {
    const [x, index, src] = inputs as [TensorType, TensorType, TensorType];
    if (index.dtype !== "i32" || rankOf(index.shape) !== 1) return "the index must be i32[K]";
    if (x.dtype === "bool" || src.dtype !== x.dtype) return `x and src must be f32 or i32 alike, not ${x.dtype} and ${src.dtype}`; // prettier-ignore
    const [like] = [typed("i32", src.shape)];
    const axis = indexedAxis([x, like], args);
    if (typeof axis === "string") return axis;
    if (!isFloat(x.dtype) && !Number.isInteger(number(args, "alpha")))
      return "alpha must be a whole number for integers";
    for (const [i, size] of extents(src.shape).entries()) {
      const wanted = i === axis ? extents(index.shape)[0]! : extents(x.shape)[i]!;
      const wrong = context.equal(size, wanted, `src must have size ${sizeText(wanted)} at dim ${i}, not ${sizeText(size)}`); // prettier-ignore
      if (wrong !== undefined) return wrong;
    }
    return [x];
  },
  body: ([x, index, src], { b, args }) => {
    const axis = axisIn(x!, args);
    const order = [axis, ...sizesOf(x!).map((_, i) => i).filter((i) => i !== axis)]; // prettier-ignore
    const alpha = number(args, "alpha");
    const updates = alpha === 1 ? src! : b.mul(src!, alpha);
    const base = b.permute(x!, order);
    const made = b.scatter(b.permute(updates, order), index!, sizesOf(base)[0]!, { combine: "add", base });
    return [b.permute(made, back(order))];
  },
  samples: [
    { source: "IndexAdd(0)", inputs: [[4, 3], [5], [5, 3]], dtypes: ["f32", "i32", "f32"], below: 4 },
    { source: "IndexAdd(1, alpha=-0.5)", inputs: [[2, 3, 2], [4], [2, 4, 2]], dtypes: ["f32", "i32", "f32"], below: 3 },
    { source: "IndexAdd(-1)", inputs: [[2, 3], [2], [2, 2]], dtypes: ["i32", "i32", "i32"], below: 3 },
  ], // prettier-ignore
});
