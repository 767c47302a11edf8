/** Attention of several heads, with projections of its own. */
import { uniformBound, weightBound, xavierStd } from "../../runtime/init.ts";
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { add, mul, type Size } from "../ir/size/size.ts";
import { typeText, type TensorType } from "../ir/types.ts";
import { lastSize, wantBatched, wantDtype, wantRank } from "./axes.ts";
import { causalTerm, inputsByName, maskTerm, safeSoftmax, scaledScores } from "./attention.ts";
import { linearMap } from "./linear.ts";
import { dropped } from "./dropout.ts";
import { bool, constant, flag, float, int, layer, number, typed, within } from "./record.ts";
import type { Args, BodyContext, LayerRecord, ParameterSpec, ShapeContext } from "./record.ts";
import { softmaxOver } from "./softmax.ts";

const NAMES = ["query", "key", "value", "key_padding_mask", "attn_mask"];

/** The widths of query, key and value. */
function widthsOf(args: Args): readonly [number, number, number] {
  const width = number(args, "embed_dim");
  return [width, (args["kdim"] as number | null) ?? width, (args["vdim"] as number | null) ?? width];
}

/** Whether one weight has all three projections, as it has where all widths are equal. */
function isJoint(args: Args): boolean {
  const [query, key, value] = widthsOf(args);
  return key === query && value === query;
}

/**
 * The parameters in the order of their random values: PyTorch makes out_proj first, as it makes a Linear, and then sets
 * its bias to 0.
 */
export function attentionParameters(args: Args): readonly ParameterSpec[] {
  const width = number(args, "embed_dim");
  const common = { role: "param", dtype: "f32" } as const;
  const projection = (name: string, rows: number, columns: number): ParameterSpec => {
    const shape = [rows, columns];
    return { ...common, name, shape, init: within(uniformBound(xavierStd(shape))) };
  };
  const widths = widthsOf(args);
  const extra = (name: string): ParameterSpec => {
    const shape = [1, 1, width];
    return { ...common, name, shape, init: { kind: "normal", mean: 0, std: xavierStd(shape) } };
  };
  const hasBias = flag(args, "bias");
  return [
    { ...common, name: "out_proj.weight", shape: [width, width], init: within(weightBound(width)) },
    ...(hasBias
      ? [
          {
            ...common,
            name: "out_proj.bias",
            shape: [width],
            init: { kind: "constant", value: 0, drawn: true },
          } as const,
        ]
      : []),
    ...(isJoint(args)
      ? [projection("in_proj_weight", 3 * width, width)]
      : ["q", "k", "v"].map((letter, i) => projection(`${letter}_proj_weight`, width, widths[i]!))),
    ...(hasBias ? [{ ...common, name: "in_proj_bias", shape: [3 * width], init: constant(0) }] : []),
    ...(flag(args, "add_bias_kv") ? [extra("bias_k"), extra("bias_v")] : []),
  ];
}

/** The places of the axes of batch and of sequence; without a batch, the first is absent. */
function axesOf(rank: number, args: Args): { readonly batch?: number; readonly along: number } {
  if (rank === 2) return { along: 0 };
  return flag(args, "batch_first") ? { batch: 0, along: 1 } : { batch: 1, along: 0 };
}

/** The inputs, where a key that is left out is the query, and a value that is left out is the key. */
function threeOf<Input>(given: Readonly<Record<string, Input | undefined>>): [Input, Input, Input] {
  const key = given["key"] ?? given["query"]!;
  return [given["query"]!, key, given["value"] ?? key];
}

/** The inputs of attention by their names. A key that is left out is the query, and such a value is the key. */
export type AttentionInputs<Input> = Readonly<Record<string, Input | undefined>>;

