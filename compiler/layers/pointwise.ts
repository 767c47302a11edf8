/** Functions of each element, under their names in `torch`. */
import { dtypeOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { isInteger, type Dtype } from "../ir/dtype.ts";
import type { MapName } from "../ir/graph/primitives.ts";
import { extents } from "../ir/types.ts";
import { wantDtype } from "./axes.ts";
import { asFloat32 } from "./discontinuous.ts";
import { ANY } from "./elementwise.ts";
import { float, layer, typed } from "./record.ts";
import type { Args, LayerRecord } from "./record.ts";

interface Pointwise extends Pick<LayerRecord, "name" | "doc" | "formula" | "shapes"> {
  /** Where it comes from. Where it is absent, that is the entry's name in small letters, in `torch`. */
  readonly source?: string;
  /** The ends of the interval from which samples are drawn, for a function that is NaN elsewhere. */
  readonly within?: readonly [low: number, high: number];
  readonly takes: readonly Dtype[];
  /** Gives the result's dtype. Where it is absent, it is the input's. */
  readonly result?: (dtype: Dtype) => Dtype;
  readonly compute: (b: Builder, x: Tensor) => Tensor;
}

// The tests fill inputs of these shapes with positive numbers, as logarithms and roots need them.
const shapes: readonly (readonly number[])[] = [[7], [2, 3], []];

export function pointwise(spec: Pointwise): LayerRecord {
  const { takes, result = (dtype: Dtype): Dtype => dtype, compute, within, ...rest } = spec;
  const { name } = spec;
  const source = `${name}()`;
  // Whole numbers below 5 are beyond such an interval.
  const integers = takes.includes("i32") && !within ? [{ source, inputs: [[2, 3]], below: 5 }] : [];
  const bools = takes.includes("f32") ? [] : [[4], []].map((shape) => ({ source, inputs: [shape], dtypes: ["bool" as const] })); // prettier-ignore
  const floats = takes.includes("f32") ? shapes.map((shape) => ({ source, inputs: [shape], ...(within && { within }) })) : []; // prettier-ignore
  return layer({
    source: `torch.${name.toLowerCase()}`,
    ...rest,
    args: {},
    inputs: ["x"],
    accepts: () => (takes.includes("f32") ? ANY : [{ dtype: "i32", shape: ["..."] }]),
    infer: ([x]) => wantDtype(x!, ...takes) ?? [typed(result(x!.dtype), x!.shape)],
    body: ([x], { b }) => [compute(b, x!)],
    samples: [...floats, ...integers, ...bools],
  });
}

/** An entry whose result is a float for inputs of every dtype. */
export function floating(
  name: string,
  doc: string,
  formula: string,
  compute: (b: Builder, x: Tensor) => Tensor,
  within?: readonly [low: number, high: number],
): LayerRecord {
  return pointwise({
    name,
    doc,
    formula,
    shapes: "x: [...], of any dtype -> f32[...]",
    takes: ["f32", "i32", "bool"],
    result: () => "f32",
    compute: (b, x) => compute(b, b.cast(x, "f32")),
    ...(within && { within }),
  });
}

export const mapped =
  (name: MapName) =>
  (b: Builder, x: Tensor): Tensor =>
    b.map(name, [x]);

export const exp: LayerRecord = floating("Exp", "e to the power x", "exp(x)", mapped("exp"));

export const expm1: LayerRecord = floating(
  "Expm1",
  "e to the power x, less 1; exact near 0",
  "exp(x) - 1",
  mapped("expm1"),
);

export const log: LayerRecord = floating("Log", "the natural logarithm", "log(x)", mapped("log"));

export const log1p: LayerRecord = floating(
  "Log1p",
  "the natural logarithm of 1 + x; exact near 0",
  "log(1 + x)",
  mapped("log1p"),
);

export const sqrt: LayerRecord = floating("Sqrt", "the square root", "sqrt(x)", mapped("sqrt"));

export const rsqrt: LayerRecord = floating("Rsqrt", "1 over the square root", "1 / sqrt(x)", (b, x) =>
  b.div(1, b.map("sqrt", [x])),
);

export const reciprocal: LayerRecord = floating("Reciprocal", "1 over x", "1 / x", (b, x) => b.div(1, x));

export const sin: LayerRecord = floating("Sin", "the sine of x in radians", "sin(x)", mapped("sin"));

export const cos: LayerRecord = floating("Cos", "the cosine of x in radians", "cos(x)", mapped("cos"));

export const erf: LayerRecord = floating("Erf", "the error function", "erf(x)", mapped("erf"));

const SAME = "x: f32[...] or i32[...] -> the same";

/** An entry that rounds floats and returns integers unchanged. */
function rounding(name: string, doc: string, compute: (b: Builder, x: Tensor) => Tensor): LayerRecord {
  return pointwise({
    name,
    doc,
    formula: `${name.toLowerCase()}(x)`,
    shapes: SAME,
    takes: ["f32", "i32"],
    compute: (b, x) => (isInteger(dtypeOf(x)) ? x : compute(b, asFloat32(b, x))),
  });
}

export const floor: LayerRecord = rounding("Floor", "the largest whole number not above x", mapped("floor"));

export const ceil: LayerRecord = rounding("Ceil", "the smallest whole number not below x", (b, x) =>
  b.map("neg", [b.map("floor", [b.map("neg", [x])])]),
);

export const round: LayerRecord = rounding(
  "Round",
  "the nearest whole number, of two the even one",
  mapped("round"),
);

export const abs: LayerRecord = pointwise({
  name: "Abs",
  doc: "the absolute value",
  formula: "|x|",
  shapes: SAME,
  takes: ["f32", "i32"],
  compute: mapped("abs"),
});

export const sign: LayerRecord = pointwise({
  name: "Sign",
  doc: "1 where x > 0, -1 where x < 0, else 0, also for NaN",
  formula: "(x > 0) - (x < 0)",
  shapes: SAME,
  takes: ["f32", "i32"],
  compute: (b, x) => {
    const [above, below] = [b.map("lt", [0, x]), b.map("lt", [x, 0])];
    return b.sub(b.cast(above, dtypeOf(x)), b.cast(below, dtypeOf(x)));
  },
});

export const square: LayerRecord = pointwise({
  name: "Square",
  doc: "x times x",
  formula: "x * x",
  shapes: SAME,
  takes: ["f32", "i32"],
  compute: (b, x) => b.mul(x, x),
});

export const isNan: LayerRecord = pointwise({
  name: "IsNan",
  doc: "whether x is NaN",
  formula: "x != x",
  shapes: "x: [...], of any dtype -> bool[...]",
  takes: ["f32", "i32", "bool"],
  result: () => "bool",
  compute: (b, x) => b.map("not", [b.map("eq", [x, x])]),
});

/**
 * The dtype of the result: an integer input with integer bounds stays an integer; with other bounds it becomes a
 * float, as in PyTorch.
 */
function clamped(dtype: Dtype, args: Args): Dtype {
  const whole = boundsOf(args).every((bound) => bound === null || bound === (bound | 0));
  return dtype !== "f32" && whole ? "i32" : "f32";
}

function boundsOf(args: Args): readonly [min: number | null, max: number | null] {
  return [args["min"] as number | null, args["max"] as number | null];
}

export const clamp: LayerRecord = layer({
  name: "Clamp",
  aliases: ["Clip"],
  doc: "min where x is below it, max where x is above it, else x, also for NaN; min > max gives max",
  shapes: "x: [...] -> f32[...], or i32[...] where x and the bounds are whole",
  formula: "min(max(x, min), max)",
  source: "torch.clamp",
  args: { min: float(null), max: float(null) },
  inputs: ["x"],
  validate: (args) =>
    boundsOf(args).some((bound) => bound !== null) ? undefined : "at least one of min and max must be given",
  accepts: () => ANY,
  infer: ([x], args) => [typed(clamped(x!.dtype, args), x!.shape)],
  body: ([x], { b, args, types }) => {
    const [min, max] = boundsOf(args);
    // If both bounds are given and one is NaN, every result is NaN. A single bound that is NaN has no effect.
    if (min !== null && max !== null && [min, max].some(Number.isNaN)) {
      return [b.full(extents(types[0]!.shape), NaN)];
    }
    let y = b.cast(x!, types[0]!.dtype);
    if (min !== null) y = b.select(b.map("lt", [y, min]), min, y);
    if (max !== null) y = b.select(b.map("lt", [max, y]), max, y);
    return [y];
  },
  samples: [
    { source: "Clamp(-1, 0.5)", inputs: [[7]] },
    { source: "Clamp(min=0.1)", inputs: [[2, 3]] },
    { source: "Clamp(max=-0.1)", inputs: [[2, 5]] },
    { source: "Clamp(1, 3)", inputs: [[2, 3]], below: 5 },
    { source: "Clamp(min=1.5)", inputs: [[2, 3]], below: 5 },
  ],
});

/** x without its fraction; what lies between -1 and 0 is -0. */
function wholePart(b: Builder, x: Tensor): Tensor {
  const up = b.map("neg", [b.map("floor", [b.map("neg", [x])])]);
  return b.select(b.map("lt", [x, 0]), up, b.map("floor", [x]));
}

export const trunc: LayerRecord = rounding("Trunc", "the whole number next to x on the side of 0", wholePart);

export const frac: LayerRecord = pointwise({
  name: "Frac",
  doc: "what Trunc takes away, with the sign of x; NaN for infinities",
  formula: "x - trunc(x)",
  shapes: "x: [...] -> the same",
  takes: ["f32"],
  compute: (b, x) => {
    const seen = asFloat32(b, x);
    return b.sub(seen, wholePart(b, seen));
  },
});

/** An entry that asks something of the magnitude of each number. */
function ofMagnitude(
  name: string,
  doc: string,
  formula: string,
  ask: (b: Builder, x: Tensor) => Tensor,
): LayerRecord {
  return pointwise({
    name,
    doc,
    formula,
    shapes: "x: [...], of any dtype -> bool[...]",
    takes: ["f32", "i32", "bool"],
    result: () => "bool",
    compute: (b, x) => ask(b, b.map("abs", [b.cast(x, "f32")])),
  });
}

export const isInf: LayerRecord = ofMagnitude("IsInf", "whether x is inf or -inf", "|x| == inf", (b, x) =>
  b.map("eq", [x, Infinity]),
);

export const isFinite: LayerRecord = ofMagnitude(
  "IsFinite",
  "whether x is neither inf nor -inf nor NaN",
  "|x| < inf",
  (b, x) => b.map("lt", [x, Infinity]),
);
