/**
 * Partitions the tensor graph into groups, one for each kernel, by structure alone:
 *
 * - Maps join the group that computes their operands: maps, a reduction, or a contraction of the same sizes, whose
 *   epilogue they are.
 * - A reduction joins the maps and reductions before it while at most two maps of full size are between it and the
 *   group's inputs, counted through statistics. So a variance joins its mean, and a sum of exponentials its maximum.
 *   But a normalization does not join the one before it, because it would recompute that one's output for each
 *   statistic.
 * - Maps of the size of a reduction's result, which only the reduction's kernel reads, are computed in it, outside its
 *   loops.
 * - Maps of one shape that read one operand share one pass over it.
 * - A cheap map of values that are in memory anyway, which only one other kernel reads, is computed in that kernel: the
 *   square that a normalization sums is not stored beside the value that is squared.
 */
import { sizesOf, type Tensor, type TensorNode } from "../ir/graph/builder.ts";
import { append } from "../ir/util/multimap.ts";
import type { TensorGraph } from "../ir/graph/builder.ts";
import { rowOf, storedOperands, type Role } from "../ir/graph/ops.ts";
import { Scans } from "../ir/graph/scans.ts";
import { isTrivial } from "../ir/graph/reshape.ts";
import { key, same } from "../ir/size/size.ts";
import { elements } from "../ir/types.ts";
import { isComputed, isReduction, reach, readOperands, type Reach } from "../ir/graph/views.ts";
import { inlineCost } from "./fuse/map-cost.ts";
import { distances, measure, reducesNearby, sameSizes } from "./fuse/map-distance.ts";
import { inLoops } from "./fuse/group-loops.ts";
import type { Program } from "./split.ts";
import type { Target } from "../target/target.ts";
import type { Pass } from "./pass.ts";

export interface Group {
  /** The nodes that the kernel computes, in topological order. Views belong to their readers. */
  readonly nodes: readonly TensorNode[];
  /** The nodes that other groups or the graph's outputs need. */
  readonly results: readonly TensorNode[];
}

export interface Grouped {
  readonly graph: TensorGraph;
  /** The groups in an order in which they can run. Those of a loop stand side by side. */
  readonly groups: readonly Group[];
  /** The operands that one group leaves in memory for another. */
  readonly apart: readonly Apart[];
}

/** A reason why `to` is not computed in the kernel that computes its operand `from`. */
export interface Apart {
  readonly from: TensorNode;
  readonly to: TensorNode;
  readonly why: Obstacle;
}

export type Obstacle =
  /** The operand must be in memory: a contraction reads it many times, or a table is read at random. */
  | "memory"
  /** A reshape between the two splits or merges axes, so that they share no loops. */
  | "reshape"
  /** One of the two is a concatenation, which joins only the maps that it stores, and which nothing joins. */
  | "concat"
  /** The same for a scatter, which stores its updates where the index says. */
  | "scatter"
  /** One of the two is random numbers, which are drawn between kernels. */
  | "draw"
  /** The same for sums and the like of each element and those before it. */
  | "prefix"
  /** One of the two runs once a step of a loop, and the other does not, or it keeps what the loop makes. */
  | "loop"
  /** The kernel would have more nodes or reductions than the target has room for. */
  | "large"
  /** The kernel of a contraction would contain another contraction or a reduction. */
  | "contraction"
  /** Only a map of exactly the elements of a contraction's result may join it. */
  | "epilogue"
  /** The operand is read at other positions than the current one, so all of it must be computed first. */
  | "moved"
  /** The operand is expensive, and would be recomputed for each position that reads it. */
  | "dear"
  /** The operand contains a range check, which would fail for positions that are padding. */
  | "guarded"
  /** More maps of full size than the target allows would be between the kernel's inputs and a reduction. */
  | "distance"
  /**
   * A third group depends on one of the two, and the other depends on it; or the search for such a group takes too
   * long.
   */
  | "between";

/** The most operands that the search for a group between two others visits. */
const MAX_SEARCH = 1000;

/** The groups of both halves of a model. */
export interface GroupedProgram {
  readonly prepare: Grouped;
  readonly run: Grouped;
}

export const fuse: Pass<Program, GroupedProgram> = {
  name: "fuse",
  order: [{ before: "lower", because: "each group becomes one kernel" }],
  run: ({ prepare, run }, { target }) => ({ prepare: group(prepare, target), run: group(run, target) }),
};

