/** Entries that join tensors, and entries that cut one into pieces. */
import { sizesOf } from "../ir/graph/builder.ts";
import { promote } from "../ir/dtype.ts";
import { add, divideExactly, same, sum, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import {
  extent,
  extents,
  isRun,
  sameDim,
  typeText,
  type Dim,
  type Shape,
  type TensorType,
} from "../ir/types.ts";
import { DECLARE, axisAt, axisIn } from "./axes.ts";
import { cut, insertionAt, negativeSize } from "./dims.ts";
import { dimension, int, layer, list, number, typed } from "./record.ts";
import type { Args, LayerRecord, ShapeContext } from "./record.ts";

export const concat: LayerRecord = layer({
  name: "Concat",
  aliases: ["Cat"],
  doc: "the inputs one after the other along dim",
  shapes: "xs: [N, C, ...] and [N, D, ...] -> [N, C + D, ...] for dim=1",
  source: "torch.cat",
  args: { dim: dimension(0) },
  inputs: ["xs"],
  variadic: true,
  infer: (inputs, args, context) => {
    const dim = number(args, "dim");
    const axis = axisAt(inputs[0]!.shape, dim);
    if (typeof axis === "string") return axis;
    const shape = agreed(inputs, context, `all sizes but that of dim ${dim}`, axis);
    return typeof shape === "string" ? shape : [typed(promote(inputs.map((input) => input.dtype)), shape)];
  },
  body: (inputs, { b, args, types }) => {
    const axis = axisIn(inputs[0]!, number(args, "dim"));
    const like = extents(types[0]!.shape);
    const parts = inputs.map((x) => b.reshape(x, like.map((size, i) => (i === axis ? sizesOf(x)[i]! : size)))); // prettier-ignore
    return [b.concat(parts, axis)];
  },
  samples: [
    { source: "Concat()", inputs: [[2], [3]] },
    { source: "Concat(dim=1)", inputs: [[2, 3], [2, 1], [2, 2]] }, // prettier-ignore
    { source: "Concat(dim=-1)", inputs: [[2, 2, 3], [2, 2, 2]] }, // prettier-ignore
  ],
});

export const stack: LayerRecord = layer({
  name: "Stack",
  doc: "the inputs one after the other along a new axis, which is dim of the result",
  shapes: "xs: [N, ...] and [N, ...] -> [N, 2, ...] for dim=1",
  source: "torch.stack",
  args: { dim: dimension(0) },
  inputs: ["xs"],
  variadic: true,
  infer: (inputs, args, context) => {
    const place = insertionAt(inputs[0]!.shape, number(args, "dim"));
    if (typeof place === "string") return place;
    const shape = agreed(inputs, context, "all sizes");
    if (typeof shape === "string") return shape;
    const stacked = [...shape.slice(0, place), inputs.length, ...shape.slice(place)];
    return [typed(promote(inputs.map((input) => input.dtype)), stacked)];
  },
  body: (inputs, { b, args, types }) => {
    const dim = number(args, "dim");
    const axis = dim < 0 ? types[0]!.shape.length + dim : dim;
    const single = extents(types[0]!.shape).map((size, i) => (i === axis ? 1 : size));
    return [b.concat(inputs.map((x) => b.reshape(x, single)), axis)]; // prettier-ignore
  },
  samples: [
    { source: "Stack()", inputs: [[3], [3]] },
    { source: "Stack(dim=1)", inputs: [[2, 3], [2, 3], [2, 3]] }, // prettier-ignore
    { source: "Stack(-1)", inputs: [[2, 3], [2, 3]] }, // prettier-ignore
    { source: "Stack()", inputs: [[], [], []] }, // prettier-ignore
  ],
});

/** The shape of inputs that must agree in all sizes except at axis `along`, where the sizes add up. */
function agreed(
  [first, ...others]: readonly TensorType[],
  context: ShapeContext,
  demand: string,
  along = -1,
): Shape | string {
  const shape: Dim[] = [...first!.shape];
  for (const other of others) {
    const unlike = `${typeText(first!)} and ${typeText(other)} must agree in ${demand}`;
    if (other.shape.length !== shape.length) return unlike;
    for (const [i, dim] of other.shape.entries()) {
      const mine = shape[i]!;
      if (i === along && !isRun(dim) && !isRun(mine)) {
        shape[i] = add(mine, dim);
      } else if (isRun(dim) || isRun(mine)) {
        if (!sameDim(dim, mine)) return `${unlike}: ${DECLARE}`;
      } else if (!same(dim, mine)) {
        const [actual, wanted] = typeof mine === "number" ? [dim, mine] : [mine, dim];
        const differs = context.equal(actual, wanted, unlike);
        if (differs !== undefined) return differs;
        shape[i] = wanted;
      }
    }
  }
  return shape;
}

/** Each piece is a result of a node with code that reads it, so the number of pieces is limited. */
const MAX_PIECES = 1024;

/** Makes a record that cuts an axis into pieces; `pieces` gives their sizes along the axis. */
function cutting(
  spec: Pick<LayerRecord, "name" | "doc" | "shapes" | "args" | "validate" | "samples"> & {
    pieces: (size: Size, args: Args, context: ShapeContext) => readonly Size[] | string;
    /** Each piece has size 1 along the axis, and its result does not have the axis. */
    drops?: true;
  },
): LayerRecord {
  const { pieces, drops, ...rest } = spec;
  const without = (shape: Shape, axis: number, size: Size): Dim[] => [
    ...shape.slice(0, axis),
    ...(drops ? [] : [size]),
    ...shape.slice(axis + 1),
  ];
  return layer({
    ...rest,
    source: `torch.${spec.name.toLowerCase()}`,
    inputs: ["x"],
    listed: true,
    infer: ([x], args, context) => {
      const { dtype, shape } = x!;
      const axis = axisAt(shape, number(args, "dim"));
      if (typeof axis === "string") return axis;
      const sizes = pieces(extent(shape[axis]!), args, context);
      if (typeof sizes === "string") return sizes;
      if (sizes.length === 0) return "it would give no tensors";
      return sizes.map((size) => typed(dtype, without(shape, axis, size)));
    },
    body: ([x], { b, args, types }) => {
      const axis = axisIn(x!, number(args, "dim"));
      let start: Size = 0;
      return types.map(({ shape }) => {
        const size = drops ? 1 : extent(shape[axis]!);
        const piece = cut(b, x!, axis, start, size);
        start = add(start, size);
        return b.reshape(piece, extents(shape));
      });
    },
  });
}

function tooMany(count: number): string {
  return `it would give ${count} tensors: at most ${MAX_PIECES} are supported`;
}

/** `count` pieces of one size; the last may have another size. */
function even(count: number, size: Size, last: Size = size): readonly Size[] | string {
  if (count > MAX_PIECES) return tooMany(count);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? last : size));
}

