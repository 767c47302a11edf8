import { describe, expect, test } from "vitest";
import type { Evaluation } from "../../compiler/ir/graph/evaluate.ts";
import type { TensorType } from "../../compiler/ir/types.ts";
import { allRecords, operators, records } from "../../compiler/layers/index.ts";
import { subscript } from "../../compiler/layers/subscript.ts";
import type { ArgValue, LayerRecord, Mode } from "../../compiler/layers/record.ts";
import { Generator } from "../../runtime/random.ts";
import { count, expectSection } from "../conformance.ts";
import { isEveryday } from "../everyday.ts";
import { ABSENT, present } from "./absent.ts";
import { layerArgOf, subscriptsOf } from "./call.ts";
import { wrongWhenEmitted } from "./emitted.ts";
import { cases, difference, type Case, type Recorded, type RecordedArg } from "./fixtures.ts";
import { argsOf, fits, generalType, runSingle, single } from "./single.ts";

const comparisons: Readonly<Record<string, string>> = {
  Less: "<", LessEqual: "<=", Greater: ">", GreaterEqual: ">=", Equal: "==", NotEqual: "!=",
}; // prettier-ignore

function recordOf({ layer }: Case): LayerRecord {
  if (layer === "Subscript") return subscript;
  return records.get(layer) ?? operators.get(comparisons[layer]!)!;
}

function argumentsOf(one: Case, record: LayerRecord): Readonly<Record<string, ArgValue>> {
  if (one.layer === "Subscript") return { index: subscriptsOf(one.kwargs["index"] as string) };
  const kwargs = Object.entries(one.kwargs).map(([name, value]) => [name, recordedArg(value)] as const);
  return argsOf(record, one.args.map(recordedArg), Object.fromEntries(kwargs));
}

function recordedArg(value: RecordedArg): ArgValue {
  return typeof value === "object" && value !== null && "layer" in value ? layerArgOf(value.layer) : value;
}

function run(one: Case, types: readonly TensorType[]): Evaluation {
  const mode: Mode = one.train ? "train" : "eval";
  const record = recordOf(one);
  const graph = single(record, argumentsOf(one, record), types, mode);
  if (typeof graph === "string") throw new Error(graph);
  let buffers: Readonly<Record<string, Recorded>> = one.buffers;
  let result: Evaluation | undefined;
  const generator = new Generator(one.seed ?? 0);
  for (let step = 0; step < (one.steps ?? 1); step++) {
    result = runSingle(graph, one.inputs, { ...one.params, ...buffers }, mode, generator);
    const updates = Object.entries(result.updates).map(([path, value]) => [path.slice(2), value]);
    buffers = { ...buffers, ...(Object.fromEntries(updates) as Record<string, Recorded>) };
  }
  for (const [name, wanted] of Object.entries(one.buffers_after ?? {})) {
    expect(difference(buffers[name], wanted), name).toBeUndefined();
  }
  if (one.next !== undefined) expect(generator.nextInt32() & 0x7fffffff, "after it").toBe(one.next);
  return result!;
}

/**
 * PyTorch computes LayerNorm as x * r - mean * r, which on a constant row of -3e20 leaves a million of
 * rounding. The row's deviation is 0, so its result is the bias.
 */
function wantedOf(one: Case): readonly Recorded[] {
  if (one.layer !== "LayerNorm" || one.note !== "constant rows give the bias") return one.outputs;
  const [{ data, ...type }, bias] = [one.outputs[0]!, one.params["bias"]!.data];
  const finite = Array.from(data).slice(0, -bias.length);
  return [{ ...type, data: [...finite, ...Array.from(bias)] }];
}

/**
 * Which of two zeros is the larger is an accident of PyTorch's loops, as is the sign of a zero that comes of ELU's
 * exp(x) - 1 near 0, where ours is exact.
 */
