/** Activations whose curve levels off on one side or on both. */
import type { Builder, Tensor } from "../ir/graph/builder.ts";
import { numberText } from "../ir/types.ts";
import {
  beyondIntegers,
  clampTo,
  elementwise,
  inplace,
  elementNumber,
  samplesOf,
  wholeSamplesOf,
} from "./elementwise.ts";
import { float, number } from "./record.ts";
import type { Args, LayerRecord } from "./record.ts";

/**
 * numerator / (1 + exp(-x)). For x far below 0 the exponential is infinite and the quotient is 0, which is
 * correct.
 */
export function sigmoidOf(b: Builder, x: Tensor, numerator: Tensor | number = 1): Tensor {
  return b.div(numerator, b.add(b.map("exp", [b.map("neg", [x])]), 1));
}

export const sigmoid: LayerRecord = elementwise({
  name: "Sigmoid",
  doc: "the logistic function, from 0 to 1",
  formula: "1 / (1 + exp(-x))",
  takes: ["f32", "i32", "bool"],
  converts: true,
  compute: (b, x) => sigmoidOf(b, x),
  samples: [...samplesOf("Sigmoid()"), ...wholeSamplesOf("Sigmoid()")],
});

export const logSigmoid: LayerRecord = elementwise({
  name: "LogSigmoid",
  doc: "the logarithm of the logistic function",
  formula: "log(1 / (1 + exp(-x)))",
  // min(x, 0) - log(1 + exp(-|x|)), in which the exponential cannot overflow
  compute: (b, x) => {
    const small = b.map("exp", [b.map("neg", [b.map("abs", [x])])]);
    return b.sub(b.map("min", [x, 0]), b.map("log1p", [small]));
  },
  samples: samplesOf("LogSigmoid()"),
});

export const hardsigmoid: LayerRecord = elementwise({
  name: "Hardsigmoid",
  doc: "0 up to -3, 1 from 3, a straight line between",
  formula: "min(max(x + 3, 0), 6) / 6",
  paper: "Howard et al., arXiv:1905.02244",
  args: { inplace },
  compute: (b, x) => hardsigmoidOf(b, x),
  samples: samplesOf("Hardsigmoid()"),
});

export function hardsigmoidOf(b: Builder, x: Tensor): Tensor {
  return clampTo(b, b.div(b.add(x, 3), 6), 0, 1);
}

export const tanh: LayerRecord = elementwise({
  name: "Tanh",
  doc: "the hyperbolic tangent",
  formula: "tanh(x)",
  takes: ["f32", "i32", "bool"],
  converts: true,
  compute: (b, x) => b.map("tanh", [x]),
  samples: [...samplesOf("Tanh()"), { source: "Tanh()", inputs: [[4]], dtypes: ["bool"] }],
});

export const hardtanh: LayerRecord = elementwise({
  name: "Hardtanh",
  doc: "x between min_val and max_val, else the nearer of them; min_value and max_value are their old names",
  formula: "min(max(x, min_val), max_val)",
  args: {
    min_val: float(-1),
    max_val: float(1),
    inplace,
    min_value: float(null),
    max_value: float(null),
  },
  takes: ["f32", "i32"],
  validate: (args) => {
    const { min_val: low, max_val: high } = boundsOf(args);
    if (high > low) return undefined;
    return `max_val must be greater than min_val, but they are ${numberText(high)} and ${numberText(low)}`;
  },
  refuses: (x, args) => beyondIntegers(x, boundsOf(args)),
  compute: (b, x, args) => {
    const { min_val: low, max_val: high } = boundsOf(args);
    return clampTo(b, x, elementNumber(x, low), elementNumber(x, high));
  },
  samples: [
    ...samplesOf("Hardtanh()", "Hardtanh(-0.25, 2)", "Hardtanh(min_value=0, max_value=0.5)"),
    ...wholeSamplesOf("Hardtanh(2, 6)"),
  ],
});

/** The bounds of Hardtanh. The old names `min_value` and `max_value` win where they are given. */
function boundsOf(args: Args): { min_val: number; max_val: number } {
  const either = (name: string, old: string): number => number(args, args[old] === null ? name : old);
  return { min_val: either("min_val", "min_value"), max_val: either("max_val", "max_value") };
}

export const softsign: LayerRecord = elementwise({
  name: "Softsign",
  doc: "from -1 to 1, slower than tanh",
  formula: "x / (1 + |x|)",
  takes: ["f32", "i32"],
  converts: true,
  compute: (b, x) => b.div(x, b.add(b.map("abs", [x]), 1)),
  samples: [...samplesOf("Softsign()"), ...wholeSamplesOf("Softsign()")],
});

export const softplus: LayerRecord = elementwise({
  name: "Softplus",
  doc: "a smooth ReLU; x itself where beta * x is above threshold",
  formula: "beta * x > threshold ? x : log(1 + exp(beta * x)) / beta",
  paper: "Dugas et al., NIPS 2000",
  args: { beta: float(1), threshold: float(20) },
  compute: (b, x, args) => {
    const beta = number(args, "beta");
    // From z = 40 on, log(1 + exp(z)) equals z in float64; from 710 on, the exponential would overflow.
    const most = Math.min(elementNumber(x, number(args, "threshold")), 40);
    const z = b.mul(x, beta);
    const soft = b.div(b.map("log1p", [b.map("exp", [z])]), beta);
    return b.select(b.map("lt", [most, z]), x, soft);
  },
  samples: samplesOf("Softplus()", "Softplus(2, 1)", "Softplus(-0.5)"),
});
