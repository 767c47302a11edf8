/**
 * Builds a tensor graph. Asking twice for equal nodes gives the same node, so common subexpressions are eliminated as
 * the graph is built. Types are inferred, and operands are brought to one shape and dtype as PyTorch broadcasts and
 * promotes.
 */
import { promote, type Dtype, type NarrowDtype } from "../dtype.ts";
import type { Graph, Node, GraphValue } from "./graph.ts";
import type { Origin } from "./origin.ts";
import {
  mapDtype,
  type MapName,
  type PadMode,
  type ReduceName,
  type ScanLoop,
  type ScatterCombine,
  type TensorOp,
} from "./primitives.ts";
import { draws, type DrawName } from "./draws.ts";
import { rowOf } from "./ops.ts";
import { add, differ, floorDiv, key, mul, product, same, sub, sum, symbol, type Size } from "../size/size.ts";
import { neverNegative } from "../size/bounds.ts";
import { sizeText } from "../size/size-text.ts";
import { extent, sameShape, type TensorType } from "../types.ts";
import { exactText } from "../text/quoting.ts";

/** A value of the tensor graph. Its shape has no run, because expansion replaced the run by its product. */
export type Tensor = GraphValue<TensorOp>;

export type TensorNode = Node<TensorOp>;

export type TensorGraph = Graph<TensorOp>;

export class Builder {
  readonly nodes: TensorNode[] = [];
  /** The origin of every node that is made from now on. */
  origin: Origin | undefined;
  readonly #made = new Map<string, TensorNode>();
  #loops = 0;
  #lastDraw: Tensor | undefined;
  #draws = 0;

  /** The node with this op, these operands and this type; it is made at the first call. */
  make(op: TensorOp, inputs: readonly Tensor[], type: TensorType, hint?: string): Tensor {
    const text = nodeKey(op, inputs, type);
    let node = this.#made.get(text);
    if (!node) {
      const base = { id: this.nodes.length, op, inputs, types: [type], origin: this.origin };
      node = hint === undefined ? base : { ...base, hint };
      this.nodes.push(node);
      this.#made.set(text, node);
    }
    return { node, result: 0 };
  }

  input(name: string, type: TensorType): Tensor {
    return this.make({ kind: "input", name }, [], type, name);
  }

  parameter(path: string, type: TensorType, storage?: NarrowDtype): Tensor {
    const op = { kind: "parameter", path, ...(storage && { storage }) } as const;
    return this.make(op, [], type, path.slice(path.lastIndexOf(".") + 1));
  }

  /** A scalar constant, or a size as a scalar. */
  constant(value: number | Size, dtype: Dtype = "f32"): Tensor {
    return this.make({ kind: "constant", value }, [], { dtype, shape: [] });
  }

  /** A tensor whose elements all have one value. */
  full(sizes: readonly Size[], value: number | Size, dtype: Dtype = "f32"): Tensor {
    return this.broadcast(this.constant(value, dtype), sizes);
  }

  iota(sizes: readonly Size[], axis: number): Tensor {
    return this.make({ kind: "iota", axis }, [], { dtype: "i32", shape: sizes });
  }

  /** A map of operands, some of which may be numbers. Shapes broadcast and dtypes promote. */
  map(name: MapName, operands: readonly (Tensor | number)[], hint?: string): Tensor {
    const tensors = operands.map((operand) => (typeof operand === "number" ? undefined : operand));
    const given = tensors.filter((tensor) => tensor !== undefined);
    const sizes = broadcastSizes(given.map(sizesOf));
    // The first operand of select is a condition and takes no part in promotion.
    const promoted = name === "select" ? tensors.slice(1) : tensors;
    const dtype = promote(
      promoted.map((tensor, i) =>
        tensor ? dtypeOf(tensor) : numberDtype(operands[i + (name === "select" ? 1 : 0)] as number),
      ),
    );
    const ready = operands.map((operand, i) => {
      const want = name === "select" && i === 0 ? "bool" : dtype;
      const tensor = typeof operand === "number" ? this.constant(operand, want) : this.cast(operand, want);
      return this.broadcast(tensor, sizes);
    });
    const like = ready.at(-1)!.node.types[0]!;
    const result = mapDtype(name, dtype);
    const type = like.dtype === result ? like : { dtype: result, shape: sizes };
    return this.make({ kind: "map", map: name }, ready, type, hint);
  }

