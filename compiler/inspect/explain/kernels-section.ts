/** Explains which layers `fuse` put into one kernel, which it kept apart, and why. */
import type { TensorNode } from "../../ir/graph/builder.ts";
import { append } from "../../ir/util/multimap.ts";
import { isComputed, reach } from "../../ir/graph/views.ts";
import type { Apart, Group, Grouped, Obstacle } from "../../passes/fuse.ts";
import type { Layer } from "../layers.ts";
import type { Owners } from "./owners.ts";
import { be, joined, say, verb, type Sentence } from "./say.ts";

export function explainFuse({ graph, groups, apart }: Grouped, owners: Owners): Sentence[] {
  const told = new Set<string>();
  const kernelsOf = new Map<Layer, number>();
  for (const { nodes } of groups) {
    for (const layer of owners.all(nodes)) kernelsOf.set(layer, (kernelsOf.get(layer) ?? 0) + 1);
  }
  const byReader = new Map<TensorNode, Apart[]>();
  for (const one of apart) append(byReader, one.to, one);
  const kernels = groups.flatMap((group) => [
    ...explainGroup(group, owners, (layer) => kernelsOf.get(layer)! > 1),
    ...group.nodes
      .flatMap((node) => byReader.get(node) ?? [])
      .flatMap((one) => explainApart(one, owners, told)),
  ]);
  const views = owners.all(graph.nodes.filter((node) => node.inputs.length > 0 && !isComputed(node)));
  const still = views.filter((layer) => !kernelsOf.has(layer));
  return [
    ...kernels,
    ...still.map((layer) => say`${layer} moves no data: whoever reads it indexes what is there.`),
  ];
}

/** The way in which a layer was joined to the other layers of a kernel. */
type Way = "epilogue" | "reduction" | "part" | "map" | "sibling";

const ways: Readonly<Record<Way, (layers: readonly Layer[]) => string>> = {
  epilogue: (layers) => `${be(layers)} applied to each sum before it is stored`,
  reduction: (layers) => `${verb(layers, "reduce")} the elements as they are made`,
  part: (layers) => `${verb(layers, "store")} each part as it is made`,
  map: (layers) => `${be(layers)} applied to each element as it is made`,
  sibling: (layers) => `${be(layers)} made in the same pass over what they read`,
};

function explainGroup({ nodes }: Group, owners: Owners, isDivided: (layer: Layer) => boolean): Sentence[] {
  const layers = owners.all(nodes);
  if (layers.length < 2)
    return layers.map(
      (layer) => say`${isDivided(layer) ? "A part of " : ""}${layer} is a kernel of its own.`,
    );
  const byWay = new Map<Way, Layer[]>();
  for (const [layer, way] of waysOf(nodes, owners)) append(byWay, way, layer);
  const reasons = [...byWay].map(([way, joining]) => say`${subject(joining, layers)} ${ways[way](joining)}`);
  return [say`${layers} are one kernel: ${joined(reasons)}.`];
}

/** A long list that was given just before is not repeated. */
function subject(joining: readonly Layer[], all: readonly Layer[]): Sentence {
  return joining.length > 2 && joining.length === all.length - 1 ? say`all but the first` : say`${joining}`;
}

/** The way in which each layer was joined, for all layers except those that the kernel begins with. */
function waysOf(nodes: readonly TensorNode[], owners: Owners): Map<Layer, Way> {
  const members = new Set(nodes);
  const contraction = nodes.find(({ op }) => op.kind === "contract");
  const [fed, feeding, reducing] = [new Set<Layer>(), new Set<Layer>(), new Set<Layer>()];
  for (const node of nodes) {
    const layer = owners.of(node);
    if (!layer) continue;
    if (node.op.kind === "reduce") reducing.add(layer);
    for (const input of node.inputs) {
      const { node: from } = reach(input);
      const other = members.has(from) ? owners.of(from) : undefined;
      if (!other || other === layer) continue;
      fed.add(layer);
      feeding.add(other);
    }
  }
  const found = new Map<Layer, Way>();
  owners.all(nodes).forEach((layer, i) => {
    if (!fed.has(layer)) {
      if (i > 0 && !feeding.has(layer)) found.set(layer, "sibling");
    } else if (reducing.has(layer)) found.set(layer, "reduction");
    else if (nodes.some((node) => node.op.kind === "concat" && owners.of(node) === layer))
      found.set(layer, "part");
    else found.set(layer, contraction && owners.of(contraction) !== layer ? "epilogue" : "map");
  });
  return found;
}

/** These complete the sentence "x and y stay apart: "; `to` reads the result of `from`. */
const obstacles: Readonly<Record<Obstacle, (apart: Apart) => string>> = {
  memory: ({ to: { op } }) => {
    if (op.kind === "contract") return "a contraction keeps its operands in memory";
    return op.kind === "gather"
      ? "a table that is looked up lies in memory"
      : "another part of the second's kernel keeps it in memory";
  },
  reshape: () => "a reshape between them splits or merges axes, and its two sides share no loops",
  concat: ({ from }) =>
    from.op.kind === "concat" ? "nothing joins a concatenation" : "a concatenation takes in nothing but maps",
  scatter: ({ from }) =>
    from.op.kind === "scatter" ? "nothing joins a scatter" : "a scatter takes in nothing but maps",
  draw: () => "random numbers are drawn into memory, one after the other",
  prefix: ({ from }) =>
    from.op.kind === "prefix"
      ? "nothing joins sums along an axis"
      : "sums along an axis take in nothing but maps",
  loop: () => "one of them runs once a step of a loop, or keeps what the loop makes",
  large: () => "one kernel of both would be too large",
  contraction: () => "a kernel with a contraction reduces nothing else",
  epilogue: () => "nothing joins a contraction but maps on exactly its elements",
  moved: () =>
    "the result is read at other positions than those where it is made, and must be complete first",
  dear: () => "the result is dear, and would be computed anew at each position that reads it",
  guarded: () => "the result is range-checked, which would refuse positions that are not there",
  distance: () => "each statistic would compute anew what is before it",
  between: () => "a third kernel needs the one and is needed by the other",
};

/**
 * Gives the first reason for each pair of layers. If a layer is kept apart from itself, the reason tells why it
 * is several kernels.
 */
function explainApart(apart: Apart, owners: Owners, told: Set<string>): Sentence[] {
  const [from, to] = [owners.of(apart.from), owners.of(apart.to)];
  const pair = `${from?.node.id} ${to?.node.id}`;
  if (!from || !to || told.has(pair)) return [];
  told.add(pair);
  const why = obstacles[apart.why](apart);
  return [
    from === to ? say`${from} is several kernels: ${why}.` : say`${from} and ${to} stay apart: ${why}.`,
  ];
}
