// nnc 0.1.0: source.nn, sha256 88034878
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
  /** f32[N, 3] */
  x: Value<Float32Array>;
}

export interface Outputs {
  /** f32[N, 3] */
  y: Tensor<Float32Array>;
}

export type State = {
  /** f32[3] */
  readonly "a.0.weight": Tensor<Float32Array>;
  /** f32[3] */
  readonly "a.0.bias": Tensor<Float32Array>;
  /** f32[3] */
  readonly "a.0.running_mean": Tensor<Float32Array>;
  /** f32[3] */
  readonly "a.0.running_var": Tensor<Float32Array>;
  /** i32[] */
  readonly "a.0.num_batches_tracked": Tensor<Int32Array>;
  /** f32[3] */
  readonly "a.1.weight": Tensor<Float32Array>;
  /** f32[3] */
  readonly "a.1.bias": Tensor<Float32Array>;
  /** f32[3] */
  readonly "a.1.running_mean": Tensor<Float32Array>;
  /** f32[3] */
  readonly "a.1.running_var": Tensor<Float32Array>;
  /** i32[] */
  readonly "a.1.num_batches_tracked": Tensor<Int32Array>;
  /** f32[3] */
  readonly "b.weight": Tensor<Float32Array>;
  /** f32[3] */
  readonly "b.bias": Tensor<Float32Array>;
  /** f32[3] */
  readonly "b.running_mean": Tensor<Float32Array>;
  /** f32[3] */
  readonly "b.running_var": Tensor<Float32Array>;
  /** i32[] */
  readonly "b.num_batches_tracked": Tensor<Int32Array>;
};

export interface Model {
  /** x: f32[N, 3] -> y: f32[N, 3] */
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
export function create(options?: { weights?: Record<string, Weight> }): Model;
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
