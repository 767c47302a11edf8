/** Entries without inputs: tensors made of nothing, which also are initial values of `param` and `buffer`. */
import type { Init } from "../ir/graph.ts";
import { add, floorDiv, sub, type Size } from "../ir/size.ts";
import { extents } from "../ir/types.ts";
import { constant, float, layer, list, number, size, typed } from "./record.ts";
import type { Args, ArgSpec, ArgValue, LayerRecord, Sample } from "./record.ts";

const sizes: ArgSpec = { kind: "sizes", rest: true, default: [] };

/** `Zeros(2, 3)` and `Zeros([2, 3])` mean the same. */
function sizesOfArgs(args: Args): readonly Size[] {
  return (list(args, "size") as readonly ArgValue[]).flatMap((value) => value as Size | readonly Size[]);
}

function negativeSize(args: Args): string | undefined {
  const wrong = sizesOfArgs(args).find((value): value is number => typeof value === "number" && value < 0);
  return wrong === undefined ? undefined : `${wrong} is not a size`;
}

function filled(
  name: string,
  doc: string,
  args: Readonly<Record<string, ArgSpec>>,
  value: (args: Args) => number,
  samples: readonly Sample[],
): LayerRecord {
  return layer({
    name,
    doc,
    args: { ...args, size: sizes },
    inputs: [],
    validate: negativeSize,
    init: (given): Init => constant(value(given)),
    infer: (_inputs, given) => [typed("f32", sizesOfArgs(given))],
    body: (_inputs, { b, args: given, types }) => [b.full(extents(types[0]!.shape), value(given))],
    samples,
  });
}

export const zeros: LayerRecord = filled("Zeros", "zeros", {}, () => 0, [
  { source: "Zeros(2, 3)", inputs: [] },
  { source: "Zeros([4])", inputs: [] },
  { source: "Zeros()", inputs: [] },
]);

export const ones: LayerRecord = filled("Ones", "ones", {}, () => 1, [
  { source: "Ones(2, 3)", inputs: [] },
  { source: "Ones(1)", inputs: [] },
  { source: "Ones()", inputs: [] },
]);

export const constantTensor: LayerRecord = filled(
  "Constant",
  "one value everywhere",
  { value: float() },
  (args) => number(args, "value"),
  [
    { source: "Constant(0.5, 2, 3)", inputs: [] },
    { source: "Constant(-1)", inputs: [] },
    { source: "Constant(2, 4)", inputs: [] },
  ],
);

export const normal: LayerRecord = layer({
  name: "Normal",
  doc: "normally distributed random numbers; the initial value of a param or buffer only",
  args: { mean: float(0), std: float(1), size: sizes },
  inputs: [],
  validate: (args) => (number(args, "std") < 0 ? "std must not be negative" : negativeSize(args)),
  init: (args): Init => ({ kind: "normal", mean: number(args, "mean"), std: number(args, "std") }),
  unsupported: () =>
    "as a tensor it needs random numbers at every call, which are not supported: use it as the initial value of a param or buffer",
  infer: (_inputs, args) => [typed("f32", sizesOfArgs(args))],
  body: () => {
    throw new Error("Normal has no body");
  },
  samples: [],
});

export const arange: LayerRecord = layer({
  name: "Arange",
  doc: "the integers from start up to, not including, end, by step",
  args: { start: size(0), end: size(), step: { kind: "int", default: 1, least: 1 } },
  inputs: [],
  arrange: (positional) => (positional.length === 1 ? ["end"] : ["start", "end", "step"]),
  infer: (_inputs, args, context) => {
    const [start, end] = [args["start"] as Size, args["end"] as Size];
    const step = number(args, "step");
    const length = sub(end, start);
    const wrong = context.atLeast(length, 0, "end must not be less than start");
    const count = step === 1 ? length : floorDiv(add(length, step - 1), step);
    return wrong ?? [typed("i32", [count])];
  },
  body: (_inputs, { b, args, types }) => {
    const sizesOfRange = extents(types[0]!.shape);
    const scaled = b.mul(b.iota(sizesOfRange, 0), number(args, "step"));
    return [b.add(scaled, b.constant(args["start"] as Size, "i32"))];
  },
  samples: [
    { source: "Arange(5)", inputs: [] },
    { source: "Arange(2, 7)", inputs: [] },
    { source: "Arange(1, 8, 3)", inputs: [] },
  ],
});
