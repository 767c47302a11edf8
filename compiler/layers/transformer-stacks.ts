/** Stacks of the layers of a Transformer, which begin with equal weights, and the whole Transformer. */
import { uniformBound, xavierStd } from "../../runtime/init.ts";
import type { Tensor } from "../ir/graph/builder.ts";
import type { TensorType } from "../ir/types.ts";
import { lastSize } from "./axes.ts";
import { inputsByName } from "./attention.ts";
import { inner, innerContext, innerParameters, innerResult, keptType, type Inner } from "./nested.ts";
import { layerNorm } from "./normalization.ts";
import { bool, flag, int, layer, layerArg, number } from "./record.ts";
import type {
  Args,
  BodyContext,
  LayerArg,
  LayerRecord,
  Mode,
  ParameterSpec,
  ShapeContext,
} from "./record.ts";
import { SOURCE, layerArgs, transformerDecoderLayer, transformerEncoderLayer } from "./transformer.ts";

/** More layers than this are a slip of the pen. */
const MAX_LAYERS_OF_STACK = 1000;

/** A number of layers with one list of arguments, one after the other, and what normalizes their result. */
interface Stack {
  readonly layers: readonly Inner[];
  readonly norm: Inner | undefined;
}

function stackOf({ record, args }: LayerArg, count: number, norm: LayerArg | null): Stack {
  return {
    layers: Array.from({ length: count }, (_, i) => ({ name: `layers.${i}`, record, args })),
    norm: norm ? { name: "norm", ...norm } : undefined,
  };
}

/** The parameters, where the layers are copies of the first. */
function stackParameters({ layers, norm }: Stack): ParameterSpec[] {
  const first = innerParameters(layers.slice(0, 1));
  const start = `${layers[0]!.name}.`;
  const copies = layers.slice(1).flatMap(({ name }) =>
    first.map((spec): ParameterSpec => ({
      ...spec,
      name: `${name}.${spec.name.slice(start.length)}`,
      init: { kind: "copy", of: spec.name },
    })),
  );
  return [...first, ...copies, ...(norm ? innerParameters([norm]) : [])];
}

/** The type of the result, which is that of the first input: layers of one kind take what they give. */
function stackType(
  { layers: [first], norm }: Stack,
  inputs: readonly TensorType[],
  context: ShapeContext,
): TensorType | string {
  const { record, args } = first!;
  const types = record.infer(inputs, args, context);
  if (typeof types === "string") return types;
  return norm ? keptType(norm, types[0]!, context) : types[0]!;
}

function stackResult({ layers, norm }: Stack, inputs: readonly Tensor[], context: BodyContext): Tensor {
  const [first, ...others] = inputs as [Tensor, ...Tensor[]];
  let x = first;
  for (const one of layers) {
    const types = [x.node.types[x.result]!];
    [x] = one.record.body([x, ...others], innerContext(one, context, types)) as [Tensor];
  }
  return norm ? innerResult(norm, x, context) : x;
}

/** How the layers that a stack is made of are called, and what they take. */
interface Kind {
  readonly record: LayerRecord;
  /** The argument that is the layer. */
  readonly argument: string;
  /** The names of the stack's inputs for those of its layers. */
  readonly inputs: readonly string[];
  /** The arguments that forbid later keys. */
  readonly causal: readonly string[];
}

const encoderKind: Kind = {
  record: transformerEncoderLayer,
  argument: "encoder_layer",
  inputs: ["src", "mask", "src_key_padding_mask"],
  causal: ["is_causal"],
};

const decoderKind: Kind = {
  record: transformerDecoderLayer,
  argument: "decoder_layer",
  inputs: transformerDecoderLayer.inputs,
  causal: ["tgt_is_causal", "memory_is_causal"],
};

/** The layers of a call. What the call forbids, its layers forbid as well. */
function stackOfCall({ record, argument, causal, inputs }: Kind, args: Args): Stack {
  const { args: own } = args[argument] as LayerArg;
  const forbidden = causal.filter((name) => flag(args, name)).map((name) => [name, true] as const);
  const given = ((args["given"] ?? inputs) as readonly string[]).map(
    (name) => record.inputs[inputs.indexOf(name)]!,
  );
  const ofLayer = { record, args: { ...own, ...Object.fromEntries(forbidden), given } };
  return stackOf(ofLayer, number(args, "num_layers"), (args["norm"] ?? null) as LayerArg | null);
}

