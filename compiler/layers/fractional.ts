/**
 * Pooling over windows whose steps are random and, on average, no whole number. The random numbers are an input, or are drawn by
 * each run, in eval mode, too.
 */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { add, mul, product, sub, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { extents, type TensorType } from "../ir/types.ts";
import { bool, flag, layer, typed } from "./record.ts";
import type { Args, LayerRecord, Sample, ShapeContext } from "./record.ts";
import { placesOf } from "./places.ts";
import { acceptsOf, perAxis, formsOf, alongAxes, SPATIAL, wrongCount, type Suffix } from "./spatial.ts";
import { lastOf, positions, wantSpatial } from "./windows.ts";

type Ratio = number | readonly number[];

/** The ratios of the sizes of the output to those of the input, if they are given. */
function ratiosOf(args: Args, count: number): readonly number[] | undefined {
  const given = args["output_ratio"] as Ratio | null;
  if (given === null) return undefined;
  return typeof given === "number" ? Array.from({ length: count }, () => given) : given;
}

function wrongRatio(args: Args, count: number): string | undefined {
  const ratios = ratiosOf(args, count);
  if (ratios === undefined) return undefined;
  const fits = Array.isArray(ratios) && ratios.length === count;
  if (!fits || ratios.some((ratio) => typeof ratio !== "number"))
    return `output_ratio is a number or a list of ${count}`;
  const wrong = ratios.find((ratio) => !(ratio > 0 && ratio < 1));
  return wrong === undefined ? undefined : `output_ratio must be between 0 and 1, not ${wrong}`;
}

function outputSizes(args: Args, whole: readonly Size[]): readonly Size[] | string {
  const ratios = ratiosOf(args, whole.length);
  if (ratios === undefined) return alongAxes(args, "output_size", whole.length);
  const sizes: Size[] = [];
  for (const [i, size] of whole.entries()) {
    if (typeof size !== "number") {
      return `output_ratio wants sizes that are known when it is compiled, not ${sizeText(size)}: give output_size`;
    }
    sizes.push(Math.floor(size * ratios[i]!));
  }
  return sizes;
}

function pooled(
  [x, samples]: readonly TensorType[],
  suffix: Suffix,
  args: Args,
  context: ShapeContext,
): TensorType | string {
  const count = SPATIAL[suffix].length;
  const wrong = wantSpatial(x!, suffix, context);
  if (wrong !== undefined) return wrong;
  const sizes = extents(x!.shape);
  const first = sizes.length - count;
  const outputs = outputSizes(args, sizes.slice(first));
  if (typeof outputs === "string") return outputs;
  const kernel = alongAxes(args, "kernel_size", count);
  for (const [i, output] of outputs.entries()) {
    const [whole, axis] = [sizes[first + i]!, first + i];
    const none = context.atLeast(output, 1, `the output would have size ${sizeText(output)} at dim ${axis}`);
    const reason = `its size ${sizeText(whole)} at dim ${axis} has no room for ${sizeText(output)} windows of ${kernel[i]}`;
    const fits = none ?? context.atLeast(whole, add(output, kernel[i]! - 1), reason);
    if (fits !== undefined) return fits;
  }
  const result = typed(x!.dtype, [...sizes.slice(0, first), ...outputs]);
  if (!samples) return result;
  const given = extents(samples.shape);
  const demand = `the samples must be f32[${["N", "C", count].join(", ")}] with the N and C of x, the former 1 where it has no batch axis`;
  if (samples.dtype !== "f32" || given.length !== 3) return demand;
  const wanted = [...(first === 2 ? sizes.slice(0, 2) : [1, sizes[0]!]), count];
  for (const [axis, size] of wanted.entries()) {
    const reason = context.equal(given[axis]!, size, demand);
    if (reason !== undefined) return reason;
  }
  return result;
}

/**
 * Where the windows along one axis start: window i at floor((i + sample) * step) - floor(sample * step), and the last one
 * at the end, with step = (size - kernel) / (windows - 1). `samples` has one number for each plane.
 */
function starts(b: Builder, samples: Tensor, whole: Size, kernel: number, windows: number): Tensor {
  const free = sub(whole, kernel);
  const end = b.constant(free, "i32");
  const i = positions(b, windows, 1, 2);
  if (windows === 1) return b.broadcast(end, [sizesOf(samples)[0]!, 1]);
  const step = b.div(b.constant(free), windows - 1);
  const floored = (value: Tensor): Tensor => b.cast(b.mul(value, step), "i32");
  const start = b.sub(floored(b.add(samples, i)), floored(samples));
  // Numbers that are not from 0 to 1 could lead out of the plane.
  const inside = b.map("min", [b.map("max", [start, 0]), end]);
  return b.select(b.map("lt", [i, windows - 1]), inside, end);
}

/** For each window of a plane the position of each of its elements: [planes, …windows, …kernel]. */
function windowPositions(
  b: Builder,
  samples: Tensor,
  whole: readonly Size[],
  kernel: readonly number[],
  windows: readonly number[],
): Tensor {
  const count = whole.length;
  const planes = sizesOf(samples)[0]!;
  // PyTorch draws the numbers of two axes from the last one on, and those of three from the first one on.
  const columns = Array.from({ length: count }, (_, i) => (count === 2 ? count - 1 - i : i));
  return columns.reduce<Tensor>(
    (flat, column, i) => {
      const own = b.slice(samples, [0, column], [1, 1], [planes, 1]);
      const from = starts(b, own, whole[i]!, kernel[i]!, windows[i]!);
      const along = b.reshape(from, [
        planes,
        ...windows.map((size, axis) => (axis === i ? size : 1)),
        ...kernel.map(() => 1),
      ]);
      const inside = positions(b, kernel[i]!, 1 + count + i, 1 + 2 * count);
      return b.add(b.mul(flat, b.constant(whole[i]!, "i32")), b.add(along, inside));
    },
    b.constant(0, "i32"),
  );
}

function fractionalMaxPool(suffix: Suffix, samples: readonly Sample[]): LayerRecord {
  const count = SPATIAL[suffix].length;
  const [batched] = formsOf(suffix);
  const name = `FractionalMaxPool${suffix}`;
  return layer({
    name,
    doc: "the largest element of each of output_size windows, whose steps come from random samples; NaN wins",
    shapes: `x: ${batched}, _random_samples: [N, C, ${count}] -> [N, C, *output_size]; or x and the result without the N`,
    formula:
      "max(x[s : s + kernel_size]), s = floor((i + sample) * step) - floor(sample * step), step = (L - kernel_size) / (output_size - 1), the last at the end",
    source: `torch.nn.${name}; Graham, arXiv:1412.6071`,
    args: {
      kernel_size: perAxis(undefined, 1),
      output_size: perAxis(null, 1),
      output_ratio: { kind: "any", default: null },
      return_indices: bool(false),
    },
    inputs: ["x", "_random_samples"],
    required: 1,
    outputs: ["output", "indices"],
    auxiliary: true,
    validate: (args) => {
      if ((args["output_size"] === null) === (args["output_ratio"] === null))
        return "it wants one of output_size and output_ratio";
      const sizes = ["kernel_size", ...(args["output_size"] === null ? [] : ["output_size"])];
      return wrongCount(args, sizes, count) ?? wrongRatio(args, count);
    },
    // With output_ratio the sizes of the input must be known.
    accepts: (args) => (args["output_size"] === null ? [] : acceptsOf(suffix)),
    infer: (inputs, args, context) => {
      const type = pooled(inputs, suffix, args, context);
      if (typeof type === "string") return type;
      return flag(args, "return_indices") ? [type, typed("i32", type.shape)] : [type];
    },
    body: ([x, given], { b, args, types }) => {
      const [own, shape] = [sizesOf(x!), extents(types[0]!.shape)];
      const whole = own.slice(-count);
      const planes = product(own.slice(0, -count));
      const kernel = alongAxes(args, "kernel_size", count);
      const windows = shape.slice(-count) as readonly number[];
      const samples = given ?? b.random("uniform", [planes, count], [0, 1]);
      const drawn = b.reshape(samples, [planes, count]);
      const at = windowPositions(b, drawn, whole, kernel, windows);
      const rank = sizesOf(at).length;
      const plane = b.mul(positions(b, planes, 0, rank), b.constant(product(whole), "i32"));
      const elements = b.gather(b.reshape(x!, [mul(planes, product(whole))]), b.add(plane, at), {
        checked: false,
      });
      const inside = lastOf(elements, count);
      const largest = b.reduce("max", elements, inside, "maximum");
      const places = flag(args, "return_indices") ? [placesOf(b, elements, largest, at, inside)] : [];
      return [largest, ...places].map((result) => b.reshape(result, shape));
    },
    samples,
  });
}

export const fractionalMaxPool2d: LayerRecord = fractionalMaxPool("2d", [
  { source: "FractionalMaxPool2d(2, output_size=3)", inputs: [[2, 2, 5, 6], [2, 2, 2]] },
  { source: "FractionalMaxPool2d((2, 3), (1, 2), return_indices=True)", inputs: [[2, 4, 5], [1, 2, 2]] },
  { source: "FractionalMaxPool2d(1, output_ratio=[0.5, 0.75])", inputs: [[1, 2, 4, 4], [1, 2, 2]] },
  { source: "FractionalMaxPool2d(2, (2, 3))", inputs: [[2, 3, 5, 6]] },
]); // prettier-ignore

export const fractionalMaxPool3d: LayerRecord = fractionalMaxPool("3d", [
  { source: "FractionalMaxPool3d(2, output_size=(2, 1, 3))", inputs: [[1, 2, 3, 2, 5], [1, 2, 3]] },
  { source: "FractionalMaxPool3d(2, 2, None, True)", inputs: [[2, 3, 4, 3], [1, 2, 3]] },
  { source: "FractionalMaxPool3d((1, 2, 1), output_ratio=0.5)", inputs: [[1, 1, 4, 4, 2], [1, 1, 3]] },
  { source: "FractionalMaxPool3d(2, 2)", inputs: [[2, 3, 4, 5]] },
]); // prettier-ignore
