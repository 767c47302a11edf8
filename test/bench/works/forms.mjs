// What several works are made of, in each peer's terms.

import { TO_LAST, transposed } from "../data.mjs";

/** @typedef {import("./index.mjs").Constant} Constant @typedef {import("./index.mjs").Parameters} Parameters */
/** @typedef {import("../onnx.mjs").Step} Step @typedef {import("../tflite.mjs").Graph} Graph */

export const EPSILON = 1e-5;

/** @returns {Step} */
export function layerNorm(/** @type {string} */ at) {
  return ["LayerNormalization", [`${at}.weight`, `${at}.bias`], { axis: -1, epsilon: EPSILON }];
}

/** @returns {Step} */
export function gemm(/** @type {string} */ at) {
  return ["Gemm", [`${at}.weight`, `${at}.bias`], { transB: 1 }];
}

/** @param {number[]} values @returns {Constant} */
export function integers(...values) {
  return { shape: [values.length], data: BigInt64Array.from(values, BigInt) };
}

/** @param {number} value @returns {Constant} */
export function scalar(value) {
  return { shape: [], data: Float32Array.of(value) };
}

export const tfjs = {
  /** @param {any} tf @param {any} x */
  standardize(tf, x) {
    const { mean, variance } = tf.moments(x, -1, true);
    return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, EPSILON)));
  },
  /** @param {any} tf @param {Record<string, any>} p @param {string} at @param {any} x */
  layerNorm(tf, p, at, x) {
    return tf.add(tf.mul(tfjs.standardize(tf, x), p[`${at}.weight`]), p[`${at}.bias`]);
  },
  /** @param {any} tf @param {Record<string, any>} p @param {string} at @param {any} a @param {string} activation */
  linear(tf, p, at, a, activation = "linear") {
    return tf.fused.matMul({ a, b: p[`${at}.weight`], bias: p[`${at}.bias`], activation });
  },
};

/** LiteRT.js runs these with XNNPACK: matrices lie as in PyTorch, channels of images come last. */
export const litert = {
  /** Whole numbers, as operators take their axes, shapes and paddings. @param {number[]} values */
  integers(...values) {
    return { shape: [values.length], data: Int32Array.from(values) };
  },
  /** @param {number} value */
  scalar(value) {
    return { shape: [], data: Float32Array.of(value) };
  },
  /** @param {Graph} g @param {Parameters} p @param {string} at @param {number} x @param {"none" | "relu"} activation */
  linear(g, p, at, x, activation = "none") {
    return g.op("FULLY_CONNECTED", [x, p[`${at}.weight`], p[`${at}.bias`]], { activation });
  },
  /** @param {Graph} g @param {number} x */
  standardize(g, x) {
    const last = litert.integers(g.shapeOf(x).length - 1);
    const centred = g.op("SUB", [x, g.op("MEAN", [x, last])]);
    return g.op("MUL", [centred, litert.reciprocalRoot(g, g.op("MEAN", [g.op("MUL", [centred, centred]), last]))]); // prettier-ignore
  },
  /** Of what normalizations divide by. @param {Graph} g @param {number} square */
  reciprocalRoot(g, square) {
    return g.op("RSQRT", [g.op("ADD", [square, litert.scalar(EPSILON)])]);
  },
  /** @param {Graph} g @param {Parameters} p @param {string} at @param {number} x */
  layerNorm(g, p, at, x) {
    const scaled = g.op("MUL", [litert.standardize(g, x), p[`${at}.weight`]]);
    return g.op("ADD", [scaled, p[`${at}.bias`]]);
  },
  /**
   * Operators pad as much as keeps the size, or not at all; any other padding is an operator of its own.
   * @param {Graph} g @param {Parameters} p @param {string} at @param {number} x
   * @param {{ size: number, stride?: number, padding?: number, group?: number, activation?: "none" | "relu" | "relu6" }} window
   */
  conv(g, p, at, x, { size, stride = 1, padding = 0, group = 1, activation }) {
    const isSame = stride === 1 && size === 2 * padding + 1;
    const padded = padding === 0 || isSame ? x : g.op("PAD", [x, litert.around(padding)]);
    // [out, height, width, in], and [1, height, width, out] where each channel is for itself.
    const weight = transposed(p[`${at}.weight`], group === 1 ? TO_LAST : [1, 2, 3, 0]);
    const name = group === 1 ? "CONV_2D" : "DEPTHWISE_CONV_2D";
    const options = { stride, padding: /** @type {const} */ (isSame ? "same" : "valid"), activation };
    return g.op(name, [padded, weight, p[`${at}.bias`]], options);
  },
  /** What PAD is told so that it pads the two sides of an image. @param {number} padding */
  around(padding) {
    return { shape: [4, 2], data: Int32Array.of(0, 0, padding, padding, padding, padding, 0, 0) };
  },
};

/** Each function of jax-js takes its operands over; `.ref` keeps one for another use. */
export const jax = {
  /** @param {any} jx @param {Record<string, any>} p @param {string} at @param {any} x */
  layerNorm({ nn }, p, at, x) {
    const normal = nn.standardize(x, -1, { epsilon: EPSILON });
    return normal.mul(p[`${at}.weight`]).add(p[`${at}.bias`]);
  },
  /** @param {any} jx @param {Record<string, any>} p @param {string} at @param {any} x */
  linear({ numpy }, p, at, x) {
    return numpy.matmul(x, p[`${at}.weight`].transpose()).add(p[`${at}.bias`]);
  },
};
