/** Replaces every layer by its body in primitives, and every run by its product. */
import { castTo } from "../ir/maps/apply-map.ts";
import { Builder, dtypeOf, sizesOf, type Tensor } from "../ir/graph/builder.ts";
import { isFloat } from "../ir/dtype.ts";
import type { Graph, Node, GraphValue } from "../ir/graph/graph.ts";
import { emptyRecord } from "../ir/text/identifiers.ts";
import type { TensorGraph } from "../ir/graph/builder.ts";
import { forLayer } from "../ir/size/size-limit.ts";
import { differ, key, type Size } from "../ir/size/size.ts";
import { elements, extents, typeText, type TensorType } from "../ir/types.ts";
import type { LayerOp, Mode } from "../layers/record.ts";
import type { Pass } from "./pass.ts";

export const expand: Pass<Graph<LayerOp>, TensorGraph> = {
  name: "expand",
  order: [{ before: "prune", because: "the other passes know primitives only" }],
  run: (graph, { mode }) => expanded(graph, mode),
};

/** The graph of primitives for a layer graph, for training or for inference as `mode` says. */
export function expanded(graph: Graph<LayerOp>, mode: Mode): TensorGraph {
  return new Expansion(graph, mode).run();
}

class Expansion {
  readonly #graph: Graph<LayerOp>;
  readonly #mode: Mode;
  readonly #b = new Builder();
  readonly #values = new Map<Node<LayerOp>, readonly Tensor[]>();
  readonly #types: ReadonlyMap<string, TensorType>;
  /** The current value of each updated path: a second use of a buffer reads what the first one wrote. */
  readonly #updates = new Map<string, Tensor>();

  constructor(graph: Graph<LayerOp>, mode: Mode) {
    this.#graph = graph;
    this.#mode = mode;
    this.#types = new Map(graph.parameters.map((parameter) => [parameter.path, parameter.type]));
  }

  run(): TensorGraph {
    for (const node of this.#graph.nodes) {
      this.#b.origin = node.origin;
      const types = node.types.map(withoutRuns);
      const results = forLayer(node.origin, () => {
        const made = this.#expand(node, types);
        return types.map((type, i) => this.#as(type, made[i], node));
      });
      this.#values.set(node, results);
    }
    const { name, inputs, outputs, parameters, checks } = this.#graph;
    const port = (from: { name: string; value: GraphValue<LayerOp> }): { name: string; value: Tensor } => ({
      name: from.name,
      value: this.#value(from.value),
    });
    return {
      name,
      nodes: this.#b.nodes,
      inputs: inputs.map(port),
      outputs: outputs.map(port),
      updates: [...this.#updates].map(([path, value]) => ({ path, value })),
      parameters,
      checks,
    };
  }

  #expand(node: Node<LayerOp>, types: readonly TensorType[]): readonly Tensor[] {
    const { op } = node;
    switch (op.kind) {
      case "input":
        return [this.#b.input(op.name, types[0]!)];
      case "parameter":
        return [this.#parameter(op.path)];
      case "constant":
        return [this.#constant(op.values, types[0]!)];
      case "layer":
        return op.record.body(
          node.inputs.map((input) => this.#value(input)),
          {
            b: this.#b,
            mode: op.mode ?? this.#mode,
            parameters: this.#parametersOf(op.parameters),
            args: op.args,
            types,
            update: (name, value) => this.#update(op.parameters[name], value),
          },
        );
    }
  }

  #value(value: GraphValue<LayerOp>): Tensor {
    return this.#values.get(value.node)![value.result]!;
  }

  #parameter(path: string): Tensor {
    const type = this.#types.get(path);
    if (!type) throw new Error(`no parameter stands at ${path}`);
    return this.#updates.get(path) ?? this.#b.parameter(path, type);
  }

  /**
   * The parameters that a layer reads. A parameter becomes a node when the body first reads it, so unread ones do not.
   */
  #parametersOf(paths: Readonly<Record<string, string>>): Readonly<Record<string, Tensor>> {
    const result = emptyRecord<Tensor>();
    for (const [name, path] of Object.entries(paths)) {
      Object.defineProperty(result, name, { enumerable: true, get: () => this.#parameter(path) });
    }
    return result;
  }

  #update(path: string | undefined, value: Tensor): void {
    const type = path === undefined ? undefined : this.#types.get(path);
    if (path === undefined || !type) throw new Error("an update of a buffer that is not there");
    this.#updates.set(path, this.#b.reshape(this.#b.cast(value, type.dtype), extents(type.shape)));
  }

  /** A constant tensor of literals: a scalar, one value everywhere, or all values in row-major order. */
  #constant(literals: readonly Size[], { dtype, shape }: TensorType): Tensor {
    const b = this.#b;
    // A literal gets the precision of its tensor: `x > 0.1` compares with the float32 nearest to 0.1.
    const round = isFloat(dtype);
    const values = literals.map((value) =>
      round && typeof value === "number" ? castTo(dtype, value) : value,
    );
    const [first] = values;
    if (first === undefined) return b.full(extents(shape), 0, dtype);
    if (values.every((value) => key(value) === key(first))) return b.full(extents(shape), first, dtype);
    const parts = values.map((value) => b.reshape(b.constant(value, dtype), [1]));
    return b.reshape(b.concat(parts, 0), extents(shape));
  }

  /** The body's result with the type that the shape rule gave. Sizes whose equality the call checks are renamed. */
  #as(type: TensorType, result: Tensor | undefined, node: Node<LayerOp>): Tensor {
    const sizes = extents(type.shape);
    if (
      result === undefined ||
      dtypeOf(result) !== type.dtype ||
      sizesOf(result).length !== sizes.length ||
      sizesOf(result).some((size, i) => differ(size, sizes[i]!)) ||
      differ(elements(sizesOf(result)), elements(sizes))
    ) {
      const got = result ? typeText({ dtype: dtypeOf(result), shape: sizesOf(result) }) : "nothing";
      const name = node.op.kind === "layer" ? node.op.record.name : node.op.kind;
      throw new Error(`${name} at node ${node.id} computes ${got} where ${typeText(type)} was inferred`);
    }
    return this.#b.reshape(result, sizes);
  }
}

function withoutRuns(type: TensorType): TensorType {
  return { dtype: type.dtype, shape: extents(type.shape) };
}
