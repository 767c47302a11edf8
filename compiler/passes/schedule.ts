/**
 * Arranges the loops that the time goes into. What is done is data: a kernel's schedule is a list of directives, which
 * `choose` makes for the target, or a user gives (`nnc compile --schedule FILE`), and `apply` does one after the other.
 */
import type { Directive, Kernel, Plan } from "../ir/plan.ts";
import { kernelNames } from "../ir/print-plan.ts";
import type { Pass } from "./pass.ts";
import { mapKernels } from "./kernels.ts";
import { apply, withIds, withoutIds } from "./schedule/apply.ts";
import { choose } from "./schedule/choose.ts";

export const schedule: Pass<Plan, Plan> = {
  name: "schedule",
  order: [{ before: "hoist", because: "the rounds that it puts side by side share what `hoist` names" }],
  run(plan, { target, schedules }) {
    const names = kernelNames(plan);
    return mapKernels(plan, (kernel) => {
      const given = schedules?.get(names.get(kernel)!);
      return given ? scheduled(kernel, given) : scheduled(kernel, choose(kernel, target));
    });
  },
};

/** Throws a Refusal that names the directive. */
function scheduled(kernel: Kernel, directives: readonly Directive[]): Kernel {
  if (directives.length === 0) return kernel;
  const first = withIds(kernel);
  let current = first.kernel;
  for (const directive of directives) current = apply({ ...first, kernel: current }, directive);
  return withoutIds(current);
}
