/** Sums, products, maxima and minima of each element and those before it along an axis. */
import { dtypeOf, sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { isFloat, type Dtype } from "../ir/dtype.ts";
import type { ReduceName } from "../ir/graph/primitives.ts";
import { axisIn, wantDtype } from "./axes.ts";
import { aroundAxes, wrappedAxis } from "./dims.ts";
import { dimension, layer, number, typed } from "./record.ts";
import type { LayerRecord, Sample } from "./record.ts";

interface Cumulative extends Pick<LayerRecord, "name" | "doc" | "formula"> {
  /** The dtypes that are accepted. Where it is absent, every dtype is. */
  readonly takes?: readonly Dtype[];
  readonly result?: (dtype: Dtype) => Dtype;
  /** The names of the results, where there are several. */
  readonly outputs?: readonly string[];
  /** Gives the results; an input without sizes has an axis of one element here. */
  readonly compute: (b: Builder, x: Tensor, axis: number) => readonly Tensor[];
  /** Samples on integers are left out. */
  readonly floatsAlone?: true;
}

function cumulative(spec: Cumulative): LayerRecord {
  const { takes, result = (dtype: Dtype): Dtype => dtype, compute, floatsAlone, ...rest } = spec;
  const { name, outputs } = spec;
  const results = outputs?.map((each) => `${each}: ${each === "indices" ? "i32" : ""}[N, C, ...]`);
  return layer({
    ...rest,
    shapes: `x: [N, C, ...] -> ${results?.join(", ") ?? "the same sizes"}`,
    source: `torch.${name.toLowerCase()}`,
    args: { dim: dimension() },
    inputs: ["x"],
    ...(outputs && { outputs, auxiliary: true }),
    accepts: (args) => aroundAxes([number(args, "dim")]),
    infer: ([x], args) => {
      const axis = wrappedAxis(x!.shape, number(args, "dim"));
      if (typeof axis === "string") return axis;
      const wrong = takes && wantDtype(x!, ...takes);
      if (wrong !== undefined) return wrong;
      const values = typed(result(x!.dtype), x!.shape);
      return outputs ? [values, typed("i32", x!.shape)] : [values];
    },
    body: ([x], { b, args }) => {
      const sizes = sizesOf(x!);
      if (sizes.length > 0) return compute(b, x!, axisIn(x!, number(args, "dim")));
      return compute(b, b.reshape(x!, [1]), 0).map((each) => b.reshape(each, sizes));
    },
    samples: samplesOf(name, !floatsAlone),
  });
}

function samplesOf(name: string, withIntegers: boolean): Sample[] {
  return [
    { source: `${name}(0)`, inputs: [[5]] },
    { source: `${name}(1)`, inputs: [[2, 5, 3]] },
    { source: `${name}(dim=-1)`, inputs: [[3, 20]] },
    { source: `${name}(0)`, inputs: [[]] },
    ...(withIntegers ? [{ source: `${name}(0)`, inputs: [[4, 3]], below: 3 }] : []),
  ];
}

/** The sum and the product of integers are integers, which wrap, and truth values count as 0 and 1. */
function ofNumbers(name: string, doc: string, formula: string, reduce: ReduceName): LayerRecord {
  const result = (dtype: Dtype): Dtype => (isFloat(dtype) ? dtype : "i32");
  return cumulative({
    name,
    doc,
    formula,
    result,
    compute: (b, x, axis) => [b.prefix(reduce, b.cast(x, result(dtypeOf(x))), axis)],
  });
}

export const cumSum: LayerRecord = ofNumbers(
  "CumSum",
  "the sum of each element and those before it along dim",
  "y[i] = x[0] + x[1] + … + x[i]",
  "sum",
);

export const cumProd: LayerRecord = ofNumbers(
  "CumProd",
  "the product of each element and those before it along dim",
  "y[i] = x[0] * x[1] * … * x[i]",
  "prod",
);

/**
 * Extremes of what was read so far, and where the last of them stands: each element that is equal to the extreme so far, and each
 * NaN, stands further than all before.
 */
function ofExtremes(name: string, which: "max" | "min", word: string): LayerRecord {
  return cumulative({
    name,
    doc: `the ${word} of each element and those before it along dim, and where the last of these stands; NaN wins`,
    formula: `y[i] = ${which}(x[0], …, x[i])`,
    outputs: ["values", "indices"],
    compute: (b, x, axis) => {
      const dtype = dtypeOf(x);
      const numbers = dtype === "bool" ? b.cast(x, "i32") : x;
      const values = b.prefix(which, numbers, axis, `${which}imum`);
      const isExtreme = b.map("eq", [numbers, values]);
      const isNew = isFloat(dtype)
        ? b.map("max", [isExtreme, b.map("not", [b.map("eq", [numbers, numbers])])])
        : isExtreme;
      const places = b.select(isNew, b.iota(sizesOf(x), axis), 0);
      return [b.cast(values, dtype), b.prefix("max", places, axis, "place")];
    },
  });
}

export const cumMax: LayerRecord = ofExtremes("CumMax", "max", "largest");

export const cumMin: LayerRecord = ofExtremes("CumMin", "min", "smallest");

export const logCumSumExp: LayerRecord = cumulative({
  name: "LogCumSumExp",
  doc: "the logarithm of the sum of the exponentials of each element and those before it along dim, whose powers do not overflow",
  formula: "y[i] = log(exp(x[0]) + … + exp(x[i]))",
  takes: ["f32"],
  floatsAlone: true,
  compute: (b, x, axis) => {
    const sizes = sizesOf(x);
    const order = [axis, ...sizes.map((_, i) => i).filter((i) => i !== axis)];
    const rows = b.permute(x, order);
    const [count, ...row] = sizesOf(rows) as [(typeof sizes)[number], ...typeof sizes];
    const { stacked } = b.scan({ count, begin: [b.full(row, -Infinity)] }, ([before], at) => {
      const starts = [at, ...row.map(() => 0)];
      const next = b.reshape(b.slice(rows, starts, starts.map(() => 1), [1, ...row]), row); // prettier-ignore
      const sum = logAddExp(b, before!, next);
      return { next: [sum], stacked: [sum] };
    });
    return [b.permute(stacked[0]!, order.map((_, i) => order.indexOf(i)))]; // prettier-ignore
  },
});

/** log(exp(x) + exp(y)), where infinities of one sign stay what they are. */
export function logAddExp(b: Builder, x: Tensor, y: Tensor): Tensor {
  const [least, most] = [b.map("min", [x, y]), b.map("max", [x, y])];
  const isEqual = b.map("eq", [least, most]);
  const isInfinite = b.map("eq", [b.map("abs", [least]), Infinity]);
  const sum = b.add(b.map("log1p", [b.map("exp", [b.sub(least, most)])]), most);
  return b.select(b.map("min", [isEqual, isInfinite]), y, sum);
}