  add(x: Tensor | number, y: Tensor | number): Tensor {
    return this.map("add", [x, y]);
  }
  sub(x: Tensor | number, y: Tensor | number): Tensor {
    return this.map("sub", [x, y]);
  }
  mul(x: Tensor | number, y: Tensor | number): Tensor {
    return this.map("mul", [x, y]);
  }
  div(x: Tensor | number, y: Tensor | number): Tensor {
    return this.map("div", [x, y]);
  }
  select(condition: Tensor, x: Tensor | number, y: Tensor | number): Tensor {
    return this.map("select", [condition, x, y]);
  }

  cast(x: Tensor, dtype: Dtype): Tensor {
    if (dtypeOf(x) === dtype) return x;
    return this.make({ kind: "cast" }, [x], { dtype, shape: sizesOf(x) });
  }

  /** Reduces over `axes`, which stay in the shape with size 1. */
  reduce(name: ReduceName, x: Tensor, axes: readonly number[], hint?: string): Tensor {
    if (axes.length === 0) return x;
    const sorted = [...axes].sort((a, b) => a - b);
    const shape = sizesOf(x).map((size, axis) => (sorted.includes(axis) ? 1 : size));
    return this.make({ kind: "reduce", reduce: name, axes: sorted }, [x], { dtype: dtypeOf(x), shape }, hint);
  }

  /** Combines each element with those before it along `axis`. */
  prefix(name: ReduceName, x: Tensor, axis: number, hint?: string): Tensor {
    return this.make({ kind: "prefix", reduce: name, axis }, [x], x.node.types[0]!, hint);
  }

  /** The mean over `axes`, which stay in the shape with size 1. */
  mean(x: Tensor, axes: readonly number[], hint?: string): Tensor {
    const count = product(axes.map((axis) => sizesOf(x)[axis]!));
    return this.map("div", [this.reduce("sum", x, axes), this.constant(count)], hint);
  }

  contract(
    x: Tensor,
    y: Tensor,
    labels: readonly [readonly number[], readonly number[], readonly number[]],
    hint?: string,
  ): Tensor {
    const sizes = new Map<number, Size>();
    [x, y].forEach((operand, i) =>
      labels[i]!.forEach((label, axis) => sizes.set(label, sizesOf(operand)[axis]!)),
    );
    const dtype = promote([dtypeOf(x), dtypeOf(y)]);
    const shape = labels[2].map((label) => sizes.get(label)!);
    return this.make(
      { kind: "contract", labels },
      [this.cast(x, dtype), this.cast(y, dtype)],
      { dtype, shape },
      hint,
    );
  }

  window(
    x: Tensor,
    spec: {
      axis: number;
      size: number;
      stride: number;
      dilation: number;
      before: number;
      count: Size;
      value?: number;
    },
  ): Tensor {
    const { count, value = 0, ...op } = spec;
    const shape = sizesOf(x).map((size, axis) => (axis === spec.axis ? count : size));
    return this.make({ kind: "window", ...op, value }, [x], {
      dtype: dtypeOf(x),
      shape: [...shape, spec.size],
    });
  }

  sections(x: Tensor, axis: number, count: Size, value = 0): Tensor {
    const size = sectionSize(sizesOf(x)[axis]!, count);
    const shape = [...sizesOf(x).map((own, i) => (i === axis ? count : own)), size];
    return this.make({ kind: "sections", axis, count, size, value }, [x], { dtype: dtypeOf(x), shape });
  }

  reshape(x: Tensor, sizes: readonly Size[]): Tensor {
    if (sameShape(sizesOf(x), sizes)) return x; // reshape to the same shape -> x
    // reshape of reshape -> reshape
    let source = x;
    while (source.node.op.kind === "reshape") source = source.node.inputs[0]!;
    if (sameShape(sizesOf(source), sizes)) return source;
    return this.make({ kind: "reshape" }, [source], { dtype: dtypeOf(x), shape: sizes });
  }

  permute(x: Tensor, order: readonly number[]): Tensor {
    if (order.every((axis, i) => axis === i)) return x; // the identity permutation -> x
    const shape = order.map((axis) => sizesOf(x)[axis]!);
    return this.make({ kind: "permute", order }, [x], { dtype: dtypeOf(x), shape });
  }

