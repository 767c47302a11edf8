/** Recurrent layers, which go through a sequence step by step, and their cells, which make one step. */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import type { Size } from "../ir/size/size.ts";
import { extent, type Shape, type TensorType } from "../ir/types.ts";
import { lastSize, wantDtype, wantRank } from "./axes.ts";
import { dropped } from "./dropout.ts";
import { linearMap } from "./linear.ts";
import { bool, choice, flag, float, int, layer, number, typed, within } from "./record.ts";
import type { ArgSpec, Args, LayerRecord, ParameterSpec, Sample, ShapeContext } from "./record.ts";
import { sigmoidOf } from "./sigmoidal.ts";

/** What a step makes of the products of its input and of the state before it. */
interface Cell {
  /** The parts of the weights, in the order of their rows. */
  readonly gates: number;
  /** The states: h, and for an LSTM c. Only h takes part in products. */
  readonly states: readonly ("h" | "c")[];
  /** Whether a step only uses the sum of the two products: then both biases are added once, before the loop. */
  readonly adds: boolean;
  readonly step: (b: Builder, parts: Parts) => readonly Tensor[];
}

interface Parts {
  readonly args: Args;
  /** `W_ih x + b_ih` and `W_hh h + b_hh`, of shape [N, gates * hidden_size]. */
  readonly x: Tensor;
  readonly h: Tensor;
  /** The states before the step. */
  readonly states: readonly Tensor[];
}

const cells = {
  RNN: {
    gates: 1,
    states: ["h"],
    adds: true,
    step: (b, { args, x, h }) => {
      const sum = b.add(x, h);
      return [
        args["nonlinearity"] === "relu" ? b.select(b.map("lt", [sum, 0]), 0, sum) : b.map("tanh", [sum]),
      ];
    },
  },
  GRU: {
    gates: 3,
    states: ["h"],
    adds: false,
    step: (b, { x, h, states: [before] }) => {
      const [xr, xz, xn] = gatesOf(b, x, 3) as [Tensor, Tensor, Tensor];
      const [hr, hz, hn] = gatesOf(b, h, 3) as [Tensor, Tensor, Tensor];
      const reset = sigmoidOf(b, b.add(xr, hr));
      const update = sigmoidOf(b, b.add(xz, hz));
      const candidate = b.map("tanh", [b.add(xn, b.mul(reset, hn))]);
      return [b.add(b.mul(b.sub(before!, candidate), update), candidate)];
    },
  },
  LSTM: {
    gates: 4,
    states: ["h", "c"],
    adds: true,
    step: (b, { x, h, states: [, before] }) => {
      const [input, forget, candidate, output] = gatesOf(b, b.add(x, h), 4) as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ];
      const kept = b.mul(sigmoidOf(b, forget), before!);
      const c = b.add(kept, b.mul(sigmoidOf(b, input), b.map("tanh", [candidate])));
      return [b.mul(sigmoidOf(b, output), b.map("tanh", [c])), c];
    },
  },
} satisfies Record<string, Cell>;

type CellName = keyof typeof cells;

/** The parts of the last axis, which are of one size. */
function gatesOf(b: Builder, x: Tensor, count: number): Tensor[] {
  const [rows, all] = sizesOf(x) as [Size, number];
  return Array.from({ length: count }, (_, i) =>
    b.slice(x, [0, (i * all) / count], [1, 1], [rows, all / count]),
  );
}

const bias: ArgSpec = bool(true);
const nonlinearity: ArgSpec = choice(["tanh", "relu"], "tanh");

/** The number of directions. */
function directionsOf(args: Args): number {
  return flag(args, "bidirectional") ? 2 : 1;
}

/** The size of h, which an LSTM may project. */
function stateSize(args: Args): number {
  return number(args, "proj_size") || number(args, "hidden_size");
}

/** The layers and directions in the order of the state dict, with the ends of the names of their weights. */
function rowsOf(
  args: Args,
): { readonly layer: number; readonly reverse: boolean; readonly suffix: string }[] {
  return Array.from({ length: number(args, "num_layers") }, (_, layer) =>
    Array.from({ length: directionsOf(args) }, (__, direction) => ({
      layer,
      reverse: direction === 1,
      suffix: `_l${layer}${direction === 1 ? "_reverse" : ""}`,
    })),
  ).flat();
}

