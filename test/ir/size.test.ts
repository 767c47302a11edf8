import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { add, differ, divideExactly, evaluateSize, floorDiv, key, limited, linearIn, made, max, min, mod, mul, neg, same, sub, substitute, sum, symbol, symbolsOf, type Size } from "../../compiler/ir/size/size.ts"; // prettier-ignore
import { SizeLimit } from "../../compiler/ir/size/size-limit.ts";
import { sizeText } from "../../compiler/ir/size/size-text.ts";

const [N, C, M, i] = [symbol("N"), symbol("C"), symbol("M"), symbol("i")];

/** Identities hold by construction: both sides have one key. */
function equal(rows: readonly (readonly [Size, Size])[]): void {
  for (const [left, right] of rows) expect(key(left)).toBe(key(right));
}

describe("canonical form", () => {
  test("sums and products", () => {
    equal([
      [add(N, C), add(C, N)],
      [sub(N, N), 0],
      [mul(N, add(C, 1)), add(mul(C, N), N)],
      [mul(add(N, 1), sub(N, 1)), sub(mul(N, N), 1)],
      [mul(0, N), 0],
      [neg(neg(N)), N],
    ]);
    expect(key(add(mul(2, mul(N, C)), 3))).toBe("2 * C * N + 3");
    expect(key(sub(3, N))).toBe("-N + 3");
  });

  test("quotients and remainders", () => {
    equal([
      [floorDiv(mul(N, C), C), N],
      [floorDiv(add(mul(4, N), 6), 4), add(N, 1)],
      [floorDiv(add(mul(4, N), i), 4), add(N, floorDiv(i, 4))],
      [floorDiv(N, 1), N],
      [floorDiv(sub(floorDiv(add(N, 1), 2), 1), 3), floorDiv(sub(N, 1), 6)],
      [floorDiv(floorDiv(N, C), 2), floorDiv(floorDiv(N, C), 2)],
      [mod(add(mul(4, N), 6), 4), 2],
      [mod(mul(N, C), N), 0],
      [mod(N, 1), 0],
    ]);
    expect(divideExactly(mul(6, N), 4)).toBeUndefined();
    expect(divideExactly(mul(6, N), 3)).toEqual(mul(2, N));
    expect(divideExactly(N, 0)).toBeUndefined();
  });

  test("minima and maxima", () => {
    equal([
      [min(N, add(N, 1)), N],
      [max(N, add(N, 1)), add(N, 1)],
      [min(N, C), min(C, N)],
      [max(3, 5), 5],
    ]);
  });

  test("what is provably different differs by a number", () => {
    expect(differ(N, add(N, 1))).toBe(true);
    expect(differ(N, C)).toBe(false);
    expect(same(mul(2, N), add(N, N))).toBe(true);
  });

  test("a size that is linear in a symbol splits", () => {
    const split = linearIn(add(mul(i, C), N), "i")!;
    equal([
      [split.coefficient, C],
      [split.rest, N],
    ]);
    expect(linearIn(mul(i, i), "i")).toBeUndefined();
    expect(linearIn(floorDiv(i, 2), "i")).toBeUndefined();
  });

  test("symbols come in the order of their use", () => {
    expect([...symbolsOf(add(floorDiv(N, C), i))]).toEqual(expect.arrayContaining(["N", "C", "i"]));
  });
});

/** A random expression, as the algebra has it and as plain arithmetic. */
interface Sample {
  readonly size: Size;
  readonly value: (values: ReadonlyMap<string, number>) => number;
}

const names = ["N", "C", "i"];

const expression: fc.Arbitrary<Sample> = fc.letrec<{ node: Sample }>((tie) => {
  const pair = fc.tuple(tie("node"), tie("node"));
  const both = (
    algebra: (a: Size, b: Size) => Size,
    plain: (a: number, b: number) => number,
  ): fc.Arbitrary<Sample> =>
    pair.map(([a, b]) => ({ size: algebra(a.size, b.size), value: (v) => plain(a.value(v), b.value(v)) }));
  const byNumber = (
    algebra: (a: Size, b: Size) => Size,
    plain: (a: number, b: number) => number,
  ): fc.Arbitrary<Sample> =>
    fc
      .tuple(tie("node"), fc.integer({ min: 1, max: 6 }))
      .map(([a, b]) => ({ size: algebra(a.size, b), value: (v) => plain(a.value(v), b) }));
  return {
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.integer({ min: -5, max: 5 }).map((n): Sample => ({ size: n, value: () => n })),
      fc.constantFrom(...names).map((name): Sample => ({ size: symbol(name), value: (v) => v.get(name)! })),
      both(add, (a, b) => a + b),
      both(sub, (a, b) => a - b),
      both(mul, (a, b) => a * b),
      both(min, Math.min),
      both(max, Math.max),
      byNumber(floorDiv, (a, b) => Math.floor(a / b)),
      byNumber(mod, (a, b) => a - b * Math.floor(a / b)),
    ),
  };
}).node;

