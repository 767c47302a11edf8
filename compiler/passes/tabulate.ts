/**
 * Turns choices between two known values into table look-ups: `select(x > 0, 1, w)` -> `table[x > 0]`. On a target
 * without blends, a conditional on random data is a branch that is mispredicted half the time. The look-up keeps NaN,
 * infinities and zeros exactly as the conditional does.
 */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import type { TensorGraph } from "../ir/graph/builder.ts";
import { strides } from "../ir/types.ts";
import { reach, unbroadcast } from "../ir/graph/views.ts";
import { ParameterOnly, rewrite } from "./rewrite.ts";
import type { Pass } from "./pass.ts";

export const tabulate: Pass<TensorGraph, TensorGraph> = {
  name: "tabulate",
  order: [
    { after: "sink", because: "slopes have their final shape then" },
    { before: "split", because: "the tables are computed in `prepare`" },
  ],
  run(graph, { target }) {
    if (target.choice !== "table") return graph;
    const parameterOnly = new ParameterOnly(graph);
    return rewrite(graph, (b, node) => {
      if (node.op.kind !== "map" || node.op.map !== "select" || node.type.dtype === "bool") return undefined;
      const [condition, x, y] = node.inputs as [Tensor, Tensor, Tensor];
      const choices = [y, x].map(unbroadcast);
      if (!choices.every((choice) => parameterOnly.has(choice.node))) return undefined;
      // A table would store each window of a choice, and windows overlap.
      if (choices.some((choice) => reach(choice).guarded)) return undefined;
      if (parameterOnly.has(condition.node)) return undefined;
      return lookUp(b, condition, choices);
    });
  },
};

// select(c, x, y) -> [y, x][c], one pair for each element of x and y
function lookUp(b: Builder, condition: Tensor, choices: readonly Tensor[]): Tensor {
  const sizes = sizesOf(condition);
  const rank = sizes.length;
  const aligned = choices.map((choice) => {
    const own = sizesOf(choice);
    return b.reshape(choice, [...new Array<number>(rank - own.length).fill(1), ...own]);
  });
  const shape = sizes.map(
    (_, axis) => aligned.map((choice) => sizesOf(choice)[axis]!).find((s) => s !== 1) ?? 1,
  );
  const pairs = aligned.map((choice) => b.reshape(b.broadcast(choice, shape), [...shape, 1]));
  const table = b.concat(pairs, rank);
  const count = sizesOf(table).reduce<number>((total, size) => total * (size as number), 1);
  let index = b.cast(condition, "i32");
  strides(shape).forEach((stride, axis) => {
    if (shape[axis] === 1) return;
    index = b.add(b.broadcast(b.mul(b.iota(shape, axis), 2 * (stride as number)), sizes), index);
  });
  return b.choose(b.reshape(table, [count]), index);
}
