/** Helps passes over the plan to change kernels: each kernel is changed once, however many calls it has. */
import type { Call, Kernel, Plan } from "../ir/plan.ts";

export function mapKernels(plan: Plan, change: (kernel: Kernel) => Kernel): Plan {
  const changed = new Map<Kernel, Kernel>();
  const visit = (call: Call): Call => {
    let kernel = changed.get(call.kernel);
    if (!kernel) {
      kernel = change(call.kernel);
      changed.set(call.kernel, kernel);
    }
    return kernel === call.kernel ? call : { ...call, kernel };
  };
  return { ...plan, prepare: plan.prepare.map(visit), run: plan.run.map(visit) };
}
