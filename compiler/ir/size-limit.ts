/** What happens where a size would be more complicated than the limits of `size.ts` allow. */
import type { Origin } from "./origin.ts";

/** Thrown where a size would exceed a limit. `resolve` and `plan` catch it and say where in the source that is. */
export class SizeLimit extends Error {
  /** The layer that a pass makes the size for, where that is known. */
  origin?: Origin;
}

/** Runs what makes sizes for a layer. */
export function forLayer<Result>(origin: Origin | undefined, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (error instanceof SizeLimit && origin) error.origin ??= origin;
    throw error;
  }
}
