/** The interface of a compiled model, which is the same in this process and in a generated module. */
import type { TypedArray } from "./array-dtype.ts";
import type { Tensor } from "./tensor.ts";

/** Numbers in nested arrays, row by row. */
export type NestedNumbers = number | boolean | readonly NestedNumbers[];

export type Input = Tensor | TypedArray | NestedNumbers;

/** A tensor of a model. Its elements are numbers; in a bool tensor 0 means false and 1 means true. */
export interface Values extends Tensor {
  readonly dtype: "f32" | "i32" | "bool";
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/**
 * A parameter as a model holds it. Weights that are f16 in memory have the bits of each number in an Int16Array. Those of i8 are whole
 * numbers, each times the scale of its row, which is another parameter.
 */
export interface HeldTensor {
  readonly dtype: Values["dtype"] | "f16" | "i8";
  readonly shape: readonly number[];
  readonly data: Values["data"] | Int16Array | Int8Array;
}

export interface Port {
  readonly name: string;
  readonly dtype: string;
  /** Sizes known only at the call are strings; `"..."` is a run of any number of them. */
  readonly shape: readonly (number | string)[];
  /**
   * The first axis is a batch axis that may be left out: a tensor without it is a batch of one. The inputs with a
   * batch axis must either all have it or all lack it, and the outputs that begin with it do likewise. For a
   * typed array without a shape, a batch of one has no such axis.
   */
  readonly unbatched?: true;
}

/** A model whose parameters are as `Held` says: `HeldTensor` where its weights may be narrow in memory. */
export interface Model<Held extends HeldTensor = Values> {
  /**
   * Runs on inputs by name, `model({ a, b })`, or in order of declaration, `model(a, b)`. A plain object is a
   * record of inputs unless it has `data`, as a tensor has; if an input is called `data`, the object is a record
   * if each key is the name of an input. The result is in fresh memory: a tensor, or a record by name if there
   * are several outputs. Throws TypeError for an input of another shape or dtype and for a name that is not an
   * input's, RangeError for an index out of range.
   */
  (
    input?: Input | Readonly<Record<string, Input>>,
    ...more: readonly Input[]
  ): Values & Record<string, Values>;
  /**
   * Runs, and writes the results into the caller's outputs. Throws TypeError for a name that is not an input's or
   * output's. Allocates nothing after the first call with the same shapes. An output may use the memory of an
   * input: the result is as if the input had been copied first.
   */
  run(
    inputs: Readonly<Record<string, Tensor | TypedArray>>,
    outputs: Readonly<Record<string, Tensor | TypedArray>>,
  ): void;
  /**
   * A tensor for an input of this shape, in the model's own memory: `run` does not copy it. Where that is a memory of
   * WebAssembly, the tensor takes room until `dispose` is called and nobody holds the tensor any more, and `data` is another
   * array after the memory has grown or was released: the values are the same, but the array from before is empty. Models
   * share a memory, so another model may be what makes it grow. After `dispose` of one of several models, an
   * array from before may stay until then, with the values that it had.
   */
  input(name: string, shape: readonly number[]): Values;
  /** Does the same for an output. */
  output(name: string, shape: readonly number[]): Values;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /**
   * The state dict. It is live: updates made by `run` are visible here, and values written here take effect after
   * `refresh`. Where weights lie in a memory of WebAssembly, `data` is another array after the memory has grown or was
   * released, as with `input`.
   */
  readonly parameters: Readonly<Record<string, Held>>;
  /**
   * How many threads share the work, where the net was compiled for threads. It is less than was asked for where not all can be
   * had, and `threadsNote` says why.
   */
  readonly threads?: number;
  readonly threadsNote?: string | undefined;
  /** Recomputes the values that were derived from the parameters. */
  refresh(): void;
  /**
   * Lets the generator of random numbers begin anew, as `torch.manual_seed` does; each run goes on from where the one before
   * it has left it. A model has it only if its runs draw random numbers. Throws RangeError for what is no integer.
   */
  readonly seed?: (seed: number | bigint) => void;
  /**
   * Releases the memory of earlier calls; the next call allocates what it needs. Without `dispose`, memory beyond
   * 256 KB that a large call needed is released when a hundred successive calls have used less than a quarter of
   * it. Tensors of `input` and `output` that are still held keep their values. A memory of WebAssembly that several models share
   * is released when `dispose` was called of all of them; until then others use what one gives back. One that the caller gave
   * stays as large as it is. The threads of the model end, and the next call starts others.
   */
  dispose(): void;
}
