/** A tensor graph computed every way: what is wrong with how the compiler treats it. */
import type { TensorGraph } from "../../compiler/ir/graph/builder.ts";
import { printTensorGraph } from "../../compiler/ir/graph/print-graph.ts";
import type { TensorType } from "../../compiler/ir/types.ts";
import type { Model } from "../../runtime/model.ts";
import { planTensors, signatureOf } from "../../compiler/pipeline/pipeline.ts";
import { closureOf, disagreement, named, reset, stagesOf, tensorsOf, type Given, type Sizes, type Tensors } from "./agree.ts"; // prettier-ignore
import { SIZES } from "./graphs.ts";
import { hard, kindOf, type Kind } from "./hard.ts";
import { randomOf } from "./random.ts";

/** Small integers, with which a graph computes exactly; of a `kind`, the floats are others. */
export function givenOf(graph: TensorGraph, sizes: Sizes, kind?: Kind): Given {
  const random = randomOf(7);
  const inputs = graph.inputs.map(({ name, value }) => ({ name, type: value.node.types[0]! }));
  const values = (ports: readonly { name: string; type: TensorType }[]): Tensors =>
    tensorsOf(ports, sizes, (port, at) => {
      const integer = Math.floor(random() * 7) - 3;
      return kind && ports[port]!.type.dtype === "f32" ? hard(kind, at, random) : integer;
    });
  return { sizes, inputs: values(inputs), parameters: values(named(graph.parameters)) };
}

/** In words, with the graph; `steps` of its recipe choose the hard data. */
export function wrongWith(graph: TensorGraph, steps: number): string | undefined {
  try {
    const stages = stagesOf((options) => planTensors(graph, signatureOf(graph), options), graph);
    let model: Model | undefined;
    for (const sizes of SIZES) {
      const given = givenOf(graph, sizes);
      model ??= closureOf(stages.plan, given.parameters);
      reset(model, given.parameters);
      const wrong = disagreement(stages, given, [model], "values");
      if (wrong !== undefined) return `${JSON.stringify([...sizes])} ${wrong}\n${printTensorGraph(graph)}`;
    }
    // What these numbers cancel to is a matter of the order of sums, which the evaluator need not share.
    const kind = kindOf(2 * steps + 1);
    const given = givenOf(graph, SIZES.at(-1)!, kind);
    reset(model!, given.parameters);
    const wrong = disagreement(stages, given, [model!], undefined);
    if (wrong !== undefined) return `with hard data: ${wrong}\n${printTensorGraph(graph)}`;
  } catch (cause) {
    return `${String(cause)}\n${printTensorGraph(graph)}`;
  }
  return undefined;
}
