/**
 * The common part of batch and instance normalization: a weight, a bias and running statistics by channel (dim
 * 1). The two differ in the axes over which they take statistics, and in how the running ones follow.
 */
import { sizesOf, type Tensor } from "../ir/graph/builder.ts";
import { product, type Size } from "../ir/size/size.ts";
import { alongAxis } from "./axes.ts";
import { affine, affineParameters, inverseRoot, statistics, unbiased } from "./normalization.ts";
import { constant, flag, number } from "./record.ts";
import type { Args, BodyContext, Mode, ParameterSpec } from "./record.ts";

/** Moves the running statistics towards a mean and an unbiased variance, both taken over `values` values. */
export type Follow = (mean: Tensor, variance: Tensor, values: Size, context: BodyContext) => void;

export function channelParameters(args: Args): readonly ParameterSpec[] {
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

/** Whether there are parameters by channel. Without them, PyTorch takes any number of channels. */
export function hasChannels(args: Args): boolean {
  return flag(args, "affine") || flag(args, "track_running_stats");
}

/** Whether the running statistics are used. If so, a single value per channel is enough. */
export function usesRunning(args: Args, mode: Mode | undefined): boolean {
  return mode !== "train" && flag(args, "track_running_stats");
}

/**
 * Normalizes with the running statistics in eval mode; else with the statistics over `axes`, which the running
 * ones `follow`.
 */
export function normalized(x: Tensor, axes: readonly number[], context: BodyContext, follow: Follow): Tensor {
  return usesRunning(context.args, context.mode)
    ? withRunningStatistics(x, context)
    : withOwnStatistics(x, axes, context, follow);
}

/** x * scale + shift. Both are made of parameters alone, so they are computed once for all calls. */
function withRunningStatistics(x: Tensor, { b, args, parameters }: BodyContext): Tensor {
  const { weight, bias, running_mean: mean, running_var: variance } = parameters;
  const inverse = inverseRoot(b, variance!, number(args, "eps"));
  const scale = weight ? b.mul(weight, inverse) : inverse;
  const drift = b.mul(mean!, scale);
  const shift = bias ? b.sub(bias, drift) : b.map("neg", [drift]);
  const sizes = alongAxis(number(args, "num_features"), 1, sizesOf(x).length);
  return b.add(b.mul(x, b.reshape(scale, sizes)), b.reshape(shift, sizes));
}

function withOwnStatistics(x: Tensor, axes: readonly number[], context: BodyContext, follow: Follow): Tensor {
  const { b, args, parameters } = context;
  const follows = context.mode === "train" && flag(args, "track_running_stats");
  const { mean, centred, variance } = statistics(b, x, axes, follows);
  if (follows) {
    // The running variance follows the unbiased variance, whereas the normalization uses the biased one.
    const values = product(axes.map((axis) => sizesOf(x)[axis]!));
    follow(mean, unbiased(b, variance, x, axes), values, context);
  }
  const y = b.mul(centred, inverseOf(context, variance));
  const { weight, bias } = parameters;
  const sizes = alongAxis(sizesOf(x)[1]!, 1, sizesOf(x).length);
  return affine(b, y, weight && b.reshape(weight, sizes), bias && b.reshape(bias, sizes));
}

/** With eps = 0, PyTorch's kernel takes 0 as the inverse deviation of values that are all equal. */
function inverseOf({ b, args }: BodyContext, variance: Tensor): Tensor {
  const eps = number(args, "eps");
  const inverse = inverseRoot(b, variance, eps);
  return eps === 0 ? b.select(b.map("eq", [variance, 0]), 0, inverse) : inverse;
}

/** running = (1 - factor) * running + factor * new. If there are no values, `running` does not change. */
export function move(
  { b, args, parameters, update }: BodyContext,
  factor: Tensor,
  mean: Tensor,
  variance: Tensor,
  values: Size,
): void {
  const sizes = [number(args, "num_features")];
  const none = b.map("eq", [b.constant(values), 0]);
  for (const [name, value] of Object.entries({ running_mean: mean, running_var: variance })) {
    const running = parameters[name]!;
    const kept = b.mul(running, b.sub(1, factor));
    update(name, b.select(none, running, b.add(kept, b.mul(b.reshape(value, sizes), factor))));
  }
}
