/**
 * Moves arithmetic from data to parameters: a scale and a shift after a linear map go into its weight and bias
 * (BatchNorm in eval mode after Linear), which `split` then computes once in `prepare`. This reassociates sums and
 * products, so results may differ in the last bits.
 */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { usersOf } from "../ir/graph/graph.ts";
import type { TensorGraph } from "../ir/graph/builder.ts";
import type { MapName } from "../ir/graph/primitives.ts";
import { unbroadcast } from "../ir/graph/views.ts";
import { ParameterOnly, rewrite } from "./rewrite.ts";
import type { Pass } from "./pass.ts";

/** The most sweeps. One sweep moves a scale into the weight; the next joins two shifts that are adjacent afterwards. */
const MAX_SWEEPS = 4;

export const fold: Pass<TensorGraph, TensorGraph> = {
  name: "fold",
  order: [{ before: "split", because: "the parameter arithmetic made here is computed once, in `prepare`" }],
  run(graph) {
    if (!graph.nodes.some((node) => node.op.kind === "contract")) return graph;
    let current = graph;
    for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
      const next = foldOnce(current);
      if (next === current) break;
      current = next;
    }
    return current;
  },
};

function foldOnce(graph: TensorGraph): TensorGraph {
  const parameterOnly = new ParameterOnly(graph);
  const users = usersOf(graph);
  const kept = new Set([...graph.outputs, ...graph.updates].map((port) => port.value.node));
  let changed = false;

  const once = (tensor: Tensor): boolean => users.get(tensor.node)?.length === 1 && !kept.has(tensor.node);
  const made = rewrite(graph, (b, candidate, old) => {
    if (old.op.kind !== "map") return undefined;
    // The rule is chosen on the old graph, whose uses are known, and builds from the new operands.
    for (const [i, j] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const data = old.inputs[i];
      const parameter = old.inputs[j];
      if (!data || !parameter || !isParameter(parameterOnly, parameter) || !once(data)) continue;
      const result = foldInto(b, old.op.map, data, candidate.inputs[i]!, candidate.inputs[j]!, parameterOnly);
      if (result) {
        changed = true;
        return result;
      }
    }
    return undefined;
  });
  return changed ? made : graph;
}

function foldInto(
  b: Builder,
  map: MapName,
  data: Tensor,
  newData: Tensor,
  parameter: Tensor,
  parameterOnly: ParameterOnly,
): Tensor | undefined {
  const { op, inputs } = data.node;
  // What a sweep made of a product is a product, and of a sum with a parameter a sum.
  const renewed = newData.node.inputs;
  if (map === "mul" && op.kind === "contract") {
    return parameterOnly.has(inputs[1]!.node) ? scaleWeight(b, newData, parameter) : undefined;
  }
  if (op.kind !== "map" || op.map !== "add" || (map !== "add" && map !== "mul")) return undefined;
  const shift = inputs.findIndex((input) => isParameter(parameterOnly, input));
  const rest = 1 - shift;
  const contraction = inputs[rest]?.node;
  if (shift < 0 || contraction?.op.kind !== "contract") return undefined;
  // (c + b1) + b2 -> c + (b1 + b2)
  if (map === "add") return b.add(renewed[rest]!, small(b, "add", renewed[shift]!, parameter));
  // (c + b) * s -> c * s + b * s, where s goes on into the weight
  const isWeighted = parameterOnly.has(contraction.inputs[1]!.node);
  const scaled = isWeighted ? scaleWeight(b, renewed[rest]!, parameter) : undefined;
  return scaled && b.add(scaled, small(b, "mul", renewed[shift]!, parameter));
}

// contract(x, w) * s -> contract(x, w * s), where s varies along axes of the result that only w has
function scaleWeight(b: Builder, contract: Tensor, scale: Tensor): Tensor | undefined {
  const { op, inputs } = contract.node;
  if (op.kind !== "contract") return undefined;
  const [x, w] = inputs as [Tensor, Tensor];
  const [xLabels, wLabels, labels] = op.labels;
  const source = unbroadcast(scale);
  const varying = labels.filter((_, axis) => sizesOf(source)[axis] !== 1);
  if (varying.some((label) => !wLabels.includes(label) || xLabels.includes(label))) return undefined;
  // The scale is brought to the weight's axes, with size 1 where it does not vary.
  const order = wLabels.filter((label) => varying.includes(label));
  const squeezed = b.reshape(
    source,
    varying.map((label) => sizesOf(source)[labels.indexOf(label)]!),
  );
  const permuted = b.permute(
    squeezed,
    order.map((label) => varying.indexOf(label)),
  );
  const aligned = b.reshape(
    permuted,
    wLabels.map((label, axis) => (varying.includes(label) ? sizesOf(w)[axis]! : 1)),
  );
  const scaled = b.mul(w, aligned);
  // The product still belongs to the layer that asked for it, also with another layer's scale in its weight.
  const { origin } = b;
  b.origin = contract.node.origin;
  const result = b.contract(x, scaled, op.labels, contract.node.hint);
  b.origin = origin;
  return result;
}

/** A map of two parameters at their own sizes; the result is broadcast only where it is used. */
function small(b: Builder, map: MapName, x: Tensor, y: Tensor): Tensor {
  return b.map(map, [unbroadcast(x), unbroadcast(y)]);
}

/**
 * Whether a tensor depends on parameters and literals alone. It may be broadcast to a size that is known only at the
 * call.
 */
function isParameter(parameterOnly: ParameterOnly, tensor: Tensor): boolean {
  return parameterOnly.has(unbroadcast(tensor).node);
}
