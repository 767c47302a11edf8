import { describe, expect, test } from "vitest";
import type { Plain } from "../../compiler/ir/graph/evaluate.ts";
import { printTensorGraph } from "../../compiler/ir/graph/print-graph.ts";
import { allRecords } from "../../compiler/layers/index.ts";
import type { LayerRecord, Sample } from "../../compiler/layers/record.ts";
import { callOf } from "./call.ts";
import { difference } from "./fixtures.ts";
import { argsOf, belowOf, expanded, fits, generalType, runSingle, sampleTypes, single } from "./single.ts";

/** Numbers that look random and are the same every time. */
function numbers(
  shape: readonly number[],
  salt: number,
  below?: number,
  [low, high]: readonly [number, number] = [-3, 3],
): Plain {
  const count = shape.reduce((product, size) => product * size, 1);
  const wave = (i: number): number => Math.sin(12.9898 * (i + 1) + 78.233 * salt) * 3;
  const at = (i: number): number =>
    below === undefined
      ? low + ((wave(i) + 3) / 6) * (high - low)
      : Math.floor(Math.abs(wave(i)) * 1000) % below;
  return { shape, data: Array.from({ length: count }, (_, i) => at(i)) };
}

const samples = allRecords.flatMap((record) =>
  record.samples.flatMap((sample) =>
    (sample.modes ?? (["eval", "train"] as const)).map((mode) => ({ record, sample, mode })),
  ),
);

function prepared(record: LayerRecord, sample: Sample): [Plain[], Record<string, Plain>] {
  const args = callOf(record, sample.source);
  const inputs = sampleTypes(sample).map(({ dtype, shape }, i) =>
    numbers(shape, i, belowOf(dtype, sample), sample.within),
  );
  const parameters = (record.parameters?.(args) ?? []).map(({ name, shape, role, dtype }, i) => {
    const { data } = numbers(shape, i + 10, dtype === "i32" ? 5 : undefined);
    return [name, { shape, data: role === "buffer" ? Array.from(data, Math.abs) : data }] as const;
  });
  return [inputs, Object.fromEntries(parameters)];
}

describe("samples", () => {
  test.each(
    samples.map(
      (one) => [`${one.sample.source} of ${JSON.stringify(one.sample.inputs)}, ${one.mode}`, one] as const,
    ),
  )("%s", (_, { record, sample, mode }) => {
    const args = callOf(record, sample.source);
    const graph = single(record, args, sampleTypes(sample), mode);
    if (typeof graph === "string") throw new Error(graph);
    const [inputs, parameters] = prepared(record, sample);
    const exact = runSingle(graph, inputs, parameters, mode);
    for (const output of Object.values(exact.outputs)) expect(output.data.some(Number.isNaN)).toBe(false);
    // The same on the most general input that the layer accepts, where that is all it is given.
    if (sample.inputs.length > 1) return;
    const { dtype } = sampleTypes(sample)[0] ?? {};
    const general = record
      .accepts?.(args)
      .find((accepts) => accepts.dtype === dtype && fits(accepts, sample.inputs[0]!));
    if (!general || sample.inputs.length > 1) return;
    const open = single(record, args, [generalType(general)], mode);
    if (typeof open === "string") throw new Error(open);
    const result = runSingle(open, inputs, parameters, mode);
    for (const [name, wanted] of Object.entries(exact.outputs)) {
      expect(difference(result.outputs[name], wanted), name).toBeUndefined();
    }
    for (const [path, wanted] of Object.entries(exact.updates)) {
      expect(difference(result.updates[path], wanted), path).toBeUndefined();
    }
  });

  test("every layer's accepted inputs are inputs that it takes", () => {
    for (const { record, sample, mode } of samples) {
      const args = callOf(record, sample.source);
      for (const accepts of record.accepts?.(args) ?? []) {
        const graph = single(record, args, [generalType(accepts)], mode);
        if (typeof graph === "string") throw new Error(`${sample.source}: ${graph}`);
      }
    }
  });
});

test("LayerNorm, then PReLU keep the form that fusion expects", () => {
  const forms = ["LayerNorm", "PReLU"].map((name) => {
    const record = allRecords.find((candidate) => candidate.name === name)!;
    const args = argsOf(record, [name === "PReLU" ? 0.25 : 10]);
    const graph = single(record, args, [generalType(record.accepts!(args)[0]!)]);
    if (typeof graph === "string") throw new Error(graph);
    return printTensorGraph(expanded(graph)).replaceAll(/ {2}# .*/g, "");
  });
  expect(forms.join("\n")).toMatchInlineSnapshot(`
    "graph test
    param 0.weight: f32[10] = 1
    param 0.bias: f32[10] = 0
    %0 = input (x0) : f32[run, 10]
    %1 = slice %0 (starts=[0, 0], steps=[1, 1]) : f32[run, 1]
    %2 = broadcast %1 : f32[run, 10]
    %3 = sub %0 %2 : f32[run, 10]
    %4 = reduce %3 (sum, axes=[1]) : f32[run, 1]
    %5 = constant (10) : f32[]
    %6 = reshape %5 : f32[1, 1]
    %7 = broadcast %6 : f32[run, 1]
    %8 = div %4 %7 : f32[run, 1]
    %9 mean = add %1 %8 : f32[run, 1]
    %10 = mul %3 %3 : f32[run, 10]
    %11 = reduce %10 (sum, axes=[1]) : f32[run, 1]
    %12 = div %11 %7 : f32[run, 1]
    %13 = broadcast %9 : f32[run, 10]
    %14 = sub %0 %13 : f32[run, 10]
    %15 = mul %8 %8 : f32[run, 1]
    %16 variance = sub %12 %15 : f32[run, 1]
    %17 = constant (0.00001) : f32[]
    %18 = reshape %17 : f32[1, 1]
    %19 = broadcast %18 : f32[run, 1]
    %20 = add %16 %19 : f32[run, 1]
    %21 = sqrt %20 : f32[run, 1]
    %22 = constant (1) : f32[]
    %23 = reshape %22 : f32[1, 1]
    %24 = broadcast %23 : f32[run, 1]
    %25 = div %24 %21 : f32[run, 1]
    %26 = broadcast %25 : f32[run, 10]
    %27 = mul %14 %26 : f32[run, 10]
    %28 = parameter (0.weight) : f32[10]
    %29 = parameter (0.bias) : f32[10]
    %30 = reshape %28 : f32[1, 10]
    %31 = broadcast %30 : f32[run, 10]
    %32 = mul %27 %31 : f32[run, 10]
    %33 = reshape %29 : f32[1, 10]
    %34 = broadcast %33 : f32[run, 10]
    %35 = add %32 %34 : f32[run, 10]
    input x0 = %0
    output y0 = %35

    graph test
    param 0.weight: f32[1] = 0.25
    %0 = input (x0) : f32[run]
    %1 = parameter (0.weight) : f32[1]
    %2 = reshape %1 : f32[]
    %3 = constant (0) : f32[]
    %4 = reshape %3 : f32[1]
    %5 = broadcast %4 : f32[run]
    %6 = lt %5 %0 : bool[run]
    %7 = constant (1) : f32[]
    %8 = reshape %7 : f32[1]
    %9 = broadcast %8 : f32[run]
    %10 = broadcast %1 : f32[run]
    %11 = select %6 %9 %10 : f32[run]
    %12 = mul %0 %11 : f32[run]
    input x0 = %0
    output y0 = %12
    "
  `);
});
