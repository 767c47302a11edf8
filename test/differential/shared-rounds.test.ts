/**
 * What threads share, on every layer: the rounds of each kernel, one after the other and the last ones first, compute the bits
 * of all rounds in order.
 */
import { describe, expect, test } from "vitest";
import type { Call, Plan } from "../../compiler/ir/plan/plan.ts";
import { isOfThread, rangesOf } from "../../compiler/ir/plan/rounds.ts";
import { evaluateSize } from "../../compiler/ir/size/size.ts";
import { plan } from "../../compiler/pipeline/pipeline.ts";
import { wasm } from "../../compiler/target/wasm.ts";
import { callOf } from "../layers/call.ts";
import { belowOf, sampleTypes, single } from "../layers/single.ts";
import { difference, interpreted, named, stagesOf, tensorsOf, type Given } from "./agree.ts";
import { normal, randomOf } from "./random.ts";
import { sampleCases } from "./sample-cases.ts";
import { ranAsWasm } from "./wasm-run.ts";

const target = { ...wasm, threads: { leastWork: 0 } };

/** The plan whose calls do a few rounds each, the last ones first. What a thread would have for itself is another buffer for each. */
function shuffled(given: Plan): Plan {
  const slots = [...given.slots.run];
  const calls = given.run.map((call) => sharesOf(call, slots));
  const starts = calls.map((_, i) => calls.slice(0, i).flat().length);
  const place = (i: number): number => starts[i] ?? calls.flat().length;
  const loops = given.loops.map((loop) => ({ ...loop, from: place(loop.from), to: place(loop.to) }));
  return { ...given, run: calls.flat(), loops, slots: { ...given.slots, run: slots } };
}

function sharesOf(call: Call, slots: Plan["slots"]["run"][number][]): Call[] {
  const ranges = rangesOf(call.kernel);
  if (ranges.length === 0) return [call];
  return ranges.flatMap(({ at, step }) => {
    const [from, to] = [call.sizes[at]!, call.sizes[at + 1]!].map((size) => evaluateSize(size, new Map()));
    const shares: Call[] = [];
    for (let first = from!; first < to!; first += step) {
      const sizes = call.sizes.map((size, i) => {
        if (i === at) return first;
        if (i === at + 1) return Math.min(first + step, to!);
        return ranges.some((other) => i === other.at || i === other.at + 1) ? 0 : size;
      });
      const buffers = call.buffers.map((buffer, i) => {
        if (buffer.storage !== "scratch" || !isOfThread(call.kernel, call.kernel.buffers[i]!.name))
          return buffer;
        return { ...buffer, slot: slots.push({ dtype: buffer.dtype, sizes: [buffer.size] }) - 1 };
      });
      shares.unshift({ ...call, buffers, sizes });
    }
    return shares;
  });
}

describe("every sample", () => {
  const counts = { kernels: 0, shared: 0 };

  test.each(sampleCases)("%s", (_, record, sample, mode) => {
    const graph = single(record, callOf(record, sample.source), sampleTypes(sample), mode);
    if (typeof graph === "string") throw new Error(graph);
    const made = stagesOf((options) => plan(graph, { ...options, mode, target })).plan;
    const random = randomOf(1);
    const inputs = graph.inputs.map(({ name, value }) => ({ name, type: value.node.types[value.result]! }));
    const given: Given = {
      sizes: new Map(),
      inputs: tensorsOf(inputs, new Map(), (port) => {
        const below = belowOf(inputs[port]!.type.dtype, sample);
        return below === undefined ? normal(random) : Math.floor(random() * below);
      }),
      parameters: tensorsOf(named(graph.parameters), new Map(), (port) =>
        graph.parameters[port]!.path.endsWith("var") ? 0.1 + random() : normal(random),
      ),
    };
    const want = interpreted(made, given);
    const other = shuffled(made);
    const wrong =
      difference(interpreted(other, given), want, "bits") ??
      difference(ranAsWasm(other, given), want, "bits");
    if (wrong !== undefined) expect.fail(wrong);
    for (const { kernel } of made.run) {
      counts.kernels++;
      if (rangesOf(kernel).length > 0) counts.shared++;
    }
  });

  test("most kernels can be shared", () => {
    expect(counts.shared).toBeGreaterThan(0.6 * counts.kernels);
  });
});
