/**
 * Against float64, no layer's largest error on unit-scale data is larger than PyTorch's in float32, give or take the
 * half ULP of storing a result. Inputs and parameters are drawn with PyTorch's seeds. The truth is the evaluator's,
 * whose sums and samples must be those of PyTorch in float64.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { drive } from "../../compiler/drive/driver.ts";
import { evaluate } from "../../compiler/ir/graph/evaluate.ts";
import { allRecords, records } from "../../compiler/layers/index.ts";
import { Generator, normal, randint, uniform } from "../../runtime/random.ts";
import { expectSection, inUlp, table } from "../conformance.ts";
import { closureOf, ran, stagesOf, type Tensors } from "../differential/agree.ts";
import { largestError } from "../ulp.ts";
import { ABSENT } from "./absent.ts";

interface Case {
  readonly call: string;
  readonly inputs: readonly (readonly number[])[];
  readonly train: boolean;
  readonly seed: number;
  /** The largest errors of PyTorch's float32 results. */
  readonly torch: { readonly ulp: number; readonly absolute: number };
  /** Of its float64 results one after the other; running statistics are results of training. */
  readonly float64: { readonly sum: number; readonly squares: number; readonly sample: readonly number[] };
}

const file = new URL("../fixtures/torch/accuracy.json", import.meta.url);
const { accuracy } = JSON.parse(readFileSync(file, "utf8")) as { accuracy: readonly Case[] };

