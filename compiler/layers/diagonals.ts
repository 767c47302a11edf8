/** Diagonals, triangles, and what is put where a condition holds. */
import { dtypeOf, sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { promote } from "../ir/dtype.ts";
import { add, max, min, sub, type Size } from "../ir/size/size.ts";
import { extents, isRun, type TensorType } from "../ir/types.ts";
import { DECLARE, axisAt, axisIn, broadcastShapes, wantDtype, wantRank } from "./axes.ts";
import { dimension, float, int, layer, number, typed } from "./record.ts";
import type { Args, LayerRecord } from "./record.ts";

/** Where the diagonal `offset` above the main one starts, and its length. */
function span(rows: Size, columns: Size, offset: number): { row: number; column: number; size: Size } {
  const [row, column] = [Math.max(-offset, 0), Math.max(offset, 0)];
  return { row, column, size: max(min(sub(rows, row), sub(columns, column)), 0) };
}

/** The elements of a diagonal, as the last axis. */
function diagonalOf(b: Builder, x: Tensor, offset: number, first: number, second: number): Tensor {
  const sizes = sizesOf(x);
  const { row, column, size } = span(sizes[first]!, sizes[second]!, offset);
  const at = <T>(i: number, own: T, one: T, other: T): T => (i === first ? one : i === second ? other : own);
  const square = b.slice(
    x,
    sizes.map((_, i) => at<Size>(i, 0, row, column)),
    sizes.map(() => 1),
    sizes.map((own, i) => at(i, own, size, size)),
  );
  const [low, high] = first < second ? [first, second] : [second, first];
  const found = b.diagonal(square, [low, high]);
  const others = sizesOf(found).map((_, i) => i).filter((i) => i !== low); // prettier-ignore
  return b.permute(found, [...others, low]);
}

function wantKnown({ shape }: TensorType): string | undefined {
  return shape.some(isRun) ? `how many sizes it has is unknown: ${DECLARE}` : undefined;
}

export const diagonal: LayerRecord = layer({
  name: "Diagonal",
  doc: "the elements of a diagonal of the axes dim1 and dim2, offset above the main one, as the last axis",
  shapes: "x: [N, M, C] -> [C, min(N, M)]",
  formula: "y[c, i] = x[i, i + offset, c]",
  source: "torch.diagonal",
  args: { offset: int(0), dim1: dimension(0), dim2: dimension(1) },
  inputs: ["x"],
  infer: ([x], args) => {
    const unknown = wantKnown(x!);
    if (unknown !== undefined) return unknown;
    const [first, second] = ["dim1", "dim2"].map((name) => axisAt(x!.shape, number(args, name), name));
    if (typeof first === "string") return first;
    if (typeof second === "string") return second;
    if (first === second) return "dim1 and dim2 must be two axes";
    const sizes = extents(x!.shape);
    const { size } = span(sizes[first!]!, sizes[second!]!, number(args, "offset"));
    return [typed(x!.dtype, [...sizes.filter((_, i) => i !== first && i !== second), size])];
  },
  body: ([x], { b, args }) => {
    const [first, second] = ["dim1", "dim2"].map((name) => axisIn(x!, number(args, name)));
    return [diagonalOf(b, x!, number(args, "offset"), first!, second!)];
  },
  samples: [
    { source: "Diagonal()", inputs: [[3, 3]] },
    { source: "Diagonal(1)", inputs: [[3, 5]] },
    { source: "Diagonal(-1, -1, 0)", inputs: [[4, 2, 3]] },
    { source: "Diagonal(offset=4)", inputs: [[2, 3]] },
  ],
});

export const diag: LayerRecord = layer({
  name: "Diag",
  doc: "of a vector the matrix with this diagonal and zeros elsewhere; of a matrix the diagonal",
  shapes: "x: [N] -> [N, N]; x: [N, M] -> [min(N, M)]",
  formula: "y[i, i + diagonal] = x[i], or y[i] = x[i, i + diagonal]",
  source: "torch.diag",
  args: { diagonal: int(0) },
  inputs: ["x"],
  infer: ([x], args) => {
    const wrong = wantRank(x!.shape, [1, 2], "f32[N] or f32[N, M]");
    if (wrong !== undefined) return wrong;
    const [rows, columns] = extents(x!.shape);
    const offset = number(args, "diagonal");
    if (columns !== undefined) return [typed(x!.dtype, [span(rows!, columns, offset).size])];
    const size = add(rows!, Math.abs(offset));
    return [typed(x!.dtype, [size, size])];
  },
  body: ([x], { b, args, types }) => {
    const offset = number(args, "diagonal");
    if (sizesOf(x!).length === 2) return [diagonalOf(b, x!, offset, 0, 1)];
    const sizes = extents(types[0]!.shape);
    const rows = b.pad(x!, [sizes[0]!], { before: [Math.max(-offset, 0)] });
    const isThere = b.map("eq", [b.add(b.iota(sizes, 0), offset), b.iota(sizes, 1)]);
    const zero = b.constant(0, dtypeOf(x!));
    return [b.select(isThere, b.reshape(rows, [sizes[0]!, 1]), zero)];
  },
  samples: [
    { source: "Diag()", inputs: [[4]] },
    { source: "Diag(-2)", inputs: [[3]] },
    { source: "Diag(1)", inputs: [[3]], below: 9 },
    { source: "Diag(1)", inputs: [[3, 4]] },
  ],
});

function triangle(
  name: string,
  doc: string,
  formula: string,
  isKept: (b: Builder, row: Tensor, column: Tensor) => Tensor,
): LayerRecord {
  return layer({
    name,
    doc: `${doc}; the others are 0`,
    shapes: "x: [..., N, M] -> the same",
    formula,
    source: `torch.${name.toLowerCase()}`,
    args: { diagonal: int(0) },
    inputs: ["x"],
    accepts: () => [{ dtype: "f32", shape: ["...", "N", "M"] }],
    infer: ([{ shape, dtype } = typed("f32", [])]) => {
      if (shape.length < 2 || shape.slice(-2).some(isRun))
        return `it wants its last two sizes, as in f32[..., N, M]`;
      return [typed(dtype, shape)];
    },
    body: ([x], { b, args }) => {
      const plane = sizesOf(x!).slice(-2);
      const [row, column] = [b.add(b.iota(plane, 0), number(args, "diagonal")), b.iota(plane, 1)];
      return [b.select(isKept(b, row, column), x!, b.constant(0, dtypeOf(x!)))];
    },
    samples: [
      { source: `${name}()`, inputs: [[3, 3]] },
      { source: `${name}(1)`, inputs: [[2, 3, 4]] },
      { source: `${name}(diagonal=-1)`, inputs: [[4, 3]] },
      { source: `${name}()`, inputs: [[3, 3]], below: 9 },
    ],
  });
}

export const tril: LayerRecord = triangle(
  "Tril",
  "the elements on and below a diagonal of the last two axes",
  "j <= i + diagonal ? x[i, j] : 0",
  (b, row, column) => b.map("le", [column, row]),
);

export const triu: LayerRecord = triangle(
  "Triu",
  "the elements on and above a diagonal of the last two axes",
  "j >= i + diagonal ? x[i, j] : 0",
  (b, row, column) => b.map("le", [row, column]),
);

export const oneHot: LayerRecord = layer({
  name: "OneHot",
  doc: "a row of num_classes for each class, 1 at the class and 0 elsewhere; the call refuses a class out of range",
  shapes: "x: i32[...] -> i32[..., num_classes]",
  formula: "y[i, j] = x[i] == j",
  source: "torch.nn.functional.one_hot",
  args: { num_classes: int(undefined, 1) },
  inputs: ["x"],
  accepts: () => [{ dtype: "i32", shape: ["..."] }],
  infer: ([x], args) => wantDtype(x!, "i32") ?? [typed("i32", [...x!.shape, number(args, "num_classes")])],
  body: ([x], { b, args, types }) => {
    const sizes = sizesOf(x!);
    const index = b.reshape(x!, [...sizes, 1]);
    const ones = b.full(sizesOf(index), 1, "i32");
    const made = b.scatter(ones, index, number(args, "num_classes"), { batch: sizes.length });
    return [b.reshape(made, extents(types[0]!.shape))];
  },
  samples: [
    { source: "OneHot(5)", inputs: [[4]], below: 5 },
    { source: "OneHot(3)", inputs: [[2, 3]], below: 3 },
    { source: "OneHot(num_classes=2)", inputs: [[]], below: 2 },
  ],
});

export const maskedFill: LayerRecord = layer({
  name: "MaskedFill",
  doc: "value where the mask is true, x elsewhere; the two broadcast",
  shapes: "x: [...], mask: bool[...] -> [...]",
  formula: "mask ? value : x",
  source: "torch.Tensor.masked_fill",
  args: { value: float() },
  inputs: ["x", "mask"],
  infer: (inputs, args, context) => {
    const [x, mask] = inputs as [TensorType, TensorType];
    if (mask.dtype !== "bool")
      return `the mask must be bool, not ${mask.dtype}: compare it, as in \`m != 0\``;
    const wrong = wrongValue(x, args);
    if (wrong !== undefined) return wrong;
    const shape = broadcastShapes(inputs, context);
    return typeof shape === "string" ? shape : [typed(x.dtype, shape)];
  },
  body: ([x, mask], { b, args }) => {
    const value = b.constant(number(args, "value"), dtypeOf(x!));
    return [b.select(mask!, value, x!)];
  },
  samples: [
    { source: "MaskedFill(0)", inputs: [[2, 3], [2, 3]], dtypes: ["f32", "bool"] },
    { source: "MaskedFill(-inf)", inputs: [[2, 3, 4], [3, 1]], dtypes: ["f32", "bool"] },
    { source: "MaskedFill(7)", inputs: [[3], [2, 3]], dtypes: ["i32", "bool"], below: 9 },
  ], // prettier-ignore
});

function wrongValue({ dtype }: TensorType, args: Args): string | undefined {
  const value = number(args, "value");
  if (promote([dtype, Number.isInteger(value) ? "bool" : "f32"]) === dtype) return undefined;
  return `value ${value} is no ${dtype}`;
}
