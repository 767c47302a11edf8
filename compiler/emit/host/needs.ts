/** The facts about a net on which the fixed parts of its module depend. */
import { arrayType } from "./bind-sizes.ts";
import { heldDtype, type HeldDtype, type LanguageDtype } from "../../ir/dtype.ts";
import type { Plan } from "../../ir/plan/plan.ts";

/**
 * The table of array constructors by dtype. It is empty where all ports have one dtype, since `arrayOf` then names the
 * constructor.
 */
export function arrays(dtypes: readonly HeldDtype[]): string {
  return dtypes.length <= 1
    ? ""
    : `const arrays = { ${dtypes.map((dtype) => `${dtype}: ${arrayType(dtype)}`).join(", ")} };`;
}

/** JS text of the array constructor for the dtype that a JS expression gives. */
export function arrayOf(needs: Pick<Needs, "dtypes">, expression: string): string {
  return needs.dtypes.length === 1 ? arrayType(needs.dtypes[0]!) : `arrays[${expression}]`;
}

/** The features that a model needs from the fixed parts. */
export interface Needs {
  /** Whether `create` takes weights, in any form. */
  readonly weights: boolean;
  /** Whether `create` copies all weights to where they stay. Then `stateOf` need not copy those that fit as they are. */
  readonly copies: boolean;
  /** Whether the text includes checks of shapes. A closure is given functions with longer messages instead. */
  readonly guards: boolean;
  /** Whether some parameter has another name that files may use. */
  readonly aliases: boolean;
  /** The dtype of each parameter. */
  readonly parameterDtypes: readonly HeldDtype[];
  /** The shape of each parameter. */
  readonly parameterShapes: readonly (readonly unknown[])[];
  /**
   * A JS condition on a parameter's `name`, `dtype` and `shape` that is true for counters, which files may lack;
   * undefined if the net has no counter.
   */
  readonly counters: string | undefined;
  readonly inputDtypes: readonly LanguageDtype[];
  /** Whether there is one input and one output. */
  readonly single: boolean;
  /** Whether some input or parameter may be a single number. */
  readonly scalars: boolean;
  /**
   * Whether the first axis of some input may have any size. A user who leaves it out has probably given one sample of a
   * batch.
   */
  readonly samples: boolean;
  /** Whether some input may lack its batch axis. */
  readonly batches: boolean;
  /** The dtypes of all ports and parameters. */
  readonly dtypes: readonly HeldDtype[];
  /** Whether the weights are outside. Then the module reads files as strictly as `loadSafetensors`. */
  readonly external: boolean;
}

/** The dtypes of all ports and parameters. */
export function dtypesOf({ inputs, outputs, parameters }: Plan): HeldDtype[] {
  return [...new Set([...inputs, ...outputs, ...parameters].map(({ type }) => heldDtype(type)))].sort();
}
