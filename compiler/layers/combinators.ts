/**
 * Library entries that take layers instead of tensors: a body in braces, or layers as arguments. The
 * resolver asks what such an entry does with them and knows none by name.
 */
import { bool, int, type ArgSpec, type Args } from "./record.ts";

export interface Combinator {
  readonly name: string;
  /** One line on what it does; formula and source as those of a record. */
  readonly doc: string;
  readonly formula?: string;
  readonly source?: string;
  readonly args: Readonly<Record<string, ArgSpec>>;
  /** How it is written, for the page that describes it; it takes f32[2, 4]. */
  readonly example: string;
  /** Where its layers stand: one body in braces, or any number of positional arguments. */
  readonly layers: "body" | "arguments";
  /** Takes `as i`, the number of the round from 0. */
  readonly index?: true;
  /** How often the layers are applied, each round to what the round before gave. */
  readonly rounds: (args: Args) => number;
  /**
   * What numbers weight paths: every round is a scope of its own, the arguments are entries of a scope, or
   * nothing, so that all rounds share their weights.
   */
  readonly numbers: (args: Args) => "rounds" | "entries" | "nothing";
  /** The input is added to the result. */
  readonly addsInput?: true;
}

const residual: Combinator = {
  name: "Residual",
  doc: "the input is added to the body's result",
  formula: "body(x) + x",
  source: "He et al., arXiv:1512.03385",
  args: {},
  example: "Residual { Linear(4, 4) -> ReLU }",
  layers: "body",
  rounds: () => 1,
  numbers: () => "nothing",
  addsInput: true,
};

const repeat: Combinator = {
  name: "Repeat",
  doc: "the body n times, each round with weights of its own and fed with the results of the one before",
  formula: "body_n(… body_2(body_1(x)))",
  args: { n: int(undefined, 0), shared: bool(false) },
  example: "Repeat(3) { Linear(4, 4) -> ReLU }",
  layers: "body",
  index: true,
  rounds: (args) => args["n"] as number,
  numbers: (args) => (args["shared"] === true ? "nothing" : "rounds"),
};

const sequential: Combinator = {
  name: "Sequential",
  doc: "the layers one after the other, as a scope of their own",
  formula: "layer_n(… layer_2(layer_1(x)))",
  source: "torch.nn.Sequential",
  args: {},
  example: "Sequential(Linear(4, 3), ReLU())",
  layers: "arguments",
  rounds: () => 1,
  numbers: () => "entries",
};

export const combinators: ReadonlyMap<string, Combinator> = new Map(
  [residual, repeat, sequential].map((entry) => [entry.name, entry]),
);
