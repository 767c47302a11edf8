/** Makes the plan: a kernel for each group, and the calls that run them on buffers. */
import { opKey, sizesOf, type TensorNode } from "../ir/graph/builder.ts";
import { float32Nodes } from "../ir/graph/float32.ts";
import { Scans, type Scan, type ScanState } from "../ir/graph/scans.ts";
import { reductions } from "../ir/graph/primitives.ts";
import type { Buffer, Call, CallLoop, Plan } from "../ir/plan/plan.ts";
import { forLayer } from "../ir/size/size-limit.ts";
import { key, same, symbol, type Size } from "../ir/size/size.ts";
import { isFloat, type Dtype } from "../ir/dtype.ts";
import { elements } from "../ir/types.ts";
import { FreshNames, identifier, isIdentifier } from "../ir/text/identifiers.ts";
import { inMemory, reach, readOperands } from "../ir/graph/views.ts";
import type { Group, Grouped, GroupedProgram } from "./fuse.ts";
import { commonValues } from "./lower/common-values.ts";
import { drawingKernel } from "./lower/drawing.ts";
import { callerOf } from "./lower/value.ts";
import { symbolsOfGroup } from "./lower/group-symbols.ts";
import { lowerGroup, type Lowered, type NamedNode, type Naming } from "./lower/kernel.ts";
import type { Pass, PassContext } from "./pass.ts";
import type { Target } from "../target/target.ts";

export const lower: Pass<GroupedProgram, Plan> = {
  name: "lower",
  makes: "lowered",
  order: [{ before: "clip", because: "from here on there are loops and buffers" }],
  run: planOf,
};

function planOf({ prepare, run }: GroupedProgram, { signature, target }: PassContext): Plan {
  const kernels = new Map<string, Lowered>();
  const prepared = new Map<string, Buffer>();
  const storages = new Map(
    run.graph.nodes.flatMap(({ op }) => (op.kind === "prepared" ? [[op.name, op.storage]] : [])),
  );
  for (const { name, value } of prepare.graph.outputs) {
    const dtype = storages.get(name);
    if (dtype === undefined) continue; // later passes removed all uses of it
    prepared.set(name, { name, dtype, size: sizeOf(value.node), storage: "prepared" });
  }
  // What is computed once is computed in float64.
  const first = new Calls(prepare, kernels, prepared, target, target.computes.f32 !== "f64").make();
  const calls = new Calls(run, kernels, prepared, target, false);
  const { graph } = run;
  const loops: CallLoop[] = [];
  const made = calls.make(loops);
  return {
    name: graph.name,
    target: target.name,
    ...(target.relaxed && { relaxed: true }),
    ...(target.threads && { threads: true }),
    ...signature,
    parameters: graph.parameters,
    checks: graph.checks,
    prepare: first,
    run: made,
    loops,
    slots: { prepare: [], run: [] },
    updates: graph.updates.map(({ path, value }) => ({ path, from: calls.bufferOf(reach(value).node) })),
  };
}

class Calls {
  readonly #grouped: Grouped;
  readonly #scans: Scans;
  #copies = 0;
  readonly #kernels: Map<string, Lowered>;
  readonly #prepared: ReadonlyMap<string, Buffer>;
  readonly #buffers = new Map<TensorNode, Buffer>();
  readonly #ports: ReadonlyMap<TensorNode, string>;
  readonly #float32: ReadonlySet<TensorNode>;
  readonly #common: ReadonlySet<TensorNode>;

  readonly #target: Target;
  readonly #wide: boolean;
  readonly #ofSums = new Map<TensorNode, boolean>();

