/**
 * Splits off the nodes that depend on parameters alone. They become `prepare`, which `create` runs once and `refresh`
 * runs again; the results that other nodes need are `prepared` leaves in the run's graph.
 */
import type { TensorNode } from "../ir/graph/builder.ts";
import { isInteger, type Dtype } from "../ir/dtype.ts";
import { float32Nodes } from "../ir/graph/float32.ts";
import { usersOf } from "../ir/graph/graph.ts";
import type { TensorGraph } from "../ir/graph/builder.ts";
import { behindReshapes, isView, narrowStorage } from "../ir/graph/views.ts";
import { ParameterOnly, rewrite } from "./rewrite.ts";
import { withoutDead } from "./prune.ts";
import type { Pass } from "./pass.ts";

/** The two graphs of a model. `prepare` has one output for each prepared tensor. */
export interface Program {
  readonly prepare: TensorGraph;
  readonly run: TensorGraph;
}

export const split: Pass<TensorGraph, Program> = {
  name: "split",
  order: [{ before: "fuse", because: "each half is grouped by itself" }],
  run(graph, { target }) {
    const parameterOnly = new ParameterOnly(graph);
    const users = usersOf(graph);
    const ports = new Set([...graph.outputs, ...graph.updates].map((port) => port.value.node));
    const stored = new Set([...ports].map(behindReshapes));
    // A copy fills an output's own memory at each run; the copied value is prepared.
    const positions = indexArithmetic(graph);
    const isInRun = (node: TensorNode): boolean =>
      !parameterOnly.has(node) || (node.op.kind === "copy" && stored.has(node)) || isOuterSum(node);
    const names = new Map<TensorNode, string>();
    for (const node of graph.nodes) {
      if (isLeaf(node) || isView(node) || positions.has(node) || isInRun(node)) continue;
      // Views of a prepared node become views of the prepared leaf, so the first use that is not a view decides.
      if (ports.has(node) || leavesPreparation(node, users, isInRun, ports))
        names.set(node, `prepared${names.size}`);
    }
    const float32 = float32Nodes(graph);
    const storage = (node: TensorNode): Dtype =>
      narrowStorage(node) ?? (float32.has(node) ? "f32" : target.computes[node.types[0]!.dtype]);
    const run = rewrite(graph, (b, _candidate, old) => {
      const name = names.get(old);
      if (name === undefined) return undefined;
      const hint = old.hint ?? "prepared";
      const prepared = b.make({ kind: "prepared", name, storage: storage(old) }, [], old.types[0]!, hint);
      return stored.has(old) ? b.make({ kind: "copy" }, [prepared], old.types[0]!) : prepared;
    });
    const outputs = [...names].map(([node, name]) => ({ name, value: { node, result: 0 } }));
    const prepare = withoutDead({ ...graph, inputs: [], outputs, updates: [], checks: [] }, []);
    return { prepare, run };
  },
};

function isLeaf(node: TensorNode): boolean {
  return node.inputs.length === 0;
}

/**
 * The integers that are computed from positions and literals, and the casts of such integers. They are cheaper to compute
 * than to load. So is an integer that is computed of values along different axes, as each of these is loaded less often.
 */
function indexArithmetic(graph: TensorGraph): Set<TensorNode> {
  const found = new Set<TensorNode>();
  for (const node of graph.nodes) {
    const { kind } = node.op;
    const passes = (kind === "map" || isView(node)) && isInteger(node.types[0]!.dtype);
    const casts = kind === "cast" && isInteger(node.inputs[0]!.node.types[0]!.dtype);
    const made = (passes || casts) && node.inputs.every((input) => found.has(input.node));
    if (made || kind === "iota" || kind === "constant" || isOuterSum(node)) found.add(node);
  }
  return found;
}

/** Whether a node adds integers that are all repeated, each along axes of its own. */
function isOuterSum({ op, inputs, types }: TensorNode): boolean {
  if (op.kind !== "map" || op.map !== "add" || !isInteger(types[0]!.dtype)) return false;
  return inputs.every(({ node }) => node.op.kind === "broadcast" || isOuterSum(node));
}

function leavesPreparation(
  node: TensorNode,
  users: ReadonlyMap<TensorNode, readonly TensorNode[]>,
  isInRun: (node: TensorNode) => boolean,
  ports: ReadonlySet<TensorNode>,
): boolean {
  return users.get(node)!.some((user) => {
    if (isInRun(user)) return true;
    return isView(user) && (ports.has(user) || leavesPreparation(user, users, isInRun, ports));
  });
}
