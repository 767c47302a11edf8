/**
 * Library entries that take layers instead of tensors: a body in braces, or layers as arguments. The
 * resolver asks what such an entry does with them and knows none by name.
 */
import { bool, dimension, int, type ArgSpec, type Args } from "./record.ts";

export interface Combinator {
  readonly name: string;
  /** One line on what the combinator does. `doc`, `formula` and `source` are written as in a `LayerRecord`. */
  readonly doc: string;
  readonly formula?: string;
  readonly source?: string;
  readonly args: Readonly<Record<string, ArgSpec>>;
  /** A call that is shown on the page that describes the combinator; it must take an f32[2, 4]. */
  readonly example: string;
  /** Where the layers are written: in one body in braces, or as any number of positional arguments. */
  readonly layers: "body" | "arguments";
  /** The call may end in `as i`, which names the number of the round, counted from 0. */
  readonly index?: true;
  /** How many times the layers are applied; each round takes the result of the round before. */
  readonly rounds: (args: Args) => number;
  /**
   * How the paths of weights are numbered: by round (each round is a scope), by argument (the arguments are
   * entries of one scope), or not at all, and then all rounds share their weights.
   */
  readonly numbers: (args: Args) => "rounds" | "entries" | "nothing";
  /** The layers make one step after the other along an axis of their inputs, and hand states from step to step. */
  readonly steps?: true;
  /** The result is the input plus what the layers make of it. */
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

const scan: Combinator = {
  name: "Scan",
  doc: "the body at each step along dim: an input that an output is named after is a state, of which the last value comes out; others are cut along dim, and other outputs stacked along it",
  formula: "state_t, y_t = body(state_(t - 1), x[t])",
  args: { dim: dimension(0), reverse: bool(false) },
  example: "Scan(dim=1) { input x; output y = x -> Tanh }",
  layers: "body",
  rounds: () => 1,
  numbers: () => "nothing",
  steps: true,
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
  [residual, repeat, scan, sequential].map((entry) => [entry.name, entry]),
);
