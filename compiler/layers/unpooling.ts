/** The partial inverse of pooling by maximum: what it found goes back to where it was. */
import { sizesOf } from "../ir/graph/builder.ts";
import { add, mul, product, sub, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { extents, typeText, type TensorType } from "../ir/types.ts";
import { layer, list, typed } from "./record.ts";
import type { Args, LayerRecord, Sample, ShapeContext } from "./record.ts";
import { perAxis, formsOf, SPATIAL, wrongCount, type Suffix } from "./spatial.ts";
import { slidingOf, wantSpatial } from "./windows.ts";

/** The size of each spatial axis of the output, or the reason why it cannot be what `output_size` says. */
function unpooledSizes(args: Args, pooled: readonly Size[], context: ShapeContext): readonly Size[] | string {
  const sliding = slidingOf(args, pooled.length);
  const usual = sliding.map(({ size, stride, before, after }, i) =>
    add(mul(sub(pooled[i]!, 1), stride), size - before - after),
  );
  if (args["output_size"] === null) return usual;
  const wanted = list(args, "output_size").slice(-pooled.length);
  for (const [i, size] of wanted.entries()) {
    const [least, most] = [-1, 1].map((sign) => add(usual[i]!, sign * (sliding[i]!.stride - 1)));
    const reason = `output_size ${sizeText(size)} must be between ${sizeText(least!)} and ${sizeText(most!)}`;
    const wrong = context.atLeast(size, least!, reason) ?? context.atLeast(most!, size, reason);
    if (wrong !== undefined) return wrong;
  }
  return wanted;
}

function unpooled(
  [x, indices]: readonly TensorType[],
  suffix: Suffix,
  args: Args,
  context: ShapeContext,
): TensorType | string {
  const wrong = wantSpatial(x!, suffix, context);
  if (wrong !== undefined) return wrong;
  if (indices!.dtype !== "i32") return `the indices must be i32, not ${indices!.dtype}`;
  const differ = `the indices must have the sizes of x, which are those of ${typeText(x!)}`;
  const [own, others] = [extents(x!.shape), extents(indices!.shape)];
  if (own.length !== others.length) return differ;
  for (const [axis, size] of own.entries()) {
    const reason = context.equal(others[axis]!, size, differ);
    if (reason !== undefined) return reason;
  }
  const first = own.length - SPATIAL[suffix].length;
  const sizes = unpooledSizes(args, own.slice(first), context);
  if (typeof sizes === "string") return sizes;
  for (const [i, size] of sizes.entries()) {
    const reason = context.atLeast(
      size,
      1,
      `the output would have size ${sizeText(size)} at dim ${first + i}`,
    );
    if (reason !== undefined) return reason;
  }
  return typed(x!.dtype, [...own.slice(0, first), ...sizes]);
}

function maxUnpool(suffix: Suffix, samples: readonly Sample[]): LayerRecord {
  const count = SPATIAL[suffix].length;
  const [batched] = formsOf(suffix);
  return layer({
    name: `MaxUnpool${suffix}`,
    doc: "zeros, and each element of x where its index says; of several for one place the last; the call checks the indices",
    shapes: `x: ${batched}, indices: i32${batched} -> ${formsOf(suffix, "_out")[0]}; or all without the N`,
    formula: "y[n, c, indices[n, c, i]] = x[n, c, i], in the flat plane of output_size, else of (L - 1) * stride - 2 * padding + kernel_size", // prettier-ignore
    source: `torch.nn.MaxUnpool${suffix}`,
    args: {
      kernel_size: perAxis(undefined, 1),
      stride: perAxis(null, 1),
      padding: perAxis(0, 0),
      output_size: { kind: "sizes", default: null, optional: true },
    },
    inputs: ["x", "indices"],
    validate: (args) => {
      const given =
        args["stride"] === null ? ["kernel_size", "padding"] : ["kernel_size", "stride", "padding"];
      const wrong = wrongCount(args, given, count);
      if (wrong !== undefined || args["output_size"] === null) return wrong;
      const { length } = list(args, "output_size");
      const fits = Array.isArray(args["output_size"]) && (length === count || length === count + 2);
      return fits ? undefined : `output_size is a list of ${count}, or of all ${count + 2} sizes`;
    },
    infer: (inputs, args, context) => {
      const type = unpooled(inputs, suffix, args, context);
      return typeof type === "string" ? type : [type];
    },
    body: ([x, indices], { b, types }) => {
      const [own, shape] = [sizesOf(x!), extents(types[0]!.shape)];
      const flat = [product(own.slice(0, -count)), product(own.slice(-count))];
      const plane = product(shape.slice(-count));
      const planes = b.scatter(b.reshape(x!, flat), b.reshape(indices!, flat), plane, { batch: 1 });
      return [b.reshape(planes, shape)];
    },
    samples,
  });
}

export const maxUnpool1d: LayerRecord = maxUnpool("1d", [
  { source: "MaxUnpool1d(2)", inputs: [[2, 3, 4], [2, 3, 4]], dtypes: ["f32", "i32"], below: 8 },
  { source: "MaxUnpool1d(3, 2, 1, output_size=[6])", inputs: [[2, 3], [2, 3]], dtypes: ["f32", "i32"], below: 6 },
  { source: "MaxUnpool1d(1, 3)", inputs: [[1, 1, 1], [1, 1, 1]], dtypes: ["f32", "i32"], below: 1 },
]); // prettier-ignore

export const maxUnpool2d: LayerRecord = maxUnpool("2d", [
  { source: "MaxUnpool2d(2)", inputs: [[2, 2, 2, 3], [2, 2, 2, 3]], dtypes: ["f32", "i32"], below: 24 },
  { source: "MaxUnpool2d((2, 3), (2, 1))", inputs: [[3, 2, 2], [3, 2, 2]], dtypes: ["f32", "i32"], below: 16 },
  { source: "MaxUnpool2d(2, output_size=[5, 4])", inputs: [[1, 2, 2, 2], [1, 2, 2, 2]], dtypes: ["f32", "i32"], below: 20 },
]); // prettier-ignore

export const maxUnpool3d: LayerRecord = maxUnpool("3d", [
  { source: "MaxUnpool3d(2)", inputs: [[1, 2, 1, 2, 2], [1, 2, 1, 2, 2]], dtypes: ["f32", "i32"], below: 32 },
  { source: "MaxUnpool3d((1, 2, 2), 2)", inputs: [[2, 2, 1, 2], [2, 2, 1, 2]], dtypes: ["f32", "i32"], below: 24 },
  { source: "MaxUnpool3d(1)", inputs: [[1, 1, 2, 2, 1], [1, 1, 2, 2, 1]], dtypes: ["f32", "i32"], below: 4 },
]); // prettier-ignore
