/** A plan as a model in this very process. */
import type { Tensor } from "../../runtime/tensor.ts";
import type { Plan } from "../ir/plan.ts";
import type { Model } from "../model.ts";
import { guarded, own, unfit } from "./guard.ts";
import { closureText } from "./module.ts";

/**
 * Makes a model of a plan and its state, by the text that a module of it would hold. The tensors of the state, which are
 * of the shapes and dtypes of the parameters and in their order, become the model's own. Throws EvalError where text may
 * not become code.
 */
export function closure(plan: Plan, state: Readonly<Record<string, Tensor>>): Model {
  return guarded(evaluate(closureText(plan))({ weights: state }));
}

/** Is told of the kernels of a run, which go by their place in the plan. */
export interface Clock {
  /** Before the first, with the values of `boundSymbols`. */
  start(sizes: readonly number[]): void;
  /** How often to call it, at least once: what it computes does not depend on that. */
  calls(kernel: number): number;
  /** After the last of these calls. */
  stop(kernel: number): void;
}

/** As `closure`, with runs that tell a clock of each kernel. */
export function timedClosure(plan: Plan, state: Readonly<Record<string, Tensor>>, clock: Clock): Model {
  return evaluate(closureText(plan, "clock"), clock)({ weights: state });
}

type Make = (owns: typeof own, unfits: typeof unfit, clock?: Clock) => Create;
type Create = (options: { weights: unknown }) => Model;

/** One function for the whole model: its kernels are functions inside it. Strict, as a module is. */
function evaluate(text: string, clock?: Clock): Create {
  let make;
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- the text is the compiler's own
    make = new Function("own", "unfit", "clock", `"use strict";\n${text}`) as Make;
  } catch (cause) {
    if (!(cause instanceof EvalError)) throw cause;
    throw new EvalError(
      "compile makes code of text, which this engine or a Content-Security-Policy without 'unsafe-eval' forbids; " +
        "import a module made by nnc compile instead",
      { cause },
    );
  }
  return make(own, unfit, clock);
}
