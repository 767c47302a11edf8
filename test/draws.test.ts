/** Random numbers of models: those of PyTorch's generator, in the order of the text, from a seed on. */
import { describe, expect, test } from "vitest";
import { compile, emit, tensor, type CompileOptions, type Model } from "../compiler/index.ts";
import { draws, type DrawName } from "../compiler/ir/graph/draws.ts";
import { closure } from "../compiler/emit/host/closure.ts";
import { isRandom } from "../compiler/emit/host/random-support.ts";
import { drive } from "../compiler/drive/driver.ts";
import { printPlan } from "../compiler/ir/plan/print-plan.ts";
import { readPlan } from "../compiler/ir/plan/read-plan.ts";
import { verifyPlan } from "../compiler/ir/plan/verify-plan.ts";
import { bernoulli, FastGenerator, Generator, normal, randperm } from "../runtime/random.ts";
import { imported } from "./compiled.ts";

const targets = ["js", "wasm", "wasm,js"] as const;
const train = { mode: "train" } as const;

/** What a model gives for an input that is all ones: the factors of a dropout. */
function factors(model: Model, n = 40): number[] {
  return Array.from(model(tensor(new Array<number>(n).fill(1), { shape: [n] })).data, Number);
}

/** The factors that PyTorch's generator gives. */
function drawn(generator: Generator, p: number, n = 40): number[] {
  const scale = Math.fround(1 / Math.fround(1 - p));
  return Array.from(bernoulli(generator, n, 1 - p), (kept) => kept * scale);
}

describe("the generator in emitted text is that of the runtime", () => {
  const numbers: { readonly [D in DrawName]: readonly number[] } = {
    bernoulli: [0.3],
    uniform: [-0.3, 0.9],
    normal: [0.1, 0.7],
    randint: [-5, 100],
    randperm: [],
    slopes: [0.125, 1 / 3],
  };
  const planOf = (name: DrawName, target: "js" | "wasm"): string => {
    const { dtype, reads } = draws[name];
    const values = [...numbers[name], ...(reads ? ["x"] : [])].join(", ");
    return `plan draws for ${target}
input x: f32[N]
output y: ${dtype}[N]
run:
  k(${reads ? "input x, " : ""}@output y; N)

kernel k(${reads ? "x: f32, " : ""}@y: ${dtype}; N)
  draw ${name}(${values}) to y: N
`;
  };

  test.each(
    (Object.keys(draws) as DrawName[]).flatMap((name) =>
      ["js" as const, "wasm" as const].map((target) => [name, target] as const),
    ),
  )("%s on %s", (name, target) => {
    const plan = readPlan(planOf(name, target));
    for (const seed of [0, 42, -1, 2n ** 63n]) {
      const model = closure(plan, {}, { seed });
      const generator = new Generator(seed);
      // Fewer normal values than 16 are drawn in another way, and leave one of a pair for the next call.
      for (const n of [1, 5, 15, 16, 17, 700, 0, 3, 2000]) {
        const x = Float32Array.from({ length: n }, (_, i) => (i % 3) - 1);
        const want = draws[name].draw(generator, n, numbers[name], x);
        expect(Array.from(model(tensor(x, { shape: [n] })).data, Number)).toEqual(Array.from(want));
      }
    }
  });
});

