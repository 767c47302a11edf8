/**
 * What can be wrong with the meaning of a file: one function a message. NN3xxx names, arguments and flow,
 * NN4xxx files; NN2xxx, shapes and dtypes, have a file of their own.
 */
import { didYouMean, error, warning, type Diagnostic } from "../../grammar/diagnostics.ts";
import type { Span } from "../../grammar/source.ts";
import { count, elsewhere, list, meant } from "./wording.ts";

export * from "./shape-errors.ts";

// Names

/** NN3001 */
export function unknownLayer(span: Span, name: string, candidates: readonly string[]): Diagnostic {
  const suggestion =
    elsewhere(name, candidates) ?? meant(name, candidates, "`nnc layers` lists those there are");
  return error("NN3001", span, `there is no layer or block \`${name}\``, { suggestion });
}

/** NN3002 */
export function unknownName(span: Span, name: string, candidates: readonly string[]): Diagnostic {
  return error("NN3002", span, `\`${name}\` is not bound here`, {
    suggestion: elsewhere(name, candidates) ?? meant(name, candidates),
  });
}

/** NN3003 */
export function boundTwice(span: Span, name: string, first: Span): Diagnostic {
  return error("NN3003", span, `\`${name}\` is bound already, and names are bound once`, {
    notes: [{ message: "first bound here", span: first }],
  });
}

/** NN3004 */
export function usedBeforeBound(span: Span, name: string, later: Span): Diagnostic {
  return error("NN3004", span, `\`${name}\` is used before it is bound`, {
    notes: [{ message: "bound here", span: later }],
  });
}

/** NN3005 */
export function circularConstant(span: Span, name: string): Diagnostic {
  return error("NN3005", span, `the value of \`${name}\` depends on itself`);
}

/** NN3006 */
export function recursion(span: Span, cycle: readonly string[]): Diagnostic {
  return error("NN3006", span, `a block cannot contain itself: ${cycle.join(" -> ")}`);
}

/** NN3007 */
export function noMember(span: Span, what: string, name: string, layer: string | undefined): Diagnostic {
  const isSize = name === "shape" || name === "ndim";
  return error("NN3007", span, `${what} has no part \`${name}\``, {
    suggestion: isSize
      ? "sizes have names in types: `input x: f32[N, C]`, and then `N` is one"
      : layer && `a value flows into a layer: \`x -> ${layer}\``,
  });
}

/** NN3007 */
export function noResult(span: Span, from: string, name: string, names: readonly string[]): Diagnostic {
  const known = names.length === 0 ? "its results have no names" : `its results are ${list(names)}`;
  return error("NN3007", span, `${from} has no result \`${name}\``, {
    suggestion: meant(name, names, known),
  });
}

/** NN3007 */
export function memberOfUnbound(span: Span, text: string, name: string): Diagnostic {
  return error("NN3007", span, `${text} has no place in the net, and so no \`${name}\``, {
    suggestion: `bind the layer to a name first: \`layer = ${text}\`, then \`layer.${name}\``,
  });
}

/** NN3007 */
export function resultOfLayer(span: Span, text: string, name: string): Diagnostic {
  return error("NN3007", span, `${text} is a layer, and only what it gives has \`${name}\``, {
    suggestion: `put the chain in parentheses: \`(x -> ${text}).${name}\``,
  });
}

// Arguments

/** NN3101 */
export function unknownArgument(
  span: Span,
  layer: string,
  name: string,
  names: readonly string[],
): Diagnostic {
  // prettier-ignore
  const known = names.length === 0 ? `${layer} takes no arguments` : `${layer} takes ${list(names)}`;
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
): Diagnostic {
  return error("NN3103", span, `${layer} needs ${list(missing)}`, {
    suggestion: `its arguments are ${list(names)}`,
  });
}

/** NN3104 */
export function tooManyArguments(span: Span, layer: string, names: readonly string[]): Diagnostic {
  const known = names.length === 0 ? "no arguments" : `${count(names.length, "argument")}: ${list(names)}`;
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
  const names = known.length === 0 ? "" : `, or one of ${list(known)}`;
  return error("NN3114", span, `${text} is no initial value`, { suggestion: `write a number${names}` });
}

/** NN3115: an argument given from outside. */
export function unknownOption(span: Span, name: string, known: readonly string[]): Diagnostic {
  const otherwise = known.length === 0 ? undefined : `it has ${list(known)}`;
  return error("NN3115", span, `there is no argument and no symbolic size \`${name}\` here`, {
    suggestion: meant(name, known, otherwise),
  });
}

/** NN3116: a symbolic size fixed from outside. */
export function badSizeOption(span: Span, name: string, value: string): Diagnostic {
  return error("NN3116", span, `the size \`${name}\` is a whole number from 0 up, not ${value}`);
}