/** The types of the results. `called` has the names of inputs where messages call them differently. */
export function attentionTypes(
  given: AttentionInputs<TensorType>,
  args: Args,
  context: ShapeContext,
  called: Readonly<Record<string, string>> = {},
): readonly TensorType[] | string {
  const [q, k, v, ofPadding, ofMask] = NAMES.map((name) => called[name] ?? name) as [string, string, string, string, string]; // prettier-ignore
  if (given["value"] && !given["key"])
    return "a value without a key: give both, or neither for self-attention";
  const three = threeOf(given);
  const example = flag(args, "batch_first") ? "f32[N, L, E]" : "f32[L, N, E]";
  const [query, key, value] = three;
  const rank = query.shape.length;
  for (const [i, { dtype, shape }] of three.entries()) {
    const name = [q, k, v][i]!;
    const wrong =
      wantDtype(three[i]!, "f32") ??
      (flag(args, "batch_first")
        ? wantBatched(shape, 3, example, context)
        : wantRank(shape, [2, 3], example)) ??
      (shape.length === rank
        ? undefined
        : `${name} must have ${rank} sizes, as ${q === "query" ? "the query" : q} has`) ??
      context.equal(
        lastSize([{ dtype, shape }])!,
        widthsOf(args)[i]!,
        `the last size of ${name} must be ${widthsOf(args)[i]!}`,
      );
    if (wrong !== undefined) return wrong;
  }
  const { batch, along } = axesOf(rank, args);
  const sizeAt = (type: TensorType, axis: number): Size => type.shape[axis] as Size;
  const count = batch === undefined ? undefined : sizeAt(query, batch);
  const keys = sizeAt(key, along);
  const unlike =
    context.equal(sizeAt(value, along), keys, `${k} and ${v} must be equally long`) ??
    (count === undefined
      ? undefined
      : (context.equal(sizeAt(key, batch!), count, `${q} and ${k} must have one batch size`) ??
        context.equal(sizeAt(value, batch!), count, `${q} and ${v} must have one batch size`)));
  if (unlike !== undefined) return unlike;
  const length = sizeAt(query, along);
  const batches = count === undefined ? [] : [count];
  const heads = number(args, "num_heads");
  const { key_padding_mask: padding, attn_mask: mask } = given;
  const wrong =
    (padding && unfitMask(ofPadding, padding, [[...batches, keys]], context)) ??
    (mask &&
      unfitMask(
        ofMask,
        mask,
        [
          [length, keys],
          [count === undefined ? heads : mul(count, heads), length, keys],
        ],
        context,
      ));
  if (wrong !== undefined) return wrong;
  const output = typed("f32", [...query.shape.slice(0, -1), number(args, "embed_dim")]);
  if (!flag(args, "need_weights")) return [output];
  const columns = add(keys, appended(args));
  const average = flag(args, "average_attn_weights");
  return [output, typed("f32", [...batches, ...(average ? [] : [heads]), length, columns])];
}

/** Says what is wrong if a mask has none of these shapes. */
function unfitMask(
  name: string,
  mask: TensorType,
  shapes: readonly (readonly Size[])[],
  context: ShapeContext,
): string | undefined {
  const wrong = wantDtype(mask, "f32", "bool");
  if (wrong !== undefined) return `${name}: ${wrong}`;
  const forms = shapes.map((shape) => typeText({ dtype: mask.dtype, shape }));
  const reason = `${name} must be ${forms.join(" or ")}, not ${typeText(mask)}`;
  const shape = shapes.find(({ length }) => length === mask.shape.length);
  if (!shape || wantRank(mask.shape, [shape.length], forms[0]!) !== undefined) return reason;
  for (const [i, size] of shape.entries()) {
    const unequal = context.equal(mask.shape[i] as Size, size, reason);
    if (unequal !== undefined) return unequal;
  }
  return undefined;
}

/** How many keys are appended to those of the input, which no mask concerns. */
function appended(args: Args): number {
  return Number(flag(args, "add_bias_kv")) + Number(flag(args, "add_zero_attn"));
}

/** `x` times its projection, the first, second or third. */
function projected(
  b: Builder,
  x: Tensor,
  parameters: Readonly<Record<string, Tensor>>,
  which: number,
): Tensor {
  const { in_proj_weight: joint, in_proj_bias: bias } = parameters;
  const own = parameters[`${"qkv"[which]!}_proj_weight`];
  const width = own ? sizesOf(own)[0]! : sizesOf(joint!)[1]!;
  const start = mul(which, width);
  const weight = own ?? b.slice(joint!, [start, 0], [1, 1], [width, width]);
  return linearMap(b, x, weight, bias && b.slice(bias, [start], [1], [width]));
}

