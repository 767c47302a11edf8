/** Lowers one group to one kernel: chooses the values that are staged and the loops, and makes the statements. */
import { sizesOf, type Tensor, type TensorNode } from "../../ir/graph/builder.ts";
import { isFloat, isInteger, isNarrow, type Dtype } from "../../ir/dtype.ts";
import { append } from "../../ir/util/multimap.ts";
import {
  Expressions,
  freeSymbols,
  rebuild,
  scalar,
  visitExpressions,
  type Expression,
  type Kernel,
  type KernelBuffer,
  type PlanType,
  type Statement,
} from "../../ir/plan/plan.ts";
import { add, mul, symbol, type Size } from "../../ir/size/size.ts";
import { FreshNames, identifier } from "../../ir/text/identifiers.ts";
import { elements, strides } from "../../ir/types.ts";
import { reductions, type ReduceName } from "../../ir/graph/primitives.ts";
import type { Group } from "../fuse.ts";
import type { Target } from "../../target/target.ts";
import { symbolsOfGroup } from "./group-symbols.ts";
import { Axes } from "./walked-axes.ts";
import { stagedNodes } from "./staging.ts";
import { Nests, isWithin, type Axis, type LoopNest, type Nest, type Placed, type Work } from "./nests.ts";
import { callerOf, flatIndex, ElementValues, type Read } from "./value.ts";

/**
 * A kernel with the scratch buffers that its calls must provide. Its buffers are leaves, results and scratch, in this
 * order.
 */
export interface Lowered {
  readonly kernel: Kernel;
  readonly scratch: readonly Size[];
}

/** A node in memory, with the name of its buffer in the kernel. */
export interface NamedNode {
  readonly node: TensorNode;
  readonly name: string;
  readonly dtype: Dtype;
}

export interface Naming {
  /** The kernel's name, before it is made unique. */
  readonly kernel: string;
  readonly leaves: readonly NamedNode[];
  readonly results: readonly NamedNode[];
}

export interface Precision {
  /** Whether maps of floats are computed in float64, whatever the target computes in. */
  readonly wide: boolean;
  /** What is the same number in the terms of a sum as elsewhere. */
  readonly common: ReadonlySet<TensorNode>;
}

export function lowerGroup(group: Group, naming: Naming, target: Target, precision: Precision): Lowered {
  return new GroupLowering(group, naming, target, precision).lower();
}

const LOOP_NAMES = ["i", "j", "k", "l", "m", "n", "p", "q"];

/** One operand of a concatenation, which fills a range of the axis. */
interface Part {
  readonly axis: number;
  readonly number: number;
}

function indexOf(loops: readonly (Axis | undefined)[]): Size[] {
  return loops.map((loop) => (loop ? symbol(loop.name) : 0));
}

class GroupLowering {
  readonly #group: Group;
  readonly #naming: Naming;
  readonly #target: Target;
  readonly #pool = new Expressions();
  readonly #axes: Axes;
  readonly #values: ElementValues;
  /** What is added up, in float64 if sums are: the squares of a variance would lose digits in float32. */
  readonly #terms: ElementValues;
  readonly #nests = new Nests();
  readonly #staged: ReadonlySet<TensorNode>;
  readonly #loopNames = new Map<string, string>();
  readonly #names: FreshNames;
  readonly #scratch = new Map<TensorNode, { name: string; axes: readonly number[]; size: Size }>();
  readonly #accumulators = new Map<TensorNode, string>();
  readonly #resolved = new Map<Placed, Expression>();

