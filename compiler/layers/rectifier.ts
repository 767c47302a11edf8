/** Rectifiers return x where it is positive, and something smaller elsewhere. */
import { dtypeOf, sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { extents, numberText } from "../ir/types.ts";
import { alongAxis, wantDtype, withChannels } from "./axes.ts";
import {
  ANY,
  beyondIntegers,
  clampTo,
  elementwise,
  inplace,
  elementNumber,
  samplesOf,
  wholeSamplesOf,
} from "./elementwise.ts";
import { constant, float, int, layer, number } from "./record.ts";
import type { LayerRecord } from "./record.ts";

export const relu: LayerRecord = elementwise({
  name: "ReLU",
  doc: "max(x, 0); NaN stays NaN and -0 stays -0",
  formula: "x < 0 ? 0 : x",
  args: { inplace },
  takes: ["f32", "i32"],
  compute: (b, x) => b.select(b.map("lt", [x, 0]), 0, x),
  samples: [...samplesOf("ReLU()"), ...wholeSamplesOf("ReLU()")],
});

export const relu6: LayerRecord = elementwise({
  name: "ReLU6",
  doc: "x between 0 and 6, else the nearer of them",
  formula: "min(max(x, 0), 6)",
  args: { inplace },
  takes: ["f32", "i32"],
  compute: (b, x) => clampTo(b, x, 0, 6),
  samples: [...samplesOf("ReLU6()"), ...wholeSamplesOf("ReLU6()")],
});

export const threshold: LayerRecord = elementwise({
  name: "Threshold",
  doc: "value where x is at most threshold, else x",
  formula: "x <= threshold ? value : x",
  args: { threshold: float(), value: float(), inplace },
  takes: ["f32", "i32"],
  refuses: (x, args) =>
    beyondIntegers(x, { threshold: number(args, "threshold"), value: number(args, "value") }),
  compute: (b, x, args) => {
    const replaced = b.map("le", [x, elementNumber(x, number(args, "threshold"))]);
    return b.select(replaced, elementNumber(x, number(args, "value")), x);
  },
  samples: [
    ...samplesOf("Threshold(0.1, 20)", "Threshold(0, 0)", "Threshold(-0.5, value=-1)"),
    ...wholeSamplesOf("Threshold(4, -7)"),
  ],
});

/** x * (x > 0 ? 1 : slope). On NaN, infinities and zeros of either sign this equals x > 0 ? x : slope * x. */
function leaky(b: Builder, x: Tensor, slope: Tensor | number): Tensor {
  return b.mul(x, b.select(b.map("lt", [0, x]), b.constant(1, dtypeOf(x)), slope));
}

export const leakyRelu: LayerRecord = elementwise({
  name: "LeakyReLU",
  doc: "x where x > 0, else negative_slope * x",
  formula: "x > 0 ? x : negative_slope * x",
  paper: "Maas et al., ICML 2013",
  args: { negative_slope: float(0.01), inplace },
  compute: (b, x, args) => leaky(b, x, b.constant(number(args, "negative_slope"))),
  samples: samplesOf("LeakyReLU()", "LeakyReLU(0.2)"),
});

export const rrelu: LayerRecord = elementwise({
  name: "RReLU",
  doc: "x where x > 0, else x times a slope: in eval the middle of lower and upper, in training one drawn between them",
  formula: "x > 0 ? x : (lower + upper) / 2 * x; in training slopes are drawn",
  paper: "Xu et al., arXiv:1505.00853",
  args: { lower: float(1 / 8), upper: float(1 / 3), inplace },
  validate: (args) => {
    const [lower, upper] = [number(args, "lower"), number(args, "upper")];
    if (lower <= upper) return undefined;
    return `lower must not be greater than upper, but they are ${numberText(lower)} and ${numberText(upper)}`;
  },
  compute: (b, x, args, mode) => {
    const [lower, upper] = [number(args, "lower"), number(args, "upper")];
    const slopes = mode === "train" ? b.random("slopes", sizesOf(x), [lower, upper], x) : undefined;
    if (slopes && lower < upper) return b.mul(x, slopes);
    return leaky(b, x, b.constant((lower + upper) / 2));
  },
  samples: samplesOf("RReLU()", "RReLU(-0.5, 1.5)", "RReLU(0.2, 0.2)"),
});

export const prelu: LayerRecord = layer({
  name: "PReLU",
  doc: "x where x > 0, else weight * x, with one weight or one for each channel (dim 1)",
  shapes: "x: [...] -> [...]; with num_parameters > 1, x: [N, num_parameters, ...] -> the same",
  formula: "x > 0 ? x : weight * x",
  source: "torch.nn.PReLU; He et al., arXiv:1502.01852",
  args: { num_parameters: int(1, 1), init: float(0.25) },
  inputs: ["x"],
  // A single number is the slope if it is written as a float (`PReLU(0.1)`), and the number of channels if it is
  // a whole number above 1 (`PReLU(16)`).
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

/** x > 0 ? gain * x : depth * (exp(rate * x) - 1) */
function exponential(b: Builder, x: Tensor, { gain = 1, depth = 1, rate = 1 }): Tensor {
  // expm1(-0) is -0, where exp(-0) - 1 is 0; adding 0 makes it 0.
  const below = b.add(b.map("expm1", [b.mul(x, rate)]), 0);
  return b.select(b.map("lt", [0, x]), b.mul(x, gain), b.mul(below, depth));
}

export const elu: LayerRecord = elementwise({
  name: "ELU",
  doc: "x where x > 0, else an exponential that falls to -alpha",
  formula: "x > 0 ? x : alpha * (exp(x) - 1)",
  paper: "Clevert et al., arXiv:1511.07289",
  args: { alpha: float(1), inplace },
  compute: (b, x, args) => exponential(b, x, { depth: number(args, "alpha") }),
  samples: samplesOf("ELU()", "ELU(0.5)"),
});

// SELU's constants make mean 0 and variance 1 a fixed point; they are derived in the appendix of the paper.
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

export const selu: LayerRecord = elementwise({
  name: "SELU",
  doc: "a scaled ELU that keeps mean 0 and variance 1 from layer to layer",
  formula:
    "scale * (x > 0 ? x : alpha * (exp(x) - 1)), scale = 1.0507009873554805, alpha = 1.6732632423543772",
  paper: "Klambauer et al., arXiv:1706.02515",
  args: { inplace },
  compute: (b, x) => exponential(b, x, { gain: SELU_SCALE, depth: SELU_SCALE * SELU_ALPHA }),
  samples: samplesOf("SELU()"),
});

export const celu: LayerRecord = elementwise({
  name: "CELU",
  doc: "x where x > 0, else an exponential that falls to -alpha, of slope 1 at 0",
  formula: "x > 0 ? x : alpha * (exp(x / alpha) - 1)",
  paper: "Barron, arXiv:1704.07483",
  args: { alpha: float(1), inplace },
  validate: (args) => (number(args, "alpha") === 0 ? "alpha must not be 0" : undefined),
  compute: (b, x, args) =>
    exponential(b, x, { depth: number(args, "alpha"), rate: 1 / number(args, "alpha") }),
  samples: samplesOf("CELU()", "CELU(0.5)", "CELU(-2)"),
});
