/** Helps passes over the plan to change kernels: each kernel is changed once, however many calls it has. */
import type { Call, Kernel, Plan, Statement } from "../ir/plan/plan.ts";

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

/** The statements of a body with its stores at the end. The caller knows that nothing in the body reads what it stores. */
export function storesLast(statements: readonly Statement[]): Statement[] {
  const isStore = ({ kind }: Statement): boolean => kind === "store";
  return [...statements.filter((each) => !isStore(each)), ...statements.filter(isStore)];
}
