// A process that compiles GPT-2 small and runs it once: its time from text to output, and its peak memory.
import { readFileSync } from "node:fs";
import { compile } from "../../../dist/compiler/index.js";

/** @typedef {import("../../../dist/compiler/index.js").Tensor} Tensor */

const folder = new URL("../../../examples/nets/", import.meta.url);
const source = readFileSync(new URL("gpt2.nn", folder), "utf8");
const expected = JSON.parse(readFileSync(new URL("gpt2.json", folder), "utf8"));

/** The second name of the embedding, which the output layer shares. */
const tied = "lm_head.weight";
/** @type {Record<string, Tensor>} */
const weights = {};
for (const [name, shape] of Object.entries(expected.parameters))
  if (name !== tied) weights[name] = filled(name, shape);
/** @type {Tensor} */
const tokens = {
  dtype: "i32",
  shape: expected.inputs.tokens.shape,
  data: decode(Int32Array, expected.inputs.tokens),
};

const from = performance.now();
const model = compile(source, { filename: "gpt2.nn", weights });
const compiled = performance.now();
const logits = model(tokens);
const done = performance.now();

const parameters = Object.values(weights).reduce((sum, { data: { length } }) => sum + length, 0);
console.log(
  JSON.stringify({
    ms: done - from,
    compileMs: compiled - from,
    runMs: done - compiled,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    parameters,
    tokens: tokens.shape,
    difference: difference(logits, expected.outputs[0]),
  }),
);

/** By the formula of examples/nets/README.md. @param {string} name @param {number[]} shape @returns {Tensor} */
function filled(name, shape) {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const n = data.length;
  const h = Buffer.from(name, "latin1").reduce((sum, code) => sum + code, 0);
  const [offset, scale] =
    shape.length >= 2 ? [0, 2 / Math.sqrt(n / shape[0])] : [name.endsWith("weight") ? 1 : 0, 0.2];
  for (let i = 0; i < n; i++)
    data[i] = offset + scale * ((Math.imul(i + h, 2654435761) >>> 0) / 2 ** 32 - 0.5);
  return { dtype: "f32", shape, data };
}

/** @template T @param {new (buffer: ArrayBuffer) => T} type @param {{ data: string }} stored */
function decode(type, { data }) {
  return new type(Uint8Array.from(Buffer.from(data, "base64")).buffer);
}

/** From PyTorch's values, in parts of the largest of them. @param {Tensor} logits @param {any} want */
function difference({ shape, data }, want) {
  const got = Float32Array.from(data, Number);
  if (String(shape) !== String(want.shape)) return Infinity;
  const head = decode(Float32Array, want.head);
  const largest = head.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = head.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i])), 0) / largest;
  const sum = got.reduce((total, value) => total + Math.abs(value), 0);
  return Math.max(worst, Math.abs(sum - want.abs_sum) / want.abs_sum);
}
