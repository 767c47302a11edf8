// What a page must load: the modules that nnc emits, and the files of the peers as they are published.
import { readdirSync, readFileSync } from "node:fs";
import { arch, platform } from "node:os";
import { gzipSync } from "node:zlib";
import { emit } from "../../dist/compiler/index.js";
import { installedVersion, packageFolder } from "./packages.mjs";
import { ownLanes } from "./peers/nnc.mjs";
import { bytes } from "./report.mjs";
import { modeOf, works } from "./works/index.mjs";

/** Files of a package's folder. @typedef {[package: string, folder: string, files: RegExp]} Part */

/** @type {Record<string, Part[]>} */
const peers = {
  "ORT-web": [["onnxruntime-web", "dist", /^(ort\.wasm\.bundle\.min\.mjs|ort-wasm-simd-threaded\.wasm)$/]],
  "ORT-node, what is native": [["onnxruntime-node", `bin/napi-v6/${platform()}/${arch()}`, /./]],
  "tfjs-wasm": [
    ["@tensorflow/tfjs-core", "dist", /^tf-core\.fesm\.min\.js$/],
    [
      "@tensorflow/tfjs-backend-wasm",
      "dist",
      /^(tf-backend-wasm\.fesm\.min\.js|tfjs-backend-wasm-simd\.wasm)$/,
    ],
  ],
  "tfjs-cpu": [
    ["@tensorflow/tfjs-core", "dist", /^tf-core\.fesm\.min\.js$/],
    ["@tensorflow/tfjs-backend-cpu", "dist", /^tf-backend-cpu\.fesm\.min\.js$/],
  ],
  "LiteRT.js": [
    ["@litertjs/core", "dist", /^index\.js$/],
    ["@litertjs/core", "wasm", /^litert_wasm_internal\.(js|wasm)$/],
    ["@litertjs/wasm-utils", "dist", /^index\.js$/],
  ],
  "jax-js, published unminified": [["@jax-js/jax", "dist", /^(index|backend-.*|rolldown-runtime-.*)\.js$/]],
  "brain.js": [["brain.js", ".", /^browser\.min\.js$/]],
};

/** @param {import("./report.mjs").Report} report */
export function fileSizes(report) {
  // The same module for one row and for many.
  const distinct = works.filter(
    ({ source }, index) => works.findIndex((each) => each.source === source) === index,
  );
  const modules = ownLanes("both").flatMap(({ name: own, target }) =>
    distinct.map((work) => {
      const { name, source } = work;
      const { code } = emit(source, { external: true, target, mode: modeOf(work) });
      return { name: `${own}: ${name.replace(/, \d[^,]*$/, "")}`, ...sizeOf([Buffer.from(code)]) };
    }),
  );
  const runtimes = Object.entries(peers)
    .filter(([, parts]) => parts.every(([name]) => installedVersion(name) !== undefined))
    .map(([name, parts]) => ({ name, ...sizeOf(parts.flatMap(filesOf)) }));
  const results = [...modules, ...runtimes];
  report.table([
    ["", "bytes", "gzip"],
    ...results.map(({ name, raw, gzip }) => [name, bytes(raw), bytes(gzip)]),
  ]);
  return results;
}

/** @param {Part} part */
function filesOf([name, folder, pattern]) {
  const path = `${packageFolder(name)}/${folder}`;
  const files = readdirSync(path).filter((file) => pattern.test(file));
  if (files.length === 0) throw new Error(`${name} has no files ${pattern} in ${folder}`);
  return files.map((file) => readFileSync(`${path}/${file}`));
}

/** @param {readonly Uint8Array[]} files */
function sizeOf(files) {
  const sum = (/** @type {number[]} */ counts) => counts.reduce((total, count) => total + count, 0);
  return {
    raw: sum(files.map(({ length }) => length)),
    gzip: sum(files.map((file) => gzipSync(file, { level: 9 }).length)),
  };
}
