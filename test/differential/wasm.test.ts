/**
 * Every layer on WebAssembly: the plan after each pass within the rounding of float32, and the kernels, alone and in
 * a model, to the bit as the interpreter computes them.
 */
import { describe, expect, test } from "vitest";
import { plan } from "../../compiler/pipeline/pipeline.ts";
import { wasm } from "../../compiler/target/wasm.ts";
import { callOf } from "../layers/call.ts";
import { belowOf, sampleTypes, single } from "../layers/single.ts";
import {
  closureOf,
  difference,
  disagreement,
  interpreted,
  named,
  stagesOf,
  tensorsOf,
  type Given,
} from "./agree.ts";
import { normal, randomOf, SPECIALS } from "./random.ts";
import { sampleCases } from "./sample-cases.ts";
import { ranAsWasm } from "./wasm-run.ts";

/** What the rounding of each step to float32 may cost, in ULP at max(|want|, rms). */
const ULP = 8;
/**
 * Bicubic weights and coordinates near an edge lose digits, as they do in PyTorch; so do the exponentials of large scores, as
 * the rounding of a score of 10 is ten times that of its exponential. Layers of Transformers have such scores.
 */
const WIDE: Readonly<Record<string, number>> = {
  GridSample: 32,
  MultiheadAttention: 64,
  TransformerEncoderLayer: 64,
  TransformerDecoderLayer: 64,
  TransformerEncoder: 64,
  TransformerDecoder: 64,
  Transformer: 64,
};

describe("every sample agrees", () => {
  test.each(sampleCases)("%s", (_, record, sample, mode) => {
    const graph = single(record, callOf(record, sample.source), sampleTypes(sample), mode);
    if (typeof graph === "string") throw new Error(graph);
    const stages = stagesOf((options) => plan(graph, { ...options, mode, target: wasm }));
    for (const special of [false, true]) {
      const random = randomOf(1);
      const inputs = graph.inputs.map(({ name, value }) => ({ name, type: value.node.types[value.result]! }));
      const number = (): number =>
        special && random() < 0.2 ? SPECIALS[Math.floor(random() * SPECIALS.length)]! : normal(random);
      const given: Given = {
        sizes: new Map(),
        inputs: tensorsOf(inputs, new Map(), (port) => {
          const below = belowOf(inputs[port]!.type.dtype, sample);
          return below === undefined ? number() : Math.floor(random() * below);
        }),
        parameters: tensorsOf(named(graph.parameters), new Map(), (port) =>
          graph.parameters[port]!.path.endsWith("var") ? 0.1 + random() : normal(random),
        ),
      };
      // Numbers near the largest float32 are beyond it in between, where float64 has them.
      const bound = special ? undefined : { ulp: WIDE[record.name] ?? ULP };
      const model = closureOf(stages.plan, given.parameters);
      const wrong = disagreement(stages, given, [model], bound);
      if (wrong !== undefined) expect.fail(`${special ? "special values" : "values"}: ${wrong}`);
      const want = interpreted(stages.plan, given);
      const other = difference(ranAsWasm(stages.plan, given), want, "bits");
      if (other !== undefined) expect.fail(`WebAssembly, ${special ? "special values" : "values"}: ${other}`);
    }
  });
});
