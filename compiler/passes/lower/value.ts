/** Makes the scalar expression of one element of a tensor, at given indices. */
import { sizesOf, type Tensor, type TensorNode } from "../../ir/graph/builder.ts";
import { dtypeRows, isFloat, isInteger, isNarrow, type Dtype } from "../../ir/dtype.ts";
import { castTo } from "../../ir/maps/apply-map.ts";
import {
  scalar,
  type Expression,
  type Expressions,
  type KernelBuffer,
  type PlanType,
} from "../../ir/plan/plan.ts";
import type { PadMode, TensorOp } from "../../ir/graph/primitives.ts";
import { axisGroups } from "../../ir/graph/reshape.ts";
import { add, floorDiv, key, max, min, mod, mul, neg, same, sub, type Size } from "../../ir/size/size.ts";
import { elements, strides } from "../../ir/types.ts";
import type { Target } from "../../target/target.ts";
import { reach } from "../../ir/graph/views.ts";
import { isExactAsFloat, neverWraps } from "./range.ts";
import { widened } from "./widened.ts";

/** Where the values of nodes come from that are not computed in place. */
export interface Sources {
  readonly target: Target;
  /** The kernel's buffer that holds a node, if one does. */
  readonly bufferOf: (node: TensorNode) => Pick<KernelBuffer, "name" | "dtype"> | undefined;
  /** The type of a node's elements if an earlier loop of this kernel computes it. */
  readonly stagedType: (node: TensorNode) => PlanType | undefined;
  /** Whether maps of floats are computed in float64, whatever the target computes in. */
  readonly wide: boolean;
  /** The values to take a node from instead, if it must be the same number there as in other loops. */
  readonly insteadOf?: (node: TensorNode) => ElementValues | undefined;
}

/** A use of a value that an earlier loop of the kernel computes. */
export interface Read {
  readonly node: TensorNode;
  readonly index: readonly Size[];
}

export class ElementValues {
  /** The reads by the id of the placeholder expression of each. */
  readonly reads: Map<number, Read>;
  readonly #pool: Expressions;
  readonly #sources: Sources;
  /** The elements in memory of narrow weights, by the ids of their values. */
  readonly #narrow = new Map<number, Expression>();
  /** The expressions by node and index: a value that several others use is computed once. */
  readonly #known = new Map<string, Expression>();

  constructor(pool: Expressions, sources: Sources, reads: Map<number, Read>) {
    this.#pool = pool;
    this.#sources = sources;
    this.reads = reads;
  }

  /** The element of an operand: read from memory, taken from an earlier loop, or computed here. */
  at({ node }: Tensor, index: readonly Size[]): Expression {
    const buffer = this.#sources.bufferOf(node);
    if (buffer !== undefined) return this.#load(buffer, node, flatIndex(index, sizesOf({ node, result: 0 })));
    const staged = this.#sources.stagedType(node);
    if (staged) return this.#staged(node, index, staged);
    const other = this.#sources.insteadOf?.(node);
    if (other) return other.at({ node, result: 0 }, index);
    const place = `${node.id}[${index.map(key).join(",")}]`;
    let value = this.#known.get(place);
    if (!value) {
      value = this.compute(node, index);
      this.#pool.setHint(value, node.hint);
      this.#known.set(place, value);
    }
    return value;
  }

