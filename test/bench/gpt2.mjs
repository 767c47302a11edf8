// GPT-2 small, with weights by a formula and PyTorch's outputs beside it: examples/nets.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Disagreement } from "./rooms.mjs";
import { summary } from "./measure.mjs";
import { bytes, timeWithNoise } from "./report.mjs";

/** @param {number} rounds @param {import("./report.mjs").Report} report */
export function gpt2(rounds, report) {
  const runs = Array.from({ length: rounds }, run);
  const [{ parameters, tokens, difference }] = runs;
  const result = {
    parameters,
    tokens,
    difference,
    total: summary(runs.map(({ ms }) => ms)),
    compile: summary(runs.map(({ compileMs }) => compileMs)),
    run: summary(runs.map(({ runMs }) => runMs)),
    peakBytes: Math.max(...runs.map(({ peakBytes }) => peakBytes)),
  };
  report.text(
    `${(parameters / 1e6).toFixed(0)} million parameters, ${tokens.join("x")} tokens, the weights filled beforehand; ` +
      `within ${difference.toExponential(1)} of PyTorch.`,
  );
  report.table([
    ["", "measured"],
    ["text to model", timeWithNoise(result.compile)],
    ["first run", timeWithNoise(result.run)],
    ["text to first output", timeWithNoise(result.total)],
    ["peak memory of the process, the filled weights included", bytes(result.peakBytes)],
  ]);
  return result;
}

function run() {
  const path = fileURLToPath(new URL("start/gpt2.mjs", import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [path], { encoding: "utf8" });
  if (status !== 0) throw new Error(`GPT-2 did not run: ${stderr.trim() || `exit ${status}`}`);
  const result = JSON.parse(stdout);
  if (!(result.difference < 1e-5))
    throw new Disagreement(
      `GPT-2 differs from PyTorch by ${result.difference.toExponential(1)} of the largest value`,
    );
  return result;
}
