// Recurrent layers over one sequence, as torch.nn has them and as the operators of ONNX.
import { integers, litert } from "./forms.mjs";

/** @typedef {import("./index.mjs").Work} Work @typedef {import("./index.mjs").Parameters} Parameters */

/**
 * The state after a step, of what the input and the state before it give to each gate; the first in it is what the layer
 * gives.
 * @typedef {(g: Graph, fromInput: number[], fromState: number[], state: number[]) => number[]} Step
 * @typedef {import("../tflite.mjs").Graph} Graph
 */

/**
 * ONNX's operators, the places of their gates among those of torch.nn, and their attributes; and a step as LiteRT.js has
 * it.
 * @type {Record<string, { gates: readonly number[], attributes?: import("../onnx.mjs").Attributes, step: Step }>}
 */
const operators = {
  RNN: { gates: [0], step: rnnStep },
  // torch.nn has r, z, n; ONNX has z, r, h.
  GRU: { gates: [1, 0, 2], attributes: { linear_before_reset: 1 }, step: gruStep },
  // torch.nn has i, f, g, o; ONNX has i, o, f, c.
  LSTM: { gates: [0, 3, 1, 2], step: lstmStep },
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
  const { gates, attributes, step } = operators[name] ?? {};
  if (!gates || !step) throw new Error(`ONNX has no ${name}`);
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
    litert: (g, p, x) => unrolled(g, p, x, gates.length, step),
    jax: onlyOnnx,
  };
}

/**
 * Step by step, as the converter leaves recurrent layers of PyTorch: LiteRT's own operators of such layers keep their state
 * from call to call.
 * @param {Graph} g @param {Parameters} p @param {number} x @param {number} gates @param {Step} step
 */
function unrolled(g, p, x, gates, step) {
  const [steps, , size] = g.shapeOf(x);
  const [inputWeight, stateWeight] = ["weight_ih", "weight_hh"].map((name) => p[`r.${name}_l0`]);
  const [inputBias, stateBias] = ["bias_ih", "bias_hh"].map((name) => p[`r.${name}_l0`]);
  const [first, second] = [0, 1].map((axis) => ({ shape: [], data: Int32Array.of(axis) }));
  const apart = (/** @type {number} */ value) => g.ops("SPLIT", [second, value], gates, { count: gates });
  const rows = g.op("FULLY_CONNECTED", [x, inputWeight, inputBias]);
  const zeros = g.constant({ shape: [1, size], data: new Float32Array(size) });
  let state = [zeros, zeros];
  const results = [];
  for (const row of g.ops("SPLIT", [first, rows], steps, { count: steps })) {
    const fromState = g.op("FULLY_CONNECTED", [state[0], stateWeight, stateBias]);
    state = step(g, apart(row), apart(fromState), state);
    results.push(state[0]);
  }
  return g.op("RESHAPE", [g.op("CONCATENATION", results, { axis: 0 }), litert.integers(steps, 1, size)]);
}

/** @type {Step} */
function rnnStep(g, [fromInput], [fromState]) {
  return [g.op("TANH", [g.op("ADD", [fromInput, fromState])])];
}

/** @type {Step} */
function gruStep(g, [inputR, inputZ, inputN], [stateR, stateZ, stateN], [h]) {
  const r = g.op("LOGISTIC", [g.op("ADD", [inputR, stateR])]);
  const z = g.op("LOGISTIC", [g.op("ADD", [inputZ, stateZ])]);
  const n = g.op("TANH", [g.op("ADD", [inputN, g.op("MUL", [r, stateN])])]);
  return [g.op("ADD", [n, g.op("MUL", [z, g.op("SUB", [h, n])])])];
}

/** @type {Step} */
function lstmStep(g, fromInput, fromState, [, cell]) {
  const sums = fromInput.map((value, gate) => g.op("ADD", [value, fromState[gate]]));
  const [i, f, o] = [0, 1, 3].map((gate) => g.op("LOGISTIC", [sums[gate]]));
  const added = g.op("MUL", [i, g.op("TANH", [sums[2]])]);
  const next = g.op("ADD", [g.op("MUL", [f, cell]), added]);
  return [g.op("MUL", [o, g.op("TANH", [next])]), next];
}

/** @param {Parameters} parameters @param {string} name */
function dataOf(parameters, name) {
  const found = parameters[name];
  if (!found) throw new Error(`there is no parameter ${name}`);
  return found.data;
}

/** @returns {never} */
function onlyOnnx() {
  throw new Error("the bench has this work for ONNX Runtime and LiteRT.js only");
}
