import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  biasBound,
  fanIn,
  fanOut,
  Generator,
  kaimingUniformBound,
  normal,
  uniform,
  xavierUniformBound,
} from "../../runtime/index.ts";

interface Refs {
  seeds: Record<string, Record<string, string[]> & { "Linear(4,3)": Weights; "Linear(10,1)": Weights }>;
}
type Weights = { weight: string[]; bias: string[] };
interface Init {
  seed: number;
  mods: Record<string, { params: Record<string, { shape: number[]; hex: string[] }>; next: string }>;
}

function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/runtime/${name}.json`, import.meta.url), "utf8")) as T;
}

/** f32 values as big-endian hex, which tells -0 and every last bit. */
function hex(values: ArrayLike<number>): string[] {
  const view = new DataView(new ArrayBuffer(4));
  return Array.from(values, (value) => {
    view.setFloat32(0, value);
    return view.getUint32(0).toString(16).padStart(8, "0");
  });
}

function hex64(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}

/** Draws a Linear's parameters as torch does: weight, then bias. */
function linear(generator: Generator, shape: number[]): Weights {
  const bound = kaimingUniformBound(fanIn(shape));
  const weight = hex(uniform(generator, shape[0]! * shape[1]!, -bound, bound));
  const bias = biasBound(fanIn(shape));
  return { weight, bias: hex(uniform(generator, shape[0]!, -bias, bias)) };
}

const refs = fixture<Refs>("random");

describe.each(Object.keys(refs.seeds))("seed %s", (seed) => {
  const want = refs.seeds[seed]!;
  const generator = () => new Generator(BigInt(seed));

  test("uniform", () => {
    expect(hex(uniform(generator(), 5))).toEqual(want["rand5_f32"]);
    expect(hex(uniform(generator(), 8, -0.3, 0.9))).toEqual(want["uniform_-0.3_0.9_x8"]);
  });

  test("double uniform", () => {
    const g = generator();
    expect([0, 0, 0].map(() => hex64(g.nextUniform64()))).toEqual(want["rand3_f64"]);
    const h = generator();
    expect(Array.from({ length: 12 }, () => (h.nextUniform64() < 0.5 ? 1 : 0))).toEqual(
      want["bernoulli_0.5_x12"],
    );
  });

  test.each([5, 15, 16, 17, 20, 40])("normal of %i", (n) => {
    expect(hex(normal(generator(), n))).toEqual(want[`randn${n}_f32`]);
  });

  test("normal with mean and std", () => {
    expect(hex(normal(generator(), 33, 0.5, 0.1))).toEqual(want["normal_0.5_0.1_x33"]);
  });

  test("the second normal of a pair outlives other draws", () => {
    const g = generator();
    const drawn = [normal(g, 3), uniform(g, 1), normal(g, 20), normal(g, 2)];
    expect(drawn.flatMap((values) => hex(values))).toEqual(want["seq_randn3_rand1_randn20_randn2"]);
  });

  test("Linear and Embedding", () => {
    expect(linear(generator(), [3, 4])).toEqual(want["Linear(4,3)"]);
    expect(linear(generator(), [1, 10])).toEqual(want["Linear(10,1)"]);
    expect(hex(normal(generator(), 20))).toEqual(want["Embedding(4,5)"]);
  });
});

const init = fixture<Init>("init");

test.each(Object.keys(init.mods))("reset_parameters: %s", (name) => {
  const generator = new Generator(init.seed);
  const mod = init.mods[name]!;
  for (const [path, { shape, hex: want }] of Object.entries(mod.params)) {
    const size = shape.reduce((a, b) => a * b, 1);
    const isNorm = shape.length === 1 && mod.params[path.replace(/bias$/, "weight")]!.shape.length === 1;
    if (isNorm) continue; // constants, which draw nothing
    if (name.startsWith("emb")) {
      const values = normal(generator, size);
      // The fixture may have a padding row, which is zeroed after the draw.
      const got = hex(values).map((value, i) => (want[i] === "00000000" ? want[i] : value));
      expect(got).toEqual(want);
    } else {
      const fan = fanIn(mod.params[path.replace(/bias$/, "weight")]!.shape);
      const bound = path.endsWith("bias") ? biasBound(fan) : kaimingUniformBound(fan);
      expect(hex(uniform(generator, size, -bound, bound)).slice(0, want.length)).toEqual(want);
    }
  }
  expect(hex(uniform(generator, 1))).toEqual([mod.next]);
});

test("only the low 32 bits of a seed count, and negative seeds wrap", () => {
  const first = (seed: number | bigint) => new Generator(seed).nextInt32() >>> 0;
  expect(first(0)).toBe(2357136044);
  expect(first(2 ** 32)).toBe(first(0));
  expect(first(-1)).toBe(first(0xffffffffn));
  expect(first(2n ** 64n - 1n)).toBe(first(-1));
});

test("seeds that are no 64-bit integers are refused", () => {
  for (const seed of [0.5, NaN, 2 ** 60, 2n ** 64n, -(2n ** 63n) - 1n])
    expect(() => new Generator(seed)).toThrow(RangeError);
});

test("nothing is drawn for zero elements", () => {
  const generator = new Generator(0);
  expect(uniform(generator, 0)).toHaveLength(0);
  expect(normal(generator, 0)).toHaveLength(0);
  expect(generator.nextInt32() >>> 0).toBe(2357136044);
});

test("fans and bounds", () => {
  expect([fanIn([6, 3, 5]), fanOut([6, 3, 5])]).toEqual([15, 30]);
  expect(() => fanIn([3])).toThrow("at least two dimensions");
  expect(biasBound(0)).toBe(0);
  expect(xavierUniformBound([3, 5])).toBeCloseTo(Math.sqrt(6 / 8), 12);
});

test("ten million uniform values take well under a second", () => {
  const generator = new Generator(0);
  uniform(generator, 100_000);
  const start = performance.now();
  uniform(generator, 11_700_000, -0.1, 0.1);
  // Some 100 ms when the machine has nothing else to do.
  expect(performance.now() - start).toBeLessThan(1500);
});
