// An encoder layer as torch.nn.TransformerEncoderLayer(256, 8, 1024) is in eval mode, for one sequence.
import { chain } from "../onnx.mjs";
import { gemm, integers, jax, layerNorm, litert, scalar, tfjs } from "./forms.mjs";

const [TOKENS, WIDTH, HEADS, FEED_FORWARD] = [128, 256, 8, 1024];
const HEAD = WIDTH / HEADS;

/** @type {import("./index.mjs").Work} */
export const transformer = {
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
    ...chain([gemm("qkv"), ["Reshape", ["split"]], ["Transpose", [], { perm: [1, 2, 0, 3] }]], "x", "three"),
    {
      op: "Split",
      inputs: ["three"],
      outputs: ["q.1", "k.1", "v.1"],
      attributes: { axis: 0, num_outputs: 3 },
    },
    ...["q", "k", "v"].flatMap((name) => chain([["Squeeze", ["first"]]], `${name}.1`, name)),
    ...chain([["Transpose", [], { perm: [0, 2, 1] }]], "k", "kt"),
    ...chain(
      [
        ["MatMul", ["kt"]],
        ["Div", ["root"]],
        ["Softmax", [], { axis: -1 }],
        ["MatMul", ["v"]],
        ["Transpose", [], { perm: [1, 0, 2] }],
        ["Reshape", ["joined"]],
        gemm("out"),
        ["Add", ["x"]],
        layerNorm("norm1"),
      ],
      "q",
      "h",
    ),
    ...chain([gemm("linear1"), ["Relu"], gemm("linear2"), ["Add", ["h"]], layerNorm("norm2")], "h"),
  ],
  constants: () => ({
    split: integers(TOKENS, 3, HEADS, HEAD),
    first: integers(0),
    root: scalar(Math.sqrt(HEAD)),
    joined: integers(TOKENS, WIDTH),
  }),
  tfjs: (tf, p, x) => {
    const three = tf.reshape(tfjs.linear(tf, p, "qkv", x), [TOKENS, 3, HEADS, HEAD]);
    const [q, k, v] = tf.unstack(tf.transpose(three, [1, 2, 0, 3]));
    const weights = tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(HEAD)));
    const mixed = tf.reshape(tf.transpose(tf.matMul(weights, v), [1, 0, 2]), [TOKENS, WIDTH]);
    const h = tfjs.layerNorm(tf, p, "norm1", tf.add(x, tfjs.linear(tf, p, "out", mixed)));
    const inner = tfjs.linear(tf, p, "linear1", h, "relu");
    return tfjs.layerNorm(tf, p, "norm2", tf.add(h, tfjs.linear(tf, p, "linear2", inner)));
  },
  litert: (g, p, x) => {
    const three = g.op("RESHAPE", [litert.linear(g, p, "qkv", x), litert.integers(TOKENS, 3, HEADS, HEAD)]);
    const apart = g.op("TRANSPOSE", [three, litert.integers(1, 2, 0, 3)]);
    const [q, k, v] = g.ops("SPLIT", [{ shape: [], data: Int32Array.of(0) }, apart], 3, { count: 3 });
    const scores = g.op("BATCH_MATMUL", [q, k], { transposed: true });
    const weights = g.op("SOFTMAX", [g.op("MUL", [scores, litert.scalar(1 / Math.sqrt(HEAD))])]);
    const heads = g.op("TRANSPOSE", [g.op("BATCH_MATMUL", [weights, v]), litert.integers(0, 2, 1, 3)]);
    const mixed = g.op("RESHAPE", [heads, litert.integers(TOKENS, WIDTH)]);
    const h = litert.layerNorm(g, p, "norm1", g.op("ADD", [x, litert.linear(g, p, "out", mixed)]));
    const inner = litert.linear(g, p, "linear1", h, "relu");
    return litert.layerNorm(g, p, "norm2", g.op("ADD", [h, litert.linear(g, p, "linear2", inner)]));
  },
  jax: (jx, p, x) => {
    const { numpy, nn } = jx;
    const three = jax.linear(jx, p, "qkv", x.ref).reshape([TOKENS, 3, HEADS, HEAD]).transpose([1, 2, 0, 3]);
    const parts = numpy.split(three, 3, 0);
    const [q, k, v] = parts.map((/** @type {any} */ part) => part.reshape([HEADS, TOKENS, HEAD]));
    const scores = numpy.matmul(q, k.transpose([0, 2, 1])).mul(1 / Math.sqrt(HEAD));
    const mixed = numpy.matmul(nn.softmax(scores, -1), v).transpose([1, 0, 2]).reshape([TOKENS, WIDTH]);
    const h = jax.layerNorm(jx, p, "norm1", x.add(jax.linear(jx, p, "out", mixed)));
    const inner = nn.relu(jax.linear(jx, p, "linear1", h.ref));
    return jax.layerNorm(jx, p, "norm2", h.add(jax.linear(jx, p, "linear2", inner)));
  },
};
