/** Entries that give the same values another shape. */
import { sizesOf } from "../ir/graph/builder.ts";
import { product, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { elements, extent, extents, isRun } from "../ir/types.ts";
import { DECLARE, aroundAxis, axisAt, firstAxes, lastAxes, rankOf, runAt } from "./axes.ts";
import {
  aroundAxes,
  axesAt,
  axesIn,
  dimList,
  filledSizes,
  flatList,
  insertionAt,
  negativeSize,
  wrappedAxis,
  wrongSizes,
} from "./dims.ts";
import { dimension, dimensions, layer, list, number, typed } from "./record.ts";
import type { LayerRecord } from "./record.ts";

export const identity: LayerRecord = layer({
  name: "Identity",
  doc: "the input; any arguments are ignored",
  shapes: "x: [...] -> [...]",
  formula: "x",
  source: "torch.nn.Identity",
  args: { args: { kind: "any", rest: true, default: [] } },
  inputs: ["x"],
  accepts: () => [{ dtype: "f32", shape: ["..."] }],
  infer: ([x]) => [x!],
  body: ([x]) => [x!],
  samples: [
    { source: "Identity()", inputs: [[3]] },
    { source: "Identity(54)", inputs: [[2, 3]] },
    { source: "Identity()", inputs: [[]] },
  ],
});

/** The elements in their order in memory, in the shape that the shape rule gave. */
const reshaped: LayerRecord["body"] = ([x], { b, types }) => [b.reshape(x!, extents(types[0]!.shape))];

export const flatten: LayerRecord = layer({
  name: "Flatten",
  doc: "joins the axes from start_dim to end_dim",
  shapes: "x: [N, C, ...] -> [N, C * ...]",
  source: "torch.nn.Flatten",
  args: { start_dim: dimension(1), end_dim: dimension(-1) },
  inputs: ["x"],
  accepts: (args) => {
    const [start, end] = [number(args, "start_dim"), number(args, "end_dim")];
    if (start < 0) return [{ dtype: "f32", shape: end < 0 ? aroundAxis(start) : firstAxes(Math.max(-start, end + 1)) }]; // prettier-ignore
    const inside = end < 0 ? ["...", ...lastAxes(-end - 1)] : ["..."];
    return [{ dtype: "f32", shape: [...firstAxes(Math.max(start, end) + 1), ...inside] }];
  },
  infer: ([x], args) => {
    const { dtype, shape } = x!;
    if (shape.length === 0) {
      const ends = ["start_dim", "end_dim"].map((name) => wrappedAxis(shape, number(args, name), name));
      return ends.find((end) => typeof end === "string") ?? [typed(dtype, [1])];
    }
    // Either end may be the run: the whole run is then joined, however many sizes it has.
    const run = runAt(shape);
    const at = (name: string): number | string => {
      const dim = number(args, name);
      const touches = run >= 0 && (dim < 0 ? shape.length + dim : dim) === run;
      return touches ? run : axisAt(shape, dim, name);
    };
    const [start, end] = [at("start_dim"), at("end_dim")];
    if (typeof start === "string") return start;
    if (typeof end === "string") return end;
    const splits =
      (start === run && number(args, "start_dim") < 0) || (end === run && number(args, "end_dim") >= 0);
    if (run >= 0 && splits) {
      return `it would split the run "...": ${DECLARE}`;
    }
    if (start > end) return "start_dim cannot come after end_dim";
    const joined = product(extents(shape.slice(start, end + 1)));
    return [typed(dtype, [...shape.slice(0, start), joined, ...shape.slice(end + 1)])];
  },
  body: reshaped,
  samples: [
    { source: "Flatten()", inputs: [[2, 3, 4]] },
    { source: "Flatten()", inputs: [[2, 3]] },
    { source: "Flatten(0)", inputs: [[2, 3, 2]] },
    { source: "Flatten(0, 1)", inputs: [[2, 3, 2]] },
    { source: "Flatten(start_dim=-2)", inputs: [[2, 3, 2]] },
  ],
});

export const unflatten: LayerRecord = layer({
  name: "Unflatten",
  doc: "splits an axis into several; one size may be -1",
  shapes: "x: [N, H * W, ...] -> [N, H, W, ...] for dim=1",
  source: "torch.nn.Unflatten",
  args: { dim: dimension(), unflattened_size: { kind: "sizes" } },
  inputs: ["x"],
  validate: (args) => {
    const sizes = list(args, "unflattened_size");
    if (!Array.isArray(args["unflattened_size"]))
      return `unflattened_size must be a list: [${sizeText(sizes[0]!)}]`;
    return sizes.length === 0 ? "unflattened_size must have at least one size" : wrongSizes(sizes);
  },
  accepts: (args) => [{ dtype: "f32", shape: aroundAxis(number(args, "dim")) }],
  infer: ([x], args, context) => {
    const { dtype, shape } = x!;
    const dim = number(args, "dim");
    const axis = axisAt(shape, dim);
    if (typeof axis === "string") return axis;
    const whole = extent(shape[axis]!);
    const sizes = filledSizes(list(args, "unflattened_size"), whole, context, `the size of dim ${dim}`);
    if (typeof sizes === "string") return sizes;
    return [typed(dtype, [...shape.slice(0, axis), ...sizes, ...shape.slice(axis + 1)])];
  },
  body: reshaped,
  samples: [
    { source: "Unflatten(1, [2, 3])", inputs: [[2, 6]] },
    { source: "Unflatten(-1, (2, -1))", inputs: [[3, 4]] },
    { source: "Unflatten(0, [1, 2])", inputs: [[2, 3]] },
  ],
});

export const reshape: LayerRecord = layer({
  name: "Reshape",
  aliases: ["View"],
  doc: "the same elements, row by row, in another shape; one size may be -1",
  shapes: "x: [...] -> [*shape]",
  source: "torch.reshape, torch.Tensor.view",
  args: { shape: { kind: "sizes", rest: true } },
  inputs: ["x"],
  validate: (args) => wrongSizes(flatList(args, "shape")),
  infer: ([x], args, context) => {
    const whole = elements(x!.shape);
    const sizes = filledSizes(flatList(args, "shape"), whole, context, "the number of elements");
    return typeof sizes === "string" ? sizes : [typed(x!.dtype, sizes)];
  },
  body: reshaped,
  samples: [
    { source: "Reshape(3, 2)", inputs: [[2, 3]] },
    { source: "Reshape([-1])", inputs: [[2, 3, 2]] },
    { source: "Reshape(2, -1, 3)", inputs: [[4, 3, 2]] },
    { source: "Reshape([])", inputs: [[1, 1]] },
  ],
});

export const unsqueeze: LayerRecord = layer({
  name: "Unsqueeze",
  doc: "a new axis of size 1, which is dim of the result",
  shapes: "x: [N, ...] -> [N, 1, ...] for dim=1",
  source: "torch.unsqueeze",
  args: { dim: dimension() },
  inputs: ["x"],
  accepts: (args) => {
    const dim = number(args, "dim");
    return [{ dtype: "f32", shape: dim < 0 ? ["...", ...lastAxes(-dim - 1)] : [...firstAxes(dim), "..."] }];
  },
  infer: ([x], args) => {
    const place = insertionAt(x!.shape, number(args, "dim"));
    if (typeof place === "string") return place;
    return [typed(x!.dtype, [...x!.shape.slice(0, place), 1, ...x!.shape.slice(place)])];
  },
  body: reshaped,
  samples: [
    { source: "Unsqueeze(0)", inputs: [[3]] },
    { source: "Unsqueeze(1)", inputs: [[2, 3]] },
    { source: "Unsqueeze(-1)", inputs: [[2, 3]] },
    { source: "Unsqueeze(dim=0)", inputs: [[]] },
  ],
});

/**
 * The number of axes of the result is fixed when compiling. So without a `dim`, only the sizes that are known to
 * be 1 are dropped; and a dim whose size is not known must be 1 at the call, where PyTorch would keep an axis of
 * another size.
 */
export const squeeze: LayerRecord = layer({
  name: "Squeeze",
  doc: "without the axes of size 1, or those among dim; a size that only the call knows stays unless dim names it, and then must be 1",
  shapes: "x: [N, 1, ...] -> [N, ...] for dim=1",
  source: "torch.squeeze",
  args: { dim: dimensions(null) },
  inputs: ["x"],
  accepts: (args) =>
    aroundAxes(dimList(args)).flatMap(({ dtype, shape }) => {
      const ones = dimList(args).map((dim) => (dim < 0 ? shape.length + dim : dim));
      return ones.length === 0 ? [] : [{ dtype, shape: shape.map((size, i) => (ones.includes(i) ? 1 : size)) }]; // prettier-ignore
    }),
  infer: ([x], args, context) => {
    const { dtype, shape } = x!;
    if (args["dim"] === null) {
      if (rankOf(shape) === undefined) return `which of its sizes are 1 is unknown: ${DECLARE}`;
      return [typed(dtype, shape.filter((size) => size !== 1))]; // prettier-ignore
    }
    const axes = axesAt(shape, dimList(args));
    if (typeof axes === "string") return axes;
    const gone = axes.filter((axis) => axis < shape.length && (shape[axis] === 1 || typeof shape[axis] !== "number")); // prettier-ignore
    for (const axis of gone) {
      const size = extent(shape[axis]!);
      const differs = context.equal(
        size,
        1,
        `the size ${sizeText(size)} at dim ${axis} must be 1 to be left out`,
      );
      if (differs !== undefined) return differs;
    }
    return [typed(dtype, shape.filter((_, axis) => !gone.includes(axis)))]; // prettier-ignore
  },
  body: reshaped,
  samples: [
    { source: "Squeeze()", inputs: [[1, 3, 1]] },
    { source: "Squeeze(1)", inputs: [[2, 1, 3]] },
    { source: "Squeeze(-1)", inputs: [[2, 3, 1]] },
    { source: "Squeeze([0, -2])", inputs: [[1, 3, 1, 2]] },
    { source: "Squeeze(0)", inputs: [[2, 3]] },
  ],
});

export const expand: LayerRecord = layer({
  name: "Expand",
  doc: "axes of size 1 repeated to the given sizes, and new ones in front; -1 keeps a size",
  shapes: "x: [1, C, ...] -> [*size]",
  source: "torch.Tensor.expand",
  args: { size: { kind: "sizes", rest: true } },
  inputs: ["x"],
  validate: (args) => negativeSize(flatList(args, "size"), -1),
  infer: ([x], args, context) => {
    const { dtype, shape } = x!;
    const wanted = flatList(args, "size");
    if (shape.some(isRun)) return `how many sizes it has is unknown: ${DECLARE}`;
    const added = wanted.length - shape.length;
    if (added < 0) return `it has ${shape.length} sizes, more than the ${wanted.length} that are given`;
    const sizes: Size[] = [];
    for (const [i, size] of wanted.entries()) {
      const own = shape[i - added] as Size | undefined;
      if (own === undefined && size === -1) return `-1 keeps a size, and dim ${i} is new`;
      if (own !== undefined && own !== 1 && size !== -1) {
        const differs = context.equal(own, size, `size ${sizeText(own)} at dim ${i - added} is not 1 and cannot become ${sizeText(size)}`); // prettier-ignore
        if (differs !== undefined) return differs;
      }
      sizes.push(size === -1 ? own! : size);
    }
    return [typed(dtype, sizes)];
  },
  body: ([x], { b, types }) => [b.broadcast(x!, extents(types[0]!.shape))],
  samples: [
    { source: "Expand(4, -1)", inputs: [[1, 3]] },
    { source: "Expand([2, 3])", inputs: [[3]] },
    { source: "Expand(2, -1, -1, 3)", inputs: [[4, 2, 1]] },
    { source: "Expand(2)", inputs: [[]] },
  ],
});

export const permute: LayerRecord = layer({
  name: "Permute",
  doc: "the axes in the order of dims",
  shapes: "x: [N, C, H, W] -> [N, H, W, C] for dims=[0, 2, 3, 1]",
  formula: "y[i, j, k] = x[k, i, j] for dims=[1, 2, 0]",
  source: "torch.permute",
  args: { dims: { ...dimensions(), rest: true } },
  inputs: ["x"],
  accepts: (args) => [{ dtype: "f32", shape: firstAxes(dimList(args, "dims").length) }],
  infer: ([x], args) => {
    const { dtype, shape } = x!;
    const dims = dimList(args, "dims");
    if (rankOf(shape) === undefined) return `how many sizes it has is unknown: ${DECLARE}`;
    if (dims.length !== shape.length) return `dims must name each of its ${shape.length} axes once`;
    const axes = axesAt(shape, dims);
    return typeof axes === "string" ? axes : [typed(dtype, axes.map((axis) => shape[axis]!))]; // prettier-ignore
  },
  body: ([x], { b, args }) => [b.permute(x!, axesIn(x!, dimList(args, "dims")))],
  samples: [
    { source: "Permute(1, 0)", inputs: [[2, 3]] },
    { source: "Permute([2, 0, 1])", inputs: [[2, 3, 4]] },
    { source: "Permute(0, -1, 1, 2)", inputs: [[2, 3, 2, 4]] },
    { source: "Permute([])", inputs: [[]] },
  ],
});

export const transpose: LayerRecord = layer({
  name: "Transpose",
  doc: "exchanges two axes",
  shapes: "x: [N, C, ...] -> [C, N, ...] for dim0=0, dim1=1",
  formula: "y[i, j] = x[j, i]",
  source: "torch.transpose",
  args: { dim0: dimension(), dim1: dimension() },
  inputs: ["x"],
  accepts: (args) => aroundAxes([number(args, "dim0"), number(args, "dim1")]),
  infer: ([x], args) => {
    const { dtype, shape } = x!;
    const first = wrappedAxis(shape, number(args, "dim0"), "dim0");
    if (typeof first === "string") return first;
    const second = wrappedAxis(shape, number(args, "dim1"), "dim1");
    if (typeof second === "string") return second;
    return [typed(dtype, exchanged(shape, first, second))];
  },
  body: ([x], { b, args }) => {
    const [first, second] = axesIn(x!, [number(args, "dim0"), number(args, "dim1")]);
    const axes = sizesOf(x!).map((_, axis) => axis);
    return [b.permute(x!, exchanged(axes, first!, second!))];
  },
  samples: [
    { source: "Transpose(0, 1)", inputs: [[2, 3]] },
    { source: "Transpose(1, -1)", inputs: [[2, 3, 4]] },
    { source: "Transpose(-3, -2)", inputs: [[2, 3, 4]] },
  ],
});

function exchanged<T>(items: readonly T[], first: number, second: number): T[] {
  return items.map((item, i) => (i === first ? items[second]! : i === second ? items[first]! : item));
}
