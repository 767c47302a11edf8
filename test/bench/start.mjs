// From the start of a process to its first result.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { emit } from "../../dist/compiler/index.js";
import { compare } from "./data.mjs";
import { median } from "./measure.mjs";
import { onnxModel } from "./onnx.mjs";
import { prepare } from "./peers/nnc.mjs";
import { digits, table, time } from "./report.mjs";
import { works } from "./works.mjs";

/** Each is a script of `start/`, the model file it loads, and what it runs on. */
const children = [
  { name: "Node.js alone", script: "none.mjs", file: "", on: "" },
  { name: "nnc module", script: "nnc.mjs", file: "model.mjs", on: "" },
  { name: "ORT-node", script: "ort.mjs", file: "model.onnx", on: "onnxruntime-node" },
  { name: "ORT-web", script: "ort.mjs", file: "model.onnx", on: "onnxruntime-web" },
  { name: "tfjs-wasm", script: "tfjs.mjs", file: "", on: "wasm" },
  { name: "tfjs-cpu", script: "tfjs.mjs", file: "", on: "cpu" },
];

/** @param {readonly { name: string }[]} peers those that are installed @param {number} rounds */
export function startTimes(peers, rounds) {
  const [work] = works;
  const folder = mkdtempSync(join(tmpdir(), "nnc-bench-"));
  try {
    const want = writeFiles(work, folder);
    const lanes = children
      // The first two need no peer.
      .filter(({ name }, index) => index < 2 || peers.some((peer) => peer.name === name))
      .map((child) => ({ ...child, times: /** @type {number[]} */ ([]), note: "" }));
    for (let round = 0; round < rounds; round++)
      for (const lane of lanes) {
        const { ms, values, failure } = start(lane, folder);
        lane.times.push(ms);
        if (lane.script === "none.mjs") continue;
        const { difference, agrees } = compare(values, want);
        lane.note = failure || difference.toExponential(1) + (agrees ? "" : " DISAGREES");
      }
    console.log(`\n${work.name}`);
    const own = median(lanes[1].times);
    table([
      ["", "median", "nnc/peer", "max difference"],
      ...lanes.map(({ name, times, note }, index) => {
        const ms = median(times);
        return [name, time(ms), index < 2 ? "" : digits(own / ms), note];
      }),
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the children load; returns the values they must find. @param {import("./works.mjs").Work} work @param {string} folder */
function writeFiles(work, folder) {
  const { job, nnc } = prepare(work);
  const { name, parameters, shape, outShape, x } = job;
  nnc.run();
  const weights = Object.entries(parameters).map(([path, p]) => [path, { ...p, dtype: "f32" }]);
  const { code } = emit(work.source, { weights: Object.fromEntries(weights) });
  writeFileSync(join(folder, "model.mjs"), code);
  writeFileSync(join(folder, "model.onnx"), onnxModel(work.onnx, parameters, shape, outShape));
  const plain = Object.entries(parameters).map(([path, p]) => [path, { shape: p.shape, data: [...p.data] }]);
  const text = JSON.stringify({ name, shape, x: [...x], parameters: Object.fromEntries(plain) });
  writeFileSync(join(folder, "job.json"), text);
  return nnc.output();
}

/** @param {{ script: string, file: string, on: string }} child @param {string} folder */
function start({ script, file, on }, folder) {
  const path = fileURLToPath(new URL(`start/${script}`, import.meta.url));
  const args = [path, join(folder, file), join(folder, "job.json"), on];
  const from = performance.timeOrigin + performance.now();
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0)
    return { ms: NaN, values: [], failure: stderr.trim().split("\n").at(-1) || `exit ${status}` };
  const { at, values } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  return { ms: at - from, values, failure: "" };
}
