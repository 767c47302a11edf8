// Attention to one sequence alone, and an encoder layer as torch.nn.TransformerEncoderLayer(256, 8, 1024) is in eval mode.
import { transposed } from "../data.mjs";
import { chain, OWN_DOMAIN } from "../onnx.mjs";
import { gemm, integers, jax, layerNorm, litert, tfjs } from "./forms.mjs";

const [TOKENS, WIDTH, HEADS, FEED_FORWARD] = [128, 256, 8, 1024];
const HEAD = WIDTH / HEADS;

/** @typedef {import("./index.mjs").Work} Work @typedef {import("./index.mjs").Parameters} Parameters */
/** @typedef {import("../onnx.mjs").Node} Node */

/** @type {Work} */
const encoderLayer = {
  name: `transformer encoder layer, ${TOKENS} tokens of ${WIDTH}, ${HEADS} heads`,
  source: `
model EncoderLayer(d = ${WIDTH}, heads = ${HEADS}, ff = ${FEED_FORWARD}) {
  input x: f32[T, d]
  [q, k, v] = x -> qkv: Linear(d, 3 * d) -> Unflatten(1, [3, heads, d // heads]) -> Permute(1, 2, 0, 3) -> Unbind(0)
  weights_ = q @ (k -> Transpose(1, 2)) / (d // heads) ** 0.5 -> Softmax(dim=-1)
  h = x + (weights_ @ v -> Transpose(0, 1) -> Flatten(1) -> out: Linear(d, d)) -> norm1: LayerNorm(d)
  output y = h + (h -> linear1: Linear(d, ff) -> ReLU -> linear2: Linear(ff, d)) -> norm2: LayerNorm(d)
}`,
  shape: [TOKENS, WIDTH],
  onnx: [
    ...onnxAttention("x", "mixed"),
    ...chain([["Add", ["x"]], layerNorm("norm1")], "mixed", "h"),
    ...chain([gemm("linear1"), ["Relu"], gemm("linear2"), ["Add", ["h"]], layerNorm("norm2")], "h"),
  ],
  constants: attentionConstants,
  tfjs: (tf, p, x) => {
    const h = tfjs.layerNorm(tf, p, "norm1", tf.add(x, tfjsAttention(tf, p, x)));
    const inner = tfjs.linear(tf, p, "linear1", h, "relu");
    return tfjs.layerNorm(tf, p, "norm2", tf.add(h, tfjs.linear(tf, p, "linear2", inner)));
  },
  litert: (g, p, x) => {
    const h = litert.layerNorm(g, p, "norm1", g.op("ADD", [x, litertAttention(g, p, x)]));
    const inner = litert.linear(g, p, "linear1", h, "relu");
    return litert.layerNorm(g, p, "norm2", g.op("ADD", [h, litert.linear(g, p, "linear2", inner)]));
  },
  jax: (jx, p, x) => {
    const h = jax.layerNorm(jx, p, "norm1", x.ref.add(jaxAttention(jx, p, x)));
    const inner = jx.nn.relu(jax.linear(jx, p, "linear1", h.ref));
    return jax.layerNorm(jx, p, "norm2", h.add(jax.linear(jx, p, "linear2", inner)));
  },
};

/** @type {Work} */
const multiheadAttention = {
  name: `MultiheadAttention, ${TOKENS} tokens of ${WIDTH}, ${HEADS} heads`,
  source: `model Net {
  input x: f32[T, ${WIDTH}]
  output y = x -> a: MultiheadAttention(${WIDTH}, ${HEADS}, need_weights=false)
}`,
  shape: [TOKENS, WIDTH],
  onnx: onnxAttention("x", "y"),
  constants: (parameters) => ({ ...attentionConstants(named(parameters)), ...named(parameters) }),
  tfjs: (tf, p, x) => tfjsAttention(tf, named(p), x),
  litert: (g, p, x) => litertAttention(g, named(p), x),
  jax: (jx, p, x) => jaxAttention(jx, named(p), x),
};

/** @type {Work[]} */
export const transformers = [encoderLayer, multiheadAttention];

/** The parameters of MultiheadAttention by the names of those in the encoder layer. @template T @param {Record<string, T>} p */
function named(p) {
  return {
    "qkv.weight": p["a.in_proj_weight"],
    "qkv.bias": p["a.in_proj_bias"],
    "out.weight": p["a.out_proj.weight"],
    "out.bias": p["a.out_proj.bias"],
  };
}

/** By ONNX Runtime's own operator, which is faster than single ones. @param {string} from @param {string} to @returns {Node[]} */
function onnxAttention(from, to) {
  const attributes = { num_heads: HEADS };
  return [
    { op: "Unsqueeze", inputs: [from, "first"], outputs: ["batch"] },
    { op: "Attention", domain: OWN_DOMAIN, inputs: ["batch", "columns", "qkv.bias"], outputs: ["heads"], attributes }, // prettier-ignore
    ...chain([["Squeeze", ["first"]], gemm("out")], "heads", to),
  ];
}

/** @param {Parameters} p */
function attentionConstants(p) {
  return { first: integers(0), columns: transposed(p["qkv.weight"], [1, 0]) };
}

/** @param {any} tf @param {Record<string, any>} p @param {any} x */
function tfjsAttention(tf, p, x) {
  const three = tf.reshape(tfjs.linear(tf, p, "qkv", x), [TOKENS, 3, HEADS, HEAD]);
  const [q, k, v] = tf.unstack(tf.transpose(three, [1, 2, 0, 3]));
  const weights = tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(HEAD)));
  const mixed = tf.reshape(tf.transpose(tf.matMul(weights, v), [1, 0, 2]), [TOKENS, WIDTH]);
  return tfjs.linear(tf, p, "out", mixed);
}

/** @param {import("../tflite.mjs").Graph} g @param {Parameters} p @param {number} x */
function litertAttention(g, p, x) {
  const three = g.op("RESHAPE", [litert.linear(g, p, "qkv", x), litert.integers(TOKENS, 3, HEADS, HEAD)]);
  const apart = g.op("TRANSPOSE", [three, litert.integers(1, 2, 0, 3)]);
  const [q, k, v] = g.ops("SPLIT", [{ shape: [], data: Int32Array.of(0) }, apart], 3, { count: 3 });
  const scores = g.op("BATCH_MATMUL", [q, k], { transposed: true });
  const weights = g.op("SOFTMAX", [g.op("MUL", [scores, litert.scalar(1 / Math.sqrt(HEAD))])]);
  const heads = g.op("TRANSPOSE", [g.op("BATCH_MATMUL", [weights, v]), litert.integers(0, 2, 1, 3)]);
  return litert.linear(g, p, "out", g.op("RESHAPE", [heads, litert.integers(TOKENS, WIDTH)]));
}

/** @param {any} jx @param {Record<string, any>} p @param {any} x */
function jaxAttention(jx, p, x) {
  const { numpy, nn } = jx;
  const three = jax.linear(jx, p, "qkv", x).reshape([TOKENS, 3, HEADS, HEAD]).transpose([1, 2, 0, 3]);
  const parts = numpy.split(three, 3, 0);
  const [q, k, v] = parts.map((/** @type {any} */ part) => part.reshape([HEADS, TOKENS, HEAD]));
  const scores = numpy.matmul(q, k.transpose([0, 2, 1])).mul(1 / Math.sqrt(HEAD));
  const mixed = numpy.matmul(nn.softmax(scores, -1), v).transpose([1, 0, 2]).reshape([TOKENS, WIDTH]);
  return jax.linear(jx, p, "out", mixed);
}