/** Says what is wrong with layers that are arguments, in training or in both modes. */
function unsupportedIn(layers: readonly (LayerArg | null)[], mode: Mode): string | undefined {
  return layers
    .map((one) => one?.record.unsupported?.(mode, one.args))
    .find((reason) => reason !== undefined);
}

/** A reason in which the inputs are called as the stack calls them. */
function inWordsOf({ record, inputs }: Kind, reason: string): string {
  return record.inputs.reduce(
    (text, name, i) => (name === inputs[i] ? text : text.replaceAll(name, inputs[i]!)),
    reason,
  );
}

function stack(
  kind: Kind,
  rest: Pick<LayerRecord, "name" | "doc" | "shapes" | "formula" | "source" | "samples">,
): LayerRecord {
  const { record, argument, inputs, causal } = kind;
  const parts = (args: Args): (LayerArg | null)[] => [
    args[argument] as LayerArg,
    args["norm"] as LayerArg | null,
  ];
  return layer({
    ...rest,
    args: {
      [argument]: layerArg(undefined, [record.name]),
      num_layers: int(undefined, 1),
      norm: layerArg(null),
      ...(kind === encoderKind && {
        enable_nested_tensor: { ...bool(true), idle: true as const },
        mask_check: { ...bool(true), idle: true as const },
      }),
      ...Object.fromEntries(causal.map((name) => [name, bool(false)])),
    },
    inputs,
    required: record.required!,
    validate: (args) =>
      number(args, "num_layers") > MAX_LAYERS_OF_STACK
        ? `num_layers may be up to ${MAX_LAYERS_OF_STACK}`
        : undefined,
    unsupported: (mode, args) => unsupportedIn(parts(args), mode),
    ...(record.accepts && {
      accepts: (args) => record.accepts!((args[argument] as LayerArg).args),
    }),
    parameters: (args) => stackParameters(stackOfCall(kind, args)),
    infer: (types, args, context) => {
      const type = stackType(stackOfCall(kind, args), types, context);
      return typeof type === "string" ? inWordsOf(kind, type) : [type];
    },
    body: (tensors, context) => [stackResult(stackOfCall(kind, context.args), tensors, context)],
  });
}

export const transformerEncoder: LayerRecord = stack(encoderKind, {
  name: "TransformerEncoder",
  doc: "num_layers layers like encoder_layer, one after the other, which begin with equal weights, and then norm; where is_causal, all forbid later keys",
  shapes:
    "src: [S, N, d_model], mask: bool or f32 [S, S] or [N * nhead, S, S], src_key_padding_mask: bool or f32 [N, S] -> [S, N, d_model]; batch_first of the layer puts N first, and all may lack it",
  formula: "norm(layer_n(… layer_1(src, mask, src_key_padding_mask) …))",
  source: `torch.nn.TransformerEncoder; ${SOURCE}`,
  samples: [
    { source: "TransformerEncoder(TransformerEncoderLayer(4, 2, 6, dropout=0), 2)", inputs: [[3, 2, 4]] },
    {
      source:
        'TransformerEncoder(TransformerEncoderLayer(4, 2, 3, activation="gelu", batch_first=True), 2, norm=LayerNorm(4))',
      inputs: [
        [2, 3, 4],
        [3, 3],
        [2, 3],
      ],
    },
    {
      source:
        "TransformerEncoder(TransformerEncoderLayer(6, 3, 5, dropout=0, norm_first=True), 1, RMSNorm(6), is_causal=True)",
      inputs: [[4, 6]],
    },
  ],
});

