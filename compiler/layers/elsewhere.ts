/**
 * The names that layers have in other libraries, for messages about names that are not in the table of layers.
 */

const LAZY = "BatchNorm Conv ConvTranspose InstanceNorm";

/** What to write for a module that learns from its first input how wide that is. */
const lazy = [
  "Linear",
  ...LAZY.split(" ").flatMap((name) => ["1d", "2d", "3d"].map((rank) => name + rank)),
].map((name) => [`Lazy${name}`, `write ${name}(_, …): \`_\` stands for what the input tells`] as const);

/** The modules of torch.nn that are no entries of the library, and what to write instead. */
export const otherModules: ReadonlyMap<string, string> = new Map([
  ...lazy,
  ["Container", "PyTorch has it for old code: write a block, `block Name(…) { … }`"],
  [
    "DataParallel",
    "it changes no result, and is left out; weights that were saved inside it fit, as `module.` is taken off their names",
  ],
  ["Module", "write a block, `block Name(…) { … }`, or a model, which can be run"],
  ["ModuleDict", "labels stand before their layers: `x -> fc: Linear(3, 4) -> act: ReLU`"],
  [
    "ModuleList",
    "layers stand where they are used, after one another or in `Repeat(n) { … }`; a list of layers is `[A, B]`",
  ],
  ["NLLLoss2d", "PyTorch has it for old code: write NLLLoss, which takes images as well"],
  ["ParameterDict", "each parameter is a statement: `param name: f32[3, 4]`"],
  ["ParameterList", "each parameter is a statement: `param name: f32[3, 4]`"],
  ["RNNBase", "it is what RNN, GRU and LSTM have in common: write one of them"],
  ["RNNCellBase", "it is what RNNCell, GRUCell and LSTMCell have in common: write one of them"],
]);

const byKey: ReadonlyMap<string, string> = new Map(
  [...otherModules].map(([name, text]) => [key(name), text]),
);

/**
 * The entry for each name of another library, in small letters: functions of PyTorch and NumPy, layers of Keras.
 */
const synonyms: ReadonlyMap<string, string> = new Map([
  ["dense", "Linear"],
  ["concatenate", "Concat"],
  ["mm", "MatMul"],
  ["batchnormalization", "BatchNorm1d"],
  ["layernormalization", "LayerNorm"],
  ["multiheadattn", "MultiheadAttention"],
  ["sdpa", "ScaledDotProductAttention"],
  ["swapaxes", "Transpose"],
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

/** What to write instead of the module of torch.nn called `name`; upper and lower case count as the same. */
export function insteadOfModule(name: string): string | undefined {
  return byKey.get(key(name));
}

/** Whether `name` is that of a loss, which compares a result with its target. */
export function isLoss(name: string): boolean {
  return /\wLoss(2d)?$/.test(name);
}