  /** The expression of a node's element from its operands; for a reduction, of the element that is reduced. */
  compute(node: TensorNode, index: readonly Size[]): Expression {
    const pool = this.#pool;
    const { op, inputs } = node;
    const [x] = inputs as [Tensor];
    switch (op.kind) {
      case "constant":
        return typeof op.value === "number"
          ? this.#constant(op.value, this.#typeOf(node))
          : this.#size(op.value, node);
      case "iota":
        return pool.size(index[op.axis]!);
      case "map":
        return this.#map(node, index);
      case "cast":
        return pool.cast(this.at(x, index), this.#castType(node, x.node));
      case "copy":
      case "carry":
        return this.at(x, index);
      case "permute": {
        const source = new Array<Size>(index.length);
        op.order.forEach((axis, i) => (source[axis] = index[i]!));
        return this.at(x, source);
      }
      case "diagonal":
        return this.at(x, index.toSpliced(op.axes[1], 0, index[op.axes[0]]!));
      case "broadcast":
        return this.at(
          x,
          sizesOf(x).map((size, axis) => (size === 1 ? 0 : index[axis]!)),
        );
      case "slice":
        return this.at(
          x,
          index.map((at, axis) => add(op.starts[axis]!, mul(at, op.steps[axis]!))),
        );
      case "reshape":
        return this.#reshaped(x, sizesOf({ node, result: 0 }), index);
      case "window": {
        const at = sub(add(mul(index[op.axis]!, op.stride), mul(index.at(-1)!, op.dilation)), op.before);
        const source = index.slice(0, -1).map((i, axis) => (axis === op.axis ? at : i));
        const below = sizesOf(x)[op.axis]!;
        return pool.guard(this.at(x, source), { at, below, fallback: op.value });
      }
      case "sections": {
        const [i, k, whole] = [index[op.axis]!, index.at(-1)!, sizesOf(x)[op.axis]!];
        const start = floorDiv(mul(i, whole), op.count);
        const source = index.slice(0, -1).map((at, axis) => (axis === op.axis ? add(start, k) : at));
        // ceil((i + 1) * whole / count)
        const end = floorDiv(add(mul(add(i, 1), whole), sub(op.count, 1)), op.count);
        return pool.guard(this.at(x, source), { at: k, below: sub(end, start), fallback: op.value });
      }
      case "pad": {
        const { mode, before } = op;
        if (mode === "constant") return this.#padded(x, op, index, sizesOf({ node, result: 0 }));
        return this.at(
          x,
          index.map((i, axis) => {
            const [own, whole] = [sizesOf(x)[axis]!, sizesOf({ node, result: 0 })[axis]!];
            const isWhole = before[axis] === 0 && same(own, whole);
            return isWhole ? i : folded(mode, i, { before: before[axis]!, own, whole });
          }),
        );
      }
      case "gather":
        return this.#gather(node, index);
      case "reduce":
      case "prefix":
      case "contract":
      case "concat":
      case "scatter":
      case "random":
      case "last":
      case "stack":
      case "parameter":
      case "input":
      case "prepared":
        throw new Error(`${op.kind} has no element of its own`);
    }
  }

  /** The type in which a kernel computes a node's elements: float64 if an operand is, as what comes from sums may be. */
  #typeOf(node: TensorNode, operands: readonly Expression[] = []): PlanType {
    const { target, wide } = this.#sources;
    const dtype = target.computes[node.types[0]!.dtype];
    const isWide = isFloat(dtype) && (wide || operands.some((operand) => operand.type.dtype === "f64"));
    return scalar(isWide ? "f64" : dtype);
  }

