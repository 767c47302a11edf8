// Whole nets on an image, as examples/nets has them.
import { readFileSync } from "node:fs";
import { chain } from "../onnx.mjs";
import { EPSILON, gemm, litert, scalar, tfjs } from "./forms.mjs";

/** @typedef {import("./index.mjs").Work} Work @typedef {import("./index.mjs").Parameters} Parameters */

/**
 * A convolution without bias, the norm behind it, and an activation. `at` has the paths of both.
 * @typedef {{ at: [conv: string, norm: string], size: number, stride?: number, padding?: number, group?: number, activation?: "relu" | "relu6" }} Unit
 */

/**
 * What nets are made of, on the values of one peer.
 * @template Value
 * @typedef {{
 *   unit: (x: Value, unit: Unit) => Value, pool: (x: Value) => Value, add: (x: Value, y: Value) => Value,
 *   relu: (x: Value) => Value, mean: (x: Value) => Value, linear: (x: Value, at: string) => Value,
 * }} Parts
 */

/** @typedef {<Value>(parts: Parts<Value>, x: Value) => Value} Net */

/** @type {Net} */
function resnet18(parts, x) {
  let h = parts.unit(x, { at: ["conv1", "bn1"], size: 7, stride: 2, padding: 3, activation: "relu" });
  h = parts.pool(h);
  for (let stage = 1; stage <= 4; stage++)
    for (let block = 0; block < 2; block++) {
      const at = `layer${stage}.${block}`;
      const stride = stage > 1 && block === 0 ? 2 : 1;
      const first = parts.unit(h, { at: [`${at}.conv1`, `${at}.bn1`], size: 3, stride, padding: 1, activation: "relu" }); // prettier-ignore
      const second = parts.unit(first, { at: [`${at}.conv2`, `${at}.bn2`], size: 3, padding: 1 });
      const skip = stride === 1 ? h : parts.unit(h, { at: [`${at}.downsample.0`, `${at}.downsample.1`], size: 1, stride }); // prettier-ignore
      h = parts.relu(parts.add(second, skip));
    }
  return parts.linear(parts.mean(h), "fc");
}

/** The inverted residuals of MobileNetV2, in rows of several: factor of the inner channels, channels, number, first stride. */
const INVERTED = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

/** @type {Net} */
function mobileNetV2(parts, x) {
  const activation = "relu6";
  let h = parts.unit(x, { at: ["features.0.0", "features.0.1"], size: 3, stride: 2, padding: 1, activation });
  let [channels, number] = [32, 1];
  for (const [factor, out, count, firstStride] of INVERTED)
    for (let i = 0; i < count; i++, number++) {
      const stride = i === 0 ? firstStride : 1;
      const inner = channels * factor;
      const at = (/** @type {string} */ path) => `features.${number}.conv.${path}`;
      const places = factor === 1 ? ["0", "1", "2"] : ["1", "2", "3"];
      const wide = factor === 1 ? h : parts.unit(h, { at: [at("0.0"), at("0.1")], size: 1, activation });
      const [deep, conv, norm] = places;
      const moved = parts.unit(wide, { at: [at(`${deep}.0`), at(`${deep}.1`)], size: 3, stride, padding: 1, group: inner, activation }); // prettier-ignore
      const narrow = parts.unit(moved, { at: [at(conv), at(norm)], size: 1 });
      h = stride === 1 && channels === out ? parts.add(h, narrow) : narrow;
      channels = out;
    }
  h = parts.unit(h, { at: ["features.18.0", "features.18.1"], size: 1, activation });
  return parts.linear(parts.mean(h), "classifier.1");
}

/** @type {Work[]} */
export const nets = [
  work("ResNet-18, 224x224", "resnet18", resnet18),
  work("MobileNetV2, 224x224", "mobilenet_v2", mobileNetV2),
];

/** @param {string} name @param {string} file @param {Net} net @returns {Work} */
function work(name, file, net) {
  const source = readFileSync(new URL(`../../../examples/nets/${file}.nn`, import.meta.url), "utf8");
  return {
    name,
    source,
    shape: [1, 3, 224, 224],
    outShape: [1, 1000],
    isNet: true,
    onnx: onnxNodes(net),
    constants: () => ({ zero: scalar(0), six: scalar(6) }),
    channelsLast: true,
    converted: (parameters) => folded(parameters, net),
    tfjs: (tf, p, x) => net(tfjsParts(tf, p), x),
    litert: (g, p, x) => net(litertParts(g, p), x),
    jax: () => {
      throw new Error("the bench has this work for the other peers only");
    },
  };
}

