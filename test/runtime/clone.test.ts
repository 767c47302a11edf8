/** Copies of generators. */
import { expect, test } from "vitest";
import { Generator } from "../../runtime/index.ts";

test.each([0, 1, 623, 624, 1000])("a clone goes on alike, and on its own, after %d outputs", (count) => {
  const generator = new Generator(3);
  for (let i = 0; i < count; i++) generator.nextInt32();
  // One of a pair of normal values is kept for later.
  generator.nextNormal();
  const next = (from: Generator): number[] => Array.from({ length: 700 }, (_, i) => (i % 7 ? from.nextInt32() : from.nextNormal())); // prettier-ignore
  const clone = generator.clone();
  const values = next(clone);
  expect(next(generator)).toEqual(values);
  expect(next(generator)).not.toEqual(values);
});

test("a clone is fused as its original is", () => {
  expect(new Generator(1, { fused: false }).clone().fused).toBe(false);
});
