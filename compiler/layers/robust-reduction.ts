/** Products, reductions that leave NaN out, and sums of exponentials. */
import { dtypeOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { isFloat } from "../ir/dtype.ts";
import { axisAt, axisIn, wantDtype } from "./axes.ts";
import { aroundAxes } from "./dims.ts";
import { ANY } from "./elementwise.ts";
import { bool, dimension, dimensions, float, layer, number } from "./record.ts";
import type { LayerRecord } from "./record.ts";
import { normless, reduction, vectorNorm } from "./reduction.ts";

export const prod: LayerRecord = reduction({
  name: "Prod",
  doc: "the product along dim or of all; that of integers is an integer",
  formula: "prod(x)",
  args: { dim: dimension(null), keepdim: bool(false) },
  result: (dtype) => (dtype === "bool" ? "i32" : dtype),
  compute: (b, x, axes) => b.reduce("prod", dtypeOf(x) === "bool" ? b.cast(x, "i32") : x, axes, "product"),
  samples: [
    { source: "Prod()", inputs: [[2, 3]] },
    { source: "Prod(1)", inputs: [[2, 3, 2]] },
    { source: "Prod(dim=-1, keepdim=True)", inputs: [[2, 20]] },
    { source: "Prod(0)", inputs: [[3, 2]], below: 9 },
    { source: "Prod()", inputs: [[]] },
  ],
});

function isNumber(b: Builder, x: Tensor): Tensor {
  return b.map("eq", [x, x]);
}

/** The sum of what is not NaN. */
function sumOfNumbers(b: Builder, x: Tensor, axes: readonly number[]): Tensor {
  const whole = dtypeOf(x) === "bool" ? b.cast(x, "i32") : x;
  const terms = isFloat(dtypeOf(whole)) ? b.select(isNumber(b, whole), whole, 0) : whole;
  return b.reduce("sum", terms, axes, "sum");
}

export const nanSum: LayerRecord = reduction({
  name: "NanSum",
  doc: "the sum of what is not NaN over dim, a number or a list, or over all",
  formula: "sum(x == x ? x : 0)",
  result: (dtype) => (dtype === "bool" ? "i32" : dtype),
  compute: sumOfNumbers,
});

export const nanMean: LayerRecord = reduction({
  name: "NanMean",
  doc: "the mean of what is not NaN over dim, a number or a list, or over all; NaN where nothing is left",
  formula: "sum(x == x ? x : 0) / sum(x == x)",
  takes: ["f32"],
  compute: (b, x, axes) =>
    b.div(sumOfNumbers(b, x, axes), b.reduce("sum", b.cast(isNumber(b, x), "f32"), axes, "count")),
});

export const logSumExp: LayerRecord = reduction({
  name: "LogSumExp",
  doc: "the logarithm of the sum of exponentials over dim, a number or a list; no power overflows",
  formula: "log(sum(exp(x)))",
  args: { dim: dimensions(), keepdim: bool(false) },
  takes: ["f32"],
  compute: (b, x, axes) => {
    const largest = b.reduce("max", x, axes, "maximum");
    // Nothing is taken away where that would be an infinity, and leave NaN.
    const isInfinite = b.map("eq", [b.map("abs", [largest]), Infinity]);
    const base = b.select(isInfinite, 0, largest);
    return b.add(b.map("log", [b.reduce("sum", b.map("exp", [b.sub(x, base)]), axes, "sum")]), base);
  },
  samples: [
    { source: "LogSumExp(0)", inputs: [[5]] },
    { source: "LogSumExp(dim=1)", inputs: [[2, 3, 2]] },
    { source: "LogSumExp(dim=-1, keepdim=True)", inputs: [[2, 20]] },
    { source: "LogSumExp([0, 2])", inputs: [[2, 3, 4]] },
    { source: "LogSumExp(0)", inputs: [[]] },
  ],
});

/** The largest float32. */
const LARGEST = 2 ** 128 - 2 ** 104;

export const nanToNum: LayerRecord = layer({
  name: "NanToNum",
  doc: "x with nan for NaN, posinf for inf and neginf for -inf, by default the largest and the least f32",
  shapes: "x: f32[...] or i32[...] -> the same",
  formula: "x != x ? nan : x == inf ? posinf : x == -inf ? neginf : x",
  source: "torch.nan_to_num",
  args: { nan: float(0), posinf: float(null), neginf: float(null) },
  inputs: ["x"],
  accepts: () => ANY,
  infer: ([x]) => wantDtype(x!, "f32", "i32") ?? [x!],
  body: ([x], { b, args }) => {
    if (!isFloat(dtypeOf(x!))) return [x!];
    const bound = (name: string, usual: number): number => (args[name] as number | null) ?? usual;
    const below = b.select(b.map("eq", [x!, -Infinity]), bound("neginf", -LARGEST), x!);
    const finite = b.select(b.map("eq", [x!, Infinity]), bound("posinf", LARGEST), below);
    return [b.select(isNumber(b, x!), finite, number(args, "nan"))];
  },
  samples: [
    { source: "NanToNum()", inputs: [[7]] },
    { source: "NanToNum(1, 2, -3)", inputs: [[2, 3]] },
    { source: "NanToNum(posinf=5)", inputs: [[]] },
    { source: "NanToNum()", inputs: [[2, 3]], below: 5 },
  ],
});

export const normalize: LayerRecord = layer({
  name: "Normalize",
  doc: "x over its p-norm along dim; a norm below eps counts as eps",
  shapes: "x: [N, C, ...] -> the same",
  formula: "x / max(norm(x, p, dim), eps)",
  source: "torch.nn.functional.normalize",
  args: { p: float(2), dim: dimension(1), eps: float(1e-12) },
  inputs: ["x"],
  accepts: (args) => aroundAxes([number(args, "dim")]),
  infer: ([x], args, context) => {
    const axis = axisAt(x!.shape, number(args, "dim"));
    if (typeof axis === "string") return axis;
    const none = normless(number(args, "p"));
    const size = x!.shape[axis]!;
    const wrong = none !== undefined && typeof size !== "object" ? context.atLeast(size, 1, none) : undefined;
    return wantDtype(x!, "f32") ?? wrong ?? [x!];
  },
  body: ([x], { b, args }) => {
    const axis = axisIn(x!, number(args, "dim"));
    const norm = vectorNorm(b, x!, [axis], number(args, "p"));
    const least = number(args, "eps");
    return [b.div(x!, b.select(b.map("lt", [norm, least]), least, norm))];
  },
  samples: [
    { source: "Normalize()", inputs: [[3, 5]] },
    { source: "Normalize(1, dim=-1)", inputs: [[2, 3, 4]] },
    { source: "Normalize(dim=0, eps=0.5)", inputs: [[7]] },
    { source: "Normalize(inf, 1)", inputs: [[2, 3, 2]] },
  ],
});
