// A block of GPT-2 small that goes on after tokens whose keys and values are known.
import { chain } from "../onnx.mjs";
import { gemm, integers, jax, layerNorm, litert, scalar, tfjs } from "./forms.mjs";

const [PAST, WIDTH, HEADS] = [128, 768, 12];
const HEAD = WIDTH / HEADS;

/** @type {import("./index.mjs").Work} */
export const cached = {
  name: `GPT-2 small block, one token after ${PAST}`,
  source: `
model Step(d = ${WIDTH}, heads = ${HEADS}) {
  input x: f32[T, d]
  input past_k: f32[heads, P, d // heads]
  input past_v: f32[heads, P, d // heads]
  [q, new_k, new_v] = x -> ln_1: LayerNorm(d) -> c_attn: Linear(d, 3 * d) -> Unflatten(1, [3, heads, d // heads])
    -> Permute(1, 2, 0, 3) -> Unbind(0)
  k = [past_k, new_k] -> Concat(dim=1)
  v = [past_v, new_v] -> Concat(dim=1)
  h = x + ([q, k, v] -> ScaledDotProductAttention -> Transpose(0, 1) -> Flatten(1) -> c_proj: Linear(d, d))
  output y = h + (h -> ln_2: LayerNorm(d) -> c_fc: Linear(d, 4 * d) -> GELU("tanh") -> m_proj: Linear(4 * d, d))
}`,
  shape: [1, WIDTH],
  others: { past_k: [HEADS, PAST, HEAD], past_v: [HEADS, PAST, HEAD] },
  onnx: [
    ...chain([layerNorm("ln_1"), gemm("c_attn"), ["Reshape", ["split"]], ["Transpose", [], { perm: [1, 2, 0, 3] }]], "x", "three"), // prettier-ignore
    {
      op: "Split",
      inputs: ["three"],
      outputs: ["q.1", "k.1", "v.1"],
      attributes: { axis: 0, num_outputs: 3 },
    },
    ...["q", "k", "v"].flatMap((name) => chain([["Squeeze", ["first"]]], `${name}.1`, `${name}.new`)),
    { op: "Concat", inputs: ["past_k", "k.new"], outputs: ["k"], attributes: { axis: 1 } },
    { op: "Concat", inputs: ["past_v", "v.new"], outputs: ["v"], attributes: { axis: 1 } },
    ...chain([["Transpose", [], { perm: [0, 2, 1] }]], "k", "kt"),
    ...chain(
      [
        ["MatMul", ["kt"]],
        ["Div", ["root"]],
        ["Softmax", [], { axis: -1 }],
        ["MatMul", ["v"]],
        ["Transpose", [], { perm: [1, 0, 2] }],
        ["Reshape", ["joined"]],
        gemm("c_proj"),
        ["Add", ["x"]],
      ],
      "q.new",
      "h",
    ),
    ...chain([layerNorm("ln_2"), gemm("c_fc"), ["Gelu", [], { approximate: "tanh" }], gemm("m_proj"), ["Add", ["h"]]], "h"), // prettier-ignore
  ],
  constants: () => ({
    split: integers(1, 3, HEADS, HEAD),
    first: integers(0),
    root: scalar(Math.sqrt(HEAD)),
    joined: integers(1, WIDTH),
  }),
  tfjs: (tf, p, x, { past_k, past_v }) => {
    const three = tf.reshape(tfjs.linear(tf, p, "c_attn", tfjs.layerNorm(tf, p, "ln_1", x)), [1, 3, HEADS, HEAD]); // prettier-ignore
    const [q, newK, newV] = tf.unstack(tf.transpose(three, [1, 2, 0, 3]));
    const scores = tf.matMul(q, tf.concat([past_k, newK], 1), false, true);
    const weights = tf.softmax(tf.mul(scores, 1 / Math.sqrt(HEAD)));
    const mixed = tf.transpose(tf.matMul(weights, tf.concat([past_v, newV], 1)), [1, 0, 2]);
    const h = tf.add(x, tfjs.linear(tf, p, "c_proj", tf.reshape(mixed, [1, WIDTH])));
    const inner = tfjs.linear(tf, p, "c_fc", tfjs.layerNorm(tf, p, "ln_2", h));
    const cubic = tf.add(inner, tf.mul(tf.mul(inner, tf.mul(inner, inner)), 0.044715));
    const gate = tf.add(tf.tanh(tf.mul(cubic, Math.sqrt(2 / Math.PI))), 1);
    return tf.add(h, tfjs.linear(tf, p, "m_proj", tf.mul(tf.mul(inner, 0.5), gate)));
  },
  litert: (g, p, x, { past_k, past_v }) => {
    const three = litert.linear(g, p, "c_attn", litert.layerNorm(g, p, "ln_1", x));
    const split = g.op("RESHAPE", [three, litert.integers(3, HEADS, 1, HEAD)]);
    const parts = g.ops("SPLIT", [{ shape: [], data: Int32Array.of(0) }, split], 3, { count: 3 });
    const [q, newK, newV] = parts.map((part) => g.op("RESHAPE", [part, litert.integers(HEADS, 1, HEAD)]));
    const k = g.op("CONCATENATION", [past_k, newK], { axis: 1 });
    const v = g.op("CONCATENATION", [past_v, newV], { axis: 1 });
    const scores = g.op("MUL", [g.op("BATCH_MATMUL", [q, k], { transposed: true }), litert.scalar(1 / Math.sqrt(HEAD))]); // prettier-ignore
    const mixed = g.op("BATCH_MATMUL", [g.op("SOFTMAX", [scores]), v]);
    const joined = litert.linear(g, p, "c_proj", g.op("RESHAPE", [mixed, litert.integers(1, WIDTH)]));
    const h = g.op("ADD", [x, joined]);
    const inner = litert.linear(g, p, "c_fc", litert.layerNorm(g, p, "ln_2", h));
    return g.op("ADD", [h, litert.linear(g, p, "m_proj", g.op("GELU", [inner], { approximate: true }))]);
  },
  jax: (jx, p, x, { past_k, past_v }) => {
    const { numpy, nn } = jx;
    const three = jax
      .linear(jx, p, "c_attn", jax.layerNorm(jx, p, "ln_1", x.ref))
      .reshape([3, HEADS, 1, HEAD]);
    const parts = numpy.split(three, 3, 0);
    const [q, newK, newV] = parts.map((/** @type {any} */ part) => part.reshape([HEADS, 1, HEAD]));
    const scores = numpy.matmul(q, numpy.concatenate([past_k, newK], 1).transpose([0, 2, 1]));
    const weights = nn.softmax(scores.mul(1 / Math.sqrt(HEAD)), -1);
    const mixed = numpy.matmul(weights, numpy.concatenate([past_v, newV], 1)).reshape([1, WIDTH]);
    const h = x.add(jax.linear(jx, p, "c_proj", mixed));
    const inner = nn.gelu(jax.linear(jx, p, "c_fc", jax.layerNorm(jx, p, "ln_2", h.ref)), { approximate: true }); // prettier-ignore
    return h.add(jax.linear(jx, p, "m_proj", inner));
  },
};
