/** A plan as a model in this very process. */
import type { Tensor } from "../../runtime/tensor.ts";
import type { Plan } from "../ir/plan.ts";
import type { Model } from "../model.ts";
import { closureText } from "./module.ts";

/** Makes a model of a plan and its weights, by the text that a module of it would hold. */
export function closure(plan: Plan, weights: Readonly<Record<string, Tensor>>): Model {
  // One function for the whole model: its kernels are functions inside it. Strict, as a module is.
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is the compiler's own
  const make = new Function(`"use strict";\n${closureText(plan)}`) as () => (options: {
    weights: unknown;
  }) => Model;
  return make()({ weights });
}
