/** Layers of a Transformer, and stacks of them. */
import type { Tensor } from "../ir/graph/builder.ts";
import type { TensorType } from "../ir/types.ts";
import { inputsByName } from "./attention.ts";
import { lastSize } from "./axes.ts";
import { dropped } from "./dropout.ts";
import { gelu } from "./gated.ts";
import { linear } from "./linear.ts";
import { attend, attentionTypes, multiheadAttention, plainSoftmax } from "./multihead.ts";
import { inner, innerContext, innerParameters, innerResult, keptType, type Inner } from "./nested.ts";
import { layerNorm } from "./normalization.ts";
import { bool, flag, float, int, layer, layerArg, number } from "./record.ts";
import type { ArgSpec, Args, BodyContext, LayerArg, LayerRecord, Mode, ShapeContext } from "./record.ts";
import { relu } from "./rectifier.ts";

const ENCODER_INPUTS: readonly string[] = ["src", "src_mask", "src_key_padding_mask"];
const DECODER_INPUTS: readonly string[] = [
  "tgt",
  "memory",
  "tgt_mask",
  "memory_mask",
  "tgt_key_padding_mask",
  "memory_key_padding_mask",
];

/** The attention of an inner layer: whom it looks at, and which inputs are its masks. */
interface Attention {
  readonly name: "self_attn" | "multihead_attn";
  /** The input that is the query of the first layer. */
  readonly query: string;
  /** The input that has keys and values; absent for self-attention. */
  readonly key?: string;
  readonly mask: string;
  readonly padding: string;
  /** The argument that forbids keys after the query. */
  readonly causal: string;
}

const encoderAttentions: readonly Attention[] = [
  {
    name: "self_attn",
    query: "src",
    mask: "src_mask",
    padding: "src_key_padding_mask",
    causal: "is_causal",
  },
];

const decoderAttentions: readonly Attention[] = [
  {
    name: "self_attn",
    query: "tgt",
    mask: "tgt_mask",
    padding: "tgt_key_padding_mask",
    causal: "tgt_is_causal",
  },
  {
    name: "multihead_attn",
    query: "tgt",
    key: "memory",
    mask: "memory_mask",
    padding: "memory_key_padding_mask",
    causal: "memory_is_causal",
  },
];

/** The attention, the linear maps and the norms that a layer is made of, in the order of random draws. */
interface Blocks {
  readonly attentions: readonly Inner[];
  readonly linear1: Inner;
  readonly linear2: Inner;
  /** One for each attention, and one for the linear maps. */
  readonly norms: readonly Inner[];
}

function blocksOf(args: Args, attentions: readonly Attention[]): Blocks {
  const width = number(args, "d_model");
  const hidden = number(args, "dim_feedforward");
  const bias = flag(args, "bias");
  return {
    attentions: attentions.map(({ name, causal }) =>
      inner(name, multiheadAttention, {
        embed_dim: width,
        num_heads: number(args, "nhead"),
        dropout: number(args, "dropout"),
        bias,
        batch_first: flag(args, "batch_first"),
        need_weights: false,
        is_causal: flag(args, causal),
      }),
    ),
    linear1: inner("linear1", linear, { in_features: width, out_features: hidden, bias }),
    linear2: inner("linear2", linear, { in_features: hidden, out_features: width, bias }),
    norms: [...attentions, "linear"].map((_, i) =>
      inner(`norm${i + 1}`, layerNorm, {
        normalized_shape: width,
        eps: number(args, "layer_norm_eps"),
        bias,
      }),
    ),
  };
}

function activationOf(args: Args): Inner {
  const given = args["activation"] as string | LayerArg;
  if (typeof given !== "string") return { name: "activation", ...given };
  return inner("activation", given === "gelu" ? gelu : relu, {});
}

/** The inputs of an attention under its own names. */
function inputsOf<Input>(
  { key, mask, padding }: Attention,
  x: Input,
  given: Readonly<Record<string, Input | undefined>>,
): Readonly<Record<string, Input | undefined>> {
  return {
    query: x,
    ...(key !== undefined && { key: given[key] }),
    attn_mask: given[mask],
    key_padding_mask: given[padding],
  };
}

