/** The type of a pass: a named pure function from one stage's form to another's. */
import type { NarrowDtype } from "../ir/dtype.ts";
import type { Directive } from "../ir/plan/directive.ts";
import type { Signature } from "../ir/plan/plan.ts";
import type { Dialect } from "../ir/plan/verify-plan.ts";
import type { Mode } from "../layers/record.ts";
import type { Target } from "../target/target.ts";

/** The facts that passes can use beside their input. */
export interface PassContext {
  readonly target: Target;
  readonly mode: Mode;
  /** Inputs and outputs as the user sees them, runs included: the tensor graph knows only their products. */
  readonly signature: Signature;
  /** Schedules that are given for kernels, by their printed names; of the others the target's are chosen. */
  readonly schedules?: ReadonlyMap<string, readonly Directive[]>;
  /** As what weights of products lie in memory, where that is not f32. */
  readonly weightsAs?: NarrowDtype;
}

export interface Pass<In, Out> {
  /** A verb. It is shown by `nnc print --after`, and in the message of an internal error. */
  readonly name: string;
  /** The place of the pass relative to others. */
  readonly order: readonly Order[];
  /** The dialect of the plan that the pass returns; if absent, it is the dialect of its input. */
  readonly makes?: Dialect;
  /** The function of the pass, which must be pure: its input is not modified. */
  readonly run: (input: In, context: PassContext) => Out;
}

/** A pass that must run at some time before, or after, this one. `nnc print --passes` shows the reason. */
export type Order = ({ readonly after: string } | { readonly before: string }) & {
  /** A clause whose subject is this pass or the other. */
  readonly because: string;
};

/**
 * The problems with the order of a list of passes, a sentence each. A name that the list lacks is a problem, too: a
 * reason must be removed together with the pass that it names.
 */
export function wrongOrder(passes: readonly Pick<Pass<never, unknown>, "name" | "order">[]): string[] {
  const places = new Map(passes.map(({ name }, place) => [name, place]));
  return passes.flatMap(({ name, order }, place) =>
    order.flatMap((rule) => {
      const other = "after" in rule ? rule.after : rule.before;
      const otherPlace = places.get(other);
      if (otherPlace === undefined) return [`${name} is ordered against ${other}, which is no pass`];
      const holds = "after" in rule ? otherPlace < place : place < otherPlace;
      return holds
        ? []
        : [`${name} must run ${"after" in rule ? "after" : "before"} ${other}: ${rule.because}`];
    }),
  );
}
