/** The functions that modules bring along, against the engine's own and against those of the evaluator. */
import { describe, expect, test } from "vitest";
import { helperTexts } from "../compiler/emit/js/helpers.ts";
import { maps, type MapName } from "../compiler/ir/graph/primitives.ts";
import { erfSeries } from "../runtime/special.ts";

type Scalar = (x: number) => number;

function helper(name: MapName): Scalar {
  // oxlint-disable-next-line typescript/no-implied-eval -- as closures are made
  return new Function(`${helperTexts([name]).join("\n")}\nreturn ${name};`)() as Scalar;
}

/** The relative distance of neighbouring doubles. */
const ULP = 2 ** -52;

const spans = [1e-300, 1e-9, 0.02, 0.5, 3, 30, 709];
const numbers = spans.flatMap((span) => Array.from({ length: 40_001 }, (_, i) => (i / 20_000 - 1) * span));
const special = [0, -0, NaN, Infinity, -Infinity, 5e-324, -5e-324, 800, -800, 709.78, -745.1, -746];

// What was seen, rounded up. Half the distance of neighbouring float32 is 2^28 of these.
describe.each([
  ["exp", Math.exp, 2],
  ["expm1", Math.expm1, 2],
  ["tanh", Math.tanh, 3],
  ["erf", erfSeries, 32],
] as const)("%s", (name, exact, limit) => {
  const f = helper(name);

  test(`is right to ${limit} ulp of float64`, () => {
    let worst = 0;
    for (const x of numbers) {
      const want = exact(x);
      const got = f(x);
      if (!Object.is(got, want)) worst = Math.max(worst, Math.abs(got - want) / Math.abs(want));
    }
    expect(worst / ULP).toBeLessThan(limit);
  });

  test("is right for special values", () => {
    expect(special.map(f)).toEqual(special.map(exact));
  });

  test("is the evaluator's to the last bit", () => {
    const { evaluate } = maps[name];
    expect([...numbers, ...special].filter((x) => !Object.is(f(x), evaluate(x, 0, 0)))).toEqual([]);
  });
});
