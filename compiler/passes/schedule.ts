/**
 * Arranges the loops that the time goes into. What is done is data: a kernel's schedule is a list of directives, which
 * `choose` makes for the target, or a user gives (`nnc compile --schedule FILE`), and `apply` does one after the other.
 */
import type { Directive, Kernel, Plan } from "../ir/plan/plan.ts";
import { kernelNames } from "../ir/plan/print-plan.ts";
import type { Pass } from "./pass.ts";
import { mapKernels } from "./map-kernels.ts";
import { applyDirective, withIds, withoutIds } from "./schedule/apply-directive.ts";
import { choose } from "./schedule/choose.ts";
import { Refusal } from "./schedule/refusal.ts";
import type { Target } from "../target/target.ts";

export const schedule: Pass<Plan, Plan> = {
  name: "schedule",
  order: [{ before: "hoist", because: "the rounds that it puts side by side share what `hoist` names" }],
  run(plan, { target, schedules }) {
    const names = kernelNames(plan);
    const known = [...names.values()];
    for (const name of schedules?.keys() ?? [])
      if (!known.includes(name)) throw new ScheduleError(name, `the net has no kernel ${name}`, known);
    return mapKernels(plan, (kernel) => {
      const name = names.get(kernel)!;
      const directives = schedules?.get(name) ?? choose(kernel, target);
      return scheduled(kernel, directives, target, (reason, at) => {
        const { do: what, loop } = directives[at]!;
        throw new ScheduleError(name, `\`${what}\` cannot be done: the loop ${loop} ${reason}`, known, at);
      });
    });
  },
};

/** What is wrong with a schedule that was given: a kernel that there is not, or a directive that cannot be done. */
export class ScheduleError extends Error {
  override readonly name = "ScheduleError";
  readonly kernel: string;
  readonly names: readonly string[];
  /** Which of the kernel's directives; undefined where there is no such kernel. */
  readonly directive: number | undefined;

  constructor(kernel: string, message: string, names: readonly string[], directive?: number) {
    super(message);
    this.kernel = kernel;
    this.names = names;
    this.directive = directive;
  }
}

function scheduled(
  kernel: Kernel,
  directives: readonly Directive[],
  { vectors }: Target,
  refuse: (reason: string, at: number) => never,
): Kernel {
  if (directives.length === 0) return kernel;
  const first = withIds(kernel);
  let current = first.kernel;
  for (const [at, directive] of directives.entries()) {
    try {
      current = applyDirective({ ...first, kernel: current }, directive, vectors);
    } catch (cause) {
      if (cause instanceof Refusal) refuse(cause.message, at);
      throw cause;
    }
  }
  return withoutIds(current);
}
