/** The largest and the smallest element along axes, and their positions. */
import { dtypeOf, sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { isFloat } from "../ir/dtype.ts";
import { elements, extent, extents, type Dim, type Shape } from "../ir/types.ts";
import { DECLARE, axisIn, rankOf, wantDtype } from "./axes.ts";
import { aroundReduced, dimList, wrappedAxis } from "./dims.ts";
import { bool, dimension, flag, layer, typed } from "./record.ts";
import type { Args, LayerRecord, Sample, ShapeContext } from "./record.ts";
import { reduction } from "./reduction.ts";

type Which = "max" | "min";

const WORDS: Readonly<Record<Which, string>> = { max: "largest", min: "smallest" };

/** The result is NaN if any element is. Bools are reduced as integers. */
function extreme(b: Builder, which: Which, x: Tensor, axes: readonly number[]): Tensor {
  const number = dtypeOf(x) === "bool" ? b.cast(x, "i32") : x;
  return b.cast(b.reduce(which, number, axes, `${which}imum`), dtypeOf(x));
}

/**
 * The first position along `axis` at which `x` equals `found`, its extreme there. Rounding keeps order, so even
 * if both values were rounded some element is not beyond `found`. If there is a NaN, the first NaN counts; it is
 * searched for separately, which keeps few maps between the extreme and its position, and everything in one
 * kernel.
 */
function placeOf(b: Builder, which: Which, x: Tensor, found: Tensor, axis: number): Tensor {
  const count = b.constant(sizesOf(x)[axis]!, "i32");
  const firstUnless = (condition: Tensor): Tensor =>
    b.reduce("min", b.select(condition, count, b.iota(sizesOf(x), axis)), [axis], "place");
  const place = firstUnless(b.map("lt", which === "max" ? [x, found] : [found, x]));
  if (!isFloat(dtypeOf(x))) return place;
  const nan = firstUnless(b.map("eq", [x, x]));
  return b.select(b.map("lt", [nan, count]), nan, place);
}

/** The shape without the axis `dim`, which must have elements. With dim = `none`, all axes go. */
function without(
  { shape }: { readonly shape: Shape },
  args: Args,
  context: ShapeContext,
  which: Which,
): Shape | string {
  const [dim] = dimList(args);
  const axis = dim === undefined ? undefined : wrappedAxis(shape, dim);
  if (typeof axis === "string") return axis;
  const count = axis === undefined ? elements(shape) : extent(shape[axis] ?? 1);
  const none = context.atLeast(count, 1, `of no elements none is the ${WORDS[which]}`);
  if (none !== undefined) return none;
  const kept: readonly Dim[] = flag(args, "keepdim") ? [1] : [];
  if (axis !== undefined) return shape.flatMap((size, i) => (i === axis ? kept : [size]));
  if (kept.length > 0 && rankOf(shape) === undefined) return `how many sizes stay is unknown: ${DECLARE}`;
  return shape.flatMap(() => kept);
}

/**
 * The tensor that is searched along one axis, and that axis. Without a `dim`, all elements are put in a row; so
 * is a tensor without sizes.
 */
function rowOf(b: Builder, x: Tensor, given: Args): [row: Tensor, axis: number] {
  const [dim] = dimList(given);
  const isRow = dim === undefined || sizesOf(x).length === 0;
  return isRow ? [b.reshape(x, [elements(sizesOf(x))]), 0] : [x, axisIn(x, dim)];
}

const args: LayerRecord["args"] = { dim: dimension(null), keepdim: bool(false) };

function samplesOf(name: string): Sample[] {
  return [
    { source: `${name}()`, inputs: [[2, 3]] },
    { source: `${name}(1)`, inputs: [[2, 3, 2]] },
    { source: `${name}(dim=-1, keepdim=True)`, inputs: [[2, 5]] },
    { source: `${name}(0)`, inputs: [[4, 3]], below: 3 },
    { source: `${name}(0)`, inputs: [[]] },
  ];
}

function withPlace(name: string, which: Which): LayerRecord {
  return layer({
    name,
    doc: `the ${WORDS[which]} of all; or with dim, the ${WORDS[which]} along it and where each first stands; NaN wins`,
    shapes: "x: [N, C, ...] -> values: [N, ...], indices: i32[N, ...] for dim=1; [] without dim",
    formula: `${which}(x)`,
    source: `torch.${which}`,
    args,
    inputs: ["x"],
    outputs: ["values", "indices"],
    auxiliary: true,
    validate: (given) =>
      given["dim"] === null && flag(given, "keepdim") ? "keepdim wants a dim" : undefined,
    accepts: aroundReduced,
    infer: ([x], given, context) => {
      const shape = without(x!, given, context, which);
      if (typeof shape === "string") return shape;
      const values = typed(x!.dtype, shape);
      return given["dim"] === null ? [values] : [values, typed("i32", shape)];
    },
    body: ([x], { b, args: given, types }) => {
      const [row, axis] = rowOf(b, x!, given);
      const found = extreme(b, which, row, [axis]);
      const results = given["dim"] === null ? [found] : [found, placeOf(b, which, row, found, axis)];
      return results.map((result) => b.reshape(result, extents(types[0]!.shape)));
    },
    samples: samplesOf(name),
  });
}

export const max: LayerRecord = withPlace("Max", "max");

export const min: LayerRecord = withPlace("Min", "min");

function placeAlone(name: string, which: Which): LayerRecord {
  return layer({
    name,
    doc: `where the ${WORDS[which]} first stands along dim, or in the row of all; NaN wins`,
    shapes: "x: [N, C, ...] -> i32[N, ...] for dim=1, [N, 1, ...] with keepdim, and [] without dim",
    formula: `min(i where x[i] == ${which}(x))`,
    source: `torch.${name.toLowerCase()}`,
    args,
    inputs: ["x"],
    accepts: aroundReduced,
    infer: ([x], given, context) => {
      const wrong = wantDtype(x!, "f32", "i32");
      const shape = wrong ?? without(x!, given, context, which);
      return typeof shape === "string" ? shape : [typed("i32", shape)];
    },
    body: ([x], { b, args: given, types }) => {
      const [row, axis] = rowOf(b, x!, given);
      const place = placeOf(b, which, row, extreme(b, which, row, [axis]), axis);
      return [b.reshape(place, extents(types[0]!.shape))];
    },
    samples: samplesOf(name),
  });
}

export const argMax: LayerRecord = placeAlone("ArgMax", "max");

export const argMin: LayerRecord = placeAlone("ArgMin", "min");

function alone(name: string, which: Which): LayerRecord {
  return reduction({
    name,
    doc: `the ${WORDS[which]} over dim, a number or a list, or over all; NaN wins`,
    formula: `${which}(x)`,
    needsSome: () => `of no elements none is the ${WORDS[which]}`,
    compute: (b, x, axes) => extreme(b, which, x, axes),
  });
}

export const aMax: LayerRecord = alone("AMax", "max");

export const aMin: LayerRecord = alone("AMin", "min");
