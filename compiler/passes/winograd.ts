/**
 * Computes convolutions of 3 x 3 in tiles of 4 x 4 results, by Winograd's minimal filtering F(4 x 4, 3 x 3): a tile of 6 x 6 inputs
 * is transformed to 6 x 6 numbers, each of which is multiplied by one of the transformed weights, and the sums over channels are
 * transformed to results. That takes 36 multiplications a tile and pair of channels in place of 144. Results differ from those
 * of the plain sums by rounding, to about twice as much. An infinity or NaN makes all of its tile NaN.
 * Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015.
 */
import { sizesOf, type Builder, type Tensor, type TensorGraph } from "../ir/graph/builder.ts";
import { add, floorDiv, mul, sub, type Size } from "../ir/size/size.ts";
import { narrowStorage } from "../ir/graph/views.ts";
import { ParameterOnly, rewrite } from "./rewrite.ts";
import { transforms, type Matrix } from "./winograd/transforms.ts";
import type { Pass } from "./pass.ts";

/** Fewer channels do not pay for the transformations. */
const MIN_CHANNELS = 16;

/** Transformed weights are four times as many. Beyond this number they take longer to read than is saved. */
const MAX_WEIGHTS = 9 * 256 * 256;

/** The results of a tile along an axis, and the inputs that they need. */
const RESULTS = 4;
const INPUTS = 6;

export const winograd: Pass<TensorGraph, TensorGraph> = {
  name: "winograd",
  order: [
    { after: "pad", because: "it looks for windows that lie inside of their tensor" },
    { before: "split", because: "weights are transformed in `prepare`" },
  ],
  run(graph, { target }) {
    if (!target.winograd) return graph;
    const parameterOnly = new ParameterOnly(graph);
    return rewrite(graph, (b, { op, inputs }, old) => {
      if (op.kind !== "contract") return undefined;
      const weights = old.inputs[1]!.node;
      const isWide = parameterOnly.has(weights) && narrowStorage(weights) === undefined;
      const isWeight = isWide && !parameterOnly.has(old.inputs[0]!.node);
      const convolution = isWeight ? convolutionOf(op.labels, inputs) : undefined;
      return convolution && inTiles(b, convolution);
    });
  },
};

/** A convolution of 3 x 3 windows in steps of 1. */
interface Convolution {
  /** (batch, channels, height + 2, width + 2) */
  readonly x: Tensor;
  /** (results, channels, 3, 3) */
  readonly weights: Tensor;
}

type Labels = readonly number[];

function convolutionOf(
  [left, right, result]: readonly [Labels, Labels, Labels],
  [windows, weights]: readonly Tensor[],
): Convolution | undefined {
  const source = unwindowed(windows!, 3);
  const x = source && unwindowed(source, 2);
  if (!x || sizesOf(x).length !== 4) return undefined;
  const [n, c, h, w, i, j] = left as [number, number, number, number, number, number];
  const [o, ...own] = right as [number, ...number[]];
  const isPlain =
    right.length === 4 && own.join() === [c, i, j].join() && result.join() === [n, o, h, w].join();
  const [results, channels] = sizesOf(weights!) as [Size, Size];
  const isLarge = [results, channels].every((size) => typeof size === "number" && size >= MIN_CHANNELS);
  if (!isPlain || !isLarge || 9 * (results as number) * (channels as number) > MAX_WEIGHTS) return undefined;
  return { x, weights: weights! };
}

/** What a window of 3 along an axis, in steps of 1 and inside of the tensor, is a window of. */
function unwindowed({ node: { op, inputs } }: Tensor, axis: number): Tensor | undefined {
  if (op.kind !== "window" || op.axis !== axis) return undefined;
  const isPlain = op.size === 3 && op.stride === 1 && op.dilation === 1 && op.before === 0;
  return isPlain ? inputs[0]! : undefined;
}

