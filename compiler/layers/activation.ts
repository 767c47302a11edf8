/** Activations: elementwise functions, and softmax. */
import type { Builder, Tensor } from "../ir/build.ts";
import { dtypeOf, sizesOf } from "../ir/build.ts";
import { extents, type Shape } from "../ir/types.ts";
import { DECLARE, alongAxis, aroundAxis, axisAt, axisIn, rankOf, wantDtype, withChannels } from "./axes.ts";
import { bool, choice, constant, float, int, layer, number, typed } from "./record.ts";
import type { ArgSpec, Args, BodyContext, LayerRecord, Sample } from "./record.ts";

const ANY = [{ dtype: "f32", shape: ["..."] }] as const;

/** PyTorch's `inplace` changes no result, so it is taken and ignored. */
const inplace: ArgSpec = bool(false);

function elementwise(spec: {
  name: string;
  doc: string;
  args?: Readonly<Record<string, ArgSpec>>;
  integers?: "kept" | "converted";
  compute: (b: Builder, x: Tensor, args: Args) => Tensor;
  samples: readonly Sample[];
}): LayerRecord {
  const { name, doc, args = {}, integers, compute, samples } = spec;
  return layer({
    name,
    doc,
    args,
    inputs: ["x"],
    accepts: () => ANY,
    infer: ([x]) => {
      const { dtype, shape } = x!;
      if (integers === undefined) return wantDtype(x!, "f32") ?? [x!];
      if (integers === "kept") return wantDtype(x!, "f32", "i32") ?? [x!];
      return [typed(dtype === "f64" ? dtype : "f32", shape)];
    },
    body: ([x], { b, args, types }) => [
      compute(b, integers === "converted" ? b.cast(x!, types[0]!.dtype) : x!, args),
    ],
    samples,
  });
}

/** x * (x > 0 ? 1 : slope): on NaN, infinities and zeros of either sign the same as x > 0 ? x : slope * x. */
function leaky(b: Builder, x: Tensor, slope: Tensor | number): Tensor {
  return b.mul(x, b.select(b.map("lt", [0, x]), b.constant(1, dtypeOf(x)), slope));
}

const shapes: readonly (readonly number[])[] = [[7], [2, 5], [2, 3, 4]];

function samplesOf(...sources: readonly string[]): Sample[] {
  return sources.flatMap((source) => shapes.map((shape) => ({ source, inputs: [shape] })));
}

export const relu: LayerRecord = elementwise({
  name: "ReLU",
  doc: "max(x, 0); NaN stays NaN and -0 stays -0",
  args: { inplace },
  integers: "kept",
  compute: (b, x) => b.select(b.map("lt", [x, 0]), b.constant(0, dtypeOf(x)), x),
  samples: samplesOf("ReLU()"),
});

export const leakyRelu: LayerRecord = elementwise({
  name: "LeakyReLU",
  doc: "x where x > 0, else negative_slope * x",
  args: { negative_slope: float(0.01), inplace },
  compute: (b, x, args) => leaky(b, x, b.constant(number(args, "negative_slope"))),
  samples: samplesOf("LeakyReLU()", "LeakyReLU(0.2)"),
});

export const gelu: LayerRecord = elementwise({
  name: "GELU",
  doc: "x times the normal distribution function of x, exactly or by tanh",
  args: { approximate: choice(["none", "tanh"], "none") },
  compute: (b, x, args) => {
    const half = b.mul(x, 0.5);
    if (args["approximate"] === "none") {
      // x / 2 * (1 + erf(x / sqrt(2)))
      return b.mul(half, b.add(b.map("erf", [b.mul(x, Math.SQRT1_2)]), 1));
    }
    // x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))
    const cube = b.mul(b.mul(x, x), x);
    const inner = b.mul(b.add(x, b.mul(cube, 0.044715)), Math.sqrt(2 / Math.PI));
    return b.mul(half, b.add(b.map("tanh", [inner]), 1));
  },
  samples: samplesOf("GELU()", "GELU(approximate='tanh')"),
});

export const sigmoid: LayerRecord = elementwise({
  name: "Sigmoid",
  doc: "1 / (1 + exp(-x))",
  integers: "converted",
  compute: (b, x) => b.div(1, b.add(b.map("exp", [b.map("neg", [x])]), 1)),
  samples: samplesOf("Sigmoid()"),
});

export const tanh: LayerRecord = elementwise({
  name: "Tanh",
  doc: "the hyperbolic tangent",
  integers: "converted",
  compute: (b, x) => b.map("tanh", [x]),
  samples: samplesOf("Tanh()"),
});

