/** How the loops of kernels are arranged. */
import type { Plan } from "../../ir/plan/plan.ts";
import { directiveText } from "../../ir/plan/directive.ts";
import type { Grouped } from "../../passes/fuse.ts";
import type { Owners } from "./owners.ts";
import type { Target } from "../../target/target.ts";
import { say, verb, type Sentence } from "./say.ts";

export function explainSchedule(
  { run }: Plan,
  { groups }: Grouped,
  owners: Owners,
  { vectors }: Target,
): Sentence[] {
  return run.flatMap(({ kernel: { schedule }, group }) => {
    const layers = owners.all(group === undefined ? [] : (groups[group]?.nodes ?? []));
    if (layers.length === 0) return [];
    const directives = schedule.map(directiveText).join(", ");
    const arranged = say`The loops of ${layers} are rearranged: ${directives}.`;
    const single = say`${layers} ${verb(layers, "compute")} one number at a time: none of the loops can be a vector.`;
    const isSingle = vectors && !schedule.some((directive) => directive.do === "vector");
    return [...(schedule.length > 0 ? [arranged] : []), ...(isSingle ? [single] : [])];
  });
}
