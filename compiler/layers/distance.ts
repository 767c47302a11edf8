/** Distances and similarities of vectors. The inputs broadcast, and a scalar is a vector of one. */
import { sizesOf, type Tensor } from "../ir/graph/builder.ts";
import { promote } from "../ir/dtype.ts";
import { extents, isRun } from "../ir/types.ts";
import { broadcastShapes } from "./axes.ts";
import { axesIn, wrappedAxis } from "./dims.ts";
import { bool, dimension, flag, float, layer, number, typed } from "./record.ts";
import type { LayerRecord } from "./record.ts";
import { normless, vectorNorm } from "./reduction.ts";

export const cosineSimilarity: LayerRecord = layer({
  name: "CosineSimilarity",
  doc: "the cosine of the angle between the vectors along dim; norms below eps count as eps",
  shapes: "x1: [..., D, ...], x2: the same, D at dim -> [..., ...]",
  formula: "sum(x1 * x2) / (max(sqrt(sum(x1^2)), eps) * max(sqrt(sum(x2^2)), eps))",
  source: "torch.nn.CosineSimilarity",
  args: { dim: dimension(1), eps: float(1e-8) },
  inputs: ["x1", "x2"],
  infer: (inputs, args, context) => {
    const common = promote(inputs.map((x) => x.dtype));
    if (common !== "f32") return `one of the inputs must be f32, and both are ${common}`;
    const shape = broadcastShapes(inputs, context);
    if (typeof shape === "string") return shape;
    const axis = wrappedAxis(shape, number(args, "dim"));
    if (typeof axis === "string") return axis;
    return [typed("f32", shape.filter((_, i) => i !== axis))]; // prettier-ignore
  },
  body: (inputs, { b, args, types }) => {
    const [x1, x2] = inputs.map((x) => b.cast(x, "f32"));
    const product = b.mul(x1!, x2!);
    const common = sizesOf(product);
    const axes = axesIn(product, [number(args, "dim")]);
    const sum = (terms: Tensor): Tensor => b.reduce("sum", terms, axes, "sum");
    const norm = (x: Tensor): Tensor => {
      // It changes a norm only along `dim` that the input is repeated by broadcasting, so only that axis is
      // broadcast here.
      const own = sizesOf(x);
      const missing = common.length - own.length;
      const sizes = common.map((size, i) => (axes.includes(i) ? size : (own[i - missing] ?? 1)));
      const along = b.broadcast(x, sizes);
      return b.map("max", [b.map("sqrt", [sum(b.mul(along, along))]), number(args, "eps")], "norm");
    };
    const cosine = b.div(sum(product), b.mul(norm(x1!), norm(x2!)));
    return [b.reshape(cosine, extents(types[0]!.shape))];
  },
  samples: [
    { source: "CosineSimilarity()", inputs: [[3, 5], [3, 5]] }, // prettier-ignore
    { source: "CosineSimilarity(dim=-1, eps=1e-3)", inputs: [[2, 3, 4], [4]] }, // prettier-ignore
    { source: "CosineSimilarity(0, 2)", inputs: [[3, 2], [3, 1]] }, // prettier-ignore
    { source: "CosineSimilarity(1)", inputs: [[2, 1, 3], [2, 4, 1]] }, // prettier-ignore
  ],
});

export const pairwiseDistance: LayerRecord = layer({
  name: "PairwiseDistance",
  doc: "the p-norm of x1 - x2 + eps over the last axis; p may be any number, inf and -inf among them",
  shapes: "x1: [..., D], x2: the same -> [...], with keepdim [..., 1]",
  formula: "sum(|x1 - x2 + eps| ** p) ** (1 / p)",
  source: "torch.nn.PairwiseDistance",
  args: { p: float(2), eps: float(1e-6), keepdim: bool(false) },
  inputs: ["x1", "x2"],
  infer: (inputs, args, context) => {
    if (inputs.some((x) => x.dtype === "bool")) return "it does not take bools";
    const shape = broadcastShapes(inputs, context);
    if (typeof shape === "string") return shape;
    const last = shape.at(-1) ?? 1;
    if (isRun(last)) return "the last size must be declared";
    const none = normless(number(args, "p"));
    const wrong = none === undefined ? undefined : context.atLeast(last, 1, none);
    const kept = flag(args, "keepdim") && shape.length > 0 ? [1] : [];
    return wrong ?? [typed("f32", [...shape.slice(0, -1), ...kept])];
  },
  body: ([x1, x2], { b, args, types }) => {
    const difference = b.add(b.cast(b.sub(x1!, x2!), "f32"), number(args, "eps"));
    const distance = vectorNorm(b, difference, axesIn(difference, [-1]), number(args, "p"));
    return [b.reshape(distance, extents(types[0]!.shape))];
  },
  samples: [
    { source: "PairwiseDistance()", inputs: [[3, 5], [3, 5]] }, // prettier-ignore
    { source: "PairwiseDistance(1, keepdim=True)", inputs: [[2, 3, 4], [4]] }, // prettier-ignore
    { source: "PairwiseDistance(p=inf)", inputs: [[3, 2], [3, 1]] }, // prettier-ignore
    { source: "PairwiseDistance(-inf, eps=0)", inputs: [[4], [2, 4]] }, // prettier-ignore
    { source: "PairwiseDistance(0, eps=0)", inputs: [[2, 3], [2, 3]] }, // prettier-ignore
    { source: "PairwiseDistance(2.5)", inputs: [[2, 3], [2, 3]] }, // prettier-ignore
    { source: "PairwiseDistance(-1, 0.5)", inputs: [[], [2]] },
  ],
});
