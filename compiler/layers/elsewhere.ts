/**
 * The names that layers have in other libraries, for messages about names that are not in the table of layers.
 */

/**
 * The modules of torch.nn that a net can contain. One that is not in the table of layers is not supported yet.
 */
const modules = `
  AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveLogSoftmaxWithLoss AdaptiveMaxPool1d AdaptiveMaxPool2d
  AdaptiveMaxPool3d AvgPool1d AvgPool2d AvgPool3d ChannelShuffle CircularPad1d CircularPad2d CircularPad3d ConstantPad1d
  ConstantPad2d ConstantPad3d CTCLoss Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d EmbeddingBag Fold
  FractionalMaxPool2d FractionalMaxPool3d GRU GRUCell LPPool1d LPPool2d LPPool3d LSTM LSTMCell LazyBatchNorm1d
  LazyBatchNorm2d LazyBatchNorm3d LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d LazyConvTranspose2d
  LazyConvTranspose3d LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d LazyLinear MaxPool1d MaxPool2d MaxPool3d
  MaxUnpool1d MaxUnpool2d MaxUnpool3d MultiheadAttention PixelShuffle PixelUnshuffle RNN RNNCell ReflectionPad1d
  ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d Transformer TransformerDecoder
  TransformerDecoderLayer TransformerEncoder TransformerEncoderLayer Unfold Upsample UpsamplingBilinear2d
  UpsamplingNearest2d ZeroPad1d ZeroPad2d ZeroPad3d`;

const byKey: ReadonlyMap<string, string> = new Map(modules.trim().split(/\s+/).map((name) => [key(name), name])); // prettier-ignore

/**
 * The entry for each name of another library, in small letters: functions of PyTorch and NumPy, layers of Keras.
 */
const synonyms: ReadonlyMap<string, string> = new Map([
  ["dense", "Linear"],
  ["concatenate", "Concat"],
  ["mm", "MatMul"],
  ["bmm", "MatMul"],
  ["batchnormalization", "BatchNorm1d"],
  ["layernormalization", "LayerNorm"],
  ["multiheadattn", "MultiheadAttention"],
  ["sdpa", "ScaledDotProductAttention"],
  ["swapaxes", "Transpose"],
  ["modulelist", "Sequential"],
  ["swish", "SiLU"],
  ["interpolate", "Upsample"],
  ["upsampling2d", "Upsample"],
  ["im2col", "Unfold"],
  ["col2im", "Fold"],
  ["crossentropy", "CrossEntropyLoss"],
  ["categoricalcrossentropy", "CrossEntropyLoss"],
  ["sparsecategoricalcrossentropy", "CrossEntropyLoss"],
  ["binarycrossentropy", "BCELoss"],
  ["binarycrossentropywithlogits", "BCEWithLogitsLoss"],
  ["kldiv", "KLDivLoss"],
  ["kldivergence", "KLDivLoss"],
  ["nllloss2d", "NLLLoss"],
  ["meansquarederror", "MSELoss"],
  ["meanabsoluteerror", "L1Loss"],
  ["fix", "Trunc"],
]);

/** The key under which spellings of one name meet: `log_softmax` and `LogSoftmax`, `Conv2D` and `Conv2d`. */
function key(name: string): string {
  return name.toLowerCase().replaceAll("_", "");
}

/** The entry among `names` that another library calls `name`; upper and lower case count as the same. */
export function nameHere(name: string, names: Iterable<string>): string | undefined {
  const wanted = key(synonyms.get(key(name)) ?? name);
  for (const one of names) if (key(one) === wanted) return one;
  return undefined;
}

/** The module of torch.nn called `name`; upper and lower case count as the same. */
export function torchModule(name: string): string | undefined {
  return byKey.get(key(synonyms.get(key(name)) ?? name));
}

/** Whether `name` is that of a loss, which compares a result with its target. */
export function isLoss(name: string): boolean {
  return /\wLoss(2d)?$/.test(name);
}
