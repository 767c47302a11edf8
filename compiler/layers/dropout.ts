/**
 * The dropout family. In eval mode, and with p=0, each returns its input. In training each draws as PyTorch does: 53 bits for
 * each value or channel, in row-major order.
 */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import type { Size } from "../ir/size/size.ts";
import { isRun, numberText, type TensorType } from "../ir/types.ts";
import { wantBatched, wantDtype } from "./axes.ts";
import { inplace } from "./elementwise.ts";
import { float, layer, number } from "./record.ts";
import type { LayerRecord, ShapeContext } from "./record.ts";

/** Sets values to 0 with probability `p`, and divides the others by 1 - p. There is a number for each of the sizes. */
export function dropped(b: Builder, x: Tensor, p: number, sizes: readonly Size[] = sizesOf(x)): Tensor {
  if (p === 0) return x;
  // PyTorch multiplies, so that NaN and infinities become NaN.
  if (p === 1) return b.mul(x, b.constant(0));
  const kept = b.random("bernoulli", sizes, [1 - p]);
  return b.mul(x, b.mul(kept, b.constant(Math.fround(1 / Math.fround(1 - p)))));
}

/** The negative of what SELU makes of minus infinity, with PyTorch's digits. */
const ALPHA = 1.7580993408473766;

/** Sets values to -ALPHA with probability `p`, and scales and shifts all so that mean 0 and variance 1 stay as they are. */
function alphaDropped(b: Builder, x: Tensor, p: number, sizes: readonly Size[]): Tensor {
  if (p === 1) return b.mul(x, b.constant(0));
  const kept = b.random("bernoulli", sizes, [1 - p]);
  const scale = 1 / Math.sqrt((ALPHA * ALPHA * p + 1) * (1 - p));
  const shift = Math.fround(ALPHA * scale * p);
  const floor = Math.fround(shift - Math.fround(ALPHA * scale));
  const scaled = b.mul(x, b.mul(kept, b.constant(Math.fround(scale))));
  return b.add(scaled, b.select(kept, b.constant(shift), b.constant(floor)));
}

/** Where PyTorch itself draws otherwise: bernoulli_ of MKL builds seeds a generator of MKL with one number (DistributionKernels.cpp). */
const mklNote =
  "the masks of training are those of torch.manual_seed; builds of torch with MKL draw others on Intel processors";

function dropping(spec: {
  name: string;
  /** The parts of the input that training sets to 0, in words. */
  parts: string;
  formula: string;
  paper: string;
  shapes: string;
  /** The sizes of the input; where p is 0, it may have any. */
  accepts: readonly string[];
  /** What is wrong with the input in every mode. */
  wrong?: (x: TensorType, context: ShapeContext) => string | undefined;
  /** What is wrong with the input in training, where it is divided into parts. */
  indivisible?: (x: TensorType) => string | undefined;
  /** The sizes of the random numbers. */
  noise?: (sizes: readonly Size[]) => readonly Size[];
  drop?: typeof alphaDropped;
  inputs: readonly [readonly number[], readonly number[], readonly number[]];
}): LayerRecord {
  const { name, parts, formula, paper, shapes, accepts, wrong, indivisible, inputs } = spec;
  const { drop = dropped, noise = (sizes: readonly Size[]): readonly Size[] => sizes } = spec;
  const [first, second, third] = inputs;
  return layer({
    name,
    doc: `the input in eval; training drops ${parts}`,
    note: mklNote,
    formula,
    shapes,
    source: `torch.nn.${name}; ${paper}`,
    args: { p: float(0.5), inplace },
    inputs: ["x"],
    validate: (args) => {
      const p = number(args, "p");
      return p >= 0 && p <= 1
        ? undefined
        : `dropout probability has to be between 0 and 1, but got ${numberText(p)}`;
    },
    accepts: (args) => [{ dtype: "f32", shape: number(args, "p") > 0 || wrong ? accepts : ["..."] }],
    infer: ([x], args, context) => {
      const drops = context.mode === "train" && number(args, "p") > 0;
      const reason =
        wrong?.(x!, context) ?? (drops ? (wantDtype(x!, "f32") ?? indivisible?.(x!)) : undefined);
      return reason ?? [x!];
    },
    body: ([x], { b, args, mode }) => {
      const p = number(args, "p");
      return [mode === "eval" || p === 0 ? x! : drop(b, x!, p, noise(sizesOf(x!)))];
    },
    samples: [
      { source: `${name}()`, inputs: [first] },
      { source: `${name}(0.1)`, inputs: [second] },
      { source: `${name}(p=0)`, inputs: [third] },
      { source: `${name}(p=1)`, inputs: [first] },
    ],
  });
}

