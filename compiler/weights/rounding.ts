/** Rounds weights to floats of 16 bits, and measures the error of that. */
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "../../runtime/half.ts";
import type { Parameter } from "../ir/graph/graph.ts";
import { emptyRecord } from "../ir/text/identifiers.ts";
import type { State } from "./state.ts";

/** The formats in which floats of weights can be written. */
export type Floats = "f32" | "f16" | "bf16";

/** The effect of rounding on the weights. */
export interface Rounded {
  readonly floats: Exclude<Floats, "f32">;
  /** The number that changed most; absent if none changed. */
  readonly largest?: { readonly name: string; readonly from: number; readonly to: number };
  /** The root mean square of all changes, divided by that of the numbers. */
  readonly rms: number;
  /** How many numbers became 0. */
  readonly vanished: number;
}

/** The error for a number that a narrower format cannot hold. */
export abstract class UnheldNumber extends Error {
  readonly path: string;
  readonly value: number;

  constructor(path: string, value: number) {
    super(`${path} holds ${value}`);
    this.path = path;
    this.value = value;
  }
}

/** The error for a finite number that would become infinite. */
export class BeyondHalf extends UnheldNumber {
  override readonly name = "BeyondHalf";
}

/** The largest finite number of each format. */
export const LARGEST: Readonly<Record<"f16" | "bf16", number>> = { f16: 65504, bf16: 2 ** 128 - 2 ** 120 };

/**
 * Whether a tensor is written in half the bytes. Buffers never are: they are few, and a running variance may be
 * smaller than the smallest f16.
 */
export function isHalved({ role, type }: Parameter, floats: Floats): boolean {
  return floats !== "f32" && role === "param" && type.dtype === "f32";
}

/** The bits of the nearest numbers; ties go to the even one. */
export function toHalves(values: Float32Array, floats: Rounded["floats"]): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(values.length);
  (floats === "f16" ? toFloat16 : toBfloat16)(values, halves);
  return halves;
}

/** The state, in which the tensors that are written in half the bytes are rounded. Throws BeyondHalf. */
export function roundState(
  parameters: readonly Parameter[],
  state: State,
  floats: Rounded["floats"],
): { state: State; rounded: Rounded } {
  const made: State = Object.assign(emptyRecord(), state);
  let largest: Rounded["largest"];
  let [changes, sizes, vanished, most] = [0, 0, 0, 0];
  for (const parameter of parameters) {
    if (!isHalved(parameter, floats)) continue;
    const { path } = parameter;
    const data = state[path]!.data as Float32Array;
    const bytes = new Uint8Array(toHalves(data, floats).buffer);
    const after = floats === "f16" ? fromFloat16(bytes) : fromBfloat16(bytes);
    data.forEach((from, i) => {
      const to = after[i]!;
      if (!Number.isFinite(from)) return;
      if (!Number.isFinite(to)) throw new BeyondHalf(path, from);
      if (to === 0 && from !== 0) vanished++;
      const change = Math.abs(to - from);
      changes += change ** 2;
      sizes += from ** 2;
      if (change > most) {
        most = change;
        largest = { name: path, from, to };
      }
    });
    made[path] = { ...state[path]!, data: after };
  }
  const rms = changes === 0 ? 0 : Math.sqrt(changes / sizes);
  return { state: made, rounded: { floats, ...(largest && { largest }), rms, vanished } };
}
