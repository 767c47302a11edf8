/** What a pass is: a named pure function from one stage's form to another's. */
import type { Signature } from "../ir/plan.ts";
import type { Dialect } from "../ir/verify-plan.ts";
import type { Mode } from "../layers/record.ts";
import type { Target } from "../target/target.ts";

/** What passes know beside what they work on. */
export interface PassContext {
  readonly target: Target;
  readonly mode: Mode;
  /** Inputs and outputs as the user sees them, runs included: the tensor graph knows only their products. */
  readonly signature: Signature;
}

export interface Pass<In, Out> {
  /** A verb. Shown by `nnc print --after` and in the message of an internal error. */
  readonly name: string;
  /** Where it stands among the other passes. */
  readonly order: readonly Order[];
  /** The dialect of the plan that it makes; absent: that of the plan which it is given. */
  readonly makes?: Dialect;
  /** Pure: what it is given stays as it was. */
  readonly run: (input: In, context: PassContext) => Out;
}

/** A pass that must run at some time before, or after, this one. `nnc print --passes` shows the reason. */
export type Order = ({ readonly after: string } | { readonly before: string }) & {
  /** A clause whose subject is this pass or the other. */
  readonly because: string;
};

/**
 * What is wrong with the order of a list of passes, a sentence each. Names of passes that the list lacks are wrong, too: a
 * reason must not outlive what it is about.
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
