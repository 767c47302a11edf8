/**
 * Makes a padded copy of what a contraction reads past the edges of: `contract(window(x, before=1), w)` ->
 * `contract(window(copy(pad(x)), before=0), w)`. A product reads each element many times, and every time it would ask whether
 * there is one. The zeros of the copy are really multiplied, so 0 times an infinite weight is NaN, as in PyTorch.
 */
import { sizesOf, type Builder, type Tensor, type TensorGraph } from "../ir/graph/builder.ts";
import type { TensorOp } from "../ir/graph/primitives.ts";
import { reach } from "../ir/graph/views.ts";
import { neverNegative } from "../ir/size/bounds.ts";
import { add, mul, sub, type Size } from "../ir/size/size.ts";
import { rewrite } from "./rewrite.ts";
import type { Pass } from "./pass.ts";

export const pad: Pass<TensorGraph, TensorGraph> = {
  name: "pad",
  order: [
    { after: "fold", because: "a scale goes through a window, and not through a copy" },
    { before: "materialize", because: "it settles how operands lie" },
  ],
  run: (graph) =>
    rewrite(graph, (b, { op, inputs, type }) => {
      if (op.kind !== "contract") return undefined;
      const operands = inputs.map((operand) => inside(b, operand));
      return operands.every((operand, i) => operand === inputs[i]) ? undefined : b.make(op, operands, type);
    }),
};

type Window = Extract<TensorOp, { kind: "window" }>;

/** An operand whose windows read nothing outside of memory; the operand itself if that is so already. */
function inside(b: Builder, operand: Tensor): Tensor {
  const windows: { readonly op: Window; readonly count: Size }[] = [];
  let source = operand;
  for (let { op, inputs } = source.node; op.kind === "window"; { op, inputs } = source.node) {
    windows.unshift({ op, count: sizesOf(source)[op.axis]! });
    source = inputs[0]!;
  }
  const padded = windows.reduce((x, { op, count }) => covered(b, x, op, count), source);
  if (padded === source && !reach(source).guarded) return operand;
  const copy = b.make({ kind: "copy" }, [padded], padded.node.types[0]!, source.node.hint);
  return windows.reduce((x, { op, count }) => b.window(x, { ...op, count, before: 0 }), copy);
}

/** What a window reads of an axis, with the values outside of it; the tensor itself if it reads none of these. */
function covered(
  b: Builder,
  x: Tensor,
  { axis, size, stride, dilation, before, value }: Window,
  count: Size,
): Tensor {
  const own = sizesOf(x);
  // From the first place of the first window to the last place of the last one.
  const places = add(mul(sub(count, 1), stride), (size - 1) * dilation + 1);
  if (before === 0 && neverNegative(sub(own[axis]!, places))) return x;
  const at = own.map((_, i) => (i === axis ? before : 0));
  return b.pad(x, own.with(axis, places), { before: at, value });
}
