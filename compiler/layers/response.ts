/** Response normalization divides each value by a power of the squares in neighbouring channels. */
import type { Builder, Tensor } from "../ir/graph/builder.ts";
import { sizesOf } from "../ir/graph/builder.ts";
import { extent } from "../ir/types.ts";
import { axisAt, wantAtLeast, wantDtype, wantRank } from "./axes.ts";
import { float, int, layer, number } from "./record.ts";
import type { Args, LayerRecord } from "./record.ts";

const args = { size: int(undefined, 1), alpha: float(1e-4), beta: float(0.75), k: float(1) };

const krizhevsky = "Krizhevsky et al., ImageNet classification with deep convolutional neural networks, 2012";

/** For each channel, the sum over a window of `size` channels that begins `before` channels ahead of it. */
function overChannels(b: Builder, x: Tensor, size: number, before: number): Tensor {
  const sizes = sizesOf(x);
  const windows = b.window(x, { axis: 1, size, stride: 1, dilation: 1, before, count: sizes[1]! });
  return b.reshape(b.reduce("sum", windows, [sizes.length], "sum"), sizes);
}

/** x / (k + alpha / size * sum) ** beta */
function damped(b: Builder, x: Tensor, sum: Tensor, args: Args): Tensor {
  const base = b.add(b.mul(sum, number(args, "alpha") / number(args, "size")), number(args, "k"));
  return b.div(x, b.map("pow", [base, number(args, "beta")]));
}

export const localResponseNorm: LayerRecord = layer({
  name: "LocalResponseNorm",
  doc: "divides each value by a power of the squares of `size` neighbouring channels",
  shapes: "x: [N, C, L, ...] -> the same",
  formula: "x / (k + alpha / size * sum of x^2 over channels c - size // 2 to c + (size - 1) // 2) ** beta",
  source: `torch.nn.LocalResponseNorm; ${krizhevsky}`,
  args,
  inputs: ["x"],
  accepts: () => [{ dtype: "f32", shape: ["N", "C", "L", "..."] }],
  infer: ([x]) => {
    const wrong = wantDtype(x!, "f32");
    if (wrong !== undefined) return wrong;
    const axis = axisAt(x!.shape, 1);
    return typeof axis === "string" ? axis : (wantAtLeast(x!.shape, 3, "f32[N, C, L]") ?? [x!]);
  },
  body: ([x], { b, args }) => {
    const size = number(args, "size");
    const before = Math.floor(size / 2); // for an even size, this side of the window is the longer
    return [damped(b, x!, overChannels(b, b.mul(x!, x!), size, before), args)];
  },
  samples: [
    { source: "LocalResponseNorm(2)", inputs: [[2, 5, 3]] },
    { source: "LocalResponseNorm(3, alpha=0.1, beta=0.5, k=2)", inputs: [[2, 4, 3, 2]] },
    { source: "LocalResponseNorm(7)", inputs: [[1, 3, 4]] },
    { source: "LocalResponseNorm(1)", inputs: [[2, 3, 2]] },
  ],
});

export const crossMapLRN2d: LayerRecord = layer({
  name: "CrossMapLRN2d",
  doc: "LocalResponseNorm as Torch7 had it: an even size counts as the odd one below, and channel 0 is in every window",
  shapes: "x: [N, C, H, W] -> the same",
  formula:
    "x / (k + alpha / size * sum of x^2 over channel 0 and channels c - h to c + h) ** beta, h = (size - 1) // 2",
  source: `torch.nn.CrossMapLRN2d; ${krizhevsky}`,
  args,
  inputs: ["x"],
  accepts: () => [{ dtype: "f32", shape: ["N", "C", "H", "W"] }],
  infer: ([x], _args, context) =>
    wantDtype(x!, "f32") ??
    wantRank(x!.shape, [4], "f32[N, C, H, W]") ??
    context.atLeast(extent(x!.shape[1]!), 1, "there must be at least 1 channel") ?? [x!],
  body: ([x], { b, args }) => {
    const sizes = sizesOf(x!);
    const half = Math.floor((number(args, "size") - 1) / 2);
    const squares = b.mul(x!, x!);
    const first = b.slice(squares, [0, 0, 0, 0], [1, 1, 1, 1], sizes.with(1, 1));
    // PyTorch's running sum never drops channel 0, so channel 0 is added for the channels from half + 1 on, whose
    // windows do not contain it.
    const beyond = b.map("lt", [half, b.reshape(b.iota([sizes[1]!], 0), [1, sizes[1]!, 1, 1])]);
    const sum = b.add(overChannels(b, squares, 2 * half + 1, half), b.select(beyond, first, 0));
    return [damped(b, x!, sum, args)];
  },
  samples: [
    { source: "CrossMapLRN2d(3)", inputs: [[2, 5, 2, 3]] },
    { source: "CrossMapLRN2d(2, alpha=0.5, beta=0.5, k=2)", inputs: [[1, 4, 3, 2]] },
    { source: "CrossMapLRN2d(4, 0.3, 1, 0.5)", inputs: [[2, 6, 1, 2]] },
    { source: "CrossMapLRN2d(9)", inputs: [[1, 3, 2, 2]] },
  ],
});
