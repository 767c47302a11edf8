/**
 * The cost of a net: multiply-accumulates and bytes of memory traffic, as formulas in the sizes that are known
 * only at the call.
 *
 * - Multiply-accumulates (MACs) are counted for contractions, which are matrix products and convolutions: the
 * product of the sizes of all axes, including those that are summed over. The operations of maps and reductions
 * are not counted.
 * - Bytes are the least traffic that is necessary: each tensor is read and written once. If rows of a table are
 * looked up, those rows count; if a tensor is only sliced, the slices count. An operation that only changes
 * indices moves nothing.
 */
import { neverNegative } from "../ir/size/bounds.ts";
import type { TensorNode } from "../ir/graph/builder.ts";
import { bytesPerElement, type Dtype } from "../ir/dtype.ts";
import { macsOf } from "../ir/graph/macs.ts";
import { Scans } from "../ir/graph/scans.ts";
import { typeOf, type Graph, type Node, type Parameter, type GraphValue } from "../ir/graph/graph.ts";
import type { TensorGraph } from "../ir/graph/builder.ts";
import type { Buffer, Call, Plan } from "../ir/plan/plan.ts";
import { max, mul, product, same, sub, sum, type Size } from "../ir/size/size.ts";
import { elements } from "../ir/types.ts";
import { inMemory, isComputed, isView, reach, shownBy } from "../ir/graph/views.ts";
import type { LayerOp, Mode } from "../layers/record.ts";
import { expanded } from "../passes/expand.ts";
import type { Group, Grouped, GroupedProgram } from "../passes/fuse.ts";
import { withoutDead } from "../passes/prune.ts";

export interface Cost {
  readonly macs: Size;
  /** The bytes that are read. */
  readonly read: Size;
  /** The bytes that are written, including buffers that train mode updates. */
  readonly written: Size;
}

/** A group with its cost. Tensors that are kept in float64 count 8 bytes per element. */
export interface KernelCost extends Cost {
  /** The name of the group's kernel; if it has several, all their names. */
  readonly name: string;
  readonly group: Group;
  /** The calls that compute the group, as indices into the calls of its half of the plan. */
  readonly calls: readonly number[];
}

export function bytesOf(count: Size, dtype: Dtype): Size {
  return mul(count, bytesPerElement(dtype));
}

/** The maximum of sizes whose symbols are not negative: of `2 * N` and `3 * N` it is `3 * N`. */
export function largest(sizes: readonly Size[]): Size {
  const isBelow = (a: Size, b: Size): boolean => neverNegative(sub(b, a));
  const kept = sizes.filter((size, i) => !sizes.some((other, j) => i !== j && isBelow(size, other) && (j > i || !same(size, other)))); // prettier-ignore
  return kept.reduce((a, b) => max(a, b));
}

export function sumOf(costs: readonly Cost[]): Cost {
  return {
    macs: sum(costs.map((cost) => cost.macs)),
    read: sum(costs.map((cost) => cost.read)),
    written: sum(costs.map((cost) => cost.written)),
  };
}

/**
 * The cost of each node of a layer graph, as if it ran alone. A node that is not a layer costs nothing. `held` has the dtypes of
 * parameters in memory, where these are others than in the graph.
 */
export function layerCosts(
  graph: Graph<LayerOp>,
  mode: Mode,
  held: ReadonlyMap<string, Dtype> = new Map(),
): (node: Node<LayerOp>) => Cost {
  const parameters = new Map(graph.parameters.map((parameter) => [parameter.path, parameter]));
  const dtypeOf = ({ op, types }: TensorNode): Dtype =>
    (op.kind === "parameter" ? held.get(op.path) : undefined) ?? types[0]!.dtype;
  const stepsOf = stepsAround(graph, mode);
  return (node) => {
    if (node.op.kind !== "layer") return { macs: 0, read: 0, written: 0 };
    const rounds = stepsOf(node);
    const { nodes, outputs, updates } = expandAlone(node, parameters, mode);
    const computed = nodes.filter(isComputed);
    const made = [...outputs, ...updates].flatMap(({ value }) =>
      isComputed(reach(value).node) ? [value] : [],
    );
    const read = [...readsOf(computed)].map(([leaf, count]) => bytesOf(count, dtypeOf(leaf)));
    const written = made.map((value) => bytesOf(elements(typeOf(value).shape), typeOf(value).dtype));
    return {
      macs: mul(rounds, macsOf(computed, new Scans(nodes))),
      read: mul(rounds, sum(read)),
      written: mul(rounds, sum(written)),
    };
  };
}