export const prelu: LayerRecord = layer({
  name: "PReLU",
  doc: "x where x > 0, else weight * x, with one weight or one for each channel (dim 1)",
  args: { num_parameters: int(1, 1), init: float(0.25) },
  inputs: ["x"],
  // A single number is the slope where it is written as one and the channels where it can only be they.
  arrange: ([first, ...more]) => {
    if (first === undefined) return [];
    if (more.length > 0) return ["num_parameters", "init"];
    if (first.float) return ["init"];
    if (typeof first.value === "number" && first.value <= 1) {
      const { value } = first;
      return {
        reason: `PReLU(${value}) could be either: write PReLU(init=${value}) for the slope, or PReLU(num_parameters=${value}) for the number of slopes`,
      };
    }
    return ["num_parameters"];
  },
  accepts: (args) => {
    const channels = number(args, "num_parameters");
    return channels === 1 ? ANY : [{ dtype: "f32", shape: ["N", channels, "..."] }];
  },
  parameters: (args) => [
    {
      name: "weight",
      role: "param",
      dtype: "f32",
      shape: [number(args, "num_parameters")],
      init: constant(number(args, "init")),
    },
  ],
  infer: ([x], args, context) => {
    const wrong = wantDtype(x!, "f32");
    if (wrong !== undefined) return wrong;
    const channels = number(args, "num_parameters");
    return channels === 1 ? [x!] : withChannels(x!, channels, context);
  },
  body: ([input], { b, args, parameters, types }) => {
    const channels = number(args, "num_parameters");
    const x = b.reshape(input!, extents(types[0]!.shape));
    const sizes = channels === 1 ? [] : alongAxis(channels, 1, sizesOf(x).length);
    return [leaky(b, x, b.reshape(parameters["weight"]!, sizes))];
  },
  samples: [
    { source: "PReLU()", inputs: [[4]] },
    { source: "PReLU(0.1)", inputs: [[2, 3]] },
    { source: "PReLU(3)", inputs: [[2, 3]] },
    { source: "PReLU(3, 0.5)", inputs: [[2, 3, 4]] },
    { source: "PReLU(num_parameters=2, init=-1.5)", inputs: [[3, 2, 2, 3]] },
  ],
});

export const softmax: LayerRecord = layer({
  name: "Softmax",
  doc: "exp(x) over its sum along dim; without a dim, PyTorch's old choice by rank",
  args: { dim: int(null) },
  inputs: ["x"],
  accepts: (args) => {
    const dim = args["dim"];
    if (typeof dim !== "number") return [{ dtype: "f32", shape: ["N", "C"] }];
    return [{ dtype: "f32", shape: aroundAxis(dim) }];
  },
  infer: ([x], args) => {
    const wrong = wantDtype(x!, "f32");
    if (wrong !== undefined) return wrong;
    const dim = softmaxDim(x!.shape, args);
    if (x!.shape.length === 0 && (dim === 0 || dim === -1)) return [x!]; // PyTorch lets a scalar be a row
    const axis = typeof dim === "string" ? dim : axisAt(x!.shape, dim);
    return typeof axis === "string" ? axis : [x!];
  },
  body: ([x], { b, args, types }: BodyContext) => {
    const { shape } = types[0]!;
    const axes = shape.length === 0 ? [] : [axisIn(x!, softmaxDim(shape, args) as number)];
    const maximum = b.reduce("max", x!, axes, "maximum");
    const exponential = b.map("exp", [b.sub(x!, maximum)], "exponential");
    return [b.div(exponential, b.reduce("sum", exponential, axes, "sum"))];
  },
  samples: [
    { source: "Softmax(dim=-1)", inputs: [[6]] },
    { source: "Softmax(dim=1)", inputs: [[2, 5]] },
    { source: "Softmax(dim=1)", inputs: [[2, 5, 3]] },
    { source: "Softmax(dim=-2)", inputs: [[2, 5, 3]] },
    { source: "Softmax(0)", inputs: [[3, 2, 2]] },
    { source: "Softmax()", inputs: [[2, 4]] },
    { source: "Softmax()", inputs: [[2, 4, 3]] },
  ],
});

/** PyTorch's implicit choice: dim 0 for 0, 1 and 3 sizes, else dim 1. */
function softmaxDim(shape: Shape, args: Args): number | string {
  const dim = args["dim"];
  if (typeof dim === "number") return dim;
  const rank = rankOf(shape);
  if (rank === undefined) return `without dim it goes by the number of sizes: write dim=…, or ${DECLARE}`;
  return rank === 0 || rank === 1 || rank === 3 ? 0 : 1;
}
