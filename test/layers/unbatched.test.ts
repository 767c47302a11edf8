/** Layers that take their input with and without a batch axis: one that is not declared has it, and calls may leave it out. */
import { expect, test } from "vitest";
import { compile, emit, type CompileOptions, type Model, type Tensor } from "../../compiler/index.ts";
import { imported } from "../compiled.ts";
import { cases, difference, type Case, type Recorded } from "./fixtures.ts";

test.each<[string, string[], string[]]>([
  ["InstanceNorm2d(3)", ["N, 3, H, W or less"], ["N, 3, H, W or less"]],
  ["ReLU -> InstanceNorm1d(3, affine=True)", ["N, 3, L or less"], ["N, 3, L or less"]],
  ["ReLU -> InstanceNorm2d(3) -> PReLU(3)", ["N, 3, H, W or less"], ["N, 3, H, W or less"]],
  ["Linear(6, 4) -> InstanceNorm1d(5, affine=True)", ["N, 5, 6 or less"], ["N, 5, 4 or less"]],
  ["InstanceNorm1d(3) -> BatchNorm1d(3)", ["N, 3, L or less"], ["N, 3, L or less"]],
  ["InstanceNorm2d(3) -> Flatten", ["N, 3, H, W or less"], ["N, 3 * H * W or less"]],
  ["(x -> InstanceNorm1d(3)) + x", ["N, 3, L or less"], ["N, 3, L or less"]],
  ["Unflatten(1, (3, 4)) -> InstanceNorm1d(3)", ["N, 12 or less"], ["N, 3, 4 or less"]],
  ["ReLU -> Softmax2d", ["N, C, H, W or less"], ["N, C, H, W or less"]],
  ["ReLU -> Dropout1d", ["N, C, L or less"], ["N, C, L or less"]],
  // Where the batch is not the first axis, or no axis of its own, there is none to drop.
  ["InstanceNorm1d(3, affine=True) -> Transpose(0, 1)", ["N, 3, L or less"], ["3, N, L"]],
  ["InstanceNorm1d(3, affine=True) -> Mean(dim=0)", ["N, 3, L or less"], ["3, L"]],
  ["InstanceNorm1d(3) -> Flatten(0)", ["N, 3, L or less"], ["3 * L * N"]],
  ["Transpose(0, 1) -> InstanceNorm1d(3, affine=True)", ["3, C, L"], ["C, 3, L"]],
  ["Unsqueeze(0) -> InstanceNorm1d(3, affine=True)", ["3, C"], ["1, 3, C"]],
  // Only the form without it goes through.
  ["InstanceNorm1d(3) -> SwitchableNorm1d(7)", ["3, 7"], ["3, 7"]],
  ["BatchNorm2d(3)", ["N, 3, H, W"], ["N, 3, H, W"]],
])("%s", (source, inputs, outputs) => {
  const model = compile(source);
  const text = (ports: Model["inputs"]): string[] =>
    ports.map(({ shape, unbatched }) => `${shape.join(", ")}${unbatched ? " or less" : ""}`);
  expect({ inputs: text(model.inputs), outputs: text(model.outputs) }).toEqual({ inputs, outputs });
});

/** The model in this process, and that of the module. */
async function both(source: string, options: CompileOptions = {}): Promise<[string, Model][]> {
  const { code } = emit(source, options);
  const module = await imported(code);
  return [
    ["closure", compile(source, options)],
    ["module", module.default],
  ];
}

const recorded = cases.filter(({ layer, inputs }) => {
  const [, axes] = /^InstanceNorm(\d)d$/.exec(layer) ?? [];
  return axes !== undefined && inputs[0]!.shape.length === Number(axes) + 1;
});