function group(graph: TensorGraph, target: Target): Grouped {
  // Views are visited in order, so that `reach` finds the result for a view's operand and need not follow long chains.
  for (const node of graph.nodes) reach({ node, result: 0 });
  const scans = new Scans(graph.nodes);
  const partition = new Partition(target, scans);
  for (const node of graph.nodes) if (isComputed(node)) partition.place(node);
  const uses = usesIn(graph);
  partition.joinReductions(uses);
  partition.joinSiblings();
  partition.moveToReaders(graph, uses);
  const groups = partition.inOrder();
  const used = neededElsewhere(graph, partition, scans);
  return {
    graph,
    groups: groups.map(({ nodes }) => ({ nodes, results: nodes.filter((node) => used.has(node)) })),
    apart: partition.apart(),
  };
}

/** The obstacle that a node makes which stores its operands where it pleases. */
type Closed = Extract<Obstacle, "concat" | "scatter" | "prefix" | "draw" | "loop">;

const closing: { readonly [R in Role]?: Closed } = {
  concatenation: "concat",
  scattering: "scatter",
  drawn: "draw",
  prefix: "prefix",
  state: "loop",
};

class MutableGroup {
  nodes: TensorNode[] = [];
  contraction: TensorNode | undefined;
  reductions: TensorNode[] = [];
  /**
   * Set where the group contains a concatenation, a scatter, a prefix or a draw: then only maps that it stores belong to the group, and
   * nothing joins it.
   */
  closed: Closed | undefined;

  get isMapsAlone(): boolean {
    return !this.contraction && this.reductions.length === 0 && this.closed === undefined;
  }
}

class Partition {
  readonly #target: Target;
  readonly #groupOf = new Map<TensorNode, MutableGroup>();
  /**
   * For each node that depends on a reduction in its group, the number of maps of full size on the way from the group's
   * inputs, through reductions: 1 for `x - mean(x)`, 2 for its square. Other nodes have no entry.
   */
  readonly #distance = new Map<TensorNode, number>();
  readonly #apart: Apart[] = [];
  readonly #edges = new WeakMap<MutableGroup["nodes"], ReadonlyMap<TensorNode, readonly NumberedEdge[]>>();

  readonly #scans: Scans;

  constructor(target: Target, scans: Scans) {
    this.#target = target;
    this.#scans = scans;
  }

  /** The pairs that were kept apart, and were not joined in another way. */
  apart(): Apart[] {
    return this.#apart.filter(({ from, to }) => this.#groupOf.get(from) !== this.#groupOf.get(to));
  }

  groupOf(node: TensorNode): MutableGroup | undefined {
    return this.#groupOf.get(node);
  }

  place(node: TensorNode): void {
    const group = new MutableGroup();
    group.nodes.push(node);
    const { role } = rowOf(node.op);
    if (role === "contraction") group.contraction = node;
    if (role === "reduction") group.reductions.push(node);
    group.closed = closing[role];
    this.#groupOf.set(node, group);
    const reaches = this.#fusible(node);
    // The latest producer comes first, because earlier ones cannot depend on it.
    for (const from of reaches.sort((x, y) => y.node.id - x.node.id)) {
      const producer = this.#groupOf.get(from.node)!;
      const own = this.#groupOf.get(node)!;
      if (producer === own) continue;
      const why = this.#obstacle(from, producer, node, own);
      if (why === undefined) this.#merge(producer, own);
      else this.#apart.push({ from: from.node, to: node, why });
    }
    const own = this.#groupOf.get(node)!;
    const isMember = (other: TensorNode): boolean => this.#groupOf.get(other) === own;
    if (own.reductions.length > 0) measure(node, own.reductions[0]!, isMember, this.#distance);
  }

  /** The operands that could be computed in the node's kernel; the others are noted as apart. */
  #fusible(node: TensorNode): Reach[] {
    const { operands: memory } = storedOperands(node);
    return readOperands(node).flatMap((input) => {
      const from = reach(input);
      if (!isComputed(from.node)) return [];
      const isApart = rowOf(node.op).role === "state" || !this.#runTogether(from.node, node);
      const loop = isApart ? "loop" : undefined;
      const why = memory.includes(input) ? "memory" : from.reshaped ? "reshape" : loop;
      if (why === undefined) return [from];
      this.#apart.push({ from: from.node, to: node, why });
      return [];
    });
  }

