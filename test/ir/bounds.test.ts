import { describe, expect, test } from "vitest";
import {
  addRange,
  boundsOf,
  floorDivRange,
  modRange,
  mulRange,
  neverNegative,
  subRange,
  type Range,
} from "../../compiler/ir/size/bounds.ts";
import {
  add,
  evaluateSize,
  floorDiv,
  max,
  min,
  mod,
  mul,
  sub,
  symbol,
  type Size,
} from "../../compiler/ir/size/size.ts";
import { Generator, randint } from "../../runtime/random.ts";

const [N, M] = [symbol("N"), symbol("M")];

/** All integers of a finite range. */
function within([least, greatest]: Range): number[] {
  return Array.from({ length: greatest - least + 1 }, (_, i) => least + i);
}

const small: Range[] = within([-3, 3]).flatMap((a) => within([a, 3]).map((b): Range => [a, b]));

/** The least and the greatest of all results on numbers of two ranges; undefined where there are none. */
function tried(a: Range, b: Range, operation: (x: number, y: number) => number): Range | undefined {
  const results = within(a).flatMap((x) =>
    within(b)
      .map((y) => operation(x, y))
      .filter(Number.isFinite),
  );
  return results.length === 0 ? undefined : [Math.min(...results), Math.max(...results)];
}

describe("operations on ranges, against all their numbers", () => {
  const floordiv = (x: number, y: number): number => Math.floor(x / y);
  const exact: [string, (a: Range, b: Range) => Range, (x: number, y: number) => number][] = [
    ["add", addRange, (x, y) => x + y],
    ["sub", subRange, (x, y) => x - y],
    ["mul", mulRange, (x, y) => x * y],
    ["floordiv", floorDivRange, floordiv],
  ];
  test.each(exact)("%s", (_, operation, meaning) => {
    for (const a of small)
      for (const b of small) {
        const want = tried(a, b, meaning);
        // The ends are numbers, and 0 is -0 here.
        if (want) expect(operation(a, b).map((end) => end + 0)).toEqual(want.map((end) => end + 0));
      }
  });

  test("mod, whose bounds may be further apart", () => {
    for (const a of small)
      for (const b of small) {
        const want = tried(a, b, (x, y) => x - y * floordiv(x, y));
        if (!want) continue;
        const [least, greatest] = modRange(a, b);
        expect(least <= want[0] && greatest >= want[1]).toBe(true);
        expect(least >= Math.min(0, b[0] + 1) && greatest <= Math.max(0, b[1] - 1)).toBe(true);
      }
  });

  test("ends that are infinite", () => {
    expect(mulRange([0, Infinity], [0, Infinity])).toEqual([0, Infinity]);
    expect(mulRange([-1, Infinity], [0, 2])).toEqual([-2, Infinity]);
    expect(floorDivRange([0, Infinity], [1, Infinity])).toEqual([0, Infinity]);
    expect(floorDivRange([-5, -3], [2, Infinity])).toEqual([-3, -1]);
    expect(floorDivRange([-Infinity, 7], [2, 2])).toEqual([-Infinity, 3]);
    expect(modRange([-Infinity, Infinity], [4, 4])).toEqual([0, 3]);
    expect(modRange([0, Infinity], [1, Infinity])).toEqual([0, Infinity]);
  });
});

/** A size of two symbols, of about so many operations. */
function randomSize(generator: Generator, operations: number): Size {
  const below = (bound: number): number => Number(randint(generator, 1, 0, bound)[0]);
  if (operations === 0) return [N, M, below(7) - 3][below(3)]!;
  const left = below(operations);
  const [a, b] = [randomSize(generator, left), randomSize(generator, operations - 1 - left)];
  const divisor = below(2) === 0 ? add(max(b, 0), 1) : sub(min(b, 0), 1);
  if (below(3) === 0) return [floorDiv, mod][below(2)]!(a, divisor);
  return [add, sub, mul, min, max][below(5)]!(a, b);
}

test("no value of a size lies outside its bounds", () => {
  const generator = new Generator(7);
  let bounded = 0;
  for (let i = 0; i < 3000; i++) {
    const size = randomSize(generator, 1 + (i % 5));
    const ranges = new Map<string, Range>([
      ["N", small[(i * 7) % small.length]!],
      ["M", small[(i * 11) % small.length]!],
    ]);
    const open = boundsOf(size, new Map([["N", ranges.get("N")!]]));
    const [least, greatest] = boundsOf(size, ranges);
    if (least > -100 && greatest < 100) bounded++;
    for (const n of within(ranges.get("N")!))
      for (const m of within(ranges.get("M")!)) {
        const value = evaluateSize(size, new Map([["N", n], ["M", m]])); // prettier-ignore
        expect(value >= least && value <= greatest).toBe(true);
        if (m >= 0) expect(value >= open[0] && value <= open[1]).toBe(true);
      }
  }
  expect(bounded).toBeGreaterThan(1000);
});

test("sizes that are never negative, and those of which bounds do not tell it", () => {
  for (const size of [
    0,
    3,
    N,
    add(N, 2),
    mul(N, M),
    floorDiv(N, 2),
    mod(sub(N, 5), 3),
    max(sub(N, 5), 0),
    sub(2, mod(N, 3)),
  ])
    expect(neverNegative(size)).toBe(true);
  for (const size of [-1, sub(N, 1), sub(N, M), floorDiv(sub(N, 1), 2), min(N, sub(M, 1)), sub(N, mod(N, 2))])
    expect(neverNegative(size)).toBe(false);
});
