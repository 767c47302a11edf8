/** The diagnostics about files and entries, NN40xx: one function for each message. */
import { error, warning, type Diagnostic } from "../../../grammar/diagnostics.ts";
import type { Span } from "../../../grammar/source.ts";
import { quotedList, meant } from "../wording.ts";

/** NN4001 */
export function importUnreadable(span: Span, path: string, reason: string): Diagnostic {
  return error("NN4001", span, `${path} cannot be imported: ${reason}`);
}

/** NN4011 */
export function outsideProject(span: Span, path: string, root: string): Diagnostic {
  return error("NN4011", span, `${path} lies outside of the project ${root}, and is not read`, {
    suggestion: "copy it into the project, or pass --allow-outside or options.read",
  });
}

/** NN4002 */
export function notDefinedThere(
  span: Span,
  name: string,
  file: string,
  names: readonly string[],
): Diagnostic {
  const otherwise = names.length === 0 ? undefined : `it defines ${quotedList(names)}`;
  return error("NN4002", span, `${file} does not define \`${name}\``, {
    suggestion: meant(name, names, otherwise),
  });
}

/** NN4003 */
export function tooManyFiles(span: Span, most: number): Diagnostic {
  return error("NN4003", span, `more than ${most} files are imported`);
}

/** NN4004 */
export function secondWeights(span: Span, first: Span): Diagnostic {
  return error("NN4004", span, "a file has one `weights` statement", {
    notes: [{ message: "the first one", span: first }],
  });
}

/** NN4005 */
export function secondChain(span: Span, first: Span): Diagnostic {
  return error("NN4005", span, "a file has at most one chain", {
    notes: [{ message: "the first one", span: first }],
    suggestion: "join them with `->`, or name their results in a model",
  });
}

/** NN4006 */
export function belongsInModel(span: Span, keyword: string): Diagnostic {
  return error("NN4006", span, `\`${keyword}\` belongs in a model or block`, {
    suggestion: "write `model Name { … }` around it",
  });
}

/** NN4007 */
export function onlyConstants(span: Span): Diagnostic {
  return error("NN4007", span, "outside of models, names are bound to constants and layers only", {
    suggestion: "write `model Name { … }` around it",
  });
}

/** NN4008 */
export function unknownEntry(span: Span, name: string, blocks: readonly string[]): Diagnostic {
  const otherwise = blocks.length === 0 ? undefined : `the file has ${quotedList(blocks)}`;
  return error("NN4008", span, `the file has no model or block \`${name}\``, {
    suggestion: meant(name, blocks, otherwise),
  });
}

/** NN4010 */
export function nothingHere(span: Span): Diagnostic {
  return warning("NN4010", span, "there is nothing in this file but space and comments", {
    suggestion: "write a chain, as in `Layer(10) -> Layer`, a model or a block",
  });
}

/** NN4009 */
export function noEntry(span: Span, models: readonly string[], blocks: readonly string[]): Diagnostic {
  if (models.length > 0) {
    return error("NN4009", span, `the file has several models: ${quotedList(models)}`, {
      suggestion: `name one as the entry: --entry ${models[0]} or options.entry`,
    });
  }
  return error("NN4009", span, "the file has nothing to run: no chain and no model", {
    suggestion:
      blocks.length > 0
        ? `name a block as the entry, one of ${quotedList(blocks)}: --entry ${blocks[0]} or options.entry`
        : "write a chain, as in `Layer(10) -> Layer`",
  });
}
