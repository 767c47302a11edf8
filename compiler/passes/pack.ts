/**
 * Stores weights in the layout that contractions read, so that sums run over neighbours in memory. With a stride, each
 * element costs a cache line: `x @ weight` with the weight stored as (in, out) took twice as long.
 */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import type { TensorGraph } from "../ir/graph/builder.ts";
import { ParameterOnly, rewrite } from "./rewrite.ts";
import type { Pass } from "./pass.ts";

export const pack: Pass<TensorGraph, TensorGraph> = {
  name: "pack",
  order: [{ before: "split", because: "the copies made here are made in `prepare`" }],
  run(graph) {
    const parameterOnly = new ParameterOnly(graph);
    return rewrite(graph, (b, node, old) => {
      if (node.op.kind !== "contract") return undefined;
      const [left, right, result] = node.op.labels;
      const packed = [left, right].map((labels, i) =>
        parameterOnly.has(old.inputs[i]!.node) ? summedLast(b, node.inputs[i]!, labels, result) : undefined,
      );
      if (packed.every((operand) => operand === undefined)) return undefined;
      const inputs = packed.map((operand, i) => operand?.tensor ?? node.inputs[i]!);
      const labels = [packed[0]?.labels ?? left, packed[1]?.labels ?? right, result] as const;
      return b.make({ kind: "contract", labels }, inputs, node.type);
    });
  },
};

type Labels = readonly number[];

/** A copy whose last axes are the summed ones; undefined if the innermost axis is summed already. */
function summedLast(
  b: Builder,
  operand: Tensor,
  labels: Labels,
  result: Labels,
): { tensor: Tensor; labels: Labels } | undefined {
  const isSummed = (axis: number): boolean => !result.includes(labels[axis]!);
  const innermost = innermostAxis(operand);
  if (innermost === undefined || isSummed(innermost)) return undefined;
  const axes = labels.map((_, axis) => axis);
  const order = [...axes.filter((axis) => !isSummed(axis)), ...axes.filter(isSummed)];
  // A weight with one column, or without a summed axis, gains nothing from another layout.
  if (sizesOf(operand)[innermost] === 1 || !axes.some(isSummed)) return undefined;
  const permuted = b.permute(operand, order);
  const type = permuted.node.types[0]!;
  return {
    tensor: b.make({ kind: "copy" }, [permuted], type, operand.node.hint),
    labels: order.map((axis) => labels[axis]!),
  };
}

/** The axis whose neighbours are adjacent in memory, if it is known. */
function innermostAxis(operand: Tensor): number | undefined {
  const { op, inputs } = operand.node;
  if (op.kind === "permute") {
    const source = innermostAxis(inputs[0]!);
    return source === undefined ? undefined : op.order.indexOf(source);
  }
  if (op.kind === "slice") return innermostAxis(inputs[0]!);
  if (op.kind === "reshape") {
    // The last axis stays the last in memory, however it is split or merged.
    const source = innermostAxis(inputs[0]!);
    return source === sizesOf(inputs[0]!).length - 1 ? sizesOf(operand).length - 1 : undefined;
  }
  if (op.kind === "broadcast") return undefined;
  return sizesOf(operand).length - 1;
}