/** The weights of one step: `weight_ih`, `weight_hh`, their biases, and with `proj_size` `weight_hr`. */
function weightsOf(args: Args, gates: number, inputs: number, suffix: string): ParameterSpec[] {
  const hidden = number(args, "hidden_size");
  const state = stateSize(args);
  const param = { role: "param", dtype: "f32", init: within(1 / Math.sqrt(hidden)) } as const;
  const rows = gates * hidden;
  return [
    { name: `weight_ih${suffix}`, ...param, shape: [rows, inputs] },
    { name: `weight_hh${suffix}`, ...param, shape: [rows, state] },
    ...(flag(args, "bias")
      ? [
          { name: `bias_ih${suffix}`, ...param, shape: [rows] },
          { name: `bias_hh${suffix}`, ...param, shape: [rows] },
        ]
      : []),
    ...(number(args, "proj_size") > 0
      ? [{ name: `weight_hr${suffix}`, ...param, shape: [state, hidden] }]
      : []),
  ];
}

/** The shapes of the results: the sequence, and the states after the last step. */
function inferSequence(
  inputs: readonly TensorType[],
  args: Args,
  { states }: Cell,
  context: ShapeContext,
): readonly TensorType[] | string {
  const [x, ...given] = inputs as [TensorType, ...TensorType[]];
  const wrong = inputs.map((input) => wantDtype(input, "f32")).find((reason) => reason !== undefined);
  if (wrong !== undefined) return wrong;
  const first = flag(args, "batch_first");
  const axes = first ? "N, T" : "T, N";
  const rank = wantRank(x.shape, [3, 2], `f32[${axes}, ${number(args, "input_size")}]`);
  if (rank !== undefined) return rank;
  const isBatched = x.shape.length === 3;
  const sizes = x.shape.map(extent);
  if (first) context.batch?.(isBatched ? sizes[0] : undefined);
  const want = number(args, "input_size");
  const unlike = context.equal(sizes.at(-1)!, want, `the last size must be ${want}`);
  if (unlike !== undefined) return unlike;
  const rows = number(args, "num_layers") * directionsOf(args);
  const batch = isBatched ? [sizes[first ? 0 : 1]!] : [];
  const shapes = states.map((state): Size[] => [
    rows,
    ...batch,
    state === "h" ? stateSize(args) : number(args, "hidden_size"),
  ]);
  const names = states.map((state) => `${state}_0`);
  const wrongState = unlikeStates(given, shapes, names, context);
  if (wrongState !== undefined) return wrongState;
  const output = [...x.shape.slice(0, -1), directionsOf(args) * stateSize(args)];
  return [typed("f32", output), ...shapes.map((shape) => typed("f32", shape))];
}