/** All masks as one term of the scores [N, heads, L, S], whose appended keys are not masked. */
function maskTerms(
  b: Builder,
  {
    padding,
    mask,
    causal,
  }: { readonly padding?: Tensor | undefined; readonly mask?: Tensor | undefined; readonly causal: boolean },
  [count, heads, length, keys]: readonly [Size, Size, Size, Size],
  more: number,
): Tensor | undefined {
  const terms = [
    ...(causal ? [causalTerm(b, length, keys)] : []),
    ...(mask
      ? [
          b.reshape(
            maskTerm(b, mask, false),
            sizesOf(mask).length === 2 ? [1, 1, length, keys] : [count, heads, length, keys],
          ),
        ]
      : []),
    ...(padding ? [b.reshape(maskTerm(b, padding, false), [count, 1, 1, keys])] : []),
  ];
  if (terms.length === 0) return undefined;
  const term = terms.reduce((sum, one) => b.add(sum, one));
  const sizes = sizesOf(term);
  return b.pad(term, [...sizes.slice(0, -1), add(keys, more)], { before: sizes.map(() => 0) });
}

/** Softmax along the last axis, whose rows of -Infinity alone give NaN. */
export function plainSoftmax(b: Builder, scores: Tensor): Tensor {
  return softmaxOver(b, scores, [sizesOf(scores).length - 1]);
}

/** The results of attention, where `normalize` makes weights of the scores along their last axis. */
export function attend(
  given: AttentionInputs<Tensor>,
  { b, args, mode, parameters }: Pick<BodyContext, "b" | "args" | "mode" | "parameters">,
  normalize: (b: Builder, scores: Tensor) => Tensor,
): readonly Tensor[] {
  const three = threeOf(given);
  const [query, key] = three;
  const rank = sizesOf(query).length;
  const { batch, along } = axesOf(rank, args);
  const width = number(args, "embed_dim");
  const heads = number(args, "num_heads");
  const [length, keys] = [sizesOf(query)[along]!, sizesOf(key)[along]!];
  const count = batch === undefined ? 1 : sizesOf(query)[batch]!;
  const ordered = (along: Size, ...rest: Size[]): Size[] =>
    flag(args, "batch_first") ? [count, along, ...rest] : [along, count, ...rest];
  const axis = flag(args, "batch_first") ? 1 : 0;
  const more = appended(args);
  const extras = (letter: string): Tensor[] => [
    ...(parameters[`bias_${letter}`] ? [b.broadcast(parameters[`bias_${letter}`]!, ordered(1, width))] : []),
    ...(flag(args, "add_zero_attn") ? [b.full(ordered(1, width), 0)] : []),
  ];
  const [q, k, v] = three.map((x, i) => {
    const rows = i === 0 ? length : keys;
    const own = b.reshape(projected(b, x, parameters, i), ordered(rows, width));
    const all = i === 0 ? own : b.concat([own, ...extras("qkv"[i]!)], axis);
    return b.reshape(all, ordered(sizesOf(all)[axis]!, heads, width / heads));
  }) as [Tensor, Tensor, Tensor];
  const [n, h, l, s, d] = [0, 1, 2, 3, 4];
  const labels = (sequence: number): number[] => (axis === 1 ? [n, sequence, h, d] : [sequence, n, h, d]);
  const products = b.contract(q, k, [labels(l), labels(s), [n, h, l, s]], "scores");
  const scaled = scaledScores(b, products, null, width / heads);
  const masks = {
    padding: given["key_padding_mask"],
    mask: given["attn_mask"],
    causal: flag(args, "is_causal"),
  };
  const term = maskTerms(b, masks, [count, heads, length, keys], more);
  const scores = term ? b.add(scaled, term) : scaled;
  const kept = normalize(b, scores);
  const weights = mode === "train" ? dropped(b, kept, number(args, "dropout")) : kept;
  const mixed = b.reshape(b.contract(weights, v, [[n, h, l, s], labels(s), labels(l)]), [
    ...sizesOf(query).slice(0, -1),
    width,
  ]);
  const output = linearMap(b, mixed, parameters["out_proj.weight"]!, parameters["out_proj.bias"]);
  if (!flag(args, "need_weights")) return [output];
  const average = flag(args, "average_attn_weights");
  const shown = average ? b.mean(weights, [1]) : weights;
  const batches = batch === undefined ? [] : [count];
  return [output, b.reshape(shown, [...batches, ...(average ? [] : [heads]), length, add(keys, more)])];
}

