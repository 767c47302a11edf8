/** Batch normalization: statistics of each channel over the batch, and their running averages. */
import type { Tensor } from "../ir/build.ts";
import { sizesOf } from "../ir/build.ts";
import { product, sub } from "../ir/size.ts";
import { extents } from "../ir/types.ts";
import { alongAxis, channelSize, otherAxes, wantDtype, wantRank, withChannels } from "./axes.ts";
import { affine, affineParameters, inverseDeviation, statistics } from "./normalization.ts";
import { bool, constant, flag, float, int, layer, number } from "./record.ts";
import type { Accepts, Args, BodyContext, LayerRecord, ParameterSpec, Sample } from "./record.ts";

const layouts: Readonly<Record<"1d" | "2d" | "3d", readonly (readonly string[])[]>> = {
  "1d": [[], ["L"]],
  "2d": [["H", "W"]],
  "3d": [["D", "H", "W"]],
};

function parametersOf(args: Args): readonly ParameterSpec[] {
  const shape = [number(args, "num_features")];
  const own = affineParameters(shape, flag(args, "affine"), flag(args, "affine"));
  if (!flag(args, "track_running_stats")) return own;
  return [
    ...own,
    { name: "running_mean", role: "buffer", dtype: "f32", shape, init: constant(0) },
    { name: "running_var", role: "buffer", dtype: "f32", shape, init: constant(1) },
    { name: "num_batches_tracked", role: "buffer", dtype: "i32", shape: [], init: constant(0) },
  ];
}

/** x * scale + shift, both made of parameters alone: they are computed once. */
function withRunningStatistics(x: Tensor, { b, args, parameters }: BodyContext): Tensor {
  const { weight, bias, running_mean: mean, running_var: variance } = parameters;
  const inverse = inverseDeviation(b, variance!, number(args, "eps"));
  const scale = weight ? b.mul(weight, inverse) : inverse;
  const drift = b.mul(mean!, scale);
  const shift = bias ? b.sub(bias, drift) : b.map("neg", [drift]);
  const sizes = alongAxis(number(args, "num_features"), 1, sizesOf(x).length);
  return b.add(b.mul(x, b.reshape(scale, sizes)), b.reshape(shift, sizes));
}

function withBatchStatistics(x: Tensor, context: BodyContext): Tensor {
  const { b, args, parameters, mode } = context;
  const rank = sizesOf(x).length;
  const axes = otherAxes(rank, [1]);
  const { mean, centred, variance } = statistics(b, x, axes);
  if (mode === "train" && flag(args, "track_running_stats")) {
    updateRunning(context, mean, unbiased(context, variance, x, axes));
  }
  const y = b.mul(centred, inverseOf(context, variance));
  const { weight, bias } = parameters;
  const sizes = alongAxis(sizesOf(x)[1]!, 1, rank);
  return affine(b, y, weight && b.reshape(weight, sizes), bias && b.reshape(bias, sizes));
}

/** With eps = 0, PyTorch's kernel takes 0 for the inverse deviation of a constant channel. */
function inverseOf({ b, args }: BodyContext, variance: Tensor): Tensor {
  const eps = number(args, "eps");
  const inverse = inverseDeviation(b, variance, eps);
  return eps === 0 ? b.select(b.map("eq", [variance, 0]), 0, inverse) : inverse;
}

/** The running variance, unlike the normalization, takes the variance with n / (n - 1). */
function unbiased({ b }: BodyContext, variance: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  const count = product(axes.map((axis) => sizesOf(x)[axis]!));
  return b.mul(variance, b.div(b.constant(count), b.constant(sub(count, 1))));
}

/** running = (1 - f) * running + f * new, where f is the momentum or, without one, 1 / batches so far. */
function updateRunning({ b, args, parameters, update }: BodyContext, mean: Tensor, variance: Tensor): void {
  const batches = b.add(parameters["num_batches_tracked"]!, 1);
  const momentum = args["momentum"];
  const factor =
    typeof momentum === "number" ? b.constant(momentum) : b.div(b.constant(1), b.cast(batches, "f32"));
  const sizes = [number(args, "num_features")];
  const values = { running_mean: mean, running_var: variance };
  for (const [name, value] of Object.entries(values)) {
    const kept = b.mul(parameters[name]!, b.sub(1, factor));
    update(name, b.add(kept, b.mul(b.reshape(value, sizes), factor)));
  }
  update("num_batches_tracked", batches);
}

function batchNorm(suffix: "1d" | "2d" | "3d", samples: readonly Sample[]): LayerRecord {
  const accepts = (args: Args): readonly Accepts[] =>
    layouts[suffix].map((rest) => ({ dtype: "f32", shape: ["N", number(args, "num_features"), ...rest] }));
  const ranks = layouts[suffix].map((rest) => rest.length + 2);
  const example = `f32[${["N", "C", ...layouts[suffix].at(-1)!].join(", ")}]`;
  return layer({
    name: `BatchNorm${suffix}`,
    doc: "normalizes each channel over the batch (in eval with running statistics), then * weight + bias",
    args: {
      num_features: { ...int(undefined, 1), infer: channelSize },
      eps: float(1e-5),
      momentum: { ...float(0.1), optional: true },
      affine: bool(true),
      track_running_stats: bool(true),
    },
    inputs: ["x"],
    accepts,
    parameters: parametersOf,
    infer: ([x], args, context) => {
      const wrong = wantDtype(x!, "f32") ?? wantRank(x!.shape, ranks, example);
      if (wrong !== undefined) return wrong;
      const tracked = flag(args, "track_running_stats");
      const fixed = tracked || flag(args, "affine");
      const types = fixed ? withChannels(x!, number(args, "num_features"), context) : [x!];
      if (typeof types === "string" || (tracked && context.mode !== "train")) return types;
      const values = product(extents(x!.shape).filter((_, axis) => axis !== 1));
      return context.atLeast(values, 2, "there must be more than 1 value per channel") ?? types;
    },
    body: ([input], context) => {
      const x = context.b.reshape(input!, extents(context.types[0]!.shape));
      const running = context.mode === "eval" && flag(context.args, "track_running_stats");
      return [running ? withRunningStatistics(x, context) : withBatchStatistics(x, context)];
    },
    samples,
  });
}

export const batchNorm1d: LayerRecord = batchNorm("1d", [
  { source: "BatchNorm1d(5)", inputs: [[3, 5]] },
  { source: "BatchNorm1d(5, eps=1e-3, momentum=0.3)", inputs: [[2, 5, 4]] },
  { source: "BatchNorm1d(4, momentum=None)", inputs: [[3, 4]] },
  { source: "BatchNorm1d(4, affine=False)", inputs: [[3, 4]] },
  { source: "BatchNorm1d(4, track_running_stats=False)", inputs: [[3, 4, 2]] },
]);

export const batchNorm2d: LayerRecord = batchNorm("2d", [
  { source: "BatchNorm2d(3)", inputs: [[2, 3, 4, 2]] },
  { source: "BatchNorm2d(3, affine=False)", inputs: [[1, 3, 2, 2]] },
  { source: "BatchNorm2d(2, track_running_stats=False)", inputs: [[2, 2, 3, 1]] },
]);

export const batchNorm3d: LayerRecord = batchNorm("3d", [
  { source: "BatchNorm3d(2)", inputs: [[2, 2, 2, 3, 2]] },
  { source: "BatchNorm3d(2, momentum=None)", inputs: [[1, 2, 2, 2, 2]] },
  { source: "BatchNorm3d(2, affine=False, track_running_stats=False)", inputs: [[2, 2, 1, 2, 3]] },
]);