  constructor(
    grouped: Grouped,
    kernels: Map<string, Lowered>,
    prepared: ReadonlyMap<string, Buffer>,
    target: Target,
    wide: boolean,
  ) {
    this.#target = target;
    this.#wide = wide;
    this.#float32 = float32Nodes(grouped.graph);
    const { nodes, outputs, updates } = grouped.graph;
    this.#common = commonValues(
      nodes,
      [...outputs, ...updates].map(({ value }) => value.node),
    );
    this.#grouped = grouped;
    this.#scans = new Scans(grouped.graph.nodes);
    this.#kernels = kernels;
    this.#prepared = prepared;
    this.#ports = new Map(grouped.graph.outputs.map((port) => [reach(port.value).node, port.name]));
  }

  /** The calls in their order; `loops` gets the loops among them. */
  make(loops: CallLoop[] = []): Call[] {
    const { groups } = this.#grouped;
    const calls: Call[] = [];
    const make = (from: number, to: number, level: number): void => {
      for (let i = from; i < to; i++) {
        const scan = this.#scanAt(groups[i]!, level);
        if (!scan) {
          calls.push(forLayer(groups[i]!.nodes.at(-1)!.origin, () => this.#call(groups[i]!, i)));
          continue;
        }
        let end = i + 1;
        while (end < to && this.#scanAt(groups[end]!, level) === scan) end++;
        const at = loops.push({ ...scan.loop, from: calls.length, to: calls.length }) - 1;
        make(i, end, level + 1);
        for (const state of scan.states) if (state.next !== state.carry) calls.push(this.#advance(state));
        loops[at] = { ...loops[at]!, to: calls.length };
        i = end - 1;
      }
    };
    make(0, groups.length, 0);
    return calls;
  }

  /** The loop at this depth in whose steps a group runs. */
  #scanAt({ nodes }: Group, level: number): Scan | undefined {
    for (const step of this.#scans.placeOf(nodes[0]!)) {
      const scan = this.#scans.all.get(step)!;
      if (scan.around.size === level) return scan;
    }
    return undefined;
  }

  /** Copies what a step made of a state to where the next step reads it. */
  #advance({ carry, next }: ScanState): Call {
    const last = this.#grouped.graph.nodes.at(-1)!.id;
    const { types, origin } = carry;
    const id = last + ++this.#copies;
    const copy: TensorNode = { id, op: { kind: "copy" }, inputs: [{ node: next, result: 0 }], types, origin };
    this.#buffers.set(copy, this.bufferOf(carry));
    return this.#call({ nodes: [copy], results: [copy] });
  }

  #call(group: Group, number?: number): Call {
    const leaves = leavesOf(group);
    const dtypeOf = (node: TensorNode): Dtype => this.bufferOf(node).dtype;
    const text = groupKey(group, leaves, dtypeOf, this.#common) + (this.#wide ? ";wide" : "");
    let lowered = this.#kernels.get(text);
    if (!lowered) {
      const named = naming(group, leaves, dtypeOf);
      const precision = { wide: this.#wide, common: this.#common };
      const drawing = drawingKernel(group, named);
      lowered = drawing
        ? { kernel: drawing, scratch: [] }
        : lowerGroup(group, named, this.#target, precision);
      this.#kernels.set(text, lowered);
    }
    const { kernel, scratch } = lowered;
    const scratchBuffers = scratch.map((size, i): Buffer => {
      const { name, dtype } = kernel.buffers[leaves.length + group.results.length + i]!;
      return { name, dtype, size, storage: "scratch" };
    });
    return {
      kernel,
      buffers: [...[...leaves, ...group.results].map((node) => this.bufferOf(node)), ...scratchBuffers],
      sizes: kernel.sizes.map((name) => symbol(name)),
      ...(number !== undefined && { group: number }),
    };
  }

  bufferOf(node: TensorNode): Buffer {
    let buffer = this.#buffers.get(node);
    if (!buffer) {
      buffer = this.#makeBuffer(node);
      this.#buffers.set(node, buffer);
    }
    return buffer;
  }

  #makeBuffer(node: TensorNode): Buffer {
    const size = sizeOf(node);
    const { dtype } = node.types[0]!;
    if (node.op.kind === "parameter")
      return { name: node.op.path, dtype: node.op.storage ?? dtype, size, storage: "parameter" };
    if (node.op.kind === "input") return { name: node.op.name, dtype, size, storage: "input" };
    if (node.op.kind === "prepared") return this.#prepared.get(node.op.name)!;
    // The state that a loop leaves lies where its steps have it.
    if (node.op.kind === "last") return this.bufferOf(node.inputs[1 + 2 * node.op.index]!.node);
    const port = this.#ports.get(node);
    if (port === undefined) {
      // Kernels must compute the same numbers however the graph is cut into them, so a temporary has the dtype in which
      // its values were computed.
      const kept = this.#float32.has(node) ? dtype : this.#keptDtype(node);
      return { name: node.hint ?? node.op.kind, dtype: kept, size, storage: "temporary", node: node.id };
    }
    return this.#prepared.get(port) ?? { name: port, dtype, size, storage: "output" };
  }

  #keptDtype(node: TensorNode): Dtype {
    const { computes, sums } = this.#target;
    const { dtype } = node.types[0]!;
    const isWider = isFloat(dtype) && sums[dtype] !== computes[dtype];
    return isWider && this.#isOfSums(node) ? sums[dtype] : computes[dtype];
  }

  /** Whether a value is made of sums of its size, such as a mean. */
  #isOfSums(node: TensorNode): boolean {
    let known = this.#ofSums.get(node);
    if (known === undefined) {
      const { op, inputs } = node;
      known =
        ((op.kind === "reduce" || op.kind === "prefix") && !reductions[op.reduce].chooses) ||
        (op.kind === "map" &&
          inputs.some((input) => {
            const { node: from } = reach(input);
            return same(sizeOf(from), sizeOf(node)) && this.#isOfSums(from);
          }));
      this.#ofSums.set(node, known);
    }
    return known;
  }
}

