/** Lowers random numbers. */
import { sizesOf } from "../../ir/graph/builder.ts";
import { Expressions, freeSymbols, type Kernel, type Statement } from "../../ir/plan/plan.ts";
import { elements } from "../../ir/types.ts";
import type { Group } from "../fuse.ts";
import type { Naming } from "./kernel.ts";

/** The kernel of a group that is random numbers; undefined for any other group. */
export function drawingKernel({ nodes: [node] }: Group, naming: Naming): Kernel | undefined {
  if (node?.op.kind !== "random") return undefined;
  const { draw, numbers } = node.op;
  const [leaf] = naming.leaves;
  const result = naming.results[0]!;
  const count = elements(sizesOf({ node, result: 0 }));
  const from = leaf && { from: leaf.name };
  const body: Statement[] = [{ kind: "draw", draw, numbers, buffer: result.name, count, ...from }];
  return {
    name: naming.kernel,
    buffers: [
      ...(leaf ? [{ name: leaf.name, dtype: leaf.dtype, access: "read" } as const] : []),
      { name: result.name, dtype: result.dtype, access: "write" },
    ],
    sizes: freeSymbols(body),
    schedule: [],
    body,
    pool: new Expressions(),
  };
}