/** The type of a layer's result, which is that of its first input; or the reason why the inputs do not fit. */
function layerType(
  inputs: Readonly<Record<string, TensorType | undefined>>,
  args: Args,
  attentions: readonly Attention[],
  context: ShapeContext,
): TensorType | string {
  const { attentions: inners } = blocksOf(args, attentions);
  let x = inputs[attentions[0]!.query]!;
  for (const [i, attention] of attentions.entries()) {
    const { query, key = query, mask, padding } = attention;
    const called = { query, key, value: key, attn_mask: mask, key_padding_mask: padding };
    const given = inputsOf(attention, x, inputs);
    const types = attentionTypes(given, inners[i]!.args, context, called);
    if (typeof types === "string") return types;
    x = types[0]!;
  }
  const hidden = { ...x, shape: [...x.shape.slice(0, -1), number(args, "dim_feedforward")] };
  const active = keptType(activationOf(args), hidden, context);
  return typeof active === "string" ? active : x;
}

/** What a layer makes of its inputs: each block is added to what it reads, and a norm stands before or after it. */
function layerResult(
  inputs: Readonly<Record<string, Tensor | undefined>>,
  attentions: readonly Attention[],
  context: BodyContext,
): Tensor {
  const { b, args } = context;
  const { attentions: inners, linear1, linear2, norms } = blocksOf(args, attentions);
  const through = (layer: Inner, x: Tensor): Tensor => innerResult(layer, x, context);
  const dropout = (x: Tensor): Tensor =>
    context.mode === "train" ? dropped(b, x, number(args, "dropout")) : x;
  const blocks: ((x: Tensor) => Tensor)[] = [
    ...attentions.map((attention, i) => (x: Tensor) => {
      const own = innerContext(inners[i]!, context, []);
      return dropout(attend(inputsOf(attention, x, inputs), own, plainSoftmax)[0]!);
    }),
    (x) => dropout(through(linear2, dropout(through(activationOf(args), through(linear1, x))))),
  ];
  const isBefore = flag(args, "norm_first");
  return blocks.reduce(
    (x, block, i) =>
      isBefore ? b.add(x, block(through(norms[i]!, x))) : through(norms[i]!, b.add(x, block(x))),
    inputs[attentions[0]!.query]!,
  );
}

type LayerArgument =
  | "d_model"
  | "nhead"
  | "dim_feedforward"
  | "dropout"
  | "activation"
  | "layer_norm_eps"
  | "batch_first"
  | "norm_first"
  | "bias";

export const layerArgs: Readonly<Record<LayerArgument, ArgSpec>> = {
  d_model: { ...int(undefined, 1), infer: lastSize },
  nhead: int(undefined, 1),
  dim_feedforward: int(2048, 1),
  dropout: float(0.1),
  activation: { ...layerArg("relu"), choices: ["relu", "gelu"] },
  layer_norm_eps: float(1e-5),
  batch_first: bool(false),
  norm_first: bool(false),
  bias: bool(true),
};

function validateLayer(args: Args): string | undefined {
  const [width, heads, p] = ["d_model", "nhead", "dropout"].map((name) => number(args, name)) as [number, number, number]; // prettier-ignore
  if (width % heads !== 0)
    return `d_model must be divisible by nhead, and ${width} is no multiple of ${heads}`;
  if (!(p >= 0 && p <= 1)) return "dropout must be from 0 to 1";
  const { record, args: own } = activationOf(args);
  return (record.parameters?.(own) ?? []).length > 0
    ? `activation cannot be ${record.name}, which has weights`
    : undefined;
}

function unsupportedLayer(mode: Mode, args: Args): string | undefined {
  const { record, args: own } = activationOf(args);
  return record.unsupported?.(mode, own);
}

/** The members that both layers have in common. */
function transformerLayer(
  inputs: readonly string[],
  attentions: readonly Attention[],
): Pick<
  LayerRecord,
  "args" | "inputs" | "required" | "validate" | "unsupported" | "parameters" | "infer" | "body"
