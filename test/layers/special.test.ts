import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compile } from "../../compiler/index.ts";
import type { Plain } from "../../compiler/ir/graph/evaluate.ts";
import { records } from "../../compiler/layers/index.ts";
import type { ArgValue } from "../../compiler/layers/record.ts";
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
  const x = tensor({ shape: [5], data: special.inputs });
  const wanted = Array.from(tensor({ shape: [5], data }).data);
  // GELU's float32 kernel loses the sign of zero.
  if (name === "GELU") wanted[3] = -0;
  expect(computed(name, [], x)).toEqual(wanted);
});

/** A layer's results on float32 numbers, as float32; the emitted code gives the same. */
function computed(name: string, args: readonly ArgValue[], x: Plain): number[] {
  const record = records.get(name)!;
  const graph = single(record, argsOf(record, args), [{ dtype: "f32", shape: x.shape }]);
  if (typeof graph === "string") throw new Error(graph);
  const { y0 } = runSingle(graph, [x], { weight: { shape: [1], data: [0.25] } }).outputs;
  const wanted = Array.from(y0!.data, Math.fround);
  const call = `${name}(${args.map((arg) => JSON.stringify(arg)).join(", ")})`;
  expect(Array.from(compile(`x -> ${call}`)(Float32Array.from(x.data)).data as Float32Array)).toEqual(wanted);
  return wanted;
}

test.each<[string, ArgValue[], number, (x: number) => number]>([
  ["ELU", [], -1e-20, (x) => x],
  ["SELU", [], -1e-20, (x) => x * 1.7580993408473766],
  ["CELU", [0.5], -1e-20, (x) => x],
  ["SiLU", [], -80, (x) => x * Math.exp(x)],
  ["Mish", [], -80, (x) => x * Math.exp(x)],
  ["LogSigmoid", [], 80, (x) => -Math.exp(-x)],
  ["LogSigmoid", [], -1e4, (x) => x],
  ["Softplus", [], -80, Math.exp],
  ["Softplus", [1, 1e4], 5000, (x) => x],
  ["GELU", ["tanh"], -7, (x) => x * Math.exp(Math.sqrt(8 / Math.PI) * (x + 0.044715 * x ** 3))],
])("%s(%j) of %f keeps its digits", (name, args, value, wanted) => {
  const x = Math.fround(value);
  expect(computed(name, args, { shape: [1], data: [x] })).toEqual([Math.fround(wanted(x))]);
});

test("what is equal to a literal in float32 is equal to it", () => {
  const x = { shape: [2], data: [0.1, 0.7].map(Math.fround) };
  expect(computed("Threshold", [0.1, 5], x)).toEqual([5, x.data[1]]);
  expect(computed("Hardshrink", [0.7], x)).toEqual([0, 0]);
  expect(computed("Softshrink", [0.1], x)).toEqual([0, Math.fround(x.data[1]! - 0.1)]);
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

test.each([
  ["SwitchableNorm1d", [2, 2], [Infinity, 1, 2, 3]],
  ["SwitchableNorm2d", [2, 2, 1, 2], [Infinity, 2, 1, 1, 2, 2, 3, 3]],
])("running statistics of %s follow infinities", (name, shape, values) => {
  const model = compile(`${name}(2, momentum=0)`, { mode: "train" });
  model({ dtype: "f32", shape, data: Float32Array.from(values) });
  expect([...(model.parameters["0.running_mean"]!.data as Float32Array)]).toEqual([Infinity, 2]);
});