/** The sizes of numbers of which there is one for each channel: those of the first two axes. */
function perChannel([n, c, ...others]: readonly Size[]): readonly Size[] {
  return [n!, c!, ...others.map(() => 1)];
}

/** The same for an input that has the channels first, without a batch. */
function perFirst([c, ...others]: readonly Size[]): readonly Size[] {
  return [c!, ...others.map(() => 1)];
}

/** Dropout3d takes four axes as one sample, and so all other numbers of axes but five. */
function perVolume(sizes: readonly Size[]): readonly Size[] {
  return sizes.length === 5 ? perChannel(sizes) : perFirst(sizes);
}

function withoutChannels({ shape }: TensorType): string | undefined {
  const has = shape.length >= 2 && !shape.slice(0, 2).some(isRun);
  return has
    ? undefined
    : "in training it needs two axes at least, N and C, for each of whose elements it draws";
}

const any = { shapes: "x: [...] -> [...]", accepts: ["..."] };
const scaled = "eval: x; train: x * kept / (1 - p), kept = 1 with probability 1 - p, else 0";
const centred =
  "eval: x; train: a * (kept ? x : -1.758099) + b, kept with probability 1 - p; a and b keep mean 0 and variance 1";
const hinton = "Hinton et al., arXiv:1207.0580";
const tompson = "Tompson et al., arXiv:1411.4280";
const klambauer = "Klambauer et al., arXiv:1706.02515";

export const dropout: LayerRecord = dropping({
  ...any,
  name: "Dropout",
  parts: "values at random",
  formula: scaled,
  paper: hinton,
  inputs: [[2, 3], [4], [2, 2]],
});

export const dropout1d: LayerRecord = dropping({
  name: "Dropout1d",
  parts: "channels at random",
  formula: scaled,
  paper: tompson,
  shapes: "x: [N, C, L] or [C, L] -> the same",
  accepts: ["N", "C", "L"],
  wrong: ({ shape }, context) => wantBatched(shape, 3, "f32[N, C, L]", context),
  noise: (sizes) => (sizes.length === 3 ? perChannel(sizes) : perFirst(sizes)),
  inputs: [
    [2, 3, 4],
    [3, 4],
    [1, 2, 2],
  ],
});

// PyTorch accepts inputs of other ranks for these two layers, with a warning, so they are accepted here.
export const dropout2d: LayerRecord = dropping({
  ...any,
  name: "Dropout2d",
  accepts: ["N", "C", "..."],
  indivisible: withoutChannels,
  noise: perChannel,
  parts: "channels at random",
  formula: scaled,
  paper: tompson,
  inputs: [
    [2, 3, 2, 2],
    [2, 3, 4],
    [2, 3],
  ],
});

export const dropout3d: LayerRecord = dropping({
  ...any,
  name: "Dropout3d",
  accepts: ["N", "C", "D", "H", "W"],
  indivisible: ({ shape }) =>
    shape.length > 0 && !shape.some(isRun)
      ? undefined
      : "in training the number of its axes must be known, and at least one: it draws for each channel",
  noise: perVolume,
  parts: "channels at random",
  formula: scaled,
  paper: tompson,
  inputs: [
    [2, 3, 2, 2, 2],
    [3, 2, 2, 2],
    [2, 3],
  ],
});

export const alphaDropout: LayerRecord = dropping({
  ...any,
  name: "AlphaDropout",
  formula: centred,
  drop: alphaDropped,
  parts: "values at random, and keeps mean and variance",
  paper: klambauer,
  inputs: [[2, 3], [4], [2, 2]],
});

export const featureAlphaDropout: LayerRecord = dropping({
  ...any,
  name: "FeatureAlphaDropout",
  accepts: ["N", "C", "..."],
  indivisible: withoutChannels,
  noise: perChannel,
  formula: centred,
  drop: alphaDropped,
  parts: "channels at random, and keeps mean and variance",
  paper: klambauer,
  inputs: [
    [2, 3, 4],
    [2, 3],
    [2, 2, 2],
  ],
});
