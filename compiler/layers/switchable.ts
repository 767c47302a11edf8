/**
 * Switchable normalization (Luo et al., "Differentiable Learning-to-Normalize via Switchable Normalization",
 * ICLR 2019): instance, layer and batch statistics, mixed with learnt weights for means and for variances.
 * All are made of the mean m and the unbiased variance v of each channel of each sample; with M the mean of
 * m over channels (or over the batch), the paper's mean(v + m^2) - M^2 is computed as mean(v + (m - M)^2),
 * which does not cancel on data far from 0.
 */
import type { Builder, Tensor } from "../ir/graph/builder.ts";
import { sizesOf } from "../ir/graph/builder.ts";
import { product } from "../ir/size/size.ts";
import { extents } from "../ir/types.ts";
import { channelSize, wantDtype, wantRank, withChannels } from "./axes.ts";
import { affine, inverseRoot, statistics, unbiased } from "./normalization.ts";
import { bool, constant, flag, float, int, layer, number } from "./record.ts";
import type { ArgSpec, Args, BodyContext, LayerRecord, ParameterSpec, Sample } from "./record.ts";

interface Statistic {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

function pooled(b: Builder, { mean, variance }: Statistic, axis: number): Statistic {
  const common = b.mean(mean, [axis], "mean");
  const distance = b.sub(mean, common);
  const spread = b.mean(b.add(variance, b.mul(distance, distance)), [axis], "variance");
  return { mean: common, variance: spread };
}

/** `kept` means the same as in `statistics`: the mean is used, as the running statistics follow it. */
function unbiasedStatistic(b: Builder, x: Tensor, axes: readonly number[], kept: boolean): Statistic {
  const { mean, variance } = statistics(b, x, axes, kept);
  return { mean, variance: unbiased(b, variance, x, axes) };
}

/**
 * The sum of the values, each weighted by its entry in the softmax of `weights`. As these add up to 1, it is the first value
 * and weighted distances from it: so the mean of means that are equal is the same, however large they are.
 */
function mix(b: Builder, weights: Tensor, [first, ...others]: readonly [Tensor, ...Tensor[]]): Tensor {
  const exponential = b.map("exp", [b.sub(weights, b.reduce("max", weights, [0], "maximum"))]);
  const shares = b.div(exponential, b.reduce("sum", exponential, [0], "sum"));
  return others
    .map((value, i) => b.mul(b.sub(value, first), b.reshape(b.slice(shares, [i + 1], [1], [1]), [])))
    .reduce((sum, value) => b.add(sum, value), first);
}

/** The running statistics in eval mode; in train mode those of the batch, which also move the running ones. */
function running(context: BodyContext, batch: () => Statistic, sizes: readonly number[]): Statistic {
  const { b, args, mode, parameters, update } = context;
  const { running_mean: oldMean, running_var: oldVariance } = parameters;
  if (mode === "eval") return { mean: b.reshape(oldMean!, sizes), variance: b.reshape(oldVariance!, sizes) };
  const { mean, variance } = batch();
  const flat = (value: Tensor, like: Tensor): Tensor => b.reshape(value, sizesOf(like));
  const [newMean, newVariance] = [flat(mean, oldMean!), flat(variance, oldVariance!)];
  if (flag(args, "using_moving_average")) {
    const keep = number(args, "momentum");
    const move = (old: Tensor, now: Tensor): Tensor => b.add(b.mul(old, keep), b.mul(now, 1 - keep));
    update("running_mean", move(oldMean!, newMean));
    update("running_var", move(oldVariance!, newVariance));
  } else {
    // The buffers hold sums over batches; a calibration afterwards divides them by the number of batches.
    update("running_mean", b.add(oldMean!, newMean));
    update("running_var", b.add(oldVariance!, b.add(b.mul(newMean, newMean), newVariance)));
  }
  return { mean, variance };
}

function mixed(
  context: BodyContext,
  x: Tensor,
  [first, ...others]: readonly [Statistic, ...Statistic[]],
): Tensor {
  const { b, args, parameters } = context;
  const mean = mix(b, parameters["mean_weight"]!, [first.mean, ...others.map((part) => part.mean)]); // prettier-ignore
  const variance = mix(b, parameters["var_weight"]!, [first.variance, ...others.map((part) => part.variance)]); // prettier-ignore
  const y = b.mul(b.sub(x, mean), inverseRoot(b, variance, number(args, "eps")));
  return affine(b, y, parameters["weight"], parameters["bias"]);
}

function body2d([input]: readonly Tensor[], context: BodyContext): readonly Tensor[] {
  const { b, args, types } = context;
  const x = b.reshape(input!, extents(types[0]!.shape));
  const spatial = sizesOf(x).map((_, axis) => axis).slice(2); // prettier-ignore
  const kept = context.mode === "train" && flag(args, "using_bn");
  const instance = unbiasedStatistic(b, x, spatial, kept);
  const parts: [Statistic, ...Statistic[]] = [instance, pooled(b, instance, 1)];
  if (flag(args, "using_bn")) {
    const sizes = [1, number(args, "num_features"), ...spatial.map(() => 1)];
    parts.push(running(context, () => pooled(b, instance, 0), sizes));
  }
  return [mixed(context, x, parts)];
}

/** The body for an f32[N, C]: layer statistics are taken over C, batch statistics over N. */
function body1d([input]: readonly Tensor[], context: BodyContext): readonly Tensor[] {
  const { b, args, types } = context;
  const x = b.reshape(input!, extents(types[0]!.shape));
  const batch = running(context, () => unbiasedStatistic(b, x, [0], true), [1, number(args, "num_features")]);
  return [mixed(context, x, [unbiasedStatistic(b, x, [1], false), batch])];
}

function parametersOf(args: Args, spatial: number): readonly ParameterSpec[] {
  const channels = number(args, "num_features");
  const usingBatch = args["using_bn"] !== false;
  const share = usingBatch && spatial > 0 ? 3 : 2;
  const shape = [1, channels, ...Array.from({ length: spatial }, () => 1)];
  const param = { role: "param", dtype: "f32" } as const;
  const buffer = {
    role: "buffer",
    dtype: "f32",
    shape: spatial > 0 ? [1, channels, 1] : [1, channels],
    init: constant(0),
  } as const;
  return [
    { name: "weight", ...param, shape, init: constant(args["last_gamma"] === true ? 0 : 1) },
    { name: "bias", ...param, shape, init: constant(0) },
    { name: "mean_weight", ...param, shape: [share], init: constant(1) },
    { name: "var_weight", ...param, shape: [share], init: constant(1) },
    ...(usingBatch
      ? [
          { name: "running_mean", ...buffer },
          { name: "running_var", ...buffer },
        ]
      : []),
  ];
}

const byRank = { 2: "SwitchableNorm1d", 4: "SwitchableNorm2d", 5: "SwitchableNorm3d" };

function switchable(suffix: "1d" | "2d" | "3d", samples: readonly Sample[]): LayerRecord {
  const spatial = { "1d": [], "2d": ["H", "W"], "3d": ["D", "H", "W"] }[suffix];
  const common: Record<string, ArgSpec> = {
    num_features: { ...int(undefined, 1), infer: channelSize },
    eps: float(1e-5),
    momentum: float(0.997),
    using_moving_average: bool(true),
  };
  const example = `f32[${["N", "C", ...spatial].join(", ")}]`;
  return layer({
    name: `SwitchableNorm${suffix}`,
    aliases: [`SwitchNorm${suffix}`],
    doc: `normalizes with a learnt mixture of ${spatial.length > 0 ? "instance, " : ""}layer and batch statistics; momentum is what is kept`,
    shapes: `x: [${["N", "C", ...spatial].join(", ")}] -> the same`,
    formula:
      "(x - sum(softmax(mean_weight) * means)) / sqrt(sum(softmax(var_weight) * vars) + eps) * weight + bias",
    source: `SwitchNorm${suffix} of Luo et al., arXiv:1806.10779`,
    args: spatial.length === 0 ? common : { ...common, using_bn: bool(true), last_gamma: bool(false) },
    inputs: ["x"],
    accepts: (args) => [{ dtype: "f32", shape: ["N", number(args, "num_features"), ...spatial] }],
    parameters: (args) => parametersOf(args, spatial.length),
    infer: ([x], args, context) => {
      const wrong = wantDtype(x!, "f32") ?? wantRank(x!.shape, [spatial.length + 2], example, byRank);
      if (wrong !== undefined) return wrong;
      const [batch, , ...places] = extents(x!.shape);
      const empty =
        context.atLeast(product(places), 1, "there must be at least 1 spatial element") ??
        (context.mode === "train"
          ? context.atLeast(batch!, 1, "there must be at least 1 sample")
          : undefined);
      return empty ?? withChannels(x!, number(args, "num_features"), context);
    },
    body: spatial.length === 0 ? body1d : body2d,
    samples,
  });
}

export const switchableNorm1d: LayerRecord = switchable("1d", [
  { source: "SwitchableNorm1d(4)", inputs: [[3, 4]] },
  { source: "SwitchableNorm1d(3, eps=1e-3, momentum=0.9)", inputs: [[5, 3]] },
  { source: "SwitchNorm1d(4, using_moving_average=False)", inputs: [[2, 4]] },
]);

export const switchableNorm2d: LayerRecord = switchable("2d", [
  { source: "SwitchableNorm2d(3)", inputs: [[2, 3, 2, 2]] },
  { source: "SwitchableNorm2d(3, momentum=0.9, last_gamma=True)", inputs: [[2, 3, 3, 2]] },
  { source: "SwitchableNorm2d(2, using_bn=False)", inputs: [[2, 2, 2, 3]] },
  { source: "SwitchNorm2d(2, using_moving_average=False)", inputs: [[1, 2, 3, 3]] },
]);

export const switchableNorm3d: LayerRecord = switchable("3d", [
  { source: "SwitchableNorm3d(2)", inputs: [[2, 2, 2, 2, 2]] },
  { source: "SwitchableNorm3d(2, using_bn=False)", inputs: [[2, 2, 1, 2, 3]] },
  { source: "SwitchNorm3d(3, eps=1e-3, using_moving_average=False)", inputs: [[2, 3, 2, 1, 2]] },
]);
