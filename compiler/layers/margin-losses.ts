/** Losses that compare several inputs with one another: rankings, embeddings, triplets. */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { isRun, type Shape, type TensorType } from "../ir/types.ts";
import { axisAt, broadcastShapes, wantDtype } from "./axes.ts";
import { lossType, positivePart, reduceLoss, reductionArg } from "./loss.ts";
import { bool, flag, float, layer, number, typed } from "./record.ts";
import type { Args, LayerRecord, ShapeContext } from "./record.ts";
import { normless, vectorNorm } from "./reduction.ts";

export const marginRankingLoss: LayerRecord = layer({
  name: "MarginRankingLoss",
  doc: "what x1 lacks to margin above x2 where the target is 1, or x2 above x1 where it is -1",
  shapes: "x1: [...], x2: [...], target: [...] -> [], or [...] with reduction='none'",
  formula: "max(0, -target * (x1 - x2) + margin)",
  source: "torch.nn.MarginRankingLoss",
  args: { margin: float(0), reduction: reductionArg },
  inputs: ["x1", "x2", "target"],
  infer: (inputs, args, context) => {
    const wrong = wantDtype(inputs[0]!, "f32") ?? wantDtype(inputs[1]!, "f32");
    const shape = wrong ?? broadcastShapes(inputs, context);
    return typeof shape === "string" ? shape : lossType(shape, args);
  },
  body: ([x1, x2, target], { b, args }) => {
    const lead = b.mul(b.map("neg", [b.cast(target!, "f32")]), b.sub(x1!, x2!));
    return [reduceLoss(b, positivePart(b, b.add(lead, number(args, "margin"))), args)];
  },
  samples: [
    { source: "MarginRankingLoss()", inputs: [[4], [4], [4]] },
    { source: "MarginRankingLoss(0.5, 'none')", inputs: [[2, 3], [2, 3], [2, 3]] },
    { source: "MarginRankingLoss(margin=2, reduction='sum')", inputs: [[3], [3], [3]] },
  ], // prettier-ignore
});

/** The common shape of vectors along the last axis, without that axis. */
function besideVectors(inputs: readonly TensorType[], context: ShapeContext): Shape | string {
  for (const input of inputs) {
    const axis = wantDtype(input, "f32") ?? axisAt(input.shape, -1);
    if (typeof axis === "string") return axis;
  }
  const shape = broadcastShapes(inputs, context);
  return typeof shape === "string" ? shape : shape.slice(0, -1);
}

/** The sum over the last axis. */
function sumOfLast(b: Builder, x: Tensor): Tensor {
  const sizes = sizesOf(x);
  return b.reshape(b.reduce("sum", x, [sizes.length - 1], "sum"), sizes.slice(0, -1));
}

export const cosineEmbeddingLoss: LayerRecord = layer({
  name: "CosineEmbeddingLoss",
  doc: "1 less the cosine of x1 and x2 where the target is 1, the cosine above margin where it is -1",
  shapes: "x1: [N, D] or [D], x2: the same, target: [N] or [] -> [], or as the target with reduction='none'",
  formula: "target == 1 ? 1 - cos(x1, x2) : max(0, cos(x1, x2) - margin)",
  source: "torch.nn.CosineEmbeddingLoss",
  args: { margin: float(0), reduction: reductionArg },
  inputs: ["x1", "x2", "target"],
  infer: ([x1, x2, target], args, context) => {
    const rows = besideVectors([x1!, x2!], context);
    if (typeof rows === "string") return rows;
    const shape = broadcastShapes([typed("f32", rows), target!], context);
    return typeof shape === "string" ? shape : lossType(shape, args);
  },
  body: ([x1, x2, target], { b, args }) => {
    // PyTorch adds this to the squares, so that vectors of zeros have a cosine.
    const square = (x: Tensor): Tensor => b.add(sumOfLast(b, b.mul(x, x)), 1e-12);
    const root = b.map("sqrt", [b.mul(square(x1!), square(x2!))]);
    const cosine = b.div(sumOfLast(b, b.mul(x1!, x2!)), root);
    const apart = positivePart(b, b.sub(cosine, number(args, "margin")));
    const same = b.select(b.map("eq", [target!, 1]), b.sub(1, cosine), 0);
    return [reduceLoss(b, b.add(same, b.select(b.map("eq", [target!, -1]), apart, 0)), args)];
  },
  samples: [
    { source: "CosineEmbeddingLoss()", inputs: [[4, 3], [4, 3], [4]], dtypes: ["f32", "f32", "i32"], below: 2 },
    { source: "CosineEmbeddingLoss(0.2, 'none')", inputs: [[3, 5], [3, 5], [3]], dtypes: ["f32", "f32", "i32"], below: 2 },
    { source: "CosineEmbeddingLoss(reduction='sum')", inputs: [[3], [3], []], dtypes: ["f32", "f32", "i32"], below: 2 },
  ], // prettier-ignore
});

