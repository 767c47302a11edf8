/** Weights written as floats of 16 bits: inside a module, outside of it, and what the command tells of it. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile, emit, loadSafetensors, tensor, type Model, type Tensor } from "../compiler/index.ts";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "../runtime/half.ts";
import { listSafetensors } from "../runtime/safetensors.ts";
import { files, folder, nnc } from "./cli/support.ts";

interface Module {
  readonly default: Model;
  readonly create: (options?: { weights: unknown }) => Model;
  readonly selfTest: (options?: { weights: unknown }) => number;
}

async function imported(code: string): Promise<Module> {
  return (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`)) as Module;
}

/** By the runtime's own functions. */
function rounded(values: Float32Array, floats: "f16" | "bf16"): Float32Array {
  const halves = new Uint16Array(values.length);
  (floats === "f16" ? toFloat16 : toBfloat16)(values, halves);
  const bytes = new Uint8Array(halves.buffer);
  return floats === "f16" ? fromFloat16(bytes) : fromBfloat16(bytes);
}

/** It has parameters, buffers of both dtypes and an odd number of numbers before them. */
const source = `model M {
  input x: f32[N, 5]
  buffer mask: bool[5] = 1
  h = x -> Linear(5, 41) -> BatchNorm1d(41) -> Tanh -> Linear(41, 3, bias=False)
  output y = h + ([mask, x, x * 2] -> Where -> Sum(dim=1, keepdim=True))
}`;
const x = [
  [1, -2, 0.5, 3, 0.25],
  [0, 1, 2, 3, 4],
];
const plain = compile(source, { seed: 3 }).parameters;
const weights: Record<string, Tensor> = Object.fromEntries(Object.entries(plain));
// What f16 has no place for may well be a statistic.
const variance = Object.keys(weights).find((name) => name.endsWith("running_var"))!;
weights[variance] = tensor(
  Array.from({ length: 41 }, (_, i) => 10 ** ((i - 30) / 3)),
  {},
);

describe.each(["f16", "bf16"] as const)("%s", (floats) => {
  const halved = Object.fromEntries(
    Object.entries(weights).map(([name, one]) => {
      const isKept = one.dtype !== "f32" || /running_/.test(name);
      return [name, isKept ? one : { ...one, data: rounded(one.data as Float32Array, floats) }];
    }),
  );
  const wanted = compile(source, { weights: halved })(x).data;

  test("inside", async () => {
    const { code } = emit(source, { weights, floats, external: false });
    const module = await imported(code);
    expect(module.default(x).data).toEqual(wanted);
    for (const [name, { data }] of Object.entries(module.default.parameters)) expect(data, name).toEqual(halved[name]!.data);
    expect(module.selfTest()).toBeLessThanOrEqual(1);
    expect(code.length).toBeLessThan(emit(source, { weights }).code.length - 600);
  }); // prettier-ignore

  test("outside", async () => {
    const emitted = emit(source, { weights, floats, external: true });
    const module = await imported(emitted.code);
    expect(module.create({ weights: emitted.weights })(x).data).toEqual(wanted);
    expect(module.selfTest({ weights: emitted.weights })).toBeLessThanOrEqual(1);
    const dtypes = new Map(listSafetensors(emitted.weights!).map(({ name, dtype }) => [name, dtype]));
    expect(new Set(dtypes.values())).toEqual(new Set([floats.toUpperCase(), "F32", "I64", "I32", "BOOL"].filter((one) => [...dtypes.values()].includes(one)))); // prettier-ignore
    for (const [name, one] of Object.entries(halved))
      expect(dtypes.get(name)!, name).toBe(one.dtype === "f32" && !/running_/.test(name) ? floats.toUpperCase() : { f32: "F32", i32: "I32", bool: "BOOL" }[one.dtype as string]); // prettier-ignore
    expect(loadSafetensors(emitted.weights!)).toEqual(halved);
    // The module is the same for all floats.
    expect(emit(source, { weights, external: true }).code).toBe(emitted.code);
    expect(emitted.rounded).toMatchObject({ floats, vanished: 0 });
  });
});

