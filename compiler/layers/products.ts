/** Products of vectors and matrices beside MatMul. */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { promote, type Dtype } from "../ir/dtype.ts";
import { mul } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { extent, extents, isRun, typeText, type TensorType } from "../ir/types.ts";
import { DECLARE, axisAt, axisIn, broadcastPair, broadcastShapes, wantDtype, wantRank } from "./axes.ts";
import { dimension, float, layer, number, typed } from "./record.ts";
import type { Args, LayerRecord, ShapeContext } from "./record.ts";
import { normless, vectorNorm } from "./reduction.ts";

type Labels = readonly number[];

/** Says what is wrong if the inputs are not of these ranks, or of a dtype whose products have no sums. */
function wantRanks(
  inputs: readonly TensorType[],
  ranks: readonly number[],
  examples: readonly string[],
): string | undefined {
  for (const [i, input] of inputs.entries()) {
    const wrong = wantDtype(input, "f32", "i32") ?? wantRank(input.shape, [ranks[i]!], examples[i]!);
    if (wrong !== undefined) return `input ${i + 1}: ${wrong}`;
  }
  return undefined;
}

function commonOf(inputs: readonly TensorType[]): Dtype {
  return promote(inputs.map(({ dtype }) => dtype));
}

/** Demands that two axes have one size. */
function alike(
  [x, i]: readonly [TensorType, number],
  [y, j]: readonly [TensorType, number],
  context: ShapeContext,
): string | undefined {
  const [a, c] = [extent(x.shape[i]!), extent(y.shape[j]!)];
  return context.equal(a, c, `sizes ${sizeText(a)} and ${sizeText(c)} must be the same, in ${typeText(x)} and ${typeText(y)}`); // prettier-ignore
}

export const outer: LayerRecord = layer({
  name: "Outer",
  doc: "the product of each element of one vector with each of another",
  shapes: "x: [N], y: [M] -> [N, M]",
  formula: "x[i] * y[j]",
  source: "torch.outer",
  args: {},
  inputs: ["x", "y"],
  infer: (inputs) => {
    const [x, y] = inputs as [TensorType, TensorType];
    const wrong = wantRanks(inputs, [1, 1], ["f32[N]", "f32[M]"]);
    return wrong ?? [typed(commonOf(inputs), [x.shape[0]!, y.shape[0]!])];
  },
  body: ([x, y], { b }) => [b.mul(b.reshape(x!, [sizesOf(x!)[0]!, 1]), y!)],
  samples: [
    { source: "Outer()", inputs: [[3], [4]] },
    { source: "Outer()", inputs: [[1], [5]] },
    { source: "Outer()", inputs: [[3], [2]], below: 9 },
  ],
});

export const dot: LayerRecord = layer({
  name: "Dot",
  doc: "the sum of the products of the elements of two vectors",
  shapes: "x: [N], y: [N] -> []",
  formula: "sum(x * y)",
  source: "torch.dot",
  args: {},
  inputs: ["x", "y"],
  infer: (inputs, _args, context) => {
    const [x, y] = inputs as [TensorType, TensorType];
    const wrong =
      wantRanks(inputs, [1, 1], ["f32[N]", "f32[N]"]) ??
      (x.dtype === y.dtype ? undefined : `both must be of one dtype, not ${x.dtype} and ${y.dtype}`) ??
      alike([x, 0], [y, 0], context);
    return wrong ?? [typed(x.dtype, [])];
  },
  body: ([x, y], { b }) => [b.contract(x!, y!, [[0], [0], []])],
  samples: [
    { source: "Dot()", inputs: [[5], [5]] },
    { source: "Dot()", inputs: [[40], [40]] },
    { source: "Dot()", inputs: [[3], [3]], below: 9 },
  ],
});

