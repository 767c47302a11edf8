/** The distributions of random numbers, a row each: how PyTorch draws them on the CPU, one element after the other. */
import { bernoulli, normal, randint, randperm, uniform, type Generator } from "../../../runtime/random.ts";
import type { Dtype } from "../dtype.ts";

interface DrawRow {
  /** What an element is. */
  readonly doc: string;
  readonly dtype: Dtype;
  /** The names of the numbers on which the distribution depends. */
  readonly numbers: readonly string[];
  /** Set where an operand of the same sizes decides for which elements a number is drawn. */
  readonly reads?: true;
  /** Draws `n` elements. `x` is the operand, if there is one. */
  readonly draw: (
    generator: Generator,
    n: number,
    numbers: readonly number[],
    x: ArrayLike<number>,
  ) => ArrayLike<number>;
}

export type DrawName = "bernoulli" | "uniform" | "normal" | "randint" | "randperm" | "slopes";

export const draws: { readonly [D in DrawName]: DrawRow } = {
  bernoulli: {
    doc: "true with probability p, decided by 53 bits: tensor.bernoulli_(p)",
    dtype: "bool",
    numbers: ["p"],
    draw: (generator, n, [p]) => bernoulli(generator, n, p!),
  },
  uniform: {
    doc: "uniform from low up to, not including, high, of 24 bits: tensor.uniform_(low, high)",
    dtype: "f32",
    numbers: ["low", "high"],
    draw: (generator, n, [low, high]) => uniform(generator, n, low, high),
  },
  normal: {
    doc: "normal: tensor.normal_(mean, std)",
    dtype: "f32",
    numbers: ["mean", "std"],
    draw: (generator, n, [mean, std]) => normal(generator, n, mean, std),
  },
  randint: {
    doc: "an integer from low up to, not including, high: torch.randint(low, high, …)",
    dtype: "i32",
    numbers: ["low", "high"],
    draw: (generator, n, [low, high]) => randint(generator, n, low!, high!),
  },
  randperm: {
    doc: "the integers below the number of elements, in random order: torch.randperm(n)",
    dtype: "i32",
    numbers: [],
    draw: (generator, n) => randperm(generator, n),
  },
  slopes: {
    doc: "uniform from low up to, not including, high, of 53 bits, where x <= 0; elsewhere 1, and nothing is drawn",
    dtype: "f32",
    numbers: ["low", "high"],
    reads: true,
    draw: (generator, n, [low, high], x) =>
      Float32Array.from({ length: n }, (_, i) =>
        x[i]! <= 0 ? generator.nextUniform64() * (high! - low!) + low! : 1,
      ),
  },
};
