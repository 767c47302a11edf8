/** A recorded case by the emitted code. */
import type { Graph } from "../../compiler/ir/graph/graph.ts";
import type { LayerOp } from "../../compiler/layers/record.ts";
import { plan } from "../../compiler/pipeline/pipeline.ts";
import { arrayOf, closureOf, evaluated, ran, stagesOf, type Tensors } from "../differential/agree.ts";
import { judge } from "../differential/judge.ts";
import type { Case, Recorded } from "./fixtures.ts";

/** What is further from the evaluator's results, in any step, than rounding to float32 explains. */
export function wrongWhenEmitted(layer: Graph<LayerOp>, one: Case): string | undefined {
  const stages = stagesOf((options) => plan(layer, { ...options, mode: one.train ? "train" : "eval" }));
  const inputs = arraysOf(one.inputs.map((input, i) => [`x${i}`, input]));
  const recorded = Object.entries({ ...one.params, ...one.buffers });
  const model = closureOf(stages.plan, arraysOf(recorded.map(([name, value]) => [`0.${name}`, value])));
  for (let step = 0; step < (one.steps ?? 1); step++) {
    const parameters = structuredClone({ ...model.parameters }) as Tensors;
    const given = { inputs, parameters, sizes: new Map() };
    const want = evaluated(stages.graph, given);
    const { wrong } = judge(stages.graph, given, want, ran(model, stages.plan, given));
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function arraysOf(tensors: readonly (readonly [string, Recorded])[]): Tensors {
  return Object.fromEntries(
    tensors.map(([name, { dtype, shape, data }]) => {
      const array = arrayOf(dtype, data.length);
      array.set(data);
      return [name, { dtype, shape, data: array }];
    }),
  );
}
