/** Checks that the two halves of a model fit each other, and that groups keep the rules of their form. */
import type { TensorNode } from "../ir/graph/builder.ts";
import { Scans } from "../ir/graph/scans.ts";
import { sameShape, typeText } from "../ir/types.ts";
import type { Grouped, GroupedProgram } from "./fuse.ts";
import { isComputed, reach, readOperands } from "../ir/graph/views.ts";
import type { Program } from "./split.ts";

/** Throws if `run` reads a prepared tensor that `prepare` does not make. */
export function verifyProgram({ prepare, run }: Program): void {
  const made = new Map(prepare.outputs.map(({ name, value }) => [name, value.node.types[value.result]!]));
  for (const { op, types } of run.nodes) {
    if (op.kind !== "prepared") continue;
    const type = made.get(op.name);
    if (!type) throw new Error(`graph ${run.name}: prepare makes no ${op.name}`);
    const [wanted] = types;
    if (type.dtype !== wanted!.dtype || !sameShape(type.shape, wanted!.shape))
      throw new Error(
        `graph ${run.name}: ${op.name} is ${typeText(type)} where ${typeText(wanted!)} is read`,
      );
  }
  if (prepare.inputs.length + prepare.updates.length > 0)
    throw new Error(`graph ${prepare.name}: prepare takes no input and updates nothing`);
}

/** Throws if the groups break a rule. */
export function verifyGroups({ prepare, run }: GroupedProgram): void {
  verifyGrouped("prepare", prepare);
  verifyGrouped("run", run);
}

function verifyGrouped(half: string, { graph, groups, apart }: Grouped): void {
  const fail = (problem: string): never => {
    throw new Error(`${half}: graph ${graph.name}: ${problem}`);
  };
  const computed = graph.nodes.filter(isComputed);
  const known = new Set(computed);
  const groupOf = new Map<TensorNode, number>();
  groups.forEach(({ nodes }, number) => {
    for (const node of nodes) {
      if (!known.has(node)) fail(`group ${number} has %${node.id}, which is nothing that the graph computes`);
      if (groupOf.has(node)) fail(`%${node.id} is in group ${groupOf.get(node)} and in group ${number}`);
      groupOf.set(node, number);
    }
    if (nodes.some(({ id }, i) => i > 0 && id <= nodes[i - 1]!.id))
      fail(`the nodes of group ${number} are not in the order of the graph`);
  });
  const needed = new Set([...graph.outputs, ...graph.updates].map(({ value }) => reach(value).node));
  for (const { states } of new Scans(graph.nodes).all.values())
    for (const { carry, next } of states) needed.add(carry).add(reach({ node: next, result: 0 }).node);
  for (const node of computed) {
    if (node.op.kind === "random") needed.add(node);
    const number = groupOf.get(node) ?? fail(`%${node.id} is in no group`);
    for (const [i, input] of readOperands(node).entries()) {
      const { node: from } = reach(input);
      const maker = groupOf.get(from);
      if (maker === undefined) continue;
      // Groups that can run in this order have no cycle.
      if (maker > number) fail(`group ${number} reads %${from.id} of group ${maker}, which comes later`);
      if (maker < number) needed.add(from);
      else if (wantsMemory(node, i)) fail(`%${node.id} reads %${from.id} from memory and is in its group`);
    }
  }
  groups.forEach(({ nodes, results }, number) => {
    const wanted = nodes.filter((node) => needed.has(node));
    const ids = (list: readonly TensorNode[]): string =>
      list.map(({ id }) => `%${id}`).join(", ") || "nothing";
    if (wanted.length !== results.length || wanted.some((node, i) => node !== results[i]))
      fail(`group ${number} gives ${ids(results)} where others need ${ids(wanted)}`);
    if (results.length === 0) fail(`nothing needs group ${number}`);
  });
  for (const { from, to, why } of apart) {
    const [maker, reader] = [groupOf.get(from), groupOf.get(to)];
    if (maker === undefined || reader === undefined || maker === reader)
      fail(`%${from.id} and %${to.id} are said to be apart (${why}) and are not`);
    if (!to.inputs.some((input) => reach(input).node === from))
      fail(`%${from.id} and %${to.id} are said to be apart (${why}), and the one does not read the other`);
  }
}

/** Whether an operand must be in memory: a contraction's operands, and the table of a look-up. */
function wantsMemory({ op }: TensorNode, operand: number): boolean {
  return op.kind === "contract" || (op.kind === "gather" && operand === 0);
}
