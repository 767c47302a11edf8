/**
 * Moves arithmetic from data to parameters: a scale and a shift after a linear map go into its weight and bias
 * (BatchNorm in eval mode after Linear or a convolution), which `split` then computes once in `prepare`. Between the map
 * and the scale there may be views and sums, with which a scale commutes. This reassociates sums and products, so results
 * may differ in the last bits.
 */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { usersOf } from "../ir/graph/graph.ts";
import type { TensorGraph, TensorNode } from "../ir/graph/builder.ts";
import { rowOf } from "../ir/graph/ops.ts";
import type { MapName } from "../ir/graph/primitives.ts";
import { unshapeSizes } from "../ir/graph/reshape.ts";
import { isView, narrowStorage, unbroadcast } from "../ir/graph/views.ts";
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
  const folding = new Folding(graph);
  let changed = false;
  const made = rewrite(graph, (b, candidate, old) => {
    const map = old.op.kind === "map" ? old.op.map : undefined;
    if (map !== "add" && map !== "mul") return undefined;
    for (const [i, j] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const data = old.inputs[i];
      const parameter = old.inputs[j];
      if (!data || !parameter || !folding.isParameter(parameter)) continue;
      const [renewed, amount] = [candidate.inputs[i]!, unbroadcast(candidate.inputs[j]!)];
      const result = folding[map === "mul" ? "scaled" : "shifted"](b, data, renewed, amount);
      if (result) {
        changed = true;
        return result;
      }
    }
    return undefined;
  });
  return changed ? made : graph;
}

/**
 * What can be done with the scales and shifts of one graph. The rules are chosen on its nodes, whose uses are known, and
 * build from `renewed`, which the sweep has made of them: of a product it made a product, and of a view a view.
 */
class Folding {
  readonly #parameterOnly: ParameterOnly;
  readonly #users: ReadonlyMap<TensorNode, readonly TensorNode[]>;
  readonly #kept: ReadonlySet<TensorNode>;

  constructor(graph: TensorGraph) {
    this.#parameterOnly = new ParameterOnly(graph);
    this.#users = usersOf(graph);
    this.#kept = new Set([...graph.outputs, ...graph.updates].map((port) => port.value.node));
  }

  /**
   * Whether a tensor depends on parameters and literals alone. It may be broadcast to a size that is known only at the
   * call.
   */
  isParameter(tensor: Tensor): boolean {
    return this.#parameterOnly.has(unbroadcast(tensor).node);
  }

  #isUsedOnce({ node }: Tensor): boolean {
    return this.#users.get(node)?.length === 1 && !this.#kept.has(node);
  }

  /** The data times a scale, which has the sizes of the data or 1; undefined where no weight can take it. */
  scaled(b: Builder, data: Tensor, renewed: Tensor, scale: Tensor): Tensor | undefined {
    if (!this.#isUsedOnce(data)) return undefined;
    const { node } = data;
    const { op, inputs } = node;
    if (op.kind === "contract")
      return this.#takesScale(inputs[1]!.node) ? scaleWeight(b, renewed, scale) : undefined;
    const { inputs: operands } = renewed.node;
    const shift = this.#shiftOf(node);
    if (shift !== undefined) {
      // (c + b) * s -> c * s + b * s, where s goes on into the weight
      if (!this.#isLinear(inputs[1 - shift]!.node)) return undefined;
      const inner = this.scaled(b, inputs[1 - shift]!, operands[1 - shift]!, scale);
      return inner && b.add(inner, small(b, "mul", operands[shift]!, scale));
    }
    if (!commutes(node)) return undefined;
    const own = isView(node) ? before(b, node, scale) : scale;
    const inner = own && this.scaled(b, inputs[0]!, operands[0]!, own);
    return inner && remade(b, renewed, inner);
  }

  /** Whether a scale can go into a weight. Narrow weights stay as they are. */
  #takesScale(weight: TensorNode): boolean {
    return this.#parameterOnly.has(weight) && narrowStorage(weight) === undefined;
  }

  /** The data plus a shift, where the data are a sum with another shift already, or a view of one. */
  shifted(b: Builder, data: Tensor, renewed: Tensor, shift: Tensor): Tensor | undefined {
    if (!this.#isUsedOnce(data)) return undefined;
    const { node } = data;
    const { inputs: operands } = renewed.node;
    const own = this.#shiftOf(node);
    if (own !== undefined) {
      // (c + b1) + b2 -> c + (b1 + b2)
      if (!this.#isLinear(node.inputs[1 - own]!.node)) return undefined;
      return b.add(operands[1 - own]!, small(b, "add", operands[own]!, shift));
    }
    if (node.op.kind !== "reshape" && node.op.kind !== "permute") return undefined;
    const inside = before(b, node, shift);
    const inner = inside && this.shifted(b, node.inputs[0]!, operands[0]!, inside);
    return inner && remade(b, renewed, inner);
  }

  /** Which operand of a sum is a parameter; undefined if the node is no such sum. */
  #shiftOf({ op, inputs }: TensorNode): number | undefined {
    if (op.kind !== "map" || op.map !== "add") return undefined;
    const at = inputs.findIndex((input) => this.isParameter(input));
    return at < 0 ? undefined : at;
  }

  /** Whether a node is a contraction, or views and sums of one. */
  #isLinear(node: TensorNode): boolean {
    let at = node;
    while (isView(at) || (at.op.kind === "reduce" && at.op.reduce === "sum")) at = at.inputs[0]!.node;
    return at.op.kind === "contract";
  }
}

