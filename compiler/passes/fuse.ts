/**
 * Partitions the tensor graph into groups, one for each kernel, by structure alone:
 *
 * - maps join what makes their operands: a map, a reduction, or a contraction of the same sizes (its epilogue);
 * - a reduction joins the maps and reductions before it while at most two maps of full size stand between it
 *   and the group's inputs, counted through statistics. So a variance joins its mean, and a sum of exponentials
 *   its maximum; but a normalization does not join the one before it, whose output it would compute anew
 *   for each statistic;
 * - maps with a value for each result of a reduction, which its kernel alone reads, are made there, outside its loops;
 * - maps of one space that read one operand are made in one pass over it;
 * - a cheap map of what lies in memory anyway, which only one other kernel reads, is computed there: the square
 *   that a normalization sums is not stored beside what it is the square of.
 */
import { sizesOf, type Tensor, type TensorNode } from "../ir/build.ts";
import { append } from "../ir/multimap.ts";
import type { TensorGraph } from "../ir/build.ts";
import { rowOf, storedOperands } from "../ir/ops.ts";
import { isTrivial } from "../ir/reshape.ts";
import { key } from "../ir/size.ts";
import { isComputed, isReduction, reach, type Reach } from "../ir/views.ts";
import { inlineCost } from "./fuse/cost.ts";
import { distances, measure, reducesNearby, sameSizes } from "./fuse/distance.ts";
import { inOrder } from "./fuse/order.ts";
import type { Program } from "./split.ts";
import type { Target } from "../target/target.ts";
import type { Pass } from "./pass.ts";

export interface Group {
  /** Everything it computes, in topological order; views are part of their readers. */
  readonly nodes: readonly TensorNode[];
  /** What others, or the outputs of the graph, need of it. */
  readonly results: readonly TensorNode[];
}

export interface Grouped {
  readonly graph: TensorGraph;
  /** In an order in which they can run. */
  readonly groups: readonly Group[];
  /** The operands that one group leaves in memory for another. */
  readonly apart: readonly Apart[];
}

/** Why `to` is not computed in the kernel that makes its operand `from`. */
export interface Apart {
  readonly from: TensorNode;
  readonly to: TensorNode;
  readonly why: Obstacle;
}

export type Obstacle =
  /** A contraction reads each operand many times, and a table is read at random: both want memory. */
  | "memory"
  /** The two sides of a reshape that splits or merges axes share no loops. */
  | "reshape"
  /** A concatenation only takes in the maps that it stores, and nothing joins it. */
  | "concat"
  /** The kernel would have more nodes or reductions than the target has room for. */
  | "large"
  /** A kernel with a contraction reduces nothing else. */
  | "contraction"
  /** What joins a contraction is a map on exactly the elements of its result. */
  | "epilogue"
  /** It is read at other positions than those where it is made, and so must be complete first. */
  | "moved"
  /** It is dear, and would be computed anew for each position that reads it. */
  | "dear"
  /** It holds a range check, which would refuse what stands at positions that are not there. */
  | "guarded"
  /** Between the kernel's inputs and a reduction would stand more maps of full size than the target wants. */
  | "distance"
  /** A third group needs one of the two, and is needed by the other, or it takes too long to tell. */
  | "between";

/** How many operands of groups are looked at to tell whether a third group comes between two. */
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
  // In order, so that each view finds what is behind it known, however many stand in a row.
  for (const node of graph.nodes) reach({ node, result: 0 });
  const partition = new Partition(target);
  for (const node of graph.nodes) if (isComputed(node)) partition.place(node);
  const uses = usesIn(graph);
  partition.joinReductions(uses);
  partition.joinSiblings();
  partition.moveToReaders(graph, uses);
  const groups = partition.inOrder();
  const used = neededElsewhere(graph, partition);
  return {
    graph,
    groups: groups.map(({ nodes }) => ({ nodes, results: nodes.filter((node) => used.has(node)) })),
    apart: partition.apart(),
  };
}

