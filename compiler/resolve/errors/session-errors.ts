/** The diagnostics that occur in a session and in no file, NN5xxx: one function for each message. */
import { error, warning, type Diagnostic } from "../../../grammar/diagnostics.ts";
import type { Span } from "../../../grammar/source.ts";

/** NN5001 */
export function tensorInBlock(span: Span, name: string): Diagnostic {
  return error("NN5001", span, `\`${name}\` is made of tensors of the session, which blocks do not see`, {
    suggestion: `declare \`input ${name}\` in the block, and let it flow in`,
  });
}

/** NN5002: a model threw this error when it ran. */
export function cannotRun(span: Span, reason: string): Diagnostic {
  return error("NN5002", span, reason);
}

/** NN5003: a layer took its sizes from the first input that it met, and this input has other sizes. */
export function otherSize(span: Span, path: string, known: string, wanted: string): Diagnostic {
  return error(
    "NN5003",
    span,
    `${path} is ${known} since the layer was first used, and would have to be ${wanted}`,
    {
      suggestion: "bind the layer anew",
    },
  );
}

/**
 * NN5004: a `weights` statement has no effect in a session. In a file that the session loads, this is only a
 * warning.
 */
export function weightsStatement(span: Span, file: string, isLoaded: boolean): Diagnostic {
  const report = isLoaded ? warning : error;
  return report("NN5004", span, "a session reads no weights by itself", {
    suggestion: `bind a layer of them, and write \`.weights NAME ${file}\``,
  });
}
