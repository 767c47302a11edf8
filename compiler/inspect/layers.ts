/** The layers of a net as their user knows them: each with a name of its own, and the text of its call. */
import { placeText } from "../../grammar/source.ts";
import type { Graph, Node, Parameter } from "../ir/graph.ts";
import { append } from "../ir/multimap.ts";
import { argText } from "../layers/describe.ts";
import type { LayerOp } from "../layers/record.ts";
import { visible } from "../../runtime/visible.ts";

export interface Layer {
  readonly node: Node<LayerOp>;
  /** Its weight path, with a number where several stand on one: `blocks.0.mlp.1`, `scores#2`. */
  readonly name: string;
  /** `Linear(784, 128)`, `· / 2`; `param` for a parameter that stands by itself. */
  readonly text: string;
  /** `mlp.nn:3:5` */
  readonly place: string;
  /** Those of its parameters and buffers that no earlier layer has: a shared layer counts once. */
  readonly parameters: readonly Parameter[];
}

/** Layers and parameters that stand by themselves, in the order in which they are computed. */
export function layersOf(graph: Graph<LayerOp>): readonly Layer[] {
  const nodes = graph.nodes.filter(({ op }) => op.kind === "layer" || op.kind === "parameter");
  const names = namesOf(graph, nodes);
  const owned = ownersOf(graph, nodes);
  return nodes.map((node) => ({
    node,
    name: names.get(node)!,
    text: layerText(node),
    place: node.origin ? placeText(node.origin.calls[0].span) : "",
    parameters: owned.get(node) ?? [],
  }));
}

/** Parameters that no layer of the graph reads: those of bound layers that nothing flows into. */
export function unusedParameters(graph: Graph<LayerOp>, layers: readonly Layer[]): Parameter[] {
  const used = new Set(layers.flatMap((layer) => layer.parameters));
  return graph.parameters.filter((parameter) => !used.has(parameter));
}

/** The call with its values: what must be given in its order, then by name what is not as by default. */
export function layerText(node: Node<LayerOp>): string {
  const { op } = node;
  if (op.kind === "constant") return constantText(op);
  if (op.kind !== "layer") return op.kind === "parameter" ? "param" : op.kind;
  const { record, args } = op;
  const operands = node.inputs.map(({ node: { op: from } }) =>
    from.kind === "constant" ? constantText(from) : "·",
  );
  const isMixed = operands.some((operand) => operand !== "·");
  if (isMixed && record.operator !== undefined && operands.length === 2)
    return operands.join(` ${record.operator} `);
  const given = Object.entries(record.args).flatMap(([name, spec]) => {
    const value = args[name];
    if (value === undefined) return [];
    const text = argText(value);
    if (spec.default === undefined) return [text];
    return text === argText(spec.default) ? [] : [`${name}=${text}`];
  });
  const all = [...(isMixed ? operands : []), ...given];
  return visible(all.length > 0 ? `${record.name}(${all.join(", ")})` : record.name);
}

function constantText({ values }: Extract<LayerOp, { kind: "constant" }>): string {
  return argText(values.length === 1 ? values[0]! : values);
}

function namesOf(graph: Graph<LayerOp>, nodes: readonly Node<LayerOp>[]): Map<Node<LayerOp>, string> {
  const byPath = new Map<string, Node<LayerOp>[]>();
  for (const node of nodes) append(byPath, visible(pathOf(node)), node);
  const taken = new Set([...byPath.keys(), ...graph.inputs.map((port) => port.name)]);
  const isInput = new Set(graph.inputs.map((port) => port.name));
  const names = new Map<Node<LayerOp>, string>();
  for (const [path, sharing] of byPath) {
    let number = 0;
    for (const node of sharing) {
      let name = path;
      if (sharing.length > 1 || isInput.has(path))
        do name = `${path}#${++number}`;
        while (taken.has(name));
      taken.add(name);
      names.set(node, name);
    }
  }
  return names;
}

/** Where a layer stands in the state dict, or would; what stands nowhere goes by its name. */
export function pathOf({ op, path }: Node<LayerOp>): string {
  if (op.kind === "parameter") return op.path;
  if (op.kind === "input") return op.name;
  return path || (op.kind === "layer" ? op.record.name : op.kind);
}

/** A layer's own come before a reference to them, wherever the two stand. */
function ownersOf(graph: Graph<LayerOp>, nodes: readonly Node<LayerOp>[]): Map<Node<LayerOp>, Parameter[]> {
  const byPath = new Map(graph.parameters.map((parameter) => [parameter.path, parameter]));
  const owned = new Map<Node<LayerOp>, Parameter[]>();
  const own = (node: Node<LayerOp>, paths: readonly string[]): void => {
    const parameters = paths.flatMap((path) => byPath.get(path) ?? []);
    for (const { path } of parameters) byPath.delete(path);
    owned.set(node, parameters);
  };
  for (const node of nodes) if (node.op.kind === "layer") own(node, Object.values(node.op.parameters));
  for (const node of nodes) if (node.op.kind === "parameter") own(node, [node.op.path]);
  return owned;
}
