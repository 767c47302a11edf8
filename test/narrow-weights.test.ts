/** Weights of products that are f16 or int8 in memory: what is computed with them, and what modules and files hold. */
import { describe, expect, test } from "vitest";
import {
  compile,
  emit,
  loadSafetensors,
  tensor,
  type CompileOptions,
  type Tensor,
} from "../compiler/index.ts";
import { makeInputs } from "../compiler/cli/made-inputs.ts";
import { drive, type Driven } from "../compiler/drive/driver.ts";
import { boundSymbols } from "../compiler/emit/host/bind-sizes.ts";
import { closure } from "../compiler/emit/host/closure.ts";
import type { NumberArray } from "../compiler/ir/dtype.ts";
import { evaluate, type Plain } from "../compiler/ir/graph/evaluate.ts";
import { interpret } from "../compiler/ir/plan/interpret.ts";
import { expanded } from "../compiler/passes/expand.ts";
import { fromFloat16 } from "../runtime/half.ts";
import { listSafetensors } from "../runtime/safetensors.ts";
import { imported, refusal } from "./compiled.ts";

const kinds = ["f16", "int8"] as const;
const targets = ["js", "wasm"] as const;
const each = kinds.flatMap((weightsAs) => targets.map((target) => ({ weightsAs, target })));

/** Nets, and the numbers that the sizes have which calls bring: they lie around the lanes of vectors and the rows of blocks. */
const nets: readonly (readonly [name: string, source: string, sizes: readonly number[]])[] = [
  ...[1, 3, 4, 7, 8, 17, 33].map(
    (size) => [`Linear of ${size}`, `Linear(${size}, ${size + 1}) -> Tanh`, [1, 2, 7]] as const,
  ),
  ["panels", "Linear(64, 72, bias=False)", [1, 4, 32, 71]],
  ["panels and columns beside them", "model M { input x: f32[70, 61]\n output y = x -> Linear(61, 75) -> ReLU }", [1]],
  ["a fixed batch", "model M { input x: f32[5, 40]\n output y = x -> Linear(40, 24) -> ReLU }", [1]],
  ["two layers", "Linear(24, 24) -> ReLU -> Linear(24, 24)", [3]],
  ["places", "Conv2d(5, 16, 3, padding=1) -> BatchNorm2d(16) -> ReLU", [1, 5, 8]],
  ["groups", "Conv2d(8, 12, (2, 3), stride=2, groups=4)", [7]],
  ["one channel each", "Conv1d(6, 6, 3, groups=6)", [9]],
  ["what could have Winograd's tiles", "Conv2d(16, 16, 3)", [9]],
  ["a transposed convolution", "ConvTranspose2d(6, 8, 3, stride=2, groups=2)", [4]],
  ["a recurrent layer", "model M { input x: f32[T, N, 6]\n [y, h, c] = x -> LSTM(6, 8)\n output y }", [3]],
  ["attention", "MultiheadAttention(8, 2, batch_first=True)", [3]],
  ["a product with a parameter", "model M { input x: f32[N, 9]\n param w: f32[9, 20] = Normal(std=1)\n output y = x @ w }", [1, 5]],
]; // prettier-ignore

interface Computed {
  readonly got: NumberArray;
  readonly interpreted: NumberArray;
  /** In float64, with the weights as they were rounded. */
  readonly wanted: Float64Array;
}

function computed(driven: Driven, size: number): Computed {
  const { plan, held, state, graph, mode } = driven;
  const sizes = new Map(boundSymbols(plan.inputs).map((name) => [name, size]));
  const inputs = makeInputs(plan, Object.fromEntries(sizes), 1) as Readonly<Record<string, Tensor>>;
  const arrays = (some: object): Record<string, NumberArray> =>
    Object.fromEntries(
      Object.entries(some).map(([name, one]) => [name, (one as { data: NumberArray }).data]),
    );
  const name = plan.outputs[0]!.name;
  const given = { inputs: arrays(inputs), parameters: arrays(held), sizes };
  const plain = (some: object): Record<string, Plain> => some as Record<string, Plain>;
  return {
    got: closure(plan, held)(inputs).data ?? closure(plan, held)(inputs)[name]!.data,
    interpreted: interpret(plan, given).outputs[name]!,
    wanted: evaluate(expanded(graph, mode), plain(inputs), plain(state), sizes).outputs[name]!.data,
  };
}