/** @param {Net} net */
function onnxNodes(net) {
  /** @type {import("../onnx.mjs").Node[]} */
  const nodes = [];
  /** @type {(steps: import("../onnx.mjs").Step[], from: string) => string} */
  const then = (steps, from) => {
    const to = `value${nodes.length}`;
    nodes.push(...chain(steps, from, to));
    return to;
  };
  /** @type {Record<string, import("../onnx.mjs").Step>} */
  const activations = { relu: ["Relu"], relu6: ["Clip", ["zero", "six"]] };
  const result = net(
    {
      unit: (x, { at: [conv, norm], size, stride = 1, padding = 0, group = 1, activation }) => {
        const pads = [padding, padding, padding, padding];
        const window = { kernel_shape: [size, size], strides: [stride, stride], pads, group };
        const scales = ["weight", "bias", "running_mean", "running_var"].map((each) => `${norm}.${each}`);
        return then(
          [
            ["Conv", [`${conv}.weight`], window],
            ["BatchNormalization", scales, { epsilon: EPSILON }],
            ...(activation ? [activations[activation]] : []),
          ],
          x,
        );
      },
      pool: (x) => then([["MaxPool", [], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }]], x),
      add: (x, y) => then([["Add", [y]]], x),
      relu: (x) => then([["Relu"]], x),
      mean: (x) => then([["GlobalAveragePool"], ["Flatten"]], x),
      linear: (x, at) => then([gemm(at)], x),
    },
    "x",
  );
  return nodes.map((node) => ({ ...node, outputs: node.outputs.map((name) => (name === result ? "y" : name)) })); // prettier-ignore
}

/** On channels that come last, with norms in the weights. @param {any} tf @param {Record<string, any>} p @returns {Parts<any>} */
function tfjsParts(tf, p) {
  return {
    unit: (x, { at: [conv], stride = 1, padding = 0, group = 1, activation = "linear" }) => {
      const own = p[`${conv}.weight`];
      const apply = group === 1 ? tf.fused.conv2d : tf.fused.depthwiseConv2d;
      // From [height, width, 1, channels].
      const filter = group === 1 ? own : tf.reshape(own, [own.shape[0], own.shape[1], -1, 1]);
      return apply({ x, filter, strides: stride, pad: padding, bias: p[`${conv}.bias`], activation });
    },
    // Padded on both sides, as "same" pads on the right alone.
    pool: (x) => tf.maxPool(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], -Infinity), 3, 2, "valid"), // prettier-ignore
    add: (x, y) => tf.add(x, y),
    relu: (x) => tf.relu(x),
    mean: (x) => tf.mean(x, [1, 2]),
    linear: (x, at) => tfjs.linear(tf, p, at, x),
  };
}

/** On channels that come last, with norms in the weights. @param {import("../tflite.mjs").Graph} g @param {Parameters} p @returns {Parts<number>} */
function litertParts(g, p) {
  return {
    unit: (x, { at: [conv], ...window }) => litert.conv(g, p, conv, x, window),
    // Padded with zeros, which XNNPACK has and which win over nothing behind a ReLU.
    pool: (x) => g.op("MAX_POOL_2D", [g.op("PAD", [x, litert.around(1)])], { window: 3, stride: 2 }),
    add: (x, y) => g.op("ADD", [x, y]),
    relu: (x) => g.op("RELU", [x]),
    mean: (x) => g.op("MEAN", [x, litert.integers(1, 2)]),
    linear: (x, at) => litert.linear(g, p, at, x),
  };
}

/**
 * The norms of a net in the weights of its convolutions, as the converters of TensorFlow.js and LiteRT.js leave them; ONNX
 * Runtime does it itself.
 * @param {Parameters} parameters @param {Net} net @returns {Parameters}
 */
function folded(parameters, net) {
  const result = { ...parameters };
  const same = (/** @type {undefined} */ x) => x;
  /** @type {Parts<undefined>["unit"]} */
  const unit = (x, { at: [conv, norm] }) => {
    const [weight, bias, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((each) => parameters[`${norm}.${each}`].data); // prettier-ignore
    const scale = weight.map((value, channel) => value / Math.sqrt(variance[channel] + EPSILON));
    const own = parameters[`${conv}.weight`];
    const each = own.data.length / scale.length;
    result[`${conv}.weight`] = {
      shape: own.shape,
      data: own.data.map((value, at) => value * scale[Math.floor(at / each)]),
    };
    result[`${conv}.bias`] = {
      shape: [scale.length],
      data: bias.map((value, channel) => value - mean[channel] * scale[channel]),
    };
    return x;
  };
  net({ unit, pool: same, add: same, relu: same, mean: same, linear: same }, undefined);
  return result;
}