  constructor(group: Group, naming: Naming, target: Target, { wide, common }: Precision) {
    this.#group = group;
    this.#naming = naming;
    this.#target = target;
    this.#axes = new Axes(group.nodes);
    this.#staged = stagedNodes(group, target);
    const buffers = new Map(naming.leaves.map((leaf) => [leaf.node, leaf]));
    this.#names = new FreshNames([
      ...[...naming.leaves, ...naming.results].map((buffer) => buffer.name),
      ...[...symbolsOfGroup(group)].map(identifier),
    ]);
    const sources = {
      bufferOf: (node: TensorNode) => buffers.get(node),
      target,
      stagedType: (node: TensorNode) => (this.#staged.has(node) ? this.#stagedType(node) : undefined),
      wide,
    };
    const reads = new Map<number, Read>();
    this.#values = new ElementValues(this.#pool, sources, reads);
    const isSame = wide || target.computes.f32 === target.sums.f32;
    const insteadOf = (node: TensorNode): ElementValues | undefined =>
      common.has(node) ? this.#values : undefined;
    this.#terms = isSame
      ? this.#values
      : new ElementValues(this.#pool, { ...sources, wide: true, insteadOf }, reads);
  }

  lower(): Lowered {
    const names = new Map(this.#naming.results.map((result) => [result.node, result.name]));
    for (const node of this.#group.nodes) {
      if (this.#staged.has(node)) this.#nests.insert(this.#stage(node));
      const name = names.get(node);
      if (name === undefined) continue;
      if (node.op.kind === "concat") this.#storeParts(node, name);
      else if (node.op.kind === "scatter") this.#scatter(node, name);
      else if (node.op.kind === "prefix") this.#nests.insert(this.#prefix(node, name));
      else if (node.op.kind === "stack") this.#storeRow(node, name);
      else this.#nests.insert(this.#store(node, name));
    }
    this.#planScratch();
    const body = this.#statements(this.#nests.root);
    return {
      kernel: {
        name: this.#naming.kernel,
        buffers: this.#buffers(),
        sizes: freeSymbols(body),
        schedule: [],
        body,
        pool: this.#pool,
      },
      scratch: [...this.#scratch.values()].map((scratch) => scratch.size),
    };
  }

  /**
   * The loops over a node's axes; an axis of size 1 has none. If two axes correspond to one loop, the second gets a
   * loop variable of its own.
   */
  #walk(
    node: TensorNode,
    sizes: readonly Size[] = sizesOf({ node, result: 0 }),
    part?: Part,
  ): (Axis | undefined)[] {
    const used = new Set<string>();
    return sizes.map((size, axis) => {
      if (size === 1) return undefined;
      let group = axis === part?.axis ? `${node.id}:part${part.number}` : this.#axes.classOf(node, axis);
      if (used.has(group)) group = `${node.id}:own${axis}`;
      used.add(group);
      return { name: this.#loopName(group), size };
    });
  }

  #loopName(group: string): string {
    let name = this.#loopNames.get(group);
    if (name === undefined) {
      name = LOOP_NAMES.find((candidate) => this.#names.take(candidate)) ?? this.#names.fresh("a1");
      this.#loopNames.set(group, name);
    }
    return name;
  }

  #stage(node: TensorNode): Work {
    const { op } = node;
    if (op.kind === "contract") return this.#contraction(node);
    if (op.kind !== "reduce") {
      const spatial = this.#walk(node);
      const value = this.#values.compute(node, indexOf(spatial));
      return this.#work({ node, kind: "keep", spatial, reduced: [], value });
    }
    const source = node.inputs[0]!;
    const loops = this.#walk(node, sizesOf(source));
    const kept = loops.map((loop, axis) => (op.axes.includes(axis) ? undefined : loop));
    const value = this.#reducedOf(op.reduce).at(source, indexOf(loops));
    const reduced = op.axes.flatMap((axis) => loops[axis] ?? []);
    return this.#work({ node, kind: "reduce", reduce: op.reduce, spatial: kept, reduced, value });
  }

  /** The values that a reduction combines. */
  #reducedOf(reduce: ReduceName): ElementValues {
    return reductions[reduce].chooses ? this.#values : this.#terms;
  }

  /** Stores a reduction along an axis in each of its rounds. */
  #prefix(node: TensorNode, name: string): Work {
    const { op } = node;
    if (op.kind !== "prefix") throw new Error("not a prefix");
    const loops = this.#walk(node);
    const index = indexOf(loops);
    return this.#work({
      node,
      kind: "prefix",
      reduce: op.reduce,
      spatial: loops.map((loop, axis) => (axis === op.axis ? undefined : loop)),
      reduced: loops[op.axis] ? [loops[op.axis]!] : [],
      value: this.#reducedOf(op.reduce).at(node.inputs[0]!, index),
      buffer: name,
      at: flatIndex(index, sizesOf({ node, result: 0 })),
    });
  }

  // contract(x, y)[…] = sum of x[…] * y[…] over the labels that the result lacks
  #contraction(node: TensorNode): Work {
    if (node.op.kind !== "contract") throw new Error("not a contraction");
    const spatial = this.#walk(node);
    const index = indexOf(spatial);
    const [left, right, labels] = node.op.labels;
    const at = new Map<number, Size>(labels.map((label, axis) => [label, index[axis]!]));
    const reduced: Axis[] = [];
    node.inputs.forEach((input, operand) => {
      [left, right][operand]!.forEach((label, axis) => {
        if (at.has(label)) return;
        const size = sizesOf(input)[axis]!;
        const name = size === 1 ? undefined : this.#loopName(this.#axes.labelClass(node, label));
        at.set(label, name === undefined ? 0 : symbol(name));
        if (name !== undefined) reduced.push({ name, size });
      });
    });
    const operands = node.inputs.map((input, operand) =>
      this.#values.at(
        input,
        [left, right][operand]!.map((label) => at.get(label)!),
      ),
    );
    const isWide = operands.some(({ type }) => type.dtype === "f64");
    const dtype = isWide ? "f64" : this.#target.computes[node.types[0]!.dtype];
    const value = this.#pool.map("mul", operands, scalar(dtype));
    return this.#work({ node, kind: "reduce", reduce: "sum", spatial, reduced, value });
  }

  #store(node: TensorNode, name: string): Work {
    const spatial = this.#walk(node);
    const index = indexOf(spatial);
    const at = flatIndex(index, sizesOf({ node, result: 0 }));
    const value = this.#values.at({ node, result: 0 }, index);
    const isCopied = this.#naming.results.some((one) => one.name === name && isNarrow(one.dtype));
    const stored = isCopied ? this.#values.narrow(value) : value;
    return this.#work({ node, kind: "store", spatial, reduced: [], value: stored, buffer: name, at });
  }

  /** Stores the operand in the row of the step. */
  #storeRow(node: TensorNode, name: string): void {
    if (node.op.kind !== "stack") throw new Error("not a stack");
    const [value] = node.inputs as [Tensor];
    const sizes = sizesOf(value);
    const spatial = this.#walk(value.node, sizes);
    const index = indexOf(spatial);
    const row = mul(symbol(node.op.loop.step), elements(sizes));
    this.#nests.insert(
      this.#work({
        node,
        kind: "store",
        spatial,
        reduced: [],
        value: this.#values.at(value, index),
        buffer: name,
        at: add(row, flatIndex(index, sizes)),
      }),
    );
  }

  /** Stores each operand of a concatenation in its range. */
  #storeParts(node: TensorNode, name: string): void {
    if (node.op.kind !== "concat") throw new Error("not a concatenation");
    const { axis: along } = node.op;
    let offset: Size = 0;
    node.inputs.forEach((input, number) => {
      const sizes = sizesOf(input);
      const spatial = this.#walk(node, sizes, { axis: along, number });
      const index = indexOf(spatial);
      const shifted = index.map((i, axis) => (axis === along ? add(i, offset) : i));
      const at = flatIndex(shifted, sizesOf({ node, result: 0 }));
      const value = this.#values.at(input, index);
      this.#nests.insert(this.#work({ node, kind: "store", spatial, reduced: [], value, buffer: name, at }));
      offset = add(offset, sizes[along]!);
    });
  }

  /** Fills the result with zeros or its third operand, and stores the updates in their order. */
  #scatter(node: TensorNode, name: string): void {
    if (node.op.kind !== "scatter") throw new Error("not a scatter");
    const { batch, combine } = node.op;
    const [updates, indices, base] = node.inputs as [Tensor, Tensor, Tensor?];
    const sizes = sizesOf({ node, result: 0 });
    const zeros = this.#walk(node);
    const type = scalar(this.#target.computes[node.types[0]!.dtype]);
    const value = base ? this.#values.at(base, indexOf(zeros)) : this.#pool.number(0, type);
    const at = flatIndex(indexOf(zeros), sizes);
    this.#nests.insert(
      this.#work({ node, kind: "store", spatial: zeros, reduced: [], value, buffer: name, at }),
    );

    const [own, rank] = [sizesOf(updates), sizesOf(indices).length];
    const axisOf = (axis: number): number => (axis < batch ? axis : axis - rank + batch + 1);
    const spatial = own.map((size, axis): Axis | undefined => {
      const isShared = axis < batch || axis >= rank;
      const group = isShared ? this.#axes.classOf(node, axisOf(axis)) : `${node.id}:update${axis}`;
      return size === 1 ? undefined : { name: this.#loopName(group), size };
    });
    const index = indexOf(spatial);
    const row = this.#pool.checked(
      this.#values.at(indices, index.slice(0, rank)),
      sizes[batch]!,
      callerOf(node),
    );
    const stride = strides(sizes)[batch]!;
    const place = flatIndex([...index.slice(0, batch), 0, ...index.slice(rank)], sizes);
    const update = this.#values.at(updates, index);
    const combined = (): Expression => {
      const before = this.#pool.load(name, type, place, { index: row, stride });
      return combine === "last" ? update : this.#pool.map(combine, [before, update], type);
    };
    this.#nests.insert(
      this.#work({
        node,
        kind: "store",
        spatial,
        reduced: [],
        value: combined(),
        buffer: name,
        at: place,
        index: row,
        stride,
      }),
    );
  }

  #work(work: Omit<Work, "reads">): Work {
    const reads: Read[] = [];
    visitExpressions(work.index ? [work.value, work.index] : [work.value], (e) => {
      const read = this.#values.reads.get(e.id);
      if (read) reads.push(read);
    });
    return { ...work, reads };
  }

  /**
   * Plans scratch for values that are read outside the loops which compute them. It has the axes of loops that the two
   * do not share.
   */
  #planScratch(): void {
    const readers = new Map<TensorNode, Nest[]>();
    const visit = (nest: Nest): void => {
      for (const item of nest.items) {
        if ("axis" in item) visit(item.inner);
        else for (const read of item.work.reads) append(readers, read.node, item.leaf);
      }
    };
    visit(this.#nests.root);
    for (const [node, placed] of this.#nests.placed) {
      const outside = (readers.get(node) ?? []).filter((leaf) => !isWithin(leaf, placed.home));
      if (outside.length === 0) continue;
      const axes = placed.work.spatial.flatMap((axis, i) => {
        const loop = axis && enclosing(placed.home, axis.name);
        return loop && !outside.every((leaf) => isWithin(leaf, loop.inner)) ? [i] : [];
      });
      const sizes = axes.map((axis) => placed.work.spatial[axis]!.size);
      this.#scratch.set(node, {
        name: this.#names.fresh(identifier(`${node.hint ?? "row"}s`)),
        axes,
        size: elements(sizes),
      });
    }
  }

  #statements(nest: Nest): Statement[] {
    const statements: Statement[] = [];
    for (const item of nest.items) {
      if (!("axis" in item)) {
        if (item.home === item.leaf) statements.push(...this.#accumulatorsOf([item]));
        statements.push(...this.#leaf(item));
        if (item.home === item.leaf) statements.push(...this.#keep([item]));
        continue;
      }
      const finished = reducedBy(item);
      statements.push(...this.#accumulatorsOf(finished), this.#loop(item), ...this.#keep(finished));
    }
    return statements;
  }

  #loop(loop: LoopNest): Statement {
    const body = this.#statements(loop.inner);
    return { kind: "loop", index: loop.axis.name, from: 0, to: loop.axis.size, step: 1, body };
  }

  #accumulatorsOf(finished: readonly Placed[]): Statement[] {
    return finished.flatMap(({ work }) => {
      if (work.kind !== "reduce" && work.kind !== "prefix") return [];
      const kind = work.node.op.kind === "contract" ? "sum" : work.reduce!;
      const name = this.#names.fresh(identifier(work.node.hint ?? kind));
      this.#accumulators.set(work.node, name);
      return [{ kind: "accumulator", name, reduce: work.reduce!, type: this.#keptType(work) }];
    });
  }

  #leaf(placed: Placed): Statement[] {
    const { work } = placed;
    const value = this.#resolve(placed);
    if (work.kind === "store") {
      const index = work.index && this.#withReads(work.index, placed.leaf);
      const row = index && { index, stride: work.stride! };
      return [{ kind: "store", buffer: work.buffer!, at: work.at!, ...row, value }];
    }
    if (work.kind === "reduce" || work.kind === "prefix") {
      const name = this.#accumulators.get(work.node)!;
      const type = this.#keptType(work);
      const step: Statement = { kind: "accumulate", name, reduce: work.reduce!, type, value };
      if (work.kind === "reduce") return [step];
      const reached = this.#wrapped(work.node, this.#pool.local(name, type));
      return [step, { kind: "store", buffer: work.buffer!, at: work.at!, value: reached }];
    }
    return []; // a kept value is stored by #keep, or computed where it is read
  }

  /** Stores values for later loops, as soon as they are complete. */
  #keep(finished: readonly Placed[]): Statement[] {
    return finished.flatMap((placed) => {
      const { work } = placed;
      const scratch = this.#scratch.get(work.node);
      if (!scratch || (work.kind !== "reduce" && work.kind !== "keep")) return [];
      const value =
        work.kind === "reduce"
          ? this.#pool.local(this.#accumulators.get(work.node)!, this.#keptType(work))
          : this.#resolve(placed);
      const index = indexOf(work.spatial);
      return [{ kind: "store", buffer: scratch.name, at: this.#scratchAt(work, scratch.axes, index), value }];
    });
  }

  #scratchAt(work: Work, axes: readonly number[], index: readonly Size[]): Size {
    return flatIndex(
      axes.map((axis) => index[axis]!),
      axes.map((axis) => work.spatial[axis]!.size),
    );
  }

  /** The value of some work. Several others may read it, so it is resolved once. */
  #resolve(placed: Placed): Expression {
    let value = this.#resolved.get(placed);
    if (!value) {
      value = this.#withReads(placed.work.value, placed.leaf);
      this.#resolved.set(placed, value);
    }
    return value;
  }

  #withReads(value: Expression, leaf: Nest): Expression {
    return rebuild(this.#pool, value, { expression: (e) => this.#read(e, leaf) });
  }

  /** Replaces the read of a staged value by a local, the value itself, or a load from scratch. */
  #read(e: Expression, leaf: Nest): Expression {
    const read = this.#values.reads.get(e.id);
    if (!read) return e;
    const from = this.#nests.placed.get(read.node)!;
    if (isWithin(leaf, from.home)) {
      if (from.work.kind !== "reduce") return this.#resolve(from);
      const name = this.#accumulators.get(read.node)!;
      return this.#wrapped(read.node, this.#pool.local(name, this.#keptType(from.work)));
    }
    const scratch = this.#scratch.get(read.node)!;
    const at = this.#scratchAt(from.work, scratch.axes, read.index);
    return this.#wrapped(read.node, this.#pool.load(scratch.name, this.#keptType(from.work), at));
  }

  /** The type of accumulators, and of scratch that holds values for later loops. */
  #keptType({ node, kind, reduce, value }: Work): PlanType {
    const { dtype } = node.types[0]!;
    const { sums, products } = this.#target;
    if (kind === "keep") return value.type;
    // A product of integers wraps at each step, as float64 would lose its low bits.
    if (!isFloat(dtype)) return scalar(reduce === "prod" ? dtype : sums[dtype]);
    if (value.type.dtype === "f64") return value.type;
    // The largest of float32 numbers is one of them.
    if (reductions[reduce!].chooses) return value.type;
    return scalar((node.op.kind === "contract" ? products : sums)[dtype]);
  }

  /** The type of a value that an earlier loop has kept, where it is read. */
  #stagedType(node: TensorNode): PlanType {
    const { dtype } = node.types[0]!;
    return isFloat(dtype)
      ? this.#keptType(this.#nests.placed.get(node)!.work)
      : scalar(this.#target.computes[dtype]);
  }

  /** The value of an integer sum, wrapped where it is read if the target accumulates in another dtype. */
  #wrapped(node: TensorNode, value: Expression): Expression {
    const { dtype } = node.types[0]!;
    return isInteger(dtype) && value.type.dtype !== dtype ? this.#pool.cast(value, scalar(dtype)) : value;
  }

  #buffers(): KernelBuffer[] {
    const { leaves, results } = this.#naming;
    return [
      ...leaves.map(({ name, dtype }): KernelBuffer => ({ name, dtype, access: "read" })),
      ...results.map(({ node, name, dtype }): KernelBuffer => {
        const reads = node.op.kind === "scatter" && node.op.combine !== "last";
        return { name, dtype, access: reads ? "both" : "write" };
      }),
      ...[...this.#scratch].map(([node, { name }]): KernelBuffer => ({
        name,
        dtype: this.#keptType(this.#nests.placed.get(node)!.work).dtype,
        access: "both",
      })),
    ];
  }
}

/** The reductions whose outermost reduced loop is this one. */
function reducedBy(loop: LoopNest): Placed[] {
  const found: Placed[] = [];
  const visit = (nest: Nest): void => {
    for (const item of nest.items) {
      if ("axis" in item) visit(item.inner);
      else if (item.home === loop.parent) found.push(item);
    }
  };
  visit(loop.inner);
  return found;
}

function enclosing(nest: Nest, name: string): LoopNest | undefined {
  for (let at: Nest | undefined = nest; at; at = at.parent) if (at.loop?.axis.name === name) return at.loop;
  return undefined;
}
