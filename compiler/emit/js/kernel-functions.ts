/** The functions of a module's kernels. */
import { identifier } from "../../ir/text/identifiers.ts";
import { drawOf } from "../../ir/plan/draw-statement.ts";
import type { Kernel, Plan } from "../../ir/plan/plan.ts";
import { printKernel, type JsKernel } from "./print-kernel.ts";
import { isReserved } from "../host/variable-names.ts";

export interface NamedKernel {
  readonly name: string;
  readonly js: JsKernel;
}

/** Names the functions of kernels that do not draw. Kernels with the same text share one function. The names are added to `taken`. */
export function nameKernels(plan: Plan, taken: Set<string>): ReadonlyMap<Kernel, NamedKernel> {
  const kernels = new Map<Kernel, NamedKernel>();
  const texts = new Map<string, NamedKernel>();
  for (const { kernel } of [...plan.prepare, ...plan.run]) {
    if (kernels.has(kernel) || drawOf(kernel)) continue;
    const js = printKernel(kernel);
    let known = texts.get(js.text);
    if (!known) {
      const plain = identifier(kernel.name);
      const own = isReserved(plain) ? `kernel_${plain}` : plain;
      let name = own;
      for (let i = 1; taken.has(name); i++) name = `${own}_${i}`;
      taken.add(name);
      known = { name, js };
      texts.set(js.text, known);
    }
    kernels.set(kernel, known);
  }
  return kernels;
}