  /** The elements whose indices on two axes of one size are equal. The second axis goes. */
  diagonal(x: Tensor, axes: readonly [number, number]): Tensor {
    const shape = sizesOf(x).filter((_, axis) => axis !== axes[1]);
    return this.make({ kind: "diagonal", axes }, [x], { dtype: dtypeOf(x), shape });
  }

  /** Broadcasts to `sizes` as PyTorch does: shapes are aligned at the last axis, and axes of size 1 are repeated. */
  broadcast(x: Tensor, sizes: readonly Size[]): Tensor {
    const own = sizesOf(x);
    if (own === sizes || sameShape(own, sizes)) return x;
    const missing = sizes.length - own.length;
    // An axis of size 1 is repeated. A size whose equality only the call can prove is replaced by the wanted one.
    const named = sizes.map((size, i) => (i < missing || own[i - missing] === 1 ? 1 : size));
    const aligned = this.reshape(x, named);
    if (sameShape(sizesOf(aligned), sizes)) return aligned;
    return this.make({ kind: "broadcast" }, [aligned], { dtype: dtypeOf(x), shape: sizes });
  }

  slice(x: Tensor, starts: readonly Size[], steps: readonly number[], sizes: readonly Size[]): Tensor {
    const whole = sizesOf(x);
    if (starts.every((start, i) => start === 0 && steps[i] === 1 && same(whole[i]!, sizes[i]!))) return x;
    return this.make({ kind: "slice", starts, steps }, [x], { dtype: dtypeOf(x), shape: sizes });
  }

  /** Pads to `sizes`, with the operand's first element at `before`. */
  pad(
    x: Tensor,
    sizes: readonly Size[],
    spec: { before: readonly Size[]; interior?: readonly number[]; mode?: PadMode; value?: number },
  ): Tensor {
    const { before, mode = "constant", value = 0, interior = before.map(() => 0) } = spec;
    const isDense = interior.every((count) => count === 0);
    const moves = before.some((size) => size !== 0) || !isDense;
    if (!moves && sameShape(sizesOf(x), sizes)) return x;
    // pad of pad with one value -> pad
    const { op, inputs } = x.node;
    const isSame = op.kind === "pad" && op.mode === "constant" && Object.is(op.value, value);
    if (isSame && mode === "constant" && isDense && showsAll(x.node)) {
      const both = before.map((size, axis) => add(size, op.before[axis]!));
      return this.pad(inputs[0]!, sizes, { before: both, interior: op.interior, value });
    }
    return this.make({ kind: "pad", mode, before, interior, value }, [x], {
      dtype: dtypeOf(x),
      shape: sizes,
    });
  }

  concat(parts: readonly Tensor[], axis: number): Tensor {
    if (parts.length === 1) return parts[0]!;
    const dtype = promote(parts.map(dtypeOf));
    const along = sum(parts.map((part) => sizesOf(part)[axis]!));
    const shape = sizesOf(parts[0]!).map((size, i) => (i === axis ? along : size));
    return this.make(
      { kind: "concat", axis },
      parts.map((part) => this.cast(part, dtype)),
      { dtype, shape },
    );
  }

  /**
   * The places along `axis` of `table` that `index` chooses. Both have the first `batch` axes in common. With `checked`,
   * the call refuses indices outside the table.
   */
  gather(
    table: Tensor,
    index: Tensor,
    { axis = 0, batch = 0, checked = true }: { axis?: number; batch?: number; checked?: boolean } = {},
  ): Tensor {
    const sizes = sizesOf(table);
    const shape = [...sizes.slice(0, axis), ...sizesOf(index).slice(batch), ...sizes.slice(axis + 1)];
    const op = { kind: "gather", axis, batch, checked, choice: false } as const;
    return this.make(op, [table, index], { dtype: dtypeOf(table), shape });
  }

  /**
   * Zeros, or `base`, with `updates` put in the rows that `index` names; the first `batch` axes stand for themselves. Updates are
   * combined with what is there, or the last one counts.
   */
  scatter(
    updates: Tensor,
    index: Tensor,
    rows: Size,
    {
      batch = 0,
      combine = "last",
      base,
    }: { readonly batch?: number; readonly combine?: ScatterCombine; readonly base?: Tensor } = {},
  ): Tensor {
    const [own, rank] = [sizesOf(updates), sizesOf(index).length];
    const shape = [...own.slice(0, batch), rows, ...own.slice(rank)];
    const operands = base ? [updates, index, base] : [updates, index];
    return this.make({ kind: "scatter", batch, combine }, operands, { dtype: dtypeOf(updates), shape });
  }

