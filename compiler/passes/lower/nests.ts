/**
 * Arranges what a kernel computes into loop nests. Each piece of work wants loops over its own axes, outer
 * ones first, then over the axes it reduces. It enters the loops that are already there as far as all it
 * reads from inside them is read at the very position they stand at; else it gets loops of its own.
 */
import type { TensorNode } from "../../ir/build.ts";
import type { Expression } from "../../ir/plan.ts";
import type { ReduceName } from "../../ir/primitives.ts";
import { asSymbol, key, type Size } from "../../ir/size.ts";
import type { Read } from "./value.ts";

export interface Axis {
  /** The loop's variable. */
  readonly name: string;
  readonly size: Size;
}

/** A reduction, a value kept for later loops, or a store to a result. */
export interface Work {
  readonly node: TensorNode;
  readonly kind: "reduce" | "keep" | "store";
  readonly reduce?: ReduceName;
  /** For each axis of the node, the loop it is walked by; none where its size is 1. */
  readonly spatial: readonly (Axis | undefined)[];
  readonly reduced: readonly Axis[];
  readonly value: Expression;
  readonly reads: readonly Read[];
  /** Of a store: where it goes. */
  readonly buffer?: string;
  readonly at?: Size;
}

export interface LoopNest {
  readonly axis: Axis;
  readonly parent: Nest;
  readonly inner: Nest;
  /** Which of the parent's items it is. */
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

  /** A further loop, behind all there is. */
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

/** Work in its place. */
export interface Placed {
  readonly work: Work;
  /** Where a reduction's accumulator lives: inside the loops over its own axes, around those it reduces. */
  readonly home: Nest;
  readonly leaf: Nest;
  /** Which of the leaf's items it is. */
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
    if (work.kind !== "store") this.placed.set(work.node, placed);
  }

  /** The latest loop over the axis that the work may enter, or a new one. */
  #enter(nest: Nest, axis: Axis, work: Work): Nest {
    const loop = nest.latest(axis);
    const needed = work.reads.map((read) => ({ read, from: this.placed.get(read.node)! }));
    const places = needed.map(({ from }) => itemOf(from, nest));
    // What the work needs from here must be complete before it starts.
    if (!loop || places.some((at) => at > loop.at)) return nest.open(axis);
    const fits = needed.every(({ read, from }, i) => places[i] !== loop.at || standsAt(read, from, loop));
    return fits ? loop.inner : nest.open(axis);
  }
}

/** Which item of a nest the work is, or is inside of; -1 where it is elsewhere. */
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

/** Whether a read of work inside a loop wants exactly what the loop's current round makes. */
function standsAt(read: Read, from: Placed, loop: LoopNest): boolean {
  // A loop that the work reduces over is none of these, and must end before its value is there.
  const axis = from.work.spatial.findIndex((candidate) => candidate?.name === loop.axis.name);
  return axis >= 0 && asSymbol(read.index[axis]!) === loop.axis.name;
}
