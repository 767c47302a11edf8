/** Makes a diagram of a net's layers. */
import type { Graph, Node, GraphValue } from "../../ir/graph/graph.ts";
import { typeOf } from "../../ir/graph/graph.ts";
import { typeText } from "../../ir/types.ts";
import type { LayerOp } from "../../layers/record.ts";
import { layersOf, layerText, pathOf, type Layer } from "../layers.ts";
import { visible } from "../../../runtime/visible.ts";
import { clustered, type Box, type Diagram, type Edge, type Scoped } from "./diagram.ts";

export function layerDiagram(graph: Graph<LayerOp>): Diagram {
  const layers = layersOf(graph);
  const scopes = scopesOf(layers);
  const items = new Map<Node<LayerOp>, Scoped>();
  for (const { name, value } of graph.inputs)
    items.set(value.node, { box: { kind: "box", shape: "input", name }, scope: [] });
  for (const layer of layers) items.set(layer.node, { box: boxOf(layer), scope: scopes.get(layer)! });
  // A literal is part of the text of the nodes that read it. A literal that is an output has no such node, so it
  // gets a box.
  for (const {
    value: { node },
  } of graph.outputs) {
    if (!items.has(node))
      items.set(node, { box: { kind: "box", shape: "constant", name: visible(layerText(node)) }, scope: [] });
  }
  const edges: Edge[] = [];
  const connect = (value: GraphValue<LayerOp>, to: Box): void => {
    const from = items.get(value.node);
    if (from) edges.push({ from: from.box, to, label: typeText(typeOf(value)) });
  };
  for (const { node } of layers) for (const input of node.inputs) connect(input, items.get(node)!.box);
  const outputs = graph.outputs.map(({ name, value }): Box => {
    const box: Box = { kind: "box", shape: "output", name };
    connect(value, box);
    return box;
  });
  return { name: graph.name, members: [...clustered([...items.values()]), ...outputs], edges };
}

function boxOf({ node, name, text }: Layer): Box {
  return { kind: "box", shape: node.op.kind === "parameter" ? "parameter" : "layer", name, text };
}

/**
 * The scopes that layers are in. A path is a scope if other paths continue it, or if different layers share it,
 * as the operators of one expression do. Otherwise its last part is the layer's own name.
 */
export function scopesOf(layers: readonly Layer[]): Map<Layer, readonly string[]> {
  const paths = layers.map(({ node }) => visible(pathOf(node)).split("."));
  const known = new Set<string>();
  for (const path of paths) for (let i = 1; i < path.length; i++) known.add(path.slice(0, i).join("."));
  const first = new Map<string, string>();
  layers.forEach(({ node: { op } }, i) => {
    const path = paths[i]!.join(".");
    const kind = op.kind === "layer" ? op.record.name : op.kind;
    if (first.has(path) && first.get(path) !== kind) known.add(path);
    first.set(path, kind);
  });
  return new Map(
    layers.map((layer, i) => {
      const path = paths[i]!;
      return [layer, known.has(path.join(".")) ? path : path.slice(0, -1)];
    }),
  );
}
