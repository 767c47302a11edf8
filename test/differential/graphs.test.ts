import fc from "fast-check";
import { test } from "vitest";
import { manyOf } from "../everyday.ts";
import { graphOf, recipes } from "./graphs.ts";
import { wrongWith } from "./wrong.ts";

test("random graphs mean the same to the evaluator, the interpreter and emitted JS", () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const wrong = wrongWith(graphOf(recipe), recipe.steps.length);
      if (wrong !== undefined) throw new Error(wrong);
    }),
    // Another seed, or more runs, look elsewhere: SEED=2 RUNS=5000 npx vitest run test/differential/graphs.test.ts
    {
      numRuns: Number(process.env["RUNS"] ?? manyOf({ everyday: 100, thorough: 300 })),
      seed: Number(process.env["SEED"] ?? 1),
    },
  );
});