  #constant(value: number, type: PlanType): Expression {
    return this.#pool.number(isFloat(type.dtype) ? castTo(type.dtype, value) : value, type);
  }

  /** A size among values of a node's dtype. Not all sizes are a float32: counts meet sums, which are float64. */
  #size(size: Size, node: TensorNode): Expression {
    const value = this.#pool.size(size);
    return this.#typeOf(node).dtype === "f32" ? this.#pool.cast(value, scalar("f64")) : value;
  }

  /**
   * The type of a cast. An integer that becomes a float is rounded to float32, as in PyTorch, unless float32 has all
   * values of the integer.
   */
  #castType(node: TensorNode, from: TensorNode): PlanType {
    const { dtype } = node.types[0]!;
    const rounds = isFloat(dtype) && isInteger(from.types[0]!.dtype) && !isExactAsFloat(from);
    return rounds ? scalar(dtype) : this.#typeOf(node);
  }

  #map(node: TensorNode, index: readonly Size[]): Expression {
    if (node.op.kind !== "map") throw new Error("not a map");
    const operands = node.inputs.map((input) => this.at(input, index));
    const integer = dtypeRows[node.types[0]!.dtype].wraps;
    const [a, b] = operands.map(asSize);
    if (integer && a !== undefined && b !== undefined && neverWraps(node)) {
      if (node.op.map === "add") return this.#pool.size(add(a, b));
      if (node.op.map === "sub") return this.#pool.size(sub(a, b));
      if (node.op.map === "mul") return this.#pool.size(mul(a, b));
    }
    const split = this.#inFloat32(node, operands);
    return split ?? this.#pool.map(node.op.map, operands, this.#typeOf(node, operands));
  }

  /**
   * A map of full size in float32, where float64 comes from sums that are repeated: x - mean. What is added is split in two
   * float32 numbers, (x - high) - low, so that x near its mean keeps its digits. Undefined where float64 stays.
   */
  #inFloat32(node: TensorNode, operands: readonly Expression[]): Expression | undefined {
    const { target, wide } = this.#sources;
    if (wide || node.op.kind !== "map" || node.types[0]!.dtype !== "f32" || target.computes.f32 === "f64")
      return undefined;
    const isWide = operands.map(({ type }) => type.dtype === "f64");
    const count = countOf(node);
    const isRepeated = node.inputs.map((input) => !same(countOf(reach(input).node), count));
    if (!isWide.includes(true) || isWide.some((own, i) => own && !isRepeated[i])) return undefined;
    if (isWide.every((own, i) => own || isRepeated[i])) return undefined;
    const type = scalar("f32");
    const pool = this.#pool;
    const high = operands.map((e) => (e.type.dtype === "f64" ? pool.cast(e, type) : e));
    const at = isWide.indexOf(true);
    const value = pool.map(node.op.map, high, type);
    if (node.op.map !== "add" && !(node.op.map === "sub" && at === 1)) return value;
    const low = pool.cast(pool.map("sub", [operands[at]!, high[at]!], scalar("f64")), type);
    // What is infinite, or beyond the largest float32, has no second part.
    const isFinite = pool.map("lt", [pool.map("abs", [high[at]!], type), pool.number(Infinity, type)], scalar("bool")); // prettier-ignore
    const second = pool.map("select", [isFinite, low, pool.number(0, type)], type);
    return pool.map(node.op.map, [value, second], type);
  }

  #reshaped(source: Tensor, sizes: readonly Size[], index: readonly Size[]): Expression {
    const buffer = this.#sources.bufferOf(source.node);
    // A reshape does not move data: the row-major position is the same before and after.
    if (buffer !== undefined) return this.#load(buffer, source.node, flatIndex(index, sizes));
    const from = sizesOf(source);
    const at: Size[] = from.map(() => 0);
    for (const group of axisGroups(from, sizes)) {
      const flat = flatIndex(
        group.to.map((axis) => index[axis]!),
        group.to.map((axis) => sizes[axis]!),
      );
      const steps = strides(group.from.map((axis) => from[axis]!));
      group.from.forEach((axis, i) => {
        const quotient = floorDiv(flat, steps[i]!);
        at[axis] = i === 0 ? quotient : mod(quotient, from[axis]!);
      });
    }
    return this.at(source, at);
  }

  /** The operand's element inside its bounds, guarded axis by axis; the pad's value elsewhere. */
  #padded(
    x: Tensor,
    op: Extract<TensorOp, { kind: "pad" }>,
    index: readonly Size[],
    result: readonly Size[],
  ): Expression {
    const sizes = sizesOf(x);
    const guards: { at: Size; below: Size }[] = [];
    const source = index.map((i, axis) => {
      const [before, step] = [op.before[axis]!, op.interior[axis]! + 1];
      const at = sub(i, before);
      const last = mul(sub(sizes[axis]!, 1), step);
      if (before !== 0 || !same(sizes[axis]!, result[axis]!)) guards.push({ at, below: add(last, 1) });
      // Positions between two elements have a remainder that is not 0.
      if (step > 1) guards.push({ at: neg(mod(at, step)), below: 1 });
      return floorDiv(at, step);
    });
    const operand = this.at(x, source);
    return guards.reduce(
      (inner, guard) => this.#pool.guard(inner, { ...guard, fallback: op.value }),
      operand,
    );
  }

  #gather(node: TensorNode, index: readonly Size[]): Expression {
    if (node.op.kind !== "gather") throw new Error("not a gather");
    const pool = this.#pool;
    const { axis, batch, checked } = node.op;
    const [table, indices] = node.inputs as [Tensor, Tensor];
    const sizes = sizesOf(table);
    const stride = strides(sizes)[axis]!;
    // The axes of the index stand in the place of the table's axis.
    const end = axis + sizesOf(indices).length - batch;
    let at = flatIndex([...index.slice(0, axis), 0, ...index.slice(end)], sizes);
    let position = this.at(indices, [...index.slice(0, batch), ...index.slice(axis, end)]);
    if (checked) {
      position = pool.checked(position, sizes[axis]!, callerOf(node));
    } else if (position.kind === "map" && position.map === "add" && position.operands[0]!.kind === "size") {
      // The part of an index that is a size joins the offset: table[2 * c + (x > 0)].
      at = add(at, mul(position.operands[0]!.size, stride));
      position = position.operands[1]!;
    }
    const { name, dtype } = this.#memory(table);
    return pool.load(name, this.#loaded(table.node, dtype), at, { index: position, stride });
  }

  /** The buffer of a table. `materialize` made sure that there is one. */
  #memory(table: Tensor): Pick<KernelBuffer, "name" | "dtype"> {
    let { node } = table;
    while (node.op.kind === "reshape") node = node.inputs[0]!.node;
    const buffer = this.#sources.bufferOf(node);
    if (buffer === undefined) throw new Error("a table must lie in memory");
    return buffer;
  }

  #load({ name, dtype }: Pick<KernelBuffer, "name" | "dtype">, node: TensorNode, at: Size): Expression {
    if (!isNarrow(dtype)) return this.#pool.load(name, this.#loaded(node, dtype), at);
    const element = this.#pool.load(name, scalar("i32"), at);
    const value = widened(this.#pool, element, dtype, this.#loaded(node, "f32"));
    this.#narrow.set(value.id, element);
    return value;
  }

  /** The element in memory of narrow weights whose value an expression is. */
  narrow(e: Expression): Expression {
    const element = this.#narrow.get(e.id);
    if (!element) throw new Error("what is computed is stored as narrow weights");
    return element;
  }

  /** The type as which the elements of a node are loaded from memory of this dtype. */
  #loaded(node: TensorNode, dtype: Dtype): PlanType {
    const own = this.#sources.target.computes[node.types[0]!.dtype];
    return scalar(isFloat(own) && dtype === "f64" ? "f64" : own);
  }

  #staged(node: TensorNode, index: readonly Size[], type: PlanType): Expression {
    const at = flatIndex(index, sizesOf({ node, result: 0 }));
    const placeholder = this.#pool.load(`@${node.id}`, type, at);
    this.reads.set(placeholder.id, { node, index });
    return placeholder;
  }
}

