/** What the fixed parts of a module are made for. */
import { arrayType } from "./bind.ts";
import type { LanguageDtype } from "../ir/dtype.ts";

/** Empty where all ports have one dtype: then `arrayOf` names its array. */
export function arrays(dtypes: readonly LanguageDtype[]): string {
  return dtypes.length <= 1
    ? ""
    : `const arrays = { ${dtypes.map((dtype) => `${dtype}: ${arrayType(dtype)}`).join(", ")} };`;
}

/** JS text of the array constructor for a dtype that a JS expression gives. */
export function arrayOf(needs: Pick<Needs, "dtypes">, expression: string): string {
  return needs.dtypes.length === 1 ? arrayType(needs.dtypes[0]!) : `arrays[${expression}]`;
}

/** What the fixed parts must be able to do for a model. */
export interface Needs {
  /** Takes weights, in whatever form they are given. */
  readonly weights: boolean;
  /** Says itself what is wrong with shapes that it is asked for: a closure is given functions that say more. */
  readonly guards: boolean;
  /** Some parameter may be given under another name. */
  readonly aliases: boolean;
  /** Those of the parameters. */
  readonly parameterDtypes: readonly LanguageDtype[];
  /** Those of the parameters. */
  readonly parameterShapes: readonly (readonly unknown[])[];
  /** What files may lack, as an expression of a parameter's name, dtype and shape; none where there is none. */
  readonly counters: string | undefined;
  readonly inputDtypes: readonly LanguageDtype[];
  /** There is one input and one output. */
  readonly single: boolean;
  /** Some input or parameter may be a single number. */
  readonly scalars: boolean;
  /** The first axis of some input may have any size: whoever leaves it out has probably given one sample of a batch. */
  readonly samples: boolean;
  /** Some input may lack its batch axis. */
  readonly batches: boolean;
  /** Of all ports and parameters. */
  readonly dtypes: readonly LanguageDtype[];
  /** The weights are not inside: files are read as strictly as `loadSafetensors` reads them. */
  readonly external: boolean;
}
