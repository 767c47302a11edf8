/** Embeddings: rows of a table by their numbers, and their sums, means and maxima. */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { add, sub, type Size } from "../ir/size/size.ts";
import { extent, type TensorType } from "../ir/types.ts";
import { inputsByName } from "./attention.ts";
import { wantDtype, wantRank } from "./axes.ts";
import { wantShape } from "./loss.ts";
import { bool, choice, flag, float, int, layer, number, typed } from "./record.ts";
import type { ArgSpec, Args, LayerRecord, ParameterSpec, ShapeContext } from "./record.ts";

const tableArgs = {
  num_embeddings: int(undefined, 1),
  embedding_dim: int(undefined, 1),
} satisfies Readonly<Record<string, ArgSpec>>;

/** Arguments of the gradient, and one that changes the table at each call. */
const trainingArgs = {
  max_norm: float(null),
  norm_type: float(2),
  scale_grad_by_freq: bool(false),
} satisfies Readonly<Record<string, ArgSpec>>;

function validateTable(args: Args): string | undefined {
  if (args["max_norm"] !== null) {
    return "max_norm rewrites the weight at each call, which is not supported: leave it out and store rows of bounded norm";
  }
  for (const name of ["scale_grad_by_freq", "sparse"]) {
    if (flag(args, name)) return `${name} concerns gradients only and is not supported: leave it out`;
  }
  const rows = number(args, "num_embeddings");
  const padding = args["padding_idx"];
  if (typeof padding !== "number" || (padding >= -rows && padding < rows)) return undefined;
  return `padding_idx must be within num_embeddings: from ${-rows} to ${rows - 1}`;
}

/** The number of the row that is padding, counted from the first. */
function paddingRow(args: Args): number | undefined {
  const rows = number(args, "num_embeddings");
  const padding = args["padding_idx"];
  return typeof padding === "number" ? (padding + rows) % rows : undefined;
}

function tableParameters(args: Args): readonly ParameterSpec[] {
  const zeroRow = paddingRow(args);
  const normal = { kind: "normal", mean: 0, std: 1 } as const;
  return [
    {
      name: "weight",
      role: "param",
      dtype: "f32",
      shape: [number(args, "num_embeddings"), number(args, "embedding_dim")],
      init: zeroRow === undefined ? normal : { ...normal, zeroRow },
    },
  ];
}

export const embedding: LayerRecord = layer({
  name: "Embedding",
  doc: "the rows of weight that x names; row padding_idx begins as zeros, and an index out of range is an error",
  shapes: "x: i32[...] -> [..., embedding_dim]",
  formula: "weight[x]",
  source: "torch.nn.Embedding",
  args: { ...tableArgs, padding_idx: int(null), ...trainingArgs, sparse: bool(false) },
  inputs: ["x"],
  validate: validateTable,
  accepts: () => [{ dtype: "i32", shape: ["..."] }],
  parameters: tableParameters,
  infer: ([x], args) => wantDtype(x!, "i32") ?? [typed("f32", [...x!.shape, number(args, "embedding_dim")])],
  body: ([x], { b, parameters }) => [b.gather(parameters["weight"]!, x!)],
  samples: [
    { source: "Embedding(10, 4)", inputs: [[2, 3]], below: 10 },
    { source: "Embedding(5, 3, padding_idx=-1)", inputs: [[7]], below: 5 },
    { source: "Embedding(3, 1)", inputs: [[]], below: 3 },
  ],
});

const BAG_INPUTS = ["x", "offsets", "per_sample_weights"];

function bagType(inputs: readonly TensorType[], args: Args, context: ShapeContext): TensorType | string {
  const { x, offsets, per_sample_weights: weights } = inputsByName(BAG_INPUTS, inputs, args);
  const wrong = wantDtype(x!, "i32") ?? wantRank(x!.shape, [2, 1], "i32[N, L]");
  if (wrong !== undefined) return wrong;
  if (weights) {
    if (args["mode"] !== "sum")
      return `per_sample_weights are for mode="sum", not ${JSON.stringify(args["mode"])}`;
    const unlike =
      wantDtype(weights, "f32") ??
      wantShape(weights.shape, x!.shape, context, "per_sample_weights must be of the shape of x");
    if (unlike !== undefined) return unlike;
  }
  const [first] = x!.shape.map(extent);
  const width = number(args, "embedding_dim");
  if (x!.shape.length === 2) {
    if (offsets) return "the rows of x are its bags where it has two sizes: leave out offsets";
    if (flag(args, "include_last_offset"))
      return "include_last_offset is for x of one size, whose bags offsets tell";
    return typed("f32", [first!, width]);
  }
  if (!offsets) return "x of one size needs offsets, the places where its bags begin: i32[N]";
  const unfit = wantDtype(offsets, "i32") ?? wantRank(offsets.shape, [1], "i32[N]");
  if (unfit !== undefined) return `offsets: ${unfit}`;
  const count = extent(offsets.shape[0]!);
  if (!flag(args, "include_last_offset")) return typed("f32", [count, width]);
  const few = context.atLeast(count, 1, "with include_last_offset there is at least one offset");
  return few ?? typed("f32", [sub(count, 1), width]);
}

/** What is reduced: the rows of all bags one after the other, and which of them count. */
interface Rows {
  /** [L, D] or [N, L, D] */
  readonly rows: Tensor;
  /** 1 for those that count and 0 for others: [L] or [N, L] */
  readonly counted: Tensor;
}

