/** A plan as a model in this very process. */
import type { Tensor } from "../../runtime/tensor.ts";
import type { Plan } from "../ir/plan.ts";
import type { Model } from "../model.ts";
import { closureText } from "./module.ts";

/**
 * Makes a model of a plan and its state, by the text that a module of it would hold. The tensors of the state, which are
 * of the shapes and dtypes of the parameters and in their order, become the model's own. Throws EvalError where text may
 * not become code.
 */
export function closure(plan: Plan, state: Readonly<Record<string, Tensor>>): Model {
  return evaluate(closureText(plan))({ weights: state });
}

type Create = (options: { weights: unknown }) => Model;

/** One function for the whole model: its kernels are functions inside it. Strict, as a module is. */
function evaluate(text: string): Create {
  let make;
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- the text is the compiler's own
    make = new Function(`"use strict";\n${text}`) as () => Create;
  } catch (cause) {
    if (!(cause instanceof EvalError)) throw cause;
    const where = "a Content-Security-Policy without 'unsafe-eval', or this engine";
    throw new EvalError(
      `compile makes code of text, which ${where}, forbids: import a module instead, made by emit or nnc compile`,
      { cause },
    );
  }
  return make();
}
