/** Random numbers are PyTorch's, to the last bit where not said otherwise. */
import { describe, expect, test } from "vitest";
import {
  bernoulli,
  bernoulliOf,
  biasBound,
  fanIn,
  fanOut,
  gainOf,
  Generator,
  kaimingStd,
  normal,
  randint,
  randperm,
  truncatedNormal,
  uniform,
  uniformBound,
  weightBound,
  xavierStd,
  type Nonlinearity,
} from "../../runtime/index.ts";
import { skipNormal } from "../../runtime/random.ts";
import { fixture, hex, hex64, unhex, type Variants } from "./hex.ts";

type Values = (string | number)[];

const { seeds } = fixture<{ seeds: Record<string, Record<string, Values | object>> }>("random");
const variants = fixture<Variants>("variants");

function repeat(count: number, draw: () => number): number[] {
  return Array.from({ length: count }, draw);
}

/** How each entry of the fixture is drawn; those that are layers are the business of test/init.test.ts. */
const draws: Readonly<Record<string, (generator: Generator) => Values>> = {
  rand5_f32: (g) => hex(uniform(g, 5)),
  rand3_f64: (g) => hex64(repeat(3, () => g.nextUniform64())),
  randn3_f64: (g) => hex64(repeat(3, () => g.nextNormal())),
  ...Object.fromEntries(
    [5, 15, 16, 17, 20, 40].map((n) => [`randn${n}_f32`, (g: Generator) => hex(normal(g, n))]),
  ),
  "normal_0.5_0.1_x33": (g) => hex(normal(g, 33, 0.5, 0.1)),
  "uniform_-0.3_0.9_x8": (g) => hex(uniform(g, 8, -0.3, 0.9)),
  randperm10: (g) => [...randperm(g, 10)],
  randint_0_100_x8: (g) => [...randint(g, 8, 0, 100)],
  "bernoulli_0.5_x12": (g) => [...bernoulli(g, 12, 0.5)],
  "bernoulli_tensor_f32_p0.5_x12": (g) => [...bernoulliOf(g, new Float32Array(12).fill(0.5))],
  // What dropout multiplies by: kept with 1 - p, and then divided by it.
  "dropout_p0.3_ones8": (g) => hex(Float32Array.from(bernoulli(g, 8, 1 - 0.3), (kept) => kept / (1 - 0.3))),
  // Of an i32 tensor, `random_()`.
  u31_random_x4: (g) => repeat(4, () => g.nextInt32() & 0x7fffffff),
  // The second normal value of a pair outlives other draws.
  seq_randn3_rand1_randn20_randn2: (g) =>
    [normal(g, 3), uniform(g, 1), normal(g, 20), normal(g, 2)].flatMap(hex),
};

