import { describe, expect, test } from "vitest";
import type { Graph } from "../../compiler/ir/graph/graph.ts";
import { evaluateSize, symbolsOf } from "../../compiler/ir/size/size.ts";
import { extent, type TensorType } from "../../compiler/ir/types.ts";
import { allRecords } from "../../compiler/layers/index.ts";
import type { LayerOp, LayerRecord, Mode, Sample } from "../../compiler/layers/record.ts";
import type { Model } from "../../runtime/model.ts";
import { plan } from "../../compiler/pipeline/pipeline.ts";
import { callOf } from "../layers/call.ts";
import { everyday } from "../everyday.ts";
import { belowOf, fits, generalType, sampleTypes, single } from "../layers/single.ts";
import {
  closureOf,
  disagreement,
  moduleOf,
  named,
  reset,
  stagesOf,
  tensorsOf,
  type Given,
  type Sizes,
} from "./agree.ts";
import { divisionsInLoops } from "./divisions.ts";
import { normal, randomOf, SPECIALS, type Random } from "./random.ts";

/** What rounding to float32 where tensors are stored may cost, in ULP at max(|want|, rms). */
const BOUND = { ulp: 1 };

interface Case {
  readonly record: LayerRecord;
  readonly sample: Sample;
  readonly mode: Mode;
}

const cases = allRecords.flatMap((record) =>
  record.samples.flatMap((sample) =>
    (sample.modes ?? (["eval", "train"] as const)).map((mode): Case => ({ record, sample, mode })),
  ),
);

const titled = everyday(cases, 3, ({ record }) => record).map(
  (one) => [`${one.sample.source} of ${JSON.stringify(one.sample.inputs)}, ${one.mode}`, one] as const,
);

function graphOf({ record, sample, mode }: Case, types: readonly TensorType[]): Graph<LayerOp> {
  const graph = single(record, callOf(record, sample.source), types, mode);
  if (typeof graph === "string") throw new Error(graph);
  return graph;
}

function givenOf(
  graph: Graph<LayerOp>,
  { sample }: Case,
  sizes: Sizes,
  random: Random,
  special: boolean,
): Given {
  const inputs = graph.inputs.map(({ name, value }) => ({ name, type: value.node.types[value.result]! }));
  return {
    sizes,
    inputs: tensorsOf(inputs, sizes, (port) => {
      const below = belowOf(inputs[port]!.type.dtype, sample);
      if (below !== undefined) return Math.floor(random() * below);
      return special && random() < 0.2 ? SPECIALS[Math.floor(random() * SPECIALS.length)]! : normal(random);
    }),
    // Slopes and weights of either sign, some of them zero; variances are positive.
    parameters: tensorsOf(named(graph.parameters), sizes, (port) => {
      if (graph.parameters[port]!.path.endsWith("var")) return 0.1 + random();
      return random() < 0.1 ? 0 : normal(random);
    }),
  };
}

describe("every way of computing a sample agrees", () => {
  test.each(titled)("%s", async (_, one) => {
    const graph = graphOf(one, sampleTypes(one.sample));
    const stages = stagesOf((options) => plan(graph, { ...options, mode: one.mode }));
    expect(divisionsInLoops(stages.plan)).toEqual([]);
    let models: Model[] | undefined;
    for (const special of [false, true]) {
      const given = givenOf(graph, one, new Map(), randomOf(1), special);
      models ??= [closureOf(stages.plan, given.parameters), await moduleOf(stages.plan, given.parameters)];
      for (const model of models) reset(model, given.parameters);
      agreeing(disagreement(stages, given, models, BOUND), special ? "special values" : "values");
    }
  });
});

function agreeing(wrong: string | undefined, what: string): void {
  if (wrong !== undefined) expect.fail(`${what}: ${wrong}`);
}

/** Sizes that cross the bounds of unrolled loops; one of the symbols is large at a time. */
const SIZES = [
  [1, 1, 1, 1, 1],
  [3, 2, 4, 5, 1],
  [17, 3, 1, 2, 2],
  [2, 17, 5, 1, 3],
  [4, 3, 16, 2, 1],
  [0, 3, 2, 2, 2],
];

/** What the layer wants of sizes that only a call knows. */
function demandsOf({ record, sample, mode }: Case, type: TensorType): ((sizes: Sizes) => boolean)[] {
  const demands: ((sizes: Sizes) => boolean)[] = [];
  record.infer([type], callOf(record, sample.source), {
    mode,
    equal: (actual, wanted) => {
      demands.push((sizes) => evaluateSize(actual, sizes) === evaluateSize(wanted, sizes));
      return undefined;
    },
    unequal: (actual, refused) => {
      demands.push((sizes) => evaluateSize(actual, sizes) !== evaluateSize(refused, sizes));
      return undefined;
    },
    atLeast: (actual, least) => {
      demands.push((sizes) => evaluateSize(actual, sizes) >= evaluateSize(least, sizes));
      return undefined;
    },
  });
  return demands;
}

test("divisions in loops are found", () => {
  const upsample = titled.find(([title]) => title.startsWith("Upsample(scale_factor=2)"))![1];
  const graph = graphOf(upsample, sampleTypes(upsample.sample));
  const { plan: unscheduled } = stagesOf((options) => plan(graph, { ...options, mode: "eval", without: ["schedule"] })); // prettier-ignore
  expect(divisionsInLoops(unscheduled)).toEqual(["(l // 2)"]);
});

describe("one plan serves all sizes", () => {
  const open = titled.flatMap(([title, one]) => {
    const args = callOf(one.record, one.sample.source);
    const accepts = one.record.accepts?.(args).find((candidate) => fits(candidate, one.sample.inputs[0]!));
    return accepts ? [[title, one, generalType(accepts)] as const] : [];
  });
  test.each(open)("%s", (_, one, type) => {
    const graph = graphOf(one, [type]);
    const stages = stagesOf((options) => plan(graph, { ...options, mode: one.mode }));
    expect(divisionsInLoops(stages.plan)).toEqual([]);
    const symbols = [...new Set(type.shape.flatMap((dim) => [...symbolsOf(extent(dim))]))];
    if (symbols.length === 0) return;
    const demands = demandsOf(one, type);
    let model: Model | undefined;
    for (const numbers of SIZES) {
      const sizes = new Map(symbols.map((name, i) => [name, numbers[i % numbers.length]!]));
      if (!demands.every((holds) => holds(sizes))) continue;
      const given = givenOf(graph, one, sizes, randomOf(2), false);
      // The model of one size runs the next.
      model ??= closureOf(stages.plan, given.parameters);
      reset(model, given.parameters);
      agreeing(disagreement(stages, given, [model], BOUND), JSON.stringify([...sizes]));
    }
  });
});
