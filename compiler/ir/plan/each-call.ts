/** The order in which calls run. */
import { evaluateSize } from "../size/size.ts";
import type { Call, CallLoop } from "./plan.ts";

/** Visits the calls as they run, those of loops once a step. `sizes` has the values of sizes, and meanwhile the numbers of steps. */
export function eachCall(
  calls: readonly Call[],
  loops: readonly CallLoop[],
  sizes: Map<string, number>,
  visit: (call: Call) => void,
): void {
  const run = (from: number, to: number, inner: readonly CallLoop[]): void => {
    for (let i = from; i < to; i++) {
      const at = inner.findIndex((loop) => loop.from === i && loop.to <= to);
      const loop = inner[at];
      if (!loop) {
        visit(calls[i]!);
        continue;
      }
      const count = evaluateSize(loop.count, sizes);
      for (let n = 0; n < count; n++) {
        sizes.set(loop.step, loop.reverse ? count - 1 - n : n);
        run(loop.from, loop.to, inner.slice(at + 1));
      }
      i = loop.to - 1;
    }
  };
  run(0, calls.length, loops);
}
