/** A recorded case by the emitted code. */
import type { Graph } from "../../compiler/ir/graph/graph.ts";
import type { LayerOp } from "../../compiler/layers/record.ts";
import { plan } from "../../compiler/pipeline/pipeline.ts";
import type { TargetName } from "../../compiler/ir/plan/plan.ts";
import { targets } from "../../compiler/target/index.ts";
import { arrayOf, closureOf, difference, evaluated, interpreted, ran, stagesOf, type Tensors } from "../differential/agree.ts"; // prettier-ignore
import { judge } from "../differential/judge.ts";
import type { Case, Recorded } from "./fixtures.ts";

/** What is further from the evaluator's results, in any step, than rounding to float32 explains, or not as interpreted. */
export function wrongWhenEmitted(layer: Graph<LayerOp>, one: Case, target: TargetName): string | undefined {
  const mode = one.train ? "train" : "eval";
  const stages = stagesOf((options) => plan(layer, { ...options, mode, target: targets[target] }));
  const inputs = arraysOf(one.inputs.map((input, i) => [`x${i}`, input]));
  // Counters are recorded as floats.
  const dtypes = new Map(stages.plan.parameters.map(({ path, type }) => [path, type.dtype]));
  const recorded = Object.entries({ ...one.params, ...one.buffers }).map(([name, value]) => {
    const path = `0.${name}`;
    return [path, { ...value, dtype: dtypes.get(path) ?? value.dtype }] as const;
  });
  const model = closureOf(stages.plan, arraysOf(recorded));
  for (let step = 0; step < (one.steps ?? 1); step++) {
    const parameters = structuredClone({ ...model.parameters }) as Tensors;
    const given = { inputs, parameters, sizes: new Map() };
    const want = evaluated(stages.graph, given);
    const exact = interpreted(stages.plan, given);
    const got = ran(model, stages.plan, given);
    const unlike = difference(got, exact, "bits");
    if (unlike !== undefined) return `not as interpreted: ${unlike}`;
    const { wrong } = judge(stages.graph, given, want, got, target === "js" ? "results" : "steps");
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function arraysOf(tensors: readonly (readonly [string, Recorded])[]): Tensors {
  return Object.fromEntries(
    tensors.map(([name, { dtype, shape, data }]) => {
      const array = arrayOf(dtype, data.length);
      array.set(data);
      return [name, { dtype: dtype as Tensors[string]["dtype"], shape, data: array }];
    }),
  );
}