describe.each(targets)("seeds on %s", (target) => {
  const options = { ...train, target };

  test("runs go on from where the generator is, and `seed` lets them begin anew", () => {
    const model = compile("Dropout(0.3)", options);
    const generator = new Generator(0);
    const first = factors(model);
    expect(first).toEqual(drawn(generator, 0.3));
    const second = factors(model);
    expect(second).toEqual(drawn(generator, 0.3));
    expect(second).not.toEqual(first);
    model.seed!(0);
    expect(factors(model)).toEqual(first);
    model.seed!(2n ** 40n + 7n);
    expect(factors(model)).toEqual(drawn(new Generator(7), 0.3));
    expect(() => model.seed!(0.5)).toThrow(new RangeError("a seed must be an integer, not 0.5"));
  });

  test("modules begin with the seed of the compilation, or that of `create`", async () => {
    const { code } = emit("Dropout(0.3)", { ...options, seed: 5 });
    const module = await imported(code);
    const model = module.create({ seed: 9 });
    // Each model has a generator of its own.
    expect(factors(module.default)).toEqual(drawn(new Generator(5), 0.3));
    expect(factors(model)).toEqual(drawn(new Generator(9), 0.3));
    expect(factors(module.create())).toEqual(drawn(new Generator(5), 0.3));
    expect(module.selfTest()).toBeLessThanOrEqual(1);
  });

  test("so do modules with weights outside", async () => {
    const { code, weights } = emit("Linear(3, 3) -> Dropout(0.3)", { ...options, seed: 3n, external: true });
    const module = await imported(code);
    const x = tensor(new Float32Array(30).fill(1), { shape: [10, 3] });
    const wanted = compile("Linear(3, 3) -> Dropout(0.3)", { ...options, seed: 3 })(x).data;
    expect(module.create({ weights: weights! })(x).data).toEqual(wanted);
    expect((await module.load!(weights))(x).data).toEqual(wanted);
    expect(module.create({ weights: weights!, seed: 4 })(x).data).not.toEqual(wanted);
    expect(module.selfTest({ weights: weights! })).toBeLessThanOrEqual(1);
  });
});

const ordered: Readonly<Record<string, readonly [text: string, ps: readonly number[], last: number]>> = {
  "in the order of the text, whatever reads what": [
    "model M { input x: f32[N]; b = x -> Dropout(0.2); a = x -> Dropout(0.4); output y = (a -> Dropout(0.6)) * 0 + b }",
    [0.2, 0.4, 0.6],
    0,
  ],
  "what nothing reads is drawn all the same, as in PyTorch": [
    "model M { input x: f32[N]; b = x -> Dropout(0.2); c = b -> Dropout(0.5); output y = x -> Dropout(0.4); d = x -> Dropout(0.1) }",
    [0.2, 0.5, 0.4, 0.1],
    2,
  ],
  "two equal layers are two draws": [
    "model M { input x: f32[N]; a = x -> Dropout(0.2); b = x -> Dropout(0.2); output y = b + 0 * a }",
    [0.2, 0.2],
    1,
  ],
};

test.each(Object.entries(ordered))("%s", (_, [text, ps, last]) => {
  for (const target of targets) {
    const model = compile(text, { ...train, target });
    const generator = new Generator(0);
    for (let call = 0; call < 3; call++) {
      const all = ps.map((p) => drawn(generator, p));
      expect(factors(model), `${target}, call ${call}`).toEqual(all[last]);
    }
  }
});

test("modules draw what models of this process draw, from all distributions", async () => {
  const text = `model M {
  input x: f32[3, 7]
  output a = Rand(5, 5), b = Randn(3, 7) + Randn(2, 1, 1), c = RandInt(9, [700]), d = RandPerm(20), e = x -> Bernoulli(0.4), f = x -> RReLU
}`;
  const x = tensor(
    Float32Array.from({ length: 21 }, (_, i) => 10 - i),
    { shape: [3, 7] },
  );
  for (const target of targets) {
    const options = { ...train, target, seed: 2n ** 60n + 11n };
    const [module, model] = [await imported(emit(text, options).code), compile(text, options)];
    for (let call = 0; call < 3; call++) expect(module.default(x)).toEqual(model(x));
    expect(module.selfTest()).toBeLessThanOrEqual(1);
  }
});

test("the fast generator is another one, and the same on all targets", async () => {
  const text =
    "model M { input x: f32[N]; output y = x -> Dropout(0.3), z = Randn(20), w = Randn(3), v = RandPerm(9) }";
  const x = tensor(new Array<number>(5000).fill(1), { shape: [5000] });
  for (const target of targets) {
    const options = { ...train, target, seed: 7, rng: "fast" as const };
    const model = compile(text, options);
    const module = await imported(emit(text, options).code);
    const generator = new FastGenerator(7);
    for (let call = 0; call < 3; call++) {
      const made = model(x);
      expect(Array.from(made["y"]!.data, Number)).toEqual(drawn(generator, 0.3, 5000));
      expect(made["z"]!.data).toEqual(normal(generator, 20));
      expect(made["w"]!.data).toEqual(normal(generator, 3));
      expect(made["v"]!.data).toEqual(randperm(generator, 9));
      expect(module.default(x)).toEqual(made);
    }
    expect(module.selfTest()).toBeLessThanOrEqual(1);
    expect(factors(compile("Dropout(0.3)", options))).not.toEqual(drawn(new Generator(7), 0.3));
  }
  expect(() => compile(text, { rng: "slow" as "fast" })).toThrow('rng is "torch" or "fast", not "slow"');
});

