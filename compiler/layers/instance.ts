/**
 * Instance normalization: statistics of each channel of each sample and, if asked for, their running averages.
 */
import { sizesOf, type Tensor } from "../ir/graph/builder.ts";
import { product } from "../ir/size/size.ts";
import { extents } from "../ir/types.ts";
import { channelSize, otherAxes, wantBatched, wantDtype, withChannels } from "./axes.ts";
import { bool, float, int, layer, number } from "./record.ts";
import type { LayerRecord, Sample } from "./record.ts";
import { channelParameters, hasChannels, move, normalized, usesRunning, type Follow } from "./running.ts";

/**
 * The running statistics follow the means over the batch; without a momentum they do not change. The parameter
 * that counts batches exists and never changes, as in PyTorch.
 */
const follow: Follow = (mean, variance, values, context) => {
  const { b, args } = context;
  const overBatch = (value: Tensor, hint: string): Tensor => b.mean(value, [0], hint);
  const factor = b.constant((args["momentum"] as number | null) ?? 0);
  move(context, factor, overBatch(mean, "mean"), overBatch(variance, "variance"), values);
};

const byRank = { 2: "InstanceNorm1d", 3: "InstanceNorm1d", 4: "InstanceNorm2d", 5: "InstanceNorm3d" };

function instanceNorm(suffix: "1d" | "2d" | "3d", samples: readonly Sample[]): LayerRecord {
  const spatial = { "1d": ["L"], "2d": ["H", "W"], "3d": ["D", "H", "W"] }[suffix];
  const unbatched = spatial.length + 1;
  const [batchedText, unbatchedText] = [["N", "C", ...spatial].join(", "), ["C", ...spatial].join(", ")];
  return layer({
    name: `InstanceNorm${suffix}`,
    doc: "normalizes each channel of each sample (in eval with running statistics, if tracked), then * weight + bias",
    shapes: `x: [${batchedText}] or [${unbatchedText}] -> the same`,
    formula:
      "(x - mean) / sqrt(var + eps) * weight + bias; running = (1 - momentum) * running + momentum * (mean, var * n / (n - 1)) over the batch, kept without momentum",
    source: `torch.nn.InstanceNorm${suffix}; Ulyanov et al., arXiv:1607.08022`,
    args: {
      num_features: { ...int(undefined, 1), infer: (inputs) => channelSize(inputs, -unbatched) },
      eps: float(1e-5),
      momentum: { ...float(0.1), optional: true },
      affine: bool(false),
      track_running_stats: bool(false),
    },
    inputs: ["x"],
    accepts: (args) => {
      const channels = number(args, "num_features");
      return [
        { dtype: "f32", shape: ["N", channels, ...spatial] },
        { dtype: "f32", shape: [channels, ...spatial] },
      ];
    },
    parameters: channelParameters,
    infer: ([x], args, context) => {
      const { shape } = x!;
      const wrong =
        wantDtype(x!, "f32") ?? wantBatched(shape, unbatched + 1, `f32[${batchedText}]`, context, byRank);
      if (wrong !== undefined) return wrong;
      const dim = shape.length - unbatched;
      const channels = number(args, "num_features");
      const types = hasChannels(args) ? withChannels(x!, channels, context, dim) : [x!];
      if (typeof types === "string" || usesRunning(args, context.mode)) return types;
      const values = product(extents(shape.slice(dim + 1)));
      return context.unequal(values, 1, "there must be more than 1 spatial element") ?? types;
    },
    body: ([input], context) => {
      const sizes = extents(context.types[0]!.shape);
      const x = context.b.reshape(input!, sizes.length === unbatched ? [1, ...sizes] : sizes);
      const y = normalized(x, otherAxes(sizesOf(x).length, [0, 1]), context, follow);
      return [context.b.reshape(y, sizes)];
    },
    samples,
  });
}

export const instanceNorm1d: LayerRecord = instanceNorm("1d", [
  { source: "InstanceNorm1d(3)", inputs: [[2, 3, 4]] },
  { source: "InstanceNorm1d(3, affine=True)", inputs: [[3, 5]] },
  { source: "InstanceNorm1d(2, eps=0, track_running_stats=True)", inputs: [[3, 2, 3]] },
  { source: "InstanceNorm1d(2, momentum=None, affine=True, track_running_stats=True)", inputs: [[2, 2, 3]] },
]);

export const instanceNorm2d: LayerRecord = instanceNorm("2d", [
  { source: "InstanceNorm2d(3, affine=True)", inputs: [[2, 3, 2, 3]] },
  { source: "InstanceNorm2d(2, eps=1e-3)", inputs: [[2, 3, 2]] },
  { source: "InstanceNorm2d(2, affine=True, track_running_stats=True)", inputs: [[2, 2, 3, 2]] },
]);

export const instanceNorm3d: LayerRecord = instanceNorm("3d", [
  { source: "InstanceNorm3d(2)", inputs: [[2, 2, 2, 1, 3]] },
  { source: "InstanceNorm3d(2, affine=True)", inputs: [[2, 2, 2, 2]] },
  { source: "InstanceNorm3d(2, momentum=0.3, track_running_stats=True)", inputs: [[2, 2, 1, 2, 2]] },
]);