  /**
   * A loop of `count` steps. `step` makes the states after a step of those before it, and the values that are stacked along a new
   * first axis; `at` is the number of the step, by which slices read what differs from step to step.
   */
  scan(
    { count, begin, reverse = false }: { count: Size; begin: readonly Tensor[]; reverse?: boolean },
    body: (states: readonly Tensor[], at: Size) => { next: readonly Tensor[]; stacked: readonly Tensor[] },
  ): { readonly last: readonly Tensor[]; readonly stacked: readonly Tensor[] } {
    const loop: ScanLoop = { step: `step$${this.#loops++}`, count, reverse };
    const states = begin.map((x, index) => this.carry(loop, index, x));
    const made = body(states, symbol(loop.step));
    const next = made.next.map((x, i) => this.afterStep(loop, i, x, states[i]!));
    const pairs = states.flatMap((state, i) => [state, next[i]!]);
    const last = next.map((x, index) => this.last(loop, index, x, pairs));
    const rows = made.stacked.map((x) => this.stack(loop, x, pairs));
    return { last, stacked: rows };
  }

  /** A state of a loop before each step, which begins as `x`. */
  carry(loop: ScanLoop, index: number, x: Tensor): Tensor {
    return this.make({ kind: "carry", loop, index }, [x], x.node.types[x.result]!, "state");
  }

  /** What a step makes of a state. Another state is copied, as it is overwritten while others still read it. */
  afterStep(loop: ScanLoop, index: number, x: Tensor, state: Tensor): Tensor {
    const isOther = behindViews(x).op.kind === "carry" && x.node !== state.node;
    if (!isOther) return x;
    return this.make({ kind: "copy", for: `${loop.step}.${index}` }, [x], x.node.types[x.result]!);
  }

  /** The state after all steps. `pairs` has each state of the loop, and behind it what a step makes of it. */
  last(loop: ScanLoop, index: number, x: Tensor, pairs: readonly Tensor[]): Tensor {
    return this.make({ kind: "last", loop, index }, [x, ...pairs], x.node.types[x.result]!);
  }

  /** What all steps make, along a new first axis. */
  stack(loop: ScanLoop, x: Tensor, pairs: readonly Tensor[]): Tensor {
    const type = { dtype: dtypeOf(x), shape: [loop.count, ...sizesOf(x)] };
    return this.make({ kind: "stack", loop }, [x, ...pairs], type);
  }

