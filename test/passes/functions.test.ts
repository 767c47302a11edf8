/** The functions that `expand-maps` writes out: how right they are, as the interpreter computes them. */
import { describe, expect, test } from "vitest";
import { visitExpressions } from "../../compiler/ir/plan/plan.ts";
import { readPlan } from "../../compiler/ir/plan/read-plan.ts";
import { verifyPlan } from "../../compiler/ir/plan/verify-plan.ts";
import { expandMaps } from "../../compiler/passes/expand-maps.ts";
import { js } from "../../compiler/target/js.ts";
import { compiled, errorOf, expanded, functions, interpreted, numbersOf, powerOf, randomOf, special, storedIn } from "./functions.ts"; // prettier-ignore

describe.each([...functions])("%s", (_, { text, right, limit, arity }) => {
  const plan = expanded(text);
  const x = numbersOf(1);
  const random = randomOf(2);
  const y = arity === 1 ? x : x.map((value, i) => powerOf(value, i, random));
  verifyPlan(plan);

  test(`is right to ${limit} ULP for every exponent and sign, and computed alike by JavaScript`, () => {
    const got = interpreted(plan, x, y);
    expect(Math.max(...got.map((value, i) => errorOf(value, right(x[i]!, y[i]!))))).toBeLessThanOrEqual(
      limit,
    );
    const f = compiled(plan);
    expect(x.filter((value, i) => !Object.is(got[i], f(value, y[i]!)))).toEqual(new Float32Array());
  });

  test("is right for special values", () => {
    const pairs = special.flatMap((a) => (arity === 1 ? [a] : special).map((b) => [a, b] as const));
    const got = interpreted(plan, Float32Array.from(pairs, ([a]) => a), Float32Array.from(pairs, ([, b]) => b)); // prettier-ignore
    expect(
      pairs.filter(([a, b], i) => !(errorOf(got[i]!, right(Math.fround(a), Math.fround(b))) <= limit)),
    ).toEqual([]);
  });
});

test("a target that calls functions keeps them", () => {
  const plan = readPlan("plan p\ninput x: f32[3]\noutput y: f32[3]\nrun:\n  k(input x, @output y)\n\nkernel k(x: f32, @y: f32)\n  y[0] = exp(x[0])\n"); // prettier-ignore
  expect(expandMaps.run(plan, { target: js, mode: "eval", signature: plan })).toBe(plan);
});

test("each part of a function has as many lanes as its operand", () => {
  for (const { text } of functions.values()) {
    const plan = expanded(text.replaceAll("f32", "f32x4"));
    const lanes = new Set<number>();
    visitExpressions([storedIn(plan.run[0]!.kernel)], ({ type }) => lanes.add(type.lanes));
    expect([...lanes]).toEqual([4]);
  }
});