/** Whether a node that is scaled is what it makes of a scaled operand. */
function commutes(node: TensorNode): boolean {
  const { op } = node;
  // What a view shows outside of its operand is not scaled, so it must be 0.
  if (isView(node)) return !("value" in op) || op.value === 0;
  // Along the axes of a sum the result has size 1, so the scale does not vary.
  return op.kind === "reduce" && op.reduce === "sum";
}

/** What a scale of a view is for its operand; undefined where it varies along an axis that the operand has not. */
function before(b: Builder, view: TensorNode, scale: Tensor): Tensor | undefined {
  const [from, to] = [sizesOf(view.inputs[0]!), sizesOf({ node: view, result: 0 })];
  if (view.op.kind === "reshape") {
    const sizes = unshapeSizes(sizesOf(scale), to, from);
    return sizes && b.reshape(scale, sizes);
  }
  return alongAxes(b, scale, rowOf(view.op).axes(view.op, 0, from, to));
}

/** The node on another operand. It still belongs to the layer that asked for it. */
function remade(b: Builder, { node }: Tensor, operand: Tensor): Tensor {
  const { origin } = b;
  b.origin = node.origin;
  const result = b.make(node.op, [operand], node.types[0]!, node.hint);
  b.origin = origin;
  return result;
}

// contract(x, w) * s -> contract(x, w * s), where s varies along axes of the result that w has
function scaleWeight(b: Builder, contract: Tensor, scale: Tensor): Tensor | undefined {
  const { op, inputs } = contract.node;
  if (op.kind !== "contract") return undefined;
  const [x, w] = inputs as [Tensor, Tensor];
  const [, wLabels, labels] = op.labels;
  const aligned = alongAxes(
    b,
    scale,
    wLabels.map((label) => (labels.includes(label) ? labels.indexOf(label) : undefined)),
  );
  if (!aligned) return undefined;
  const scaled = b.mul(w, aligned);
  // The product still belongs to the layer that asked for it, also with another layer's scale in its weight.
  const { origin } = b;
  b.origin = contract.node.origin;
  const result = b.contract(x, scaled, op.labels, contract.node.hint);
  b.origin = origin;
  return result;
}

/**
 * A scale whose axes are these of the given one, with size 1 where there is none; undefined if an axis along which it
 * varies is not among them.
 */
function alongAxes(b: Builder, scale: Tensor, axes: readonly (number | undefined)[]): Tensor | undefined {
  const sizes = sizesOf(scale);
  const varying = sizes.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  if (varying.some((axis) => !axes.includes(axis))) return undefined;
  const order = axes.filter((axis) => axis !== undefined && varying.includes(axis));
  const squeezed = b.reshape(
    scale,
    varying.map((axis) => sizes[axis]!),
  );
  const permuted = b.permute(
    squeezed,
    order.map((axis) => varying.indexOf(axis!)),
  );
  return b.reshape(
    permuted,
    axes.map((axis) => (axis !== undefined && varying.includes(axis) ? sizes[axis]! : 1)),
  );
}

/** A map of two parameters at their own sizes; the result is broadcast only where it is used. */
function small(b: Builder, map: MapName, x: Tensor, y: Tensor): Tensor {
  return b.map(map, [unbroadcast(x), unbroadcast(y)]);
}
