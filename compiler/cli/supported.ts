/** For commands that run models, and so depend on the engine that they run in. */
import { UnsupportedEngine } from "../emit/host/closure.ts";
import { Failure } from "./io.ts";

/** What `make` makes of a model. That this engine cannot compile the model's kernels is a failure, and no bug. */
export function supported<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof UnsupportedEngine) throw new Failure(cause.message);
    throw cause;
  }
}