function inTiles(b: Builder, { x, weights }: Convolution): Tensor {
  const [n, , height, width] = sizesOf(x) as [Size, Size, Size, Size];
  const [o] = sizesOf(weights) as [Size];
  const { input, filter, output } = transforms;
  const [h, w] = [sub(height, 2), sub(width, 2)];
  const [rows, columns] = [h, w].map((size) => floorDiv(add(size, RESULTS - 1), RESULTS)) as [Size, Size];
  // (6, n, c, rows, width), then (6, 6, n, c, rows, columns)
  const whole = extended(
    b,
    x,
    [rows, columns].map((count) => add(mul(count, RESULTS), 2)),
  );
  const tiles = transformed(b, transformed(b, whole, { by: input, axis: 2, step: RESULTS, count: rows }), {
    by: input,
    axis: 4,
    step: RESULTS,
    count: columns,
  });
  // (6, o, c, 3, 1), then (6, 6, o, c, 1, 1)
  const filters = transformed(b, transformed(b, weights, { by: filter, axis: 2, step: 3, count: 1 }), {
    by: filter,
    axis: 4,
    step: 3,
    count: 1,
  });
  const [, , , c] = sizesOf(tiles) as [Size, Size, Size, Size];
  const products = b.make(
    {
      kind: "contract",
      labels: [
        [0, 1, 2, 3, 4, 5],
        [0, 1, 6, 3],
        [0, 1, 2, 6, 4, 5],
      ],
    },
    [tiles, b.reshape(filters, [INPUTS, INPUTS, o, c])],
    { dtype: "f32", shape: [INPUTS, INPUTS, n, o, rows, columns] },
  );
  // (4, 6, n, o, rows, columns), the rows of whose first axis are those of results, then (n, o, rows, 4, columns, 4)
  const lines = combined(b, products, output, 1, 0);
  const image = combined(b, b.permute(lines, [1, 2, 3, 4, 0, 5]), output, 0, 5);
  const full = b.reshape(image, [n, o, mul(rows, RESULTS), mul(columns, RESULTS)]);
  return b.slice(full, [0, 0, 0, 0], [1, 1, 1, 1], [n, o, h, w]);
}

/** The tensor with zeros at the ends of its last two axes, so that it has whole tiles. */
function extended(b: Builder, x: Tensor, ends: readonly Size[]): Tensor {
  const source = x.node.op.kind === "copy" ? x.node.inputs[0]! : x;
  const padded = b.pad(source, [...sizesOf(x).slice(0, 2), ...ends], { before: [0, 0, 0, 0] });
  return b.make({ kind: "copy" }, [padded], padded.node.types[0]!, x.node.hint);
}

/** The products of a matrix with windows along an axis, each in a new first axis: their places are `step` apart. */
function transformed(
  b: Builder,
  x: Tensor,
  { by, axis, step, count }: { by: Matrix; axis: number; step: number; count: Size },
): Tensor {
  const own = sizesOf(x);
  const shape = own.with(axis, count);
  const steps = own.map((_, i) => (i === axis ? step : 1));
  const parts = by[0]!.map((_, place) => {
    const starts = own.map((_, i) => (i === axis ? place : 0));
    return b.slice(x, starts, steps, shape);
  });
  return b.concat(
    by.map((row) => b.reshape(linear(b, row, parts), [1, ...shape])),
    0,
  );
}

/** The products of a matrix with an axis, which goes; they lie along a new axis `to` of the others. */
function combined(b: Builder, x: Tensor, by: Matrix, axis: number, to: number): Tensor {
  const own = sizesOf(x);
  const shape = own.toSpliced(axis, 1);
  const steps = own.map(() => 1);
  const parts = by[0]!.map((_, place) => {
    const starts = own.map((_, i) => (i === axis ? place : 0));
    return b.reshape(b.slice(x, starts, steps, own.with(axis, 1)), shape);
  });
  return b.concat(
    by.map((row) => b.reshape(linear(b, row, parts), shape.toSpliced(to, 0, 1))),
    to,
  );
}

/** The sum of tensors times numbers. */
function linear(b: Builder, factors: readonly number[], parts: readonly Tensor[]): Tensor {
  const terms = parts.flatMap((part, i) => {
    const factor = factors[i]!;
    return factor === 0 ? [] : [factor === 1 ? part : b.mul(part, factor)];
  });
  return terms.reduce((sum, term) => b.add(sum, term));
}