/** Pieces of one size, the last with what remains. How many there are must be known when compiling. */
function inPieces(whole: Size, size: Size): readonly Size[] | string {
  if (typeof whole === "number" && typeof size === "number") {
    if (whole === 0) return [0];
    if (size === 0) return `${whole} elements cannot be cut into pieces of 0`;
    const count = Math.ceil(whole / size);
    return even(count, size, whole - size * (count - 1));
  }
  const count = divideExactly(whole, size);
  if (typeof count === "number") return even(count, size);
  return `how many pieces of ${sizeText(size)} are in ${sizeText(whole)} is known only at the call: give the sizes as a list`;
}

export const split: LayerRecord = cutting({
  name: "Split",
  doc: "pieces of one size along dim, of which the last may be smaller; or of the sizes of a list",
  shapes: "x: [N, C, ...] -> [N, 2, ...] and [N, C - 2, ...], for [2, C - 2], dim=1",
  args: { split_size_or_sections: { kind: "sizes" }, dim: dimension(0) },
  validate: (args) => {
    const sizes = list(args, "split_size_or_sections");
    return sizes.length > MAX_PIECES ? tooMany(sizes.length) : negativeSize(sizes);
  },
  pieces: (whole, args, context) => {
    const sizes = list(args, "split_size_or_sections");
    if (!Array.isArray(args["split_size_or_sections"])) return inPieces(whole, sizes[0]!);
    const reason = `its sizes [${sizes.map((size) => sizeText(size)).join(", ")}] do not add up to ${sizeText(whole)}, the size of dim ${number(args, "dim")}`;
    return context.equal(whole, sum(sizes), reason) ?? sizes;
  },
  samples: [
    { source: "Split(2)", inputs: [[5, 2]] },
    { source: "Split(3, dim=1)", inputs: [[2, 6]] },
    { source: "Split([1, 0, 4], -1)", inputs: [[2, 5]] },
    { source: "Split(4)", inputs: [[3]] },
  ],
});

export const chunk: LayerRecord = cutting({
  name: "Chunk",
  doc: "at most `chunks` pieces of one size along dim, of which the last may be smaller",
  shapes: "x: [N, 2 * C, ...] -> [N, C, ...] twice, for chunks=2, dim=1",
  args: { chunks: int(undefined, 1), dim: dimension(0) },
  pieces: (whole, args) => {
    const chunks = number(args, "chunks");
    const size = divideExactly(whole, chunks);
    if (size !== undefined) return even(chunks, size);
    if (typeof whole === "number") return inPieces(whole, Math.ceil(whole / chunks));
    return `whether ${sizeText(whole)} divides by ${chunks} is known only at the call: use Split with a list of sizes`;
  },
  samples: [
    { source: "Chunk(2)", inputs: [[4, 3]] },
    { source: "Chunk(3, dim=1)", inputs: [[2, 5]] },
    { source: "Chunk(4, -1)", inputs: [[2, 6]] },
    { source: "Chunk(1)", inputs: [[3]] },
  ],
});

export const unbind: LayerRecord = cutting({
  name: "Unbind",
  doc: "the elements of an axis, each a tensor without it",
  shapes: "x: [3, N, ...] -> [N, ...] three times",
  args: { dim: dimension(0) },
  drops: true,
  pieces: (whole) => {
    if (typeof whole === "number") return even(whole, 1);
    return `how many tensors that gives is known only at the call: its size there is ${sizeText(whole)}`;
  },
  samples: [
    { source: "Unbind()", inputs: [[3, 2]] },
    { source: "Unbind(1)", inputs: [[2, 3]] },
    { source: "Unbind(-1)", inputs: [[2, 3, 1]] },
  ],
});
