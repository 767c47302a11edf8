// The works that are compared: each once for nnc, once for ONNX Runtime, once for TensorFlow.js.

/**
 * `parameters` are what nnc's model has, by its names; `constants` adds what only the ONNX graph needs.
 * `channelsLast`: TensorFlow.js has this work for that layout only, so it gets and gives its own layout.
 * @typedef {import("./onnx.mjs").Constant} Constant
 * @typedef {Record<string, { shape: readonly number[], data: Float32Array }>} Parameters
 * @typedef {{
 *   name: string, source: string, shape: number[], outShape?: number[],
 *   onnx: import("./onnx.mjs").Step[], constants?: (parameters: Parameters) => Record<string, Constant>,
 *   tfjs: (tf: any, p: Record<string, any>, x: any) => any, channelsLast?: boolean,
 * }} Work
 */

const EPSILON = 1e-5;

/** @type {Work[]} */
export const works = [
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
    ...normPrelu(),
  },
  { name: "MLP 784-256-128-10, batch 1", shape: [1, 784], outShape: [1, 10], ...mlp() },
  { name: "MLP 784-256-128-10, batch 64", shape: [64, 784], outShape: [64, 10], ...mlp() },
  {
    name: "BatchNorm2d(64) -> ReLU, 8x64x56x56",
    source: "BatchNorm2d(64) -> ReLU",
    shape: [8, 64, 56, 56],
    onnx: [
      ["BatchNormalization", ["0.weight", "0.bias", "0.running_mean", "0.running_var"], { epsilon: EPSILON }],
      ["Relu"],
    ],
    channelsLast: true,
    tfjs: (tf, p, x) =>
      tf.relu(tf.batchNorm(x, p["0.running_mean"], p["0.running_var"], p["0.bias"], p["0.weight"], EPSILON)),
  },
  {
    name: "GroupNorm(8, 64) -> LeakyReLU, 8x64x56x56",
    source: "GroupNorm(8, 64) -> LeakyReLU(0.01)",
    shape: [8, 64, 56, 56],
    // As PyTorch's exporter writes it: ONNX Runtime has no kernel of GroupNormalization itself on the CPU.
    onnx: [
      ["Reshape", ["grouped"]],
      ["InstanceNormalization", ["ones", "zeros"], { epsilon: EPSILON }],
      ["Reshape", ["whole"]],
      ["Mul", ["scale"]],
      ["Add", ["shift"]],
      ["LeakyRelu", [], { alpha: 0.01 }],
    ],
    constants: (p) => ({
      grouped: integers(8, 8, -1),
      whole: integers(8, 64, 56, 56),
      ones: { shape: [8], data: new Float32Array(8).fill(1) },
      zeros: { shape: [8], data: new Float32Array(8) },
      scale: { shape: [64, 1, 1], data: p["0.weight"].data },
      shift: { shape: [64, 1, 1], data: p["0.bias"].data },
    }),
    tfjs: (tf, p, x) => {
      const normal = standardize(tf, tf.reshape(x, [64, -1]));
      const scaled = tf.mul(tf.reshape(normal, [8, 64, 56, 56]), tf.reshape(p["0.weight"], [64, 1, 1]));
      return tf.leakyRelu(tf.add(scaled, tf.reshape(p["0.bias"], [64, 1, 1])), 0.01);
    },
  },
  {
    name: "softmax, 4096x1000",
    source: "Softmax(dim=-1)",
    shape: [4096, 1000],
    onnx: [["Softmax", [], { axis: -1 }]],
    tfjs: (tf, _, x) => tf.softmax(x),
  },
  {
    name: "GELU, 4 M values",
    source: "GELU",
    shape: [4 * 1024 * 1024],
    onnx: [["Gelu"]],
    tfjs: (tf, _, x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  },
];

/** @returns {Pick<Work, "onnx" | "tfjs">} */
function normPrelu() {
  return {
    onnx: [layerNorm("0"), ["PRelu", ["1.weight"]]],
    tfjs: (tf, p, x) => tf.prelu(affineNorm(tf, p, "0", x), p["1.weight"]),
  };
}

/** @returns {Pick<Work, "source" | "onnx" | "tfjs">} */
function mlp() {
  return {
    source:
      "Linear(784, 256) -> LayerNorm(256) -> ReLU -> " +
      "Linear(256, 128) -> LayerNorm(128) -> ReLU -> Linear(128, 10)",
    onnx: [gemm("0"), layerNorm("1"), ["Relu"], gemm("3"), layerNorm("4"), ["Relu"], gemm("6")],
    tfjs: (tf, p, x) => {
      const dense = (/** @type {any} */ a, /** @type {string} */ at) =>
        tf.fused.matMul({ a, b: p[`${at}.weight`], bias: p[`${at}.bias`] });
      const first = tf.relu(affineNorm(tf, p, "1", dense(x, "0")));
      return dense(tf.relu(affineNorm(tf, p, "4", dense(first, "3"))), "6");
    },
  };
}

/** @returns {import("./onnx.mjs").Step} */
function layerNorm(/** @type {string} */ at) {
  return ["LayerNormalization", [`${at}.weight`, `${at}.bias`], { axis: -1, epsilon: EPSILON }];
}

/** @returns {import("./onnx.mjs").Step} */
function gemm(/** @type {string} */ at) {
  return ["Gemm", [`${at}.weight`, `${at}.bias`], { transB: 1 }];
}

/** @param {any} tf @param {Record<string, any>} p @param {string} at @param {any} x */
function affineNorm(tf, p, at, x) {
  return tf.add(tf.mul(standardize(tf, x), p[`${at}.weight`]), p[`${at}.bias`]);
}

/** @param {any} tf @param {any} x */
function standardize(tf, x) {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, EPSILON)));
}

/** @returns {Constant} */
function integers(/** @type {number[]} */ ...values) {
  return { shape: [values.length], data: BigInt64Array.from(values, BigInt) };
}
