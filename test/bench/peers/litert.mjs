// LiteRT.js, which runs models in LiteRT's files (.tflite) by XNNPACK, compiled to wasm.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { compileFunction } from "node:vm";
import { FROM_LAST, TO_LAST, transposed } from "../data.mjs";
import { installedVersion, packageFolder } from "../packages.mjs";
import { Graph } from "../tflite.mjs";

/** @returns {Promise<import("./index.mjs").Peer>} */
export async function openLiteRt() {
  const { Tensor, loadAndCompile } = await loadLiteRt();
  return {
    name: "LiteRT.js",
    version: String(installedVersion("@litertjs/core")),
    async prepare(job) {
      const { shape, outShape, x, given, channelsLast } = job;
      const model = await loadAndCompile(liteRtModel(job), { accelerator: "wasm" });
      const first = channelsLast ? transposed({ shape, data: x }, TO_LAST) : { shape, data: x };
      const inputs = [first, ...Object.values(given)].map((each) => new Tensor(each.data, [...each.shape]));
      let y = new Float32Array();
      return {
        run: async () => {
          const [result] = await model.run(inputs);
          y = result.toTypedArray();
          result.delete();
        },
        output: () => {
          if (!channelsLast || outShape.length !== 4) return y;
          const [n, c, h, w] = outShape;
          return transposed({ shape: [n, h, w, c], data: y }, FROM_LAST).data;
        },
        close: () => {
          for (const input of inputs) input.delete();
          model.delete();
        },
      };
    },
  };
}

/** A work as a model file. @param {Pick<import("./index.mjs").Job, "litert" | "converted" | "parameters" | "shape" | "given" | "channelsLast">} job */
export function liteRtModel({ litert, converted, parameters, shape, given, channelsLast }) {
  const graph = new Graph();
  const x = graph.input(channelsLast ? TO_LAST.map((axis) => shape[axis]) : shape);
  const others = Object.fromEntries(
    Object.entries(given).map(([name, each]) => [name, graph.input(each.shape)]),
  );
  return graph.file(litert(graph, converted?.(parameters) ?? parameters, x, others));
}

/**
 * Its wasm knows Node.js, the package around it only pages and their workers: it is a worker here, which runs scripts by
 * `importScripts`.
 * @returns {Promise<typeof import("@litertjs/core")>}
 */
export async function loadLiteRt() {
  /** @type {any} */
  const scope = globalThis;
  scope.self = scope;
  scope.importScripts = (/** @type {string} */ path) => {
    const module = { exports: {} };
    const names = ["require", "module", "exports", "__filename", "__dirname"];
    const run = compileFunction(readFileSync(path, "utf8"), names, { filename: path });
    run(createRequire(path), module, module.exports, path, dirname(path));
    scope.ModuleFactory = module.exports;
  };
  // It writes a line for each step it takes; what goes wrong it throws.
  scope.Module = { printErr: () => {} };
  const { warn } = console;
  // That there is no GPU.
  console.warn = () => {};
  try {
    const litert = await import("@litertjs/core");
    // It takes the wasm with relaxed SIMD where the engine has that, and has one thread unless told otherwise.
    await litert.loadLiteRt(`${packageFolder("@litertjs/core")}/wasm/`);
    return litert;
  } finally {
    console.warn = warn;
  }
}
