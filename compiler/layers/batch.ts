/** Batch normalization: statistics of each channel over the batch, and their running averages. */
import { sizesOf } from "../ir/graph/builder.ts";
import { product } from "../ir/size/size.ts";
import { extents, type Shape } from "../ir/types.ts";
import { axisAt, channelSize, otherAxes, wantDtype, wantRank, withChannels } from "./axes.ts";
import { bool, float, int, layer, number } from "./record.ts";
import type { ArgSpec, LayerRecord, Sample } from "./record.ts";
import { channelParameters, hasChannels, move, normalized, usesRunning, type Follow } from "./running.ts";

/**
 * The factor is the argument `momentum`; where that is `none`, it is 1 / (number of batches so far), which makes
 * the running statistics the means over all batches.
 */
const follow: Follow = (mean, variance, values, context) => {
  const { b, args, parameters, update } = context;
  const batches = b.add(parameters["num_batches_tracked"]!, 1);
  const momentum = args["momentum"];
  const factor =
    typeof momentum === "number" ? b.constant(momentum) : b.div(b.constant(1), b.cast(batches, "f32"));
  move(context, factor, mean, variance, values);
  update("num_batches_tracked", batches);
};

function batchNorm(spec: {
  name: string;
  shapes: string;
  source?: string;
  args?: Readonly<Record<string, ArgSpec>>;
  validate?: LayerRecord["validate"];
  /** The axes that may follow N and C, the preferred form first. */
  accepts: readonly (readonly string[])[];
  wrong: (shape: Shape) => string | undefined;
  samples: readonly Sample[];
}): LayerRecord {
  const { name, shapes, source = `torch.nn.${name}`, args, validate, accepts, wrong, samples } = spec;
  return layer({
    name,
    doc: "normalizes each channel over the batch (in eval with running statistics), then * weight + bias",
    shapes,
    formula:
      "(x - mean) / sqrt(var + eps) * weight + bias; running = (1 - momentum) * running + momentum * (mean, var * n / (n - 1)), without momentum the mean of all batches",
    source: `${source}; Ioffe and Szegedy, arXiv:1502.03167`,
    args: {
      num_features: { ...int(undefined, 1), infer: channelSize },
      eps: float(1e-5),
      momentum: { ...float(0.1), optional: true },
      affine: bool(true),
      track_running_stats: bool(true),
      ...args,
    },
    inputs: ["x"],
    ...(validate && { validate }),
    accepts: (given) =>
      accepts.map((rest) => ({ dtype: "f32", shape: ["N", number(given, "num_features"), ...rest] })),
    parameters: channelParameters,
    infer: ([x], given, context) => {
      const reason = wantDtype(x!, "f32") ?? wrong(x!.shape);
      if (reason !== undefined) return reason;
      const channels = number(given, "num_features");
      const types = hasChannels(given) ? withChannels(x!, channels, context) : [x!];
      if (typeof types === "string" || usesRunning(given, context.mode)) return types;
      const values = product(extents(x!.shape).filter((_, axis) => axis !== 1));
      return context.unequal(values, 1, "there must be more than 1 value per channel") ?? types;
    },
    body: ([input], context) => {
      const x = context.b.reshape(input!, extents(context.types[0]!.shape));
      return [normalized(x, otherAxes(sizesOf(x).length, [1]), context, follow)];
    },
    samples,
  });
}

const byRank = { 2: "BatchNorm1d", 3: "BatchNorm1d", 4: "BatchNorm2d", 5: "BatchNorm3d" };

export const batchNorm1d: LayerRecord = batchNorm({
  name: "BatchNorm1d",
  shapes: "x: [N, C] or [N, C, L] -> the same",
  accepts: [[], ["L"]],
  wrong: (shape) => wantRank(shape, [2, 3], "f32[N, C, L]", byRank),
  samples: [
    { source: "BatchNorm1d(5)", inputs: [[3, 5]] },
    { source: "BatchNorm1d(5, eps=1e-3, momentum=0.3)", inputs: [[2, 5, 4]] },
    { source: "BatchNorm1d(4, momentum=None)", inputs: [[3, 4]] },
    { source: "BatchNorm1d(4, affine=False)", inputs: [[3, 4]] },
    { source: "BatchNorm1d(4, track_running_stats=False)", inputs: [[3, 4, 2]] },
  ],
});

export const batchNorm2d: LayerRecord = batchNorm({
  name: "BatchNorm2d",
  shapes: "x: [N, C, H, W] -> the same",
  accepts: [["H", "W"]],
  wrong: (shape) => wantRank(shape, [4], "f32[N, C, H, W]", byRank),
  samples: [
    { source: "BatchNorm2d(3)", inputs: [[2, 3, 4, 2]] },
    { source: "BatchNorm2d(3, affine=False)", inputs: [[1, 3, 2, 2]] },
    { source: "BatchNorm2d(2, track_running_stats=False)", inputs: [[2, 2, 3, 1]] },
  ],
});

export const batchNorm3d: LayerRecord = batchNorm({
  name: "BatchNorm3d",
  shapes: "x: [N, C, D, H, W] -> the same",
  accepts: [["D", "H", "W"]],
  wrong: (shape) => wantRank(shape, [5], "f32[N, C, D, H, W]", byRank),
  samples: [
    { source: "BatchNorm3d(2)", inputs: [[2, 2, 2, 3, 2]] },
    { source: "BatchNorm3d(2, momentum=None)", inputs: [[1, 2, 2, 2, 2]] },
    { source: "BatchNorm3d(2, affine=False, track_running_stats=False)", inputs: [[2, 2, 1, 2, 3]] },
  ],
});

/** A model runs in one process, so there are no statistics to synchronize. */
export const syncBatchNorm: LayerRecord = batchNorm({
  name: "SyncBatchNorm",
  shapes: "x: [N, C, ...] -> the same",
  source: "torch.nn.SyncBatchNorm in a single process",
  args: { process_group: { kind: "any", default: null } },
  validate: (args) =>
    args["process_group"] === null
      ? undefined
      : "process_group joins several processes, and a model runs in one: leave it out",
  accepts: [["..."]],
  wrong: (shape) => {
    const axis = axisAt(shape, 1);
    return typeof axis === "string" ? `it takes at least 2 sizes, as in f32[N, C, ...]: ${axis}` : undefined;
  },
  samples: [
    { source: "SyncBatchNorm(3)", inputs: [[4, 3]] },
    { source: "SyncBatchNorm(3, momentum=None)", inputs: [[2, 3, 2, 3]] },
    { source: "SyncBatchNorm(2, affine=False, process_group=None)", inputs: [[2, 2, 3]] },
    { source: "SyncBatchNorm(2, track_running_stats=False)", inputs: [[2, 2, 1, 2, 2, 2]] },
  ],
});
