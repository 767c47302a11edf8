/** Makes inputs for a net, with sizes that are given or chosen. */
import { didYouMean } from "../../grammar/diagnostics.ts";
import { bernoulli, Generator, normal, randint } from "../../runtime/random.ts";
import type { Tensor } from "../../runtime/tensor.ts";
import { boundSymbols } from "../emit/host/bind-sizes.ts";
import { listText } from "../inspect/text.ts";
import type { Plan, PlanPort } from "../ir/plan/plan.ts";
import { evaluateSize, symbolsOf } from "../ir/size/size.ts";
import { extent, isRun } from "../ir/types.ts";
import { exit, Failure } from "./io.ts";

export type GivenSizes = Readonly<Record<string, number>>;

/**
 * The size that is chosen if none is given. Only the first size of an input, which is usually the batch, and a
 * run `...` are 1.
 */
const DEFAULT_SIZE = 32;

/**
 * Chooses a value for each size that the inputs leave open. Throws a Failure if a given size is not one of the
 * inputs' sizes.
 */
export function chooseSizes({ inputs }: Plan, given: GivenSizes): GivenSizes {
  const open = boundSymbols(inputs);
  const unknown = Object.keys(given).find((name) => !open.includes(name));
  if (unknown !== undefined) {
    const near = didYouMean(unknown, open);
    const help =
      near !== undefined ? `: did you mean ${near}?` : open.length > 0 ? `, only ${listText(open)}` : "";
    throw new Failure(`the inputs leave no size ${unknown} open${help}`, exit.usage);
  }
  const chosen = new Map<string, number>();
  for (const { type } of inputs) {
    type.shape.forEach((dim, axis) => {
      for (const name of symbolsOf(extent(dim)))
        if (!chosen.has(name)) chosen.set(name, axis === 0 || isRun(dim) ? 1 : DEFAULT_SIZE);
    });
  }
  return Object.fromEntries(
    open.map((name) => [name, Object.hasOwn(given, name) ? given[name]! : chosen.get(name)!]),
  );
}

/**
 * Makes random values, the same each time: normally distributed floats, truth values, and integers from 0 to
 * below `below`.
 */
export function makeInputs({ inputs }: Plan, sizes: GivenSizes, below: number): Record<string, Tensor> {
  const generator = new Generator(0);
  return Object.fromEntries(inputs.map((port) => [port.name, made(port, sizes, below, generator)]));
}

/** Makes the tensor of an input. A run becomes one axis, whose size is the product of the run's sizes. */
function made(
  { type: { shape, dtype } }: PlanPort,
  sizes: GivenSizes,
  below: number,
  generator: Generator,
): Tensor {
  const values = new Map(Object.entries(sizes));
  const numbers = shape.map((dim) => evaluateSize(extent(dim), values));
  const count = numbers.reduce((product, size) => product * size, 1);
  switch (dtype) {
    case "i32":
      return { dtype, shape: numbers, data: randint(generator, count, 0, below) };
    case "bool":
      return { dtype, shape: numbers, data: bernoulli(generator, count, 0.5) };
    case "f32":
      return { dtype, shape: numbers, data: normal(generator, count) };
    case "f64":
    case "f16":
    case "i8":
      throw new Error(`${dtype} is not a type of the language`);
  }
}