/** A product of matrices of the same number of axes each, as it stands. */
const MATRICES: readonly [Labels, Labels, Labels] = [
  [0, 1],
  [1, 2],
  [0, 2],
];
const BATCHES: readonly [Labels, Labels, Labels] = [
  [0, 1, 2],
  [0, 2, 3],
  [0, 1, 3],
];

function wantBatches([x, y]: readonly TensorType[], context: ShapeContext): string | undefined {
  return alike([x!, 0], [y!, 0], context) ?? alike([x!, 2], [y!, 1], context);
}

export const bmm: LayerRecord = layer({
  name: "BMM",
  doc: "the matrix products of two batches of one size; nothing broadcasts",
  shapes: "x: [B, N, K], y: [B, K, M] -> [B, N, M]",
  formula: "x @ y",
  source: "torch.bmm",
  args: {},
  inputs: ["x", "y"],
  infer: (inputs, _args, context) => {
    const [x, y] = inputs as [TensorType, TensorType];
    const wrong = wantRanks(inputs, [3, 3], ["f32[B, N, K]", "f32[B, K, M]"]) ?? wantBatches(inputs, context);
    return wrong ?? [typed(commonOf(inputs), [x.shape[0]!, x.shape[1]!, y.shape[2]!])];
  },
  body: ([x, y], { b }) => [b.contract(x!, y!, BATCHES)],
  samples: [
    { source: "BMM()", inputs: [[2, 3, 4], [2, 4, 5]] },
    { source: "BMM()", inputs: [[1, 1, 3], [1, 3, 1]] },
    { source: "BMM()", inputs: [[3, 2, 2], [3, 2, 2]], below: 9 },
  ], // prettier-ignore
});

/** beta times a tensor, which may broadcast, plus alpha times a product. With beta=0 the tensor is not read. */
function scaledSum(b: Builder, x: Tensor, product: Tensor, args: Args): Tensor {
  const [beta, alpha] = [number(args, "beta"), number(args, "alpha")];
  const scaled = (value: Tensor, by: number): Tensor => (by === 1 ? value : b.mul(value, by));
  return beta === 0 ? scaled(product, alpha) : b.add(scaled(x, beta), scaled(product, alpha));
}

function addedProduct(name: string, rank: 2 | 3): LayerRecord {
  const [batch, labels] = rank === 3 ? ["B, ", BATCHES] : ["", MATRICES];
  const [first, second] = rank === 3 ? ["batch1", "batch2"] : ["mat1", "mat2"];
  return layer({
    name,
    doc: `beta times x, which broadcasts, plus alpha times a product of ${rank === 3 ? "batches of matrices" : "matrices"}; with beta=0, x counts for nothing`,
    shapes: `x: [${batch}N, M], ${first}: [${batch}N, K], ${second}: [${batch}K, M] -> [${batch}N, M]`,
    formula: `beta * x + alpha * (${first} @ ${second})`,
    source: `torch.${name.toLowerCase()}`,
    args: { beta: float(1), alpha: float(1) },
    inputs: ["x", first, second],
    infer: (inputs, _args, context) => {
      const [x, left, right] = inputs as [TensorType, TensorType, TensorType];
      const factors = [left, right];
      const examples = [`f32[${batch}N, K]`, `f32[${batch}K, M]`];
      const wrong =
        inputs.map((each) => wantDtype(each, "f32")).find((reason) => reason !== undefined) ??
        wantRanks(factors, [rank, rank], examples) ??
        (rank === 3 ? wantBatches(factors, context) : alike([left, 1], [right, 0], context));
      if (wrong !== undefined) return wrong;
      const made = [...left.shape.slice(0, -1), right.shape.at(-1)!];
      const shape = broadcastPair(x.shape, made, context);
      if (typeof shape === "string") return shape;
      if (shape.length > rank) return `x has more than ${rank} sizes`;
      for (const [axis, size] of made.entries()) {
        const reason = context.equal(extent(shape[axis]!), extent(size), `x must broadcast to the sizes of the product`); // prettier-ignore
        if (reason !== undefined) return reason;
      }
      return [typed("f32", made)];
    },
    body: ([x, left, right], { b, args }) => [scaledSum(b, x!, b.contract(left!, right!, labels), args)],
    samples: samplesOf(name, rank),
  });
}

