/** Losses of each element, which compare an input with a target of its shape. */
import { dtypeOf, sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { isRun, sameShape, typeText, type Shape, type TensorType } from "../ir/types.ts";
import { broadcastShapes, wantDtype } from "./axes.ts";
import {
  lossType,
  positivePart,
  reduceLoss,
  reductionArg,
  softplusOf,
  wantShape,
  weightBuffers,
  weightShape,
  wrongWeightShape,
} from "./loss.ts";
import { bool, choice, flag, float, layer, number, typed } from "./record.ts";
import type { Args, LayerRecord, Sample, ShapeContext } from "./record.ts";

interface ElementwiseLoss extends Pick<LayerRecord, "name" | "doc" | "formula" | "args" | "validate"> {
  /** Shapes must be equal. Where it is absent, they broadcast. */
  readonly equal?: true;
  /** The buffers that rescale the losses, which arguments of these names ask for. */
  readonly buffers?: readonly string[];
  /** Computes the loss of each element. */
  readonly compute: (
    b: Builder,
    x: Tensor,
    target: Tensor,
    args: Args,
    buffers: Readonly<Record<string, Tensor>>,
  ) => Tensor;
  readonly samples: readonly Sample[];
}

function elementwiseLoss(spec: ElementwiseLoss): LayerRecord {
  const { compute, equal, buffers = [], ...rest } = spec;
  return layer({
    ...rest,
    shapes: `x: [...], target: ${equal ? "the same" : "[...]"} -> [], or [...] with reduction='none'`,
    source: `torch.nn.${spec.name}`,
    inputs: ["x", "target"],
    validate: (args) => spec.validate?.(args) ?? wrongWeightShape(args, ...buffers),
    parameters: (args) => weightBuffers(args, ...buffers),
    infer: (inputs, args, context) => {
      const [x, target] = inputs;
      const wrong = wantDtype(x!, "f32");
      if (wrong !== undefined) return wrong;
      const unlike = `the target must be of the input's shape, not ${typeText(target!)}`;
      const differs = equal && wantShape(target!.shape, x!.shape, context, unlike);
      if (differs !== undefined) return differs;
      const weights = weightBuffers(args, ...buffers);
      const shape = broadcastShapes(inputs, context);
      const whole = typeof shape === "string" ? shape : weighted(shape, weights, context);
      return typeof whole === "string" ? whole : lossType(whole, args);
    },
    body: ([x, target], { b, args, parameters }) => {
      return [reducedAs(b, compute(b, x!, b.cast(target!, "f32"), args, parameters), x!, args)];
    },
  });
}

/** The shape of losses times weights, which must be that of the losses. */
function weighted(shape: Shape, weights: readonly TensorType[], context: ShapeContext): Shape | string {
  for (const { shape: own } of weights) {
    const result = broadcastShapes([typed("f32", shape), typed("f32", own)], context);
    if (typeof result === "string") return result;
    if (result.length > shape.length) return "the weights have more sizes than the input";
  }
  return shape;
}

/** The reduction, of which `batchmean` is the sum over the first size. */
function reducedAs(b: Builder, losses: Tensor, x: Tensor, args: Args): Tensor {
  if (args["reduction"] !== "batchmean") return reduceLoss(b, losses, args);
  const sum = reduceLoss(b, losses, { ...args, reduction: "sum" });
  return b.div(sum, b.constant(sizesOf(x)[0]!));
}

const pairs: readonly (readonly (readonly number[])[])[] = [[[2, 3], [2, 3]], [[5], [5]], [[], []]]; // prettier-ignore

/** Each call on matrices, and the first on a row and on numbers as well. */
function samplesOf(...calls: readonly string[]): Sample[] {
  const [first, ...others] = calls;
  return [
    ...pairs.map((inputs) => ({ source: first!, inputs })),
    ...others.map((source) => ({ source, inputs: pairs[0]! })),
  ];
}

export const l1Loss: LayerRecord = elementwiseLoss({
  name: "L1Loss",
  doc: "the distance from the target",
  formula: "|x - target|",
  args: { reduction: reductionArg },
  compute: (b, x, target) => b.map("abs", [b.sub(x, target)]),
  samples: samplesOf("L1Loss()", "L1Loss('sum')", "L1Loss(reduction='none')"),
});

export const mseLoss: LayerRecord = elementwiseLoss({
  name: "MSELoss",
  doc: "the square of the distance from the target",
  formula: "(x - target) ** 2",
  args: { reduction: reductionArg },
  compute: (b, x, target) => {
    const distance = b.sub(x, target);
    return b.mul(distance, distance);
  },
  samples: [
    ...samplesOf("MSELoss()", "MSELoss('sum')", "MSELoss(reduction='none')"),
    { source: "MSELoss('none')", inputs: [[2, 1], [3]] }, // prettier-ignore
  ],
});

/** A parabola near 0 that goes on as a line, `scale` times one of slope 1. */
function rounded(b: Builder, x: Tensor, target: Tensor, bend: number, scale: number): Tensor {
  const distance = b.map("abs", [b.sub(x, target)]);
  const near = b.mul(b.mul(b.mul(distance, distance), 0.5 / bend), scale);
  return b.select(b.map("lt", [distance, bend]), near, b.mul(b.sub(distance, 0.5 * bend), scale));
}

export const smoothL1Loss: LayerRecord = elementwiseLoss({
  name: "SmoothL1Loss",
  doc: "the distance from the target, rounded below beta",
  formula: "d < beta ? d ** 2 / (2 * beta) : d - beta / 2, d = |x - target|",
  args: { reduction: reductionArg, beta: float(1) },
  validate: (args) => (number(args, "beta") >= 0 ? undefined : "beta must be at least 0"),
  compute: (b, x, target, args) => {
    const beta = number(args, "beta");
    return beta === 0 ? b.map("abs", [b.sub(x, target)]) : rounded(b, x, target, beta, 1);
  },
  samples: samplesOf("SmoothL1Loss()", "SmoothL1Loss('sum', 2)", "SmoothL1Loss('none', beta=0)"),
});

export const huberLoss: LayerRecord = elementwiseLoss({
  name: "HuberLoss",
  doc: "half the square of the distance from the target, which goes on as a line from delta on",
  formula: "d < delta ? d ** 2 / 2 : delta * (d - delta / 2), d = |x - target|",
  args: { reduction: reductionArg, delta: float(1) },
  validate: (args) => (number(args, "delta") > 0 ? undefined : "delta must be greater than 0"),
  compute: (b, x, target, args) => rounded(b, x, target, number(args, "delta"), number(args, "delta")),
  samples: samplesOf("HuberLoss()", "HuberLoss('sum', 2)", "HuberLoss('none', delta=0.5)"),
});

/** The losses times the buffer `weight`, if there is one. */
function rescaled(b: Builder, losses: Tensor, { weight }: Readonly<Record<string, Tensor>>): Tensor {
  return weight ? b.mul(losses, weight) : losses;
}

export const bceLoss: LayerRecord = elementwiseLoss({
  name: "BCELoss",
  doc: "binary cross entropy of a probability from 0 to 1, NaN outside; logarithms below -100 count as -100; weight=SHAPE scales by a buffer",
  formula: "-(target * log(x) + (1 - target) * log(1 - x))",
  args: { weight: weightShape, reduction: reductionArg },
  equal: true,
  buffers: ["weight"],
  compute: (b, x, target, _args, buffers) => {
    const bounded = (log: Tensor): Tensor => b.map("max", [log, -100]);
    const no = b.mul(b.sub(target, 1), bounded(b.map("log1p", [b.map("neg", [x])])));
    return rescaled(b, b.sub(no, b.mul(target, bounded(b.map("log", [x])))), buffers);
  },
  samples: samplesOf("BCELoss()", "BCELoss(3, 'sum')", "BCELoss(reduction='none')").map((sample) => ({
    ...sample,
    within: [0, 1],
  })),
});

export const bceWithLogitsLoss: LayerRecord = elementwiseLoss({
  name: "BCEWithLogitsLoss",
  doc: "binary cross entropy of Sigmoid(x); weight=SHAPE scales by a buffer, pos_weight=SHAPE scales the positive part",
  formula: "(1 - target) * x + (1 + (pos_weight - 1) * target) * softplus(-x)",
  args: { weight: weightShape, reduction: reductionArg, pos_weight: weightShape },
  equal: true,
  buffers: ["weight", "pos_weight"],
  compute: (b, x, target, _args, buffers) => {
    const { pos_weight: positive } = buffers;
    const log = softplusOf(b, b.map("neg", [x]));
    const scaled = positive ? b.mul(b.add(b.mul(b.sub(positive, 1), target), 1), log) : log;
    return rescaled(b, b.add(b.mul(b.sub(1, target), x), scaled), buffers);
  },
  samples: samplesOf(
    "BCEWithLogitsLoss()",
    "BCEWithLogitsLoss(pos_weight=3)",
    "BCEWithLogitsLoss([2, 1], 'none', [3])",
    "BCEWithLogitsLoss(reduction='sum')",
  ),
});

export const klDivLoss: LayerRecord = elementwiseLoss({
  name: "KLDivLoss",
  doc: "Kullback and Leibler's divergence of x, log-probabilities, from the target; batchmean is the sum over the first size",
  formula: "target * (log(target) - x); exp(target) * (target - x) with log_target",
  args: { reduction: choice(["none", "batchmean", "mean", "sum"], "mean"), log_target: bool(false) },
  compute: (b, x, target, args) => {
    if (flag(args, "log_target")) return b.mul(b.map("exp", [target]), b.sub(target, x));
    const entropy = b.select(b.map("eq", [target, 0]), 0, b.mul(target, b.map("log", [target])));
    return b.sub(entropy, b.mul(target, x));
  },
  samples: [
    ...samplesOf("KLDivLoss()", "KLDivLoss('none')", "KLDivLoss(reduction='sum')"),
    { source: "KLDivLoss('batchmean')", inputs: [[3, 2], [3, 2]] }, // prettier-ignore
  ]
    .map((sample): Sample => ({ ...sample, within: [0, 1] }))
    .concat({ source: "KLDivLoss('batchmean', log_target=True)", inputs: [[4, 3], [4, 3]] }), // prettier-ignore
});

export const poissonNllLoss: LayerRecord = elementwiseLoss({
  name: "PoissonNLLLoss",
  doc: "the negative log-likelihood of a Poisson distribution whose rate is exp(x), or x; full adds Stirling's approximation of log(target!)",
  formula: "exp(x) - target * x; x - target * log(x + eps) without log_input",
  args: { log_input: bool(true), full: bool(false), eps: float(1e-8), reduction: reductionArg },
  compute: (b, x, target, args) => {
    const loss = flag(args, "log_input")
      ? b.sub(b.map("exp", [x]), b.mul(target, x))
      : b.sub(x, b.mul(target, b.map("log", [b.add(x, number(args, "eps"))])));
    if (!flag(args, "full")) return loss;
    const half = b.mul(b.map("log", [b.mul(target, 2 * Math.PI)]), 0.5);
    const stirling = b.add(b.sub(b.mul(target, b.map("log", [target])), target), half);
    return b.add(loss, b.select(b.map("le", [target, 1]), 0, stirling));
  },
  samples: samplesOf(
    "PoissonNLLLoss()",
    "PoissonNLLLoss(True, True)",
    "PoissonNLLLoss(False, reduction='none')",
    "PoissonNLLLoss(full=True, reduction='sum')",
  ).map((sample) => ({ ...sample, within: [0, 3] })),
});

export const softMarginLoss: LayerRecord = elementwiseLoss({
  name: "SoftMarginLoss",
  doc: "logistic loss of a target of 1 or -1",
  formula: "log(1 + exp(-target * x))",
  args: { reduction: reductionArg },
  compute: (b, x, target) => softplusOf(b, b.mul(b.map("neg", [target]), x)),
  samples: samplesOf("SoftMarginLoss()", "SoftMarginLoss('sum')", "SoftMarginLoss('none')"),
});

export const hingeEmbeddingLoss: LayerRecord = elementwiseLoss({
  name: "HingeEmbeddingLoss",
  doc: "x, a distance, where the target is 1; what it lacks to margin where the target is -1",
  formula: "target == 1 ? x : max(0, margin - x)",
  args: { margin: float(1), reduction: reductionArg },
  compute: (b, x, target, args) => {
    const apart = b.select(b.map("eq", [target, 1]), 0, positivePart(b, b.sub(number(args, "margin"), x)));
    return b.add(apart, b.select(b.map("eq", [target, -1]), 0, x));
  },
  samples: samplesOf("HingeEmbeddingLoss()", "HingeEmbeddingLoss(2)", "HingeEmbeddingLoss(0.5, 'none')"),
});

/** The shape of variances beside an input, with an axis for the input's last where they lack it. */
function varianceShape({ shape: x }: TensorType, { shape }: TensorType): Shape {
  return !x.some(isRun) && shape.length === x.length - 1 ? [...shape, 1] : shape;
}

export const gaussianNllLoss: LayerRecord = layer({
  name: "GaussianNLLLoss",
  doc: "the negative log-likelihood of a Gaussian with mean x and variance var, at least eps; full adds the constant term",
  shapes:
    "x: [..., D], target: the same, var: the same, [..., 1] or [...] -> [], or [..., D] with reduction='none'",
  formula: "(log(var) + (x - target) ** 2 / var) / 2",
  source: "torch.nn.GaussianNLLLoss",
  args: { full: bool(false), eps: float(1e-6), reduction: reductionArg },
  inputs: ["x", "target", "var"],
  infer: ([x, target, variance], args, context) => {
    const wrong = wantDtype(x!, "f32") ?? wantDtype(variance!, "f32");
    if (wrong !== undefined) return wrong;
    const common = broadcastShapes([x!, target!], context);
    if (typeof common === "string") return common;
    const own = varianceShape(x!, variance!);
    const incorrect = `${typeText(variance!)} are no variances of ${typeText(x!)}`;
    if (own.length !== x!.shape.length) return incorrect;
    const repeated = own.at(-1) === 1 ? [...own.slice(0, -1), x!.shape.at(-1)!] : own;
    const differs = sameShape(repeated, x!.shape)
      ? undefined
      : wantShape(repeated, x!.shape, context, incorrect);
    return differs ?? lossType(common, args);
  },
  body: ([x, target, variance], { b, args }) => {
    const eps = number(args, "eps");
    const missing = sizesOf(variance!).length < sizesOf(x!).length ? [1] : [];
    const given = b.reshape(variance!, [...sizesOf(variance!), ...missing]);
    const bounded = b.select(b.map("lt", [given, eps]), eps, given);
    const distance = b.sub(x!, b.cast(target!, dtypeOf(x!)));
    const twice = b.add(b.map("log", [bounded]), b.div(b.mul(distance, distance), bounded));
    const half = b.mul(twice, 0.5);
    return [reduceLoss(b, flag(args, "full") ? b.add(half, 0.5 * Math.log(2 * Math.PI)) : half, args)];
  },
  samples: [
    { source: "GaussianNLLLoss()", inputs: [[3, 2], [3, 2], [3, 2]] },
    { source: "GaussianNLLLoss(full=True)", inputs: [[3, 2], [3, 2], [3, 1]] },
    { source: "GaussianNLLLoss(eps=1e-2, reduction='none')", inputs: [[3, 2], [3, 2], [3]] },
    { source: "GaussianNLLLoss(reduction='sum')", inputs: [[4], [4], []] },
  ], // prettier-ignore
});
