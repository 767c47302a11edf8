// Matrix products, alone and in perceptrons.
import { chain } from "../onnx.mjs";
import { gemm, jax, layerNorm, litert, tfjs } from "./forms.mjs";

/** @typedef {import("./index.mjs").Work} Work @typedef {Pick<Work, "source" | "onnx" | "tfjs" | "litert" | "jax">} Forms */

/** @type {Work[]} */
export const products = [
  { name: "MLP 784-256-128-10, LayerNorm, ReLU, 1 row", shape: [1, 784], outShape: [1, 10], ...mlp() },
  { name: "MLP 784-256-128-10, LayerNorm, ReLU, 64 rows", shape: [64, 784], outShape: [64, 10], ...mlp() },
  { name: "MLP 784-256-128-10, ReLU, 1 row", shape: [1, 784], outShape: [1, 10], ...plainMlp() },
  { name: "matrix product 64x784x256", shape: [64, 784], outShape: [64, 256], ...product(784, 256) },
  { name: "matrix product 512x512x512", shape: [512, 512], outShape: [512, 512], ...product(512, 512) },
];

/** @returns {Forms} */
function mlp() {
  return {
    source:
      "Linear(784, 256) -> LayerNorm(256) -> ReLU -> " +
      "Linear(256, 128) -> LayerNorm(128) -> ReLU -> Linear(128, 10)",
    onnx: chain([gemm("0"), layerNorm("1"), ["Relu"], gemm("3"), layerNorm("4"), ["Relu"], gemm("6")]),
    tfjs: (tf, p, x) => {
      const first = tf.relu(tfjs.layerNorm(tf, p, "1", tfjs.linear(tf, p, "0", x)));
      const second = tf.relu(tfjs.layerNorm(tf, p, "4", tfjs.linear(tf, p, "3", first)));
      return tfjs.linear(tf, p, "6", second);
    },
    litert: (g, p, x) => {
      const first = g.op("RELU", [litert.layerNorm(g, p, "1", litert.linear(g, p, "0", x))]);
      const second = g.op("RELU", [litert.layerNorm(g, p, "4", litert.linear(g, p, "3", first))]);
      return litert.linear(g, p, "6", second);
    },
    jax: (jx, p, x) => {
      const first = jx.nn.relu(jax.layerNorm(jx, p, "1", jax.linear(jx, p, "0", x)));
      const second = jx.nn.relu(jax.layerNorm(jx, p, "4", jax.linear(jx, p, "3", first)));
      return jax.linear(jx, p, "6", second);
    },
  };
}

/** With the activation after each layer, the last too, since brain.js has no other. @returns {Forms & Pick<Work, "brain">} */
function plainMlp() {
  const layers = ["0", "2", "4"];
  return {
    source: "Linear(784, 256) -> ReLU -> Linear(256, 128) -> ReLU -> Linear(128, 10) -> ReLU",
    onnx: chain([gemm("0"), ["Relu"], gemm("2"), ["Relu"], gemm("4"), ["Relu"]]),
    tfjs: (tf, p, x) => layers.reduce((h, at) => tfjs.linear(tf, p, at, h, "relu"), x),
    litert: (g, p, x) => layers.reduce((h, at) => litert.linear(g, p, at, h, "relu"), x),
    jax: (jx, p, x) => layers.reduce((h, at) => jx.nn.relu(jax.linear(jx, p, at, h)), x),
    brain: { activation: "relu", layers },
  };
}

/** By a matrix that is known beforehand, as a net's weights are. @returns {Forms} */
function product(/** @type {number} */ k, /** @type {number} */ n) {
  return {
    source: `Linear(${k}, ${n}, bias=false)`,
    onnx: chain([["Gemm", ["0.weight"], { transB: 1 }]]),
    tfjs: (tf, p, x) => tf.matMul(x, p["0.weight"]),
    litert: (g, p, x) => litert.linear(g, p, "0", x),
    jax: ({ numpy }, p, x) => numpy.matmul(x, p["0.weight"].transpose()),
  };
}
