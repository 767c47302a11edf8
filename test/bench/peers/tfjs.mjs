// TensorFlow.js with its wasm backend (XNNPACK) or its plain JavaScript one.

/** @typedef {import("./index.mjs").Job} Job */

/**
 * @param {"wasm" | "cpu"} backend
 * @returns {Promise<import("./index.mjs").Peer>}
 */
export async function openTfjs(backend) {
  const tf = await loadTfjs(backend);
  return {
    name: `tfjs-${backend}`,
    version: tf.version_core,
    // Both backends live in one engine, and switching costs time of its own.
    enter: () => tf.setBackend(backend),
    async prepare({ tfjs, converted, parameters, shape, outShape, x, given, channelsLast }) {
      await tf.setBackend(backend);
      const first = tf.tensor(x, shape);
      const input = channelsLast ? tf.transpose(first, [0, 2, 3, 1]) : first;
      const others = Object.fromEntries(
        Object.entries(given).map(([name, each]) => [name, tf.tensor(each.data, [...each.shape])]),
      );
      const tensors = tensorsOf(tf, converted?.(parameters) ?? parameters);
      let y = new Float32Array();
      return {
        run: () => {
          const result = tf.tidy(() => tfjs(tf, tensors, input, others));
          y = result.dataSync();
          result.dispose();
        },
        output: () => (channelsLast && outShape.length === 4 ? channelsFirst(tf, y, outShape) : y),
        close: () => tf.dispose([first, input, others, tensors]),
      };
    },
  };
}

/** @param {"wasm" | "cpu"} backend */
export async function loadTfjs(backend) {
  const tf = await import("@tensorflow/tfjs-core");
  // No checks of every op's operands, no greeting.
  tf.enableProdMode();
  if (backend === "cpu") await import("@tensorflow/tfjs-backend-cpu");
  else (await import("@tensorflow/tfjs-backend-wasm")).setThreadsCount(1);
  if (!(await tf.setBackend(backend))) throw new Error(`the ${backend} backend did not start`);
  return tf;
}

/**
 * Matrices lie the other way round than PyTorch's: only products of untransposed ones are fast with the wasm backend. The
 * weights of convolutions are [height, width, in, out].
 * @param {any} tf
 * @param {import("../works/index.mjs").Parameters} parameters
 */
export function tensorsOf(tf, parameters) {
  const entries = Object.entries(parameters).map(([name, { data, shape }]) => {
    const tensor = tf.tensor(data, [...shape]);
    if (shape.length === 2) return [name, tf.transpose(tensor)];
    return [name, shape.length === 4 ? tf.transpose(tensor, [2, 3, 1, 0]) : tensor];
  });
  return Object.fromEntries(entries);
}

/** @param {any} tf @param {Float32Array} y @param {number[]} shape */
function channelsFirst(tf, y, [n, c, h, w]) {
  return tf.tidy(() => tf.transpose(tf.tensor(y, [n, h, w, c]), [0, 3, 1, 2]).dataSync());
}
