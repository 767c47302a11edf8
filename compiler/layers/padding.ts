/** Padding of the last axes with a number or with elements of the input. A negative side takes elements away. */
import { castTo } from "../ir/maps/apply-map.ts";
import { dtypeOf, sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import type { PadMode } from "../ir/graph/primitives.ts";
import { add, max, min, neg, sub, sum, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { extent, typeText, type TensorType } from "../ir/types.ts";
import { axisAt, DECLARE, lastAxes, runAt, wantBatched, wantDtype } from "./axes.ts";
import { cut } from "./dims.ts";
import { choice, float, layer, list, number, typed } from "./record.ts";
import type { Accepts, Args, LayerRecord, Sample, ShapeContext } from "./record.ts";
import { acceptsOf, formsOf, padLast, SPATIAL, type Sides, type Suffix } from "./spatial.ts";

/**
 * The sides of the last axes, from left to right; a negative one takes elements away. The argument lists them from the last axis on: left, right, top, bottom,
 * front, back.
 */
function sidesOf(values: readonly Size[]): readonly Sides[] {
  return values.flatMap((before, i) => (i % 2 === 0 ? [{ before, after: values[i + 1]! }] : [])).reverse();
}

const suffixes: readonly Suffix[] = ["1d", "2d", "3d"];

/** The shape rule: the type of the result, or the reason why there is none. */
function paddedType(
  x: TensorType,
  mode: PadMode,
  sides: readonly Sides[],
  context: ShapeContext,
): TensorType | string {
  const wrong = mode === "constant" ? undefined : wantSpatial(x, mode, sides.length, context);
  if (wrong !== undefined) return wrong;
  const shape = [...x.shape];
  for (const [i, one] of sides.entries()) {
    const dim = i - sides.length;
    const axis = axisAt(shape, dim);
    if (typeof axis === "string") return tooFewAxes(x, sides.length);
    const whole = extent(shape[axis]!);
    const reason = wrongSides(mode, one, whole, axis, context);
    if (reason !== undefined) return reason;
    shape[axis] = sum([whole, one.before, one.after]);
  }
  return typed(x.dtype, shape);
}

function tooFewAxes({ dtype, shape }: TensorType, count: number): string {
  const demand = `it pads the last ${count} axes`;
  return runAt(shape) < 0
    ? `${demand}, and ${typeText({ dtype, shape })} has fewer`
    : `${demand}: ${DECLARE}`;
}

/** Modes that repeat elements take inputs with channels, with a batch axis or without. */
function wantSpatial(x: TensorType, mode: PadMode, count: number, context: ShapeContext): string | undefined {
  const [batched] = formsOf(suffixes[count - 1]!);
  const dtype = mode === "circular" ? undefined : wantDtype(x, "f32");
  return dtype ?? wantBatched(x.shape, count + 2, `f32${batched}`, context);
}

/** Says why an axis of this size cannot be padded so, if it cannot. */
function wrongSides(
  mode: PadMode,
  { before, after }: Sides,
  whole: Size,
  axis: number,
  context: ShapeContext,
): string | undefined {
  const most = max(before, after);
  const left = sum([whole, min(before, 0), min(after, 0)]);
  const text = `padding (${sizeText(before)}, ${sizeText(after)}) at dim ${axis} of size ${sizeText(whole)}`;
  switch (mode) {
    case "constant":
      return context.atLeast(left, 0, `${text} would take away more elements than there are`);
    case "circular":
      return (
        context.atLeast(left, 0, `${text} would take away more elements than there are`) ??
        context.atLeast(left, most, `${text} would wrap around more than once`)
      );
    case "reflect":
      if (typeof most !== "number" || most > 0) {
        const reason = context.atLeast(
          whole,
          add(most, 1),
          `${text} must be less than the size on either side`,
        );
        if (reason !== undefined) return reason;
      }
      return context.atLeast(sum([whole, before, after]), 1, `${text} would leave no elements`);
    case "replicate":
      return (
        context.atLeast(whole, 1, `${text}: there must be an element to repeat`) ??
        context.atLeast(sum([whole, before, after]), 1, `${text} would leave no elements`)
      );
  }
}

/**
 * Pads the last axes. A circle closes over the elements that are left, so they are taken away first; a mirror and an edge
 * stay where they are in the input, so there it is done last.
 */
function padded(b: Builder, x: Tensor, mode: PadMode, sides: readonly Sides[], value: number): Tensor {
  if (
    mode === "constant" &&
    sides.some((one) => typeof one.before !== "number" || typeof one.after !== "number")
  ) {
    // Only the call knows which sides take elements away: a pad never reads those.
    return padLast(b, x, sides, { value });
  }
  const first = mode === "constant" || mode === "circular";
  if (first) return grown(b, cropped(b, x, sides), mode, sides, value);
  return cropped(b, grown(b, x, mode, sides, value), sides);
}

function cropped(b: Builder, x: Tensor, sides: readonly Sides[]): Tensor {
  return sides.reduce((y, { before, after }, i) => {
    const axis = sizesOf(y).length - sides.length + i;
    const [start, end] = [max(neg(before), 0), max(neg(after), 0)];
    return cut(b, y, axis, start, sub(sizesOf(y)[axis]!, add(start, end)));
  }, x);
}

function grown(b: Builder, x: Tensor, mode: PadMode, sides: readonly Sides[], value: number): Tensor {
  const positive = sides.map(({ before, after }) => ({ before: max(before, 0), after: max(after, 0) }));
  return padLast(b, x, positive, { mode, value });
}

function body(mode: PadMode, sidesFrom: (args: Args) => readonly Sides[]): LayerRecord["body"] {
  return ([x], { b, args }) => {
    const value = args["value"] === undefined || args["value"] === null ? 0 : number(args, "value");
    return [padded(b, x!, mode, sidesFrom(args), castTo(dtypeOf(x!), value))];
  };
}

/** The sides that `padding` gives a layer of `count` axes: one number is for all, a shorter list for the last axes. */
function paddingOf(args: Args, count: number): readonly Sides[] {
  const values = list(args, "padding");
  const isOne = !Array.isArray(args["padding"]);
  return sidesOf(isOne ? Array.from({ length: 2 * count }, () => values[0]!) : values);
}

function wrongPadding(args: Args, count: number, mode: PadMode): string | undefined {
  if (!Array.isArray(args["padding"])) return undefined;
  const given = list(args, "padding").length;
  const fits = mode === "constant" ? given % 2 === 0 && given <= 2 * count : given === 2 * count;
  return fits
    ? undefined
    : `padding must be a whole number or a list of ${2 * count}, two for each axis, not of ${given}`;
}

interface Family {
  readonly name: string;
  readonly mode: PadMode;
  readonly doc: string;
  readonly value?: true;
}

const families: { readonly [K in "constant" | "zero" | "reflection" | "replication" | "circular"]: Family } =
  {
    constant: {
      name: "ConstantPad",
      mode: "constant",
      doc: "puts `value` around the last axes",
      value: true,
    },
    zero: { name: "ZeroPad", mode: "constant", doc: "puts zeros around the last axes" },
    reflection: {
      name: "ReflectionPad",
      mode: "reflect",
      doc: "continues the last axes by their mirror image, whose mirror is the first or last element",
    },
    replication: {
      name: "ReplicationPad",
      mode: "replicate",
      doc: "repeats the first and last elements of the last axes",
    },
    circular: { name: "CircularPad", mode: "circular", doc: "continues the last axes by their other end" },
  };

function pad(kind: keyof typeof families, suffix: Suffix, samples: readonly Sample[]): LayerRecord {
  const { name, mode, doc, value } = families[kind];
  const count = SPATIAL[suffix].length;
  const axes = SPATIAL[suffix];
  const sides = (args: Args): readonly Sides[] => paddingOf(args, count);
  const grownAxes = axes.map((axis) => `${axis}_out`);
  return layer({
    name: `${name}${suffix}`,
    doc: `${doc}; padding lists the sides of the last axis first, and where negative takes away`,
    shapes:
      mode === "constant"
        ? `x: [..., ${axes.join(", ")}] -> [..., ${grownAxes.join(", ")}]`
        : `x: ${formsOf(suffix)[0]} -> ${formsOf(suffix, "_out")[0]}; or both without the N`,
    source: `torch.nn.${name}${suffix}`,
    args: { padding: { kind: "sizes" }, ...(value && { value: float() }) },
    inputs: ["x"],
    accepts: () => (mode === "constant" ? aroundLast(count) : acceptsOf(suffix)),
    validate: (args) => wrongPadding(args, count, mode),
    infer: ([x], args, context) => {
      const type = paddedType(x!, mode, sides(args), context);
      return typeof type === "string" ? type : [type];
    },
    body: body(mode, sides),
    samples,
  });
}

function aroundLast(count: number): readonly Accepts[] {
  const names = count >= 1 && count <= 3 ? SPATIAL[suffixes[count - 1]!] : lastAxes(count);
  return [{ dtype: "f32", shape: ["...", ...(count === 0 ? [] : names)] }];
}

export const constantPad1d: LayerRecord = pad("constant", "1d", [
  { source: "ConstantPad1d(2, 0.5)", inputs: [[2, 3]] },
  { source: "ConstantPad1d((1, -2), -1)", inputs: [[5]] },
  { source: "ConstantPad1d((0, 3), value=7)", inputs: [[2, 1, 4]], below: 5 },
]);

export const constantPad2d: LayerRecord = pad("constant", "2d", [
  { source: "ConstantPad2d(1, 2.5)", inputs: [[2, 2, 3]] },
  { source: "ConstantPad2d((1, 0, -1, 2), 0)", inputs: [[1, 2, 3, 2]] },
  { source: "ConstantPad2d((2, 1), -1.5)", inputs: [[3, 2]] },
]);

export const constantPad3d: LayerRecord = pad("constant", "3d", [
  { source: "ConstantPad3d(1, 3)", inputs: [[2, 1, 2]] },
  { source: "ConstantPad3d((1, 0, 2, -1, 0, 1), -2)", inputs: [[1, 2, 2, 3, 2]] },
  { source: "ConstantPad3d((0, 0, 0, 0, 1, -1), 1)", inputs: [[2, 2, 3, 2]] },
]);

export const zeroPad1d: LayerRecord = pad("zero", "1d", [
  { source: "ZeroPad1d(2)", inputs: [[2, 3]] },
  { source: "ZeroPad1d((1, -2))", inputs: [[5]] },
  { source: "ZeroPad1d((0, 3))", inputs: [[2, 1, 4]] },
]);

export const zeroPad2d: LayerRecord = pad("zero", "2d", [
  { source: "ZeroPad2d(1)", inputs: [[2, 2, 3]] },
  { source: "ZeroPad2d((1, 0, -1, 2))", inputs: [[1, 2, 3, 2]] },
  { source: "ZeroPad2d((2, 1, 0, 0))", inputs: [[3, 2]] },
]);

export const zeroPad3d: LayerRecord = pad("zero", "3d", [
  { source: "ZeroPad3d(1)", inputs: [[2, 1, 2]] },
  { source: "ZeroPad3d((1, 0, 2, -1, 0, 1))", inputs: [[1, 2, 2, 3, 2]] },
  { source: "ZeroPad3d((0, 0, 0, 0, 1, -1))", inputs: [[2, 2, 3, 2]] },
]);

export const reflectionPad1d: LayerRecord = pad("reflection", "1d", [
  { source: "ReflectionPad1d(2)", inputs: [[2, 3, 4]] },
  { source: "ReflectionPad1d((4, 1))", inputs: [[2, 5]] },
  { source: "ReflectionPad1d((-3, 3))", inputs: [[1, 2, 4]] },
]);

export const reflectionPad2d: LayerRecord = pad("reflection", "2d", [
  { source: "ReflectionPad2d(1)", inputs: [[2, 2, 3, 2]] },
  { source: "ReflectionPad2d((2, 0, 1, 2))", inputs: [[2, 3, 4]] },
  { source: "ReflectionPad2d((-1, 2, 1, -2))", inputs: [[1, 2, 3, 4]] },
]);

export const reflectionPad3d: LayerRecord = pad("reflection", "3d", [
  { source: "ReflectionPad3d(1)", inputs: [[1, 2, 2, 3, 2]] },
  { source: "ReflectionPad3d((2, 0, 1, 1, 0, 1))", inputs: [[2, 2, 2, 3]] },
  { source: "ReflectionPad3d((1, -1, -1, 2, 0, 1))", inputs: [[1, 1, 2, 3, 3]] },
]);

export const replicationPad1d: LayerRecord = pad("replication", "1d", [
  { source: "ReplicationPad1d(2)", inputs: [[2, 3, 4]] },
  { source: "ReplicationPad1d((7, 1))", inputs: [[2, 1]] },
  { source: "ReplicationPad1d((-4, 3))", inputs: [[1, 2, 4]] },
]);

export const replicationPad2d: LayerRecord = pad("replication", "2d", [
  { source: "ReplicationPad2d(3)", inputs: [[2, 2, 3, 2]] },
  { source: "ReplicationPad2d((2, 0, 1, 2))", inputs: [[2, 3, 4]] },
  { source: "ReplicationPad2d((-1, 2, 1, -2))", inputs: [[1, 2, 3, 4]] },
]);

export const replicationPad3d: LayerRecord = pad("replication", "3d", [
  { source: "ReplicationPad3d(1)", inputs: [[1, 2, 2, 3, 2]] },
  { source: "ReplicationPad3d((2, 0, 1, 1, 0, 1))", inputs: [[2, 2, 2, 3]] },
  { source: "ReplicationPad3d((1, -1, -1, 2, 0, 1))", inputs: [[1, 1, 2, 3, 3]] },
]);

export const circularPad1d: LayerRecord = pad("circular", "1d", [
  { source: "CircularPad1d(2)", inputs: [[2, 3, 4]] },
  { source: "CircularPad1d((3, 1))", inputs: [[2, 3]] },
  { source: "CircularPad1d((-1, 3))", inputs: [[1, 2, 4]], below: 9 },
]);

export const circularPad2d: LayerRecord = pad("circular", "2d", [
  { source: "CircularPad2d(1)", inputs: [[2, 2, 3, 2]] },
  { source: "CircularPad2d((2, 0, 1, 2))", inputs: [[2, 3, 4]] },
  { source: "CircularPad2d((-1, 2, 1, -2))", inputs: [[1, 2, 3, 4]] },
]);

export const circularPad3d: LayerRecord = pad("circular", "3d", [
  { source: "CircularPad3d(1)", inputs: [[1, 2, 2, 3, 2]] },
  { source: "CircularPad3d((2, 0, 1, 1, 0, 1))", inputs: [[2, 2, 2, 3]] },
  { source: "CircularPad3d((1, -1, -1, 2, 0, 1))", inputs: [[1, 1, 2, 3, 3]] },
]);

const modes: readonly PadMode[] = ["constant", "reflect", "replicate", "circular"];

function modeOf(args: Args): PadMode {
  return args["mode"] as PadMode;
}

function padSides(args: Args): readonly Sides[] {
  return sidesOf(list(args, "pad"));
}

export const padFunction: LayerRecord = layer({
  name: "Pad",
  doc: "pads the last axes with a number or with elements of the input; where a side is negative it takes away",
  shapes: "x: [..., H, W] -> [..., H + top + bottom, W + left + right] for pad=[left, right, top, bottom]",
  source: "torch.nn.functional.pad",
  args: { pad: { kind: "sizes" }, mode: choice(modes, "constant"), value: { ...float(0), optional: true } },
  inputs: ["x"],
  validate: (args) => {
    const count = list(args, "pad").length;
    if (!Array.isArray(args["pad"]) || count % 2 !== 0) return "pad is a list with two numbers for each axis";
    if (modeOf(args) === "constant") return undefined;
    if (number(args, "value") !== 0) return `mode ${modeOf(args)} takes no value`;
    return count >= 2 && count <= 6 ? undefined : `mode ${modeOf(args)} pads 1 to 3 axes, not ${count / 2}`;
  },
  accepts: (args) => {
    const count = list(args, "pad").length / 2;
    return modeOf(args) === "constant" ? aroundLast(count) : acceptsOf(suffixes[count - 1]!);
  },
  infer: ([x], args, context) => {
    const type = paddedType(x!, modeOf(args), padSides(args), context);
    return typeof type === "string" ? type : [type];
  },
  body: (inputs, context) => body(modeOf(context.args), padSides)(inputs, context),
  samples: [
    { source: "Pad([1, 2])", inputs: [[2, 3]] },
    { source: "Pad((1, 1, 0, 2), value=-1.5)", inputs: [[2, 2, 2]] },
    { source: "Pad([1, -1, 2, 0], 'reflect')", inputs: [[2, 3, 4]] },
    { source: "Pad([2, 1], mode='circular')", inputs: [[2, 2, 3]] },
    { source: "Pad([0, 4], mode='replicate')", inputs: [[2, 3]] },
    { source: "Pad([], value=3)", inputs: [[2]] },
  ],
});