/** NN3117: an argument given from outside. */
export function noValueOption(span: Span, name: string): Diagnostic {
  return error("NN3117", span, `the argument \`${name}\` is no number, text, truth value or list of numbers`);
}

/** NN3118: an initial value that the type of its parameter does not take. */
export function cannotFill(span: Span, text: string, type: string, reason: string): Diagnostic {
  return error("NN3118", span, `${text} cannot fill ${type}: ${reason}`);
}

// Flow

/** NN3201 */
export function notALayer(span: Span, text: string, what: string): Diagnostic {
  const is = text === what ? `${text} is none` : `${text} is ${what}`;
  return error("NN3201", span, `only a layer can follow \`->\`, and ${is}`);
}

/** NN3202: `x -> L + x`. */
export function arithmeticOnLayer(
  span: Span,
  op: string,
  instead: { readonly wrong: string; readonly right: string } | undefined,
): Diagnostic {
  return error("NN3202", span, `\`${op}\` takes tensors and numbers, not layers`, {
    suggestion: instead
      ? `\`${instead.wrong}\`: write \`${instead.right}\``
      : "apply the layer first: `(x -> Layer) + y`",
  });
}

/** NN3203 */
export function mixedList(span: Span): Diagnostic {
  return error("NN3203", span, "a list holds either layers or tensors, not both", {
    suggestion: "apply the layers in it: `[x -> A, y]`",
  });
}

/** NN3204 */
export function notATensor(span: Span, what: string): Diagnostic {
  return error("NN3204", span, `a tensor is wanted here, and this is ${what}`, {
    suggestion: what === "a layer" ? "let something flow into it: `x -> Layer`" : undefined,
  });
}

/** NN3205 */
export function severalResults(
  span: Span,
  from: string,
  results: number,
  names: readonly (string | undefined)[],
): Diagnostic {
  const [first] = names;
  return error("NN3205", span, `one tensor is wanted here, and ${from} gives ${results}`, {
    suggestion:
      first === undefined
        ? `take them apart: \`[${names.map((_, i) => String.fromCharCode(97 + (i % 26))).slice(0, 8).join(", ")}] = …\`` // prettier-ignore
        : `take one by name, as in \`(…).${first}\``,
  });
}

/** NN3206 */
export function missingInputs(
  span: Span,
  name: string,
  inputs: readonly string[],
  missing: readonly string[],
): Diagnostic {
  return error("NN3206", span, `${name} needs ${list(missing)}`, {
    suggestion: `its inputs are ${list(inputs)}`,
  });
}

/** NN3206 */
export function wrongInputs(
  span: Span,
  name: string,
  inputs: readonly string[],
  given: number,
  defined?: Span,
): Diagnostic {
  return error("NN3206", span, `${name} takes ${count(inputs.length, "input")} and is given ${given}`, {
    ...(defined && { notes: [{ message: `it takes ${list(inputs)}`, span: defined }] }),
    suggestion: inputs.length > 1 ? `write \`[${inputs.slice(0, 8).join(", ")}] -> ${name}\`` : undefined,
  });
}

/** NN3207 */
export function wrongInputName(
  span: Span,
  name: string,
  input: string,
  inputs: readonly string[],
): Diagnostic {
  const twice = inputs.includes(input);
  return error(
    "NN3207",
    span,
    twice ? `${name} is given \`${input}\` twice` : `${name} has no input \`${input}\``,
    {
      // prettier-ignore
      suggestion: twice
        ? undefined
        : meant(input, inputs, inputs.length === 0 ? "its inputs have no names" : `its inputs are ${list(inputs)}`),
    },
  );
}

/** NN3208 */
export function takesNoInput(span: Span, name: string, defined: Span): Diagnostic {
  return error("NN3208", span, `${name} declares no \`input\`, and something flows into it`, {
    notes: [{ message: "defined here", span: defined }],
    suggestion: "begin its body with `input x`",
  });
}

/** NN3209 */
export function noOutput(span: Span, name: string): Diagnostic {
  return error("NN3209", span, `${name} has no output`, {
    suggestion: "write `output …`, or a chain of layers as the whole body",
  });
}

/** NN3210 */
export function duplicateOutput(span: Span, name: string): Diagnostic {
  return error("NN3210", span, `there is an output \`${name}\` already`);
}

/** NN3211 */
export function unnamedOutputs(span: Span, outputs: number, kind: "block" | "chain"): Diagnostic {
  return error("NN3211", span, `there are ${outputs} outputs, and several outputs need names`, {
    suggestion:
      kind === "block" ? "write `output a = …, b = …`" : "write a model: `model Name { input x: …; output a = …, b = … }`", // prettier-ignore
  });
}