function sourceOf({ layer, args, kwargs }: Case): string {
  const named = Object.entries(kwargs).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${layer}(${[...args.map((arg) => JSON.stringify(arg)), ...named].join(", ")})`;
}

const float = ({ shape, data }: Recorded): Tensor => ({ dtype: "f32", shape, data: Float32Array.from(data) });

test(`${recorded.length} cases of PyTorch without a batch axis`, async () => {
  expect(recorded.length).toBeGreaterThan(70);
  for (const one of recorded) {
    const weights = Object.entries({ ...one.params, ...one.buffers })
      .filter(([name]) => name !== "num_batches_tracked")
      .map(([name, value]) => [`0.${name}`, float(value)]);
    const source = sourceOf(one);
    const options = {
      mode: one.train ? "train" : "eval",
      weights: Object.fromEntries(weights) as Record<string, Tensor>,
    } as const;
    for (const [kind, model] of await both(source, options)) {
      let y: Tensor = model(float(one.inputs[0]!));
      for (let step = 1; step < (one.steps ?? 1); step++) y = model(float(one.inputs[0]!));
      const close = { relative: 1e-6, absolute: 1e-6 };
      const where = `${kind} ${source} ${one.note ?? ""}`;
      expect(y.shape, where).toEqual(one.outputs[0]!.shape);
      const got = { shape: y.shape, data: Array.from(y.data as Float32Array) };
      expect(difference(got, one.outputs[0]!, close), where).toBeUndefined();
      for (const [name, wanted] of Object.entries(one.buffers_after ?? {})) {
        const { shape, data } = model.parameters[`0.${name}`]!;
        expect(difference({ shape, data: Array.from(data, Number) }, wanted, close), where).toBeUndefined();
      }
    }
  }
});

const row = [[1, 3], [-2, 5]]; // prettier-ignore
const normal = [-1, 1, -1, 1];

test("a batch of one, in every way a model is called", async () => {
  for (const [, model] of await both("InstanceNorm1d(2, eps=0)")) {
    expect(model([row])).toEqual({ dtype: "f32", shape: [1, 2, 2], data: Float32Array.from(normal) });
    expect(model(row)).toEqual({ dtype: "f32", shape: [2, 2], data: Float32Array.from(normal) });
    expect(model([row, row]).shape).toEqual([2, 2, 2]);
    // A typed array alone has the least rank that fits.
    expect(model(Float32Array.from(row.flat())).shape).toEqual([2, 2]);
    const x = model.input("x", [2, 2]);
    const y = model.output("y", [2, 2]);
    (x.data as Float32Array).set(row.flat());
    model.run({ x }, { y });
    expect([...(y.data as Float32Array)]).toEqual(normal);
    // In place, and in between two calls with the axis.
    model.run({ x }, { y: x });
    expect([...(x.data as Float32Array)]).toEqual(normal);
    expect(model([row, row]).shape).toEqual([2, 2, 2]);
  }
});

test("a flat array is a batch where it is too long for one sample", async () => {
  for (const [, model] of await both("Linear(2, 3) -> InstanceNorm1d(4, affine=True)")) {
    const shape = (length: number): readonly number[] => model(new Float32Array(length)).shape;
    expect([shape(8), shape(16), shape(0)]).toEqual([[4, 3], [2, 4, 3], [0, 4, 3]]); // prettier-ignore
    expect(() => shape(12)).toThrow("x must be f32[N, 4, 2] or f32[4, 2], not Float32Array[12]");
  }
  // More than one size is open: a shape must tell them.
  for (const [, model] of await both("InstanceNorm2d(3)"))
    expect(() => model(new Float32Array(12))).toThrow("x must be f32[N, 3, H, W] or f32[3, H, W], not");
});

test("other ranks and sizes are refused, and the message has both forms", async () => {
  for (const [, model] of await both("InstanceNorm1d(3, affine=True)")) {
    const wanted = "x must be f32[N, 3, L] or f32[3, L], not ";
    for (const shape of [[3], [], [2, 2], [1, 2, 2], [1, 1, 3, 2], [2, 3]]) {
      const data = new Float32Array(
        shape.length === 2 && shape[1] === 3 ? 5 : shape.reduce((a, b) => a * b, 1),
      );
      expect(() => model({ dtype: "f32", shape, data }), String(shape)).toThrow(wanted);
    }
    const x = model.input("x", [3, 2]);
    const short = { dtype: "f32", shape: [3], data: new Float32Array(3) } as const;
    expect(() => model.run({ x }, { y: short })).toThrow(
      "y must be f32[N, 3, L] or f32[3, L], not Float32Array[3]",
    );
  }
});

test("memory of the model's own has either rank", () => {
  const model = compile("InstanceNorm1d(3)");
  for (const shape of [[2, 3, 4], [3, 4], [3, 0]]) expect(model.input("x", shape).shape).toEqual(shape); // prettier-ignore
  expect(() => model.input("x", [3])).toThrow("x is f32[N, 3, L] or f32[3, L]: [3] has 1 size");
  expect(() => model.output("y", [4, 3])).toThrow(
    "y is f32[N, 3, L] or f32[3, L]: [4, 3] differs from it where 3 stands",
  );
});

test("inputs of one batch have its axis or none; each batch is its own", async () => {
  const flat = (value: readonly number[][]): Tensor => ({ dtype: "f32", shape: [2, 2], data: Float32Array.from(value.flat()) }); // prettier-ignore
  const joined =
    "model M { input a, b\n output p = [a, b] -> Add -> InstanceNorm1d(2, eps=0)\n output q = a -> Sum(dim=0) }";
  for (const [, model] of await both(joined)) {
    const { p, q } = model({ a: flat(row), b: flat(row) });
    expect([p!.shape, [...(p!.data as Float32Array)]]).toEqual([[2, 2], normal]);
    // Its first axis is no batch's.
    expect([q!.shape, [...(q!.data as Float32Array)]]).toEqual([[2, 2], row.flat()]);
    expect(model({ a: [row], b: [row] })["p"]!.shape).toEqual([1, 2, 2]);
    expect(() => model({ a: flat(row), b: [row] })).toThrow("b must be f32[N, C, L] or f32[C, L], not");
    expect(() => model({ a: [row], b: flat(row) })).toThrow("b must be f32[N, C, L] or f32[C, L], not");
  }
  const apart =
    "model M { input a, b\n output p = a -> InstanceNorm1d(2)\n output q = b -> InstanceNorm1d(2) }";
  for (const [, model] of await both(apart)) {
    const { p, q } = model({ a: row, b: [row, row] });
    expect([p!.shape, q!.shape]).toEqual([[2, 2], [2, 2, 2]]); // prettier-ignore
  }
});

test("a declared input says which", async () => {
  const source = (shape: string): string => `model M {
    input x: f32[${shape}]
    output x -> ReLU -> InstanceNorm1d(2, eps=0)
  }`;
  for (const [, batched] of await both(source("N, 2, L"))) {
    expect(batched([row]).shape).toEqual([1, 2, 2]);
    expect(() => batched(row)).toThrow("x must be f32[N, 2, L], not ");
  }
  for (const [, single] of await both(source("2, L"))) {
    expect(single(row)).toEqual({ dtype: "f32", shape: [2, 2], data: Float32Array.from(normal) });
    expect(() => single([row])).toThrow("x must be f32[2, L], not ");
  }
  // What has a size of a declared batch has its axis.
  const beside =
    "model M { input m: f32[N, 4]\n input x\n output a = m -> ReLU\n output b = x -> InstanceNorm1d(3) }";
  expect(compile(beside).inputs.map(({ unbatched }) => unbatched)).toEqual([undefined, undefined]);
});

test("a batch of a fixed size is not left out", () => {
  const model = compile("InstanceNorm1d(2)", { args: { N: 2 } });
  expect(model.inputs).toEqual([{ name: "x", dtype: "f32", shape: [2, 2, "L"] }]);
  expect(() => model(row)).toThrow("x must be f32[2, 2, L], not");
});

test("declarations say so", () => {
  const { types } = emit("InstanceNorm1d(2)");
  expect(types).toContain("x: f32[N, 2, L] or f32[2, L] -> y: f32[N, 2, L] or f32[2, L]");
  expect(types).toContain("readonly unbatched?: true;");
  expect(emit("BatchNorm1d(2)").types).not.toContain("unbatched");
});
