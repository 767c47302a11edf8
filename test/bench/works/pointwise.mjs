// Functions of each element, and of each row.
import { chain } from "../onnx.mjs";

/** @type {import("./index.mjs").Work[]} */
export const pointwise = [
  {
    name: "softmax, 4096x1000",
    source: "Softmax(dim=-1)",
    shape: [4096, 1000],
    onnx: chain([["Softmax", [], { axis: -1 }]]),
    tfjs: (tf, _, x) => tf.softmax(x),
    litert: (g, _, x) => g.op("SOFTMAX", [x]),
    jax: ({ nn }, _, x) => nn.softmax(x, -1),
  },
  {
    name: "GELU, 4 M values",
    source: "GELU",
    shape: [4 * 1024 * 1024],
    onnx: chain([["Gelu"]]),
    tfjs: (tf, _, x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
    litert: (g, _, x) => g.op("GELU", [x]),
    jax: ({ nn }, _, x) => nn.gelu(x, { approximate: false }),
  },
];