function samplesOf(name: string, rank: 2 | 3): LayerRecord["samples"] {
  const batch = rank === 3 ? [2] : [];
  const [left, right] = [[...batch, 3, 4], [...batch, 4, 5]]; // prettier-ignore
  return [
    { source: `${name}()`, inputs: [[...batch, 3, 5], left, right] },
    { source: `${name}(beta=0.5, alpha=2)`, inputs: [[5], left, right] },
    { source: `${name}(beta=0)`, inputs: [[1, 1], left, right] },
  ];
}

export const addMM: LayerRecord = addedProduct("AddMM", 2);

export const baddbmm: LayerRecord = addedProduct("Baddbmm", 3);

export const kron: LayerRecord = layer({
  name: "Kron",
  doc: "Kronecker's product: each element of x times all of y; missing axes in front count as size 1",
  shapes: "x: [N, M], y: [P, Q] -> [N * P, M * Q]",
  formula: "z[i * P + k, j * Q + l] = x[i, j] * y[k, l]",
  source: "torch.kron",
  args: {},
  inputs: ["x", "y"],
  infer: (inputs) => {
    const [x, y] = inputs as [TensorType, TensorType];
    if (inputs.some(({ shape }) => shape.some(isRun))) return `how many sizes it has is unknown: ${DECLARE}`;
    const common = commonOf(inputs);
    if (common === "bool") return "it does not take bools alone";
    const rank = Math.max(x.shape.length, y.shape.length);
    const [a, c] = inputs.map(({ shape }) => padded(extents(shape), rank));
    return [typed(common, a!.map((size, i) => mul(size, c![i]!)))]; // prettier-ignore
  },
  body: ([x, y], { b, types }) => {
    const rank = Math.max(sizesOf(x!).length, sizesOf(y!).length);
    const [a, c] = [x!, y!].map((each) => padded(sizesOf(each), rank));
    const left = b.reshape(x!, a!.flatMap((size) => [size, 1])); // prettier-ignore
    const right = b.reshape(y!, c!.flatMap((size) => [1, size])); // prettier-ignore
    return [b.reshape(b.mul(left, right), extents(types[0]!.shape))];
  },
  samples: [
    { source: "Kron()", inputs: [[2, 3], [3, 2]] },
    { source: "Kron()", inputs: [[3], [2, 2]] },
    { source: "Kron()", inputs: [[], [4]] },
    { source: "Kron()", inputs: [[2], [3]], below: 9 },
  ], // prettier-ignore
});

function padded<T>(sizes: readonly T[], rank: number): (T | 1)[] {
  return [...Array.from({ length: rank - sizes.length }, () => 1 as const), ...sizes];
}

