// How compile time and run time grow with the number of layers.
import { compile } from "../../dist/compiler/index.js";
import { alternate, ratio, summary } from "./measure.mjs";
import { digits, time, timeWithNoise } from "./report.mjs";

/** @typedef {import("./measure.mjs").Effort} Effort @typedef {import("./report.mjs").Report} Report */

const chains = {
  "LayerNorm -> PReLU": ["LayerNorm(10)", "PReLU(0.25)"],
  "Linear -> LayerNorm -> ReLU": ["Linear(10, 10)", "LayerNorm(10)", "ReLU"],
};
const sizes = [10, 30, 100, 300, 1000];

/** Compile times of chains, warm. @param {Effort} effort @param {Report} report */
export function compileTimes(effort, report) {
  const results = Object.entries(chains).flatMap(([name, layers]) =>
    sizes.map((size) => ({ name, layers: size, times: compileTime(chain(layers, size), effort) })),
  );
  report.table([
    ["chain", "layers", "time", "a layer"],
    ...results.map(({ name, layers, times }) => [
      name,
      String(layers),
      timeWithNoise(times),
      time(times.median / layers),
    ]),
  ]);
  return results;
}

/** @param {string} source @param {Effort} effort */
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
  return summary(times);
}

/** Run time a layer of a short and a long net of the same layers. @param {Effort} effort @param {Report} report */
export async function runTimes(effort, report) {
  const [short, long] = [10, 400];
  const results = [];
  for (const [name, layers] of Object.entries(chains)) {
    const times = await alternate(
      [short, long].map((size) => runner(chain(layers, size))),
      effort,
    );
    const [a, b] = times.map(summary);
    results.push({ name, short: a, long: b, growth: (ratio(times[0], times[1]) * short) / long });
  }
  report.table([
    ["chain", `${short} layers, a layer`, `${long} layers, a layer`, "long/short"],
    ...results.map(({ name, short: a, long: b, growth }) => [
      name,
      time(a.median / short),
      time(b.median / long),
      digits(growth),
    ]),
  ]);
  return results;
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
  return { run: () => model.run(inputs, outputs) };
}
