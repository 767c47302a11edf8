/** Pooling over as many sections of each axis as the output has places: the sections are as equal as whole numbers allow. */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { divideExactly, product, same, type Size } from "../ir/size/size.ts";
import { extents, type TensorType } from "../ir/types.ts";
import { wantBatched, wantDtype } from "./axes.ts";
import { bool, flag, layer, typed } from "./record.ts";
import type { Args, ArgSpec, LayerRecord, Sample, ShapeContext } from "./record.ts";
import { OUTSIDE, placesOf, planePositions } from "./places.ts";
import { acceptsOf, formsOf, SPATIAL, wrongCount, type Suffix } from "./spatial.ts";
import { lastOf } from "./windows.ts";

const outputSize: ArgSpec = { kind: "ints", least: 0, optional: true, gaps: true };

/** The size of each spatial axis of the output. An axis for which there is none keeps that of the input. */
function outputSizes(args: Args, whole: readonly Size[]): readonly Size[] {
  const given = args["output_size"];
  const values = (Array.isArray(given) ? given : [given]) as readonly (number | null)[];
  return whole.map((size, i) => (values.length === 1 ? values[0]! : values[i]!) ?? size);
}

/** The shape rule: the type of the result, or the reason why there is none. */
function adapted(
  x: TensorType,
  suffix: Suffix,
  args: Args,
  context: ShapeContext,
  from: "channels" | "axes",
): TensorType | string {
  const count = SPATIAL[suffix].length;
  const wrong = wantDtype(x, "f32") ?? wantBatched(x.shape, count + 2, `f32${formsOf(suffix)[0]}`, context);
  if (wrong !== undefined) return wrong;
  const sizes = extents(x.shape);
  const first = sizes.length - count;
  for (let axis = first - (from === "channels" ? 1 : 0); axis < sizes.length; axis++) {
    const reason = context.atLeast(sizes[axis]!, 1, `its size at dim ${axis} must be at least 1`);
    if (reason !== undefined) return reason;
  }
  return typed(x.dtype, [...sizes.slice(0, first), ...outputSizes(args, sizes.slice(first))]);
}

/** A tensor whose spatial axes are cut into sections, and the axes of the sections' elements. */
interface Cut {
  readonly sections: Tensor;
  readonly inside: readonly number[];
}

/**
 * Cuts the last axes into as many sections as `outputs` says. Where all sections of an axis are equal it is split, else
 * the elements of its sections are on an axis at the end, with `value` in the place of those that a section lacks.
 */
function cut(b: Builder, x: Tensor, outputs: readonly Size[], value: number): Cut {
  const sizes = sizesOf(x);
  const first = sizes.length - outputs.length;
  const shape = sizes.slice(0, first);
  const inside: number[] = [];
  const uneven: { axis: number; output: Size }[] = [];
  for (const [i, output] of outputs.entries()) {
    const whole = sizes[first + i]!;
    const equal = divideExactly(whole, output);
    if (equal === undefined) uneven.push({ axis: shape.length, output });
    if (equal === undefined || same(whole, output)) shape.push(whole);
    else inside.push(shape.push(output, equal) - 1);
  }
  const split = b.reshape(x, shape);
  const sections = uneven.reduce((y, { axis, output }) => b.sections(y, axis, output, value), split);
  return { sections, inside: [...inside, ...lastOf(sections, uneven.length)] };
}

/** The number of elements of each section, or a factor of it for each axis whose sections differ. */
function counts(b: Builder, x: Tensor, outputs: readonly Size[]): readonly Tensor[] {
  const sizes = sizesOf(x);
  const first = sizes.length - outputs.length;
  const equal: Size[] = [];
  const uneven: Tensor[] = [];
  for (const [i, output] of outputs.entries()) {
    const whole = sizes[first + i]!;
    const each = divideExactly(whole, output);
    if (each !== undefined) equal.push(each);
    else {
      const ones = b.sections(b.full([whole], 1), 0, output);
      const shape = outputs.map((_, axis) => (axis === i ? output : 1));
      uneven.push(b.reshape(b.reduce("sum", ones, [1], "count"), shape));
    }
  }
  return equal.every((size) => size === 1) ? uneven : [b.constant(product(equal)), ...uneven];
}

function adaptive(
  kind: "Avg" | "Max",
  suffix: Suffix,
  record: Pick<LayerRecord, "doc" | "formula" | "infer" | "body" | "samples"> & {
    readonly args?: LayerRecord["args"];
    readonly outputs?: readonly string[];
    readonly auxiliary?: true;
  },
): LayerRecord {
  const count = SPATIAL[suffix].length;
  const [batched] = formsOf(suffix);
  return layer({
    name: `Adaptive${kind}Pool${suffix}`,
    shapes: `x: ${batched} -> [N, C, *output_size]; or both without the N`,
    source: `torch.nn.Adaptive${kind}Pool${suffix}`,
    inputs: ["x"],
    accepts: () => acceptsOf(suffix),
    validate: (args) => wrongCount(args, ["output_size"], count),
    ...record,
    args: { output_size: outputSize, ...record.args },
  });
}

