/**
 * Gated activations: values are multiplied by a gate between 0 and 1, which is computed from the values
 * themselves or from the other half of the input.
 */
import { divideExactly, floorDiv, mul } from "../ir/size/size.ts";
import { extent, extents } from "../ir/types.ts";
import { aroundAxis, axisAt, axisIn, wantDtype } from "./axes.ts";
import { elementwise, inplace, samplesOf } from "./elementwise.ts";
import { choice, dimension, layer, number, typed } from "./record.ts";
import type { LayerRecord } from "./record.ts";
import { hardsigmoidOf, sigmoidOf } from "./sigmoidal.ts";

export const gelu: LayerRecord = elementwise({
  name: "GELU",
  doc: "x times the normal distribution function of x, exactly or by tanh",
  formula: "x / 2 * (1 + erf(x / sqrt(2))), or with tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)) for erf",
  paper: "Hendrycks and Gimpel, arXiv:1606.08415",
  args: { approximate: choice(["none", "tanh"], "none") },
  compute: (b, x, args) => {
    if (args["approximate"] === "none") {
      return b.mul(b.mul(x, 0.5), b.add(b.map("erf", [b.mul(x, Math.SQRT1_2)]), 1));
    }
    // (1 + tanh(z)) / 2 is the logistic function of 2 * z, which keeps its digits where tanh is near -1.
    const cube = b.mul(b.mul(x, x), x);
    return sigmoidOf(b, b.mul(b.add(x, b.mul(cube, 0.044715)), 2 * Math.sqrt(2 / Math.PI)), x);
  },
  samples: samplesOf("GELU()", "GELU(approximate='tanh')"),
});

export const silu: LayerRecord = elementwise({
  name: "SiLU",
  doc: "x times its logistic function",
  formula: "x / (1 + exp(-x))",
  paper: "Hendrycks and Gimpel, arXiv:1606.08415; Elfwing et al., arXiv:1702.03118",
  args: { inplace },
  compute: (b, x) => sigmoidOf(b, x, x),
  samples: samplesOf("SiLU()"),
});

export const mish: LayerRecord = elementwise({
  name: "Mish",
  doc: "x times the hyperbolic tangent of its softplus",
  formula: "x * tanh(log(1 + exp(x)))",
  paper: "Misra, arXiv:1908.08681",
  args: { inplace },
  // tanh(log(1 + e)) = n / (n + 2) = 1 / (1 + 2 / n) with n = e * (e + 2). The last form holds where n is
  // infinite.
  compute: (b, x) => {
    const e = b.map("exp", [x]);
    return b.div(x, b.add(b.div(2, b.mul(e, b.add(e, 2))), 1));
  },
  samples: samplesOf("Mish()"),
});

export const hardswish: LayerRecord = elementwise({
  name: "Hardswish",
  doc: "x times its Hardsigmoid",
  formula: "x * min(max(x + 3, 0), 6) / 6",
  paper: "Howard et al., arXiv:1905.02244",
  args: { inplace },
  compute: (b, x) => b.mul(x, hardsigmoidOf(b, x)),
  samples: samplesOf("Hardswish()"),
});

export const glu: LayerRecord = layer({
  name: "GLU",
  doc: "the first half along dim, times the logistic function of the second half",
  shapes: "x: [..., 2 * D] -> [..., D]",
  formula: "a / (1 + exp(-b)) where [a, b] are the halves of x along dim",
  source: "torch.nn.GLU; Dauphin et al., arXiv:1612.08083",
  args: { dim: dimension(-1) },
  inputs: ["x"],
  accepts: (args) => [{ dtype: "f32", shape: aroundAxis(number(args, "dim")) }],
  infer: ([x], args, context) => {
    const wrong = wantDtype(x!, "f32");
    if (wrong !== undefined) return wrong;
    const dim = number(args, "dim");
    const axis = axisAt(x!.shape, dim);
    if (typeof axis === "string") return axis;
    const whole = extent(x!.shape[axis]!);
    const half = divideExactly(whole, 2) ?? floorDiv(whole, 2);
    const odd = context.equal(whole, mul(half, 2), `the size at dim ${dim} must be even`);
    return odd ?? [typed(x!.dtype, x!.shape.map((size, i) => (i === axis ? half : size)))]; // prettier-ignore
  },
  body: ([x], { b, args, types }) => {
    const sizes = extents(types[0]!.shape);
    const axis = axisIn(x!, number(args, "dim"));
    const steps = sizes.map(() => 1);
    const half = (start: number) => b.slice(x!, sizes.map((size, i) => (i === axis ? mul(size, start) : 0)), steps, sizes); // prettier-ignore
    return [sigmoidOf(b, half(1), half(0))];
  },
  samples: [
    { source: "GLU()", inputs: [[6]] },
    { source: "GLU()", inputs: [[2, 3, 4]] },
    { source: "GLU(1)", inputs: [[2, 6, 3]] },
    { source: "GLU(dim=-2)", inputs: [[2, 4, 3]] },
    { source: "GLU(0)", inputs: [[4]] },
  ],
});
