/**
 * Random tensor graphs. All their numbers are small integers, which float32 and float64 hold alike: however
 * a pass reorders sums or where it rounds, results are equal, so that every difference is a bug.
 */
import fc from "fast-check";
import { Builder, dtypeOf, sizesOf, type Tensor } from "../../compiler/ir/graph/builder.ts";
import type { Parameter } from "../../compiler/ir/graph/graph.ts";
import type { TensorGraph } from "../../compiler/ir/graph/builder.ts";
import {
  add,
  evaluateSize,
  floorDiv,
  key,
  mul,
  product,
  sub,
  symbol,
  type Size,
} from "../../compiler/ir/size/size.ts";

/** What one step of making a graph may choose from; each choice is taken modulo what there is. */
export type Step = readonly [op: number, x: number, y: number, detail: number];

export interface Recipe {
  readonly rank: number;
  readonly dims: readonly number[];
  readonly steps: readonly Step[];
  readonly outputs: readonly number[];
}

const natural = fc.nat({ max: 1000 });

export const recipes: fc.Arbitrary<Recipe> = fc.record({
  rank: fc.integer({ min: 1, max: 3 }),
  dims: fc.array(natural, { minLength: 6, maxLength: 6 }),
  steps: fc.array(fc.tuple(natural, natural, natural, natural), { minLength: 1, maxLength: 20, size: "max" }),
  outputs: fc.array(natural, { minLength: 0, maxLength: 3 }),
});

/** The sizes at which each graph runs. */
export const SIZES: readonly ReadonlyMap<string, number>[] = [
  new Map([["N", 1], ["M", 3]]),
  new Map([["N", 3], ["M", 1]]),
  new Map([["N", 17], ["M", 5]]),
]; // prettier-ignore

const EXTENTS: readonly Size[] = [1, 2, 3, 5, 17, symbol("N"), symbol("M")];

/** What a value is at most; more than this might not be exact. */
const MOST = 2 ** 20;
const LARGEST_SIZE = 17;
/** Tensors larger than this make the test slow. */
const ELEMENTS = 3000;

/** Values of inputs are integers from -3 to 3, indices are from 0 to `rows` - 1. */
export function graphOf(recipe: Recipe): TensorGraph {
  return new Growth(recipe).graph();
}

class Growth {
  readonly #b = new Builder();
  readonly #values: Tensor[] = [];
  /** By node: the largest absolute value. */
  readonly #bounds = new Map<Tensor["node"], number>();
  readonly #parameters: Parameter[] = [];
  readonly #recipe: Recipe;

  constructor(recipe: Recipe) {
    this.#recipe = recipe;
  }

