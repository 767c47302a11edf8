/** What the losses share: their reduction, and the shapes and weights that go with their inputs. */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { isRun, sameDim, type Shape, type TensorType } from "../ir/types.ts";
import { DECLARE } from "./axes.ts";
import { negativeSize } from "./dims.ts";
import { choice, constant, ints, list, typed } from "./record.ts";
import type { ArgSpec, Args, ParameterSpec, ShapeContext } from "./record.ts";

/** What becomes of the losses: each for itself, their mean or their sum. */
export const reductionArg: ArgSpec = choice(["none", "mean", "sum"], "mean");

/** The type of the result, where `shape` is that of the losses before the reduction. */
export function lossType(shape: Shape, args: Args): readonly [TensorType] {
  return [typed("f32", args["reduction"] === "none" ? shape : [])];
}

export function reduceLoss(b: Builder, losses: Tensor, args: Args): Tensor {
  if (args["reduction"] === "none") return losses;
  const axes = sizesOf(losses).map((_, axis) => axis);
  const loss =
    args["reduction"] === "sum" ? b.reduce("sum", losses, axes, "loss") : b.mean(losses, axes, "loss");
  return b.reshape(loss, []);
}

/** Demands that a shape is another; the result is `reason` if it provably is not. */
export function wantShape(
  actual: Shape,
  wanted: Shape,
  context: ShapeContext,
  reason: string,
): string | undefined {
  if (actual.length !== wanted.length) return reason;
  for (const [i, dim] of actual.entries()) {
    const mine = wanted[i]!;
    if (isRun(dim) || isRun(mine)) {
      if (!sameDim(dim, mine)) return `${reason}: ${DECLARE}`;
    } else {
      const wrong = context.equal(dim, mine, reason);
      if (wrong !== undefined) return wrong;
    }
  }
  return undefined;
}

/** max(x, 0), and NaN for NaN. */
export function positivePart(b: Builder, x: Tensor): Tensor {
  return b.map("max", [x, 0]);
}

/** log(1 + exp(x)), which neither overflows nor loses small results. */
export function softplusOf(b: Builder, x: Tensor): Tensor {
  const small = b.map("exp", [b.map("neg", [b.map("abs", [x])])]);
  return b.add(positivePart(b, x), b.map("log1p", [small]));
}

/**
 * An argument that PyTorch gives a tensor. Here it is that tensor's shape, and the values come from the weights file, where
 * PyTorch's state dict has them as a buffer.
 */
export const weightShape: ArgSpec = ints(null);

/** The buffers that such arguments ask for, in their order. Without a weights file all weights are 1. */
export function weightBuffers(args: Args, ...names: readonly string[]): readonly ParameterSpec[] {
  return names
    .filter((name) => args[name] !== null)
    .map((name) => ({
      name,
      role: "buffer",
      dtype: "f32",
      shape: list(args, name) as readonly number[],
      init: constant(1),
    }));
}

/** Says what is wrong with the shapes that such arguments give, if anything is. */
export function wrongWeightShape(args: Args, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const wrong = args[name] === null ? undefined : negativeSize(list(args, name));
    if (wrong !== undefined) return `${name} is the shape of a buffer, and ${wrong}`;
  }
  return undefined;
}
