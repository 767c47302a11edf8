/** What other libraries call layers, for messages about names that are not in the table. */

/** Modules of torch.nn that a net is made of: those that are not in the table are not there yet. */
const modules = `
  AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveLogSoftmaxWithLoss AdaptiveMaxPool1d AdaptiveMaxPool2d
  AdaptiveMaxPool3d AvgPool1d AvgPool2d AvgPool3d ChannelShuffle CircularPad1d CircularPad2d CircularPad3d ConstantPad1d
  ConstantPad2d ConstantPad3d Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d EmbeddingBag Fold
  FractionalMaxPool2d FractionalMaxPool3d GRU GRUCell LPPool1d LPPool2d LPPool3d LSTM LSTMCell LazyBatchNorm1d
  LazyBatchNorm2d LazyBatchNorm3d LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d LazyConvTranspose2d
  LazyConvTranspose3d LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d LazyLinear MaxPool1d MaxPool2d MaxPool3d
  MaxUnpool1d MaxUnpool2d MaxUnpool3d MultiheadAttention PixelShuffle PixelUnshuffle RNN RNNCell ReflectionPad1d
  ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d Transformer TransformerDecoder
  TransformerDecoderLayer TransformerEncoder TransformerEncoderLayer Unfold Upsample UpsamplingBilinear2d
  UpsamplingNearest2d ZeroPad1d ZeroPad2d ZeroPad3d`;

const byKey: ReadonlyMap<string, string> = new Map(modules.trim().split(/\s+/).map((name) => [key(name), name])); // prettier-ignore

/** By what it is called elsewhere, in small letters: functions of PyTorch and NumPy, layers of Keras. */
const synonyms: ReadonlyMap<string, string> = new Map([
  ["dense", "Linear"],
  ["concatenate", "Concat"],
  ["mm", "MatMul"],
  ["bmm", "MatMul"],
  ["batchnormalization", "BatchNorm1d"],
  ["layernormalization", "LayerNorm"],
  ["multiheadattn", "MultiheadAttention"],
  ["swapaxes", "Transpose"],
  ["modulelist", "Sequential"],
  ["swish", "SiLU"],
]);

/** `log_softmax` and `LogSoftmax` are the same, and so are `Conv2D` and `Conv2d`. */
function key(name: string): string {
  return name.toLowerCase().replaceAll("_", "");
}

/** The entry among `names` that does what is called `name` elsewhere, whatever its case. */
export function nameHere(name: string, names: Iterable<string>): string | undefined {
  const wanted = key(synonyms.get(key(name)) ?? name);
  for (const one of names) if (key(one) === wanted) return one;
  return undefined;
}

/** The module of torch.nn that is meant by `name`, whatever its case. */
export function torchModule(name: string): string | undefined {
  return byKey.get(key(synonyms.get(key(name)) ?? name));
}

/** Whether it is one of torch.nn's modules that compare a result with what it should be. */
export function isLoss(name: string): boolean {
  return /\wLoss(2d)?$/.test(name);
}
