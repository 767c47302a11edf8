/** The diagnostics about arguments, NN31xx: one function for each message. */
import { didYouMean, error, type Diagnostic } from "../../../grammar/diagnostics.ts";
import type { Span } from "../../../grammar/source.ts";
import { countOf, quotedList, meant } from "../wording.ts";

/** NN3101 */
export function unknownArgument(
  span: Span,
  layer: string,
  name: string,
  names: readonly string[],
): Diagnostic {
  const known = names.length === 0 ? `${layer} takes no arguments` : `${layer} takes ${quotedList(names)}`;
  const near = didYouMean(name, names);
  return error("NN3101", span, `${layer} has no argument \`${name}\``, {
    suggestion: near === undefined ? known : `did you mean \`${near}\`? ${known}`,
  });
}

/** NN3102 */
export function duplicateArgument(span: Span, name: string, first: Span): Diagnostic {
  return error("NN3102", span, `the argument \`${name}\` is given twice`, {
    notes: [{ message: "first given here", span: first }],
  });
}

/** NN3103 */
export function missingArguments(
  span: Span,
  layer: string,
  missing: readonly string[],
  names: readonly string[],
  isEntry: boolean = false,
): Diagnostic {
  const known = `its arguments are ${quotedList(names)}`;
  return error("NN3103", span, `${layer} needs ${quotedList(missing)}`, {
    suggestion: isEntry ? `${known}: --arg ${missing[0]}=… or options.args gives them` : known,
  });
}

/** NN3104 */
export function tooManyArguments(span: Span, layer: string, names: readonly string[]): Diagnostic {
  const known =
    names.length === 0 ? "no arguments" : `${countOf(names.length, "argument")}: ${quotedList(names)}`;
  return error("NN3104", span, `${layer} takes ${known}`);
}

/** NN3105 */
export function positionalAfterNamed(span: Span, named: Span): Diagnostic {
  return error("NN3105", span, "an argument without a name cannot follow one with a name", {
    notes: [{ message: "named here", span: named }],
  });
}

/** NN3106 */
export function wrongArgument(
  span: Span,
  layer: string,
  name: string,
  wanted: string,
  what: string,
  hint?: string,
): Diagnostic {
  return error("NN3106", span, `${name} of ${layer} must be ${wanted}, not ${what}`, { suggestion: hint });
}

/** NN3107 */
export function invalidArguments(span: Span, reason: string): Diagnostic {
  return error("NN3107", span, reason);
}

/** NN3108 */
export function notAParameter(span: Span, name: string): Diagnostic {
  return error("NN3108", span, `${name} must be a \`param\`, a \`buffer\` or another layer's parameter`, {
    suggestion: "as in `weight=encoder.embedding.weight`, where `encoder = …` binds a layer",
  });
}

/** NN3109 */
export function unknownParameter(span: Span, path: string, known: readonly string[]): Diagnostic {
  return error("NN3109", span, `the net has no parameter \`${path}\``, { suggestion: meant(path, known) });
}

/** NN3110 */
export function takesNoArguments(span: Span, name: string, bound: Span): Diagnostic {
  return error("NN3110", span, `\`${name}\` is bound to a value, which takes no arguments and no body`, {
    notes: [{ message: "bound here", span: bound }],
  });
}

/** NN3111 */
export function needsBody(span: Span, name: string): Diagnostic {
  return error("NN3111", span, `${name} needs a body`, { suggestion: `write \`${name}(…) { layers }\`` });
}

/** NN3112 */
export function takesNoBody(span: Span, name: string): Diagnostic {
  return error("NN3112", span, `${name} takes no body`);
}

/** NN3113 */
export function takesNoIndex(span: Span, name: string): Diagnostic {
  return error("NN3113", span, `${name} has no rounds that \`as\` could number`);
}

/** NN3114 */
export function notAnInitial(span: Span, text: string, known: readonly string[]): Diagnostic {
  const names = known.length === 0 ? "" : `, or one of ${quotedList(known)}`;
  return error("NN3114", span, `${text} is no initial value`, { suggestion: `write a number${names}` });
}

/** NN3115: an argument that is given from outside. */
export function unknownOption(span: Span, name: string, known: readonly string[]): Diagnostic {
  const otherwise = known.length === 0 ? undefined : `it has ${quotedList(known)}`;
  return error("NN3115", span, `there is no argument and no symbolic size \`${name}\` here`, {
    suggestion: meant(name, known, otherwise),
  });
}

/** NN3116: a symbolic size that is fixed from outside. */
export function badSizeOption(span: Span, name: string, value: string): Diagnostic {
  return error("NN3116", span, `the size \`${name}\` is a whole number from 0 up, not ${value}`);
}

/** NN3117: an argument that is given from outside. */
export function noValueOption(span: Span, name: string): Diagnostic {
  return error("NN3117", span, `the argument \`${name}\` is no number, text, truth value or list of numbers`);
}

/** How many of the paths of a net a suggestion names. */
const MAX_PATHS = 8;

/** NN3115: a pattern of paths that is given from outside. */
export function unknownLayers(span: Span, pattern: string, paths: readonly string[]): Diagnostic {
  const known = [...new Set(paths)];
  const more = known.length > MAX_PATHS ? " and others" : "";
  const otherwise =
    known.length > 0 ? `layers have the paths ${quotedList(known.slice(0, MAX_PATHS))}${more}` : undefined;
  return error("NN3115", span, `no layer has a path like \`${pattern}\``, {
    suggestion: meant(pattern, known, otherwise),
  });
}

/** NN3118: an initial value that cannot fill a parameter of this type. */
export function cannotFill(span: Span, text: string, type: string, reason: string): Diagnostic {
  return error("NN3118", span, `${text} cannot fill ${type}: ${reason}`);
}