> {
  return {
    args: {
      ...layerArgs,
      ...Object.fromEntries(attentions.map(({ causal }) => [causal, bool(false)])),
    },
    inputs,
    required: inputs.indexOf(attentions[0]!.mask),
    validate: validateLayer,
    unsupported: unsupportedLayer,
    parameters: (args) => {
      const { attentions: inners, linear1, linear2, norms } = blocksOf(args, attentions);
      return innerParameters([...inners, linear1, linear2, ...norms]);
    },
    infer: (types, args, context) => {
      const type = layerType(inputsByName(inputs, types, args), args, attentions, context);
      return typeof type === "string" ? type : [type];
    },
    body: (tensors, context) => [
      layerResult(inputsByName(inputs, tensors, context.args), attentions, context),
    ],
  };
}

/** The general form of the only input that must be given. */
export function acceptsSequence(args: Args): NonNullable<ReturnType<NonNullable<LayerRecord["accepts"]>>> {
  const order = flag(args, "batch_first") ? ["N", "S"] : ["S", "N"];
  return [{ dtype: "f32", shape: [...order, number(args, "d_model")] }];
}

export const SOURCE = "Vaswani et al., arXiv:1706.03762";
export const MASKS =
  "a mask forbids where it is true, or is added; is_causal forbids later keys; who may see no key gives NaN";

export const transformerEncoderLayer: LayerRecord = layer({
  ...transformerLayer(ENCODER_INPUTS, encoderAttentions),
  name: "TransformerEncoderLayer",
  doc: `self-attention and two linear maps, each added to what it reads and normalized; ${MASKS}`,
  shapes:
    "src: [S, N, d_model], src_mask: bool or f32 [S, S] or [N * nhead, S, S], src_key_padding_mask: bool or f32 [N, S] -> [S, N, d_model]; batch_first puts N first, and all may lack it",
  formula:
    "x = norm1(src + self_attn(src)); norm2(x + linear2(activation(linear1(x)))), or with norm_first x = src + self_attn(norm1(src)); x + linear2(activation(linear1(norm2(x))))",
  source: `torch.nn.TransformerEncoderLayer; ${SOURCE}`,
  accepts: acceptsSequence,
  samples: [
    { source: "TransformerEncoderLayer(4, 2, 6)", inputs: [[3, 2, 4]] },
    {
      source: 'TransformerEncoderLayer(6, 3, 5, activation="gelu", batch_first=True, norm_first=True)',
      inputs: [
        [2, 3, 6],
        [3, 3],
        [2, 3],
      ],
    },
    {
      source: "TransformerEncoderLayer(4, 1, 3, dropout=0, activation=SiLU(), bias=False, is_causal=True)",
      inputs: [[5, 4]],
    },
  ],
});

export const transformerDecoderLayer: LayerRecord = layer({
  ...transformerLayer(DECODER_INPUTS, decoderAttentions),
  name: "TransformerDecoderLayer",
  doc: `self-attention, attention to memory and two linear maps, each added to what it reads and normalized; ${MASKS}`,
  shapes:
    "tgt: [T, N, d_model], memory: [S, N, d_model], tgt_mask: bool or f32 [T, T] or [N * nhead, T, T], memory_mask: [T, S] or [N * nhead, T, S], tgt_key_padding_mask: [N, T], memory_key_padding_mask: [N, S] -> [T, N, d_model]; batch_first puts N first, and all may lack it",
  formula:
    "x = norm1(tgt + self_attn(tgt)); y = norm2(x + multihead_attn(x, memory)); norm3(y + linear2(activation(linear1(y)))), or with norm_first each norm before its part",
  source: `torch.nn.TransformerDecoderLayer; ${SOURCE}`,
  samples: [
    {
      source: "TransformerDecoderLayer(4, 2, 6, dropout=0)",
      inputs: [
        [3, 2, 4],
        [5, 2, 4],
      ],
    },
    {
      source: "TransformerDecoderLayer(6, 3, 5, batch_first=True, norm_first=True, tgt_is_causal=True)",
      inputs: [
        [2, 3, 6],
        [2, 4, 6],
        [3, 3],
        [3, 4],
        [2, 3],
        [2, 4],
      ],
    },
    {
      source: 'TransformerDecoderLayer(4, 1, 3, 0, "gelu", bias=False)',
      inputs: [
        [2, 4],
        [3, 4],
      ],
    },
  ],
});