test("the fast generator draws evenly, and can be copied and skipped", () => {
  const generator = new FastGenerator(0);
  const copy = generator.clone();
  const counts = new Array<number>(16).fill(0);
  for (let i = 0; i < 160_000; i++) counts[Math.floor(generator.nextUniform64() * 16)]!++;
  // Five standard deviations of a count.
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(10_000));
  copy.skip(160_000);
  expect(copy.nextInt32()).toBe(generator.nextInt32());
});

test("a draw whose operand is copied is made once", () => {
  const text = "model M { input x: f32[N, M]; output y = x -> Permute(1, 0) -> RReLU -> Dropout(0.5) }";
  const x = Float32Array.from({ length: 12 }, (_, i) => 1 - i);
  for (const target of targets) {
    const made = compile(text, { ...train, target })(tensor(x, { shape: [3, 4] })).data;
    const generator = new Generator(0);
    const moved = Float32Array.from({ length: 12 }, (_, i) => x[(i % 3) * 4 + Math.floor(i / 3)]!);
    const slopes = draws.slopes.draw(generator, 12, [1 / 8, 1 / 3], moved);
    const kept = drawn(generator, 0.5, 12);
    expect(made).toEqual(moved.map((value, i) => Math.fround(value * slopes[i]!) * kept[i]!));
  }
});

describe("a kernel that draws", () => {
  const planOf = (line: string, parameters = "@y: f32"): string => `plan p
input x: f32[3]
output y: f32[3]
run:
  k(${parameters.includes("x") ? "input x, " : ""}@output y)

kernel k(${parameters})
  ${line}
`;
  test.each([
    ["draw uniform(0, 1) to y: 3\n  y[0] = 1", "@y: f32", "a draw is not alone in its kernel"],
    ["for i = 0 to 3\n    draw uniform(0, 1) to y: 3", "@y: f32", "a draw is not alone in its kernel"],
    ["draw bernoulli(0.5) to y: 3", "@y: f32", "y is drawn to and is no buffer of bool for it"],
    ["draw uniform(0, 1) to z: 3", "@y: f32", "z is drawn to and is no buffer of f32 for it"],
    ["draw slopes(0, 1, y) to y: 3", "@y: f32", "slopes reads a buffer"],
    ["draw uniform(0, 1) to y: N", "@y: f32", "N stands in an index and is no integer here"],
  ])("%s is wrong", (line, parameters, message) => {
    expect(() => verifyPlan(readPlan(planOf(line, parameters)))).toThrow(message);
  });

  test("is read as it is printed", () => {
    const text = printPlan(readPlan(planOf("draw slopes(0.125, 0.5, x) to y: 3", "x: f32, @y: f32")));
    expect(text).toContain("\n  draw slopes(0.125, 0.5, x) to y: 3\n");
    expect(printPlan(readPlan(text))).toBe(text);
  });
});

test("a net that draws nothing has no generator", () => {
  for (const target of targets) {
    for (const [text, options] of [
      ["Dropout(0.3)", {}],
      ["Dropout(p=0) -> ReLU", train],
      ["Dropout(p=1)", train],
    ] as const satisfies readonly (readonly [string, CompileOptions])[]) {
      expect(isRandom(drive(text, { ...options, target }).plan)).toBe(false);
      const { code, types } = emit(text, { ...options, target, seed: 5 });
      expect(code + types).not.toMatch(/seed|random/i);
      expect(compile(text, { ...options, target }).seed).toBeUndefined();
    }
  }
});

test("a prepared value is none that is drawn", () => {
  const { plan } = drive(
    "model M { param w: f32[40] = Ones(); input x: f32[40]; output y = x * (w -> Dropout(0.3)) }",
    train,
  );
  expect(plan.prepare).toEqual([]);
  expect(isRandom(plan)).toBe(true);
});
