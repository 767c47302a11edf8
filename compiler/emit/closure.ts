/** A plan as a model in this very process. */
import type { Tensor } from "../../runtime/tensor.ts";
import type { Plan } from "../ir/plan.ts";
import type { Model } from "../model.ts";
import { closureText } from "./module.ts";

/**
 * Makes a model of a plan and its state, by the text that a module of it would hold. The tensors of the state, which are
 * of the shapes and dtypes of the parameters and in their order, become the model's own.
 */
export function closure(plan: Plan, state: Readonly<Record<string, Tensor>>): Model {
  // One function for the whole model: its kernels are functions inside it. Strict, as a module is.
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is the compiler's own
  const make = new Function(`"use strict";\n${closureText(plan)}`) as () => (options: {
    weights: unknown;
  }) => Model;
  return make()({ weights: state });
}
