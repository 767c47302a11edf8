import { expect, test } from "vitest";
import { drive } from "../../compiler/drive/driver.ts";
import { ulp } from "../ulp.ts";
import { evaluated, stagesOf, tensorsOf, type Computed } from "./agree.ts";
import { judge, type Rounding, type Verdict } from "./judge.ts";
import { randomOf } from "./random.ts";

/** The verdict on what a net gives, with each value changed. */
function verdictOn(
  chain: string,
  change: (value: number, at: number) => number,
  rounding?: Rounding,
): Verdict {
  const source = `model M { input x: f32[40]\n output y = ${chain} }`;
  const { graph, plan } = stagesOf((options) => drive(source, {}, options).plan);
  const random = randomOf(1);
  const inputs = tensorsOf(plan.inputs, new Map(), () => random() - 0.5);
  const given = { sizes: new Map(), inputs, parameters: {} };
  const want = evaluated(graph, given);
  const got: Computed = { outputs: { y: Float32Array.from(want.outputs["y"]!, change) }, updates: {} };
  return judge(graph, given, want, got, rounding);
}

test("the float32 beside is within the bound, and told; a few ULP are wrong", () => {
  expect(verdictOn("x -> Tanh", (x) => x)).toEqual({ wrong: undefined, values: 40, error: 0, explained: 0 });
  const { wrong, error } = verdictOn("x -> Tanh", (x) => x + 0.5 * ulp(0.3));
  expect(wrong).toBeUndefined();
  expect(error).toBeGreaterThan(0);
  expect(error).toBeLessThanOrEqual(1);
  expect(verdictOn("x -> Tanh", (x) => x + 3 * ulp(0.5)).wrong).toContain("outputs y[");
});

test("more than rounding explains is wrong, in one value as in all", () => {
  expect(verdictOn("x -> Tanh", (x) => x * 1.00001).wrong).toContain("outputs y[");
  expect(verdictOn("x -> Tanh", (x, at) => (at === 7 ? x + 1e-5 : x)).wrong).toContain("outputs y[7]");
});

test("where float32 would lose digits, float64 does not, and nothing is explained by it", () => {
  const chain = "(x + 1000) - 1000";
  const off = (by: number): Verdict => verdictOn(chain, (x) => x + by);
  expect(off(0)).toMatchObject({ wrong: undefined, explained: 0 });
  expect(off(3e-5).wrong).toBeDefined();
});

test("what is left beside huge terms that cancel depends on the order of a sum", () => {
  const wrong = (terms: string): string | undefined =>
    verdictOn(`[${terms}] -> Stack -> Sum(dim=0)`, () => 0.25).wrong;
  expect(wrong("x, x * 0 + 1e30, x * 0 - 1e30")).toBeUndefined();
  expect(wrong("x, x * 0 + 1, x * 0 - 1")).toBeDefined();
});

test("a comparison that the order of a sum can turn may be either way", () => {
  const turned = (chain: string): string | undefined => verdictOn(`${chain} + 0.0`, (x) => 1 - x).wrong;
  expect(turned("(([x, x * 0 + 1e30, x * 0 - 1e30] -> Stack -> Sum(dim=0)) > 0.1)")).toBeUndefined();
  expect(turned("((x -> Sigmoid) + (-x -> Sigmoid) > 1)")).toBeDefined();
  expect(turned("(x > 2)")).toBeDefined();
});

test("what is infinite or no number at all is nothing else", () => {
  expect(verdictOn("x / 0", () => 1).wrong).toBeDefined();
  expect(verdictOn("(x - x) / 0", () => 0).wrong).toBeDefined();
  expect(verdictOn("x", (x, at) => (at === 0 ? NaN : x)).wrong).toBeDefined();
});

test("where each step is rounded, digits that float32 loses are explained, and no others", () => {
  const chain = "(x + 1000) - 1000";
  const off = (by: number, rounding?: Rounding): Verdict => verdictOn(chain, (x) => x + by, rounding);
  expect(off(3e-5, "results").wrong).toBeDefined();
  expect(off(3e-5, "steps")).toMatchObject({ wrong: undefined, explained: 40 });
  expect(off(1e-3, "steps").wrong).toContain("outputs y[");
  expect(verdictOn("x -> Tanh", (x) => x + 5 * ulp(0.3), "steps")).toMatchObject({
    wrong: undefined,
    explained: 0,
  });
  expect(verdictOn("x -> Tanh", (x) => x * 1.00001, "steps").wrong).toContain("outputs y[");
  // What is beyond the largest float32 on its way is infinite.
  const infinite = (by: string): Verdict =>
    verdictOn(`(x * 1e30 * ${by}) / ${by}`, (x) => x * Infinity, "steps");
  expect(infinite("1e20").wrong).toBeUndefined();
  expect(infinite("1e6").wrong).toContain("is Infinity");
});
