/** Helpers of the activations: a record for a function of each element, and samples of several ranks. */
import { castTo } from "../ir/maps/apply-map.ts";
import { dtypeOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { isHeld, isInteger, type Dtype } from "../ir/dtype.ts";
import { numberText, type TensorType } from "../ir/types.ts";
import { wantDtype } from "./axes.ts";
import { bool, layer, typed } from "./record.ts";
import type { ArgSpec, Args, LayerRecord, Mode, Sample } from "./record.ts";

export const ANY = [{ dtype: "f32", shape: ["..."] }] as const;

export const inplace: ArgSpec = { ...bool(false), idle: true };

interface Elementwise extends Pick<LayerRecord, "name" | "doc" | "formula" | "validate" | "unsupported"> {
  /** The paper that proposed it, which `source` names after the class of torch.nn. */
  readonly paper?: string;
  readonly args?: LayerRecord["args"];
  /** The dtypes of the input that are accepted. Where it is absent, only f32 is. */
  readonly takes?: readonly Dtype[];
  /** Inputs of every dtype become f32. Where it is absent, the result has the input's dtype. */
  readonly converts?: true;
  /** Says why these arguments cannot be used with the input's dtype, if they cannot. */
  readonly refuses?: (x: TensorType, args: Args) => string | undefined;
  readonly compute: (b: Builder, x: Tensor, args: Args, mode: Mode) => Tensor;
  readonly samples: readonly Sample[];
}

export function elementwise(spec: Elementwise): LayerRecord {
  const { paper, args = {}, takes = ["f32"], converts, refuses, compute, ...rest } = spec;
  const input = takes.length === 1 ? "[...]" : takes.map((dtype) => `${dtype}[...]`).join(" or ");
  return layer({
    ...rest,
    shapes: `x: ${input} -> ${takes.length === 1 ? "[...]" : converts ? "f32[...]" : "the same"}`,
    source: `torch.nn.${spec.name}${paper === undefined ? "" : `; ${paper}`}`,
    args,
    inputs: ["x"],
    accepts: () => ANY,
    infer: ([x], given) => {
      const wrong = wantDtype(x!, ...takes) ?? refuses?.(x!, given);
      return wrong ?? [converts ? typed("f32", x!.shape) : x!];
    },
    body: ([x], { b, args: given, mode, types }) => [compute(b, b.cast(x!, types[0]!.dtype), given, mode)],
  });
}

/** Makes samples of each call, on inputs of rank 1 to 3. */
export function samplesOf(...sources: readonly string[]): Sample[] {
  return sources.flatMap((source) => [[7], [2, 5], [2, 3, 4]].map((shape) => ({ source, inputs: [shape] })));
}

/** Makes samples of each call, on whole numbers from 0 to 8. */
export function wholeSamplesOf(...sources: readonly string[]): Sample[] {
  return sources.map((source) => ({ source, inputs: [[2, 5]], below: 9 }));
}

/**
 * low where x < low, high where x > high, else x. NaN and zeros of either sign stay as they are, as in PyTorch.
 */
export function clampTo(b: Builder, x: Tensor, low: number, high: number): Tensor {
  const capped = b.select(b.map("lt", [high, x]), high, x);
  return b.select(b.map("lt", [x, low]), low, capped);
}

/**
 * An argument that elements are compared with or replaced by, rounded as the elements are: to f32, or to a whole
 * number for an integer dtype.
 */
export function elementNumber(x: Tensor, value: number): number {
  return castTo(dtypeOf(x), value);
}

/**
 * For integer inputs these arguments must lie in the range of the dtype. Gives a reason that names the first that
 * does not.
 */
export function beyondIntegers(
  { dtype }: TensorType,
  values: Readonly<Record<string, number>>,
): string | undefined {
  if (!isInteger(dtype)) return undefined;
  const wrong = Object.entries(values).find(([, value]) => !isHeld(dtype, Math.trunc(value)));
  return wrong && `${wrong[0]}=${numberText(wrong[1])} is beyond the range of ${dtype}`;
}
