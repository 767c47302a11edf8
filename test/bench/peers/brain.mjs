// brain.js, on the CPU: dense layers, one row a call, one activation after every layer.
import { installedVersion } from "../packages.mjs";

/** @returns {Promise<import("./index.mjs").Peer>} */
export async function openBrain() {
  const { default: library } = await import("brain.js");
  return {
    name: "brain.js",
    version: String(installedVersion("brain.js")),
    async prepare({ brain, parameters, shape, x }) {
      if (!brain) throw new Error("it has nothing but dense layers with one activation, on one row");
      const layers = brain.layers.map((at) => nodesOf(parameters[`${at}.weight`], parameters[`${at}.bias`]));
      const inputs = Array.from({ length: shape[1] }, () => ({}));
      const sizes = [inputs, ...layers].map((nodes) => nodes.length);
      // Its types want what only training reads, too.
      const file = /** @type {any} */ ({ activation: brain.activation, sizes, layers: [inputs, ...layers] });
      const net = new library.NeuralNetwork().fromJSON(file);
      /** @type {ArrayLike<number>} */
      let y = [];
      return {
        run: () => {
          y = net.run(x);
        },
        output: () => Float32Array.from(y),
      };
    },
  };
}

/** @typedef {import("../works/index.mjs").Parameters[string]} Parameter */

/** @param {Parameter} weight @param {Parameter} bias */
function nodesOf({ data, shape: [, width] }, bias) {
  return Array.from(bias.data, (value, row) => ({
    bias: value,
    weights: Array.from(data.subarray(row * width, (row + 1) * width)),
  }));
}
