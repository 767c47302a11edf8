/** Sums, means, norms and the like over axes. */
import { dtypeOf, sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { languageDtypes, type Dtype } from "../ir/dtype.ts";
import { product } from "../ir/size/size.ts";
import { extents, numberText, type Dim, type Shape } from "../ir/types.ts";
import { DECLARE, rankOf, wantDtype } from "./axes.ts";
import { aroundReduced, axesAt, axesIn, dimList } from "./dims.ts";
import { bool, dimensions, flag, float, layer, typed } from "./record.ts";
import type { ArgSpec, Args, LayerRecord, Sample } from "./record.ts";

interface Reduction extends Pick<LayerRecord, "name" | "doc" | "formula" | "validate"> {
  readonly source?: string;
  /** The arguments. Where it is absent, they are dim and keepdim. */
  readonly args?: LayerRecord["args"];
  /** The dtypes that are accepted. Where it is absent, every dtype is. */
  readonly takes?: readonly Dtype[];
  /** Gives the result's dtype. Where it is absent, it is the input's. */
  readonly result?: (dtype: Dtype) => Dtype;
  /** Says why there is no result for an axis without values, if there is none. */
  readonly needsSome?: (args: Args) => string | undefined;
  /** Reduces the input, whose dtype is not converted, over the axes, which stay with size 1. */
  readonly compute: (b: Builder, x: Tensor, axes: readonly number[], args: Args) => Tensor;
  readonly samples?: readonly Sample[];
}

const dim: ArgSpec = dimensions(null);
const keepdim: ArgSpec = bool(false);

export function reduction(spec: Reduction): LayerRecord {
  const { takes, result = (dtype: Dtype): Dtype => dtype, needsSome, compute, ...rest } = spec;
  const results = [...new Set((takes ?? languageDtypes).map(result))].join(" or ");
  const dtype = spec.result === undefined || results === "f32" ? "" : results;
  const { name } = spec;
  return layer({
    args: { dim, keepdim },
    source: `torch.${name.toLowerCase()}`,
    samples: samplesOf(name),
    ...rest,
    shapes: `x: [N, C, ...] -> ${dtype}[N, ...] for dim=1, [N, 1, ...] with keepdim, and [] without dim`,
    inputs: ["x"],
    accepts: aroundReduced,
    infer: ([x], args, context) => {
      const { dtype, shape } = x!;
      const axes = reducedAxes(shape, dimList(args));
      if (typeof axes === "string") return axes;
      const wrong = takes && wantDtype(x!, ...takes);
      if (wrong !== undefined) return wrong;
      const demand = needsSome?.(args);
      const count = product(extents(shape).filter((_, axis) => axes.includes(axis)));
      const none = demand === undefined ? undefined : context.atLeast(count, 1, demand);
      if (none !== undefined) return none;
      const sizes = reduced(shape, axes, flag(args, "keepdim"));
      return typeof sizes === "string" ? sizes : [typed(result(dtype), sizes)];
    },
    body: ([x], { b, args, types }) => {
      const dims = dimList(args);
      const axes = dims.length === 0 ? sizesOf(x!).map((_, axis) => axis) : axesIn(x!, dims);
      return [b.reshape(compute(b, x!, axes, args), extents(types[0]!.shape))];
    },
  });
}

/** The axes that the dims name; an empty list of dims means all axes, as in PyTorch. */
function reducedAxes(shape: Shape, dims: readonly number[]): readonly number[] | string {
  return dims.length === 0 ? shape.map((_, axis) => axis) : axesAt(shape, dims);
}

function reduced(shape: Shape, axes: readonly number[], keep: boolean): Shape | string {
  if (keep && axes.length === shape.length && rankOf(shape) === undefined) {
    return `how many sizes stay is unknown: ${DECLARE}`;
  }
  return shape.flatMap((size, axis): Dim[] => (axes.includes(axis) ? (keep ? [1] : []) : [size]));
}

function samplesOf(name: string): Sample[] {
  return [
    { source: `${name}()`, inputs: [[2, 3]] },
    { source: `${name}(dim=1)`, inputs: [[2, 3, 2]] },
    { source: `${name}(dim=-1, keepdim=True)`, inputs: [[2, 5]] },
    { source: `${name}([0, 2])`, inputs: [[2, 3, 4]] },
    { source: `${name}()`, inputs: [[]] },
  ];
}

const toFloat = (): Dtype => "f32";

export const sum: LayerRecord = reduction({
  name: "Sum",
  doc: "the sum over dim, a number or a list, or over all; that of integers is an integer",
  formula: "sum(x)",
  result: (dtype) => (dtype === "bool" ? "i32" : dtype),
  compute: (b, x, axes) => b.reduce("sum", dtypeOf(x) === "bool" ? b.cast(x, "i32") : x, axes, "sum"),
});

export const mean: LayerRecord = reduction({
  name: "Mean",
  doc: "the mean over dim, a number or a list, or over all; that of integers is a float",
  formula: "sum(x) / count",
  result: toFloat,
  compute: (b, x, axes) => b.mean(b.cast(x, "f32"), axes, "mean"),
});

/**
 * The variance as the mean of the squares of the distances from the mean, so that nothing cancels. Unlike
 * `statistics`, it reads no first value: for no values it is NaN.
 */
function spreadOf(b: Builder, x: Tensor, axes: readonly number[], args: Args): Tensor {
  const centered = b.sub(x, b.mean(x, axes, "mean"));
  const squares = b.reduce("sum", b.mul(centered, centered), axes, "squares");
  const count = b.constant(product(axes.map((axis) => sizesOf(x)[axis]!)));
  const correction = (args["correction"] as number | null) ?? Number(flag(args, "unbiased"));
  return b.div(squares, b.map("max", [b.sub(count, correction), 0]));
}

function spread(spec: Pick<Reduction, "name" | "doc" | "formula" | "compute">): LayerRecord {
  return reduction({
    ...spec,
    takes: ["f32"],
    args: { dim, unbiased: bool(true), keepdim, correction: float(null) },
    validate: (args) =>
      args["correction"] !== null && !flag(args, "unbiased")
        ? "unbiased=false means correction=0: give one of the two"
        : undefined,
    samples: [
      { source: `${spec.name}()`, inputs: [[2, 3]] },
      { source: `${spec.name}(1, False)`, inputs: [[2, 3, 2]] },
      { source: `${spec.name}(dim=-1, keepdim=True)`, inputs: [[2, 5]] },
      { source: `${spec.name}([0, 2], correction=2)`, inputs: [[2, 3, 4]] },
      { source: `${spec.name}(unbiased=False)`, inputs: [[]] },
    ],
  });
}

export const variance: LayerRecord = spread({
  name: "Var",
  doc: "the variance over dim, a number or a list, or over all; correction, by default 1, is taken from the count",
  formula: "sum((x - mean(x)) ** 2) / max(count - correction, 0)",
  compute: spreadOf,
});

export const std: LayerRecord = spread({
  name: "Std",
  doc: "the standard deviation, the root of Var",
  formula: "sqrt(sum((x - mean(x)) ** 2) / max(count - correction, 0))",
  compute: (b, x, axes, args) => b.map("sqrt", [spreadOf(b, x, axes, args)]),
});

export const norm: LayerRecord = reduction({
  name: "Norm",
  doc: "the p-norm over dim, a number or a list, or over all, as of one vector; for p=0 the count of what is not 0",
  formula: "sum(|x| ** p) ** (1 / p); max(|x|) for p=inf, min(|x|) for p=-inf, sum(x != 0) for p=0",
  source: "torch.norm, torch.linalg.vector_norm",
  args: { p: { kind: "float", default: 2, choices: ["fro"] }, dim, keepdim },
  takes: ["f32"],
  needsSome: (args) => normless(order(args)),
  compute: (b, x, axes, args) => vectorNorm(b, x, axes, order(args)),
  samples: [
    { source: "Norm()", inputs: [[2, 3]] },
    { source: "Norm(1, dim=1)", inputs: [[2, 3, 2]] },
    { source: "Norm(dim=-1, keepdim=True)", inputs: [[2, 5]] },
    { source: "Norm('fro', [0, 2])", inputs: [[2, 3, 4]] },
    { source: "Norm(3, -1)", inputs: [[2, 3]] },
    { source: "Norm(0, 0)", inputs: [[2, 3]] },
    { source: "Norm(inf)", inputs: [[2, 3]] },
    { source: "Norm(-inf, 1)", inputs: [[2, 3]] },
    { source: "Norm()", inputs: [[]] },
  ],
});

/**
 * The p-norm. For p = inf and -inf it is the greatest and the least magnitude; for p = 0 it is the number of
 * values that are not 0.
 */
export function vectorNorm(b: Builder, x: Tensor, axes: readonly number[], p: number): Tensor {
  const magnitude = b.map("abs", [x]);
  if (p === Infinity) return b.reduce("max", magnitude, axes, "norm");
  if (p === -Infinity) return b.reduce("min", magnitude, axes, "norm");
  if (p === 0) return b.reduce("sum", b.cast(b.cast(x, "bool"), "f32"), axes, "norm");
  if (p === 1) return b.reduce("sum", magnitude, axes, "norm");
  if (p === 2) return b.map("sqrt", [b.reduce("sum", b.mul(x, x), axes)], "norm");
  return b.map("pow", [b.reduce("sum", b.map("pow", [magnitude, p]), axes), 1 / p], "norm");
}

/** Says why an axis without values has no p-norm, if it has none. */
export function normless(p: number): string | undefined {
  if (p >= 0 && p !== Infinity) return undefined;
  return `there is no norm with p=${numberText(p)} of no values`;
}

/** The p of a norm; Frobenius' norm is the 2-norm of all elements. */
function order(args: Args): number {
  return args["p"] === "fro" ? 2 : (args["p"] as number);
}

/** The number of elements that are not 0, counted in integers, which are exact. NaN is not 0. */
function truths(b: Builder, x: Tensor, axes: readonly number[]): Tensor {
  return b.reduce("sum", b.cast(b.cast(x, "bool"), "i32"), axes, "truths");
}

export const all: LayerRecord = reduction({
  name: "All",
  doc: "whether all are true, or not 0",
  formula: "sum(x == 0) == 0",
  result: () => "bool",
  compute: (b, x, axes) => b.map("eq", [truths(b, b.map("not", [b.cast(x, "bool")]), axes), 0]),
});

export const any: LayerRecord = reduction({
  name: "Any",
  doc: "whether any is true, or not 0",
  formula: "sum(x != 0) > 0",
  result: () => "bool",
  compute: (b, x, axes) => b.map("lt", [0, truths(b, x, axes)]),
});
