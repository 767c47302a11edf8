/** Tensors of random numbers, which each run draws anew, in eval mode, too. */
import { sizesOf } from "../ir/graph/builder.ts";
import type { DrawName } from "../ir/graph/draws.ts";
import { extents, type Shape } from "../ir/types.ts";
import type { Size } from "../ir/size/size.ts";
import { wantDtype } from "./axes.ts";
import { sizes } from "./creation.ts";
import { flatList, negativeSize } from "./dims.ts";
import { float, int, layer, number, size, typed } from "./record.ts";
import type { Args, ArgSpec, LayerRecord, Sample } from "./record.ts";

/** The distribution and its numbers. */
type Drawn = readonly [draw: DrawName, numbers: readonly number[]];

const STANDARD: { readonly [K in "uniform" | "normal"]: Drawn } = {
  uniform: ["uniform", [0, 1]],
  normal: ["normal", [0, 1]],
};

function drawing(
  spec: Pick<LayerRecord, "name" | "doc" | "formula" | "source" | "args" | "shapes"> & {
    readonly samples: readonly string[];
    readonly dtype?: "i32";
    readonly of: (args: Args) => Drawn;
    readonly sizes: (args: Args) => Shape;
    readonly arrange?: NonNullable<LayerRecord["arrange"]>;
    readonly wrong?: (args: Args) => string | undefined;
  },
): LayerRecord {
  const { of, sizes: sizesFrom, wrong, dtype = "f32", samples, ...rest } = spec;
  return layer({
    ...rest,
    inputs: [],
    validate: (args) => wrong?.(args) ?? negativeSize(sizesFrom(args) as readonly Size[]),
    infer: (_inputs, args) => [typed(dtype, sizesFrom(args))],
    body: (_inputs, { b, args, types }) => {
      const [draw, numbers] = of(args);
      return [b.random(draw, extents(types[0]!.shape), numbers)];
    },
    samples: samples.map((source): Sample => ({ source, inputs: [] })),
  });
}

const ofSizes = (args: Args): Shape => flatList(args, "size");

export const rand: LayerRecord = drawing({
  name: "Rand",
  doc: "uniformly distributed random numbers, drawn by each run",
  formula: "uniform in [0, 1)",
  source: "torch.rand",
  shapes: "-> [*size]",
  args: { size: sizes },
  of: () => STANDARD.uniform,
  sizes: ofSizes,
  samples: ["Rand(2, 3)", "Rand(700)", "Rand()"],
});

export const randn: LayerRecord = drawing({
  name: "Randn",
  doc: "normally distributed random numbers of mean 0 and variance 1, drawn by each run",
  formula: "normal(0, 1)",
  source: "torch.randn",
  shapes: "-> [*size]",
  args: { size: sizes },
  of: () => STANDARD.normal,
  sizes: ofSizes,
  samples: ["Randn(2, 3)", "Randn(5, 7)", "Randn()"],
});

const list: ArgSpec = { kind: "sizes" };

export const randInt: LayerRecord = drawing({
  name: "RandInt",
  doc: "random integers from low up to, not including, high, drawn by each run",
  formula: "an integer in [low, high)",
  source: "torch.randint",
  shapes: "-> i32[*size]",
  args: { low: int(0), high: int(), size: list },
  // RandInt(10, [3]) has no lower end.
  arrange: (positional) => (Array.isArray(positional[1]?.value) ? ["high", "size"] : ["low", "high", "size"]),
  wrong: (args) => {
    const [low, high] = [number(args, "low"), number(args, "high")];
    if (low !== (low | 0) || high !== (high | 0)) return "low and high must be integers of 32 bits";
    return low < high ? undefined : `low must be less than high, but they are ${low} and ${high}`;
  },
  dtype: "i32",
  of: (args) => ["randint", [number(args, "low"), number(args, "high")]],
  sizes: ofSizes,
  samples: ["RandInt(10, [3, 2])", "RandInt(-5, 5, [7])", "RandInt(high=2, size=[])"],
});

export const randPerm: LayerRecord = drawing({
  name: "RandPerm",
  doc: "the integers from 0 up to, not including, n, in an order that each run draws",
  formula: "a permutation of 0, 1, …, n - 1",
  source: "torch.randperm",
  shapes: "-> i32[n]",
  args: { n: size() },
  dtype: "i32",
  of: () => ["randperm", []],
  sizes: (args) => [args["n"] as Size],
  samples: ["RandPerm(10)", "RandPerm(1)", "RandPerm(0)"],
});

function like(name: string, doc: string, source: string, formula: string, drawn: Drawn): LayerRecord {
  return layer({
    name,
    doc,
    formula,
    source,
    shapes: "x: [...] -> the same",
    args: {},
    inputs: ["x"],
    accepts: () => [{ dtype: "f32", shape: ["..."] }],
    infer: ([x]) => wantDtype(x!, "f32") ?? [x!],
    body: ([x], { b }) => [b.random(drawn[0], sizesOf(x!), drawn[1])],
    samples: [
      { source: `${name}()`, inputs: [[2, 3]] },
      { source: `${name}()`, inputs: [[20]] },
      { source: `${name}()`, inputs: [[]] },
    ],
  });
}

export const randLike: LayerRecord = like(
  "RandLike",
  "uniformly distributed random numbers in the shape of x, drawn by each run",
  "torch.rand_like",
  "uniform in [0, 1)",
  STANDARD.uniform,
);

export const randnLike: LayerRecord = like(
  "RandnLike",
  "normally distributed random numbers in the shape of x, drawn by each run",
  "torch.randn_like",
  "normal(0, 1)",
  STANDARD.normal,
);

export const bernoulliTensor: LayerRecord = layer({
  name: "Bernoulli",
  doc: "1 with the probability that is the element of x, else 0; or with probability p, whatever x is",
  formula: "uniform < x ? 1 : 0",
  source: "torch.bernoulli",
  shapes: "x: [...] -> the same",
  args: { p: float(null) },
  inputs: ["x"],
  accepts: () => [{ dtype: "f32", shape: ["..."] }],
  validate: ({ p }) => {
    const isWrong = typeof p === "number" && !(p >= 0 && p <= 1);
    return isWrong ? `p must be from 0 to 1, not ${p}` : undefined;
  },
  infer: ([x]) => wantDtype(x!, "f32") ?? [x!],
  body: ([x], { b, args }) => {
    const { p } = args;
    // With probabilities of their own, PyTorch draws 24 bits for each element, else 53.
    const drawn =
      typeof p === "number"
        ? b.random("bernoulli", sizesOf(x!), [p])
        : b.map("lt", [b.random("uniform", sizesOf(x!), [0, 1]), x!]);
    return [b.cast(drawn, "f32")];
  },
  samples: [
    { source: "Bernoulli()", inputs: [[2, 5]], within: [0, 1] },
    { source: "Bernoulli(0.3)", inputs: [[2, 5]] },
    { source: "Bernoulli(p=1)", inputs: [[3]] },
  ],
});
