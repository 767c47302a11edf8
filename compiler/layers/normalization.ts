/** Normalization over the axes of one sample: layers, groups, neighbouring channels. */
import type { Builder, Tensor } from "../ir/build.ts";
import { isRun, type Dim } from "../ir/types.ts";
import { wantDtype } from "./axes.ts";
import { bool, constant, flag, float, ints, layer, list, number, typed } from "./record.ts";
import type { Args, LayerRecord, ParameterSpec } from "./record.ts";
import { sizesOfType } from "./activation.ts";
import { lastSize } from "./linear.ts";

/** Mean and biased variance in two passes: one pass would cancel on data far from 0. */
export function statistics(
  b: Builder,
  x: Tensor,
  axes: readonly number[],
): { mean: Tensor; centred: Tensor; variance: Tensor } {
  const mean = b.mean(x, axes, "mean");
  const centred = b.sub(x, mean);
  return { mean, centred, variance: b.mean(b.mul(centred, centred), axes, "variance") };
}

/** 1 / sqrt(variance + eps) */
export function inverseDeviation(b: Builder, variance: Tensor, eps: number): Tensor {
  return b.div(1, b.map("sqrt", [b.add(variance, eps)]));
}

/** y * weight + bias, as far as they exist. */
export function affine(b: Builder, y: Tensor, weight: Tensor | undefined, bias: Tensor | undefined): Tensor {
  const scaled = weight ? b.mul(y, weight) : y;
  return bias ? b.add(scaled, bias) : scaled;
}

/** `weight` of ones and `bias` of zeros. */
export function affineParameters(shape: readonly number[], weight: boolean, bias: boolean): ParameterSpec[] {
  const common = { role: "param", dtype: "f32", shape } as const;
  return [
    ...(weight ? [{ name: "weight", ...common, init: constant(1) }] : []),
    ...(bias ? [{ name: "bias", ...common, init: constant(0) }] : []),
  ];
}

function normalizedShape(args: Args): readonly number[] {
  return list(args, "normalized_shape") as readonly number[];
}

export const layerNorm: LayerRecord = layer({
  name: "LayerNorm",
  doc: "(x - mean) / sqrt(variance + eps) over the last axes, then * weight + bias elementwise",
  args: {
    normalized_shape: { ...ints(), least: 1, infer: lastSize },
    eps: float(1e-5),
    elementwise_affine: bool(true),
    bias: bool(true),
  },
  inputs: ["x"],
  validate: (args) =>
    normalizedShape(args).length === 0 ? "normalized_shape must have at least one size" : undefined,
  accepts: (args) => [{ dtype: "f32", shape: ["...", ...normalizedShape(args)] }],
  parameters: (args) => {
    const weight = flag(args, "elementwise_affine");
    return affineParameters(normalizedShape(args), weight, weight && flag(args, "bias"));
  },
  infer: ([x], args, context) => {
    const wrong = wantDtype(x!, "f32");
    if (wrong !== undefined) return wrong;
    const wanted = normalizedShape(args);
    const reason =
      wanted.length === 1
        ? `the last size must be ${wanted[0]}`
        : `the last ${wanted.length} sizes must be ${wanted.join(", ")}`;
    const last: readonly Dim[] = x!.shape.slice(-wanted.length);
    if (last.length < wanted.length) return reason;
    for (const [i, dim] of last.entries()) {
      if (isRun(dim)) return `${reason}, and must be declared`;
      const differs = context.equal(dim, wanted[i]!, reason);
      if (differs !== undefined) return differs;
    }
    return [typed("f32", [...x!.shape.slice(0, -wanted.length), ...wanted])];
  },
  body: ([input], { b, args, parameters, types }) => {
    const sizes = sizesOfType(types[0]!);
    const x = b.reshape(input!, sizes);
    const count = normalizedShape(args).length;
    const axes = Array.from({ length: count }, (_, i) => sizes.length - count + i);
    const { centred, variance } = statistics(b, x, axes);
    const y = b.mul(centred, inverseDeviation(b, variance, number(args, "eps")));
    return [affine(b, y, parameters["weight"], parameters["bias"])];
  },
  samples: [
    { source: "LayerNorm(10)", inputs: [[2, 10]] },
    { source: "LayerNorm(5, eps=0)", inputs: [[5]] },
    { source: "LayerNorm([3, 4], 1e-3)", inputs: [[2, 3, 4]] },
    { source: "LayerNorm(4, elementwise_affine=False)", inputs: [[2, 3, 4]] },
    { source: "LayerNorm(4, bias=False)", inputs: [[3, 4]] },
  ],
});
