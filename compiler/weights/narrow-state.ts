/** Brings weights into the form in which a plan holds them: f16, or i8 with scales. */
import { fromFloat16, toFloat16 } from "../../runtime/half.ts";
import type { HeldTensor } from "../../runtime/model.ts";
import type { Tensor } from "../../runtime/tensor.ts";
import { isNarrow, type NarrowDtype } from "../ir/dtype.ts";
import { scalePath, type Parameter } from "../ir/graph/graph.ts";
import { emptyRecord } from "../ir/text/identifiers.ts";
import { BeyondHalf, UnheldNumber } from "./rounding.ts";
import { parameterShape, type State } from "./state.ts";

/** As what weights may lie in memory, as users say it. */
export type WeightsAs = "f16" | "int8";

/** The dtype for each of these. */
export const narrowDtypes: { readonly [W in WeightsAs]: NarrowDtype } = { f16: "f16", int8: "i8" };

export type HeldState = Record<string, HeldTensor>;

/** The effect of narrow storage on the weights that have it. */
export interface Narrowed {
  /** Whether there are such weights. */
  readonly any: boolean;
  /** The largest change of a weight, as a share of the largest weight of its tensor. */
  readonly largest?: { readonly name: string; readonly share: number };
  /** The root mean square of all changes, divided by that of the weights. */
  readonly rms: number;
}

/** The error for a weight that is infinite or NaN. */
export class NotFinite extends UnheldNumber {
  override readonly name = "NotFinite";
}

export interface NarrowResult {
  /** What a model of the plan holds. */
  readonly held: HeldState;
  /** The values of the net's own parameters, as they are after rounding. */
  readonly state: State;
  readonly narrowed: Narrowed;
}

/** The least f16 above 0 that is not subnormal. */
const LEAST_NORMAL = 2 ** -14;

/** The largest number of an i8 that has its negative. */
const LARGEST_I8 = 127;

/** Throws BeyondHalf or NotFinite. `parameters` are those of the plan, with scales behind the weights to which they belong. */
export function narrowState(parameters: readonly Parameter[], state: State): NarrowResult {
  const held: HeldState = emptyRecord();
  const rounded: State = Object.assign(emptyRecord(), state);
  let largest: Narrowed["largest"];
  let [changes, sizes] = [0, 0];
  const byPath = new Map(parameters.map((parameter) => [parameter.path, parameter]));
  for (const { path, type } of parameters) {
    const { dtype } = type;
    // The scales stand there already.
    if (held[path]) continue;
    const given = state[path]!;
    if (!isNarrow(dtype)) {
      held[path] = given as HeldTensor;
      continue;
    }
    const data = given.data as Float32Array;
    const wrong = data.find((value) => !Number.isFinite(value));
    if (wrong !== undefined) throw new NotFinite(path, wrong);
    const after =
      dtype === "f16" ? toF16(path, given, held) : toI8(given, byPath.get(scalePath(path))!, path, held);
    rounded[path] = { dtype: dtype === "f16" ? "f32" : "f64", shape: given.shape, data: after };
    let [most, size] = [0, 0];
    data.forEach((from, i) => {
      const change = Math.abs(after[i]! - from);
      changes += change ** 2;
      sizes += from ** 2;
      most = Math.max(most, change);
      size = Math.max(size, Math.abs(from));
    });
    if (most > 0 && most / size > (largest?.share ?? 0)) largest = { name: path, share: most / size };
  }
  const any = parameters.some(({ type }) => isNarrow(type.dtype));
  const rms = changes === 0 ? 0 : Math.sqrt(changes / sizes);
  return { held, state: rounded, narrowed: { any, ...(largest && { largest }), rms } };
}

/**
 * The nearest f16, and below 2^-14 that or 0: there an f16 is subnormal, and so is what kernels make of it first. Processors take a
 * hundred times as long for such numbers, or 0 in their place, as those of audio threads do.
 */
function toF16(path: string, { shape, data }: Tensor, held: HeldState): Float32Array {
  const halves = new Uint16Array(data.length);
  const normal = (data as Float32Array).map((value) => {
    const size = Math.abs(value);
    return size >= LEAST_NORMAL ? value : size > LEAST_NORMAL / 2 ? Math.sign(value) * LEAST_NORMAL : 0;
  });
  toFloat16(normal, halves);
  const values = fromFloat16(new Uint8Array(halves.buffer));
  const beyond = values.findIndex((value) => !Number.isFinite(value));
  if (beyond >= 0) throw new BeyondHalf(path, data[beyond] as number);
  held[path] = { dtype: "f16", shape, data: new Int16Array(halves.buffer) };
  return values;
}

/** Each row is the scale times whole numbers from -127 to 127, the largest of which is that of the largest weight. */
function toI8({ shape, data }: Tensor, scale: Parameter, path: string, held: HeldState): Float64Array {
  const scaled = parameterShape(scale);
  const axis = scaled.findIndex((size, at) => size === shape[at] && size !== 1);
  const rows = axis < 0 ? 1 : shape[axis]!;
  // The elements of a row follow each other in runs of this length.
  const run = axis < 0 ? data.length : shape.slice(axis + 1).reduce((n, size) => n * size, 1);
  const rowOf = (i: number): number => Math.floor(i / run) % rows;
  const scales = new Float32Array(rows);
  const weights = data as Float32Array;
  weights.forEach((value, i) => (scales[rowOf(i)] = Math.max(scales[rowOf(i)]!, Math.abs(value))));
  scales.forEach((most, row) => (scales[row] = most / LARGEST_I8));
  const numbers = new Int8Array(data.length);
  const values = new Float64Array(data.length);
  weights.forEach((value, i) => {
    const own = scales[rowOf(i)]!;
    // A row whose scale is too small for a float32 has no numbers but 0.
    const nearest = own === 0 ? 0 : Math.round(value / own);
    numbers[i] = Math.max(-LARGEST_I8, Math.min(LARGEST_I8, nearest));
    values[i] = numbers[i] * own;
  });
  held[path] = { dtype: "i8", shape, data: numbers };
  held[scale.path] = { dtype: "f32", shape: scaled, data: scales };
  return values;
}