type Distance = (b: Builder, x: Tensor, y: Tensor, args: Args) => Tensor;

/** The p-norm of x - y + eps along the last axis, as PairwiseDistance has it. */
function distanceOf(b: Builder, x: Tensor, y: Tensor, p: number, eps: number): Tensor {
  const difference = b.add(b.sub(x, y), eps);
  const sizes = sizesOf(difference);
  return b.reshape(vectorNorm(b, difference, [sizes.length - 1], p), sizes.slice(0, -1));
}

function tripletLoss(
  spec: Pick<LayerRecord, "name" | "doc" | "args" | "samples"> & { readonly distance: Distance },
): LayerRecord {
  const { distance, ...rest } = spec;
  return layer({
    ...rest,
    shapes: "anchor: [..., D], positive: the same, negative: the same -> [], or [...] with reduction='none'",
    formula: "max(0, margin + distance(anchor, positive) - distance(anchor, negative))",
    source: `torch.nn.${spec.name}`,
    inputs: ["anchor", "positive", "negative"],
    infer: (inputs, args, context) => {
      const rows = besideVectors(inputs, context);
      if (typeof rows === "string") return rows;
      const lasts = inputs.map(({ shape }) => shape.at(-1)!);
      const none = "p" in args ? normless(number(args, "p")) : undefined;
      for (const last of lasts) {
        const wrong = none === undefined || isRun(last) ? undefined : context.atLeast(last, 1, none);
        if (wrong !== undefined) return wrong;
      }
      return lossType(rows, args);
    },
    body: ([anchor, positive, negative], { b, args }) => {
      const far = distance(b, anchor!, negative!, args);
      const away = flag(args, "swap") ? b.map("min", [far, distance(b, positive!, negative!, args)]) : far;
      const lead = b.sub(b.add(distance(b, anchor!, positive!, args), number(args, "margin")), away);
      return [reduceLoss(b, positivePart(b, lead), args)];
    },
  });
}

export const tripletMarginLoss: LayerRecord = tripletLoss({
  name: "TripletMarginLoss",
  doc: "how much nearer than margin the negative is to the anchor, beside the positive; swap takes its distance to the positive if that is less",
  args: { margin: float(1), p: float(2), eps: float(1e-6), swap: bool(false), reduction: reductionArg },
  distance: (b, x, y, args) => distanceOf(b, x, y, number(args, "p"), number(args, "eps")),
  samples: [
    { source: "TripletMarginLoss()", inputs: [[3, 4], [3, 4], [3, 4]] },
    { source: "TripletMarginLoss(2, p=1, swap=True)", inputs: [[2, 3, 4], [2, 3, 4], [2, 3, 4]] },
    { source: "TripletMarginLoss(p=inf, reduction='none')", inputs: [[3, 2], [3, 2], [3, 2]] },
    { source: "TripletMarginLoss(reduction='sum')", inputs: [[5], [5], [5]] },
  ], // prettier-ignore
});

export const tripletMarginWithDistanceLoss: LayerRecord = tripletLoss({
  name: "TripletMarginWithDistanceLoss",
  doc: "TripletMarginLoss with PyTorch's default distance_function, PairwiseDistance()",
  args: { margin: float(1), swap: bool(false), reduction: reductionArg },
  distance: (b, x, y) => distanceOf(b, x, y, 2, 1e-6),
  samples: [
    { source: "TripletMarginWithDistanceLoss()", inputs: [[3, 4], [3, 4], [3, 4]] },
    { source: "TripletMarginWithDistanceLoss(0.5, True)", inputs: [[2, 4], [2, 4], [2, 4]] },
    { source: "TripletMarginWithDistanceLoss(reduction='none')", inputs: [[3, 2], [3, 2], [3, 2]] },
  ], // prettier-ignore
});
