// What several works are made of, in each peer's terms.

/** @typedef {import("./index.mjs").Constant} Constant @typedef {import("../onnx.mjs").Step} Step */

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
