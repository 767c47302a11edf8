// Who is measured. A peer that is not installed, or does not run here, is a line in the report and no more.
import { openBrain } from "./brain.mjs";
import { openJax } from "./jax.mjs";
import { openLiteRt } from "./litert.mjs";
import { openOrtNode, openOrtWeb } from "./ort.mjs";
import { openTfjs } from "./tfjs.mjs";

/**
 * A work with its data: all peers get the same. `given` are the inputs besides x. `prepare` throws where a peer cannot do a work.
 * @typedef {import("../works/index.mjs").Work & { x: Float32Array, given: import("../works/index.mjs").Parameters, parameters: import("../works/index.mjs").Parameters, outShape: number[] }} Job
 * @typedef {{ run: () => void | Promise<unknown>, output: () => Float32Array, close?: () => unknown }} Prepared
 * @typedef {{ name: string, version: string, prepare: (job: Job) => Promise<Prepared>, enter?: () => Promise<unknown> }} Peer
 */

/** By the package that they are of. @type {Record<string, Record<string, () => Promise<Peer>>>} */
const openers = {
  "ONNX Runtime": { "ORT-node": openOrtNode, "ORT-web": openOrtWeb },
  "TensorFlow.js": { "tfjs-wasm": () => openTfjs("wasm"), "tfjs-cpu": () => openTfjs("cpu") },
  "LiteRT.js": { "LiteRT.js": openLiteRt },
  "jax-js": { "jax-js": openJax },
  "brain.js": { "brain.js": openBrain },
};

export const packages = Object.keys(openers);

/** @param {string} package_ @returns {Promise<{ peers: Peer[], missing: { name: string, reason: string }[] }>} */
export async function openPeers(package_) {
  /** @type {Peer[]} */
  const peers = [];
  const missing = [];
  for (const [name, open] of Object.entries(openers[package_])) {
    try {
      peers.push(await open());
    } catch (cause) {
      missing.push({ name, reason: reason(cause) });
    }
  }
  return { peers, missing };
}

/** @param {unknown} cause */
export function reason(cause) {
  if (cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND")
    return "not installed";
  return String(cause instanceof Error ? cause.message : cause).split("\n")[0];
}
