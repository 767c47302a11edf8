/** Merges a loop with the only loop inside it: `x[i * D + j]` for all i and all j < D is `x[i]` for all i < N * D. */
import { rebuildStatement, sizesOfStatement, type Expressions, type Loop } from "../ir/plan/plan.ts";
import { add, linearIn, mul, same, symbol, type Size } from "../ir/size/size.ts";

/** The two loops as one; undefined where a place does not use their variables as one. */
export function mergedLoop(pool: Expressions, outer: Loop): Loop | undefined {
  const [inner, ...others] = outer.body;
  if (others.length > 0 || inner?.kind !== "loop") return undefined;
  if (outer.from !== 0 || inner.from !== 0 || outer.step !== 1 || inner.step !== 1) return undefined;
  const joint = (size: Size): Size | undefined => jointPlace(size, outer, inner);
  if (sizesOfStatement(inner).some((size) => joint(size) === undefined)) return undefined;
  return {
    ...outer,
    to: mul(outer.to, inner.to),
    body: inner.body.map((statement) => rebuildStatement(pool, statement, { size: (size) => joint(size)! })),
  };
}

/** a * (i * J) + a * j + rest -> a * i + rest: a place in terms of the variable of both loops, if it uses theirs as one. */
export function jointPlace(size: Size, outer: Loop, inner: Loop): Size | undefined {
  const inOuter = linearIn(size, outer.index);
  const inInner = inOuter && linearIn(inOuter.rest, inner.index);
  if (!inInner || !same(inOuter.coefficient, mul(inInner.coefficient, inner.to))) return undefined;
  return add(mul(inInner.coefficient, symbol(outer.index)), inInner.rest);
}