/** For each place of x the number of bags that have begun there, so that 0 stands for none. */
function bagsOf(b: Builder, offsets: Tensor, length: Size): Tensor {
  const [count] = sizesOf(offsets) as [Size];
  const places = b.iota([length, count], 0);
  const hasBegun = b.map("le", [b.reshape(offsets, [1, count]), places]);
  return b.reshape(b.reduce("sum", b.cast(hasBegun, "i32"), [1], "bag"), [length]);
}

/** The maxima over an axis of the rows that count, whose flags are 1, and zeros where none does. */
function maxima(b: Builder, rows: Tensor, counted: Tensor, axis: number): Tensor {
  const shown = b.select(b.map("eq", [counted, 1]), rows, -Infinity);
  const any = b.reduce("max", counted, [axis], "any");
  return b.select(b.map("eq", [any, 1]), b.reduce("max", shown, [axis], "maximum"), 0);
}

/** The sums of bags as their means, where `counts` says how many rows of each there are. */
function meansOf(b: Builder, sums: Tensor, counts: Tensor): Tensor {
  return b.div(sums, b.map("max", [counts, 1]));
}

function rowBags(b: Builder, { rows, counted }: Rows, mode: string): Tensor {
  const [count, length, width] = sizesOf(rows) as [Size, Size, Size];
  const flags = b.reshape(counted, [count, length, 1]);
  if (mode === "max") return b.reshape(maxima(b, rows, flags, 1), [count, width]);
  const sums = b.reduce("sum", b.select(b.map("eq", [flags, 1]), rows, 0), [1], "sum");
  const bags = mode === "sum" ? sums : meansOf(b, sums, b.reduce("sum", flags, [1], "count"));
  return b.reshape(bags, [count, width]);
}

function offsetBags(
  b: Builder,
  { rows, counted }: Rows,
  offsets: Tensor,
  [count, width]: readonly [Size, Size],
  mode: string,
): Tensor {
  const [length] = sizesOf(rows) as [Size];
  const bags = bagsOf(b, offsets, length);
  const flags = b.reshape(counted, [length, 1]);
  if (mode === "max") {
    const numbers = b.iota([count, length, 1], 0);
    const isOwn = b.map("eq", [b.reshape(bags, [1, length, 1]), b.add(numbers, 1)]);
    return b.reshape(maxima(b, rows, b.select(isOwn, flags, 0), 1), [count, width]);
  }
  // What is before the first bag goes to a row of its own, as does what is behind the last offset.
  const own = add(sizesOf(offsets)[0]!, 1);
  const summed = (x: Tensor, columns: Size): Tensor =>
    b.slice(b.scatter(x, bags, own, { combine: "add" }), [1, 0], [1, 1], [count, columns]);
  const sums = summed(b.select(b.map("eq", [flags, 1]), rows, 0), width);
  return mode === "sum" ? sums : meansOf(b, sums, summed(flags, 1));
}

export const embeddingBag: LayerRecord = layer({
  name: "EmbeddingBag",
  doc: "the mean, sum or maximum of the rows of weight that a bag names: of each row of x, or of what lies between offsets; padding_idx does not count, and an empty bag gives zeros",
  shapes:
    "x: i32[N, L], or x: i32[L] and offsets: i32[N], with include_last_offset i32[N + 1]; per_sample_weights: [N, L] or [L] -> [N, embedding_dim]",
  formula: "mean(weight[x], 1), or the sum of per_sample_weights * weight[x], or the maximum",
  source: "torch.nn.EmbeddingBag",
  args: {
    ...tableArgs,
    ...trainingArgs,
    mode: choice(["sum", "mean", "max"], "mean"),
    sparse: bool(false),
    include_last_offset: bool(false),
    padding_idx: int(null),
  },
  inputs: BAG_INPUTS,
  required: 1,
  validate: validateTable,
  accepts: (args) => (flag(args, "include_last_offset") ? [] : [{ dtype: "i32", shape: ["N", "L"] }]),
  parameters: tableParameters,
  infer: (inputs, args, context) => {
    const type = bagType(inputs, args, context);
    return typeof type === "string" ? type : [type];
  },
  body: (inputs, { b, args, parameters, types }) => {
    const { x, offsets, per_sample_weights: weights } = inputsByName(BAG_INPUTS, inputs, args);
    const found = b.gather(parameters["weight"]!, x!);
    const rows = weights ? b.mul(found, b.reshape(weights, [...sizesOf(x!), 1])) : found;
    const padding = paddingRow(args);
    const counted =
      padding === undefined
        ? b.full(sizesOf(x!), 1)
        : b.select(b.map("eq", [x!, padding]), b.full([], 0), b.full([], 1));
    const mode = args["mode"] as string;
    if (!offsets) return [rowBags(b, { rows, counted }, mode)];
    const shape = types[0]!.shape.map(extent) as [Size, Size];
    return [offsetBags(b, { rows, counted }, offsets, shape, mode)];
  },
  samples: [
    { source: "EmbeddingBag(10, 4)", inputs: [[3, 5]], below: 10 },
    { source: 'EmbeddingBag(6, 3, mode="max", padding_idx=1)', inputs: [[7], [3]], below: 6 },
    {
      source: 'EmbeddingBag(5, 2, mode="sum")',
      inputs: [[6], [3], [6]],
      dtypes: ["i32", "i32", "f32"],
      below: 5,
    },
    { source: "EmbeddingBag(4, 3, include_last_offset=True, padding_idx=-1)", inputs: [[5], [3]], below: 4 },
    { source: 'EmbeddingBag(4, 2, mode="max")', inputs: [[3, 2]], below: 4 },
  ],
});
