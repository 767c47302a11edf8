// Dropout as it is in training, where random numbers are most of the work.
import { litert, scalar } from "./forms.mjs";

const COUNT = 1024 * 1024;

/** @type {import("./index.mjs").Work} */
export const dropout = {
  name: "Dropout(0.5) in training, 1 M values",
  source: "Dropout(0.5)",
  shape: [COUNT],
  dropped: 0.5,
  onnx: [{ op: "Dropout", inputs: ["x", "ratio", "training"], outputs: ["y"] }],
  constants: () => ({ ratio: scalar(0.5), training: { shape: [], data: Uint8Array.of(1) } }),
  tfjs: (tf, _, x) => tf.dropout(x, 0.5),
  // 0 or 1, and twice that much.
  litert: (g, _, x) => {
    const random = g.op("RANDOM_UNIFORM", [litert.integers(COUNT)]);
    const kept = g.op("FLOOR", [g.op("ADD", [random, litert.scalar(0.5)])]);
    return g.op("MUL", [g.op("MUL", [x, litert.scalar(2)]), kept]);
  },
  jax: () => {
    throw new Error("the bench has this work for the other peers only");
  },
};
