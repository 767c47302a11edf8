/** The functions that modules bring along, against those of the evaluator. */
import { expect, test } from "vitest";
import { helperTexts } from "../compiler/emit/helpers.ts";
import { maps, type MapName } from "../compiler/ir/primitives.ts";

type Scalar = (x: number) => number;

function helper(name: MapName): Scalar {
  // oxlint-disable-next-line typescript/no-implied-eval -- as closures are made
  return new Function(`${helperTexts([name]).join("\n")}\nreturn ${name};`)() as Scalar;
}

/** The relative distance of neighbouring doubles. */
const ULP = 2 ** -52;

// What was seen, rounded up. Half the distance of neighbouring float32 is 2^28 of these.
test.each([
  ["exp", 2],
  ["expm1", 2],
  ["tanh", 3],
  ["erf", 32],
] as const)("%s is exact to %i ulp of float64", (name, limit) => {
  const f = helper(name);
  const { evaluate } = maps[name];
  let worst = 0;
  for (const span of [1e-300, 1e-9, 0.02, 0.5, 3, 30, 709]) {
    for (let i = -20_000; i <= 20_000; i++) {
      const x = (i / 20_000) * span;
      const want = evaluate(x, 0, 0);
      const got = f(x);
      if (Object.is(got, want)) continue;
      worst = Math.max(worst, Math.abs(got - want) / Math.abs(want));
    }
  }
  expect(worst / ULP).toBeLessThan(limit);
});

test.each(["exp", "expm1", "tanh", "erf"] as const)("%s of special values", (name) => {
  const f = helper(name);
  const special = [0, -0, NaN, Infinity, -Infinity, 5e-324, -5e-324, 800, -800, 709.78, -745.1, -746];
  expect(special.map(f)).toEqual(special.map((x) => maps[name].evaluate(x, 0, 0)));
});