const EITHER_ZERO = new Set([
  "Max",
  "Min",
  "AMax",
  "AMin",
  "Maximum",
  "Minimum",
  "ELU",
  "CumMax",
  "CumMin",
  ...["1d", "2d", "3d"].flatMap((suffix) => [`MaxPool${suffix}`, `AdaptiveMaxPool${suffix}`]),
]);

/** PyTorch computes positions of float64 inputs in float64. A net's inputs are float32, and so are their positions. */
const FLOAT32_POSITIONS = new Set(["Upsample", "UpsamplingBilinear2d"]);

/** All results; each must be as wanted. */
function check(one: Case, types: readonly TensorType[]): readonly Recorded[] {
  const outputs = Object.values(run(one, types).outputs);
  for (const [i, wanted] of wantedOf(one).entries()) {
    expect(outputs[i]!.dtype).toBe(wanted.dtype);
    const signedZeros = !EITHER_ZERO.has(one.layer);
    const tolerance = one.tolerance ?? (FLOAT32_POSITIONS.has(one.layer) ? 3e-7 : undefined);
    const near = tolerance === undefined ? {} : { relative: tolerance, absolute: tolerance };
    expect(difference(outputs[i], wanted, { signedZeros, ...near }), `output ${i}`).toBeUndefined();
  }
  return outputs;
}

test("layers whose cases wait do not exist yet", () => {
  expect(present()).toEqual([]);
});

test("every entry has cases", () => {
  const named = new Set(cases.map((one) => recordOf(one)?.name));
  const without = allRecords.filter(({ name, inputs, formula }) => inputs.length > 0 && formula && !named.has(name)); // prettier-ignore
  expect(without.map(({ name }) => name)).toEqual([]);
});

const running = cases.filter((one) => !ABSENT.has(one.layer));
const layers = [...new Set(running.map((one) => one.layer))];

describe.each(layers)("%s", (layer) => {
  const own = running.filter((one) => one.layer === layer);
  const title = (one: Case): string =>
    `${JSON.stringify(one.args)} ${JSON.stringify(one.kwargs)} of ${one.inputs.map(({ shape }) => `[${shape.join()}]`).join(" ")} ${one.note ?? ""}`;

  test.each(own.map((one, place) => [title(one), one, place] as const))("as PyTorch: %s", (_, one, place) => {
    const outputs = check(one, one.inputs);
    expect(outputs.map(({ shape }) => shape)).toEqual(one.outputs.map(({ shape }) => shape));
    // What the evaluator gives is PyTorch's; the emitted code must give that, as far as float32 can.
    const record = recordOf(one);
    const layer = single(record, argumentsOf(one, record), one.inputs, one.train ? "train" : "eval");
    for (const [i, target] of (["js", "wasm"] as const).entries()) {
      // Each target has cases of its own, and every layer one on each.
      if (!isEveryday(place < 2 ? 0 : place + i, 4)) continue;
      const wrong = typeof layer === "string" ? layer : wrongWhenEmitted(layer, one, target);
      expect(wrong, target).toBeUndefined();
    }
  });

  test("on the most general input they give the same", () => {
    for (const one of own) {
      if (one.inputs.length !== 1) continue;
      const record = recordOf(one);
      const accepted = record.accepts?.(argumentsOf(one, record)) ?? [];
      const { shape, dtype } = one.inputs[0]!;
      const general = accepted.find((accepts) => accepts.dtype === dtype && fits(accepts, shape));
      if (general && one.inputs.length === 1) check(one, [generalType(general)]);
    }
  });
});

test("CONFORMANCE.md counts them", async () => {
  const trained = running.filter((one) => one.train).length;
  const waiting = cases.filter((one) => !running.includes(one));
  const wait = `${waiting.length} more wait for ${[...new Set(waiting.map(({ layer }) => layer))].join(", ")}.`;
  await expectSection(
    "torch",
    `${count(running.length)} cases of ${layers.length} layers and functions, ${trained} of them in training mode: all pass.${waiting.length > 0 ? ` ${wait}` : ""}`,
  );
});