class MutableGroup {
  nodes: TensorNode[] = [];
  contraction: TensorNode | undefined;
  reductions: TensorNode[] = [];
  /** A concatenation only takes in what it stores, and nothing joins it. */
  closed = false;

  get isMapsAlone(): boolean {
    return !this.contraction && this.reductions.length === 0 && !this.closed;
  }
}

class Partition {
  readonly #target: Target;
  readonly #groupOf = new Map<TensorNode, MutableGroup>();
  /** Maps of full size since the group's inputs, through statistics; absent where no statistic is involved. */
  readonly #distance = new Map<TensorNode, number>();
  readonly #apart: Apart[] = [];
  readonly #edges = new WeakMap<MutableGroup["nodes"], ReadonlyMap<TensorNode, readonly NumberedEdge[]>>();

  constructor(target: Target) {
    this.#target = target;
  }

  /** What was kept apart and did not come together on another way. */
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
    group.closed = role === "concatenation";
    this.#groupOf.set(node, group);
    const reaches = this.#fusible(node);
    // The latest producer first: what comes earlier cannot depend on it.
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

  /** The operands whose producers could be computed inside the same kernel. */
  #fusible(node: TensorNode): Reach[] {
    const { operands: memory } = storedOperands(node);
    return node.inputs.flatMap((input) => {
      const from = reach(input);
      if (!isComputed(from.node)) return [];
      const why = memory.includes(input) ? "memory" : from.reshaped ? "reshape" : undefined;
      if (why === undefined) return [from];
      this.#apart.push({ from: from.node, to: node, why });
      return [];
    });
  }

  /** What keeps a node's group out of the group that makes its operand, if anything. */
  #obstacle(from: Reach, producer: MutableGroup, node: TensorNode, own: MutableGroup): Obstacle | undefined {
    const { reductions, distance } = this.#target.kernel;
    const reduces = producer.reductions.length > 0;
    if (producer.closed) return "concat";
    if (!this.#fitsKernel(producer, own)) return "large";
    if (producer.reductions.length + own.reductions.length > reductions) return "large";
    if (rowOf(node.op).role === "concatenation" && (producer.contraction || reduces)) return "concat";
    if (producer.contraction && (own.contraction || own.reductions.length > 0)) return "contraction";
    if (reduces && own.contraction) return "contraction";
    if (producer.contraction && !fitsEpilogue(from, producer.contraction, node)) return "epilogue";
    if (own.contraction && !sameSizes(from.node, own.contraction)) return "epilogue";
    const why = this.#edgesObstacle(own, producer);
    if (why !== undefined) return why;
    if (!reducesNearby(producer, own, distance)) return "distance";
    // Nothing needs a node that was just made, so where it reads one group alone, no third comes between.
    const alone = own.nodes.length === 1 && this.#readsOnly(own, producer);
    return alone ? this.#memoryObstacle(own, producer) : this.#groupObstacle(producer, own);
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

  /** How a group reads what kernels compute, by what it reads. */
  #edgesOf({ nodes }: MutableGroup): ReadonlyMap<TensorNode, readonly NumberedEdge[]> {
    let edges = this.#edges.get(nodes);
    if (!edges) {
      const made = new Map<TensorNode, NumberedEdge[]>();
      nodes
        .flatMap((node) => node.inputs.map(reach))
        .forEach((from, at) => isComputed(from.node) && append(made, from.node, { from, at }));
      this.#edges.set(nodes, (edges = made));
    }
    return edges;
  }

  /** Why what an edge reads may not be computed where it is read. */
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
    target.closed ||= source.closed;
  }

  /** A value of one must lie in memory for the other, or a third comes between. */
  #groupObstacle(a: MutableGroup, b: MutableGroup): Obstacle | undefined {
    const memory = this.#memoryObstacle(a, b) ?? this.#memoryObstacle(b, a);
    return memory ?? (this.#pathOutside(a, b) ? "between" : undefined);
  }

  #memoryObstacle(reader: MutableGroup, producer: MutableGroup): Obstacle | undefined {
    const isMade = (operand: Tensor): boolean => this.#groupOf.get(reach(operand).node) === producer;
    return reader.nodes.some((node) => storedOperands(node).operands.some(isMade)) ? "memory" : undefined;
  }

  /** Whether joining the two would make a cycle: a third group that needs one and is needed by the other. */
  #pathOutside(a: MutableGroup, b: MutableGroup): boolean {
    return this.#reaches(a, b) || this.#reaches(b, a);
  }

  /** Whether `to` needs `from` through a group that is neither. */
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
      // Where all it needs was made before `from` began, nothing leads back to it.
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
   * Groups of maps alone, with a value for each result of a reduction, join the one group that reads them and reduces
   * so: they are computed outside of its loops, and not anew for each element.
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

  /** Groups of maps alone that have one space and share an operand become one. */
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

  /** Siblings may read each other, too. */
  #siblingObstacle(a: MutableGroup, b: MutableGroup): Obstacle | undefined {
    return this.#edgesObstacle(a, b) ?? this.#edgesObstacle(b, a) ?? this.#groupObstacle(a, b);
  }

  /** Moves cheap maps out of groups that would store them, beside their operands, for one other group. */
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
      if (!readers.every(takesMaps)) continue;
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
    return inOrder(this.#distinct(), (group) => this.#producers(group));
  }
}