export const transformerDecoder: LayerRecord = stack(decoderKind, {
  name: "TransformerDecoder",
  doc: "num_layers layers like decoder_layer, one after the other, which begin with equal weights, and then norm",
  shapes:
    "tgt: [T, N, d_model], memory: [S, N, d_model], tgt_mask: bool or f32 [T, T] or [N * nhead, T, T], memory_mask: [T, S] or [N * nhead, T, S], tgt_key_padding_mask: [N, T], memory_key_padding_mask: [N, S] -> [T, N, d_model]; batch_first of the layer puts N first, and all may lack it",
  formula: "norm(layer_n(… layer_1(tgt, memory, masks) …, memory, masks))",
  source: `torch.nn.TransformerDecoder; ${SOURCE}`,
  samples: [
    {
      source: "TransformerDecoder(TransformerDecoderLayer(4, 2, 6, 0.3), 2)",
      inputs: [
        [3, 2, 4],
        [5, 2, 4],
      ],
    },
    {
      source:
        "TransformerDecoder(TransformerDecoderLayer(4, 2, 3, batch_first=True, norm_first=True), 2, LayerNorm(4), tgt_is_causal=True)",
      inputs: [
        [2, 3, 4],
        [2, 5, 4],
      ],
    },
    {
      source: "TransformerDecoder(TransformerDecoderLayer(4, 1, 5, dropout=0, bias=False), 1)",
      inputs: [[3, 4], [2, 4], [3, 3], [3, 2], [3], [2]],
      dtypes: ["f32", "f32", "f32", "f32", "bool", "f32"],
    },
  ],
});

const TRANSFORMER_INPUTS: readonly string[] = [
  "src",
  "tgt",
  "src_mask",
  "tgt_mask",
  "memory_mask",
  "src_key_padding_mask",
  "tgt_key_padding_mask",
  "memory_key_padding_mask",
];

/** The encoder and the decoder of a Transformer. */
function halvesOf(args: Args): { readonly encoder: Inner; readonly decoder: Inner } {
  const shared = Object.fromEntries(Object.keys(layerArgs).map((name) => [name, args[name]!]));
  const width = number(args, "d_model");
  const [eps, bias] = [number(args, "layer_norm_eps"), flag(args, "bias")];
  const norm = inner("norm", layerNorm, { normalized_shape: width, eps, bias });
  return {
    encoder: inner("encoder", transformerEncoder, {
      encoder_layer: inner("", transformerEncoderLayer, shared),
      num_layers: number(args, "num_encoder_layers"),
      norm,
      is_causal: flag(args, "src_is_causal"),
    }),
    decoder: inner("decoder", transformerDecoder, {
      decoder_layer: inner("", transformerDecoderLayer, shared),
      num_layers: number(args, "num_decoder_layers"),
      norm,
      tgt_is_causal: flag(args, "tgt_is_causal"),
      memory_is_causal: flag(args, "memory_is_causal"),
    }),
  };
}

/**
 * The parameters in the order of their random values. PyTorch draws a layer of each half, copies it, and then draws
 * all matrices anew, in the order of the state dict; so the first values of the matrices are dropped.
 */
function transformerParameters(args: Args): ParameterSpec[] {
  const { encoder, decoder } = halvesOf(args);
  const vectors: ParameterSpec[] = [];
  const matrices: ParameterSpec[] = [];
  let dropped = 0;
  for (const spec of innerParameters([encoder, decoder])) {
    const { init, shape } = spec;
    if (shape.length > 1) {
      if (init.kind === "uniform") dropped += shape.reduce((count, size) => count * size, 1);
      matrices.push(spec);
    } else if (init.kind === "uniform") {
      vectors.push({ ...spec, init: { ...init, after: dropped } });
      dropped = 0;
    } else vectors.push(spec);
  }
  // The state dict has in_proj_weight before out_proj.weight, which attention draws first.
  for (const [i, { name }] of matrices.entries()) {
    if (name.endsWith(".in_proj_weight")) matrices.splice(i - 1, 2, matrices[i]!, matrices[i - 1]!);
  }
  return [
    ...vectors,
    ...matrices.map((spec, i): ParameterSpec => {
      const bound = uniformBound(xavierStd(spec.shape));
      return {
        ...spec,
        init: { kind: "uniform", low: -bound, high: bound, ...(i === 0 && { after: dropped }) },
      };
    }),
  ];
}

/** What a half takes, with the names of its inputs, of which some may be left out. */
function half<Input>(
  { name, record, args }: Inner,
  given: Readonly<Record<string, Input | undefined>>,
): { readonly layer: Inner; readonly inputs: readonly Input[] } {
  const names = record.inputs.filter((input) => given[input]);
  return {
    layer: { name, record, args: { ...args, given: names } },
    inputs: names.map((input) => given[input]!),
  };
}

