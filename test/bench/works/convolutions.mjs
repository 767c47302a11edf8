// Convolutions, pools and resizing of images.
import { chain } from "../onnx.mjs";
import { litert } from "./forms.mjs";

/** @typedef {import("./index.mjs").Work} Work @typedef {Pick<Work, "source" | "onnx" | "tfjs" | "litert" | "jax" | "channelsLast">} Forms */

/** @type {Work[]} */
export const convolutions = [
  {
    name: "Conv2d 3x3, 64 to 64, 56x56",
    shape: [1, 64, 56, 56],
    ...convolution("Conv2d(64, 64, 3, padding=1)", { size: 3, padding: 1 }),
  },
  {
    name: "Conv2d 1x1, 256 to 64, 56x56",
    shape: [1, 256, 56, 56],
    outShape: [1, 64, 56, 56],
    ...convolution("Conv2d(256, 64, 1)", { size: 1 }),
  },
  {
    name: "Conv2d 3x3, 1 to 8, 28x28",
    shape: [1, 1, 28, 28],
    outShape: [1, 8, 28, 28],
    ...convolution("Conv2d(1, 8, 3, padding=1)", { size: 3, padding: 1 }),
  },
  {
    name: "depthwise Conv2d 3x3, 64, 56x56",
    shape: [1, 64, 56, 56],
    ...convolution("Conv2d(64, 64, 3, padding=1, groups=64)", { size: 3, padding: 1, group: 64 }),
  },
  {
    name: "MaxPool2d 3x3, stride 2, 64x112x112",
    shape: [1, 64, 112, 112],
    outShape: [1, 64, 56, 56],
    source: "MaxPool2d(3, stride=2, padding=1)",
    onnx: chain([["MaxPool", [], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }]]),
    channelsLast: true,
    // Padded on both sides, as "same" pads on the right alone.
    tfjs: (tf, _, x) => tf.maxPool(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], -Infinity), 3, 2, "valid"), // prettier-ignore
    litert: (g, _, x) => {
      const padded = g.op("PADV2", [x, litert.around(1), litert.scalar(-Infinity)]);
      return g.op("MAX_POOL_2D", [padded], { window: 3, stride: 2 });
    },
    jax: unknownToJax,
  },
  {
    name: "Upsample bilinear x2, 64x56x56",
    shape: [1, 64, 56, 56],
    outShape: [1, 64, 112, 112],
    source: 'Upsample(scale_factor=2, mode="bilinear")',
    onnx: [{ op: "Resize", inputs: ["x", "", "scales"], outputs: ["y"], attributes: { mode: "linear" } }],
    constants: () => ({ scales: { shape: [4], data: Float32Array.of(1, 1, 2, 2) } }),
    channelsLast: true,
    tfjs: (tf, _, x) => tf.image.resizeBilinear(x, [112, 112], false, true),
    litert: (g, _, x) => g.op("RESIZE_BILINEAR", [x, litert.integers(112, 112)]),
    jax: unknownToJax,
  },
  {
    name: "residual block, 64 channels, 56x56",
    shape: [1, 64, 56, 56],
    source: `model Block {
      input x: f32[N, 64, 56, 56]
      h = x -> first: Conv2d(64, 64, 3, padding=1) -> ReLU -> second: Conv2d(64, 64, 3, padding=1)
      output y = h + x -> ReLU
    }`,
    onnx: [
      ...chain(
        [conv("first", { size: 3, padding: 1 }), ["Relu"], conv("second", { size: 3, padding: 1 })],
        "x",
        "h",
      ),
      ...chain([["Add", ["x"]], ["Relu"]], "h"),
    ],
    channelsLast: true,
    tfjs: (tf, p, x) => {
      const first = tf.relu(tfConv(tf, p, "first", x, { size: 3, padding: 1 }));
      return tf.relu(tf.add(tfConv(tf, p, "second", first, { size: 3, padding: 1 }), x));
    },
    litert: (g, p, x) => {
      const first = litert.conv(g, p, "first", x, { size: 3, padding: 1, activation: "relu" });
      const second = litert.conv(g, p, "second", first, { size: 3, padding: 1 });
      return g.op("ADD", [second, x], { activation: "relu" });
    },
    jax: unknownToJax,
  },
];

/** @typedef {{ size: number, padding?: number, group?: number }} Window */

/** @param {string} source @param {Window} window @returns {Forms} */
function convolution(source, window) {
  return {
    source,
    onnx: chain([conv("0", window)]),
    channelsLast: true,
    tfjs: (tf, p, x) => tfConv(tf, p, "0", x, window),
    litert: (g, p, x) => litert.conv(g, p, "0", x, window),
    jax: unknownToJax,
  };
}

/** @param {string} at @param {Window} window @returns {import("../onnx.mjs").Step} */
function conv(at, { size, padding = 0, group = 1 }) {
  const pads = [padding, padding, padding, padding];
  return ["Conv", [`${at}.weight`, `${at}.bias`], { kernel_shape: [size, size], pads, group }];
}

/** @param {any} tf @param {Record<string, any>} p @param {string} at @param {any} x @param {Window} window */
function tfConv(tf, p, at, x, { padding = 0, group = 1 }) {
  const filter = p[`${at}.weight`];
  const apply = group === 1 ? tf.fused.conv2d : tf.fused.depthwiseConv2d;
  // From [height, width, 1, channels].
  const own = group === 1 ? filter : tf.reshape(filter, [filter.shape[0], filter.shape[1], -1, 1]);
  return apply({ x, filter: own, strides: 1, pad: padding, bias: p[`${at}.bias`] });
}

/** @returns {never} */
function unknownToJax() {
  throw new Error("the bench has this work for the other peers only");
}
