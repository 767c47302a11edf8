/** Convolutions of random shapes; `node scripts/fuzz-convolutions.mjs` tries more. */
import { expect, test } from "vitest";
import { manyOf } from "../everyday.ts";
import { wrong } from "./convolutions.ts";
import { randomOf } from "./random.ts";

const COUNT = manyOf({ everyday: 500, thorough: 2000 });

test(`${COUNT} convolutions of random shapes`, { timeout: 1000 * COUNT }, () => {
  const random = randomOf(11);
  for (let i = 0; i < COUNT; i++) expect(wrong(random)).toBeUndefined();
});