/** The largest difference, as a share of the largest number. */
function apart(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [most, largest] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    most = Math.max(most, Math.abs(got[i]! - wanted[i]!));
    largest = Math.max(largest, Math.abs(wanted[i]!));
  }
  return most / largest;
}

describe.each(each)("$weightsAs on $target", ({ weightsAs, target }) => {
  test.each(nets)("%s", (_, source, sizes) => {
    const options = { seed: 5, target } as const;
    const driven = drive(source, { ...options, weightsAs }, { verify: true });
    const wide = drive(source, options);
    expect(Object.values(driven.held).map(({ dtype }) => dtype as string)).toContain({ f16: "f16", int8: "i8" }[weightsAs]); // prettier-ignore
    for (const size of sizes) {
      const { got, interpreted, wanted } = computed(driven, size);
      expect(got).toEqual(interpreted);
      expect(apart(got, wanted)).toBeLessThan(2e-6);
      const lost = apart(got, computed(wide, size).wanted);
      expect(lost).toBeGreaterThan(1e-9);
      expect(lost).toBeLessThan({ f16: 1e-3, int8: 3e-2 }[weightsAs]);
    }
  });
});

/** Two weights of products; a bias and a table that stay f32, as does what is looked up and multiplied. */
const mixed = `model M {
  input i: i32[N]
  h = i -> table: Embedding(5, 41)
  output y = h -> first: Linear(41, 40) -> Tanh -> second: Linear(40, 3, bias=False)
}`;
const wide = compile(mixed, { seed: 3 }).parameters;
const index = { dtype: "i32", shape: [2], data: new Int32Array([4, 1]) } as const;