function encoderInputs<Input>(
  given: Readonly<Record<string, Input | undefined>>,
): Readonly<Record<string, Input | undefined>> {
  return { ...given, mask: given["src_mask"] };
}

export const transformer: LayerRecord = layer({
  name: "Transformer",
  doc: "an encoder of src, and a decoder of tgt that attends to what the encoder gives, each a stack of layers with a LayerNorm behind it",
  shapes:
    "src: [S, N, d_model], tgt: [T, N, d_model], src_mask: bool or f32 [S, S], tgt_mask: [T, T], memory_mask: [T, S], or each [N * nhead, …], src_key_padding_mask: [N, S], tgt_key_padding_mask: [N, T], memory_key_padding_mask: [N, S] -> [T, N, d_model]; batch_first puts N first, and all may lack it",
  formula: "decoder(tgt, encoder(src, src_mask, src_key_padding_mask), masks)",
  source: `torch.nn.Transformer; ${SOURCE}`,
  args: {
    d_model: { ...int(512, 1), infer: lastSize },
    nhead: int(8, 1),
    num_encoder_layers: int(6, 1),
    num_decoder_layers: int(6, 1),
    dim_feedforward: layerArgs.dim_feedforward,
    dropout: layerArgs.dropout,
    activation: layerArgs.activation,
    custom_encoder: { kind: "any", default: null },
    custom_decoder: { kind: "any", default: null },
    layer_norm_eps: layerArgs.layer_norm_eps,
    batch_first: layerArgs.batch_first,
    norm_first: layerArgs.norm_first,
    bias: layerArgs.bias,
    src_is_causal: bool(false),
    tgt_is_causal: bool(false),
    memory_is_causal: bool(false),
  },
  inputs: TRANSFORMER_INPUTS,
  required: 2,
  validate: (args) => {
    for (const name of ["custom_encoder", "custom_decoder"]) {
      if (args[name] !== null)
        return `${name} is not supported: write TransformerEncoder and TransformerDecoder themselves, one after the other`;
    }
    for (const name of ["num_encoder_layers", "num_decoder_layers"]) {
      if (number(args, name) > MAX_LAYERS_OF_STACK) return `${name} may be up to ${MAX_LAYERS_OF_STACK}`;
    }
    return transformerEncoderLayer.validate!({ ...args, is_causal: false });
  },
  unsupported: (mode, args) => transformerEncoderLayer.unsupported!(mode, args),
  parameters: transformerParameters,
  infer: (types, args, context) => {
    const given = inputsByName(TRANSFORMER_INPUTS, types, args);
    const { encoder, decoder } = halvesOf(args);
    const { layer: first, inputs } = half(encoder, encoderInputs(given));
    const memory = first.record.infer(inputs, first.args, context);
    if (typeof memory === "string") return memory;
    const { layer: second, inputs: others } = half(decoder, { ...given, memory: memory[0] });
    const result = second.record.infer(others, second.args, context);
    return typeof result === "string" ? result : result;
  },
  body: (tensors, context) => {
    const given = inputsByName(TRANSFORMER_INPUTS, tensors, context.args);
    const { encoder, decoder } = halvesOf(context.args);
    const { layer: first, inputs } = half(encoder, encoderInputs(given));
    const memory = first.record.body(inputs, innerContext(first, context, []));
    const { layer: second, inputs: others } = half(decoder, { ...given, memory: memory[0] });
    return second.record.body(others, innerContext(second, context, []));
  },
  samples: [
    {
      source: "Transformer(4, 2, 1, 1, 6)",
      inputs: [
        [3, 2, 4],
        [5, 2, 4],
      ],
    },
    {
      source:
        'Transformer(4, 2, 2, 2, 3, activation="gelu", batch_first=True, norm_first=True, tgt_is_causal=True)',
      inputs: [
        [2, 3, 4],
        [2, 2, 4],
      ],
    },
    {
      source: "Transformer(6, 3, 1, 2, 5, dropout=0, bias=False)",
      inputs: [
        [2, 6],
        [3, 6],
        [2, 2],
        [3, 3],
        [3, 2],
      ],
    },
  ],
});
