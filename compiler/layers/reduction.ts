/** Sums and means over axes. */
import { sizesOf, type Builder, type Tensor } from "../ir/build.ts";
import { extents, type Dim, type Dtype, type Shape } from "../ir/types.ts";
import { DECLARE, axisAt, axisIn, rankOf } from "./axes.ts";
import { bool, flag, ints, layer, list, typed } from "./record.ts";
import type { Args, LayerRecord, Sample } from "./record.ts";

/** The dims that are asked for; none stands for all, and so does the empty list. */
function dimsOf(args: Args): readonly number[] | undefined {
  const dims = args["dim"] === null ? [] : (list(args, "dim") as readonly number[]);
  return dims.length === 0 ? undefined : dims;
}

function reduction(
  name: string,
  doc: string,
  result: (dtype: Dtype) => Dtype,
  compute: (b: Builder, x: Tensor, axes: readonly number[]) => Tensor,
  samples: readonly Sample[],
): LayerRecord {
  return layer({
    name,
    doc,
    args: { dim: ints(null), keepdim: bool(false) },
    inputs: ["x"],
    infer: ([x], args) => {
      const shape = reduced(x!.shape, dimsOf(args), flag(args, "keepdim"));
      return typeof shape === "string" ? shape : [typed(result(x!.dtype), shape)];
    },
    body: ([x], { b, args, types }) => {
      const axes = dimsOf(args)?.map((dim) => axisIn(x!, dim)) ?? sizesOf(x!).map((_, axis) => axis);
      return [b.reshape(compute(b, b.cast(x!, types[0]!.dtype), axes), extents(types[0]!.shape))];
    },
    samples,
  });
}

function reduced(shape: Shape, dims: readonly number[] | undefined, keep: boolean): Shape | string {
  if (dims === undefined) {
    if (!keep) return [];
    return rankOf(shape) === undefined ? `how many sizes stay is unknown: ${DECLARE}` : shape.map(() => 1);
  }
  const axes = new Set<number>();
  for (const dim of dims) {
    const axis = axisAt(shape, dim);
    if (typeof axis === "string") return axis;
    if (axes.has(axis)) return `dim ${dim} appears twice`;
    axes.add(axis);
  }
  return shape.flatMap((dim, axis): Dim[] => (axes.has(axis) ? (keep ? [1] : []) : [dim]));
}

function samplesOf(name: string): Sample[] {
  return [
    { source: `${name}()`, inputs: [[2, 3]] },
    { source: `${name}(dim=1)`, inputs: [[2, 3, 2]] },
    { source: `${name}(dim=-1, keepdim=True)`, inputs: [[2, 5]] },
    { source: `${name}([0, 2])`, inputs: [[2, 3, 4]] },
    { source: `${name}()`, inputs: [[]] },
  ];
}

export const sum: LayerRecord = reduction(
  "Sum",
  "the sum over dim, a number or a list, or over all; that of integers is an integer",
  (dtype) => (dtype === "bool" ? "i32" : dtype),
  (b, x, axes) => b.reduce("sum", x, axes, "sum"),
  samplesOf("Sum"),
);

export const mean: LayerRecord = reduction(
  "Mean",
  "the mean over dim, a number or a list, or over all",
  (dtype) => (dtype === "f64" ? "f64" : "f32"),
  (b, x, axes) => b.mean(x, axes, "mean"),
  samplesOf("Mean"),
);
