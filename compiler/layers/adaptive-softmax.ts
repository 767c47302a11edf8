/** Softmax over many classes, of which the frequent ones have a head and clusters of rarer ones a tail each. */
import { biasBound, weightBound } from "../../runtime/init.ts";
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { extent, type TensorType } from "../ir/types.ts";
import { lastSize, wantBatched, wantDtype } from "./axes.ts";
import { linearMap } from "./linear.ts";
import { wantShape } from "./loss.ts";
import { bool, constant, flag, float, int, ints, layer, list, number, typed, within } from "./record.ts";
import type { Args, LayerRecord, ParameterSpec, ShapeContext } from "./record.ts";
import { logSoftmaxOver } from "./softmax.ts";

/** A cluster of classes: how wide its tail is, and which classes it has. */
interface Cluster {
  readonly width: number;
  readonly count: number;
}

/** The number of classes in the head, and the clusters behind them. */
function clustersOf(args: Args): { readonly frequent: number; readonly clusters: readonly Cluster[] } {
  const cutoffs = [...(list(args, "cutoffs") as readonly number[]), number(args, "n_classes")];
  const [width, divisor] = [number(args, "in_features"), number(args, "div_value")];
  return {
    frequent: cutoffs[0]!,
    clusters: cutoffs.slice(1).map((end, i) => ({
      width: Math.floor(width / divisor ** (i + 1)),
      count: end - cutoffs[i]!,
    })),
  };
}

function linearParameters(name: string, inputs: number, outputs: number, bias: boolean): ParameterSpec[] {
  const common = { role: "param", dtype: "f32" } as const;
  return [
    {
      ...common,
      name: `${name}.weight`,
      shape: [outputs, inputs],
      init: inputs * outputs === 0 ? constant(0) : within(weightBound(inputs)),
    },
    ...(bias ? [{ ...common, name: `${name}.bias`, shape: [outputs], init: within(biasBound(inputs)) }] : []),
  ];
}

function adaptiveTypes(
  [x, target]: readonly TensorType[],
  args: Args,
  context: ShapeContext,
): readonly TensorType[] | string {
  const width = number(args, "in_features");
  const wrong =
    wantDtype(x!, "f32") ??
    wantBatched(x!.shape, 2, `f32[N, ${width}]`, context) ??
    context.equal(extent(x!.shape.at(-1)!), width, `the last size must be ${width}`);
  if (wrong !== undefined) return wrong;
  const rows = x!.shape.slice(0, -1);
  if (!target) return [typed("f32", [...rows, number(args, "n_classes")])];
  const dtype = wantDtype(target, "i32");
  if (dtype !== undefined) return `the target, numbers of classes: ${dtype}`;
  const unlike = wantShape(target.shape, rows, context, "the target has one class for each row of x");
  return unlike ?? [typed("f32", rows), typed("f32", [])];
}

/** The log-probabilities of all classes: [..., n_classes] */
function logProbabilities(
  b: Builder,
  x: Tensor,
  args: Args,
  parameters: Readonly<Record<string, Tensor>>,
): Tensor {
  const { frequent, clusters } = clustersOf(args);
  const last = sizesOf(x).length - 1;
  const head = logSoftmaxOver(b, linearMap(b, x, parameters["head.weight"]!, parameters["head.bias"]), [
    last,
  ]);
  const part = (start: number, count: number): Tensor => {
    const sizes = [...sizesOf(x).slice(0, last), count];
    return b.slice(head, sizes.map((_, axis) => (axis === last ? start : 0)), sizes.map(() => 1), sizes); // prettier-ignore
  };
  const tails = clusters.map((_, i) => {
    const hidden = linearMap(b, x, parameters[`tail.${i}.0.weight`]!);
    const own = logSoftmaxOver(b, linearMap(b, hidden, parameters[`tail.${i}.1.weight`]!), [last]);
    return b.add(own, part(frequent + i, 1));
  });
  return b.concat([part(0, frequent), ...tails], last);
}

export const adaptiveLogSoftmaxWithLoss: LayerRecord = layer({
  name: "AdaptiveLogSoftmaxWithLoss",
  doc: "the log-probabilities of many classes, rare ones in clusters of less width: with a target, that of the target's class and the loss; without one, those of all classes, which PyTorch calls log_prob",
  shapes:
    "x: [N, in_features], target: i32[N] -> output: [N], loss: []; or x alone -> [N, n_classes]; or all without N",
  formula:
    "head = LogSoftmax(x @ transpose(head.weight) + head.bias); classes of cluster i: head[cutoffs[0] + i] + LogSoftmax(x @ transpose(tail.i.0.weight) @ transpose(tail.i.1.weight)); loss = -mean(output)",
  source: "torch.nn.AdaptiveLogSoftmaxWithLoss; Grave et al., arXiv:1609.04309",
  args: {
    in_features: { ...int(undefined, 1), infer: lastSize },
    n_classes: int(undefined, 2),
    cutoffs: { ...ints(), least: 1 },
    div_value: float(4),
    head_bias: bool(false),
  },
  inputs: ["x", "target"],
  required: 1,
  outputs: ["output", "loss"],
  validate: (args) => {
    const cutoffs = list(args, "cutoffs") as readonly number[];
    const ascend = cutoffs.every((end, i) => i === 0 || cutoffs[i - 1]! < end);
    if (cutoffs.length === 0 || !ascend || cutoffs.at(-1)! >= number(args, "n_classes"))
      return `cutoffs must ascend, from 1 to ${number(args, "n_classes") - 1}`;
    return number(args, "div_value") > 0 ? undefined : "div_value must be greater than 0";
  },
  accepts: (args) => [{ dtype: "f32", shape: ["N", number(args, "in_features")] }],
  parameters: (args) => {
    const { frequent, clusters } = clustersOf(args);
    const width = number(args, "in_features");
    return [
      ...linearParameters("head", width, frequent + clusters.length, flag(args, "head_bias")),
      ...clusters.flatMap((cluster, i) => [
        ...linearParameters(`tail.${i}.0`, width, cluster.width, false),
        ...linearParameters(`tail.${i}.1`, cluster.width, cluster.count, false),
      ]),
    ];
  },
  infer: adaptiveTypes,
  body: ([x, target], { b, args, parameters }) => {
    const all = logProbabilities(b, x!, args, parameters);
    if (!target) return [all];
    const rows = sizesOf(target);
    const output = b.gather(all, target, { axis: rows.length, batch: rows.length });
    const axes = rows.map((_, axis) => axis);
    return [output, b.reshape(b.map("neg", [b.mean(output, axes)], "loss"), [])];
  },
  samples: [
    {
      source: "AdaptiveLogSoftmaxWithLoss(8, 12, [4, 9])",
      inputs: [[5, 8], [5]],
      dtypes: ["f32", "i32"],
      below: 12,
    },
    { source: "AdaptiveLogSoftmaxWithLoss(4, 6, [2], div_value=2, head_bias=True)", inputs: [[3, 4]] },
    {
      source: "AdaptiveLogSoftmaxWithLoss(4, 5, [1, 3], 1.5)",
      inputs: [[4], []],
      dtypes: ["f32", "i32"],
      below: 5,
    },
  ],
});
