/**
 * Sorting and what is chosen by order. The place of an element is the number of those that come before it, so each pair of a row
 * is compared, in lanes where there are any. A model keeps a table of which place is before which, a byte for each pair, so this is
 * meant for rows of up to some thousands.
 */
import { dtypeOf, sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { isFloat } from "../ir/dtype.ts";
import { floorDiv, sub } from "../ir/size/size.ts";
import { elements, extent, extents, isRun, type Dim, type Shape, type TensorType } from "../ir/types.ts";
import { DECLARE, axisIn, rankOf, wantDtype } from "./axes.ts";
import { aroundAxes, aroundReduced, cut, dimList, wrappedAxis } from "./dims.ts";
import { bool, choice, dimension, flag, float, int, layer, number, typed } from "./record.ts";
import type { ArgSpec, Args, LayerRecord, Sample, ShapeContext } from "./record.ts";

/** Whether a stands before b, where NaN is greater than all numbers. */
function less(b: Builder, one: Tensor, other: Tensor): Tensor {
  const isBelow = b.map("lt", [one, other]);
  if (!isFloat(dtypeOf(one))) return isBelow;
  const [isNumber, isNan] = [b.map("eq", [one, one]), b.map("not", [b.map("eq", [other, other])])];
  return b.map("max", [isBelow, b.map("min", [isNumber, isNan])]);
}

/** For each element of the last axis the place that it has in order; equal ones stay in their order. */
function ranks(b: Builder, x: Tensor, descending: boolean): Tensor {
  const sizes = sizesOf(x);
  const [outer, count] = [sizes.slice(0, -1), sizes.at(-1)!];
  const pairs = [...outer, count, count];
  const numbers = dtypeOf(x) === "bool" ? b.cast(x, "i32") : x;
  const own = b.broadcast(b.reshape(numbers, [...outer, count, 1]), pairs);
  const other = b.broadcast(b.reshape(numbers, [...outer, 1, count]), pairs);
  const axis = pairs.length - 1;
  const table = [count, count];
  const isEarlier = b.broadcast(b.map("lt", [b.iota(table, 1), b.iota(table, 0)]), pairs);
  const order = (one: Tensor, two: Tensor): Tensor => (descending ? less(b, two, one) : less(b, one, two));
  const isBefore = b.select(isEarlier, b.map("not", [order(own, other)]), order(other, own));
  return b.reshape(b.reduce("sum", b.cast(isBefore, "i32"), [axis], "place"), sizes);
}

interface Sorted {
  readonly values: Tensor;
  readonly places: Tensor;
}

/** The elements of the last axis in order, and where each was. */
function sortedLast(b: Builder, x: Tensor, descending: boolean): Sorted {
  const sizes = sizesOf(x);
  const [batch, count] = [sizes.length - 1, sizes.at(-1)!];
  const rank = ranks(b, x, descending);
  return {
    values: b.scatter(x, rank, count, { batch }),
    places: b.scatter(b.iota(sizes, batch), rank, count, { batch }),
  };
}

/** The tensor with the axis `dim` at the end; a tensor without sizes is a row of one. */
function atEnd(b: Builder, x: Tensor, dim: number): { row: Tensor; back: (y: Tensor) => Tensor } {
  if (sizesOf(x).length === 0) return { row: b.reshape(x, [1]), back: (y) => y };
  const axis = axisIn(x, dim);
  const others = sizesOf(x).flatMap((_, i) => (i === axis ? [] : [i]));
  const order = [...others, axis];
  return { row: b.permute(x, order), back: (y) => b.permute(y, order.map((_, i) => order.indexOf(i))) }; // prettier-ignore
}

function samplesOf(name: string, call: string, more = ""): Sample[] {
  const given = (...args: readonly string[]): string =>
    `${name}(${[call, ...args, more].filter((one) => one !== "").join(", ")})`;
  return [
    { source: given(), inputs: [[7]] },
    { source: given("dim=1"), inputs: [[2, 5, 3]] },
    { source: given("dim=-1"), inputs: [[3, 20]] },
    { source: given("dim=0"), inputs: [[6, 2]], below: 4 },
  ];
}

const descendingArg: ArgSpec = bool(false);
/** Equal elements stay in their order whatever it says. */
const idle: ArgSpec = { ...bool(false), idle: true };

export const sort: LayerRecord = layer({
  name: "Sort",
  doc: "the elements along dim in order, and where each was; equal ones stay in their order, and NaN is greater than all numbers. Each pair is compared",
  shapes: "x: [N, C, ...] -> values: [N, C, ...], indices: i32[N, C, ...]",
  formula: "values[i] = x[indices[i]]",
  source: "torch.sort",
  args: { dim: dimension(-1), descending: descendingArg, stable: idle },
  inputs: ["x"],
  outputs: ["values", "indices"],
  auxiliary: true,
  accepts: (args) => aroundAxes([number(args, "dim")]),
  infer: ([x], args) => {
    const axis = wrappedAxis(x!.shape, number(args, "dim"));
    return typeof axis === "string" ? axis : [x!, typed("i32", x!.shape)];
  },
  body: ([x], { b, args }) => {
    const { row, back } = atEnd(b, x!, number(args, "dim"));
    const { values, places } = sortedLast(b, row, flag(args, "descending"));
    return [values, places].map((each) => b.reshape(back(each), sizesOf(x!)));
  },
  samples: [...samplesOf("Sort", ""), { source: "Sort(descending=True)", inputs: [[9]] }],
});

export const argSort: LayerRecord = layer({
  name: "ArgSort",
  doc: "where the elements along dim are that come first, second … in order, as Sort has it",
  shapes: "x: [N, C, ...] -> i32[N, C, ...]",
  formula: "sort(x).indices",
  source: "torch.argsort",
  args: { dim: dimension(-1), descending: descendingArg, stable: idle },
  inputs: ["x"],
  accepts: (args) => aroundAxes([number(args, "dim")]),
  infer: ([x], args) => {
    const axis = wrappedAxis(x!.shape, number(args, "dim"));
    return typeof axis === "string" ? axis : [typed("i32", x!.shape)];
  },
  body: ([x], { b, args }) => {
    const { row, back } = atEnd(b, x!, number(args, "dim"));
    return [b.reshape(back(sortedLast(b, row, flag(args, "descending")).places), sizesOf(x!))];
  },
  samples: [...samplesOf("ArgSort", ""), { source: "ArgSort(descending=True)", inputs: [[2, 9]] }],
});

export const topK: LayerRecord = layer({
  name: "TopK",
  doc: "the k largest or smallest along dim in order, and where each is; of equal ones the first, and NaN is greater than all numbers. Each pair is compared",
  shapes: "x: [N, C] -> values: [N, k], indices: i32[N, k]",
  formula: "sort(x, descending=largest)[:k]",
  source: "torch.topk",
  args: {
    k: int(undefined, 0),
    dim: dimension(-1),
    largest: bool(true),
    sorted: { ...bool(true), idle: true },
  },
  inputs: ["x"],
  outputs: ["values", "indices"],
  auxiliary: true,
  accepts: (args) => aroundAxes([number(args, "dim")]),
  infer: ([x], args, context) => {
    const { dtype, shape } = x!;
    const [axis, k] = [wrappedAxis(shape, number(args, "dim")), number(args, "k")];
    if (typeof axis === "string") return axis;
    const count = extent(shape[axis] ?? 1);
    const wrong = context.atLeast(
      count,
      k,
      `there are fewer than k=${k} elements along dim ${number(args, "dim")}`,
    );
    if (wrong !== undefined) return wrong;
    if (shape.length === 0 && k === 0) return "a tensor without sizes has one element: k must be 1";
    const sizes = shape.map((size, i) => (i === axis ? k : size));
    return [typed(dtype, sizes), typed("i32", sizes)];
  },
  body: ([x], { b, args, types }) => {
    const { row, back } = atEnd(b, x!, number(args, "dim"));
    const { values, places } = sortedLast(b, row, flag(args, "largest"));
    const axis = sizesOf(row).length - 1;
    return [values, places].map((each) =>
      b.reshape(back(cut(b, each, axis, 0, number(args, "k"))), extents(types[0]!.shape)),
    );
  },
  samples: [...samplesOf("TopK", "2"), { source: "TopK(3, largest=False)", inputs: [[2, 9]] }],
});

/** What is left of a shape without the axis dim, or of all axes without a dim; that axis must have elements. */
function chosenShape({ shape }: TensorType, args: Args, context: ShapeContext, least = 1): Shape | string {
  const [dim] = dimList(args);
  const axis = dim === undefined ? undefined : wrappedAxis(shape, dim);
  if (typeof axis === "string") return axis;
  const count = axis === undefined ? elements(shape) : extent(shape[axis] ?? 1);
  const none = context.atLeast(count, least, least === 1 ? "of no elements none is chosen" : `there are fewer than k=${least} elements`); // prettier-ignore
  if (none !== undefined) return none;
  const kept: readonly Dim[] = flag(args, "keepdim") ? [1] : [];
  if (axis !== undefined) return shape.flatMap((size, i) => (i === axis ? kept : [size]));
  if (kept.length > 0 && rankOf(shape) === undefined) return `how many sizes stay is unknown: ${DECLARE}`;
  return shape.flatMap(() => kept);
}

/** The row that is searched: all elements without a dim. */
function rowOf(b: Builder, x: Tensor, args: Args): Tensor {
  const [dim] = dimList(args);
  return dim === undefined ? b.reshape(x, [elements(sizesOf(x))]) : atEnd(b, x, dim).row;
}

/** The elements of the last axis that stand at a place of the order, which may differ from row to row. */
function atPlace(b: Builder, { values, places }: Sorted, place: Tensor): [value: Tensor, index: Tensor] {
  const batch = sizesOf(values).length - 1;
  const pick = (from: Tensor): Tensor => b.gather(from, place, { axis: batch, batch, checked: false });
  return [pick(values), pick(places)];
}

/** The number of elements of the last axis that are not NaN, which keeps size 1. */
function numbersIn(b: Builder, x: Tensor): Tensor {
  const axis = sizesOf(x).length - 1;
  return b.reduce("sum", b.cast(b.map("eq", [x, x]), "i32"), [axis], "numbers");
}

function median(name: string, doc: string, leavesNan: boolean): LayerRecord {
  return layer({
    name,
    doc: `${doc}; with dim also where it is, the first of equal ones. Each pair is compared`,
    shapes: "x: [N, C, ...] -> values: [N, ...], indices: i32[N, ...] for dim=1; [] without dim",
    formula: "sort(x)[(count - 1) // 2]",
    source: `torch.${name.toLowerCase()}`,
    args: { dim: dimension(null), keepdim: bool(false) },
    inputs: ["x"],
    outputs: ["values", "indices"],
    auxiliary: true,
    validate: (args) => (args["dim"] === null && flag(args, "keepdim") ? "keepdim wants a dim" : undefined),
    accepts: aroundReduced,
    infer: ([x], args, context) => {
      const wrong = wantDtype(x!, "f32", "i32");
      const shape = wrong ?? chosenShape(x!, args, context);
      if (typeof shape === "string") return shape;
      const values = typed(x!.dtype, shape);
      return args["dim"] === null ? [values] : [values, typed("i32", shape)];
    },
    body: ([x], { b, args, types }) => {
      const row = rowOf(b, x!, args);
      const count = sizesOf(row).at(-1)!;
      const usual = b.constant(floorDiv(sub(count, 1), 2), "i32");
      const sizes = [...sizesOf(row).slice(0, -1), 1];
      const place = isFloat(dtypeOf(row)) ? ofNumbers(b, row, usual, leavesNan) : b.broadcast(usual, sizes);
      const chosen = atPlace(b, sortedLast(b, row, false), place);
      return types.map(({ shape }, i) => b.reshape(chosen[i]!, extents(shape)));
    },
    samples: [
      { source: `${name}()`, inputs: [[2, 3]] },
      { source: `${name}(1)`, inputs: [[2, 4, 3]] },
      { source: `${name}(dim=-1, keepdim=True)`, inputs: [[3, 7]] },
      { source: `${name}(0)`, inputs: [[5, 2]], below: 4 },
      { source: `${name}(0)`, inputs: [[]] },
    ],
  });
}

/** The place of the median of the numbers of a row, or of the first NaN where one is there and counts. */
function ofNumbers(b: Builder, row: Tensor, usual: Tensor, leavesNan: boolean): Tensor {
  const numbers = numbersIn(b, row);
  const count = b.constant(sizesOf(row).at(-1)!, "i32");
  if (!leavesNan) return b.select(b.map("lt", [numbers, count]), numbers, usual);
  return b.map("shr", [b.map("max", [b.sub(numbers, 1), 0]), 1]);
}

export const medianOf: LayerRecord = median(
  "Median",
  "the lower of the two in the middle, or the one there, along dim or of all; NaN wins",
  false,
);

export const nanMedian: LayerRecord = median(
  "NanMedian",
  "the median of what is not NaN along dim or of all; NaN where nothing is left",
  true,
);

export const kthValue: LayerRecord = layer({
  name: "KthValue",
  doc: "the k-th smallest along dim and where it is, the first of equal ones; NaN is greater than all numbers. Each pair is compared",
  shapes: "x: [N, C, ...] -> values: [N, ...], indices: i32[N, ...] for dim=1",
  formula: "sort(x)[k - 1]",
  source: "torch.kthvalue",
  args: { k: int(undefined, 1), dim: dimension(-1), keepdim: bool(false) },
  inputs: ["x"],
  outputs: ["values", "indices"],
  auxiliary: true,
  accepts: aroundReduced,
  infer: ([x], args, context) => {
    const shape = chosenShape(x!, args, context, number(args, "k"));
    return typeof shape === "string" ? shape : [typed(x!.dtype, shape), typed("i32", shape)];
  },
  body: ([x], { b, args, types }) => {
    const row = rowOf(b, x!, args);
    const place = b.full([...sizesOf(row).slice(0, -1), 1], number(args, "k") - 1, "i32");
    const chosen = atPlace(b, sortedLast(b, row, false), place);
    return types.map(({ shape }, i) => b.reshape(chosen[i]!, extents(shape)));
  },
  samples: samplesOf("KthValue", "2"),
});

export const quantile: LayerRecord = layer({
  name: "Quantile",
  doc: "the number below which a part q lies along dim or of all, between two elements by interpolation; NaN wins. Each pair is compared",
  shapes: "x: f32[N, C, ...] -> f32[N, ...] for dim=1; [] without dim",
  formula: "sort(x)[q * (count - 1)]",
  source: "torch.quantile",
  args: {
    q: float(),
    dim: dimension(null),
    keepdim: bool(false),
    interpolation: choice(["linear", "lower", "higher", "midpoint", "nearest"], "linear"),
  },
  inputs: ["x"],
  validate: (args) =>
    number(args, "q") >= 0 && number(args, "q") <= 1 ? undefined : "q must be from 0 to 1",
  accepts: aroundReduced,
  infer: ([x], args, context) => {
    const wrong = wantDtype(x!, "f32");
    const shape = wrong ?? chosenShape(x!, args, context);
    return typeof shape === "string" ? shape : [typed("f32", shape)];
  },
  body: ([x], { b, args, types }) => {
    const row = rowOf(b, x!, args);
    const count = b.constant(sizesOf(row).at(-1)!);
    const isWhole = b.map("eq", [numbersIn(b, row), b.constant(sizesOf(row).at(-1)!, "i32")]);
    const exact = b.mul(b.sub(count, 1), number(args, "q"));
    // Where a NaN is there, it is the last.
    const at = b.select(isWhole, exact, b.sub(count, 1));
    const [below, above] = [b.map("floor", [at]), b.map("neg", [b.map("floor", [b.map("neg", [at])])])];
    const sorted = sortedLast(b, row, false);
    const pick = (place: Tensor): Tensor => atPlace(b, sorted, b.cast(place, "i32"))[0];
    const between = (weight: Tensor | number): Tensor => {
      const [low, high] = [pick(below), pick(above)];
      const isSame = b.map("eq", [below, above]);
      return b.select(isSame, low, b.add(low, b.mul(b.sub(high, low), weight)));
    };
    const results: Readonly<Record<string, () => Tensor>> = {
      linear: () => between(b.sub(at, below)),
      lower: () => pick(below),
      higher: () => pick(above),
      midpoint: () => between(0.5),
      nearest: () => pick(b.map("round", [at])),
    };
    return [b.reshape(results[args["interpolation"] as string]!(), extents(types[0]!.shape))];
  },
  samples: [
    { source: "Quantile(0.3)", inputs: [[2, 3]] },
    { source: "Quantile(0.5, 1)", inputs: [[2, 4, 3]] },
    { source: "Quantile(0.8, dim=-1, keepdim=True)", inputs: [[3, 7]] },
    { source: "Quantile(0.45, 0, interpolation='midpoint')", inputs: [[5, 2]] },
    { source: "Quantile(1, interpolation='nearest')", inputs: [[]] },
  ],
});

/** The number of elements of a sorted row that stand before each value. */
function countBefore(b: Builder, row: Tensor, values: Tensor, right: boolean): Tensor {
  const [sizes, count] = [sizesOf(values), sizesOf(row).at(-1)!];
  const wide = b.reshape(values, [...sizes, 1]);
  const sequence = sizesOf(row).length === 1 ? row : b.reshape(row, [...sizesOf(row).slice(0, -1), 1, count]);
  const isBehind = right ? b.map("lt", [wide, sequence]) : b.map("le", [wide, sequence]);
  return b.reshape(b.reduce("sum", b.cast(b.map("not", [isBehind]), "i32"), [sizes.length], "count"), sizes);
}

export const bucketize: LayerRecord = layer({
  name: "Bucketize",
  doc: "for each element the number of boundaries, which ascend, below it; with right=True also of those equal to it",
  shapes: "x: [...], boundaries: [K] -> i32[...]",
  formula: "y[i] = sum(boundaries < x[i])",
  source: "torch.bucketize",
  args: { right: bool(false) },
  inputs: ["x", "boundaries"],
  infer: ([x, boundaries]) => {
    if (boundaries!.shape.length !== 1 || boundaries!.shape.some(isRun))
      return "the boundaries are one row, as in f32[K]";
    return [typed("i32", x!.shape)];
  },
  body: ([x, boundaries], { b, args }) => [countBefore(b, boundaries!, x!, flag(args, "right"))],
  samples: [
    { source: "Bucketize()", inputs: [[2, 3], [5]] },
    { source: "Bucketize(right=True)", inputs: [[7], [3]], below: 5 },
    { source: "Bucketize()", inputs: [[], [4]] },
  ], // prettier-ignore
});

export const searchSorted: LayerRecord = layer({
  name: "SearchSorted",
  doc: "where each value would be put into a sorted row: before those equal to it, with right=True behind them",
  shapes: "sequence: [K] or [..., K], values: [..., M] -> i32[..., M]",
  formula: "y[i, j] = sum(sequence[i] < values[i, j])",
  source: "torch.searchsorted",
  args: { right: bool(false) },
  inputs: ["sequence", "values"],
  infer: ([sequence, values], _args, context) => {
    const [own, others] = [sequence!.shape, values!.shape];
    if ([own, others].some((shape) => shape.some(isRun)))
      return `how many sizes it has is unknown: ${DECLARE}`;
    if (own.length === 0) return "the sequence is one row, as in f32[K], or has one for each row of values";
    const rows = own.length === 1 ? [] : extents(own).slice(0, -1);
    if (rows.length > 0 && own.length !== others.length)
      return "the sequence is one row, or has as many sizes as values";
    for (const [axis, size] of rows.entries()) {
      const wrong = context.equal(
        extents(others)[axis]!,
        size,
        "each row of values must have a row of the sequence",
      );
      if (wrong !== undefined) return wrong;
    }
    return [typed("i32", others)];
  },
  body: ([sequence, values], { b, args }) => [countBefore(b, sequence!, values!, flag(args, "right"))],
  samples: [
    { source: "SearchSorted()", inputs: [[5], [2, 3]] },
    { source: "SearchSorted(right=True)", inputs: [[2, 5], [2, 3]] },
    { source: "SearchSorted()", inputs: [[4], []], below: 5 },
  ], // prettier-ignore
});
