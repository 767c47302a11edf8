/**
 * The printed form of the groups that `fuse` made: their nodes, the results that others need, and the nodes that were
 * kept apart.
 */
import type { TensorNode } from "../ir/graph/builder.ts";
import { printTensorNode, printValue, tensorGraphLines } from "../ir/graph/print-graph.ts";
import type { Grouped, GroupedProgram } from "./fuse.ts";

export function printGroups({ prepare, run }: GroupedProgram): string {
  return [printHalf("prepare", prepare), printHalf("run", run)].join("\n");
}

/** Prints the groups of one half. Leaves and views, which belong to no group, come first, with the graph's outputs. */
function printHalf(half: string, { graph, groups, apart }: Grouped): string {
  const grouped = new Set<TensorNode>(groups.flatMap((group) => group.nodes));
  const rest = graph.nodes.filter((node) => !grouped.has(node));
  const lines = [`${half}: ${tensorGraphLines(graph, rest).join("\n")}`];
  groups.forEach(({ nodes, results }, i) => {
    const names = results.map((node) => printValue({ node, result: 0 }));
    lines.push(`group ${i} -> ${names.join(", ")}`);
    for (const node of nodes) lines.push(`  ${printTensorNode(node)}`);
  });
  for (const { from, to, why } of apart) lines.push(`apart %${from.id} and %${to.id}: ${why}`);
  return lines.join("\n") + "\n";
}
