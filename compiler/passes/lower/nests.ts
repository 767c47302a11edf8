/**
 * Arranges what a kernel computes into loop nests. Each piece of work needs loops over its own axes, outer ones first,
 * then over the axes that it reduces. It enters existing loops as far as it reads values of these loops only at their
 * current position. From there on it gets loops of its own.
 */
import type { TensorNode } from "../../ir/graph/builder.ts";
import type { Expression } from "../../ir/plan/plan.ts";
import type { ReduceName } from "../../ir/graph/primitives.ts";
import { asSymbol, key, type Size } from "../../ir/size/size.ts";
import type { Read } from "./value.ts";

export interface Axis {
  /** The loop's variable. */
  readonly name: string;
  readonly size: Size;
}

/**
 * One piece of work: a reduction, a value that is kept for later loops, a store to a result, or a reduction that is stored as far
 * as it has come in each round.
 */
export interface Work {
  readonly node: TensorNode;
  readonly kind: "reduce" | "keep" | "store" | "prefix";
  readonly reduce?: ReduceName;
  /** For each axis of the node, the loop that walks it; undefined where its size is 1. */
  readonly spatial: readonly (Axis | undefined)[];
  readonly reduced: readonly Axis[];
  readonly value: Expression;
  readonly reads: readonly Read[];
  /** The buffer and the place of a store. */
  readonly buffer?: string;
  readonly at?: Size;
  /** The part of the place that data decide: row `index` of rows of `stride` elements. */
  readonly index?: Expression;
  readonly stride?: Size;
}

export interface LoopNest {
  readonly axis: Axis;
  readonly parent: Nest;
  readonly inner: Nest;
  /** The index of the loop among the parent's items. */
  readonly at: number;
}

/** The statements of one loop's body, or of the kernel itself. */
export class Nest {
  readonly items: (LoopNest | Placed)[] = [];
  readonly loop: LoopNest | undefined;
  readonly depth: number;
  /** The latest loop over each axis. */
  readonly #loops = new Map<string, LoopNest>();

  constructor(parent?: Nest, axis?: Axis) {
    this.loop = parent && axis ? { axis, parent, inner: this, at: parent.items.length } : undefined;
    this.depth = parent ? parent.depth + 1 : 0;
  }

  latest(axis: Axis): LoopNest | undefined {
    return this.#loops.get(nameOf(axis));
  }

  /** Appends a new loop. */
  open(axis: Axis): Nest {
    const inner = new Nest(this, axis);
    this.items.push(inner.loop!);
    this.#loops.set(nameOf(axis), inner.loop!);
    return inner;
  }

  get parent(): Nest | undefined {
    return this.loop?.parent;
  }
}

const nameOf = ({ name, size }: Axis): string => `${name} ${key(size)}`;

/** A piece of work and its place in the nests. */
export interface Placed {
  readonly work: Work;
  /** The nest of a reduction's accumulator: inside the loops over its own axes, outside those that it reduces. */
  readonly home: Nest;
  readonly leaf: Nest;
  /** The index of the work among the leaf's items. */
  readonly at: number;
}

export class Nests {
  readonly root: Nest = new Nest();
  readonly placed: Map<TensorNode, Placed> = new Map();

  insert(work: Work): void {
    let nest = this.root;
    const spatial = work.spatial.filter((axis) => axis !== undefined);
    for (const axis of spatial) nest = this.#enter(nest, axis, work);
    const home = nest;
    for (const axis of work.reduced) nest = this.#enter(nest, axis, work);
    const placed = { work, home, leaf: nest, at: nest.items.length };
    nest.items.push(placed);
    if (work.kind === "reduce" || work.kind === "keep") this.placed.set(work.node, placed);
  }

  /** The latest loop over the axis that the work may enter, or a new one. */
  #enter(nest: Nest, axis: Axis, work: Work): Nest {
    const loop = nest.latest(axis);
    const needed = work.reads.map((read) => ({ read, from: this.placed.get(read.node)! }));
    const places = needed.map(({ from }) => itemOf(from, nest));
    // Values that the work reads must be complete before the loop starts, unless they are computed in it.
    if (!loop || places.some((at) => at > loop.at)) return nest.open(axis);
    const fits = needed.every(({ read, from }, i) => places[i] !== loop.at || standsAt(read, from, loop));
    return fits ? loop.inner : nest.open(axis);
  }
}

/** The index of the item of a nest that is the work or contains it; -1 if no item does. */
function itemOf(placed: Placed, nest: Nest): number {
  let [inner, at] = [placed.leaf, placed.at];
  while (inner.depth > nest.depth) [inner, at] = [inner.loop!.parent, inner.loop!.at];
  return inner === nest ? at : -1;
}

export function isWithin(nest: Nest, outer: Nest): boolean {
  let at: Nest | undefined = nest;
  while (at && at.depth > outer.depth) at = at.parent;
  return at === outer;
}

/** Whether a read of a value that the loop computes is at the loop's current position. */
function standsAt(read: Read, from: Placed, loop: LoopNest): boolean {
  // A loop that the work reduces over is not among its own axes: a reduction is complete only after that loop.
  const axis = from.work.spatial.findIndex((candidate) => candidate?.name === loop.axis.name);
  return axis >= 0 && asSymbol(read.index[axis]!) === loop.axis.name;
}