describe.each(Object.keys(seeds))("seed %s", (seed) => {
  const wanted = Object.entries(seeds[seed]!).filter(([key]) => !/^\w+\(/.test(key));

  test.each(wanted)("%s", (key, values) => {
    expect(draws[key]!(new Generator(BigInt(seed)))).toEqual(values);
  });
});

describe("with and without fused multiply-adds", () => {
  test.each(["fused", "plain"] as const)("%s", (kind) => {
    const { [kind]: values } = variants;
    const generator = (seed: number): Generator => new Generator(seed, { fused: kind === "fused" });
    for (const { seed, hex: want } of values.uniform)
      expect(hex(uniform(generator(seed), want.length, -0.3, 0.9))).toEqual(want);
    for (const { seed, hex: want } of values.scalar_normal)
      expect(hex(normal(generator(seed), want.length, 0.5, 0.1))).toEqual(want);
    for (const { seed, hex: want } of values.linear) {
      const bound = weightBound(2);
      expect(hex(uniform(generator(seed), 2, -bound, bound))).toEqual(want);
    }
    for (const { seed, hex: want } of values.normal) {
      const got = normal(generator(seed), want.length, 0.5, 0.1);
      if (kind === "fused") expect(hex(got)).toEqual(want);
      // The logarithm, sine and cosine of a C library are not always rounded to nearest.
      else unhex(want).forEach((value, i) => expect(Math.abs(got[i]! - value)).toBeLessThan(1e-7));
    }
  });

  test.each(["fused", "plain"] as const)("truncated normal values: %s", (kind) => {
    for (const { seed, args, hex: want } of variants[kind].truncated) {
      const generator = new Generator(seed, { fused: kind === "fused" });
      expect(hex(truncatedNormal(generator, want.length, ...args))).toEqual(want);
    }
  });
});

test("only the low 32 bits of a seed count, and negative seeds wrap", () => {
  for (const [seed, first] of Object.entries(variants.seeds))
    expect(hex(uniform(new Generator(BigInt(seed)), 1)), seed).toEqual([first]);
  expect(new Generator(-1).nextInt32()).toBe(new Generator(2 ** 32 - 1).nextInt32());
});

test.each([
  [0.5, "a seed must be an integer, not 0.5"],
  [NaN, "a seed must be an integer, not NaN"],
  ["7" as unknown as number, "a seed must be an integer, not 7"],
  [2 ** 60, "a seed must be a bigint beyond 2^53, not 1152921504606847000"],
  [2n ** 64n, "a seed must be from -2^63 to 2^64 - 1, not 18446744073709551616"],
  [-(2n ** 63n) - 1n, "a seed must be from -2^63 to 2^64 - 1, not -9223372036854775809"],
])("seed %s is refused", (seed, message) => {
  expect(() => new Generator(seed)).toThrow(new RangeError(message));
});

test("nothing is drawn for zero elements", () => {
  const generator = new Generator(0);
  expect(uniform(generator, 0)).toHaveLength(0);
  expect(normal(generator, 0)).toHaveLength(0);
  expect(truncatedNormal(generator, 0)).toHaveLength(0);
  expect(randperm(generator, 0)).toHaveLength(0);
  expect(randperm(generator, 1)).toEqual(Int32Array.of(0));
  expect(generator.nextInt32() >>> 0).toBe(2357136044);
});

test("skipping is drawing without the values", () => {
  for (const count of [0, 1, 623, 624, 625, 1248, 5000]) {
    const [drawn, skipped] = [new Generator(1), new Generator(1)];
    uniform(drawn, 3);
    skipped.skip(3);
    uniform(drawn, count);
    skipped.skip(count);
    expect(skipped.nextInt32(), String(count)).toBe(drawn.nextInt32());
  }
  // An odd number of single values leaves one for later.
  for (const counts of [[3], [16], [17], [15, 40, 1], [623, 2, 3]]) {
    const [drawn, skipped] = [new Generator(1), new Generator(1)];
    for (const count of counts) {
      normal(drawn, count);
      skipNormal(skipped, count);
    }
    expect(normal(skipped, 3), String(counts)).toEqual(normal(drawn, 3));
  }
});

test("what has no values is refused", () => {
  const g = new Generator(0);
  expect(() => uniform(g, 1, 1, 0)).toThrow(RangeError);
  expect(() => normal(g, 1, 0, -1)).toThrow(RangeError);
  expect(() => truncatedNormal(g, 1, 0, 0)).toThrow("must be positive");
  expect(() => truncatedNormal(g, 1, 0, 1, 2, 1)).toThrow(RangeError);
  expect(() => bernoulli(g, 1, 1.5)).toThrow("a probability must be from 0 to 1; got 1.5");
  expect(() => bernoulliOf(g, Float32Array.of(0, NaN))).toThrow("got NaN");
  expect(() => randint(g, 1, 3, 3)).toThrow(RangeError);
  expect(() => randint(g, 1, 0, 2 ** 31)).toThrow(RangeError);
  expect(() => randperm(g, 2 ** 28)).toThrow(RangeError);
});

test("probabilities in double take 53 bits", () => {
  const [g, h] = [new Generator(5), new Generator(5)];
  expect(bernoulliOf(g, new Float64Array(20).fill(0.3))).toEqual(bernoulli(h, 20, 0.3));
  expect(bernoulli(g, 3, 0)).toEqual(Uint8Array.of(0, 0, 0));
  expect(bernoulli(g, 3, 1)).toEqual(Uint8Array.of(1, 1, 1));
});

describe("fans, gains and bounds", () => {
  test("fans", () => {
    expect([fanIn([6, 3, 5]), fanOut([6, 3, 5])]).toEqual([15, 30]);
    expect(() => fanIn([3])).toThrow("at least two dimensions");
    expect(() => fanOut([3])).toThrow("at least two dimensions");
    expect(biasBound(0)).toBe(0);
    expect(gainOf("leaky_relu")).toBe(Math.sqrt(2 / (1 + 0.01 ** 2)));
  });

  test.each(variants.init.kaiming)("kaiming $args", ({ args: [a, mode, nonlinearity], ...drawn }) => {
    const { shape } = drawn.uniform;
    const fan = mode === "fan_in" ? fanIn(shape) : fanOut(shape);
    check(kaimingStd(fan, a, nonlinearity as Nonlinearity), drawn);
  });

  test.each(variants.init.xavier)("xavier $args", ({ args: [gain], ...drawn }) => {
    check(xavierStd(drawn.uniform.shape, gain), drawn);
  });

  function check(
    std: number,
    drawn: Pick<(typeof variants.init.xavier)[number], "uniform" | "normal">,
  ): void {
    const { seed, hex: want } = drawn.uniform;
    const bound = uniformBound(std);
    expect(hex(uniform(new Generator(seed), want.length, -bound, bound))).toEqual(want);
    expect(hex(normal(new Generator(seed), want.length, 0, std))).toEqual(drawn.normal.hex);
  }
});

test("ten million uniform values take well under a second", () => {
  const generator = new Generator(0);
  uniform(generator, 100_000);
  const start = process.cpuUsage();
  uniform(generator, 11_700_000, -0.1, 0.1);
  // Some 100 ms when the machine has nothing else to do.
  expect(process.cpuUsage(start).user).toBeLessThan(1_500_000);
});
