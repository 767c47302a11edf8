/** Makes a diagram of a net's kernels: the groups of layers that `fuse` made. */
import type { TensorNode } from "../../ir/graph/builder.ts";
import { typeText, type TensorType } from "../../ir/types.ts";
import { reach } from "../../ir/graph/views.ts";
import type { Group } from "../../passes/fuse.ts";
import { leavesOf } from "../../passes/lower.ts";
import { callsOfGroups, nameOfCalls } from "../cost.ts";
import { Owners } from "../explain/owners.ts";
import type { Inspection } from "../inspect.ts";
import { layersOf, type Layer } from "../layers.ts";
import { clustered, type Box, type Diagram, type Edge, type Scoped } from "./diagram.ts";
import { scopesOf } from "./draw-layers.ts";

/** Parameters are not drawn. The kernels of `prepare`, which run once before any run, form their own cluster. */
export function kernelDiagram({ graph, groups, plan }: Inspection): Diagram {
  const layers = layersOf(graph);
  const owners = new Owners(layers);
  const scopes = scopesOf(layers);
  const namesIn = (half: "prepare" | "run"): string[] =>
    callsOfGroups(plan[half], groups[half]).map((places) =>
      nameOfCalls(places.map((place) => plan[half][place]!)),
    );
  const names = numbered(
    [...namesIn("prepare").map((name) => `prepare.${name}`), ...namesIn("run")],
    graph.inputs.map(({ name }) => name),
  );
  const inputs = new Map<string, Box>(
    graph.inputs.map(({ name }) => [name, { kind: "box", shape: "input", name }]),
  );
  const makers = new Map<TensorNode, Box>();
  const prepared = new Map(groups.prepare.graph.outputs.map(({ name, value }) => [name, reach(value).node]));
  const edges: Edge[] = [];

  const connect = (leaf: TensorNode, to: Box, type: TensorType = leaf.types[0]!): void => {
    const { op } = leaf;
    const maker = op.kind === "prepared" ? makers.get(prepared.get(op.name)!) : makers.get(leaf);
    const from = op.kind === "input" ? inputs.get(op.name) : maker;
    if (from) edges.push({ from, to, label: typeText(type) });
  };
  const draw = (group: Group, scope: readonly string[]): Scoped => {
    const text = owners.all(group.nodes).map(layerName).join(", ");
    const box: Box = { kind: "box", shape: "kernel", name: names.shift()!, ...(text !== "" && { text }) };
    for (const node of group.nodes) makers.set(node, box);
    for (const leaf of leavesOf(group)) connect(leaf, box);
    return { box, scope };
  };
  const before = groups.prepare.groups.map((group) => draw(group, ["prepare"]));
  const run = groups.run.groups.map((group) =>
    draw(group, common(owners.all(group.nodes).map((layer) => scopes.get(layer)!))),
  );
  const outputs = groups.run.graph.outputs.map(({ name, value }, i): Box => {
    const box: Box = { kind: "box", shape: "output", name };
    connect(reach(value).node, box, plan.outputs[i]!.type);
    return box;
  });
  const first = [...inputs.values()].map((box): Scoped => ({ box, scope: [] }));
  return { name: graph.name, members: [...clustered([...before, ...first, ...run]), ...outputs], edges };
}

function layerName({ node: { op, path }, name, text }: Layer): string {
  if (op.kind !== "layer") return text;
  return path ? `${op.record.name} (${name})` : name;
}

/** The names in order, with a number added to each that is taken or that equals an earlier one: `Linear#1`. */
function numbered(names: readonly string[], taken: readonly string[]): string[] {
  const used = new Set(taken);
  return names.map((name) => {
    let unique = name;
    for (let i = 1; used.has(unique); i++) unique = `${name}#${i}`;
    used.add(unique);
    return unique;
  });
}

/** The scopes that all the lists begin with. */
function common(scopes: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = scopes;
  const end = first.findIndex((part, i) => others.some((scope) => scope[i] !== part));
  return end < 0 ? first : first.slice(0, end);
}
