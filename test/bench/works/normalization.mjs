// Normalizations, each with an activation.
import { chain } from "../onnx.mjs";
import { EPSILON, integers, jax, layerNorm, litert, tfjs } from "./forms.mjs";

/** @typedef {import("./index.mjs").Work} Work */

/** @type {Work[]} */
export const normalizations = [
  {
    name: "LayerNorm(10) -> PReLU, 1 row",
    source: "LayerNorm(10) -> PReLU(0.25)",
    shape: [1, 10],
    ...normPrelu(),
  },
  {
    name: "LayerNorm(1024) -> PReLU, 4096 rows",
    source: "LayerNorm(1024) -> PReLU(0.25)",
    shape: [4096, 1024],
    memcpy: true,
    ...normPrelu(),
  },
  {
    name: "RMSNorm(1024) -> SiLU, 4096 rows",
    source: `RMSNorm(1024, eps=${EPSILON}) -> SiLU`,
    shape: [4096, 1024],
    // ONNX Runtime's own operator, which its optimizer would otherwise make of six.
    onnx: [
      ...chain([["SimplifiedLayerNormalization", ["0.weight"], { axis: -1, epsilon: EPSILON }]], "x", "h"),
      ...chain([["Sigmoid"], ["Mul", ["h"]]], "h"),
    ],
    tfjs: (tf, p, x) => {
      const scale = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), EPSILON));
      const h = tf.mul(tf.mul(x, scale), p["0.weight"]);
      return tf.mul(h, tf.sigmoid(h));
    },
    litert: (g, p, x) => {
      const square = g.op("MEAN", [g.op("MUL", [x, x]), litert.integers(1)]);
      const h = g.op("MUL", [g.op("MUL", [x, litert.reciprocalRoot(g, square)]), p["0.weight"]]);
      return g.op("MUL", [h, g.op("LOGISTIC", [h])]);
    },
    jax: ({ numpy, nn }, p, x) => {
      const square = numpy.mean(numpy.square(x.ref), -1, { keepdims: true }).add(EPSILON);
      return nn.silu(x.mul(numpy.reciprocal(numpy.sqrt(square))).mul(p["0.weight"]));
    },
  },
  {
    name: "BatchNorm2d(64) -> ReLU, 8x64x56x56",
    source: "BatchNorm2d(64) -> ReLU",
    shape: [8, 64, 56, 56],
    onnx: chain([
      ["BatchNormalization", ["0.weight", "0.bias", "0.running_mean", "0.running_var"], { epsilon: EPSILON }],
      ["Relu"],
    ]),
    channelsLast: true,
    tfjs: (tf, p, x) =>
      tf.relu(tf.batchNorm(x, p["0.running_mean"], p["0.running_var"], p["0.bias"], p["0.weight"], EPSILON)),
    // As the converter leaves what has no convolution before it.
    litert: (g, p, x) => {
      const [weight, bias, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((name) => p[`0.${name}`].data); // prettier-ignore
      const scale = weight.map((value, channel) => value / Math.sqrt(variance[channel] + EPSILON));
      const shift = bias.map((value, channel) => value - mean[channel] * scale[channel]);
      const scaled = g.op("MUL", [x, { shape: [64], data: scale }]);
      return g.op("ADD", [scaled, { shape: [64], data: shift }], { activation: "relu" });
    },
    jax: ({ numpy, nn }, p, x) => {
      const scale = p["0.weight"].mul(numpy.reciprocal(numpy.sqrt(p["0.running_var"].add(EPSILON))));
      const shift = p["0.bias"].sub(p["0.running_mean"].mul(scale.ref));
      return nn.relu(x.mul(scale.reshape([64, 1, 1])).add(shift.reshape([64, 1, 1])));
    },
  },
  {
    name: "GroupNorm(8, 64) -> LeakyReLU, 8x64x56x56",
    source: "GroupNorm(8, 64) -> LeakyReLU(0.01)",
    shape: [8, 64, 56, 56],
    // As PyTorch's exporter writes it: ONNX Runtime has no kernel of GroupNormalization itself on the CPU.
    onnx: chain([
      ["Reshape", ["grouped"]],
      ["InstanceNormalization", ["ones", "zeros"], { epsilon: EPSILON }],
      ["Reshape", ["whole"]],
      ["Mul", ["scale"]],
      ["Add", ["shift"]],
      ["LeakyRelu", [], { alpha: 0.01 }],
    ]),
    constants: (p) => ({
      grouped: integers(8, 8, -1),
      whole: integers(8, 64, 56, 56),
      ones: { shape: [8], data: new Float32Array(8).fill(1) },
      zeros: { shape: [8], data: new Float32Array(8) },
      scale: { shape: [64, 1, 1], data: p["0.weight"].data },
      shift: { shape: [64, 1, 1], data: p["0.bias"].data },
    }),
    tfjs: (tf, p, x) => {
      const normal = tfjs.standardize(tf, tf.reshape(x, [64, -1]));
      const scaled = tf.mul(tf.reshape(normal, [8, 64, 56, 56]), tf.reshape(p["0.weight"], [64, 1, 1]));
      return tf.leakyRelu(tf.add(scaled, tf.reshape(p["0.bias"], [64, 1, 1])), 0.01);
    },
    litert: (g, p, x) => {
      const [scale, shift] = ["weight", "bias"].map((name) => ({ ...p[`0.${name}`], shape: [64, 1, 1] }));
      const groups = g.op("RESHAPE", [x, litert.integers(64, 8 * 56 * 56)]);
      const normal = g.op("RESHAPE", [litert.standardize(g, groups), litert.integers(8, 64, 56, 56)]);
      return g.op("LEAKY_RELU", [g.op("ADD", [g.op("MUL", [normal, scale]), shift])], { alpha: 0.01 });
    },
    jax: ({ nn }, p, x) => {
      const normal = nn.standardize(x.reshape([64, -1]), -1, { epsilon: EPSILON }).reshape([8, 64, 56, 56]);
      const affine = normal.mul(p["0.weight"].reshape([64, 1, 1])).add(p["0.bias"].reshape([64, 1, 1]));
      return nn.leakyRelu(affine, 0.01);
    },
  },
];

/** @returns {Pick<Work, "onnx" | "tfjs" | "litert" | "jax">} */
function normPrelu() {
  return {
    onnx: chain([layerNorm("0"), ["PRelu", ["1.weight"]]]),
    tfjs: (tf, p, x) => tf.prelu(tfjs.layerNorm(tf, p, "0", x), p["1.weight"]),
    litert: (g, p, x) => g.op("PRELU", [litert.layerNorm(g, p, "0", x), p["1.weight"]]),
    jax: (jx, p, x) => {
      const y = jax.layerNorm(jx, p, "0", x);
      return jx.numpy.where(y.ref.greater(0), y.ref, y.mul(p["1.weight"]));
    },
  };
}
