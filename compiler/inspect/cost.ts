/**
 * What a net costs: multiply-accumulates and bytes of memory traffic, as formulas in the sizes that only the
 * call knows.
 *
 * - Multiply-accumulates (MACs) are those of contractions, which are matrix products and convolutions: the product
 *   of the sizes of all axes, summed ones included. What maps and reductions compute is not counted.
 * - Bytes are those that must move at least: each tensor is read and written once. Of a table whose rows are looked
 *   up, the rows count; of a tensor that is only cut into, the parts; what changes indices alone moves nothing.
 */
import { sizesOf, type TensorNode } from "../ir/build.ts";
import { bytesPerElement } from "../ir/dtype.ts";
import { typeOf, type Graph, type Node, type Parameter, type Value } from "../ir/graph.ts";
import type { TensorGraph } from "../ir/build.ts";
import type { Call, Plan } from "../ir/plan.ts";
import { max, monomials, mul, product, same, sub, sum, type Size } from "../ir/size.ts";
import { elements, type Dtype } from "../ir/types.ts";
import type { LayerOp, Mode } from "../layers/record.ts";
import { expanded } from "../passes/expand.ts";
import type { Group, GroupedProgram } from "../passes/fuse.ts";
import { inMemory, isComputed, reach } from "../passes/fuse/reach.ts";
import { leavesOf } from "../passes/lower.ts";
import { withoutDead } from "../passes/prune.ts";
import { VIEWS } from "../passes/rewrite.ts";

export interface Cost {
  readonly macs: Size;
  /** In bytes. */
  readonly read: Size;
  /** In bytes; buffers that train mode updates included. */
  readonly written: Size;
}

/** A call of a kernel with what it costs; tensors that `prepare` keeps in float64 have 8 bytes an element. */
export interface KernelCost extends Cost {
  readonly call: Call;
  readonly group: Group;
}

export function bytesOf(count: Size, dtype: Dtype): Size {
  return mul(count, bytesPerElement(dtype));
}

/** The maximum, for symbols that are sizes and so not negative: of `2 * N` and `3 * N` the latter. */
export function largest(sizes: readonly Size[]): Size {
  const isBelow = (a: Size, b: Size): boolean =>
    monomials(sub(b, a)).every(({ coefficient, atoms }) => coefficient >= 0 && atoms.every(({ kind }) => kind === "symbol")); // prettier-ignore
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

/** Of each node of a layer graph, as if it ran by itself; what is no layer costs nothing. */
export function layerCosts(graph: Graph<LayerOp>, mode: Mode): (node: Node<LayerOp>) => Cost {
  const parameters = new Map(graph.parameters.map((parameter) => [parameter.path, parameter]));
  return (node) => {
    if (node.op.kind !== "layer") return { macs: 0, read: 0, written: 0 };
    const { nodes, outputs, updates } = expandAlone(node, parameters, mode);
    const computed = nodes.filter(isComputed);
    const made = [...outputs, ...updates].flatMap(({ value }) =>
      isComputed(reach(value).node) ? [value] : [],
    );
    return {
      macs: macsOf(computed),
      read: sum([...readsOf(computed)].map(([leaf, count]) => bytesOf(count, leaf.types[0]!.dtype))),
      written: sum(made.map((value) => bytesOf(elements(typeOf(value).shape), typeOf(value).dtype))),
    };
  };
}

/** Of the kernels in the order of their calls: the passes over the plan keep one call for each group. */
export function kernelCosts(groups: GroupedProgram, plan: Plan): Record<"prepare" | "run", KernelCost[]> {
  const costs = (half: "prepare" | "run"): KernelCost[] =>
    groups[half].groups.map((group, i) => kernelCost(group, plan[half][i]!));
  return { prepare: costs("prepare"), run: costs("run") };
}

function kernelCost(group: Group, call: Call): KernelCost {
  const reads = readsOf(group.nodes);
  // A call is given what its group reads, then its results, then scratch.
  const read = leavesOf(group).map((leaf, i) => bytesOf(reads.get(leaf)!, call.buffers[i]!.dtype));
  const results = call.buffers.slice(read.length, read.length + group.results.length);
  return {
    call,
    group,
    macs: macsOf(group.nodes),
    read: sum(read),
    written: sum(results.map(({ size, dtype }) => bytesOf(size, dtype))),
  };
}

/** The layer's own body, on inputs in place of what other layers make. */
function expandAlone(
  node: Node<LayerOp>,
  parameters: ReadonlyMap<string, Parameter>,
  mode: Mode,
): TensorGraph {
  const standIns = new Map<string, Value<LayerOp>>();
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
  return withoutDead(expanded(graph, mode));
}

/** The product of the sizes of a contraction's labels. */
function macsOf(nodes: readonly TensorNode[]): Size {
  return sum(
    nodes.map(({ op, inputs }) => {
      if (op.kind !== "contract") return 0;
      const sizes = new Map<number, Size>();
      inputs.forEach((input, i) =>
        op.labels[i]!.forEach((label, axis) => sizes.set(label, sizesOf(input)[axis]!)),
      );
      return product(sizes.values());
    }),
  );
}

/** How many elements nodes of one kernel read of each tensor that lies in memory: all, or the parts they show. */
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
      // An unchecked table is one that `tabulate` made: a few choices, all of them wanted.
      const isLookedUp = node.op.kind === "gather" && node.op.checked && operand === 0;
      const part = isLookedUp ? node : cutOf(input.node);
      if (part) ofLeaf.set(part, countOf(part));
      else whole.add(leaf);
    });
  }
  return new Map(
    [...parts].map(([leaf, ofLeaf]) => [leaf, whole.has(leaf) ? countOf(leaf) : sum(ofLeaf.values())]),
  );
}

/** The last cut between a leaf and a view of it, if there is one that tells how much is shown. */
function cutOf(view: TensorNode): TensorNode | undefined {
  const chain: TensorNode[] = [];
  for (let node = view; VIEWS.has(node.op.kind); node = node.inputs[0]!.node) chain.push(node);
  let cut: TensorNode | undefined;
  for (const node of chain.reverse()) {
    if (node.op.kind === "slice") cut = node;
    // Where elements are repeated, a cut no longer tells how many there are.
    else if (node.op.kind !== "reshape" && node.op.kind !== "permute") break;
  }
  return cut;
}

function countOf(node: TensorNode): Size {
  return elements(node.types[0]!.shape);
}
