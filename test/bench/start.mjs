// From the import of a net to its first result, each in processes of its own.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { emit } from "../../dist/compiler/index.js";
import { compare } from "./data.mjs";
import { median, summary } from "./measure.mjs";
import { onnxModel } from "./onnx.mjs";
import { liteRtModel } from "./peers/litert.mjs";
import { prepare } from "./peers/nnc.mjs";
import { digits, time, timeWithNoise } from "./report.mjs";
import { Disagreement } from "./rooms.mjs";
import { works } from "./works/index.mjs";

/** Each is a script of `start/`, the model file it loads, and what it runs on. */
const children = [
  { name: "Node.js alone", script: "none.mjs", file: "", on: "" },
  { name: "nnc on wasm", script: "nnc.mjs", file: "wasm.mjs", on: "" },
  { name: "nnc on js", script: "nnc.mjs", file: "js.mjs", on: "" },
  { name: "ORT-node", script: "ort.mjs", file: "model.onnx", on: "onnxruntime-node" },
  { name: "ORT-web", script: "ort.mjs", file: "model.onnx", on: "onnxruntime-web" },
  { name: "tfjs-wasm", script: "tfjs.mjs", file: "", on: "wasm" },
  { name: "tfjs-cpu", script: "tfjs.mjs", file: "", on: "cpu" },
  { name: "LiteRT.js", script: "litert.mjs", file: "model.tflite", on: "" },
  { name: "jax-js", script: "jax.mjs", file: "", on: "" },
];

/**
 * Of a net of ten numbers, and of one whose weights and products take time.
 * @param {readonly { name: string }[]} peers those that are installed @param {number} rounds
 * @param {import("./report.mjs").Report} report
 */
export function startTimes(peers, rounds, report) {
  const perceptron = works.find(({ name }) => name.startsWith("MLP"));
  return [works[0], ...(perceptron ? [perceptron] : [])].map((work) => ({
    work: work.name,
    lanes: startTimesOf(work, peers, rounds, report),
  }));
}

/**
 * @param {import("./works/index.mjs").Work} work @param {readonly { name: string }[]} peers @param {number} rounds
 * @param {import("./report.mjs").Report} report
 */
function startTimesOf(work, peers, rounds, report) {
  const folder = mkdtempSync(join(tmpdir(), "nnc-bench-"));
  try {
    const want = writeFiles(work, folder);
    const lanes = children
      // The first three need no peer.
      .filter(({ name }, index) => index < 3 || peers.some((peer) => peer.name === name))
      .map((child) => ({ ...child, whole: /** @type {number[]} */ ([]), own: /** @type {number[]} */ ([]) }));
    for (let round = 0; round < rounds; round++)
      for (const lane of lanes) {
        const { whole, own, values } = start(lane, folder);
        lane.whole.push(whole);
        lane.own.push(own);
        if (lane.script !== "none.mjs" && !compare(values, want).agrees)
          throw new Disagreement(`${lane.name} computes something else in a process of its own`);
      }
    const [alone, nnc] = lanes;
    const results = lanes.map(({ name, whole, own }) => ({
      name,
      imported: summary(own),
      whole: summary(whole),
      less: median(whole.map((ms, round) => ms - alone.whole[round])),
    }));
    report.text(`The net is ${work.name}.`);
    report.table([
      ["", "import to first result", "whole process", "less Node.js alone", `speed of ${nnc.name}`],
      ["Node.js alone", "", timeWithNoise(results[0].whole), "", ""],
      ...results
        .slice(1)
        .map(({ name, imported, whole, less }) => [
          name,
          timeWithNoise(imported),
          timeWithNoise(whole),
          time(less),
          name === nnc.name ? "" : `${digits(imported.median / median(nnc.own))}×`,
        ]),
    ]);
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the children load; returns the values they must find. @param {import("./works/index.mjs").Work} work @param {string} folder */
function writeFiles(work, folder) {
  const { job, nnc } = prepare(work);
  const { name, parameters, shape, outShape, x } = job;
  nnc.run();
  const weights = Object.entries(parameters).map(([path, p]) => [path, { ...p, dtype: "f32" }]);
  for (const target of /** @type {const} */ (["wasm", "js"])) {
    const weightsUrl = `./${target}.safetensors`;
    const emitted = emit(work.source, { weights: Object.fromEntries(weights), target, weightsUrl });
    writeFileSync(join(folder, `${target}.mjs`), emitted.code);
    if (emitted.weights) writeFileSync(join(folder, `${target}.safetensors`), emitted.weights);
  }
  writeFileSync(join(folder, "model.onnx"), onnxModel(work.onnx, parameters, { x: shape }, outShape));
  writeFileSync(join(folder, "model.tflite"), liteRtModel(job));
  const plain = Object.entries(parameters).map(([path, p]) => [path, { shape: p.shape, data: [...p.data] }]);
  const text = JSON.stringify({ name, shape, x: [...x], parameters: Object.fromEntries(plain) });
  writeFileSync(join(folder, "job.json"), text);
  return nnc.output();
}

/** @param {{ name: string, script: string, file: string, on: string }} child @param {string} folder */
function start({ name, script, file, on }, folder) {
  const path = fileURLToPath(new URL(`start/${script}`, import.meta.url));
  const args = [path, join(folder, file), join(folder, "job.json"), on];
  const from = performance.timeOrigin + performance.now();
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name} did not start: ${stderr.trim() || `exit ${status}`}`);
  const { at, ms, values } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  return { whole: at - from, own: ms, values };
}
