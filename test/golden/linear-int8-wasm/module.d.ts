// nnc 0.1.0: source.nn, sha256 7d298d98
// Generated: do not edit.
/* eslint-disable */

export interface Tensor<Data = Float32Array> {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Data;
}
/** A typed array alone is read as the least rank that fits. */
export type Value<Data> = Tensor<Data> | Data;
export type Nested = number | boolean | readonly Nested[];
export type Weight = { readonly shape: readonly number[]; readonly data: ArrayLike<number | bigint> };
export interface Port {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
}

export interface Inputs {
  /** f32[N, 32] */
  x: Value<Float32Array>;
}

export interface Outputs {
  /** f32[N, 16] */
  y: Tensor<Float32Array>;
}

export type State = {
  /** i8[16, 32] */
  readonly "y.0.weight": Tensor<Int8Array>;
  /** f32[16, 1] */
  readonly "y.0.weight.scale": Tensor<Float32Array>;
  /** f32[16] */
  readonly "y.0.bias": Tensor<Float32Array>;
};

export interface Model {
  /** x: f32[N, 32] -> y: f32[N, 16] */
  (input: Inputs["x"] | Nested): Outputs["y"];
  (inputs: { x: Inputs["x"] | Nested }): Outputs["y"];
  /** Fills the caller's outputs; allocates nothing after the first call of a shape. */
  run(inputs: Inputs, outputs: { [Name in keyof Outputs]: Value<Outputs[Name]["data"]> }): void;
  /** A tensor for an input, in the model's own memory. */
  input<Name extends keyof Inputs>(name: Name, shape: readonly number[]): Extract<Inputs[Name], Tensor<unknown>>;
  output<Name extends keyof Outputs>(name: Name, shape: readonly number[]): Outputs[Name];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Live state; call refresh() after writing to it. */
  readonly parameters: State;
  refresh(): void;
  /** Gives back the memory of earlier calls; the next call makes what it needs anew. */
  dispose(): void;
}

/** A model with state of its own; tensors by name replace the weights inside. Files are for modules of `nnc compile --external`. */
export function create(options?: { weights?: Record<string, Weight>; memory?: Memory }): Model;
/**
 * A WebAssembly.Memory, without `shared`, in which models of several modules can be. It may have a maximum. Nothing else may
 * use it. Without one, the models of this module share one.
 */
export interface Memory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}
/** The same without blocking the thread, which some engines demand of their main thread. */
export function createAsync(...options: Parameters<typeof create>): Promise<Model>;
export const inputs: readonly Port[];
export const outputs: readonly Port[];
export const parameters: readonly Port[];
/**
 * How far off this engine is on a recorded example, as a share of the error that is expected of rounding: at most 1 where it
 * computes the net right.
 */
export function selfTest(): number;
declare const model: Model;
export default model;
