/**
 * The meaning of a tensor graph: nodes are evaluated in order, and each element by its op's formula, in float64 without
 * rounding (i32 wraps). This is slow and plain on purpose: tests compare emitted code with it.
 */
import { applyMap, castTo, convert } from "../maps/apply-map.ts";
import { dtypeRows, isFloat, type Dtype } from "../dtype.ts";
import type { Graph, Node } from "./graph.ts";
import { Scans, type Scan } from "./scans.ts";
import { emptyRecord } from "../text/identifiers.ts";
import { reductions, type TensorOp } from "./primitives.ts";
import { firstWhere } from "../util/search.ts";
import { evaluateSize } from "../size/size.ts";
import { extents, typeText, type TensorType } from "../types.ts";

/** Numbers in row-major order. Every number but 0 is true. */
export interface Plain {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

export interface Evaluated {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export interface Evaluation {
  readonly outputs: Readonly<Record<string, Evaluated>>;
  /** The new values of buffers, by path. */
  readonly updates: Readonly<Record<string, Evaluated>>;
}

/** Makes another value of that of a node; it knows those before it by their ids, and the sizes with the numbers of steps. */
export type Disturb = (
  node: Node<TensorOp>,
  value: Evaluated,
  values: readonly Evaluated[],
  sizes: SizeValues,
) => Evaluated;

/** The values of the symbolic sizes. */
export type SizeValues = ReadonlyMap<string, number>;

/**
 * Evaluates a graph. `parameters` has parameters by path, and the results of `prepare` by name. `stored` is applied to
 * each float that a kernel would keep in memory, for example to round it; without it values stay as they are computed. `disturb`
 * gives what stands for the value of a node, for whoever asks what other values would lead to.
 */
export function evaluate(
  graph: Graph<TensorOp>,
  inputs: Readonly<Record<string, Plain>>,
  parameters: Readonly<Record<string, Plain>>,
  sizes: SizeValues = new Map(),
  stored?: (value: number) => number,
  disturb?: Disturb,
): Evaluation {
  const values: Evaluated[] = [];
  const scans = new Scans(graph.nodes);
  const steps = new Map(sizes);
  const given = (what: string, value: Plain | undefined, type: TensorType): Evaluated => {
    const shape = shapeOf(type, sizes);
    if (value === undefined) throw new Error(`${what} is not given`);
    if (value.data.length !== count(shape)) {
      throw new Error(
        `${what} has ${value.data.length} values where ${typeText(type)} is [${shape.join(", ")}]`,
      );
    }
    const { dtype } = type;
    return { dtype, shape, data: Float64Array.from(value.data, (x) => convert(x, dtype)) };
  };
  const evaluateNode = (node: Node<TensorOp>): void => {
    const { op } = node;
    const type = node.types[0]!;
    const operands = node.inputs.map((input) => {
      // What a step reads from outside may come after the first result of the loop.
      if (!values[input.node.id]) evaluateNode(input.node);
      return values[input.node.id]!;
    });
    if (op.kind === "input") values[node.id] = given(`input ${op.name}`, inputs[op.name], type);
    else if (op.kind === "parameter") {
      values[node.id] = given(`parameter ${op.path}`, parameters[op.path], type);
    } else if (op.kind === "prepared") {
      values[node.id] = given(`prepared ${op.name}`, parameters[op.name], type);
    } else if (op.kind === "carry" || op.kind === "last" || op.kind === "stack") {
      throw new Error(`${op.kind} is evaluated with its loop`);
    } else if (op.kind === "scatter") {
      const shape = shapeOf(type, steps);
      values[node.id] = {
        dtype: type.dtype,
        shape,
        data: scattered(op, operands, shape, type.dtype, stored),
      };
    } else {
      const shape = shapeOf(type, steps);
      const element = elementOf(op, operands, shape, steps, type.dtype);
      const data = fill(shape, type.dtype, element);
      values[node.id] = {
        dtype: type.dtype,
        shape,
        data: stored && isFloat(type.dtype) ? data.map(stored) : data,
      };
    }
    if (disturb) values[node.id] = disturb(node, values[node.id]!, values, steps);
  };
  const done = new Set<string>();
  /** Evaluates the nodes that run in exactly these loops, and the loops in them. */
  const evaluateIn = (loops: readonly string[]): void => {
    for (const node of graph.nodes) {
      const { op } = node;
      if (op.kind === "last" || op.kind === "stack") {
        const { step } = op.loop;
        const { around } = scans.all.get(step)!;
        if (around.length !== loops.length || done.has(step)) continue;
        if (!around.every((name) => loops.includes(name))) continue;
        runLoop(scans.all.get(step)!, loops);
        done.add(step);
      } else if (op.kind !== "carry") {
        const inside = scans.inside(node);
        if (inside.size === loops.length && loops.every((name) => inside.has(name))) evaluateNode(node);
      }
    }
  };
  const runLoop = ({ loop, states }: Scan, around: readonly string[]): void => {
    const inner = [...around, loop.step];
    const total = evaluateSize(loop.count, steps);
    const ends = graph.nodes.filter(
      ({ op }) => (op.kind === "last" || op.kind === "stack") && op.loop.step === loop.step,
    );
    const rows = new Map(ends.map((node) => [node, [] as Float64Array[]]));
    for (const { carry } of states) values[carry.id] = values[carry.inputs[0]!.node.id]!;
    for (let i = 0; i < total; i++) {
      steps.set(loop.step, loop.reverse ? total - 1 - i : i);
      for (const { loop: other, around: outside } of scans.all.values())
        if (outside.includes(loop.step)) done.delete(other.step);
      evaluateIn(inner);
      for (const node of ends) {
        const { data } = values[node.inputs[0]!.node.id]!;
        if (node.op.kind === "stack") rows.get(node)!.push(data);
      }
      const next = states.map((state) => values[state.next.id]!);
      states.forEach(({ carry }, at) => (values[carry.id] = next[at]!));
    }
    steps.delete(loop.step);
    for (const node of ends) {
      const type = node.types[0]!;
      const shape = shapeOf(type, steps);
      if (node.op.kind === "last") {
        values[node.id] = values[states[node.op.index]!.carry.id]!;
        continue;
      }
      const made = rows.get(node)!;
      const data = new Float64Array(count(shape));
      const size = total === 0 ? 0 : data.length / total;
      made.forEach((row, i) => data.set(row, (loop.reverse ? total - 1 - i : i) * size));
      values[node.id] = { dtype: type.dtype, shape, data };
    }
  };
  evaluateIn([]);
  const outputs = emptyRecord<Evaluated>();
  for (const { name, value } of graph.outputs) outputs[name] = values[value.node.id]!;
  const updates = emptyRecord<Evaluated>();
  for (const { path, value } of graph.updates) updates[path] = values[value.node.id]!;
  return { outputs, updates };
}

/** The shape of a type at these sizes. */
export function shapeOf(type: TensorType, sizes: SizeValues): number[] {
  return extents(type.shape).map((size) => evaluateSize(size, sizes));
}

/** Gives the element at an index of the result. */
type Element = (index: readonly number[]) => number;

function elementOf(
  op: Exclude<
    TensorOp,
    { kind: "input" | "parameter" | "prepared" | "scatter" | "carry" | "last" | "stack" }
  >,
  operands: readonly Evaluated[],
  shape: readonly number[],
  sizes: SizeValues,
  dtype: Dtype,
): Element {
  const [x, y] = operands as readonly [Evaluated, Evaluated];
  switch (op.kind) {
    case "map":
      return (index) => {
        const [a, b, c] = operands.map((operand) => at(operand, index));
        return applyMap(op.map, dtypeRows[dtype].wraps, a!, b, c);
      };
    case "copy":
      return (index) => at(x, index);
    case "cast":
      return (index) => castTo(dtype, at(x, index));
    case "reduce": {
      const { identity, combine } = reductions[op.reduce];
      const reduced = x.shape.map((size, axis) => (op.axes.includes(axis) ? size : 1));
      return (index) => {
        let result = identity;
        forEachIndex(reduced, (offset) => {
          const place = index.map((i, axis) => i + offset[axis]!);
          result = convert(applyMap(combine, false, result, at(x, place)), x.dtype);
        });
        return result;
      };
    }
    case "contract":
      return contraction(op.labels, x, y, dtype);
    case "window":
      return (index) => {
        const place = index.slice(0, -1);
        const { axis, stride, dilation, before } = op;
        place[axis] = place[axis]! * stride + index.at(-1)! * dilation - before;
        return place[axis] >= 0 && place[axis] < x.shape[axis]! ? at(x, place) : op.value;
      };
    case "sections": {
      const [whole, count] = [x.shape[op.axis]!, shape[op.axis]!];
      return (index) => {
        const place = index.slice(0, -1);
        const i = place[op.axis]!;
        const from = Math.floor((i * whole) / count);
        const end = Math.ceil(((i + 1) * whole) / count);
        place[op.axis] = from + index.at(-1)!;
        return place[op.axis]! < end ? at(x, place) : op.value;
      };
    }
    case "reshape": {
      const own = strides(shape);
      return (index) => x.data[offset(index, own)]!;
    }
    case "permute":
      return (index) => {
        const place: number[] = [];
        op.order.forEach((axis, i) => (place[axis] = index[i]!));
        return at(x, place);
      };
    case "diagonal":
      return (index) => at(x, index.toSpliced(op.axes[1], 0, index[op.axes[0]]!));
    case "broadcast":
      return (index) =>
        at(
          x,
          index.map((i, axis) => (x.shape[axis] === 1 ? 0 : i)),
        );
    case "slice": {
      const starts = op.starts.map((start) => evaluateSize(start, sizes));
      return (index) =>
        at(
          x,
          index.map((i, axis) => starts[axis]! + i * op.steps[axis]!),
        );
    }
    case "pad": {
      const before = op.before.map((size) => evaluateSize(size, sizes));
      return (index) => {
        const place = index.map((i, axis) => paddedPlace(op, i - before[axis]!, axis, x.shape[axis]!));
        return place.includes(-1) ? op.value : at(x, place);
      };
    }
    case "concat": {
      const starts = [0];
      for (const { shape } of operands) starts.push(starts.at(-1)! + shape[op.axis]!);
      return (index) => {
        const place = [...index];
        const k = firstWhere(operands.length, (i) => place[op.axis]! < starts[i + 1]!);
        if (k === operands.length) throw new Error("concat is shorter than its result");
        place[op.axis]! -= starts[k]!;
        return at(operands[k]!, place);
      };
    }
    case "gather":
      return (index) => {
        const { axis, batch } = op;
        const [outer, inner] = [index.slice(0, axis), index.slice(axis + y.shape.length - batch)];
        const place = at(y, [...index.slice(0, batch), ...index.slice(axis, index.length - inner.length)]);
        if (!(place >= 0 && place < x.shape[axis]!)) {
          throw new RangeError(`index ${place} is out of range: the table has ${x.shape[axis]} rows`);
        }
        return at(x, [...outer, place, ...inner]);
      };
    case "constant": {
      const value = evaluateSize(op.value, sizes);
      return () => value;
    }
    case "iota":
      return (index) => index[op.axis]!;
  }
}

/** Zeros with the updates put in their rows, one after the other. */
function scattered(
  { batch, add }: Extract<TensorOp, { kind: "scatter" }>,
  [updates, index]: readonly Evaluated[],
  shape: readonly number[],
  dtype: Dtype,
  stored: (value: number) => number = (value) => value,
): Float64Array {
  const data = new Float64Array(count(shape));
  const [rank, steps] = [index!.shape.length, strides(shape)];
  forEachIndex(updates!.shape, (place) => {
    const row = at(index!, place.slice(0, rank));
    if (!(row >= 0 && row < shape[batch]!)) {
      throw new RangeError(`index ${row} is out of range: there are ${shape[batch]} rows`);
    }
    const target = offset([...place.slice(0, batch), row, ...place.slice(rank)], steps);
    const value = at(updates!, place);
    data[target] = convert(add ? data[target]! + value : value, dtype);
  });
  return isFloat(dtype) ? data.map(stored) : data;
}

/** The operand's index for a position that is counted from the operand's first element; -1 where it has no element. */
function paddedPlace(
  op: Extract<TensorOp, { kind: "pad" }>,
  position: number,
  axis: number,
  size: number,
): number {
  if (op.mode === "replicate") return Math.min(Math.max(position, 0), size - 1);
  if (op.mode === "circular") return ((position % size) + size) % size;
  if (op.mode === "reflect") {
    const right = Math.abs(position);
    return right < size ? right : 2 * (size - 1) - right;
  }
  const place = position / (op.interior[axis]! + 1);
  return Number.isInteger(place) && place >= 0 && place < size ? place : -1;
}

function contraction(
  [left, right, result]: Extract<TensorOp, { kind: "contract" }>["labels"],
  x: Evaluated,
  y: Evaluated,
  dtype: Dtype,
): Element {
  const extentOf = new Map<number, number>();
  left.forEach((label, axis) => extentOf.set(label, x.shape[axis]!));
  right.forEach((label, axis) => extentOf.set(label, y.shape[axis]!));
  const summed = [...extentOf.keys()].filter((label) => !result.includes(label));
  return (index) => {
    const place = new Map<number, number>();
    result.forEach((label, axis) => place.set(label, index[axis]!));
    let sum = 0;
    forEachIndex(
      summed.map((label) => extentOf.get(label)!),
      (inner) => {
        summed.forEach((label, i) => place.set(label, inner[i]!));
        const a = at(
          x,
          left.map((label) => place.get(label)!),
        );
        const b = at(
          y,
          right.map((label) => place.get(label)!),
        );
        sum = convert(sum + applyMap("mul", dtypeRows[dtype].wraps, a, b), dtype);
      },
    );
    return sum;
  };
}

function fill(shape: readonly number[], dtype: Dtype, element: Element): Float64Array {
  const data = new Float64Array(count(shape));
  let next = 0;
  forEachIndex(shape, (index) => (data[next++] = convert(element(index), dtype)));
  return data;
}

function forEachIndex(shape: readonly number[], visit: (index: readonly number[]) => void): void {
  const index = shape.map(() => 0);
  for (let left = count(shape); left > 0; left--) {
    visit(index);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
}

function at({ shape, data }: Evaluated, index: readonly number[]): number {
  let place = 0;
  for (let axis = 0; axis < shape.length; axis++) place = place * shape[axis]! + index[axis]!;
  return data[place]!;
}

function offset(index: readonly number[], steps: readonly number[]): number {
  return index.reduce((sum, i, axis) => sum + i * steps[axis]!, 0);
}

function strides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => count(shape.slice(axis + 1)));
}

function count(shape: readonly number[]): number {
  return shape.reduce((result, size) => result * size, 1);
}
