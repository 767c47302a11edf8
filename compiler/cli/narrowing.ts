/** What narrow weights cost in accuracy, as `nnc compile` tells it. */
import { closure, UnsupportedEngine } from "../emit/host/closure.ts";
import type { Driven } from "../drive/driver.ts";
import { isInteger } from "../ir/dtype.ts";
import type { WeightsAs } from "../weights/narrow-state.ts";
import { chooseSizes, makeInputs } from "./made-inputs.ts";
import { notesText } from "./report.ts";
import { callModel, type NamedResults } from "./results.ts";

/** An i32 input may be an index, so these bounds are tried one after the other. */
const INDEX_BOUNDS = [100, 10, 2, 1];

/** A note about the weights and outputs of a net, in comparison with those that it has without narrow weights. */
export function narrowingNote(driven: Driven, weightsAs: WeightsAs, wide: () => Driven): string {
  const { narrowed } = driven;
  if (!narrowed?.any)
    return notesText([
      `--weights-as ${weightsAs} changes nothing: the net has no weights that are for products alone`,
    ]);
  const weights = `weights of products are ${weightsAs}: the root mean square of all changes is ${share(narrowed.rms)} of that of the weights`;
  const outputs = changesOf(driven, wide());
  const changes = outputs
    ? `; on a random input, outputs change by up to ${share(outputs.largest)} of the largest, by ${share(outputs.mean)} on average`
    : "";
  return notesText([weights + changes]);
}

function share(value: number): string {
  return `${Number((100 * value).toPrecision(2))}%`;
}

interface Changes {
  readonly largest: number;
  readonly mean: number;
}

/** The changes of outputs as shares of the largest output; undefined where there is no input that both take, or no finite output. */
function changesOf(driven: Driven, wide: Driven): Changes | undefined {
  const sizes = chooseSizes(driven.plan, {});
  const hasIntegers = driven.plan.inputs.some(({ type }) => isInteger(type.dtype));
  for (const below of hasIntegers ? INDEX_BOUNDS : [1]) {
    try {
      const inputs = makeInputs(driven.plan, sizes, below);
      // In training a run changes what a model holds.
      const [got, wanted] = [driven, wide].map(({ plan, held, fallback }) =>
        callModel(closure(plan, structuredClone(held), { fallback }), inputs),
      );
      return difference(got!, wanted!);
    } catch (cause) {
      // The sizes or indices are none that the net takes, or it runs on other engines alone.
      const isRefused = cause instanceof RangeError || cause instanceof TypeError;
      if (!isRefused && !(cause instanceof UnsupportedEngine)) throw cause;
    }
  }
  return undefined;
}

function difference(got: NamedResults, wanted: NamedResults): Changes | undefined {
  let [count, sum, most, largest] = [0, 0, 0, 0];
  for (const [name, { dtype, data }] of Object.entries(wanted)) {
    if (dtype !== "f32") continue;
    const other = got[name]!.data as Float32Array;
    (data as Float32Array).forEach((value, i) => {
      const change = Math.abs(other[i]! - value);
      if (!Number.isFinite(change)) return;
      count++;
      sum += change;
      most = Math.max(most, change);
      largest = Math.max(largest, Math.abs(value));
    });
  }
  return largest === 0 ? undefined : { largest: most / largest, mean: sum / count / largest };
}