/** NN3212 */
export function unusedChain(span: Span, text: string): Diagnostic {
  return error("NN3212", span, "the result of this chain goes nowhere", {
    suggestion: `write \`output ${text}\` or \`name = ${text}\``,
  });
}

/** NN3213 */
export function chainWithInputs(span: Span, inputs: readonly string[], text: string): Diagnostic {
  const from = inputs.length === 1 ? inputs[0]! : `[${inputs.join(", ")}]`;
  return error("NN3213", span, `nothing flows into this chain`, {
    suggestion: `write \`output ${from} -> ${text}\``,
  });
}

/** NN3214 */
export function cannotDestructure(span: Span, targets: number, what: string): Diagnostic {
  return error("NN3214", span, `${count(targets, "result")} are wanted, and this is ${what}`);
}

/** NN3214 */
export function wrongResultCount(span: Span, targets: number, results: number): Diagnostic {
  return error("NN3214", span, `${count(results, "result")} cannot be bound to ${count(targets, "name")}`, {
    suggestion: "`_` drops one",
  });
}

/** NN3215 */
export function samePath(span: Span, path: string, first: Span): Diagnostic {
  return error("NN3215", span, `two layers would have the weight \`${path}\``, {
    notes: [{ message: first === span ? "here, more than once" : "the first one", span: first }],
    suggestion: "label one of them: `name: Layer(…)`",
  });
}

/** NN3216 */
export function badLabelPart(span: Span, what: string): Diagnostic {
  return error("NN3216", span, `a label is made of texts and whole numbers, not of ${what}`);
}

/** NN3216 */
export function emptyLabel(span: Span): Diagnostic {
  return error("NN3216", span, "a label must not be empty");
}

// What is computed at compile time

/** NN3301 */
export function cannotCompute(span: Span, text: string, reason: string): Diagnostic {
  return error("NN3301", span, `${text}: ${reason}`);
}

/** NN3302 */
export function notATruth(span: Span, op: string, what: string): Diagnostic {
  return error("NN3302", span, `\`${op}\` takes true and false at compile time, not ${what}`, {
    suggestion: what === "a tensor" ? "LogicalAnd, LogicalOr and LogicalNot combine elements" : undefined,
  });
}

/** NN3303 */
export function conditionUnknown(span: Span, what: string): Diagnostic {
  return error("NN3303", span, `\`if\` chooses at compile time by true or false, not by ${what}`, {
    suggestion:
      what === "a tensor" ? "elements are chosen by a layer that takes the condition as an input" : undefined,
  });
}

/** NN3304 */
export function badIndex(span: Span, what: string): Diagnostic {
  return error("NN3304", span, `an index is a whole number or a size, not ${what}`);
}

/** NN3305 */
export function indexOutOfRange(span: Span, index: number, length: number): Diagnostic {
  return error("NN3305", span, `there is no item ${index} in a list of ${length}`);
}

/** NN3306 */
export function listIndex(span: Span): Diagnostic {
  return error("NN3306", span, "a list takes one whole number as its index");
}

/** NN3307 */
export function missingOperator(span: Span, op: string): Diagnostic {
  return error("NN3307", span, `\`${op}\` does not work on tensors`);
}

// Limits

/** NN3401 */
export function tooManyLayers(span: Span, most: number): Diagnostic {
  return error("NN3401", span, `the net has more than ${most} layers`);
}

/** NN3402 */
export function tooDeep(span: Span): Diagnostic {
  return error("NN3402", span, "this is nested too deeply");
}

/** NN3403 */
export function listTooLong(span: Span, most: number): Diagnostic {
  return error("NN3403", span, `this list has more than ${most} items`);
}

// Files and entries

/** NN4001 */
export function importUnreadable(span: Span, path: string, reason: string): Diagnostic {
  return error("NN4001", span, `${path} cannot be imported: ${reason}`);
}

/** NN4002 */
export function notDefinedThere(
  span: Span,
  name: string,
  file: string,
  names: readonly string[],
): Diagnostic {
  // prettier-ignore
  const otherwise = names.length === 0 ? undefined : `it defines ${list(names)}`;
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
  const otherwise = blocks.length === 0 ? undefined : `the file has ${list(blocks)}`;
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
    return error("NN4009", span, `the file has several models: ${list(models)}`, { suggestion: "name one as the entry" }); // prettier-ignore
  }
  return error("NN4009", span, "the file has nothing to run: no chain and no model", {
    suggestion: blocks.length > 0 ? `name a block as the entry: ${list(blocks)}` : "write a chain, as in `Layer(10) -> Layer`", // prettier-ignore
  });
}
