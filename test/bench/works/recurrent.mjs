// Recurrent layers over one sequence, as torch.nn has them and as the operators of ONNX.
import { integers } from "./forms.mjs";

/** @typedef {import("./index.mjs").Work} Work @typedef {import("./index.mjs").Parameters} Parameters */

/**
 * ONNX's operators, the places of their gates among those of torch.nn, and their attributes.
 * @type {Record<string, { gates: readonly number[], attributes?: import("../onnx.mjs").Attributes }>}
 */
const operators = {
  RNN: { gates: [0] },
  // torch.nn has r, z, n; ONNX has z, r, h.
  GRU: { gates: [1, 0, 2], attributes: { linear_before_reset: 1 } },
  // torch.nn has i, f, g, o; ONNX has i, o, f, c.
  LSTM: { gates: [0, 3, 1, 2] },
};

/** @type {Work[]} */
export const recurrent = [
  work("LSTM", 128, 64),
  work("GRU", 128, 64),
  work("LSTM", 16, 32),
  work("RNN", 16, 32),
];

/** @param {string} name @param {number} size @param {number} steps @returns {Work} */
function work(name, size, steps) {
  const { gates, attributes } = operators[name] ?? {};
  if (!gates) throw new Error(`ONNX has no ${name}`);
  /** The rows of each gate where ONNX has them. @param {Float32Array} data */
  const reordered = (data) => {
    const rows = data.length / gates.length;
    const parts = gates.map((gate) => data.subarray(gate * rows, (gate + 1) * rows));
    return Float32Array.from(parts.flatMap((part) => [...part]));
  };
  return {
    name: `${name} ${size}, ${steps} steps`,
    source: `model Net { input x: f32[T, 1, ${size}]\noutput y = x -> r: ${name}(${size}, ${size}) }`,
    shape: [steps, 1, size],
    onnx: [
      {
        op: name,
        inputs: ["x", "w", "r", "b"],
        outputs: ["rows"],
        attributes: { hidden_size: size, ...attributes },
      },
      // [steps, directions, batch, size] -> [steps, batch, size]
      { op: "Squeeze", inputs: ["rows", "direction"], outputs: ["y"] },
    ],
    constants: (parameters) => {
      const of = (/** @type {string} */ key) => reordered(dataOf(parameters, `r.${key}_l0`));
      const shape = [1, gates.length * size, size];
      const bias = Float32Array.from([...of("bias_ih"), ...of("bias_hh")]);
      return {
        w: { shape, data: of("weight_ih") },
        r: { shape, data: of("weight_hh") },
        b: { shape: [1, bias.length], data: bias },
        direction: integers(1),
      };
    },
    tfjs: onlyOnnx,
    jax: onlyOnnx,
  };
}

/** @param {Parameters} parameters @param {string} name */
function dataOf(parameters, name) {
  const found = parameters[name];
  if (!found) throw new Error(`there is no parameter ${name}`);
  return found.data;
}

/** @returns {never} */
function onlyOnnx() {
  throw new Error("the bench has this work for ONNX Runtime only");
}
