/** Which values an integer tensor can have that is made of positions and literals. */
import type { TensorNode } from "../../ir/build.ts";
import { MAX_SIZE } from "../../ir/size.ts";

type Range = readonly [least: number, most: number];

const ANY: Range = [-(2 ** 31), 2 ** 31 - 1];

/** Whether its values are those that unbounded integers would have: i32 arithmetic wraps. */
export function neverWraps(node: TensorNode): boolean {
  const [least, most] = rangeOf(node);
  return least >= ANY[0] && most <= ANY[1];
}

/** Whether float32 holds all its values, so that a cast to it need not round. */
export function isExactAsFloat(node: TensorNode): boolean {
  const [least, most] = rangeOf(node);
  return least >= -(2 ** 24) && most <= 2 ** 24;
}

const ranges = new WeakMap<TensorNode, Range>();

function rangeOf(node: TensorNode): Range {
  let range = ranges.get(node);
  if (!range) ranges.set(node, (range = found(node)));
  return range;
}

/** Before it wraps. */
function found({ op, inputs, types }: TensorNode): Range {
  switch (op.kind) {
    case "constant":
      return typeof op.value === "number" ? [op.value, op.value] : ANY;
    case "iota": {
      const size = types[0]!.shape[op.axis];
      return [0, (typeof size === "number" ? size : MAX_SIZE) - 1];
    }
    case "reshape":
    case "permute":
    case "broadcast":
    case "slice":
      return rangeOf(inputs[0]!.node);
    case "map": {
      if (op.map !== "add" && op.map !== "sub" && op.map !== "mul") return ANY;
      const [[a, b], [c, d]] = inputs.map((input) => rangeOf(input.node)) as [Range, Range];
      if (op.map === "add") return [a + c, b + d];
      if (op.map === "sub") return [a - d, b - c];
      const ends = [a * c, a * d, b * c, b * d];
      return [Math.min(...ends), Math.max(...ends)];
    }
    case "cast":
    case "copy":
    case "reduce":
    case "contract":
    case "window":
    case "pad":
    case "concat":
    case "gather":
    case "parameter":
    case "input":
    case "prepared":
      return ANY;
  }
}
