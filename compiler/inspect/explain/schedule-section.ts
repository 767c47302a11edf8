/** How the loops of kernels are arranged. */
import type { Plan } from "../../ir/plan/plan.ts";
import { directiveText } from "../../ir/plan/print-plan.ts";
import type { Grouped } from "../../passes/fuse.ts";
import type { Owners } from "./owners.ts";
import { say, verb, type Sentence } from "./say.ts";

export function explainSchedule({ run }: Plan, { groups }: Grouped, owners: Owners): Sentence[] {
  return run.flatMap(({ kernel: { schedule }, group }) => {
    const layers = owners.all(groups[group]?.nodes ?? []);
    if (schedule.length === 0 || layers.length === 0) return [];
    const directives = schedule.map(directiveText).join(", ");
    return [say`${layers} ${verb(layers, "make")} several rounds of a loop side by side: ${directives}.`];
  });
}