/** Counts for a layer the steps of the loops that other layers make around it. */
function stepsAround(graph: Graph<LayerOp>, mode: Mode): (node: Node<LayerOp>) => Size {
  const { nodes } = expanded(graph, mode);
  const scans = new Scans(nodes);
  const ends = new Map([...scans.all.keys()].map((step) => [step, new Set<number | undefined>()]));
  for (const { op, origin } of nodes)
    if (op.kind === "last" || op.kind === "stack") ends.get(op.loop.step)!.add(origin?.layer);
  const around = new Map<number | undefined, Set<string>>();
  for (const node of ends.size === 0 ? [] : nodes) {
    const layer = node.origin?.layer;
    const own = around.get(layer) ?? new Set();
    for (const step of scans.inside(node)) if (!ends.get(step)!.has(layer)) own.add(step);
    around.set(layer, own);
  }
  return ({ id }) => product([...(around.get(id) ?? [])].map((step) => scans.all.get(step)!.loop.count));
}

/** The costs of the groups of both halves, in order. */
export function kernelCosts(groups: GroupedProgram, plan: Plan): Record<"prepare" | "run", KernelCost[]> {
  const costs = (half: "prepare" | "run"): KernelCost[] => {
    const calls = callsOfGroups(plan[half], groups[half]);
    const dtypeOf = dtypesOfNodes(plan[half], groups[half].graph);
    const scans = new Scans(groups[half].graph.nodes);
    return groups[half].groups.map((group, i) => kernelCost(group, calls[i]!, plan[half], dtypeOf, scans));
  };
  return { prepare: costs("prepare"), run: costs("run") };
}

/** For each group, the indices of the calls that compute it. */
export function callsOfGroups(calls: readonly Call[], { groups }: Grouped): readonly (readonly number[])[] {
  const places = groups.map((): number[] => []);
  calls.forEach(({ group }, place) => {
    if (group !== undefined) places[group]!.push(place);
  });
  return places;
}

/** The name for all calls that compute a group: `Linear`, or `Linear + Linear1` if the group was split. */
export function nameOfCalls(calls: readonly Call[]): string {
  return [...new Set(calls.map(({ kernel }) => kernel.name))].join(" + ");
}

/** Finds the dtype in which a node's value lies in memory in one half of the plan. Throws if it lies nowhere. */
function dtypesOfNodes(calls: readonly Call[], graph: TensorGraph): (node: TensorNode) => Dtype {
  const key = ({ storage, name, node }: Pick<Buffer, "storage" | "name" | "node">): string =>
    storage === "temporary" && node !== undefined ? `node ${node}` : `${storage} ${name}`;
  const buffers = new Map(calls.flatMap((call) => call.buffers.map((buffer) => [key(buffer), buffer])));
  const ports = new Map(graph.outputs.map(({ name, value }) => [reach(value).node, name]));
  return (value) => {
    // What is left of a loop lies where its state was.
    const node = value.op.kind === "last" ? value.inputs[1 + 2 * value.op.index]!.node : value;
    const { op, id } = node;
    // No kernel reads weights that are packed as they are.
    if (op.kind === "parameter") return node.types[0]!.dtype;
    if (op.kind === "prepared") return op.storage;
    const port = ports.get(node);
    const found =
      op.kind === "input"
        ? buffers.get(key({ storage: op.kind, name: op.name }))
        : port === undefined
          ? buffers.get(key({ storage: "temporary", name: "", node: id }))
          : (["output", "prepared", "temporary"] as const)
              .map((storage) => buffers.get(key({ storage, name: port })))
              .find((buffer) => buffer !== undefined);
    if (!found) throw new Error(`no call of ${graph.name} has node %${id} in memory`);
    return found.dtype;
  };
}

