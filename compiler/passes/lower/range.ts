/** Finds the range of an integer tensor that is computed from positions and literals. */
import { addRange, boundsOf, mulRange, subRange, type Range } from "../../ir/size/bounds.ts";
import type { TensorNode } from "../../ir/graph/builder.ts";
import { dtypeRows } from "../../ir/dtype.ts";
import type { MapName } from "../../ir/graph/primitives.ts";
import { MAX_SIZE } from "../../ir/size/size.ts";
import { extent } from "../../ir/types.ts";

/** The range of a dtype, for a node about which nothing else is known. Truth values and floats have no bounds here. */
function anyOf({ types }: TensorNode): Range {
  const row = dtypeRows[types[0]!.dtype];
  return row.kind === "integer" ? row.range : [-Infinity, Infinity];
}

/** Whether a node has the values that unbounded integers would have. i32 arithmetic wraps. */
export function neverWraps(node: TensorNode): boolean {
  const [least, greatest] = rangeOf(node);
  const any = anyOf(node);
  return least >= any[0] && greatest <= any[1];
}

/** Whether float32 has all values of a node, so that a cast to it need not round. */
export function isExactAsFloat(node: TensorNode): boolean {
  const [least, greatest] = rangeOf(node);
  return least >= -(2 ** 24) && greatest <= 2 ** 24;
}

const ranges = new WeakMap<TensorNode, Range>();

function rangeOf(node: TensorNode): Range {
  let range = ranges.get(node);
  if (!range) ranges.set(node, (range = found(node)));
  return range;
}

/** The range of a node's values before they wrap. */
function found(node: TensorNode): Range {
  const { op, inputs, types } = node;
  switch (op.kind) {
    case "constant":
      return typeof op.value === "number" ? [op.value, op.value] : anyOf(node);
    case "iota":
      return [0, Math.min(boundsOf(extent(types[0]!.shape[op.axis]!))[1], MAX_SIZE) - 1];
    case "reshape":
    case "permute":
    case "diagonal":
    case "broadcast":
    case "slice":
      return rangeOf(inputs[0]!.node);
    case "map": {
      const [a, b] = inputs.map((input) => rangeOf(input.node));
      return arithmetic[op.map]?.(a!, b!) ?? anyOf(node);
    }
    case "cast":
    case "copy":
    case "reduce":
    case "prefix":
    case "contract":
    case "window":
    case "sections":
    case "pad":
    case "concat":
    case "gather":
    case "scatter":
    case "random":
    case "carry":
    case "last":
    case "stack":
    case "parameter":
    case "input":
    case "prepared":
      return anyOf(node);
  }
}

/** The maps with which indices are computed. The result of any other map is unbounded. */
const arithmetic: { readonly [M in MapName]?: (a: Range, b: Range) => Range } = {
  add: addRange,
  sub: subRange,
  mul: mulRange,
};