describe.each(each)("a module with $weightsAs on $target", ({ weightsAs, target }) => {
  const options: CompileOptions = { seed: 3, target, weightsAs };
  const wanted = compile(mixed, options)(index).data;
  const dtype = { f16: "f16", int8: "i8" }[weightsAs];

  test("inside", async () => {
    const { code } = emit(mixed, { ...options, external: false });
    const module = await imported(code);
    expect(module.default(index).data).toEqual(wanted);
    expect(module.selfTest()).toBeLessThanOrEqual(1);
    const shown = Object.entries(module.default.parameters).map(([name, one]) => `${name} ${one.dtype}`);
    const scale = (name: string): string[] => (weightsAs === "int8" ? [`${name}.weight.scale f32`] : []);
    expect(shown).toEqual(["table.weight f32", `first.weight ${dtype}`, ...scale("first"), "first.bias f32", `second.weight ${dtype}`, ...scale("second")]); // prettier-ignore
    // 1760 weights take four characters for three bytes.
    const saved = emit(mixed, { seed: 3, target, external: false }).code.length - code.length;
    expect(saved).toBeGreaterThan(weightsAs === "f16" ? 3500 : 6000);
  });

  test("outside", async () => {
    const emitted = emit(mixed, { ...options, external: true });
    const module = await imported(emitted.code);
    const model = module.create({ weights: emitted.weights! });
    expect(model(index).data).toEqual(wanted);
    expect(module.selfTest({ weights: emitted.weights! })).toBeLessThanOrEqual(1);
    const listed = new Map(listSafetensors(emitted.weights!).map((one) => [one.name, one]));
    expect(listed.get("first.weight")).toMatchObject({
      dtype: weightsAs === "f16" ? "F16" : "I8",
      shape: [40, 41],
    });
    expect(listed.get("table.weight")).toMatchObject({ dtype: "F32" });
    if (weightsAs === "int8")
      expect(listed.get("first.weight.scale")).toMatchObject({ dtype: "F32", shape: [40, 1] });
    // The tensors of a model make another one.
    const again = module.create({ weights: model.parameters });
    expect(again(index).data).toEqual(wanted);
  });

  test("what is held is the weight but for its rounding", () => {
    const model = compile(mixed, options);
    const held = model.parameters as Readonly<Record<string, { readonly data: ArrayLike<number> }>>;
    const { data } = held["first.weight"]!;
    const values = wide["first.weight"]!.data;
    const scales = held["first.weight.scale"]?.data;
    const halves = scales ? undefined : fromFloat16(new Uint8Array((data as Int16Array).slice().buffer));
    for (let row = 0; row < 40; row++) {
      const own = Array.from(values.subarray(41 * row, 41 * row + 41), Math.abs);
      if (scales) expect(scales[row]).toBe(Math.fround(Math.fround(Math.max(...own)) / 127));
      for (let k = 41 * row; k < 41 * row + 41; k++) {
        const size = Math.abs(values[k]!);
        if (halves) expect(Math.abs(halves[k]! - values[k]!)).toBeLessThanOrEqual(Math.max(size * 2 ** -11, 2 ** -15));
        else expect(Math.abs(data[k]! * scales![row]! - values[k]!)).toBeLessThanOrEqual(scales![row]! * 0.5001);
      }
    }
  }); // prettier-ignore

  test("what is written to a weight counts after refresh", () => {
    const model = compile("Linear(32, 48, bias=False)", options);
    const x = { dtype: "f32", shape: [4, 32], data: new Float32Array(128).fill(1) } as const;
    for (const one of Object.values(model.parameters)) {
      // 1, and 0.5 in the bits of an f16
      if (one.dtype === ("i8" as string)) one.data.fill(1);
      else one.data.fill(one.dtype === ("f16" as string) ? 0x3800 : 0.5);
    }
    model.refresh();
    expect(model(x).data).toEqual(new Float32Array(192).fill(16));
    model.dispose();
    expect(model(x).data).toEqual(new Float32Array(192).fill(16));
  });
});

test("memory has no wide copy of a weight", () => {
  for (const source of [
    "Linear(32, 64)",
    "Linear(1024, 1024)",
    "Conv2d(32, 32, 3)",
    "ConvTranspose2d(32, 32, 3)",
  ])
    for (const target of targets)
      for (const weightsAs of kinds) {
        const { plan } = drive(source, { target, weightsAs });
        const wide = [...plan.prepare, ...plan.run].flatMap(
          ({ buffers }) =>
          buffers.filter(({ storage, dtype, size }) => storage === "prepared" && dtype !== plan.parameters[0]!.type.dtype && size !== 32), // prettier-ignore
        );
        expect(wide).toEqual([]);
      }
});

test.each([33, 34, 35, 36, 39, 43, 64, 66, 95])("%s rows are tiles and what is left of them", (rows) => {
  const source = `model M { input x: f32[${rows}, 64]\n output y = x -> Linear(64, 72) }`;
  const { got, interpreted, wanted } = computed(drive(source, { target: "wasm", weightsAs: "int8" }), 1);
  expect(got).toEqual(interpreted);
  expect(apart(got, wanted)).toBeLessThan(2e-6);
});