  /** The reason why a node's group cannot join the group that computes its operand, if there is one. */
  #obstacle(from: Reach, producer: MutableGroup, node: TensorNode, own: MutableGroup): Obstacle | undefined {
    const { reductions, distance } = this.#target.kernel;
    const reduces = producer.reductions.length > 0;
    if (producer.closed) return producer.closed;
    if (!this.#fitsKernel(producer, own)) return "large";
    if (producer.reductions.length + own.reductions.length > reductions) return "large";
    const closed = closing[rowOf(node.op).role];
    if (closed && (producer.contraction || reduces)) return closed;
    if (producer.contraction && (own.contraction || own.reductions.length > 0)) return "contraction";
    if (reduces && own.contraction) return "contraction";
    if (producer.contraction && !fitsEpilogue(from, producer.contraction, node)) return "epilogue";
    if (own.contraction && !sameSizes(from.node, own.contraction)) return "epilogue";
    const why = this.#edgesObstacle(own, producer);
    if (why !== undefined) return why;
    if (!reducesNearby(producer, own, distance)) return "distance";
    // No node reads one that was just placed, so if that reads only one group, there is no third group between the two.
    const alone = own.nodes.length === 1 && this.#readsOnly(own, producer);
    return alone ? this.#memoryObstacle(own, producer) : this.#groupObstacle(producer, own);
  }

  /** Whether two nodes run in the same loops. */
  #runTogether(a: TensorNode, b: TensorNode): boolean {
    const [one, other] = [this.#scans.placeOf(a), this.#scans.placeOf(b)];
    return one.size === other.size && [...one].every((step) => other.has(step));
  }