/** With its place among all edges of the reader. */
interface NumberedEdge {
  readonly from: Reach;
  readonly at: number;
}

interface Edge {
  readonly from: Reach;
  readonly reader: TensorNode;
}

interface Uses {
  /** For each computed node, how which others read it. */
  readonly edges: ReadonlyMap<TensorNode, readonly Edge[]>;
  /** What outputs and updates are. */
  readonly ports: ReadonlySet<TensorNode>;
}

function usesIn(graph: TensorGraph): Uses {
  const computed = graph.nodes.filter(isComputed);
  const edges = new Map<TensorNode, Edge[]>(computed.map((node) => [node, []]));
  for (const reader of computed) {
    for (const from of reader.inputs.map(reach)) edges.get(from.node)?.push({ from, reader });
  }
  const ports = new Set([...graph.outputs, ...graph.updates].map((port) => reach(port.value).node));
  return { edges, ports };
}

/** Read where it is made, element by element. */
function isInPlace({ reshaped, moved, repeated, guarded }: Reach): boolean {
  return !reshaped && !moved && !repeated && !guarded;
}

/** Whether a map can move to its reader: it is read element by element, and need not lie in memory. */
function takesMaps({ from, reader }: Edge): boolean {
  return isInPlace(from) && storedOperands(reader).operands.length === 0;
}

/** A map on exactly the elements of a contraction's result. */
function fitsEpilogue(from: Reach, contraction: TensorNode, node: TensorNode): boolean {
  return (
    rowOf(node.op).role === "elementwise" && !from.moved && !from.repeated && sameCount(node, contraction)
  );
}

function sameCount(a: TensorNode, b: TensorNode): boolean {
  return isTrivial(sizesOf({ node: a, result: 0 }), sizesOf({ node: b, result: 0 }));
}

/** Nodes that are read from another group, or that are outputs or updates. */
function neededElsewhere(graph: TensorGraph, partition: Partition): Set<TensorNode> {
  const used = new Set<TensorNode>();
  for (const port of [...graph.outputs, ...graph.updates]) used.add(reach(port.value).node);
  for (const node of graph.nodes) {
    if (!isComputed(node)) continue;
    for (const input of node.inputs) {
      const from = reach(input).node;
      if (isComputed(from) && partition.groupOf(from) !== partition.groupOf(node)) used.add(from);
    }
  }
  return used;
}
