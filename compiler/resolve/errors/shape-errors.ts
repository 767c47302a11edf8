/** The diagnostics about shapes and dtypes, NN2xxx: one function for each message. */
import { error, warning, type Diagnostic } from "../../../grammar/diagnostics.ts";
import type { Span } from "../../../grammar/source.ts";
import { quotedList } from "../wording.ts";

/** NN2001 */
export function unknownDtype(span: Span, name: string, known: readonly string[]): Diagnostic {
  return error("NN2001", span, `${name} is not a dtype of tensors here`, {
    suggestion: `write one of ${quotedList(known)}`,
  });
}

/** NN2002: a value does not have its declared type. */
export function declaredType(
  span: Span,
  name: string,
  declared: string,
  actual: string,
  reason: string,
  from: Span | undefined,
): Diagnostic {
  const notes = from ? [{ message: `${actual} comes from here`, span: from }] : [];
  return error("NN2002", span, `${name} is declared ${declared}, but is ${actual}: ${reason}`, { notes });
}

/** NN2003: a layer cannot take its inputs. */
export function cannotTake(
  span: Span,
  text: string,
  sources: readonly { readonly type: string; readonly span: Span | undefined }[],
  reason: string,
  wantsFloats: boolean,
): Diagnostic {
  // No note is added for an input that comes from the layer's own place, as a list does that becomes a tensor
  // there.
  const isHere = (from: Span): boolean =>
    from.source === span.source && from.start === span.start && from.end === span.end;
  const notes = sources.flatMap(({ type, span: from }) =>
    from && !isHere(from) ? [{ message: `${type} comes from here`, span: from }] : [],
  );
  const types = sources.map((source) => source.type).join(" and ");
  const message = sources.length === 0 ? `${text}: ${reason}` : `${text} cannot take ${types}: ${reason}`;
  return error("NN2003", span, message, {
    notes,
    suggestion: wantsFloats ? "`x * 1.0` makes floats of whole numbers" : undefined,
  });
}

/** NN2004 */
export function notASize(span: Span, text: string, what: string): Diagnostic {
  return error("NN2004", span, `${text} is ${what}, which is no size`, {
    suggestion: "a size is a whole number from 0 up; `//` divides to a whole number",
  });
}

/** NN2005 */
export function unsolvableSize(span: Span, text: string, names: readonly string[]): Diagnostic {
  return error("NN2005", span, `${text} does not tell what ${quotedList(names)} is`, {
    suggestion: "let each new size stand alone somewhere in the type",
  });
}

/** NN2006 */
export function parameterSize(span: Span, text: string): Diagnostic {
  return error("NN2006", span, `the sizes of a parameter are numbers at compile time, and ${text} is not`);
}

/** NN2007 */
export function nearlyBound(span: Span, name: string, bound: string): Diagnostic {
  return warning("NN2007", span, `${name} is a new symbolic size here, one letter away from \`${bound}\``, {
    suggestion: `write \`${bound}\` if that is meant`,
  });
}

/** NN2008 */
export function twoRuns(span: Span): Diagnostic {
  return error("NN2008", span, "a shape has at most one `...`");
}

/** NN2009 */
export function tooLarge(span: Span, text: string, most: number): Diagnostic {
  return error("NN2009", span, `${text} has more than ${most} elements`);
}

/** NN2010 */
export function aboveBound(span: Span, size: number, bound: number): Diagnostic {
  return error("NN2010", span, `the size is ${size}, and may be at most ${bound}`);
}

/** NN2011 */
export function cannotInfer(span: Span, name: string, types: readonly string[]): Diagnostic {
  return error("NN2011", span, `${name}=_ does not follow from ${types.join(" and ")}`, {
    suggestion: "write the number",
  });
}

/** NN2012 */
export function notSupported(span: Span, text: string, reason: string): Diagnostic {
  return error("NN2012", span, `${text}: ${reason}`);
}

/** NN2013 */
export function sharedShape(
  span: Span,
  path: string,
  actual: string,
  name: string,
  wanted: string,
): Diagnostic {
  return error("NN2013", span, `${path} is ${actual}, and cannot be the ${name} here, which is ${wanted}`);
}
