/** Linear and bilinear maps of the last axis, and the matrix product. */
import { biasBound, weightBound } from "../../runtime/init.ts";
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { promote } from "../ir/dtype.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { extents, isRun, sameDim, type Dim, type Shape, type TensorType } from "../ir/types.ts";
import { DECLARE, broadcastPair, lastSize, runAt, wantDtype } from "./axes.ts";
import { bool, flag, int, layer, number, typed, within } from "./record.ts";
import type { LayerRecord, ShapeContext } from "./record.ts";

/** Says what is wrong if the last size of an input is not `wanted`. */
function wantLast(x: TensorType, wanted: number, context: ShapeContext, of = ""): string | undefined {
  const last = x.shape.at(-1);
  const reason = `the last size${of} must be ${wanted}`;
  if (last === undefined || isRun(last)) return `${reason}, and must be declared`;
  return context.equal(last, wanted, reason);
}

/** x [..., in] and weight [out, in], and with a bias [out] plus that -> [..., out] */
export function linearMap(b: Builder, x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const rows = sizesOf(x)
    .slice(0, -1)
    .map((_, axis) => axis);
  const [inner, outer] = [rows.length, rows.length + 1];
  const y = b.contract(x, weight, [[...rows, inner], [outer, inner], [...rows, outer]]); // prettier-ignore
  return bias ? b.add(y, bias) : y;
}

export const linear: LayerRecord = layer({
  name: "Linear",
  doc: "a linear map of the last axis",
  shapes: "x: [..., in_features] -> [..., out_features]",
  formula: "x @ transpose(weight) + bias",
  source: "torch.nn.Linear",
  args: {
    in_features: { ...int(undefined, 1), infer: lastSize },
    out_features: int(undefined, 1),
    bias: bool(true),
  },
  inputs: ["x"],
  accepts: (args) => [{ dtype: "f32", shape: ["...", number(args, "in_features")] }],
  parameters: (args) => {
    const [inputs, outputs] = [number(args, "in_features"), number(args, "out_features")];
    const weight = { name: "weight", role: "param", dtype: "f32", shape: [outputs, inputs] } as const;
    const bias = { name: "bias", role: "param", dtype: "f32", shape: [outputs] } as const;
    return [
      { ...weight, init: within(weightBound(inputs)) },
      ...(flag(args, "bias") ? [{ ...bias, init: within(biasBound(inputs)) }] : []),
    ];
  },
  infer: ([x], args, context) => {
    const wrong = wantDtype(x!, "f32") ?? wantLast(x!, number(args, "in_features"), context);
    return wrong ?? [typed("f32", [...x!.shape.slice(0, -1), number(args, "out_features")])];
  },
  body: ([x], { b, parameters }) => [linearMap(b, x!, parameters["weight"]!, parameters["bias"])],
  samples: [
    { source: "Linear(4, 3)", inputs: [[2, 4]] },
    { source: "Linear(4, 3, bias=False)", inputs: [[4]] },
    { source: "Linear(5, 1)", inputs: [[2, 3, 5]] },
    { source: "Linear(1, 2)", inputs: [[3, 1]] },
  ],
});

export const bilinear: LayerRecord = layer({
  name: "Bilinear",
  doc: "a map that is linear in the last axis of each input",
  shapes: "input1: [..., in1_features], input2: [..., in2_features] -> [..., out_features]",
  formula: "y[k] = input1 @ weight[k] @ input2 + bias[k]",
  source: "torch.nn.Bilinear",
  args: {
    in1_features: { ...int(undefined, 1), infer: lastSize },
    in2_features: { ...int(undefined, 1), infer: (inputs) => lastSize(inputs.slice(1)) },
    out_features: int(undefined, 1),
    bias: bool(true),
  },
  inputs: ["input1", "input2"],
  parameters: (args) => {
    const [first, second] = [number(args, "in1_features"), number(args, "in2_features")];
    const outputs = number(args, "out_features");
    const common = { role: "param", dtype: "f32", init: within(biasBound(first)) } as const;
    return [
      { ...common, name: "weight", shape: [outputs, first, second] },
      ...(flag(args, "bias") ? [{ ...common, name: "bias", shape: [outputs] }] : []),
    ];
  },
  infer: ([first, second], args, context) => {
    const wrong =
      wantDtype(first!, "f32") ??
      wantDtype(second!, "f32") ??
      wantLast(first!, number(args, "in1_features"), context, " of input1") ??
      wantLast(second!, number(args, "in2_features"), context, " of input2");
    if (wrong !== undefined) return wrong;
    const rows = sameRows(first!.shape.slice(0, -1), second!.shape.slice(0, -1), context);
    return typeof rows === "string" ? rows : [typed("f32", [...rows, number(args, "out_features")])];
  },
  body: ([input1, input2], { b, args, parameters, types }) => {
    const sizes = extents(types[0]!.shape);
    const rows = sizes.slice(0, -1);
    const [first, second] = [number(args, "in1_features"), number(args, "in2_features")];
    const { weight, bias } = parameters;
    // One sum is computed inside the other, so that no value between them is stored and rounded. The order is
    // PyTorch's, which shows in results with infinities.
    const inner = b.mul(weight!, b.reshape(input1!, [...rows, 1, first, 1]));
    const mapped = b.reduce("sum", inner, [rows.length + 1], "sum");
    const outer = b.mul(mapped, b.reshape(input2!, [...rows, 1, 1, second]));
    const y = b.reshape(b.reduce("sum", outer, [rows.length + 2], "sum"), sizes);
    return [bias ? b.add(y, bias) : y];
  },
  samples: [
    { source: "Bilinear(3, 4, 2)", inputs: [[5, 3], [5, 4]] }, // prettier-ignore
    { source: "Bilinear(2, 3, 4, bias=False)", inputs: [[2], [3]] },
    { source: "Bilinear(1, 5, 1)", inputs: [[2, 3, 1], [2, 3, 5]] }, // prettier-ignore
  ],
});