test("few weights are literals", async () => {
  const { code } = emit("Linear(2, 1)", { floats: "bf16", seed: 1 });
  expect(code).not.toContain("isHalf");
  const { parameters } = (await imported(code)).default;
  for (const { data } of Object.values(parameters))
    expect(data).toEqual(rounded(data as Float32Array, "bf16"));
});

test("twice as many weights are inside", () => {
  // 30,000 numbers.
  const net = "Linear(100, 300, bias=False)";
  expect(emit(net).weights).toBeDefined();
  expect(emit(net, { floats: "f16" }).weights).toBeUndefined();
});

test("a number that would become infinite is NN4108", () => {
  const large = { weight: tensor([65519, 1, 2, 3], { shape: [2, 2] }), bias: tensor([65520, Infinity]) };
  expect(() => emit("Linear(2, 2)", { weights: prefixed(large), floats: "f16" })).toThrow(
    "model.nn:1:1 error NN4108: `0.bias` holds 65520, which is beyond the largest f16, 65504",
  );
  expect(() => emit("Linear(2, 2)", { weights: prefixed(large), floats: "bf16" })).not.toThrow();
  const most = tensor([3.4028235e38, 0]);
  expect(() => emit("Linear(2, 2)", { weights: prefixed({ ...large, bias: most }), floats: "bf16" })).toThrow(
    "`0.bias` holds 3.4028234663852886e+38, which is beyond the largest bf16, 3.3895313892515355e+38",
  );
  const given = { external: "given", floats: "f16" } as const;
  expect(() => emit("Linear(2, 2)", given)).toThrow('floats is for weights that are written, and with external: "given" none are'); // prettier-ignore
  expect(() => emit("Linear(2, 2)", { floats: "f8" as "f16" })).toThrow('the option floats is "f32", "f16" or "bf16", not "f8"'); // prettier-ignore
});

function prefixed(record: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const [first] = Object.keys(compile("Linear(2, 2)").parameters);
  const prefix = first!.replace(/\w+$/, "");
  return Object.fromEntries(Object.entries(record).map(([name, one]) => [prefix + name, one]));
}

describe("nnc compile --floats", () => {
  test("says what is lost, and writes half the bytes", async () => {
    folder({ "n.nn": "Linear(40, 20)\n" });
    expect((await nnc(["compile", "n.nn", "--external", "-o", "whole.mjs"])).code).toBe(0);
    const { code, err } = await nnc(["compile", "n.nn", "--external", "--floats", "bf16", "-o", "half.mjs"]);
    expect(code).toBe(0);
    expect(err).toMatch(
      /^note: the weights are rounded to bf16: the largest change is 0\.000\d+, in 0\.\w+ from -?0\.\d+ to -?0\.\d+; the root mean square of all changes is 0\.\d+% of that of the weights$/m,
    );
    expect(readFileSync("half.safetensors").length).toBeLessThan(readFileSync("whole.safetensors").length - 1600);
    // Once more, of what was written.
    const again = await nnc(["compile", "n.nn", "--external", "--floats", "bf16", "--weights", "half.safetensors", "-o", "half.mjs"]);
    expect([again.code, again.err.includes("note: the weights are bf16 without any loss")]).toEqual([0, true]);
  }); // prettier-ignore

  test("weights that it would round are not written over", async () => {
    folder({ "n.nn": "Linear(40, 20)\n" });
    await nnc(["compile", "n.nn", "--external", "-o", "n.mjs"]);
    const before = readFileSync("n.safetensors");
    const { code, err } = await nnc(["compile", "n.nn", "--external", "--floats", "f16", "--weights", "n.safetensors", "-o", "n.mjs"]);
    expect([code, err.includes("n.safetensors: it is one of the files that the net is made of")]).toEqual([1, true]);
    expect(readFileSync("n.safetensors").equals(before)).toBe(true);
    expect(files()).toEqual(["n.d.mts", "n.mjs", "n.nn", "n.safetensors"]);
  }); // prettier-ignore
});
