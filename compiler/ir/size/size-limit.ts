/** The error for sizes that are more complicated than the limits of `size.ts` allow. */
import type { Origin } from "../graph/origin.ts";

/** Thrown where a size would exceed a limit. `resolve` and `plan` catch it and report the place in the source. */
export class SizeLimit extends Error {
  /** The layer for which a pass makes the size, if it is known. */
  origin?: Origin;
}

/** Runs a function that makes sizes for a layer, and adds the layer to a SizeLimit that it throws. */
export function forLayer<Result>(origin: Origin | undefined, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (error instanceof SizeLimit && origin) error.origin ??= origin;
    throw error;
  }
}
