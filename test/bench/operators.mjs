// The operators of LiteRT's files (.tflite) that `works/` is made of; all numbers are those of schema.fbs.
import { byte, float, int } from "./flatbuffer.mjs";

/**
 * What operators are told beside their operands. `activation` is applied to the result; `window` and `stride` are those
 * of both directions; `transposed` is said of the second matrix, and
 * `approximate` of GELU by tanh.
 * @typedef {{
 *   activation?: keyof typeof ACTIVATIONS, padding?: keyof typeof PADDINGS, window?: number, stride?: number,
 *   axis?: number, count?: number, alpha?: number, transposed?: boolean, approximate?: boolean,
 * }} Options
 */

/**
 * The number of an operator; the place of its options in the union of all, and their fields in order; the shape of its
 * results by those of its operands and by the numbers in those that are constants.
 * @typedef {{
 *   code: number, union?: number, fields?: (options: Options) => import("./flatbuffer.mjs").Field[],
 *   shape: (shapes: readonly (readonly number[])[], options: Options, numbers: readonly (readonly number[])[]) => readonly number[],
 * }} Operator
 */

const ACTIVATIONS = { none: 0, relu: 1, relu6: 3 };
const PADDINGS = { same: 0, valid: 1 };

/** @type {Record<string, Operator>} */
export const operators = {
  ADD: { code: 0, union: 11, fields: activated, shape: broadcast },
  BATCH_MATMUL: {
    code: 126,
    union: 101,
    fields: ({ transposed }) => [flag(false), flag(transposed)],
    shape: ([a, b], { transposed }) => [...a.slice(0, -1), b.at(transposed ? -2 : -1) ?? 1],
  },
  CONCATENATION: {
    code: 2,
    union: 10,
    fields: ({ axis = 0 }) => [int(axis)],
    shape: (shapes, { axis = 0 }) =>
      shapes[0].with(
        axis,
        shapes.reduce((sum, shape) => sum + shape[axis], 0),
      ),
  },
  CONV_2D: {
    code: 3,
    union: 1,
    fields: (options) => [...windowed(options), ...activated(options)],
    shape: ([x, [out, height, width]], options) => slid(x, height, width, out, options),
  },
  DEPTHWISE_CONV_2D: {
    code: 4,
    union: 2,
    fields: (options) => [...windowed(options), int(1), ...activated(options)],
    shape: ([x, [, height, width, out]], options) => slid(x, height, width, out, options),
  },
  FLOOR: { code: 8, shape: same },
  FULLY_CONNECTED: {
    code: 9,
    union: 8,
    fields: activated,
    shape: ([x, [out, width]]) => [x.reduce((count, size) => count * size, 1) / width, out],
  },
  GELU: { code: 150, union: 116, fields: ({ approximate }) => [flag(approximate)], shape: same },
  LEAKY_RELU: { code: 98, union: 75, fields: ({ alpha = 0 }) => [float(alpha)], shape: same },
  LOGISTIC: { code: 14, shape: same },
  MAX_POOL_2D: {
    code: 17,
    union: 5,
    fields: (options) => [...windowed(options), int(options.window ?? 1), int(options.window ?? 1)],
    shape: ([x], options) => slid(x, options.window ?? 1, options.window ?? 1, x[3], options),
  },
  // The axes stay, of size one.
  MEAN: {
    code: 40,
    union: 27,
    fields: () => [flag(true)],
    shape: ([x], _, [, axes]) => x.map((size, axis) => (axes.includes(axis) ? 1 : size)),
  },
  MUL: { code: 18, union: 21, fields: activated, shape: broadcast },
  PAD: { code: 34, union: 22, shape: padded },
  PADV2: { code: 60, union: 43, shape: padded },
  PRELU: { code: 54, shape: same },
  // Without a seed, another sequence in each model.
  RANDOM_UNIFORM: { code: 148, union: 114, shape: (_, __, [shape]) => shape },
  RELU: { code: 19, shape: same },
  RESHAPE: { code: 22, union: 17, shape: (_, __, [, shape]) => shape },
  // The middles of pixels count, as in PyTorch, not their corners.
  RESIZE_BILINEAR: {
    code: 23,
    union: 15,
    fields: () => [undefined, undefined, flag(false), flag(true)],
    shape: ([[n, , , channels]], _, [, sizes]) => [n, ...sizes, channels],
  },
  RSQRT: { code: 76, shape: same },
  SOFTMAX: { code: 25, union: 9, fields: () => [float(1)], shape: same },
  SPLIT: {
    code: 49,
    union: 35,
    fields: ({ count = 1 }) => [int(count)],
    shape: ([, x], { count = 1 }, [[axis]]) => x.with(axis, x[axis] / count),
  },
  SUB: { code: 41, union: 28, fields: activated, shape: broadcast },
  TANH: { code: 28, shape: same },
  TRANSPOSE: { code: 39, union: 26, shape: ([x], _, [, order]) => order.map((axis) => x[axis]) },
};

function flag(value = false) {
  return byte(Number(value));
}

/** @param {Options} options */
function activated({ activation = "none" }) {
  return [byte(ACTIVATIONS[activation])];
}

/** @param {Options} options */
function windowed({ padding = "valid", stride = 1 }) {
  return [byte(PADDINGS[padding]), int(stride), int(stride)];
}

/** @typedef {Parameters<Operator["shape"]>} Known */

function same(/** @type {Known[0]} */ [x]) {
  return x;
}

function broadcast(/** @type {Known[0]} */ [a, b]) {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const ahead = long.length - short.length;
  return long.map((size, axis) => Math.max(size, short[axis - ahead] ?? 1));
}

function padded(/** @type {Known[0]} */ [x], /** @type {Options} */ _, /** @type {Known[2]} */ [, sides]) {
  return x.map((size, axis) => size + sides[2 * axis] + sides[2 * axis + 1]);
}

/** What a window leaves of an image. @param {readonly number[]} x @param {number} height @param {number} width @param {number} out @param {Options} options */
function slid([n, h, w], height, width, out, { padding, stride = 1 }) {
  const places = (/** @type {number} */ size, /** @type {number} */ window) =>
    Math.ceil((padding === "same" ? size : size - window + 1) / stride);
  return [n, places(h, height), places(w, width), out];
}