function adaptiveAvgPool(suffix: Suffix, samples: readonly Sample[]): LayerRecord {
  const count = SPATIAL[suffix].length;
  return adaptive("Avg", suffix, {
    doc: "the mean of each of output_size sections of every axis; none keeps the size of an axis",
    formula: "mean(x[floor(i * L / output_size) : ceil((i + 1) * L / output_size)])",
    infer: ([x], args, context) => {
      const type = adapted(x!, suffix, args, context, "axes");
      return typeof type === "string" ? type : [type];
    },
    body: ([x], { b, types }) => {
      const shape = extents(types[0]!.shape);
      const outputs = shape.slice(-count);
      if (outputs.includes(0)) return [b.full(shape, 0)];
      const { sections, inside } = cut(b, x!, outputs, 0);
      // The sum of -0 alone is 0, as PyTorch has it.
      if (inside.length === 0) return [b.add(x!, 0)];
      const sum = b.reshape(b.reduce("sum", sections, inside, "sum"), shape);
      return [counts(b, x!, outputs).reduce((mean, each) => b.div(mean, each), sum)];
    },
    samples,
  });
}

export const adaptiveAvgPool1d: LayerRecord = adaptiveAvgPool("1d", [
  { source: "AdaptiveAvgPool1d(3)", inputs: [[2, 3, 7]] },
  { source: "AdaptiveAvgPool1d(2)", inputs: [[2, 8]] },
  { source: "AdaptiveAvgPool1d(5)", inputs: [[1, 2, 3]] },
]);

export const adaptiveAvgPool2d: LayerRecord = adaptiveAvgPool("2d", [
  { source: "AdaptiveAvgPool2d(1)", inputs: [[2, 3, 5, 4]] },
  { source: "AdaptiveAvgPool2d((3, None))", inputs: [[3, 5, 6]] },
  { source: "AdaptiveAvgPool2d((4, 2))", inputs: [[1, 2, 6, 4]] },
  { source: "AdaptiveAvgPool2d(3)", inputs: [[2, 2, 7, 2]] },
]);

export const adaptiveAvgPool3d: LayerRecord = adaptiveAvgPool("3d", [
  { source: "AdaptiveAvgPool3d(1)", inputs: [[2, 2, 3, 4, 5]] },
  { source: "AdaptiveAvgPool3d((2, 3, None))", inputs: [[2, 2, 4, 3]] },
  { source: "AdaptiveAvgPool3d((3, 2, 3))", inputs: [[1, 1, 4, 4, 5]] },
]);

function adaptiveMaxPool(suffix: Suffix, samples: readonly Sample[]): LayerRecord {
  const count = SPATIAL[suffix].length;
  return adaptive("Max", suffix, {
    doc: "the largest element of each of output_size sections of every axis, and with return_indices where it is; NaN wins",
    formula:
      "max(x[floor(i * L / output_size) : ceil((i + 1) * L / output_size)]); indices: its first position in the plane, of NaN the last",
    args: { return_indices: bool(false) },
    outputs: ["output", "indices"],
    auxiliary: true,
    infer: ([x], args, context) => {
      const type = adapted(x!, suffix, args, context, "channels");
      if (typeof type === "string") return type;
      return flag(args, "return_indices") ? [type, typed("i32", type.shape)] : [type];
    },
    body: ([x], { b, args, types }) => {
      const shape = extents(types[0]!.shape);
      const outputs = shape.slice(-count);
      const both = flag(args, "return_indices");
      if (outputs.includes(0)) return types.map(({ dtype }) => b.full(shape, 0, dtype));
      const { sections, inside } = cut(b, x!, outputs, -Infinity);
      const largest = b.reduce("max", sections, inside, "maximum");
      if (!both) return [b.reshape(largest, shape)];
      const plane = planePositions(b, sizesOf(x!), count);
      const places = placesOf(b, sections, largest, cut(b, plane, outputs, OUTSIDE).sections, inside);
      return [b.reshape(largest, shape), b.reshape(places, shape)];
    },
    samples,
  });
}

export const adaptiveMaxPool1d: LayerRecord = adaptiveMaxPool("1d", [
  { source: "AdaptiveMaxPool1d(3)", inputs: [[2, 3, 7]] },
  { source: "AdaptiveMaxPool1d(2, return_indices=True)", inputs: [[2, 8]] },
  { source: "AdaptiveMaxPool1d(5, True)", inputs: [[1, 2, 3]] },
]);

export const adaptiveMaxPool2d: LayerRecord = adaptiveMaxPool("2d", [
  { source: "AdaptiveMaxPool2d(1)", inputs: [[2, 3, 5, 4]] },
  { source: "AdaptiveMaxPool2d((3, None), True)", inputs: [[3, 5, 6]] },
  { source: "AdaptiveMaxPool2d((4, 2), return_indices=True)", inputs: [[1, 2, 6, 4]] },
]);

export const adaptiveMaxPool3d: LayerRecord = adaptiveMaxPool("3d", [
  { source: "AdaptiveMaxPool3d(1)", inputs: [[2, 2, 3, 4, 5]] },
  { source: "AdaptiveMaxPool3d((2, 3, None), return_indices=True)", inputs: [[2, 2, 4, 3]] },
  { source: "AdaptiveMaxPool3d((3, 2, 3))", inputs: [[1, 1, 4, 4, 5]] },
]);
