/** Floats as big-endian hex, which tells -0 and every last bit, and the fixtures that hold such. */
import { readFileSync } from "node:fs";

export function hex(values: ArrayLike<number>): string[] {
  const view = new DataView(new ArrayBuffer(4));
  return Array.from(values, (value) => {
    view.setFloat32(0, value);
    return view.getUint32(0).toString(16).padStart(8, "0");
  });
}

export function hex64(values: ArrayLike<number>): string[] {
  const view = new DataView(new ArrayBuffer(8));
  return Array.from(values, (value) => {
    view.setFloat64(0, value);
    return view.getBigUint64(0).toString(16).padStart(16, "0");
  });
}

export function unhex(values: readonly string[]): Float32Array {
  const view = new DataView(new ArrayBuffer(4));
  return Float32Array.from(values, (text) => {
    view.setUint32(0, Number.parseInt(text, 16));
    return view.getFloat32(0);
  });
}

/** A file of test/fixtures/runtime. */
export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/runtime/${name}.json`, import.meta.url), "utf8")) as T;
}

/** A tensor filled after `torch.manual_seed(seed)`. */
export interface Drawn {
  readonly seed: number;
  readonly shape: readonly number[];
  readonly hex: readonly string[];
}

type Values = Readonly<Record<"uniform" | "normal" | "scalar_normal" | "linear", readonly Drawn[]>> & {
  readonly truncated: readonly (Drawn & { readonly args: readonly [number, number, number, number] })[];
};

interface Initial<Args> {
  readonly args: Args;
  readonly uniform: Drawn;
  readonly normal: Drawn;
}

/** variants.json */
export interface Variants {
  /** The first uniform value, by seed. */
  readonly seeds: Readonly<Record<string, string>>;
  readonly fused: Values;
  readonly plain: Values;
  readonly init: {
    readonly kaiming: readonly Initial<readonly [a: number, mode: string, nonlinearity: string]>[];
    readonly xavier: readonly Initial<readonly [gain: number]>[];
  };
}