  /** Random numbers, drawn after those that were asked for before. `x` is the operand of a distribution that reads one. */
  random(draw: DrawName, sizes: readonly Size[], numbers: readonly number[] = [], x?: Tensor): Tensor {
    const before = this.#lastDraw ? [this.#lastDraw] : [];
    const op = { kind: "random", draw, numbers, order: this.#draws++ } as const;
    const type = { dtype: draws[draw].dtype, shape: sizes };
    this.#lastDraw = this.make(op, x ? [x, ...before] : before, type, draw);
    return this.#lastDraw;
  }

  /** The elements that `index` chooses from a table of a few alternatives. The index is always inside the table. */
  choose(table: Tensor, index: Tensor): Tensor {
    const op = { kind: "gather", axis: 0, batch: 0, checked: false, choice: true } as const;
    return this.make(op, [table, index], { dtype: dtypeOf(table), shape: sizesOf(index) });
  }
}

/** The node whose elements a tensor shows. */
function behindViews({ node }: Tensor): TensorNode {
  let source = node;
  while (rowOf(source.op).role === "view") source = source.inputs[0]!.node;
  return source;
}

/** Whether a pad cuts nothing off. */
function showsAll(node: TensorNode): boolean {
  const { op, inputs } = node;
  if (op.kind !== "pad") return false;
  const [own, whole] = [sizesOf(inputs[0]!), sizesOf({ node, result: 0 })];
  return own.every((size, axis) => {
    const [before, step] = [op.before[axis]!, op.interior[axis]! + 1];
    const end = add(before, add(mul(sub(size, 1), step), 1));
    return neverNegative(before) && neverNegative(sub(whole[axis]!, end));
  });
}

/**
 * The size of the longest of the sections that cover an axis. With g the greatest common divisor of both sizes, no section
 * starts later than (count - g) / count after an element.
 */
export function sectionSize(whole: Size, count: Size): Size {
  const known = typeof whole === "number" && typeof count === "number";
  const common = known ? gcd(whole, count) : 1;
  const last = sub(add(whole, mul(2, count)), common + 1);
  return count === 0 ? 0 : floorDiv(last, count);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** The sizes of a tensor. There is no run among them, because expansion replaced it by its product. */
export function sizesOf(x: Tensor): readonly Size[] {
  return x.node.types[x.result]!.shape as readonly Size[];
}

export function dtypeOf(x: Tensor): Dtype {
  return x.node.types[x.result]!.dtype;
}

function numberDtype(value: number): Dtype {
  return Number.isInteger(value) ? "i32" : "f32"; // like Python's int and float, which take the dtype of a wider tensor
}

/** The sizes that all shapes broadcast to. Layers have checked that the shapes fit. */
export function broadcastSizes(shapes: readonly (readonly Size[])[]): readonly Size[] {
  const [first] = shapes;
  if (first && shapes.every((shape) => shape === first || sameShape(shape, first))) return first;
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    let result: Size = 1;
    for (const shape of shapes) {
      const size = shape[i - (rank - shape.length)];
      if (size === undefined || size === 1) continue;
      if (result !== 1 && differ(result, size)) {
        throw new Error(
          `sizes ${sizeText(result)} and ${sizeText(size)} do not broadcast (difference ${sizeText(sub(result, size))})`,
        );
      }
      if (result === 1 || typeof size === "number") result = size;
    }
    return result;
  });
}

function nodeKey(op: TensorOp, inputs: readonly Tensor[], type: TensorType): string {
  let operands = "";
  for (const input of inputs) operands += `${input.node.id},`;
  return `${opKey(op)}(${operands}):${typeKey(type)}`;
}

/** A text that is equal for equal ops and different for different ones. */
export function opKey(op: TensorOp): string {
  return `${op.kind} ${attributesKey(op)}`;
}

function attributesKey(op: TensorOp): string {
  switch (op.kind) {
    case "map":
      return op.map;
    case "reduce":
      return `${op.reduce} ${op.axes.join()}`;
    case "prefix":
      return `${op.reduce} ${op.axis}`;
    case "contract":
      return op.labels.map((labels) => labels.join()).join(";");
    case "window":
      return [op.axis, op.size, op.stride, op.dilation, op.before, exactText(op.value)].join();
    case "sections":
      return [op.axis, key(op.count), key(op.size), exactText(op.value)].join();
    case "permute":
      return op.order.join();
    case "diagonal":
      return op.axes.join();
    case "pad":
      return `${op.mode};${op.before.map(key).join()};${op.interior.join()};${exactText(op.value)}`;
    case "slice":
      return `${op.starts.map(key).join()};${op.steps.join()}`;
    case "concat":
    case "iota":
      return String(op.axis);
    case "gather":
      return [op.axis, op.batch, op.checked, op.choice].join();
    case "scatter":
      return `${op.batch} ${op.combine}`;
    case "random":
      return `${op.draw} ${op.order} ${op.numbers.map(exactText).join()}`;
    case "carry":
    case "last":
      return `${loopKey(op.loop)} ${op.index}`;
    case "stack":
      return loopKey(op.loop);
    case "constant":
      return typeof op.value === "number" ? exactText(op.value) : key(op.value);
    case "parameter":
      return op.storage ? `${op.path} ${op.storage}` : op.path;
    case "input":
      return op.name;
    case "prepared":
      return `${op.name} ${op.storage}`;
    case "copy":
      return op.for ?? "";
    case "cast":
    case "reshape":
    case "broadcast":
      return "";
  }
}

function loopKey({ step, count, reverse }: ScanLoop): string {
  return `${step} ${key(count)} ${reverse}`;
}

function typeKey({ dtype, shape }: TensorType): string {
  let text: string = dtype;
  for (const dim of shape) text += ` ${key(extent(dim))}`;
  return text;
}
