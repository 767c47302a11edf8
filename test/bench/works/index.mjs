// The works that are compared: each once in nnc's language, and once in the form that suits each peer.
import { cached } from "./cached.mjs";
import { convolutions } from "./convolutions.mjs";
import { dropout } from "./dropout.mjs";
import { nets } from "./nets.mjs";
import { normalizations } from "./normalization.mjs";
import { pointwise } from "./pointwise.mjs";
import { products } from "./products.mjs";
import { recurrent } from "./recurrent.mjs";
import { transformers } from "./transformer.mjs";

/**
 * The same function of `x` for all. `parameters` are what nnc's model has, by its names; `constants` adds what only
 * the ONNX graph needs.
 * `others` are further inputs with their shapes, which the forms of the peers get by name.
 * `converted` changes the parameters for TensorFlow.js and LiteRT.js as their converters would. `isNet`: a whole net, which takes long.
 * `memcpy`: a copy of the input is measured beside it.
 * `channelsLast`: TensorFlow.js and LiteRT.js have this work for that layout only, so they get and give their own layout.
 * `dropped`: the work is of train mode, and each value of x is dropped with this probability and else divided by that of
 * staying; all draw, each from a generator of its own.
 * @typedef {import("../onnx.mjs").Constant} Constant
 * @typedef {Record<string, { shape: readonly number[], data: Float32Array }>} Parameters
 * @typedef {{
 *   name: string, source: string, shape: number[], outShape?: number[], others?: Record<string, number[]>,
 *   onnx: import("../onnx.mjs").Node[], constants?: (parameters: Parameters) => Record<string, Constant>,
 *   converted?: (parameters: Parameters) => Parameters, tfjs: (tf: any, p: Record<string, any>, x: any, others: Record<string, any>) => any, channelsLast?: boolean,
 *   litert: (graph: import("../tflite.mjs").Graph, p: Parameters, x: number, others: Record<string, number>) => number,
 *   jax: (jax: any, p: Record<string, any>, x: any, others: Record<string, any>) => any,
 *   isNet?: true, memcpy?: true, dropped?: number, brain?: { activation: "relu", layers: readonly string[] },
 * }} Work
 */

/** The mode that a work is compiled in. @param {Work} work @returns {"train" | "eval"} */
export function modeOf({ dropped }) {
  return dropped === undefined ? "eval" : "train";
}

/** @type {Work[]} */
export const works = [
  ...normalizations,
  ...products,
  ...pointwise,
  dropout,
  ...convolutions,
  ...transformers,
  cached,
  ...recurrent,
  ...nets,
];

/** @param {string} name */
export function workOf(name) {
  const work = works.find((each) => each.name === name);
  if (!work) throw new Error(`no work is called ${name}`);
  return work;
}
