/** What a compiled model is, in this process and in a generated module alike. */
import type { TypedArray } from "../runtime/dtype.ts";
import type { Tensor } from "../runtime/tensor.ts";

/** Numbers in nested arrays, row by row. */
export type Nested = number | boolean | readonly Nested[];

export type Input = Tensor | TypedArray | Nested;

/** A tensor of a model. Its elements are numbers: 0 and 1 stand for false and true. */
export interface Values extends Tensor {
  readonly dtype: "f32" | "i32" | "bool";
  readonly data: Float32Array | Int32Array | Uint8Array;
}

export interface Port {
  readonly name: string;
  readonly dtype: string;
  /** Sizes known only at the call are strings; `"..."` is a run of any number of them. */
  readonly shape: readonly (number | string)[];
  /**
   * The first axis is a batch, which may be left out: a tensor without it is a batch of one. All inputs of a batch have
   * it or none, and the outputs that begin with it are given back likewise. Of a typed array alone, a batch of one has
   * no such axis.
   */
  readonly unbatched?: true;
}

export interface Model {
  /**
   * Runs on inputs by name, `model({ a, b })`, or in order of declaration, `model(a, b)`. A plain object is a record of
   * inputs unless it has `data`, as a tensor has; where an input is called `data`, it is one if each key is an input's
   * name. The result is in fresh memory: a tensor, or a record by name where there are several outputs.
   * Throws TypeError for an input of another shape or dtype or a name of no input, RangeError for an index out of range.
   */
  (
    input?: Input | Readonly<Record<string, Input>>,
    ...more: readonly Input[]
  ): Values & Record<string, Values>;
  /**
   * Fills the caller's outputs. Throws TypeError for a name of no input or output. Allocates nothing after the first
   * call of a shape. An output may be the very memory of an input: the result is as if the input had been copied first.
   */
  run(
    inputs: Readonly<Record<string, Tensor | TypedArray>>,
    outputs: Readonly<Record<string, Tensor | TypedArray>>,
  ): void;
  /**
   * A tensor for an input of this shape, in the model's own memory: a `run` that is given it copies nothing. Its `data`
   * stay valid when that memory grows.
   */
  input(name: string, shape: readonly number[]): Values;
  /** The same for an output. */
  output(name: string, shape: readonly number[]): Values;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** The state dict, live: what `run` updates shows here, what is written here counts after `refresh`. */
  readonly parameters: Readonly<Record<string, Values>>;
  /** Recomputes what was derived from the parameters. */
  refresh(): void;
  /**
   * Gives back the memory of earlier calls; the next call makes what it needs anew. Without it, what a large call wanted
   * beyond 256 KB is given back when a hundred calls in turn have used less than a quarter.
   */
  dispose(): void;
}
