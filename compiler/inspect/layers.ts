/** The layers of a net as its user knows them: each has a unique name, and the text of its call. */
import { placeText } from "../../grammar/source.ts";
import type { Graph, Node, Parameter } from "../ir/graph/graph.ts";
import { append } from "../ir/util/multimap.ts";
import { argText } from "../layers/describe.ts";
import type { LayerOp, Mode } from "../layers/record.ts";
import { visible } from "../../runtime/visible.ts";

export interface Layer {
  readonly node: Node<LayerOp>;
  /** The weight path; if several layers share it, with a number: `blocks.0.mlp.1`, `scores#2`. */
  readonly name: string;
  /**
   * The call or expression: `Linear(784, 128)`, `· / 2`. It is `param` for a parameter that belongs to no layer.
   */
  readonly text: string;
  /** The place in the source: `mlp.nn:3:5`. */
  readonly place: string;
  /** The parameters and buffers that no earlier layer has, so that those of a shared layer count once. */
  readonly parameters: readonly Parameter[];
}

/** The layers, and the parameters that belong to no layer, in the order in which they are computed. */
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

/** How many layers are named that have a mode of their own. */
const MAX_NAMED = 6;

/** `train mode`, and the layers that are in the other one: `train mode, with bn1 and head.norm in eval mode`. */
export function modeText(graph: Graph<LayerOp>, mode: Mode): string {
  const others = graph.nodes.filter(({ op }) => op.kind === "layer" && op.mode !== undefined);
  if (others.length === 0) return `${mode} mode`;
  const names = [...new Set(others.map(({ path = "" }) => visible(path)))];
  const shown = names.slice(0, MAX_NAMED);
  if (names.length > shown.length) shown.push(`${names.length - shown.length} more`);
  const list = shown.length === 1 ? shown[0]! : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)!}`;
  return `${mode} mode, with ${list} in ${mode === "train" ? "eval" : "train"} mode`;
}

/** The parameters that no layer of the graph reads: those of bound layers that get no input. */
export function unusedParameters(graph: Graph<LayerOp>, layers: readonly Layer[]): Parameter[] {
  const used = new Set(layers.flatMap((layer) => layer.parameters));
  return graph.parameters.filter((parameter) => !used.has(parameter));
}

/**
 * The call with the values of its arguments: required ones in order, then by name those that differ from their
 * defaults.
 */
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

/**
 * The path that a layer has in the state dict, or would have if it had parameters. A layer without a path is
 * called by its record's name.
 */
export function pathOf({ op, path }: Node<LayerOp>): string {
  if (op.kind === "parameter") return op.path;
  if (op.kind === "input") return op.name;
  return path || (op.kind === "layer" ? op.record.name : op.kind);
}

/**
 * The parameters that each node owns. A layer owns its parameters even if a reference to one of them comes before
 * it.
 */
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