function sizeOf(node: TensorNode): Size {
  return elements(node.types[0]!.shape);
}

/** The nodes in memory that a group reads, in the order of the first reads. */
export function leavesOf(group: Group): TensorNode[] {
  const members = new Set(group.nodes);
  const leaves = new Set<TensorNode>();
  for (const node of group.nodes) {
    for (const input of readOperands(node)) {
      const { node: from } = reach(input);
      if (inMemory(from) && !members.has(from)) leaves.add(from);
    }
  }
  return [...leaves];
}

/**
 * Names for a kernel's buffers. They tell the role of a buffer (`weight`), not its owner (`fc.weight`), so that layers
 * of one kind share a kernel.
 */
function naming(group: Group, leaves: readonly TensorNode[], dtypeOf: (node: TensorNode) => Dtype): Naming {
  const names = new FreshNames([...symbolsOfGroup(group)].map(identifier));
  const named = (node: TensorNode, wanted: string): NamedNode => {
    return { node, name: names.fresh(wanted), dtype: dtypeOf(node) };
  };
  return {
    kernel: kernelName(group),
    leaves: leaves.map((node) => named(node, nameOf(node))),
    results: group.results.map((node) => named(node, "y")),
  };
}

function nameOf(node: TensorNode): string {
  const own = node.op.kind === "parameter" || node.op.kind === "prepared";
  return own ? identifier(node.hint ?? "p") : "x";
}

/** The name of a group's kernel: the layers that its nodes come from, in order, as in `LayerNorm_PReLU`. */
function kernelName(group: Group): string {
  const names = group.nodes.map(({ origin, op }) => {
    const name = origin?.calls[0].name;
    return name !== undefined && isIdentifier(name) ? name : op.kind;
  });
  return [...new Set(names)].slice(0, 4).join("_");
}

/** A text that is equal for groups which differ only in the places of their data, and so can share a kernel. */
function groupKey(
  group: Group,
  leaves: readonly TensorNode[],
  dtypeOf: (node: TensorNode) => Dtype,
  common: ReadonlySet<TensorNode>,
): string {
  const local = new Map<TensorNode, number>();
  const places = new Map(leaves.map((leaf, i) => [leaf, i]));
  const parts: string[] = [];
  const describe = (node: TensorNode): number => {
    const known = local.get(node);
    if (known !== undefined) return known;
    const leaf = places.get(node);
    const inputs = leaf !== undefined ? [] : readOperands(node).map((input) => describe(input.node));
    const op = leaf !== undefined ? `leaf${leaf}:${dtypeOf(node)}:${nameOf(node)}` : opKey(node.op);
    const id = local.size;
    local.set(node, id);
    // The error of a range check names the layer, so the layer is part of the text.
    const says = node.op.kind === "gather" ? callerOf(node) : "";
    const sizes = sizesOf({ node, result: 0 }).map(key).join(",");
    const isCommon = common.has(node) ? "=" : "";
    parts.push(`${isCommon}${op}(${inputs.join(",")})${node.types[0]!.dtype}[${sizes}]${says}`);
    return id;
  };
  for (const node of group.nodes) describe(node);
  const results = group.results.map((node) => `${local.get(node)}:${dtypeOf(node)}`);
  return `${kernelName(group)};${parts.join(";")}>${results.join(",")}`;
}