function kernelCost(
  group: Group,
  calls: readonly number[],
  all: readonly Call[],
  dtypeOf: (node: TensorNode) => Dtype,
  scans: Scans,
): KernelCost {
  const rounds = scans.roundsOf(group.nodes[0]!);
  const read = [...readsOf(group.nodes)].map(([leaf, count]) => bytesOf(count, dtypeOf(leaf)));
  const written = group.results.map((node) => bytesOf(countOf(node), dtypeOf(node)));
  return {
    name: nameOfCalls(calls.map((place) => all[place]!)),
    group,
    calls,
    macs: macsOf(group.nodes, scans),
    read: mul(rounds, sum(read)),
    written: mul(rounds, sum(written)),
  };
}

/** Expands the layer's body alone, with inputs in place of the results of other layers. */
function expandAlone(
  node: Node<LayerOp>,
  parameters: ReadonlyMap<string, Parameter>,
  mode: Mode,
): TensorGraph {
  const standIns = new Map<string, GraphValue<LayerOp>>();
  const inputs = node.inputs.map((value) => {
    const { id, op } = value.node;
    if (op.kind !== "layer") return value;
    const name = `${id}.${value.result}`;
    const source = {
      id,
      op: { kind: "input", name },
      inputs: [],
      types: [typeOf(value)],
      origin: undefined,
    } as const;
    const standIn = standIns.get(name) ?? { node: source, result: 0 };
    standIns.set(name, standIn);
    return standIn;
  });
  const alone: Node<LayerOp> = { ...node, inputs };
  const nodes = [...new Set(inputs.map((input) => input.node)), alone];
  const paths = nodes.flatMap(({ op }) =>
    op.kind === "layer" ? Object.values(op.parameters) : op.kind === "parameter" ? [op.path] : [],
  );
  const graph: Graph<LayerOp> = {
    name: "",
    nodes,
    inputs: [],
    outputs: node.types.map((_, result) => ({ name: String(result), value: { node: alone, result } })),
    updates: [],
    parameters: paths.map((path) => parameters.get(path)!),
    checks: [],
  };
  return withoutDead(expanded(graph, mode), []);
}

/**
 * The number of elements that the nodes of one kernel read of each tensor in memory: all of them, or those in the
 * slices that the nodes view.
 */
function readsOf(nodes: readonly TensorNode[]): Map<TensorNode, Size> {
  const members = new Set(nodes);
  const parts = new Map<TensorNode, Map<TensorNode, Size>>();
  const whole = new Set<TensorNode>();
  for (const node of nodes) {
    node.inputs.forEach((input, operand) => {
      const { node: leaf } = reach(input);
      if (members.has(leaf) || !inMemory(leaf)) return;
      const ofLeaf = parts.get(leaf) ?? new Map<TensorNode, Size>();
      parts.set(leaf, ofLeaf);
      const isLookedUp = node.op.kind === "gather" && !node.op.choice && operand === 0;
      const part = isLookedUp ? node : cutOf(input.node);
      if (part) ofLeaf.set(part, countOf(part));
      else whole.add(leaf);
    });
  }
  return new Map(
    [...parts].map(([leaf, ofLeaf]) => [leaf, whole.has(leaf) ? countOf(leaf) : sum(ofLeaf.values())]),
  );
}

/** The last slice between a tensor and a view of it that tells how many elements are viewed, if there is one. */
function cutOf(view: TensorNode): TensorNode | undefined {
  const chain: TensorNode[] = [];
  for (let node = view; isView(node); node = node.inputs[0]!.node) chain.push(node);
  let cut: TensorNode | undefined;
  for (const node of chain.reverse()) {
    const { part, repeated, guarded } = shownBy(node);
    // If elements are repeated, a slice after that no longer tells how many different ones are viewed.
    if (repeated || guarded) break;
    if (part) cut = node;
  }
  return cut;
}

function countOf(node: TensorNode): Size {
  return elements(node.types[0]!.shape);
}