/** Why the given states do not fit: some are missing, or one has another shape. */
function unlikeStates(
  given: readonly TensorType[],
  shapes: readonly (readonly Size[])[],
  names: readonly string[],
  context: ShapeContext,
): string | undefined {
  if (given.length > 0 && given.length < names.length) return "either all states are given or none of them";
  for (const [i, type] of given.entries()) {
    const problem = unlikeShape(type.shape, shapes[i]!, names[i]!, context);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function unlikeShape(
  shape: Shape,
  wanted: readonly Size[],
  name: string,
  context: ShapeContext,
): string | undefined {
  const reason = `${name} must have ${wanted.length} sizes`;
  if (shape.length !== wanted.length) return reason;
  return shape
    .map((size, axis) =>
      context.equal(extent(size), wanted[axis]!, `size ${axis} of ${name} must be that of the others`),
    )
    .find((problem) => problem !== undefined);
}

/** One direction of one layer: what a step leaves, for all steps, and the states after the last one. */
function through(
  b: Builder,
  x: Tensor,
  begin: readonly Tensor[],
  cell: Cell,
  { args, reverse, weight }: { args: Args; reverse: boolean; weight: (name: string) => Tensor | undefined },
): { readonly sequence: Tensor; readonly last: readonly Tensor[] } {
  const [count, rows] = sizesOf(x) as [Size, Size];
  const biases = ["bias_ih", "bias_hh"].flatMap((name) => weight(name) ?? []);
  const [own, other] = cell.adds && biases.length > 0 ? [b.add(biases[0]!, biases[1]!)] : biases;
  const all = linearMap(b, x, weight("weight_ih")!, own);
  const width = sizesOf(all)[2]!;
  const { last, stacked } = b.scan({ count, begin, reverse }, (states, at) => {
    const part = b.reshape(b.slice(all, [at, 0, 0], [1, 1, 1], [1, rows, width]), [rows, width]);
    const h = linearMap(b, states[0]!, weight("weight_hh")!, other);
    const [made, ...others] = cell.step(b, { args, x: part, h, states }) as [Tensor, ...Tensor[]];
    const projection = weight("weight_hr");
    const next = projection ? linearMap(b, made, projection) : made;
    return { next: [next, ...others], stacked: [next] };
  });
  return { sequence: stacked[0]!, last };
}

function bodyOf(
  inputs: readonly Tensor[],
  cell: Cell,
  { b, args, mode, parameters }: Parameters<LayerRecord["body"]>[1],
): readonly Tensor[] {
  const [input, ...given] = inputs as [Tensor, ...Tensor[]];
  const isBatched = sizesOf(input).length === 3;
  const first = flag(args, "batch_first");
  // [T, N, input_size]
  let x = input;
  if (!isBatched) x = b.reshape(x, [sizesOf(x)[0]!, 1, sizesOf(x)[1]!]);
  else if (first) x = b.permute(x, [1, 0, 2]);
  const rows = sizesOf(x)[1]!;
  const begin = (state: number, row: number): Tensor => {
    const size = cell.states[state] === "h" ? stateSize(args) : number(args, "hidden_size");
    const whole = given[state];
    if (!whole) return b.full([rows, size], 0);
    const flat = b.reshape(whole, [sizesOf(whole)[0]!, rows, size]);
    return b.reshape(b.slice(flat, [row, 0, 0], [1, 1, 1], [1, rows, size]), [rows, size]);
  };
  const ends: Tensor[][] = cell.states.map(() => []);
  const all = rowsOf(args);
  for (let layer = 0; layer < number(args, "num_layers"); layer++) {
    const made = all.flatMap((row, at) => {
      if (row.layer !== layer) return [];
      const weight = (name: string): Tensor | undefined => parameters[name + row.suffix];
      const states = cell.states.map((_, state) => begin(state, at));
      const { sequence, last } = through(b, x, states, cell, { args, reverse: row.reverse, weight });
      last.forEach((state, i) => ends[i]!.push(b.reshape(state, [1, ...sizesOf(state)])));
      return [sequence];
    });
    x = b.concat(made, 2);
    const isLast = layer === number(args, "num_layers") - 1;
    if (mode === "train" && !isLast) x = dropped(b, x, number(args, "dropout"));
  }
  const output = !isBatched
    ? b.reshape(x, [sizesOf(x)[0]!, sizesOf(x)[2]!])
    : first
      ? b.permute(x, [1, 0, 2])
      : x;
  const last = ends.map((parts) => {
    const whole = b.concat(parts, 0);
    return isBatched ? whole : b.reshape(whole, [sizesOf(whole)[0]!, sizesOf(whole)[2]!]);
  });
  return [output, ...last];
}

function sequence(
  name: CellName,
  doc: string,
  formula: string,
  own: Record<string, ArgSpec>,
  samples: readonly Sample[],
): LayerRecord {
  const cell: Cell = cells[name];
  const states = cell.states.map((state) => `${state}_n`);
  return layer({
    name,
    doc,
    shapes: `x: [T, N, input_size], ${cell.states.map((state) => `${state}_0`).join(", ")}: [num_layers * directions, N, hidden_size] -> output: [T, N, directions * hidden_size], ${states.join(", ")}: as ${cell.states.map((state) => `${state}_0`).join(", ")}; with batch_first N comes before T in x and output; without N unbatched`,
    formula,
    source: `torch.nn.${name}`,
    args: {
      input_size: { ...int(undefined, 1), infer: lastSize },
      hidden_size: int(undefined, 1),
      num_layers: int(1, 1),
      ...(name === "RNN" ? { nonlinearity } : {}),
      bias,
      batch_first: bool(false),
      dropout: float(0),
      bidirectional: bool(false),
      ...own,
    },
    inputs: ["x", ...cell.states.map((state) => `${state}_0`)],
    required: 1,
    outputs: ["output", ...states],
    auxiliary: true,
    validate: (args) => {
      const p = number(args, "dropout");
      if (!(p >= 0 && p <= 1)) return "dropout must be between 0 and 1";
      const projected = number(args, "proj_size");
      return projected > 0 && projected >= number(args, "hidden_size")
        ? "proj_size must be smaller than hidden_size"
        : undefined;
    },
    accepts: (args) => [
      {
        dtype: "f32",
        shape: [...(flag(args, "batch_first") ? ["N", "T"] : ["T", "N"]), number(args, "input_size")],
      },
    ],
    parameters: (args) =>
      rowsOf(args).flatMap(({ layer: at, suffix }) =>
        weightsOf(
          args,
          cell.gates,
          at === 0 ? number(args, "input_size") : directionsOf(args) * stateSize(args),
          suffix,
        ),
      ),
    infer: (inputs, args, context) => inferSequence(inputs, args, cell, context),
    body: (inputs, context) => bodyOf(inputs, cell, context),
    samples,
  });
}

export const rnn: LayerRecord = sequence(
  "RNN",
  "a recurrent layer: each step makes a state of its input and of the state before",
  "h = tanh(W_ih @ x + b_ih + W_hh @ h + b_hh), or relu",
  {},
  [
    { source: "RNN(4, 3)", inputs: [[5, 2, 4]] },
    {
      source: 'RNN(3, 2, 2, nonlinearity="relu", batch_first=True, bidirectional=True)',
      inputs: [[2, 4, 3]],
    },
    { source: "RNN(3, 2, 3, dropout=0.4)", inputs: [[3, 2, 3]] },
    {
      source: "RNN(3, 4, bias=False)",
      inputs: [
        [3, 3],
        [1, 4],
      ],
    },
  ],
);

export const gru: LayerRecord = sequence(
  "GRU",
  "a recurrent layer with gated units",
  "r, z = sigmoid(W_i x + b_i + W_h h + b_h); n = tanh(W_in @ x + b_in + r * (W_hn @ h + b_hn)); h = (1 - z) * n + z * h",
  {},
  [
    { source: "GRU(4, 3)", inputs: [[5, 2, 4]] },
    {
      source: "GRU(3, 2, num_layers=2, bidirectional=True)",
      inputs: [
        [4, 1, 3],
        [4, 1, 2],
      ],
    },
    { source: "GRU(3, 2, batch_first=True, bias=False)", inputs: [[2, 3, 3]] },
    { source: "GRU(2, 3)", inputs: [[4, 2]] },
    { source: "GRU(2, 3, 2, dropout=1)", inputs: [[4, 2]] },
  ],
);

export const lstm: LayerRecord = sequence(
  "LSTM",
  "a recurrent layer with long short-term memory",
  "i, f, o = sigmoid(W_i x + b_i + W_h h + b_h); g = tanh(W_ig @ x + b_ig + W_hg @ h + b_hg); c = f * c + i * g; h = o * tanh(c), with proj_size W_hr @ (o * tanh(c))",
  { proj_size: int(0, 0) },
  [
    { source: "LSTM(4, 3)", inputs: [[5, 2, 4]] },
    {
      source: "LSTM(3, 4, 2, batch_first=True, bidirectional=True)",
      inputs: [
        [2, 3, 3],
        [4, 2, 4],
        [4, 2, 4],
      ],
    },
    { source: "LSTM(3, 4, proj_size=2)", inputs: [[3, 2, 3]] },
    { source: "LSTM(2, 3, bias=False)", inputs: [[4, 2]] },
    { source: "LSTM(2, 3, 2, batch_first=True, dropout=0.3, bidirectional=True)", inputs: [[2, 4, 2]] },
  ],
);

function cellRecord(
  name: CellName,
  doc: string,
  own: Record<string, ArgSpec>,
  samples: readonly Sample[],
): LayerRecord {
  const cell: Cell = cells[name];
  return layer({
    name: `${name}Cell`,
    doc,
    shapes: `x: [N, input_size], ${cell.states.join(", ")}: [N, hidden_size] -> ${cell.states.map((state) => `${state}: [N, hidden_size]`).join(", ")}; or all without N`,
    formula: `a step of ${name}`,
    source: `torch.nn.${name}Cell`,
    args: {
      input_size: { ...int(undefined, 1), infer: lastSize },
      hidden_size: int(undefined, 1),
      bias,
      ...own,
    },
    inputs: ["x", ...cell.states],
    required: 1,
    ...(cell.states.length > 1 && { outputs: cell.states, auxiliary: true as const }),
    accepts: (args) => [{ dtype: "f32", shape: ["N", number(args, "input_size")] }],
    parameters: (args) => weightsOf({ ...args, proj_size: 0 }, cell.gates, number(args, "input_size"), ""),
    infer: (inputs, args, context) => {
      const [x, ...given] = inputs as [TensorType, ...TensorType[]];
      const wrong = inputs.map((input) => wantDtype(input, "f32")).find((reason) => reason !== undefined);
      const want = number(args, "input_size");
      const rank = wrong ?? wantRank(x.shape, [2, 1], `f32[N, ${want}]`);
      if (rank !== undefined) return rank;
      context.batch?.(x.shape.length === 2 ? extent(x.shape[0]!) : undefined);
      const unlike = context.equal(extent(x.shape.at(-1)!), want, `the last size must be ${want}`);
      if (unlike !== undefined) return unlike;
      const shape = [...x.shape.slice(0, -1).map(extent), number(args, "hidden_size")];
      const shapes = cell.states.map(() => shape);
      return unlikeStates(given, shapes, cell.states, context) ?? shapes.map((sizes) => typed("f32", sizes));
    },
    body: (inputs, { b, args, parameters: weights, types }) => {
      const [input, ...given] = inputs as [Tensor, ...Tensor[]];
      const isBatched = sizesOf(input).length === 2;
      const rows: Size = isBatched ? sizesOf(input)[0]! : 1;
      const hidden = number(args, "hidden_size");
      const x = b.reshape(input, [rows, number(args, "input_size")]);
      const states = cell.states.map((_, i) =>
        given[i] ? b.reshape(given[i], [rows, hidden]) : b.full([rows, hidden], 0),
      );
      const made = cell.step(b, {
        args,
        x: linearMap(b, x, weights["weight_ih"]!, weights["bias_ih"]),
        h: linearMap(b, states[0]!, weights["weight_hh"]!, weights["bias_hh"]),
        states,
      });
      return made.map((state, i) => b.reshape(state, types[i]!.shape.map(extent)));
    },
    samples,
  });
}

export const rnnCell: LayerRecord = cellRecord("RNN", "one step of a recurrent layer", { nonlinearity }, [
  {
    source: "RNNCell(4, 3)",
    inputs: [
      [2, 4],
      [2, 3],
    ],
  },
  { source: 'RNNCell(4, 3, nonlinearity="relu")', inputs: [[2, 4]] },
  { source: "RNNCell(2, 3, bias=False)", inputs: [[2], [3]] },
]);

export const gruCell: LayerRecord = cellRecord("GRU", "one step of a recurrent layer with gated units", {}, [
  {
    source: "GRUCell(4, 3)",
    inputs: [
      [2, 4],
      [2, 3],
    ],
  },
  { source: "GRUCell(4, 3, bias=False)", inputs: [[2, 4]] },
  { source: "GRUCell(2, 3)", inputs: [[2], [3]] },
]);

export const lstmCell: LayerRecord = cellRecord("LSTM", "one step of long short-term memory", {}, [
  {
    source: "LSTMCell(4, 3)",
    inputs: [
      [2, 4],
      [2, 3],
      [2, 3],
    ],
  },
  { source: "LSTMCell(4, 3, bias=False)", inputs: [[2, 4]] },
  { source: "LSTMCell(2, 3)", inputs: [[2], [3], [3]] },
]);
