/** Losses of scores for classes, which compare them with the number of the right class or with probabilities. */
import { dtypeOf, sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { extent, typeText, type Shape, type TensorType } from "../ir/types.ts";
import { alongAxis, axisAt, otherAxes, wantDtype } from "./axes.ts";
import {
  lossType,
  positivePart,
  reduceLoss,
  reductionArg,
  softplusOf,
  wantShape,
  weightBuffers,
} from "./loss.ts";
import { float, int, layer, number } from "./record.ts";
import type { ArgSpec, Args, LayerRecord, Sample, ShapeContext } from "./record.ts";

/** How many classes have a weight. PyTorch is given the weights; here they are the buffer `weight` of that many. */
const classWeights: ArgSpec = int(null, 1);

/** The axis of the classes: the second, or the only one where there is no batch. */
function classAxis(shape: Shape): number | string {
  return axisAt(shape, shape.length === 1 ? 0 : 1);
}

/** The shape of what there is one of for all classes, after checking that weights are as many as classes. */
function beside(x: TensorType, axis: number, args: Args, context: ShapeContext): Shape | string {
  const weights = args["weight"] as number | null;
  if (weights !== null) {
    const wrong = context.equal(extent(x.shape[axis]!), weights, `it has weights for ${weights} classes`);
    if (wrong !== undefined) return wrong;
  }
  return x.shape.filter((_, i) => i !== axis);
}

/** The elements of x at the class that `index` names, for all else that x has. */
function atClass(b: Builder, x: Tensor, axis: number, index: Tensor): Tensor {
  const others = otherAxes(sizesOf(x).length, [axis]);
  return b.gather(b.permute(x, [...others, axis]), index, { axis: others.length, batch: others.length });
}

/** Which targets count, the classes with another in the place of those that do not, and the weight of each. */
function targetsOf(
  b: Builder,
  target: Tensor,
  weight: Tensor | undefined,
  args: Args,
): { readonly ignored: Tensor; readonly index: Tensor; readonly weights: Tensor } {
  const ignored = b.map("eq", [target, number(args, "ignore_index")]);
  const index = b.select(ignored, 0, target);
  const own = weight ? b.gather(weight, index) : b.full(sizesOf(target), 1);
  return { ignored, index, weights: b.select(ignored, 0, own) };
}

/** The reduction, whose mean is over the weights of the targets that count. */
function weightedReduction(b: Builder, losses: Tensor, weights: Tensor, args: Args): Tensor {
  if (args["reduction"] !== "mean") return reduceLoss(b, losses, args);
  const summed = { ...args, reduction: "sum" };
  return b.div(reduceLoss(b, losses, summed), reduceLoss(b, weights, summed));
}

const CLASSES = "i32[N], or i32[N, ...] for x: f32[N, C, ...]";

/** A sample of scores and the numbers of classes below 3. */
function numbered(source: string, scores: readonly number[], classes: readonly number[]): Sample {
  return { source, inputs: [scores, classes], dtypes: ["f32", "i32"], below: 3 };
}

export const nllLoss: LayerRecord = layer({
  name: "NLLLoss",
  doc: "the negative log-probability of the target class; targets of ignore_index do not count; weight=C is a buffer for C classes",
  shapes: "x: [N, C, ...] or [C], target: i32[N, ...] or i32[] -> [], or as the target with reduction='none'",
  formula: "-weight[target] * x[target]; the mean is over sum(weight[target])",
  source: "torch.nn.NLLLoss",
  args: { weight: classWeights, ignore_index: int(-100), reduction: reductionArg },
  inputs: ["x", "target"],
  parameters: (args) => weightBuffers(args, "weight"),
  infer: ([x, target], args, context) => {
    const axis = wantDtype(x!, "f32") ?? classAxis(x!.shape);
    if (typeof axis === "string") return axis;
    const dtype = wantDtype(target!, "i32");
    if (dtype !== undefined) return `the target, numbers of classes: ${dtype}`;
    const shape = beside(x!, axis, args, context);
    if (typeof shape === "string") return shape;
    const wrong = wantShape(
      target!.shape,
      shape,
      context,
      `the target must be ${CLASSES}, not ${typeText(target!)}`,
    );
    return wrong ?? lossType(shape, args);
  },
  body: ([x, target], { b, args, parameters }) => {
    const axis = classAxis(sizesOf(x!)) as number;
    const { ignored, index, weights } = targetsOf(b, target!, parameters["weight"], args);
    const likelihood = b.mul(atClass(b, x!, axis, index), weights);
    const losses = b.select(ignored, 0, b.map("neg", [likelihood]));
    return [weightedReduction(b, losses, weights, args)];
  },
  samples: [
    numbered("NLLLoss()", [4, 3], [4]),
    numbered("NLLLoss(weight=3, reduction='none')", [2, 3, 2, 2], [2, 2, 2]),
    numbered("NLLLoss(3, 1, 'sum')", [4, 3, 2], [4, 2]),
    numbered("NLLLoss(reduction='none')", [3], []),
  ],
});

/** The largest score of the classes, and the logarithm of the sum of exponentials below it, with axes of size 1. */
function logSum(b: Builder, x: Tensor, axis: number): readonly [maximum: Tensor, log: Tensor] {
  const maximum = b.reduce("max", x, [axis], "maximum");
  return [maximum, b.map("log", [b.reduce("sum", b.map("exp", [b.sub(x, maximum)]), [axis], "sum")])];
}

export const crossEntropyLoss: LayerRecord = layer({
  name: "CrossEntropyLoss",
  doc: "cross entropy of Softmax(x) and the target, classes or probabilities; targets of ignore_index do not count; weight=C is a buffer for C classes",
  shapes:
    "x: [N, C, ...] or [C], target: i32[N, ...] or i32[], or f32 as x -> [], or [N, ...] or [] with reduction='none'",
  formula:
    "-sum(weight * t * LogSoftmax(x)), t = (1 - label_smoothing) * target + label_smoothing / C; the mean over classes is over sum(weight[target])",
  source: "torch.nn.CrossEntropyLoss",
  args: {
    weight: classWeights,
    ignore_index: int(-100),
    reduction: reductionArg,
    label_smoothing: float(0),
  },
  inputs: ["x", "target"],
  validate: (args) => {
    const smoothing = number(args, "label_smoothing");
    return smoothing >= 0 && smoothing <= 1 ? undefined : "label_smoothing must be from 0 to 1";
  },
  parameters: (args) => weightBuffers(args, "weight"),
  infer: ([x, target], args, context) => {
    const axis = wantDtype(x!, "f32") ?? classAxis(x!.shape);
    if (typeof axis === "string") return axis;
    const dtype = wantDtype(target!, "i32", "f32");
    if (dtype !== undefined) return `the target, numbers of classes or probabilities: ${dtype}`;
    const shape = beside(x!, axis, args, context);
    if (typeof shape === "string") return shape;
    const classes = target!.dtype === "i32";
    if (!classes && number(args, "ignore_index") >= 0)
      return "ignore_index is for targets that are classes: i32";
    const wanted = classes ? CLASSES : "of the shape of x where it is f32, probabilities";
    const reason = `the target must be ${wanted}, not ${typeText(target!)}`;
    return wantShape(target!.shape, classes ? shape : x!.shape, context, reason) ?? lossType(shape, args);
  },
  body: ([x, target], { b, args, parameters }) => {
    const sizes = sizesOf(x!);
    const axis = classAxis(sizes) as number;
    const { weight } = parameters;
    const smoothing = number(args, "label_smoothing");
    const [maximum, log] = logSum(b, x!, axis);
    const dropped = sizes.filter((_, i) => i !== axis);
    const count = b.constant(sizes[axis]!);
    /** The cross entropy with a tensor of probabilities, or with all of one probability. */
    const entropy = (probabilities?: Tensor): Tensor => {
      const logs = b.sub(b.sub(x!, maximum), log);
      const weighted = weight
        ? b.mul(logs, b.reshape(weight, alongAxis(sizes[axis]!, axis, sizes.length)))
        : logs;
      const terms = probabilities ? b.mul(weighted, probabilities) : weighted;
      return b.reshape(b.map("neg", [b.reduce("sum", terms, [axis], "entropy")]), dropped);
    };
    if (dtypeOf(target!) === "f32") {
      const share = b.div(smoothing, count);
      const smooth = smoothing === 0 ? target! : b.add(b.mul(target!, 1 - smoothing), share);
      return [reduceLoss(b, entropy(smooth), args)];
    }
    const { ignored, index, weights } = targetsOf(b, target!, weight, args);
    const score = b.sub(atClass(b, x!, axis, index), b.reshape(maximum, dropped));
    const own = b.map("neg", [b.mul(b.sub(score, b.reshape(log, dropped)), weights)]);
    const losses =
      smoothing === 0 ? own : b.add(b.mul(own, 1 - smoothing), b.mul(entropy(), b.div(smoothing, count)));
    return [weightedReduction(b, b.select(ignored, 0, losses), weights, args)];
  },
  samples: [
    numbered("CrossEntropyLoss()", [4, 3], [4]),
    numbered("CrossEntropyLoss(label_smoothing=0.1)", [4, 3, 2], [4, 2]),
    numbered("CrossEntropyLoss(weight=3, reduction='none')", [2, 3, 2, 2], [2, 2, 2]),
    numbered("CrossEntropyLoss(3, 1, 'sum', 0.2)", [4, 3], [4]),
    numbered("CrossEntropyLoss(reduction='none')", [3], []),
    { source: "CrossEntropyLoss()", inputs: [[2, 3, 2], [2, 3, 2]] },
    { source: "CrossEntropyLoss(3, label_smoothing=0.1)", inputs: [[4, 3], [4, 3]] },
    { source: "CrossEntropyLoss(reduction='none')", inputs: [[5], [5]] },
  ], // prettier-ignore
});

/** The last axis, that of the classes of `[N, C]` and `[C]`. */
function lastAxis(x: Tensor): number {
  return sizesOf(x).length - 1;
}

/** Checks scores and a target that is one number for each row of them, or a whole row. */
function rowTypes(
  [x, target]: readonly TensorType[],
  args: Args,
  context: ShapeContext,
  whole: boolean,
): readonly [TensorType] | string {
  const rank = x!.shape.length;
  const axis = wantDtype(x!, "f32") ?? axisAt(x!.shape, -1);
  if (typeof axis === "string") return axis;
  if (rank > 2) return "it takes [N, C] or [C]";
  const rows = "weight" in args ? beside(x!, axis, args, context) : x!.shape.slice(0, -1);
  if (typeof rows === "string") return rows;
  const wanted = whole ? "of the shape of x" : "i32[N] for x: f32[N, C], and i32[] for f32[C]";
  const reason = `the target must be ${wanted}, not ${typeText(target!)}`;
  return wantShape(target!.shape, whole ? x!.shape : rows, context, reason) ?? lossType(rows, args);
}

/** The sum over the last axis, divided by its size. */
function meanOfClasses(b: Builder, terms: Tensor): Tensor {
  return b.reshape(b.mean(terms, [lastAxis(terms)], "mean"), sizesOf(terms).slice(0, -1));
}

export const multiMarginLoss: LayerRecord = layer({
  name: "MultiMarginLoss",
  doc: "what the score of the target class lacks to margin above each other, to the power p; weight=C is a buffer for C classes",
  shapes: "x: [N, C] or [C], target: i32[N] or i32[] -> [], or as the target with reduction='none'",
  formula: "sum(weight[target] * max(0, margin - x[target] + x[i]) ** p for i != target) / C",
  source: "torch.nn.MultiMarginLoss",
  args: { p: int(1), margin: float(1), weight: classWeights, reduction: reductionArg },
  inputs: ["x", "target"],
  validate: (args) => ([1, 2].includes(number(args, "p")) ? undefined : "p must be 1 or 2"),
  parameters: (args) => weightBuffers(args, "weight"),
  infer: (inputs, args, context) => wantDtype(inputs[1]!, "i32") ?? rowTypes(inputs, args, context, false),
  body: ([x, target], { b, args, parameters }) => {
    const axis = lastAxis(x!);
    const rows = sizesOf(target!);
    const perRow = (value: Tensor): Tensor => b.reshape(value, [...rows, 1]);
    const own = perRow(atClass(b, x!, axis, target!));
    const short = positivePart(b, b.add(b.sub(number(args, "margin"), own), x!));
    const power = number(args, "p") === 2 ? b.mul(short, short) : short;
    const { weight } = parameters;
    const scaled = weight ? b.mul(power, perRow(b.gather(weight, target!))) : power;
    const right = b.map("eq", [b.iota(alongAxis(sizesOf(x!)[axis]!, axis, axis + 1), axis), perRow(target!)]);
    return [reduceLoss(b, meanOfClasses(b, b.select(right, 0, scaled)), args)];
  },
  samples: [
    numbered("MultiMarginLoss()", [4, 3], [4]),
    numbered("MultiMarginLoss(2, 0.5, weight=3)", [4, 3], [4]),
    numbered("MultiMarginLoss(reduction='none')", [2, 3], [2]),
    numbered("MultiMarginLoss(margin=2, reduction='sum')", [3], []),
  ],
});

export const multiLabelMarginLoss: LayerRecord = layer({
  name: "MultiLabelMarginLoss",
  doc: "what the score of each target class lacks to 1 above each class that is no target; targets end at the first below 0",
  shapes: "x: [N, C] or [C], target: i32 of the same shape -> [], or [N] or [] with reduction='none'",
  formula: "sum(max(0, 1 - x[j] + x[i]) for j in target, i not in target) / C",
  source: "torch.nn.MultiLabelMarginLoss",
  args: { reduction: reductionArg },
  inputs: ["x", "target"],
  infer: (inputs, args, context) => wantDtype(inputs[1]!, "i32") ?? rowTypes(inputs, args, context, true),
  body: ([x, target], { b, args }) => {
    const sizes = sizesOf(x!);
    const [rows, classes] = [sizes.slice(0, -1), sizes.at(-1)!];
    const column = (value: Tensor): Tensor => b.reshape(value, [...rows, classes, 1]);
    const row = (value: Tensor): Tensor => b.reshape(value, [...rows, 1, classes]);
    const [place, others] = [b.iota([classes, 1], 0), b.iota([1, classes], 1)];
    const last = rows.length + 1;
    const count = (truths: Tensor, axis: number): Tensor =>
      b.reshape(b.reduce("sum", b.cast(truths, "i32"), [axis], "count"), sizes);
    const no = b.full([], 0, "bool");
    // An entry is a target if neither it nor one before it is below 0.
    const before = b.map("le", [others, place]);
    const ends = b.select(before, row(b.map("lt", [target!, 0])), no);
    const ended = b.map("lt", [0, count(ends, last)]);
    const index = b.select(ended, 0, target!);
    const hits = b.select(column(ended), no, b.map("eq", [column(target!), others]));
    const isTarget = b.map("lt", [0, count(hits, last - 1)]);
    const own = b.gather(x!, index, { axis: rows.length, batch: rows.length });
    const short = positivePart(b, b.add(b.sub(1, column(own)), row(x!)));
    const counted = b.select(column(ended), 0, b.select(row(isTarget), 0, short));
    const sums = b.reshape(b.reduce("sum", counted, [last - 1, last], "sum"), rows);
    return [reduceLoss(b, b.div(sums, b.constant(classes)), args)];
  },
  samples: [
    { source: "MultiLabelMarginLoss()", inputs: [[3, 4], [3, 4]], dtypes: ["f32", "i32"], below: 4 },
    { source: "MultiLabelMarginLoss('none')", inputs: [[2, 5], [2, 5]], dtypes: ["f32", "i32"], below: 3 },
    { source: "MultiLabelMarginLoss('sum')", inputs: [[4], [4]], dtypes: ["f32", "i32"], below: 2 },
  ], // prettier-ignore
});

export const multiLabelSoftMarginLoss: LayerRecord = layer({
  name: "MultiLabelSoftMarginLoss",
  doc: "the mean over the last axis of the binary cross entropies of Sigmoid(x); weight=C is a buffer for C classes",
  shapes: "x: [..., C], target: the same -> [], or [...] with reduction='none'",
  formula: "mean(weight * ((1 - target) * x + softplus(-x)))",
  source: "torch.nn.MultiLabelSoftMarginLoss",
  args: { weight: classWeights, reduction: reductionArg },
  inputs: ["x", "target"],
  parameters: (args) => weightBuffers(args, "weight"),
  infer: ([x, target], args, context) => {
    const axis = wantDtype(x!, "f32") ?? axisAt(x!.shape, -1);
    if (typeof axis === "string") return axis;
    const rows = beside(x!, axis, args, context);
    if (typeof rows === "string") return rows;
    const reason = `the target must be of the shape of x, not ${typeText(target!)}`;
    return wantShape(target!.shape, x!.shape, context, reason) ?? lossType(rows, args);
  },
  body: ([x, target], { b, args, parameters }) => {
    const negative = b.mul(b.sub(1, b.cast(target!, "f32")), x!);
    const losses = b.add(negative, softplusOf(b, b.map("neg", [x!])));
    const { weight } = parameters;
    return [reduceLoss(b, meanOfClasses(b, weight ? b.mul(losses, weight) : losses), args)];
  },
  samples: [
    { source: "MultiLabelSoftMarginLoss()", inputs: [[3, 4], [3, 4]] },
    { source: "MultiLabelSoftMarginLoss(4, 'none')", inputs: [[2, 3, 4], [2, 3, 4]] },
    { source: "MultiLabelSoftMarginLoss(reduction='sum')", inputs: [[5], [5]] },
  ], // prettier-ignore
});