  #fitsKernel(a: MutableGroup, b: MutableGroup): boolean {
    return a.nodes.length + b.nodes.length <= this.#target.kernel.nodes;
  }

  #readsOnly(reader: MutableGroup, producer: MutableGroup): boolean {
    for (const node of this.#edgesOf(reader).keys()) if (this.#groupOf.get(node) !== producer) return false;
    return true;
  }

  #edgesObstacle(reader: MutableGroup, producer: MutableGroup): Obstacle | undefined {
    const edges = this.#edgesOf(reader);
    const between = producer.nodes.flatMap((node) => edges.get(node) ?? []).sort((a, b) => a.at - b.at);
    for (const { from } of between) {
      const why = this.#edgeObstacle(from, producer);
      if (why !== undefined) return why;
    }
    return undefined;
  }

  /** The reads of a group, by the computed node that is read. */
  #edgesOf({ nodes }: MutableGroup): ReadonlyMap<TensorNode, readonly NumberedEdge[]> {
    let edges = this.#edges.get(nodes);
    if (!edges) {
      const made = new Map<TensorNode, NumberedEdge[]>();
      nodes
        .flatMap(readsOf)
        .forEach((from, at) => isComputed(from.node) && append(made, from.node, { from, at }));
      this.#edges.set(nodes, (edges = made));
    }
    return edges;
  }

  /** The reason why an operand cannot be computed where this edge reads it, if there is one. */
  #edgeObstacle(edge: Reach, producer: MutableGroup): Obstacle | undefined {
    const { costs, expensive } = this.#target;
    const afterStatistic = this.#distance.has(edge.node) || isReduction(edge.node);
    if (edge.reshaped) return "reshape";
    if (edge.moved && (afterStatistic || producer.contraction)) return "moved";
    if (edge.guarded && producer.nodes.some((member) => rowOf(member.op).role === "lookup")) return "guarded";
    const anew = edge.moved || (edge.repeated && !afterStatistic);
    const isInline = (node: TensorNode): boolean => this.#groupOf.get(node) === producer;
    return anew && inlineCost(edge.node, isInline, costs) >= expensive ? "dear" : undefined;
  }

  #merge(target: MutableGroup, source: MutableGroup): void {
    for (const node of source.nodes) this.#groupOf.set(node, target);
    target.nodes = [...target.nodes, ...source.nodes].sort((x, y) => x.id - y.id);
    target.contraction ??= source.contraction;
    const joined = target.reductions.length > 0 && source.reductions.length > 0;
    target.reductions = [...target.reductions, ...source.reductions].sort((x, y) => x.id - y.id);
    if (joined) for (const [node, distance] of distances(target.nodes)) this.#distance.set(node, distance);
    target.closed ??= source.closed;
  }

  /** The obstacle if a value of one group must be in memory for the other, or a third group is between them. */
  #groupObstacle(a: MutableGroup, b: MutableGroup): Obstacle | undefined {
    if (a.closed === "loop" || b.closed === "loop") return "loop";
    if (!this.#runTogether(a.nodes[0]!, b.nodes[0]!)) return "loop";
    const memory = this.#memoryObstacle(a, b) ?? this.#memoryObstacle(b, a);
    return memory ?? (this.#pathOutside(a, b) ? "between" : undefined);
  }

  #memoryObstacle(reader: MutableGroup, producer: MutableGroup): Obstacle | undefined {
    const isMade = (operand: Tensor): boolean => this.#groupOf.get(reach(operand).node) === producer;
    return reader.nodes.some((node) => storedOperands(node).operands.some(isMade)) ? "memory" : undefined;
  }

  /** Whether joining the two would make a cycle: a third group depends on one of them, and the other depends on it. */
  #pathOutside(a: MutableGroup, b: MutableGroup): boolean {
    return this.#reaches(a, b) || this.#reaches(b, a);
  }

  /** Whether `to` depends on `from` through a third group. */
  #reaches(from: MutableGroup, to: MutableGroup): boolean {
    const first = from.nodes[0]!.id;
    const seen = new Set<MutableGroup>([to]);
    const open = [this.#edgesOf(to).keys()];
    for (let steps = 0; steps < MAX_SEARCH; steps++) {
      const { value: node } = open.at(-1)!.next();
      if (!node) {
        open.pop();
        if (open.length === 0) return false;
        continue;
      }
      const group = this.#groupOf.get(node)!;
      if (group === from && open.length > 1) return true;
      if (group === from || seen.has(group)) continue;
      seen.add(group);
      // A group whose nodes all come before `from` cannot depend on `from`.
      if (group.nodes.at(-1)!.id >= first) open.push(this.#edgesOf(group).keys());
    }
    return true;
  }

  #producers(group: MutableGroup): MutableGroup[] {
    const producers = new Set([...this.#edgesOf(group).keys()].map((node) => this.#groupOf.get(node)!));
    producers.delete(group);
    return [...producers];
  }

  /**
   * Joins a group of maps whose size is that of a reduction's result with the only group that reads it, if that group
   * has the reduction. The maps are then computed outside the loops of that group, and not for each element.
   */
  joinReductions({ edges, ports }: Uses): void {
    for (const own of this.#distinct()) {
      if (!own.isMapsAlone) continue;
      const readers = own.nodes.flatMap((node) => edges.get(node)!);
      const others = readers.filter(({ reader }) => this.#groupOf.get(reader) !== own);
      const [target, ...more] = new Set(others.map(({ reader }) => this.#groupOf.get(reader)!));
      const reduction = target?.reductions[0];
      if (!target || !reduction || more.length > 0) continue;
      if (!this.#fitsKernel(own, target)) continue;
      if (!own.nodes.every((node) => sameSizes(node, reduction) && !ports.has(node))) continue;
      if (others.some(({ from }) => from.reshaped || from.moved || from.guarded)) continue;
      if (!this.#groupObstacle(own, target)) this.#merge(target, own);
    }
  }

  /** Joins groups of maps that have one shape and read one operand. */
  joinSiblings(): void {
    const bySpace = new Map<string, MutableGroup[]>();
    for (const group of this.#distinct()) {
      const last = group.nodes.at(-1)!;
      if (!group.isMapsAlone || !group.nodes.every((node) => sameSizes(node, last))) continue;
      const operands = new Set(group.nodes.flatMap((node) => node.inputs.map((input) => reach(input).node)));
      for (const operand of operands) {
        if (operand.op.kind === "constant" || this.#groupOf.get(operand) === group) continue;
        const space = `${operand.id}:${sizesOf({ node: last, result: 0 }).map(key).join()}`;
        append(bySpace, space, group);
      }
    }
    for (const siblings of bySpace.values()) {
      const [first, ...others] = siblings.map((sibling) => sibling.nodes[0]!);
      let target = this.#groupOf.get(first!)!;
      for (const other of others) {
        const source = this.#groupOf.get(other)!;
        if (target === source) continue;
        if (!this.#fitsKernel(target, source)) target = source;
        else if (!this.#siblingObstacle(target, source)) this.#merge(target, source);
      }
    }
  }

  /** The obstacle between two groups with a common operand, each of which may read the other. */
  #siblingObstacle(a: MutableGroup, b: MutableGroup): Obstacle | undefined {
    return this.#edgesObstacle(a, b) ?? this.#edgesObstacle(b, a) ?? this.#groupObstacle(a, b);
  }

  /**
   * Moves cheap maps to the one other group that reads them, if their operands are in memory anyway and only the maps
   * would be stored besides.
   */
  moveToReaders(graph: TensorGraph, { edges, ports }: Uses): void {
    const { costs, expensive, kernel } = this.#target;
    const isElsewhere = (reader: TensorNode, own: MutableGroup): boolean => this.#groupOf.get(reader) !== own;
    for (const node of graph.nodes.toReversed()) {
      const own = this.#groupOf.get(node);
      if (!own || node.op.kind !== "map" || costs[node.op.map] >= expensive || ports.has(node)) continue;
      const readers = edges.get(node)!;
      const [target, ...others] = new Set(readers.map(({ reader }) => this.#groupOf.get(reader)!));
      if (!target || others.length > 0 || target === own) continue;
      if (target.closed || target.contraction || target.nodes.length >= kernel.nodes) continue;
      if (!readers.every(takesMaps) || !this.#runTogether(node, target.nodes[0]!)) continue;
      const isStored = ({ node: made }: Reach): boolean =>
        this.#groupOf.get(made) !== own ||
        ports.has(made) ||
        edges.get(made)!.some(({ reader }) => reader !== node && isElsewhere(reader, own));
      if (!node.inputs.map(reach).every(isStored)) continue;
      own.nodes = own.nodes.filter((other) => other !== node);
      target.nodes = [node, ...target.nodes].sort((x, y) => x.id - y.id);
      this.#groupOf.set(node, target);
    }
  }

  #distinct(): Set<MutableGroup> {
    return new Set(this.#groupOf.values());
  }

  inOrder(): MutableGroup[] {
    return inLoops([...this.#distinct()], this.#scans, (group) => this.#producers(group));
  }
}

/** A read, with its place among all reads of the reader. */
interface NumberedEdge {
  readonly from: Reach;
  readonly at: number;
}

interface Edge {
  readonly from: Reach;
  readonly reader: TensorNode;
}

interface Uses {
  /** For each computed node, the reads of it by computed nodes. */
  readonly edges: ReadonlyMap<TensorNode, readonly Edge[]>;
  /** The nodes of outputs and updates. */
  readonly ports: ReadonlySet<TensorNode>;
}

function usesIn(graph: TensorGraph): Uses {
  const computed = graph.nodes.filter(isComputed);
  const edges = new Map<TensorNode, Edge[]>(computed.map((node) => [node, []]));
  for (const reader of computed) {
    for (const from of readOperands(reader).map(reach)) edges.get(from.node)?.push({ from, reader });
  }
  const ports = new Set([...graph.outputs, ...graph.updates].map((port) => reach(port.value).node));
  return { edges, ports };
}

/**
 * How a node reads its operands. The index of a look-up is read again for each other axis of the table. Who reads the state that a loop
 * leaves waits for all that a step makes.
 */
function readsOf(node: TensorNode): Reach[] {
  const own = directReads(node);
  return own.flatMap((from) => (from.node.op.kind === "last" ? [from, ...directReads(from.node)] : [from]));
}

function directReads(node: TensorNode): Reach[] {
  return node.inputs.map((input, operand) => {
    const from = reach(input);
    const isIndex = operand === 1 && rowOf(node.op).role === "lookup";
    const repeats = isIndex && !same(elements(sizesOf(input)), elements(sizesOf({ node, result: 0 })));
    return repeats ? { ...from, repeated: true } : from;
  });
}

/** Whether an operand is read at the position where it is computed, element by element. */
function isInPlace({ reshaped, moved, repeated, guarded }: Reach): boolean {
  return !reshaped && !moved && !repeated && !guarded;
}

/** Whether a map can move to its reader, which must read it element by element, and not from memory. */
function takesMaps({ from, reader }: Edge): boolean {
  return isInPlace(from) && storedOperands(reader).operands.length === 0;
}

/** Whether a node is a map of exactly the elements of a contraction's result. */
function fitsEpilogue(from: Reach, contraction: TensorNode, node: TensorNode): boolean {
  return (
    rowOf(node.op).role === "elementwise" && !from.moved && !from.repeated && sameCount(node, contraction)
  );
}

function sameCount(a: TensorNode, b: TensorNode): boolean {
  return isTrivial(sizesOf({ node: a, result: 0 }), sizesOf({ node: b, result: 0 }));
}

/** The nodes that other groups read, and those of outputs and updates. */
function neededElsewhere(graph: TensorGraph, partition: Partition, scans: Scans): Set<TensorNode> {
  const used = new Set<TensorNode>();
  for (const { states } of scans.all.values()) {
    for (const { carry, next } of states) {
      used.add(carry);
      used.add(reach({ node: next, result: 0 }).node);
    }
  }
  for (const port of [...graph.outputs, ...graph.updates]) used.add(reach(port.value).node);
  for (const node of graph.nodes) {
    if (!isComputed(node)) continue;
    // Random numbers that nothing reads are drawn all the same.
    if (node.op.kind === "random") used.add(node);
    for (const input of readOperands(node)) {
      const from = reach(input).node;
      if (isComputed(from) && partition.groupOf(from) !== partition.groupOf(node)) used.add(from);
    }
  }
  return used;
}
