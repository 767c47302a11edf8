/** The order in which calls run. */
import { evaluateSize } from "../size/size.ts";
import type { Call, CallLoop } from "./plan.ts";

/** A call, or what runs once for each step of a loop. */
export type NestedCall<T> =
  { readonly call: T } | { readonly loop: CallLoop; readonly body: readonly NestedCall<T>[] };

/** The calls of a list as they stand in loops, of which outer ones come before inner ones. */
export function nestedCalls<T>(
  calls: readonly T[],
  loops: readonly CallLoop[],
  from: number = 0,
  to: number = calls.length,
): NestedCall<T>[] {
  const nested: NestedCall<T>[] = [];
  for (let i = from; i < to; i++) {
    const at = loops.findIndex((loop) => loop.from === i && loop.to <= to);
    const loop = loops[at];
    if (!loop) {
      nested.push({ call: calls[i]! });
      continue;
    }
    nested.push({ loop, body: nestedCalls(calls, loops.slice(at + 1), loop.from, loop.to) });
    i = loop.to - 1;
  }
  return nested;
}

/** Visits the calls as they run, those of loops once a step. `sizes` has the values of sizes, and meanwhile the numbers of steps. */
export function eachCall(
  calls: readonly Call[],
  loops: readonly CallLoop[],
  sizes: Map<string, number>,
  visit: (call: Call) => void,
): void {
  const run = (nested: readonly NestedCall<Call>[]): void => {
    for (const one of nested) {
      if ("call" in one) {
        visit(one.call);
        continue;
      }
      const count = evaluateSize(one.loop.count, sizes);
      for (let n = 0; n < count; n++) {
        sizes.set(one.loop.step, one.loop.reverse ? count - 1 - n : n);
        run(one.body);
      }
    }
  };
  run(nestedCalls(calls, loops));
}
