// What nnc is to reach, held against what was measured.
import { bytes, digits, time } from "./report.mjs";

/**
 * @typedef {{ wanted: string, measured: string, holds: boolean }} Verdict
 * @typedef {{
 *   compile?: ReturnType<typeof import("./scaling.mjs").compileTimes>,
 *   peers?: import("./compare.mjs").Outcome[],
 *   start?: ReturnType<typeof import("./start.mjs").startTimes>,
 *   threads?: Awaited<ReturnType<typeof import("./threads.mjs").threadTimes>>,
 *   gpt2?: ReturnType<typeof import("./gpt2.mjs").gpt2>,
 * }} Results
 */

/**
 * How fast nnc is to be on each target, in multiples of the speed of others, by the beginning of a work's name. What is read and
 * written alone is measured by memcpy. Where ONNX Runtime runs native code with vectors four times as wide, some works may be slower.
 * @type {Record<"nnc on wasm" | "nnc on js", [work: string, speeds: Record<string, number>][]>}
 */
const speeds = {
  "nnc on wasm": [
    ["LayerNorm(10) -> PReLU", { "ORT-web": 300, "ORT-node": 250 }],
    ["LayerNorm(1024) -> PReLU", { "ORT-web": 12, "ORT-node": 10, memcpy: 0.6 }],
    ["BatchNorm2d(64) -> ReLU", { "ORT-web": 4.5, "ORT-node": 3.5 }],
    ["GroupNorm(8, 64) -> LeakyReLU", { "ORT-web": 6, "ORT-node": 3.5 }],
    ["RMSNorm(1024) -> SiLU", { "ORT-web": 4, "ORT-node": 0.75 }],
    ["GELU", { "ORT-web": 3.8, "ORT-node": 0.65 }],
    ["softmax", { "ORT-web": 2.6, "ORT-node": 0.75 }],
    ["MLP 784-256-128-10, LayerNorm, ReLU, 1 row", { "ORT-web": 4.5, "ORT-node": 3.5 }],
    [
      "MLP 784-256-128-10, LayerNorm, ReLU, 64 rows",
      { "ORT-web": 2, "ORT-node": 0.6, "tfjs-wasm": 1, "jax-js": 1 },
    ],
    ["matrix product 512x512x512", { "ORT-web": 1.65 }],
    ["matrix product 64x784x256", { "ORT-web": 1.8 }],
    ["residual block, 64 channels", { "ORT-web": 5, "ORT-node": 0.9, "tfjs-wasm": 4 }],
    ["ResNet-18", { "ORT-web": 4 }],
    ["MobileNetV2", { "ORT-web": 3 }],
    ["depthwise Conv2d 3x3", { "ORT-web": 7, "ORT-node": 4 }],
    ["Conv2d 3x3, 1 to 8", { "ORT-web": 15, "ORT-node": 10 }],
    ["transformer encoder layer", { "ORT-web": 2 }],
    ["MultiheadAttention", { "ORT-web": 2 }],
    ["LSTM 128", { "ORT-web": 1.4 }],
    ["GRU 128", { "ORT-web": 1.4 }],
    ["LSTM 16", { "ORT-web": 3, "ORT-node": 2 }],
  ],
  "nnc on js": [
    ["LayerNorm(10) -> PReLU", { "ORT-web": 50 }],
    ["LayerNorm(1024) -> PReLU", { "ORT-web": 2 }],
    ["BatchNorm2d(64) -> ReLU", { "ORT-web": 0.5 }],
    ["GroupNorm(8, 64) -> LeakyReLU", { "ORT-web": 0.5 }],
  ],
};

/** How many times as soon as ONNX Runtime Web a perceptron is to give its first result, from the import on. */
const SOONER = 20;

/** How many times as fast two threads are to be as one. */
const TWO_THREADS = 1.7;

/** In milliseconds, by the number of layers. */
const compileLimits = new Map([
  [10, 5],
  [1000, 1000],
]);

/** Of what was measured. @param {Results} results @returns {Verdict[]} */
export function verdicts({ compile = [], peers = [], start = [], threads = [], gpt2 }) {
  const verdicts = Object.entries(speeds).flatMap(([own, works]) =>
    peers.flatMap((outcome) => {
      const wanted = works.find(([beginning]) => outcome.name.startsWith(beginning))?.[1] ?? {};
      return outcome.own.includes(own) ? outcome.lanes.flatMap((lane) => speedOf(own, outcome.name, lane, wanted)) : []; // prettier-ignore
    }),
  );
  for (const { name, layers, times } of compile) {
    const limit = compileLimits.get(layers);
    if (limit !== undefined)
      verdicts.push(below(`compile ${layers} layers of ${name}`, times.median, limit, time));
  }
  for (const { work, lanes } of start) {
    const own = lanes.find(({ name }) => name === "nnc on wasm");
    const web = lanes.find(({ name }) => name === "ORT-web");
    if (!own) continue;
    // By either clock: that of the process itself, or that of its parent less Node.js alone.
    if (work.startsWith("LayerNorm"))
      verdicts.push(below("import to first result", Math.max(own.imported.median, own.less), 5, time)); // prettier-ignore
    else if (web) {
      const sooner = web.imported.median / own.imported.median;
      verdicts.push({
        wanted: `${work}: import to first result ${SOONER}× sooner than ORT-web`,
        measured: `${digits(sooner)}×`,
        holds: sooner >= SOONER,
      });
    }
  }
  for (const { work, faster } of threads)
    verdicts.push({
      wanted: `${work}: two threads at least ${TWO_THREADS}× one`,
      measured: `${digits(faster)}×`,
      holds: faster >= TWO_THREADS,
    });
  if (gpt2) {
    verdicts.push(below("GPT-2, text to first output", gpt2.total.median, 3000, time));
    verdicts.push(below("GPT-2, peak memory", gpt2.peakBytes, 2.5e9, bytes));
  }
  return verdicts;
}

/** @param {string} own @param {string} work @param {import("./compare.mjs").Lane} lane @param {Record<string, number>} wanted @returns {Verdict[]} */
function speedOf(own, work, { name, faster }, wanted) {
  const speed = wanted[name];
  if (speed === undefined) return [];
  return [
    {
      wanted: `${own}, ${work}: at least ${speed}× the speed of ${name}`,
      measured: `${digits(faster[own])}×`,
      holds: faster[own] >= speed,
    },
  ];
}

/** @param {string} what @param {number} value @param {number} limit @param {(value: number) => string} text */
function below(what, value, limit, text) {
  return { wanted: `${what}: under ${text(limit)}`, measured: text(value), holds: value < limit };
}