function countOf(node: TensorNode): Size {
  return elements(node.types[0]!.shape);
}

/** The call of the layer that asks for a look-up, as the range check's error shows it. */
export function callerOf({ origin, op }: TensorNode): string {
  return origin?.calls[0].text ?? op.kind;
}

/** The size that an expression stands for, if it is an integer expression. */
function asSize(e: Expression): Size | undefined {
  if (e.kind === "size") return e.size;
  return e.kind === "number" && isInteger(e.type.dtype) ? e.value : undefined;
}

/** The position inside an axis of size `own` that a padding mode shows at position i of the `whole`. */
function folded(
  mode: Exclude<PadMode, "constant">,
  i: Size,
  { before, own, whole }: { readonly before: Size; readonly own: Size; readonly whole: Size },
): Size {
  const [at, last] = [sub(i, before), sub(own, 1)];
  switch (mode) {
    case "reflect": {
      const right = sub(last, max(at, neg(at)));
      return sub(last, max(right, neg(right)));
    }
    case "replicate":
      return min(max(at, 0), last);
    case "circular": {
      // How often the axis is passed: -1 in front of it, 1 behind. A quotient would be a division for each element.
      const behind = same(add(before, own), whole) ? 0 : max(min(sub(at, last), 1), 0);
      const times = before === 0 ? behind : max(min(at, behind), -1);
      return sub(at, mul(own, times));
    }
  }
}

/** The row-major position of an element. */
export function flatIndex(index: readonly Size[], sizes: readonly Size[]): Size {
  let at: Size = 0;
  const steps = strides(sizes);
  index.forEach((i, axis) => (at = add(at, mul(i, steps[axis]!))));
  return at;
}
