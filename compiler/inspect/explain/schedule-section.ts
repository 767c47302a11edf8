/** Which kernels run once a step of a loop, and how the loops of kernels are arranged. */
import type { Call, Plan } from "../../ir/plan/plan.ts";
import { rangesOf, workOf } from "../../ir/plan/rounds.ts";
import { boundsOf } from "../../ir/size/bounds.ts";
import { sizeText } from "../../ir/size/size-text.ts";
import { directiveText } from "../../ir/plan/directive.ts";
import type { Grouped } from "../../passes/fuse.ts";
import type { Owners } from "./owners.ts";
import type { Target } from "../../target/target.ts";
import { say, verb, type Sentence } from "./say.ts";

export function explainSchedule(
  { run, loops }: Plan,
  { groups }: Grouped,
  owners: Owners,
  { vectors, threads }: Target,
): Sentence[] {
  const steps = loops.flatMap(({ count, from, to }) => {
    const inside = run
      .slice(from, to)
      .flatMap(({ group }) => (group === undefined ? [] : groups[group]!.nodes));
    const layers = owners.all(inside);
    return layers.length === 0
      ? []
      : [say`${to - from} kernels of ${layers} run once for each of ${sizeText(count)} steps.`];
  });
  const arranged = run.flatMap(({ kernel: { schedule }, group }) => {
    const layers = owners.all(group === undefined ? [] : (groups[group]?.nodes ?? []));
    if (layers.length === 0) return [];
    const directives = schedule.map(directiveText).join(", ");
    const changed = say`The loops of ${layers} are rearranged: ${directives}.`;
    const single = say`${layers} ${verb(layers, "compute")} one number at a time: none of the loops can be a vector.`;
    const isSingle = vectors && !schedule.some((directive) => directive.do === "vector");
    return [...(schedule.length > 0 ? [changed] : []), ...(isSingle ? [single] : [])];
  });
  const shared = threads
    ? run.flatMap((call) => explainThreads(call, owners, groups, threads.leastWork))
    : [];
  return [...steps, ...arranged, ...shared];
}

/** Whether threads share a kernel, and otherwise why not. */
function explainThreads(
  { kernel, group }: Call,
  owners: Owners,
  groups: Grouped["groups"],
  leastWork: number,
): Sentence[] {
  const layers = owners.all(group === undefined ? [] : (groups[group]?.nodes ?? []));
  if (layers.length === 0) return [];
  const loops = new Set(rangesOf(kernel).map(({ loop }) => loop.index));
  if (loops.size > 0) return [say`Threads share the rounds of ${[...loops].join(", ")} in ${layers}.`];
  return boundsOf(workOf(kernel))[1] < leastWork
    ? [say`One thread computes ${layers}: it takes less time than another needs to begin.`]
    : [say`One thread computes ${layers}: its rounds are not known to be independent.`];
}