export const cross: LayerRecord = layer({
  name: "Cross",
  doc: "the cross product of vectors of three along dim; the others broadcast. Without dim it is the first axis of size 3",
  shapes: "x, y: [N, 3] -> [N, 3] for dim=1",
  formula: "[x1 * y2 - x2 * y1, x2 * y0 - x0 * y2, x0 * y1 - x1 * y0]",
  source: "torch.cross",
  args: { dim: dimension(null) },
  inputs: ["x", "y"],
  infer: (inputs, args, context) => {
    const common = commonOf(inputs);
    if (common === "bool") return "it does not take bools alone";
    const shape = broadcastShapes(inputs, context);
    if (typeof shape === "string") return shape;
    if (args["dim"] === null)
      return shape.includes(3) ? [typed(common, shape)] : "no size is known to be 3: give dim";
    const axis = axisAt(shape, number(args, "dim"));
    if (typeof axis === "string") return axis;
    const wrong = context.equal(extent(shape[axis]!), 3, `the size at dim ${number(args, "dim")} must be 3`);
    return wrong ?? [typed(common, shape)];
  },
  body: (inputs, { b, args, types }) => {
    const { dtype, shape } = types[0]!;
    const sizes = extents(shape);
    const [x, y] = inputs.map((each) => b.broadcast(b.cast(each, dtype), sizes)) as [Tensor, Tensor];
    const axis = args["dim"] === null ? shape.indexOf(3) : axisIn(x, number(args, "dim"));
    const part = (from: Tensor, at: number): Tensor => {
      const starts = sizes.map((_, i) => (i === axis ? at : 0));
      return b.slice(from, starts, sizes.map(() => 1), sizes.map((size, i) => (i === axis ? 1 : size))); // prettier-ignore
    };
    const minor = (i: number, j: number): Tensor =>
      b.sub(b.mul(part(x, i), part(y, j)), b.mul(part(x, j), part(y, i)));
    return [b.concat([minor(1, 2), minor(2, 0), minor(0, 1)], axis)];
  },
  samples: [
    { source: "Cross(dim=1)", inputs: [[4, 3], [4, 3]] },
    { source: "Cross()", inputs: [[2, 3, 3], [2, 3, 3]] },
    { source: "Cross(-1)", inputs: [[2, 3], [3]] },
    { source: "Cross(0)", inputs: [[3], [3]], below: 9 },
  ], // prettier-ignore
});

export const cdist: LayerRecord = layer({
  name: "Cdist",
  doc: "the p-norm of the difference of each row of x1 and each of x2; the axes before rows broadcast",
  shapes: "x1: [..., P, M], x2: [..., R, M] -> [..., P, R]",
  formula: "sum(|x1[i] - x2[j]| ** p) ** (1 / p)",
  source: "torch.cdist",
  args: { p: float(2) },
  inputs: ["x1", "x2"],
  validate: (args) => (number(args, "p") < 0 ? "p must not be negative" : undefined),
  infer: (inputs, args, context) => {
    const [x, y] = inputs as [TensorType, TensorType];
    const wrong = wantDtype(x, "f32") ?? wantDtype(y, "f32");
    if (wrong !== undefined) return wrong;
    if (inputs.some(({ shape }) => shape.length < 2 || shape.slice(-2).some(isRun)))
      return `both want their last two sizes, as in f32[P, M]: ${DECLARE}`;
    const none = normless(number(args, "p"));
    const count = extent(x.shape.at(-1)!);
    const reason =
      alike([x, x.shape.length - 1], [y, y.shape.length - 1], context) ??
      (none === undefined ? undefined : context.atLeast(count, 1, none));
    if (reason !== undefined) return reason;
    const batch = broadcastPair(x.shape.slice(0, -2), y.shape.slice(0, -2), context);
    return typeof batch === "string" ? batch : [typed("f32", [...batch, x.shape.at(-2)!, y.shape.at(-2)!])];
  },
  body: ([x, y], { b, args, types }) => {
    const widened = (from: Tensor, at: number): Tensor => {
      const sizes = sizesOf(from);
      return b.reshape(from, [...sizes.slice(0, at), 1, ...sizes.slice(at)]);
    };
    const difference = b.sub(widened(x!, sizesOf(x!).length - 1), widened(y!, sizesOf(y!).length - 2));
    const axis = sizesOf(difference).length - 1;
    return [b.reshape(vectorNorm(b, difference, [axis], number(args, "p")), extents(types[0]!.shape))];
  },
  samples: [
    { source: "Cdist()", inputs: [[3, 4], [5, 4]] },
    { source: "Cdist(1)", inputs: [[2, 3, 2], [2, 4, 2]] },
    { source: "Cdist(inf)", inputs: [[2, 1, 3, 2], [4, 2]] },
    { source: "Cdist(p=0)", inputs: [[2, 3], [2, 3]] },
    { source: "Cdist(3)", inputs: [[2, 3], [4, 3]] },
  ], // prettier-ignore
});