  graph(): TensorGraph {
    const { rank, dims, steps, outputs } = this.#recipe;
    const sizes = dims.slice(0, rank).map((at) => pick(EXTENTS, at));
    // Every size is one of an input's.
    const inputs = [
      this.#b.input("x", { dtype: "f32", shape: this.#fitting(sizes) }),
      this.#b.input("z", { dtype: "f32", shape: [symbol("N"), symbol("M")] }),
    ];
    for (const input of inputs) this.#push(input, 3);
    for (const step of steps) this.#step(step);
    if (this.#values.length === 2) this.#push(this.#b.map("neg", [inputs[0]!]), 3);
    const chosen = [...new Set([this.#values.length - 1, ...outputs.map((at) => at % this.#values.length)])];
    return {
      name: "random",
      nodes: this.#b.nodes,
      inputs: inputs.map((value, i) => ({ name: "xz"[i]!, value })),
      outputs: chosen.map((at, i) => ({ name: `y${i}`, value: this.#values[at]! })),
      updates: [],
      parameters: this.#parameters,
      checks: [],
    };
  }

  /** The same sizes, cut where they would be too many elements. */
  #fitting(sizes: readonly Size[]): Size[] {
    const result: Size[] = [];
    for (const size of sizes) result.push(most(product([...result, size])) > ELEMENTS / 4 ? 2 : size);
    return result;
  }

  #push(tensor: Tensor, bound: number): void {
    if (most(product(sizesOf(tensor))) > ELEMENTS) return;
    if (bound > MOST && dtypeOf(tensor) !== "bool") {
      tensor = this.#b.map("mod", [tensor, 5]);
      bound = 4;
    }
    this.#bounds.set(tensor.node, dtypeOf(tensor) === "bool" ? 1 : bound);
    this.#values.push(tensor);
  }

  #bound(tensor: Tensor): number {
    return this.#bounds.get(tensor.node) ?? MOST;
  }

  #parameter(shape: readonly Size[]): Tensor {
    const path = `p${this.#parameters.length}`;
    const type = { dtype: "f32", shape } as const;
    this.#parameters.push({ path, aliases: [], role: "param", type, init: { kind: "constant", value: 0 } });
    const made = this.#b.parameter(path, type);
    this.#bounds.set(made.node, 3);
    return made;
  }

  #step([op, x, y, detail]: Step): void {
    const make = pick(STEPS, op);
    make.call(undefined, this.#toolsFor(pick(this.#values, x), pick(this.#values, y), detail));
  }

  #toolsFor(x: Tensor, y: Tensor, detail: number): Tools {
    return {
      b: this.#b,
      x,
      y,
      detail,
      bound: (tensor) => this.#bound(tensor),
      push: (tensor, bound) => this.#push(tensor, bound),
      parameter: (shape) => this.#parameter(shape),
    };
  }
}

interface Tools {
  readonly b: Builder;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly detail: number;
  bound(this: void, tensor: Tensor): number;
  push(this: void, tensor: Tensor, bound: number): void;
  parameter(this: void, shape: readonly Size[]): Tensor;
}

const STEPS: readonly ((tools: Tools) => void)[] = [
  unary,
  unary,
  binary,
  binary,
  binary,
  withParameter,
  withParameter,
  compare,
  select,
  reduce,
  reduce,
  normalize,
  broadcast,
  reshape,
  permute,
  slice,
  pad,
  concat,
  gather,
  scatter,
  prefix,
  contract,
  linear,
  window,
  cast,
  position,
  scan,
  scan,
];

/** A loop over the first axis with two states, which change places, or of which one is what the other was. */
function scan({ b, x, detail, bound, push }: Tools): void {
  const float = b.cast(x, "f32");
  const [count, ...row] = sizesOf(float);
  if (count === undefined) return;
  const zeros = row.map(() => 0);
  const ones = row.map(() => 1);
  const begin = [b.full(row, detail % 3), b.reshape(b.reduce("max", float, [0]), row)];
  const way = Math.floor(detail / 2) % 4;
  const { last, stacked } = b.scan({ count, begin, reverse: detail % 2 === 1 }, ([s, t], at) => {
    const own = b.reshape(b.slice(float, [at, ...zeros], [1, ...ones], [1, ...row]), row);
    const sum = b.map("mod", [b.add(b.mul(s!, 2), b.add(own, t!)), 5]);
    const next = [
      [sum, s!],
      [t!, s!],
      [sum, b.map("max", [t!, own])],
      [s!, sum],
    ][way]!;
    return { next, stacked: [b.add(sum, t!), s!] };
  });
  const largest = Math.max(bound(x), 4);
  for (const tensor of last) push(tensor, largest);
  for (const tensor of stacked) push(tensor, largest + 4);
}

function unary({ b, x, detail, bound, push }: Tools): void {
  const whole = dtypeOf(x) === "bool" ? b.cast(x, "i32") : x;
  const float = b.cast(x, "f32");
  switch (detail % 8) {
    case 0:
      return push(b.map("neg", [whole]), bound(x));
    case 1:
      return push(b.map("abs", [whole]), bound(x));
    case 2:
      return push(b.map("max", [whole, 0]), bound(x));
    case 3:
      return push(b.map("floor", [b.div(float, 2)]), bound(x) / 2 + 1);
    // Dear functions that are exact here: the sign, by what is flat far from 0, and powers.
    case 4:
      return push(b.map("tanh", [b.mul(float, 32)]), 1);
    case 5:
      return push(b.map("erf", [b.mul(float, 8)]), 1);
    case 6:
      return push(b.map("pow", [b.map("min", [b.map("max", [float, -2]), 2]), 3]), 8);
    default:
      return push(b.map("sqrt", [b.mul(float, float)]), bound(x));
  }
}

function binary({ b, x, y, detail, bound, push }: Tools): void {
  const other = matching(b, y, sizesOf(x));
  const [p, q] = [bound(x), bound(y)];
  const [left, right] = [x, other].map((side) => (dtypeOf(side) === "bool" ? b.cast(side, "i32") : side)) as [Tensor, Tensor]; // prettier-ignore
  switch (detail % 5) {
    case 0:
      return push(b.sub(left, right), p + q);
    case 1:
      return push(b.mul(left, right), p * q);
    case 2:
      return push(b.map("max", [left, right]), Math.max(p, q));
    case 3:
      return push(b.map("min", [left, right]), Math.max(p, q));
    default:
      return push(b.add(left, right), p + q);
  }
}

/** A scale or a shift of one axis, as norms and activations have them. */
function withParameter({ b, x, detail, bound, push, parameter }: Tools): void {
  const sizes = sizesOf(x);
  const axis = sizes.findLastIndex((size) => typeof size === "number");
  const shape = sizes.map((size, i) => (i === axis ? size : 1));
  const p = b.reshape(parameter(axis < 0 ? [] : [sizes[axis]!]), shape);
  const used = detail % 4 < 2 ? p : b.mul(p, p);
  const most = detail % 4 < 2 ? 3 : 9;
  if (detail % 2 === 0) push(b.mul(b.cast(x, "f32"), used), bound(x) * most);
  else push(b.add(b.cast(x, "f32"), used), bound(x) + most);
}

function compare({ b, x, y, detail, push }: Tools): void {
  const other = detail % 2 === 0 ? matching(b, y, sizesOf(x)) : 0;
  const name = pick(["lt", "le", "eq"] as const, detail);
  const result = b.map(name, [x, other]);
  push(detail % 5 === 0 ? b.map("not", [result]) : result, 1);
}

function select({ b, x, y, detail, bound, push, parameter }: Tools): void {
  const condition = dtypeOf(x) === "bool" ? x : b.map("lt", [0, x]);
  const other = matching(b, y, sizesOf(condition));
  const most = Math.max(bound(x), bound(y), 3);
  switch (detail % 3) {
    case 0:
      return push(b.select(condition, 0, b.cast(other, "f32")), most);
    case 1:
      return push(b.select(condition, 1, parameter([])), most);
    default:
      return push(b.select(condition, x, other), most);
  }
}

function reduce({ b, x, detail, bound, push }: Tools): void {
  const sizes = sizesOf(x);
  if (sizes.length === 0) return;
  const axes = sizes.map((_, axis) => axis).filter((axis) => ((detail >> (axis + 2)) & 1) === 1 || axis === detail % sizes.length); // prettier-ignore
  const whole = dtypeOf(x) === "bool" ? b.cast(x, "i32") : x;
  const name = pick(["sum", "max", "min"] as const, detail);
  const count = most(product(axes.map((axis) => sizes[axis]!)));
  const result = b.reduce(name, whole, axes);
  push(result, name === "sum" ? bound(x) * count : bound(x));
}

/** Sums, maxima or minima along an axis. */
function prefix({ b, x, detail, bound, push }: Tools): void {
  const sizes = sizesOf(x);
  if (sizes.length === 0) return;
  const axis = detail % sizes.length;
  const whole = dtypeOf(x) === "bool" ? b.cast(x, "i32") : x;
  const name = pick(["sum", "max", "min"] as const, detail);
  push(b.prefix(name, whole, axis), name === "sum" ? bound(x) * most(sizes[axis]!) : bound(x));
}

/** x minus a statistic of x: the shape of all norms. */
function normalize({ b, x, detail, bound, push }: Tools): void {
  const sizes = sizesOf(x);
  if (sizes.length === 0) return;
  const whole = b.cast(x, "f32");
  const axis = detail % sizes.length;
  const centre = b.reduce(pick(["max", "min"] as const, detail), whole, [axis]);
  const moved = b.sub(whole, centre);
  const spread = b.reduce("sum", b.mul(moved, moved), [axis]);
  const most_ = bound(x) * 2;
  if (detail % 3 === 0) push(moved, most_);
  else push(b.add(moved, spread), most_ + most_ ** 2 * most(sizes[axis]!));
}

function broadcast({ b, x, detail, bound, push }: Tools): void {
  const sizes = sizesOf(x).map((size, axis) => (size === 1 ? pick(EXTENTS, detail + axis) : size));
  push(b.broadcast(x, sizes.length < 3 && detail % 2 === 0 ? [pick(EXTENTS, detail), ...sizes] : sizes), bound(x)); // prettier-ignore
}

function reshape({ b, x, detail, bound, push }: Tools): void {
  const sizes = sizesOf(x);
  const axis = sizes.length === 0 ? 0 : detail % sizes.length;
  const size = sizes[axis];
  switch (detail % 4) {
    case 0:
      return push(b.reshape(x, [product(sizes)]), bound(x));
    case 1: // merge two
      if (sizes.length < 2) return;
      return push(b.reshape(x, [mul(sizes[0]!, sizes[1]!), ...sizes.slice(2)]), bound(x));
    case 2: // a new axis of size 1
      if (sizes.length > 3) return;
      return push(b.reshape(x, [...sizes.slice(0, axis), 1, ...sizes.slice(axis)]), bound(x));
    default: // split in two
      if (size !== undefined && sizes.length < 4) {
        const doubled = b.concat([x, x], axis);
        push(b.reshape(doubled, [...sizes.slice(0, axis), 2, size, ...sizes.slice(axis + 1)]), bound(x));
      }
  }
}

function permute({ b, x, detail, bound, push }: Tools): void {
  const rank = sizesOf(x).length;
  if (rank < 2) return;
  const order = Array.from({ length: rank }, (_, i) => i);
  const [i, j] = [detail % rank, (detail + 1 + (detail >> 3)) % rank];
  [order[i], order[j]] = [order[j]!, order[i]!];
  push(b.permute(x, order), bound(x));
}

function slice({ b, x, detail, bound, push }: Tools): void {
  const sizes = sizesOf(x);
  if (sizes.length === 0) return;
  const axis = detail % sizes.length;
  const size = sizes[axis]!;
  const [start, step, length] = cut(size, detail);
  const only = <T>(value: T, others: T): T[] => sizes.map((_, i) => (i === axis ? value : others));
  const result = b.slice(x, only<Size>(start, 0), only(step, 1), sizes.map((whole, i) => (i === axis ? length : whole))); // prettier-ignore
  push(result, bound(x));
}

/** By one before and up to two behind, in every mode that the size allows. */
function pad({ b, x, detail, bound, push }: Tools): void {
  const sizes = sizesOf(x);
  if (sizes.length === 0) return;
  const axis = detail % sizes.length;
  const size = sizes[axis]!;
  const modes = ["constant", "replicate", "circular", "reflect"] as const;
  // Mirroring needs a second element.
  const mode = modes[detail % (typeof size === "number" && size > 1 ? 4 : 2)]!;
  const inside = mode === "constant" && detail % 3 === 0 ? 1 : 0;
  const spread = add(mul(sub(size, 1), inside + 1), 1);
  const result = sizes.map((whole, i) => (i === axis ? add(spread, 1 + (detail % 2)) : whole));
  const only = <T>(value: T, others: T): T[] => sizes.map((_, i) => (i === axis ? value : others));
  const spec = {
    mode,
    before: only<Size>(1, 0),
    interior: only(inside, 0),
    value: detail % (dtypeOf(x) === "bool" ? 2 : 7),
  };
  push(b.pad(x, result, spec), Math.max(bound(x), 7));
}

/** The first half rounded up, every second element, all in reverse, or (of a number) all but the first. */
function cut(size: Size, detail: number): [start: Size, step: number, length: Size] {
  const half = floorDiv(add(size, 1), 2);
  if (detail % 4 === 0) return [0, 1, half];
  if (detail % 4 === 1) return [0, 2, half];
  if (detail % 4 === 2) return [sub(size, 1), -1, size];
  return typeof size === "number" && size > 1 ? [1, 1, size - 1] : [0, 1, size];
}

function concat({ b, x, y, detail, bound, push }: Tools): void {
  const sizes = sizesOf(x);
  if (sizes.length === 0) return;
  const axis = detail % sizes.length;
  const other = detail % 2 === 0 ? x : matching(b, y, sizes);
  push(b.concat([x, other, ...(detail % 5 === 0 ? [x] : [])], axis), Math.max(bound(x), bound(y)));
}

/** Rows of a parameter, or places along an axis of a value, by another value made an index. */
function gather({ b, x, y, detail, bound, push, parameter }: Tools): void {
  const axis = sizesOf(x).length > 0 && detail % 2 === 1 ? (detail >> 1) % sizesOf(x).length : 0;
  const rows = detail % 2 === 0 ? undefined : sizesOf(x)[axis];
  const table = rows === undefined ? parameter([5, 3]) : x;
  const index = rows === undefined ? x : y;
  const whole = b.cast(b.map("mod", [b.cast(index, "i32"), b.constant(rows ?? 5, "i32")]), "i32");
  if (sizesOf(index).length + sizesOf(table).length > 5) return;
  // Values of one shape may have their first axes in common.
  const shared = sizesOf(index).findIndex((size, i) => i >= axis || key(size) !== key(sizesOf(table)[i]!));
  const batch = detail % 5 === 0 && rows !== undefined && shared > 0 ? shared : 0;
  push(b.gather(table, whole, { axis, batch, checked: detail % 3 !== 0 }), bound(table));
}

/** Values put where another value says, made an index: some places get several, some none. */
function scatter({ b, x, y, detail, bound, push }: Tools): void {
  const [own, places] = [sizesOf(x), sizesOf(y)];
  const rank = places.findIndex((size, axis) => axis >= own.length || key(size) !== key(own[axis]!));
  const shared = rank < 0 ? places.length : rank;
  if (shared < places.length || own.length > 4) return;
  const rows = 1 + (detail % 4);
  const batch = detail % (shared + 1);
  const index = b.cast(b.map("mod", [b.cast(y, "i32"), b.constant(rows, "i32")]), "i32");
  const combine = pick(["add", "last", "max", "last", "min"] as const, detail);
  const add = combine === "add";
  const updates = combine !== "last" && dtypeOf(x) === "bool" ? b.cast(x, "i32") : x;
  const count = product(own.slice(batch, shared));
  push(
    b.scatter(updates, index, rows, { batch, combine }),
    add ? bound(x) * (typeof count === "number" ? count : MOST) : bound(x),
  );
}

/** x @ x or x @ permuted y where they fit, in any layout. */
function contract({ b, x, y, detail, bound, push }: Tools): void {
  const sizes = sizesOf(x);
  if (sizes.length === 0 || sizes.length > 3) return;
  const other = sizesOf(y).length <= 2 ? y : x;
  const labels = sizes.map((_, i) => i);
  // Axes of equal size may share a label: which do is up to the details.
  const right = sizesOf(other).map((size, i) => {
    const shared = sizes.findIndex((own, at) => at >= (detail >> i) % 2 && key(own) === key(size));
    return shared < 0 ? 10 + i : shared;
  });
  if (new Set(right).size < right.length) return;
  const all = [...new Set([...labels, ...right])];
  const summed = all.filter((label, i) => labels.includes(label) === right.includes(label) && (detail >> i) % 2 === 0); // prettier-ignore
  const kept = all.filter((label) => !summed.includes(label));
  const count = most(product(summed.map((label) => sizes[label] ?? sizesOf(other)[right.indexOf(label)]!)));
  const [left_, right_] = [x, other].map((side) => b.cast(side, "f32")) as [Tensor, Tensor];
  push(b.contract(left_, right_, [labels, right, kept]), bound(x) * bound(other) * count);
}

/** With a weight, a bias and an activation: what `fold` and epilogues look for. */
function linear({ b, x, detail, bound, push, parameter }: Tools): void {
  const sizes = sizesOf(x);
  const last = sizes.at(-1);
  if (typeof last !== "number") return;
  const out = 1 + (detail % 9);
  const labels = sizes.map((_, i) => i);
  const weight = parameter([out, last]);
  let y = b.contract(b.cast(x, "f32"), weight, [
    labels,
    [10, sizes.length - 1],
    [...labels.slice(0, -1), 10],
  ]);
  let most_ = bound(x) * 3 * last;
  if (detail % 2 === 0) [y, most_] = [b.add(y, parameter([out])), most_ + 3];
  if (detail % 3 === 0) [y, most_] = [b.mul(y, parameter([out])), most_ * 3];
  if (detail % 5 === 0) [y, most_] = [b.add(y, parameter([out])), most_ + 3];
  push(detail % 7 === 0 ? b.map("max", [y, 0]) : y, most_);
}

/** A window that is summed, or of which the greatest is taken, at once: it is never stored. */
function window({ b, x, detail, bound, push }: Tools): void {
  const sizes = sizesOf(x);
  if (sizes.length === 0 || sizes.length > 3) return;
  const axis = detail % sizes.length;
  const size = 1 + (detail % 3);
  const stride = 1 + (detail % 2);
  const before = Math.floor(size / 2);
  const count = floorDiv(add(sizes[axis]!, stride - 1), stride);
  const spec = { axis, size, stride, dilation: 1 + ((detail >> 4) % 2), before, count };
  const values = b.cast(x, "f32");
  if (detail % 5 === 0) {
    // Where no element is inside of a window, the greatest is the value outside.
    const value = -bound(x);
    push(b.reduce("max", b.window(values, { ...spec, value }), [sizes.length]), bound(x));
  } else push(b.reduce("sum", b.window(values, spec), [sizes.length]), bound(x) * size);
}

function cast({ b, x, detail, bound, push }: Tools): void {
  push(b.cast(x, pick(["f32", "i32", "bool"] as const, detail)), bound(x));
}

function position({ b, x, detail, push }: Tools): void {
  const sizes = sizesOf(x);
  if (sizes.length === 0) return;
  const at = b.iota(sizes, detail % sizes.length);
  push(detail % 2 === 0 ? b.add(b.mul(at, 2), 1) : b.map("neg", [at]), 2 * LARGEST_SIZE ** 4 + 1);
}

/** A tensor of these sizes made of another one, whatever its own. */
function matching(b: Builder, y: Tensor, sizes: readonly Size[]): Tensor {
  const own = sizesOf(y);
  const missing = sizes.length - own.length;
  if (missing >= 0 && own.every((size, i) => size === 1 || key(size) === key(sizes[i + missing]!))) {
    return b.broadcast(y, sizes);
  }
  const whole = dtypeOf(y) === "bool" ? b.cast(y, "i32") : y;
  const axes = own.map((_, axis) => axis);
  return b.broadcast(b.reshape(b.reduce("max", whole, axes), []), sizes);
}

function pick<T>(from: readonly T[], at: number): T {
  return from[at % from.length]!;
}

/** The largest that a size gets. */
function most(size: Size): number {
  return evaluateSize(size, new Map([["N", LARGEST_SIZE], ["M", 5]])); // prettier-ignore
}
