/** The formulas of the ops of the tensor graph: each element of a result from the values of the operands. */
import { applyMap, castTo, convert } from "../maps/apply-map.ts";
import { dtypeRows, type Dtype } from "../dtype.ts";
import { reductions, type TensorOp } from "./primitives.ts";
import { firstWhere } from "../util/search.ts";
import { evaluateSize } from "../size/size.ts";
import { extents, type TensorType } from "../types.ts";

export interface Evaluated {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** The values of the symbolic sizes. */
export type SizeValues = ReadonlyMap<string, number>;

/** The shape of a type at these sizes. */
export function shapeOf(type: TensorType, sizes: SizeValues): number[] {
  return extents(type.shape).map((size) => evaluateSize(size, sizes));
}

/** Gives the element at an index of the result. */
export type Element = (index: readonly number[]) => number;

/** The ops that have a formula for each element of the result. */
type ElementOp = Exclude<
  TensorOp,
  { kind: "input" | "parameter" | "prepared" | "prefix" | "scatter" | "random" | "carry" | "last" | "stack" }
>;

/** The formula of an op: each element of its result, from the values of its operands. */
export function elementOf(
  op: ElementOp,
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
          result = convert(applyMap(combine, dtypeRows[dtype].wraps, result, at(x, place)), x.dtype);
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

/** Each element combined with those before it along the axis. */
export function prefixes(
  { reduce, axis }: Extract<TensorOp, { kind: "prefix" }>,
  [x]: readonly Evaluated[],
  dtype: Dtype,
): Float64Array {
  const { shape, data } = x!;
  const step = count(shape.slice(axis + 1));
  const { identity, combine } = reductions[reduce];
  const result = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const isFirst = Math.floor(i / step) % shape[axis]! === 0;
    const before = isFirst ? identity : result[i - step]!;
    result[i] = convert(applyMap(combine, dtypeRows[dtype].wraps, before, data[i]), dtype);
  }
  return result;
}

/** Zeros, or the third operand, with the updates put in their rows, one after the other. */
export function scattered(
  { batch, combine }: Extract<TensorOp, { kind: "scatter" }>,
  [updates, index, base]: readonly Evaluated[],
  shape: readonly number[],
  dtype: Dtype,
): Float64Array {
  const data = base ? base.data.slice() : new Float64Array(count(shape));
  const [rank, steps] = [index!.shape.length, strides(shape)];
  forEachIndex(updates!.shape, (place) => {
    const row = at(index!, place.slice(0, rank));
    if (!(row >= 0 && row < shape[batch]!)) {
      throw new RangeError(`index ${row} is out of range: there are ${shape[batch]} rows`);
    }
    const target = offset([...place.slice(0, batch), row, ...place.slice(rank)], steps);
    const value = at(updates!, place);
    data[target] =
      combine === "last"
        ? convert(value, dtype)
        : convert(applyMap(combine, dtypeRows[dtype].wraps, data[target]!, value), dtype);
  });
  return data;
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

/** The values of a result, in row-major order. */
export function allElements(shape: readonly number[], dtype: Dtype, element: Element): Float64Array {
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

/** The number of elements of a shape. */
export function count(shape: readonly number[]): number {
  return shape.reduce((result, size) => result * size, 1);
}
