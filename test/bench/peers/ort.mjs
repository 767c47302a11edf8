// ONNX Runtime, native (onnxruntime-node) and as wasm (onnxruntime-web): one interface, one model file.
import { onnxModel } from "../onnx.mjs";
import { installedVersion } from "../packages.mjs";

/** @typedef {import("./index.mjs").Peer} Peer @typedef {import("./index.mjs").Job} Job */

export async function openOrtNode() {
  const { default: ort } = await import("onnxruntime-node");
  return peer("ORT-node", "onnxruntime-node", ort, "cpu");
}

export async function openOrtWeb() {
  const ort = await import("onnxruntime-web");
  ort.env.wasm.numThreads = 1;
  return peer("ORT-web", "onnxruntime-web", ort, "wasm");
}

/** @returns {Peer} */
function peer(
  /** @type {string} */ name,
  /** @type {string} */ package_,
  /** @type {any} */ ort,
  /** @type {string} */ provider,
) {
  return {
    name,
    version: String(installedVersion(package_)),
    async prepare(/** @type {Job} */ { onnx, constants, parameters, shape, outShape, x, given }) {
      const inputs = { x: { shape, data: x }, ...given };
      const shapes = Object.fromEntries(Object.entries(inputs).map(([name, each]) => [name, each.shape]));
      const file = onnxModel(onnx, { ...parameters, ...constants?.(parameters) }, shapes, outShape);
      const session = await ort.InferenceSession.create(file, sessionOptions(provider));
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, each]) => [
          name,
          new ort.Tensor("float32", each.data, each.shape),
        ]),
      );
      let y = new Float32Array();
      return {
        // Outputs given beforehand are no faster in ORT-node and stay unwritten in ORT-web.
        run: async () => {
          y = (await session.run(feeds)).y.data;
        },
        output: () => y,
        close: () => session.release(),
      };
    },
  };
}

/** One thread, as nnc has one. */
function sessionOptions(/** @type {string} */ provider) {
  return {
    executionProviders: [provider],
    graphOptimizationLevel: "all",
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  };
}
