/** What can be wrong in a session and in no file: one function a message, codes NN5xxx. */
import { error, warning, type Diagnostic } from "../../../grammar/diagnostics.ts";
import type { Span } from "../../../grammar/source.ts";

/** NN5001 */
export function tensorInBlock(span: Span, name: string): Diagnostic {
  return error("NN5001", span, `\`${name}\` is made of tensors of the session, which blocks do not see`, {
    suggestion: `declare \`input ${name}\` in the block, and let it flow in`,
  });
}

/** NN5002: what a model throws when it runs. */
export function cannotRun(span: Span, reason: string): Diagnostic {
  return error("NN5002", span, reason);
}

/** NN5003: a layer that took its sizes from the first input that it met. */
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

/** NN5004: of a file that a session loads, it says what is not done. */
export function weightsStatement(span: Span, file: string, isLoaded: boolean): Diagnostic {
  const report = isLoaded ? warning : error;
  return report("NN5004", span, "a session reads no weights by itself", {
    suggestion: `bind a layer of them, and write \`.weights NAME ${file}\``,
  });
}