describe("numbers that an f16 has no place for", () => {
  const weights = (values: readonly number[]): Record<string, Tensor> => ({
    weight: tensor(values, { shape: [1, values.length] }),
  });
  const linear = (values: readonly number[], weightsAs: "f16" | "int8"): CompileOptions => {
    return { weights: { "0.weight": weights(values)["weight"]! }, weightsAs };
  };

  test.each([
    [[1, NaN], "f16", "`0.weight` holds NaN, which is no number in f16"],
    [[1, -Infinity], "int8", "`0.weight` holds -Infinity, which is no number in int8"],
    [[70000, 1], "f16", "`0.weight` holds 70000, which is beyond the largest f16, 65504"],
  ] as const)("%s as %s", (values, weightsAs, message) => {
    expect(refusal("Linear(2, 1, bias=False)", linear(values, weightsAs))).toContain(message);
  });

  test("a large one has a scale in int8, and a row of zeros is one", () => {
    const options = linear([70000, 35000], "int8");
    expect(compile("Linear(2, 1, bias=False)", options)([1, 0]).data[0]).toBeCloseTo(70000, 0);
    const zeros = linear([0, 0], "int8");
    expect(compile("Linear(2, 1, bias=False)", zeros)([1, 5]).data).toEqual(new Float32Array([0]));
  });

  test("below 2^-14 there is that, or 0", () => {
    const least = 2 ** -14;
    const values = [least, 0.6 * least, -0.6 * least, 0.5 * least, 0.4 * least, -0.1 * least, 0];
    const { held } = drive("Linear(7, 1, bias=False)", linear(values, "f16"));
    const bits = new Uint8Array((held["0.weight"]!.data as Int16Array).buffer);
    expect([...fromFloat16(bits)]).toEqual([least, least, -least, 0, 0, 0, 0]);
  });
});

test("weights of another dtype are refused", async () => {
  const emitted = emit(mixed, { seed: 3, weightsAs: "int8", external: true });
  const module = await imported(emitted.code);
  const given = { ...loadSafetensors(emitted.weights!) };
  expect(module.create({ weights: given })(index).data).toHaveLength(6);
  given["first.weight"] = wide["first.weight"]!;
  expect(() => module.create({ weights: given })).toThrow(
    "first.weight is f32[40,41], where the net has i8[40,41]: nnc compile --weights-as writes a file that fits",
  );
});

describe("a file with narrow weights", () => {
  const files = (weightsAs: "f16" | "int8"): Record<string, Tensor> =>
    loadSafetensors(emit(mixed, { seed: 3, weightsAs, external: true }).weights!);

  test.each(kinds)("of %s brings its weights to the net, wide or narrow", (weightsAs) => {
    const wanted = compile(mixed, { seed: 3, weightsAs })(index).data as Float32Array;
    for (const options of [{}, { weightsAs }]) {
      const got = compile(mixed, { weights: files(weightsAs), ...options })(index).data as Float32Array;
      expect(apart(got, wanted)).toBeLessThan(1e-6);
    }
  });

  test("scales of other shapes are refused", () => {
    const weights = { ...files("int8"), "first.weight.scale": tensor([[1, 2, 3]], {}) };
    expect(refusal(mixed, { weights })).toContain("NN4105");
  });

  test("a scale of its own is no part", () => {
    const given = { "0.weight": tensor([[1, 2]]), "0.weight.scale": tensor([[3]]) };
    expect(refusal("Linear(2, 1, bias=False)", { weights: given })).toContain("NN4102");
  });
});

test("options that do not fit each other", () => {
  expect(refusal("Linear(2, 1)", { weightsAs: "int4" as "int8" })).toContain('weightsAs is "f16" or "int8", not "int4"'); // prettier-ignore
  expect(() => emit("Linear(2, 1)", { weightsAs: "int8", external: "given" })).toThrow("weightsAs is for weights that are written"); // prettier-ignore
});

test("with --floats the other parameters have 16 bits in the file", () => {
  const { weights } = emit(mixed, { weightsAs: "int8", floats: "f16", external: true });
  const dtypes = Object.fromEntries(listSafetensors(weights!).map(({ name, dtype }) => [name, dtype]));
  expect(dtypes).toEqual({ "table.weight": "F16", "first.weight": "I8", "first.weight.scale": "F32", "first.bias": "F16", "second.weight": "I8", "second.weight.scale": "F32" }); // prettier-ignore
});
