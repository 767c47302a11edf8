// What nnc is to reach, held against what was measured.
import { bytes, digits, time } from "./report.mjs";

/**
 * @typedef {{ wanted: string, measured: string, holds: boolean }} Verdict
 * @typedef {{
 *   compile?: ReturnType<typeof import("./scaling.mjs").compileTimes>,
 *   peers?: import("./compare.mjs").Outcome[],
 *   start?: ReturnType<typeof import("./start.mjs").startTimes>,
 *   gpt2?: ReturnType<typeof import("./gpt2.mjs").gpt2>,
 * }} Results
 */

/** How fast beside ONNX Runtime Web, in multiples of its speed, by the beginning of a work's name. */
const speeds = [
  ["LayerNorm(10) -> PReLU", 50],
  ["LayerNorm(1024) -> PReLU", 2],
  ["BatchNorm2d(64) -> ReLU", 0.5],
  ["GroupNorm(8, 64) -> LeakyReLU", 0.5],
];

/** In milliseconds, by the number of layers. */
const compileLimits = new Map([
  [10, 5],
  [1000, 1000],
]);

/** Of what was measured. @param {Results} results @returns {Verdict[]} */
export function verdicts({ compile = [], peers = [], start = [], gpt2 }) {
  const verdicts = peers.flatMap(({ name, lanes }) => {
    const speed = speeds.find(([beginning]) => name.startsWith(String(beginning)))?.[1];
    const web = lanes.find((lane) => lane.name === "ORT-web");
    if (speed === undefined || !web) return [];
    const wanted = `${name}: at least ${speed}× the speed of ORT-web`;
    return { wanted, measured: `${digits(web.faster)}×`, holds: web.faster >= Number(speed) };
  });
  for (const { name, layers, times } of compile) {
    const limit = compileLimits.get(layers);
    if (limit !== undefined)
      verdicts.push(below(`compile ${layers} layers of ${name}`, times.median, limit, time));
  }
  const own = start.find(({ name }) => name === "nnc");
  // By either clock: that of the process itself, or that of its parent less Node.js alone.
  if (own) verdicts.push(below("import to first result", Math.max(own.imported.median, own.less), 5, time));
  if (gpt2) {
    verdicts.push(below("GPT-2, text to first output", gpt2.total.median, 3000, time));
    verdicts.push(below("GPT-2, peak memory", gpt2.peakBytes, 2.5e9, bytes));
  }
  return verdicts;
}

/** @param {string} what @param {number} value @param {number} limit @param {(value: number) => string} text */
function below(what, value, limit, text) {
  return { wanted: `${what}: under ${text(limit)}`, measured: text(value), holds: value < limit };
}
