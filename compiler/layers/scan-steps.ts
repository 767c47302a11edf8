/**
 * The parts of a loop of the language. A loop has no body in the graph of layers: its states and slices stand before the
 * layers of a step, and what is left of it behind them.
 */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import type { ScanLoop } from "../ir/graph/primitives.ts";
import { symbol, type Size } from "../ir/size/size.ts";
import { extent, type Shape, type TensorType } from "../ir/types.ts";
import { axisAt } from "./axes.ts";
import { bool, dimension, flag, int, layer, number, size, typed } from "./record.ts";
import type { ArgSpec, Args, LayerRecord } from "./record.ts";

const loopArgs: Readonly<Record<string, ArgSpec>> = {
  step: { kind: "string" },
  count: size(),
  reverse: bool(false),
};

function loopOf(args: Args): ScanLoop {
  return { step: args["step"] as string, count: args["count"] as Size, reverse: flag(args, "reverse") };
}

function part(
  rest: Pick<LayerRecord, "name" | "doc" | "shapes" | "infer" | "body"> & Partial<LayerRecord>,
): LayerRecord {
  return layer({ source: "", args: loopArgs, inputs: ["x"], hidden: true, samples: [], ...rest });
}

/** A state before each step: `index` is its number among the states of the loop. */
export const scanState: LayerRecord = part({
  name: "ScanState",
  doc: "a state before each step, which begins as x",
  shapes: "x: [...] -> the same",
  args: { ...loopArgs, index: int() },
  infer: ([x]) => [x!],
  body: ([x], { b, args }) => [b.carry(loopOf(args), number(args, "index"), x!)],
});

export const scanSlice: LayerRecord = part({
  name: "ScanSlice",
  doc: "what stands at the number of the step along dim",
  shapes: "x: [...] -> the same without the axis dim",
  args: { ...loopArgs, dim: dimension() },
  infer: ([x], args, context) => {
    const axis = axisAt(x!.shape, number(args, "dim"));
    if (typeof axis === "string") return axis;
    const unlike = context.equal(
      extent(x!.shape[axis]!),
      args["count"] as Size,
      "what is cut along dim must be equally long there",
    );
    return (
      unlike ?? [
        typed(
          x!.dtype,
          x!.shape.filter((_, i) => i !== axis),
        ),
      ]
    );
  },
  body: ([x], { b, args, types }) => [sliceAt(b, x!, args, types[0]!)],
});

function sliceAt(b: Builder, x: Tensor, args: Args, type: TensorType): Tensor {
  const sizes = sizesOf(x);
  const axis = axisAt(sizes, number(args, "dim")) as number;
  const at = symbol(loopOf(args).step);
  const starts = sizes.map((_, i): Size => (i === axis ? at : 0));
  const cut = b.slice(x, starts, sizes.map(() => 1), sizes.map((whole, i) => (i === axis ? 1 : whole))); // prettier-ignore
  return b.reshape(cut, type.shape.map(extent));
}

/** Inputs are what a step makes, and the state before it. */
export const scanNext: LayerRecord = part({
  name: "ScanNext",
  doc: "what a step makes of a state",
  shapes: "x: [...], state: [...] -> the same",
  inputs: ["x", "state"],
  args: { ...loopArgs, index: int() },
  infer: ([, state]) => [state!],
  body: ([x, state], { b, args }) => [b.afterStep(loopOf(args), number(args, "index"), x!, state!)],
});

/** Inputs are what a step makes, and the states of the loop, each with what a step makes of it. */
export const scanLast: LayerRecord = part({
  name: "ScanLast",
  doc: "a state after the last step",
  shapes: "x: [...] -> the same",
  variadic: true,
  args: { ...loopArgs, index: int() },
  infer: ([x]) => [x!],
  body: ([x, ...pairs], { b, args }) => [b.last(loopOf(args), number(args, "index"), x!, pairs)],
});

export const scanStack: LayerRecord = part({
  name: "ScanStack",
  doc: "what all steps make, along a new axis dim",
  shapes: "x: [...] -> the same with an axis dim",
  variadic: true,
  args: { ...loopArgs, dim: dimension() },
  infer: ([x], args) => {
    const whole: Shape = [args["count"] as Size, ...x!.shape];
    // A number of an axis means the same in the shape with the new axis, wherever that is.
    const axis = axisAt(whole, number(args, "dim"));
    if (typeof axis === "string") return axis;
    return [typed(x!.dtype, [...x!.shape.slice(0, axis), args["count"] as Size, ...x!.shape.slice(axis)])];
  },
  body: ([x, ...pairs], { b, args }) => {
    const all = b.stack(loopOf(args), x!, pairs);
    const axis = axisAt(sizesOf(all), number(args, "dim")) as number;
    const others = sizesOf(all)
      .map((_, i) => i)
      .slice(1);
    return [b.permute(all, [...others.slice(0, axis), 0, ...others.slice(axis)])];
  },
});