/** The layer that a case is about: the last of its chain. */
function layerOf({ call }: Case): string {
  return call.split(" -> ").at(-1)!.replace(/\(.*/, "");
}

const cases = accuracy.filter((one) => !ABSENT.has(layerOf(one)));

interface Results {
  readonly got: readonly ArrayLike<number>[];
  readonly truth: readonly Float64Array[];
}

function resultsOf({ call, inputs, train, seed }: Case): Results {
  const whole = records.get(call.replace(/\(.*/, ""))!.samples[0]!.below !== undefined;
  const names = ["x", "y"].slice(0, inputs.length);
  const declared = names.map(
    (name, i) => `input ${name}: ${whole ? "i32" : "f32"}[${inputs[i]!.join(", ")}]\n`,
  );
  const head = names.length === 1 ? "x" : "[x, y]";
  const source = `model Accuracy {\n${declared.join("")}output z = ${head} -> ${call}\n}`;
  const { graph, plan } = stagesOf(
    (options) => drive(source, { mode: train ? "train" : "eval", target: "js" }, options).plan,
  );
  const generator = new Generator(seed);
  const given: Tensors = Object.fromEntries(
    names.map((name, i) => {
      const shape = inputs[i]!;
      const count = shape.reduce((product, size) => product * size, 1);
      if (whole) return [name, { dtype: "i32", shape, data: randint(generator, count, 0, 64) }];
      return [name, { dtype: "f32", shape, data: normal(generator, count) }];
    }),
  );
  const parameters: Tensors = Object.fromEntries(
    plan.parameters.map(({ path, type: { dtype, shape } }) => {
      const sizes = shape as readonly number[];
      const count = sizes.reduce((product, size) => product * size, 1);
      if (dtype === "i32") return [path, { dtype, shape: sizes, data: new Int32Array(count) }];
      const low = path.endsWith("var") ? 0.5 : -0.5;
      return [path, { dtype, shape: sizes, data: uniform(generator, count, low, low + 1) }];
    }),
  );
  const exact = evaluate(graph, given, parameters);
  const emitted = ran(closureOf(plan, parameters), plan, { inputs: given, parameters, sizes: new Map() });
  const statistics = plan.updates.map(({ path }) => path).filter((path) => parameters[path]!.dtype === "f32");
  return {
    got: [emitted.outputs["z"]!, ...statistics.map((path) => emitted.updates[path]!)],
    truth: [exact.outputs["z"]!.data, ...statistics.map((path) => exact.updates[path]!.data)],
  };
}

const errors = new Map<Case, number>();

function errorOf(one: Case): number {
  const known = errors.get(one);
  if (known !== undefined) return known;
  const { got, truth } = resultsOf(one);
  const all = truth.flatMap((data) => Array.from(data));
  const step = Math.max(1, Math.floor(all.length / 8));
  const { sum, squares, sample } = one.float64;
  sample.forEach((value, i) => expect(all[i * step]).toBeCloseTo(value, 11));
  const total = all.reduce((result, x) => result + x * x, 0);
  expect(Math.abs(total / squares - 1)).toBeLessThan(1e-9);
  // A sum may cancel: it is known as well as its largest terms are.
  expect(Math.abs(all.reduce((result, x) => result + x, 0) - sum)).toBeLessThan(1e-9 * Math.sqrt(squares * all.length)); // prettier-ignore
  const error = Math.max(...truth.map((data, i) => largestError(got[i]!, data)));
  errors.set(one, error);
  return error;
}

const title = ({ call, train }: Case): string => `${call}${train ? ", training" : ""}`;

test.each(cases.map((one) => [`${title(one)} of ${JSON.stringify(one.inputs)}`, one] as const))(
  "%s",
  (_, one) => {
    expect(errorOf(one)).toBeLessThanOrEqual(one.torch.ulp + 0.5);
  },
);

/** Layers of torch.nn that compute something, and have no case. */
const WITHOUT: Readonly<Record<string, string>> = {
  RMSNorm: "PyTorch 1.13 lacks it",
  SyncBatchNorm: "PyTorch wants a GPU for it",
  Identity: "it computes nothing",
  LPPool3d: "PyTorch 1.13 lacks it",
  ...Object.fromEntries(
    [
      ...["1d", "2d", "3d"].flatMap((rank) => [
        `MaxPool${rank}`,
        `AdaptiveMaxPool${rank}`,
        `MaxUnpool${rank}`,
      ]),
      "FractionalMaxPool2d",
      "FractionalMaxPool3d",
      "Unfold",
      "UpsamplingNearest2d",
    ].map((name) => [name, "it moves elements"]),
  ),
  ...Object.fromEntries(
    allRecords
      .filter(({ name }) => name.endsWith("Loss"))
      .map(({ name }) => [name, "its cases have their terms, which are sums of measured functions"]),
  ),
  ...Object.fromEntries(
    allRecords
      .filter(({ name }) => name.startsWith("Transformer"))
      .map(({ name }) => [name, "it is made of measured layers"]),
  ),
  ...Object.fromEntries(
    ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"].map((name) => [
      name,
      "it multiplies by numbers that are drawn",
    ]),
  ),
  MultiheadAttention: "it is made of measured layers",
  ScaledDotProductAttention: "it is made of measured layers",
  EmbeddingBag: "it adds up rows as Sum does",
  Normalize: "it divides by what Norm computes",
  OneHot: "its results are whole numbers",
  AffineGrid: "its positions are float32 numbers, and so differ from those in float64",
  GridSample: "its positions are float32 numbers, and so differ from those in float64",
};

test("every layer that PyTorch has is measured", () => {
  const measured = new Set(accuracy.map(layerOf));
  const missing = allRecords.filter(({ name, source, formula }) => {
    return /^torch\.nn\.(?!init\b)/.test(source ?? "") && formula !== undefined && !measured.has(name);
  });
  expect(missing.map(({ name }) => name).sort()).toEqual(Object.keys(WITHOUT).sort());
});

test("CONFORMANCE.md lists the errors", async () => {
  const rows = cases.map((one) => [
    `\`${title(one)}\``,
    one.inputs.map((shape) => shape.join(" × ")).join(", "),
    inUlp(errorOf(one)),
    inUlp(one.torch.ulp),
  ]);
  await expectSection("accuracy", table(["layer", "values", "nnc (ULP)", "PyTorch (ULP)"], rows));
});