function sameRows(a: Shape, b: Shape, context: ShapeContext): Shape | string {
  const unlike = "the inputs must agree in all sizes but the last";
  if (a.length !== b.length) return unlike;
  const rows: Dim[] = [];
  for (const [i, left] of a.entries()) {
    const right = b[i]!;
    if (isRun(left) || isRun(right)) {
      if (!sameDim(left, right)) return `${unlike}: ${DECLARE}`;
      rows.push(left);
      continue;
    }
    const [actual, wanted] = typeof right === "number" ? [left, right] : [right, left];
    const differs = context.equal(actual, wanted, unlike);
    if (differs !== undefined) return differs;
    rows.push(wanted);
  }
  return rows;
}

export const matMul: LayerRecord = layer({
  name: "MatMul",
  doc: "the matrix product of the last two axes; the others broadcast, and a 1-D operand is a vector",
  shapes: "x: [..., N, K], y: [..., K, M] -> [..., N, M]",
  formula: "x @ y",
  source: "torch.matmul",
  args: {},
  inputs: ["x", "y"],
  operator: "@",
  infer: ([x, y], _args, context) => {
    const wrong = wantDtype(x!, "f32", "i32") ?? wantDtype(y!, "f32", "i32");
    if (wrong !== undefined) return wrong;
    const shape = productShape(x!.shape, y!.shape, context);
    return typeof shape === "string" ? shape : [typed(promote([x!.dtype, y!.dtype]), shape)];
  },
  body: ([x, y], { b, types }) => {
    const [left, right] = [sizesOf(x!).length, sizesOf(y!).length];
    const rank = Math.max(left, right, 2);
    const [row, inner, column] = [rank - 2, rank - 1, rank];
    const [a, aLabels] = withoutOnes(b, x!, left === 1 ? [inner] : [row, inner], rank);
    const [c, cLabels] = withoutOnes(b, y!, right === 1 ? [inner] : [inner, column], rank);
    const labels = [...new Set([...aLabels, ...cLabels])].sort((i, j) => i - j);
    const result = labels.filter((label) => label !== inner);
    return [b.reshape(b.contract(a, c, [aLabels, cLabels, result]), extents(types[0]!.shape))];
  },
  samples: [
    { source: "MatMul()", inputs: [[2, 3], [3, 4]] }, // prettier-ignore
    { source: "MatMul()", inputs: [[3], [3]] },
    { source: "MatMul()", inputs: [[2, 3], [3]] }, // prettier-ignore
    { source: "MatMul()", inputs: [[3], [2, 3, 4]] }, // prettier-ignore
    { source: "MatMul()", inputs: [[2, 1, 2, 3], [4, 3, 2]] }, // prettier-ignore
  ],
});

/**
 * The shape of x @ y. If y is a matrix, the rows of x may include a run; a run may also be among the axes that
 * both operands are broadcast over.
 */
function productShape(x: Shape, y: Shape, context: ShapeContext): Shape | string {
  const inner = x.at(-1);
  const other = y.length === 1 ? y[0] : y.at(-2);
  const column = y.at(-1);
  if (inner === undefined || other === undefined) return "both sides must have at least one size";
  if (isRun(inner) || isRun(other) || isRun(column!)) return `its last sizes must be known: ${DECLARE}`;
  const [actual, wanted] = typeof inner === "number" ? [other, inner] : [inner, other];
  const differs = context.equal(
    actual,
    wanted,
    `the last size of the left side, ${sizeText(inner)}, must be that of the right side's rows, ${sizeText(other)}`,
  );
  if (differs !== undefined) return differs;
  const columns = y.length === 1 ? [] : [column!];
  if (y.length <= 2 && runAt(y) < 0) return [...x.slice(0, -1), ...columns];
  if (x.length > 1 && isRun(x.at(-2)!)) return `its last two sizes must be known: ${DECLARE}`;
  const batch = broadcastPair(x.slice(0, -2), y.slice(0, -2), context);
  return typeof batch === "string" ? batch : [...batch, ...x.slice(-2, -1), ...columns];
}

/** The operand without those axes of size 1 that only broadcast, and the labels of the axes that remain. */
function withoutOnes(
  b: Builder,
  x: Tensor,
  last: readonly number[],
  rank: number,
): [operand: Tensor, labels: number[]] {
  const sizes = sizesOf(x);
  const outer = sizes.length - last.length;
  const kept = sizes.map((_, axis) => axis).filter((axis) => axis >= outer || sizes[axis] !== 1);
  const labels = kept.map((axis) => (axis < outer ? axis + (rank - 2 - outer) : last[axis - outer]!));
  return [b.reshape(x, kept.map((axis) => sizes[axis]!)), labels]; // prettier-ignore
}
