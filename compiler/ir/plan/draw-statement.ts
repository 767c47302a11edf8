/** The statement of a plan that draws random numbers. */
import type { DrawName } from "../graph/draws.ts";
import type { Size } from "../size/size.ts";

/**
 * Fills the first `count` elements of a buffer with random numbers, in order. It is alone in its kernel, which the model around
 * the kernels runs itself, since the model has the generator.
 */
export interface DrawStatement {
  readonly kind: "draw";
  readonly draw: DrawName;
  readonly numbers: readonly number[];
  readonly buffer: string;
  readonly count: Size;
  /** The buffer of the operand that the distribution reads. */
  readonly from?: string;
}

/** The draw of a kernel that draws. */
export function drawOf(kernel: {
  readonly body: readonly { readonly kind: string }[];
}): DrawStatement | undefined {
  return kernel.body.find(isDraw);
}

function isDraw(statement: { readonly kind: string }): statement is DrawStatement {
  return statement.kind === "draw";
}
