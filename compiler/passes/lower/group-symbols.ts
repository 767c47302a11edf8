/** Finds the sizes that a kernel must be given. */
import { sizesOf, type TensorNode } from "../../ir/graph/builder.ts";
import { rowOf } from "../../ir/graph/ops.ts";
import { isView, readOperands } from "../../ir/graph/views.ts";
import { symbolsOf } from "../../ir/size/size.ts";
import type { Group } from "../fuse.ts";

/** All symbols in the sizes of the group's nodes, and of the views through which they read. */
export function symbolsOfGroup(group: Group): Set<string> {
  const names = new Set<string>();
  const seen = new Set<TensorNode>();
  const stack = [...group.nodes];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    for (const size of sizesOf({ node, result: 0 })) symbolsOf(size, names);
    for (const size of rowOf(node.op).sizes(node.op)) symbolsOf(size, names);
    for (const { node: from } of readOperands(node)) {
      // The sizes of another group's result count, too: they may be those of a reduction's or a contraction's loops
      // here.
      for (const size of sizesOf({ node: from, result: 0 })) symbolsOf(size, names);
      if (isView(from) || from.inputs.length === 0) stack.push(from);
    }
  }
  return names;
}