const values = fc
  .tuple(...names.map(() => fc.integer({ min: 0, max: 20 })))
  .map((numbers) => new Map(names.map((name, at) => [name, numbers[at]!] as const)));

/** 0 and -0 are one size. */
const plus0 = (value: number): number => value + 0;

describe("meaning", () => {
  test("the algebra computes what arithmetic does", () => {
    fc.assert(
      fc.property(expression, values, ({ size, value }, given) => {
        fc.pre(Math.abs(value(given)) < 2 ** 40);
        expect(plus0(evaluateSize(size, given))).toBe(plus0(value(given)));
      }),
    );
  });

  test("substituting in steps, then evaluating, is evaluating at once", () => {
    fc.assert(
      fc.property(expression, expression, values, ({ size }, by, given) => {
        fc.pre(Math.abs(by.value(given)) < 2 ** 10);
        const replaced = substitute(size, new Map([["N", by.size]]));
        const direct = new Map(given).set("N", by.value(given));
        fc.pre(Math.abs(evaluateSize(size, direct)) < 2 ** 40);
        expect(plus0(evaluateSize(replaced, given))).toBe(plus0(evaluateSize(size, direct)));
      }),
    );
  });

  test("equal keys mean equal values, and a provable difference holds everywhere", () => {
    fc.assert(
      fc.property(expression, expression, values, (a, b, given) => {
        const [left, right] = [a.value(given), b.value(given)];
        fc.pre(Math.abs(left) < 2 ** 40 && Math.abs(right) < 2 ** 40);
        if (same(a.size, b.size)) expect(plus0(left)).toBe(plus0(right));
        if (differ(a.size, b.size)) expect(left).not.toBe(right);
      }),
    );
  });
});

/** `steps` times, from `N`. */
function nested(steps: number, step: (size: Size) => Size): Size {
  let size: Size = N;
  for (let n = 0; n < steps; n++) size = step(size);
  return size;
}

const halves = (size: Size): Size => add(floorDiv(add(size, 1), 2), floorDiv(size, 2));

describe("shared parts", () => {
  test("work grows with the parts of a size, and not with its text", () => {
    const countOf = (steps: number): number => {
      const before = made.sizes;
      const size = nested(steps, halves);
      substitute(size, new Map([["N", add(C, 1)]]));
      expect(evaluateSize(size, new Map([["N", 1000]]))).toBe(1000);
      expect([...symbolsOf(size)]).toEqual(["N"]);
      return made.sizes - before;
    };
    expect(countOf(200)).toBeLessThan(2.1 * countOf(100));
  });

  test("keys and texts are of bounded length", () => {
    const size = nested(200, halves);
    expect(key(size).length).toBeLessThanOrEqual(256);
    expect(sizeText(size).length).toBeLessThan(1000);
    expect(sizeText(size)).toContain("…");
    expect(sizeText(nested(2, halves))).toBe(key(nested(2, halves)));
  });

  test("no history changes a key", () => {
    const parts = Array.from({ length: 60 }, (_, n) => nested(n, (size) => floorDiv(sub(size, 1), M)));
    const forwards = parts.reduce((a, b) => add(a, b));
    const backwards = parts.reduceRight((a, b) => add(a, b));
    const halfway = add(sum(parts.slice(30)), sum(parts.slice(0, 30)));
    equal([
      [forwards, backwards],
      [forwards, halfway],
      [sub(add(forwards, C), C), forwards],
    ]);
    expect(same(forwards, add(forwards, 1))).toBe(false);
    expect(differ(forwards, add(backwards, 1))).toBe(true);
    expect(key(mul(forwards, C))).toBe(key(sum(parts.map((part) => mul(C, part)))));
  });

  test("limits", () => {
    const ones = sum(Array.from({ length: 40 }, (_, n) => symbol(`S${n}`)));
    expect(() => limited(mul(ones, mul(ones, ones)))).toThrow(SizeLimit);
    expect(() => limited(nested(257, (size) => floorDiv(sub(size, 1), M)))).toThrow(SizeLimit);
    expect(() => limited(nested(64, (size) => mul(size, N)))).toThrow(SizeLimit);
    expect(limited(nested(256, (size) => floorDiv(sub(size, 1), M)))).toBeTruthy();
    // What is multiplied is bounded before it is made.
    expect(() => nested(1000, (size) => mul(size, ones))).toThrow(SizeLimit);
  });
});
