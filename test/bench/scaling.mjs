// How compile time and run time grow with the number of layers.
import { compile } from "../../dist/compiler/index.js";
import { alternate, median } from "./measure.mjs";
import { digits, table, time } from "./report.mjs";

const chains = {
  "LayerNorm -> PReLU": ["LayerNorm(10)", "PReLU(0.25)"],
  "Linear -> LayerNorm -> ReLU": ["Linear(10, 10)", "LayerNorm(10)", "ReLU"],
};
const sizes = [10, 30, 100, 300, 1000];
/** What is promised, in milliseconds. */
const limits = new Map([
  [10, 5],
  [1000, 1000],
]);

/** Compile times of chains, warm. @param {import("./measure.mjs").Effort} effort */
export function compileTimes(effort) {
  for (const [name, layers] of Object.entries(chains)) {
    console.log(`\n${name}`);
    const rows = [["layers", "median", "best", "a layer", ""]];
    for (const size of sizes) {
      const source = chain(layers, size);
      const { median: ms, best } = compileTime(source, effort);
      const limit = limits.get(size);
      const verdict = limit === undefined ? "" : `under ${time(limit)}: ${ms < limit ? "yes" : "NO"}`;
      rows.push([String(size), time(ms), time(best), time(ms / size), verdict]);
    }
    table(rows);
  }
}

/** @param {string} source @param {import("./measure.mjs").Effort} effort */
function compileTime(source, { compileWarmMs, rounds, limitMs }) {
  const start = performance.now();
  do compile(source);
  while (performance.now() - start < compileWarmMs);
  const times = [];
  while (times.length < rounds && (times.length < 3 || performance.now() - start < limitMs)) {
    const from = performance.now();
    compile(source);
    times.push(performance.now() - from);
  }
  return { median: median(times), best: Math.min(...times) };
}

/** Run time a layer of a short and a long net of the same layers. @param {import("./measure.mjs").Effort} effort */
export async function runTimes(effort) {
  const [short, long] = [10, 400];
  const rows = [["one row", `${short} layers`, `${long} layers`, "long/short"]];
  for (const [name, layers] of Object.entries(chains)) {
    const times = await alternate(
      [short, long].map((size) => runner(chain(layers, size))),
      effort,
    );
    const [a, b] = [times[0].median / short, times[1].median / long];
    rows.push([name, `${time(a)} a layer`, `${time(b)} a layer`, digits(b / a)]);
  }
  table(rows);
}

/** @param {readonly string[]} layers @param {number} size */
function chain(layers, size) {
  return Array.from({ length: size }, (_, index) => layers[index % layers.length]).join(" -> ");
}

/** @param {string} source */
function runner(source) {
  const model = compile(source);
  const inputs = { x: model.input("x", [1, 10]) };
  const outputs = { y: model.output("y", [1, 10]) };
  inputs.x.data.forEach((_, index) => (inputs.x.data[index] = Math.sin(index)));
  return { name: source, run: () => model.run(inputs, outputs) };
}
