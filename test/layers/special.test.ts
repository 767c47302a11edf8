import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { records } from "../../compiler/layers/index.ts";
import { difference, tensor, type RawTensor } from "./fixtures.ts";
import { argsOf, runSingle, single } from "./single.ts";

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/torch/${file}`, import.meta.url), "utf8"));
}

const special = read("special.json") as {
  inputs: RawTensor["data"];
  outputs: Record<string, RawTensor["data"]>;
};

test.each(Object.entries(special.outputs))("%s of NaN, infinities and zeros", (name, data) => {
  const record = records.get(name)!;
  const x = tensor({ shape: [5], data: special.inputs });
  const graph = single(record, argsOf(record), [x]);
  if (typeof graph === "string") throw new Error(graph);
  const { y0 } = runSingle(graph, [x], { weight: { shape: [1], data: [0.25] } }).outputs;
  expect(difference(y0, tensor({ shape: [5], data }))).toBeUndefined();
  // The sign of zero, which GELU's float32 kernel loses.
  if (name !== "GELU") expect(y0!.data[3]).toBe(-0);
});

test("a training step of SwitchNorm2d moves its statistics, which eval then takes", () => {
  const { momentum, eps, ...raw } = read("switchnorm2d.json") as Record<string, RawTensor> & {
    momentum: number;
    eps: number;
  };
  const given = Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, tensor(value)]));
  const record = records.get("SwitchNorm2d")!;
  const args = argsOf(record, [3], { momentum, eps });
  const zeros = { shape: [1, 3, 1], data: [0, 0, 0] };
  const step = (mode: "train" | "eval", state: object): ReturnType<typeof runSingle> => {
    const graph = single(record, args, [given["x"]!], mode);
    if (typeof graph === "string") throw new Error(graph);
    return runSingle(graph, [given["x"]!], { ...given, ...state }, mode);
  };
  const { outputs, updates } = step("train", { running_mean: zeros, running_var: zeros });
  const state = { running_mean: updates["0.running_mean"], running_var: updates["0.running_var"] };
  expect(difference(outputs["y0"], given["train_out"]!)).toBeUndefined();
  expect(difference(state.running_mean, given["running_mean"]!)).toBeUndefined();
  expect(difference(state.running_var, given["running_var"]!)).toBeUndefined();
  expect(difference(step("eval", state).outputs["y0"], given["eval_out"]!)).toBeUndefined();
});