export const multiheadAttention: LayerRecord = layer({
  name: "MultiheadAttention",
  doc: "attention of num_heads heads; without key and value, of the query to itself; masks forbid where they are true, or are added; is_causal forbids later keys",
  shapes:
    "query: [L, N, embed_dim], key: [S, N, kdim], value: [S, N, vdim], key_padding_mask: bool or f32 [N, S], attn_mask: bool or f32 [L, S] or [N * num_heads, L, S] -> [L, N, embed_dim], weights [N, L, S]; batch_first puts N first, and all may lack it",
  formula:
    "attn_output = concat(weights_h @ v_h) @ transpose(out_proj.weight) + out_proj.bias, weights_h = softmax(q_h @ transpose(k_h) / sqrt(embed_dim / num_heads) + masks, -1), where q, k, v are projections of query, key, value",
  source: "torch.nn.MultiheadAttention; Vaswani et al., arXiv:1706.03762",
  args: {
    embed_dim: { ...int(undefined, 1), infer: lastSize },
    num_heads: int(undefined, 1),
    dropout: float(0),
    bias: bool(true),
    add_bias_kv: bool(false),
    add_zero_attn: bool(false),
    kdim: int(null, 1),
    vdim: int(null, 1),
    batch_first: bool(false),
    need_weights: bool(true),
    average_attn_weights: bool(true),
    is_causal: bool(false),
  },
  inputs: NAMES,
  required: 1,
  outputs: ["attn_output", "attn_output_weights"],
  auxiliary: true,
  validate: (args) => {
    const [width, heads, p] = ["embed_dim", "num_heads", "dropout"].map((name) => number(args, name)) as [number, number, number]; // prettier-ignore
    if (width % heads !== 0)
      return `embed_dim must be divisible by num_heads, and ${width} is no multiple of ${heads}`;
    return p >= 0 && p <= 1 ? undefined : "dropout must be from 0 to 1";
  },
  // Where the widths differ, the query is no key, and the other inputs must be declared.
  accepts: (args) => {
    const order = flag(args, "batch_first") ? ["N", "L"] : ["L", "N"];
    return isJoint(args) ? [{ dtype: "f32", shape: [...order, number(args, "embed_dim")] }] : [];
  },
  parameters: attentionParameters,
  infer: (inputs, args, context) => attentionTypes(inputsByName(NAMES, inputs, args), args, context),
  body: (inputs, context) => {
    // PyTorch takes the plain softmax where it gives the weights, and else the one of ScaledDotProductAttention.
    const isPlain = flag(context.args, "need_weights");
    return attend(inputsByName(NAMES, inputs, context.args), context, isPlain ? plainSoftmax : safeSoftmax);
  },
  samples: [
    { source: "MultiheadAttention(4, 2)", inputs: [[3, 2, 4]] },
    {
      source: "MultiheadAttention(6, 3, batch_first=True)",
      inputs: [
        [2, 3, 6],
        [2, 4, 6],
        [2, 4, 6],
      ],
    },
    { source: "MultiheadAttention(4, 2, bias=False, is_causal=True)", inputs: [[5, 4]] },
    { source: "MultiheadAttention(4, 1, 0.1, need_weights=False)", inputs: [[3, 2, 4]] },
    {
      source:
        "MultiheadAttention(4, 2, kdim=3, vdim=5, add_bias_kv=True, add_zero_attn=True, average_attn_weights=False)",
      inputs: [
        [3, 2, 4],
        [5, 2, 3],
        [5, 2, 5],
        [2, 5],
        [3, 5],
      ],
    },
  ],
});
