/**
 * The parts of a module that depend on where a model's buffers lie. There is an implementation for kernels over
 * typed arrays, and one for kernels in WebAssembly.
 */
import type { Call, PlanPort } from "../../ir/plan/plan.ts";
import type { SizeVariables } from "./size-variables.ts";
import type { VariableNames } from "./variable-names.ts";

/** Most members give lines of `create`, or of the function that they are named after. */
export interface Storage {
  readonly names: VariableNames;
  readonly sizes: SizeVariables;
  /** The texts of kernels and of what they need, which are definitions around `create`. */
  definitions(): readonly string[];
  /** The texts of fixed parts that calls of kernels need. */
  support(): readonly string[];
  /**
   * The first lines of `create`, which make room for weights and for what calls need: `state`, the model's own tensors by
   * name, and the list `written`, too. `weights` is the expression for the tensors that were given.
   */
  declarations(weights: string): readonly string[];
  /** The texts of functions in `create`. */
  functions(): readonly string[];
  /** The last lines of `create` before its result, which compute what depends on weights alone. */
  start(): readonly string[];
  /** The text of the model's method `refresh`. */
  readonly refresh: string;
  /** The name of the function that makes tensors for ports. */
  readonly make: string;
  /** The text of a kernel's call. */
  call(call: Call): string;
  /** The last lines of a run, which copy the new values of buffers into the state. */
  updates(): readonly string[];
  /** Whether each call has lines in `fit`. */
  readonly fits: boolean;
  /** The lines of `fit`, after the checks of sizes. */
  fit(): readonly string[];
  /** The first lines of `prepare`. */
  prepare(): readonly string[];
  /** The lines of `dispose`. */
  dispose(): readonly string[];
  /** The first lines of `model` and `run`. */
  begin(): readonly string[];
  /** The lines of `model` before it calls `compute` with outputs that it has made. */
  makeOutputs(): readonly string[];
  /** The first lines of `compute`. */
  enter(): readonly string[];
  /** The last lines of `compute`. */
  leave(): readonly string[];
  /**
   * The lines of `run` that take the array of an output, which has the right length. If there are several, `run` has put
   * it into the list `written`.
   */
  takeOutput(port: PlanPort, at: number): readonly string[];
  /**
   * The lines of `run` that take the arrays of inputs, after all outputs. */
  takeInputs(): readonly string[];
  /** The parameters of functions that each have a part of a run's steps. */
  readonly stepParameters: readonly string[];
}
