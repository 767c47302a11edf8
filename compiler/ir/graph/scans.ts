/**
 * The loops of a tensor graph. A loop has no region: the nodes of a step are those that depend on one of its states or on the number
 * of the step, so that passes treat them like all other nodes.
 */
import { product, symbolsOf, type Size } from "../size/size.ts";
import type { TensorNode } from "./builder.ts";
import { rowOf } from "./ops.ts";
import type { ScanLoop } from "./primitives.ts";
import { extents } from "../types.ts";

/** A state of a loop: the node that holds it, and what a step makes of it. */
export interface ScanState {
  readonly carry: TensorNode;
  readonly next: TensorNode;
}

export interface Scan {
  readonly loop: ScanLoop;
  readonly states: readonly ScanState[];
  /** The loops around it. */
  readonly around: ReadonlySet<string>;
}

export class Scans {
  /** By the symbols of their steps, in the order in which they end. */
  readonly all: ReadonlyMap<string, Scan>;
  readonly #inside = new Map<TensorNode, ReadonlySet<string>>();

  constructor(nodes: readonly TensorNode[]) {
    const steps = new Set(
      nodes.flatMap(({ op }) => (op.kind === "carry" || op.kind === "stack" ? [op.loop.step] : [])),
    );
    const all = new Map<string, Scan>();
    // What is around a loop is known at its end, and its states begin inside of that, even if they begin as nothing that
    // is there does. So a loop is looked at once for each loop that it turns out to be in.
    const around = new Map<string, Set<string>>([...steps].map((step) => [step, new Set()]));
    for (let isOpen = true; isOpen;) {
      isOpen = false;
      for (const node of nodes) {
        const own = this.#loopsAt(node, steps);
        const { op } = node;
        if (op.kind === "carry") {
          own.add(op.loop.step);
          for (const outer of around.get(op.loop.step)!) own.add(outer);
        }
        if (op.kind === "last" || op.kind === "stack") {
          const { step } = op.loop;
          own.delete(step);
          const known = around.get(step)!;
          for (const outer of own) {
            if (known.has(outer)) continue;
            known.add(outer);
            isOpen = true;
          }
          if (!all.has(step)) all.set(step, { loop: op.loop, states: statesOf(node), around: known });
        }
        this.#inside.set(node, own);
      }
    }
    this.all = all;
  }

  /** The loops in which a node is by what it reads and by its sizes. */
  #loopsAt(node: TensorNode, steps: ReadonlySet<string>): Set<string> {
    const own = new Set<string>();
    if (steps.size === 0) return own;
    for (const { node: from } of node.inputs) for (const step of this.#inside.get(from)!) own.add(step);
    for (const size of sizesIn(node)) for (const name of symbolsOf(size)) if (steps.has(name)) own.add(name);
    return own;
  }

  /** The loops in which a node has another value at each step. */
  inside(node: TensorNode): ReadonlySet<string> {
    return this.#inside.get(node) ?? new Set();
  }

  /** The loops in whose steps a kernel computes the node: a state begins before its loop, and a row is stored in it. */
  placeOf(node: TensorNode): ReadonlySet<string> {
    const { op, inputs } = node;
    if (op.kind === "carry")
      return new Set([...this.inside(inputs[0]!.node), ...this.all.get(op.loop.step)!.around]);
    return op.kind === "stack" ? new Set([...this.inside(node), op.loop.step]) : this.inside(node);
  }

  /** How often a run computes the node. */
  roundsOf(node: TensorNode): Size {
    return product([...this.placeOf(node)].map((step) => this.all.get(step)!.loop.count));
  }
}

function sizesIn({ op, types }: TensorNode): Size[] {
  return [...rowOf(op).sizes(op), ...types.flatMap(({ shape }) => extents(shape))];
}

/** The states of the loop that a `last` or a `stack` ends. */
function statesOf({ inputs }: TensorNode): ScanState[] {
  const [, ...pairs] = inputs.map(({ node }) => node);
  return Array.from({ length: pairs.length / 2 }, (_, i) => ({
    carry: pairs[2 * i]!,
    next: pairs[2 * i + 1]!,
  }));
}
