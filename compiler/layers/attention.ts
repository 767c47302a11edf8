/** Attention: means of values, weighted by how well keys match queries. */
import { broadcastSizes, sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { floorDiv, mod, mul, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import {
  extent,
  extents,
  isRun,
  numberText,
  sameDim,
  typeText,
  type Shape,
  type TensorType,
} from "../ir/types.ts";
import { DECLARE, broadcastPair, wantAtLeast, wantDtype } from "./axes.ts";
import { dropped } from "./dropout.ts";
import { bool, flag, float, layer, number, typed } from "./record.ts";
import type { Args, LayerRecord, ShapeContext } from "./record.ts";
import { softmaxOver } from "./softmax.ts";

/** The inputs by their names, where some of them may have been left out. */
export function inputsByName<Input>(
  names: readonly string[],
  inputs: readonly Input[],
  args: Args,
): Readonly<Record<string, Input | undefined>> {
  const given = (args["given"] ?? names) as readonly string[];
  return Object.fromEntries(inputs.map((input, i) => [given[i]!, input]));
}

/** A mask as a term of the scores. `kept` says which value of a bool mask lets a key take part. */
export function maskTerm(b: Builder, mask: Tensor, kept: boolean): Tensor {
  if (mask.node.types[mask.result]!.dtype !== "bool") return mask;
  return kept ? b.select(mask, 0, -Infinity) : b.select(mask, -Infinity, 0);
}

/** The term that keeps query i from keys after key i. */
export function causalTerm(b: Builder, queries: Size, keys: Size): Tensor {
  const [row, column] = [b.iota([queries, keys], 0), b.iota([queries, keys], 1)];
  return maskTerm(b, b.map("le", [column, row]), true);
}

/** Softmax along the last axis, whose rows of -Infinity alone give zeros, as those of PyTorch since 2.5 do. */
export function safeSoftmax(b: Builder, scores: Tensor): Tensor {
  const axes = [sizesOf(scores).length - 1];
  const isEmpty = b.map("eq", [b.reduce("max", scores, axes, "maximum"), -Infinity]);
  return b.select(isEmpty, 0, softmaxOver(b, scores, axes));
}

const NAMES = ["query", "key", "value", "attn_mask"];

/**
 * The axes before the last two, over which all three are broadcast. With enable_gqa, each head of key and value serves
 * several of the query.
 */
function leadingAxes(types: readonly TensorType[], args: Args, context: ShapeContext): Shape | string {
  const [query, key, value] = types.map(({ shape }) => shape.slice(0, -2));
  if (!flag(args, "enable_gqa")) {
    const both = broadcastPair(query!, key!, context);
    const outer = typeof both === "string" ? both : broadcastPair(both, value!, context);
    return typeof outer === "string" ? `the axes before the last two differ: ${outer}` : outer;
  }
  const heads = [query!, key!, value!].map((shape) => shape.at(-1));
  if (heads.some((size) => size === undefined || isRun(size)))
    return `enable_gqa wants an axis of heads, as in f32[N, heads, L, E]: ${DECLARE}`;
  const [ofQuery, ofKey, ofValue] = heads as [Size, Size, Size];
  const unlike = context.equal(ofValue, ofKey, "key and value must have as many heads as each other");
  if (unlike !== undefined) return unlike;
  const wrong =
    context.atLeast(ofKey, 1, "key and value must have at least one head") ??
    context.equal(
      mod(ofQuery, ofKey),
      0,
      `the ${sizeText(ofQuery)} heads of query must be a multiple of the ${sizeText(ofKey)} of key and value`,
    );
  if (wrong !== undefined) return wrong;
  const both = broadcastPair(query!.slice(0, -1), key!.slice(0, -1), context);
  const rest = typeof both === "string" ? both : broadcastPair(both, value!.slice(0, -1), context);
  if (typeof rest === "string") return `the axes before the heads differ: ${rest}`;
  return [...rest, ofQuery];
}

function attended(inputs: readonly TensorType[], args: Args, context: ShapeContext): TensorType | string {
  const { query, key, value, attn_mask: mask } = inputsByName(NAMES, inputs, args);
  const three = [query!, key!, value!];
  for (const type of three) {
    const wrong = wantDtype(type, "f32") ?? wantAtLeast(type.shape, 2, "f32[N, heads, L, E]");
    if (wrong !== undefined) return wrong;
    if (type.shape.slice(-2).some(isRun)) return `its last two sizes must be known: ${DECLARE}`;
  }
  const [[length, width], [keys, keyWidth], [values, valueWidth]] = three.map(
    ({ shape }) => shape.slice(-2) as Size[],
  ) as [Size[], Size[], Size[]];
  const wrong =
    context.equal(keyWidth!, width!, "the last sizes of query and key must be equal") ??
    context.equal(values!, keys!, "key and value must have equally many rows");
  if (wrong !== undefined) return wrong;
  const leading = leadingAxes(three, args, context);
  if (typeof leading === "string") return leading;
  if (mask) {
    if (flag(args, "is_causal")) return "with is_causal there is no attn_mask: leave one of them out";
    const unfit = wantDtype(mask, "f32", "bool");
    if (unfit !== undefined) return `attn_mask: ${unfit}`;
    const scores: Shape = [...leading, length!, keys!];
    const wrongMask = unlikeScores(mask, scores, context);
    if (wrongMask !== undefined) return wrongMask;
  }
  return typed("f32", [...leading, length!, valueWidth!]);
}

/** Says what is wrong if a mask cannot be broadcast to the scores: it may not make them more. */
function unlikeScores(mask: TensorType, scores: Shape, context: ShapeContext): string | undefined {
  const reason = `attn_mask must broadcast to ${typeText(typed(mask.dtype, scores))}`;
  const joined = broadcastPair(mask.shape, scores, context);
  if (typeof joined === "string" || joined.length !== scores.length) return reason;
  for (const [i, dim] of joined.entries()) {
    if (sameDim(dim, scores[i]!)) continue;
    const wrong = context.equal(extent(scores[i]!), extent(dim), reason);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

export const scaledDotProductAttention: LayerRecord = layer({
  name: "ScaledDotProductAttention",
  doc: "the mean of the rows of value, weighted by the softmax of query @ transpose(key) * scale; rows that attn_mask forbids wholly give zeros",
  shapes:
    "query: [..., L, E], key: [..., S, E], value: [..., S, Ev], attn_mask: bool or f32, broadcast to [..., L, S] -> [..., L, Ev]",
  formula:
    "softmax(query @ transpose(key) * scale + attn_mask, -1) @ value, where a bool mask is 0 if true, else -inf; scale is 1 / sqrt(E) unless given",
  source: "torch.nn.functional.scaled_dot_product_attention; Vaswani et al., arXiv:1706.03762",
  args: {
    dropout_p: float(0),
    is_causal: bool(false),
    scale: float(null),
    enable_gqa: bool(false),
  },
  inputs: NAMES,
  required: 3,
  note: "dropout_p drops weights in eval, too, as the function of torch does",
  validate: (args) => {
    const p = number(args, "dropout_p");
    return p >= 0 && p <= 1 ? undefined : `dropout_p must be from 0 to 1, not ${numberText(p)}`;
  },
  infer: (inputs, args, context) => {
    const type = attended(inputs, args, context);
    return typeof type === "string" ? type : [type];
  },
  body: (inputs, { b, args, types }) => {
    const { query, key, value, attn_mask: mask } = inputsByName(NAMES, inputs, args);
    const sizes = extents(types[0]!.shape);
    const outer = sizes.slice(0, -2);
    const spread = (x: Tensor): Tensor => {
      const grouped = flag(args, "enable_gqa") ? repeatedHeads(b, x, outer.at(-1)!) : x;
      return b.broadcast(grouped, [...outer, ...sizesOf(x).slice(-2)]);
    };
    const shared = outer.map((_, axis) => axis);
    const [l, s, e] = [0, 1, 2].map((i) => outer.length + i) as [number, number, number];
    const products = b.contract(spread(query!), spread(key!), [[...shared, l, e], [...shared, s, e], [...shared, l, s]], "scores"); // prettier-ignore
    const [length, width] = sizesOf(query!).slice(-2) as [Size, Size];
    let scores = scaledScores(b, products, args["scale"] as number | null, width);
    if (mask) scores = b.add(scores, maskTerm(b, mask, true));
    if (flag(args, "is_causal")) scores = b.add(scores, causalTerm(b, length, sizesOf(key!).at(-2)!));
    // Weights are drawn before they are repeated for the batches of value.
    const [own, others] = [query!, key!].map((x) => sizesOf(x).slice(0, -2)) as [Size[], Size[]];
    const keys = flag(args, "enable_gqa") ? [...others.slice(0, -1), own.at(-1)!] : others;
    const drawn = [...broadcastSizes([own, keys]), length, sizesOf(key!).at(-2)!];
    const weights = dropped(b, safeSoftmax(b, scores), number(args, "dropout_p"), drawn);
    return [b.contract(weights, spread(value!), [[...shared, l, s], [...shared, s, e], [...shared, l, e]])]; // prettier-ignore
  },
  samples: [
    {
      source: "ScaledDotProductAttention()",
      inputs: [
        [2, 3, 4],
        [2, 5, 4],
        [2, 5, 6],
      ],
    },
    {
      source: "ScaledDotProductAttention(is_causal=True)",
      inputs: [
        [2, 2, 4, 3],
        [2, 2, 4, 3],
        [2, 2, 4, 3],
      ],
    },
    {
      source: "ScaledDotProductAttention(scale=0.3)",
      inputs: [
        [3, 4],
        [2, 4],
        [2, 4],
        [3, 2],
      ],
    },
    {
      source: "ScaledDotProductAttention()",
      inputs: [[2, 1, 3, 4], [2, 5, 4], [1, 5, 2], [5]],
      dtypes: ["f32", "f32", "f32", "bool"],
    },
    {
      source: "ScaledDotProductAttention(0.3)",
      inputs: [
        [2, 3, 4],
        [1, 5, 4],
        [3, 2, 5, 2],
      ],
    },
    {
      source: "ScaledDotProductAttention(enable_gqa=True)",
      inputs: [
        [2, 4, 3, 2],
        [2, 2, 5, 2],
        [2, 2, 5, 2],
      ],
    },
  ],
});

/** The products of queries and keys of this width, scaled. Without a scale it is 1 / sqrt(width). */
export function scaledScores(b: Builder, products: Tensor, scale: number | null, width: Size): Tensor {
  if (scale !== null) return b.mul(products, scale);
  if (typeof width === "number") return b.mul(products, 1 / Math.sqrt(width));
  return b.div(products, b.map("sqrt", [b.constant(width)]));
}

/** Each head, which is on the third axis from the end, as often as makes `count` of them. */
function repeatedHeads(b: Builder, x: Tensor, count: Size): Tensor {
  const own = sizesOf(x);
  const [rest, last] = [own.slice(0, -3), own.slice(-2)];
  const heads = own.at(-3)!;
  const group = floorDiv(count, heads);
  const repeated = b.broadcast(b.reshape(x, [...rest, heads, 1, ...last]), [...rest, heads, group, ...last]);
  return b.reshape(repeated, [...rest, mul(heads, group), ...last]);
}
