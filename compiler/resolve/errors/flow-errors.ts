/** The diagnostics about the flow of tensors through layers, NN32xx: one function for each message. */
import { error, type Diagnostic } from "../../../grammar/diagnostics.ts";
import type { Span } from "../../../grammar/source.ts";
import { countOf, quotedList, meant } from "../wording.ts";

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
        ? `take them apart: \`[${names
            .map((_, i) => String.fromCharCode(97 + (i % 26)))
            .slice(0, 8)
            .join(", ")}] = …\``
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
  return error("NN3206", span, `${name} needs ${quotedList(missing)}`, {
    suggestion: `its inputs are ${quotedList(inputs)}`,
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
  return error("NN3206", span, `${name} takes ${countOf(inputs.length, "input")} and is given ${given}`, {
    ...(defined && { notes: [{ message: `it takes ${quotedList(inputs)}`, span: defined }] }),
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
      suggestion: twice
        ? undefined
        : meant(
            input,
            inputs,
            inputs.length === 0 ? "its inputs have no names" : `its inputs are ${quotedList(inputs)}`,
          ),
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
      kind === "block"
        ? "write `output a = …, b = …`"
        : "write a model: `model Name { input x: …; output a = …, b = … }`",
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
  return error("NN3214", span, `${countOf(targets, "result")} are wanted, and this is ${what}`);
}

/** NN3214 */
export function wrongResultCount(span: Span, targets: number, results: number): Diagnostic {
  return error(
    "NN3214",
    span,
    `${countOf(results, "result")} cannot be bound to ${countOf(targets, "name")}`,
    {
      suggestion: "`_` drops one",
    },
  );
}

/** NN3215 */
export function samePath(span: Span, path: string, first: Span): Diagnostic {
  return error("NN3215", span, `two layers would have the weight \`${path}\``, {
    notes: [{ message: first === span ? "here, more than once" : "the first one", span: first }],
    suggestion: "label one of them: `name: Layer(…)`",
  });
}

/** NN3217 */
export function nameOfTheFormat(span: Span, path: string): Diagnostic {
  return error(
    "NN3217",
    span,
    `a weight cannot be called \`${path}\`: safetensors files keep this name for themselves`,
    {
      suggestion: "give it another name",
    },
  );
}

/** NN3217 */
export function nameOfHalves(span: Span): Diagnostic {
  return error("NN3217", span, "the name of a weight has half of a surrogate pair, which no file can hold", {
    suggestion: "write the whole character, or both halves: `\\ud83d\\ude00`",
  });
}

/** NN3217 */
export function namesTooLong(span: Span, most: number): Diagnostic {
  return error(
    "NN3217",
    span,
    `the names of all weights take more than the ${most / 1e6} MB that a safetensors file has for them`,
    {
      suggestion: "shorten the labels, or have fewer layers",
    },
  );
}

/** NN3216 */
export function badLabelPart(span: Span, what: string): Diagnostic {
  return error("NN3216", span, `a label is made of texts and whole numbers, not of ${what}`);
}

/** NN3216 */
export function emptyLabel(span: Span): Diagnostic {
  return error("NN3216", span, "a label must not be empty");
}

/** NN3218 */
export function scanOfNothing(span: Span, states: readonly string[]): Diagnostic {
  const message =
    states.length === 0 ? "Scan has no input to go along" : "all inputs of Scan are states, and none is there to go along"; // prettier-ignore
  return error("NN3218", span, message, {
    suggestion:
      "write `Scan { input x, h; output h = …, y = … }`: x, which no output is named after, is cut into steps",
  });
}

/** NN3218 */
export function scanOfOpen(span: Span): Diagnostic {
  return error("NN3218", span, "Scan cannot tell the types of its inputs", {
    suggestion: "declare them: `input x: f32[N, T, 3]`",
  });
}

/** NN3218 */
export function scanState(span: Span, reason: string): Diagnostic {
  return error("NN3218", span, reason, {
    suggestion: "a step must keep the type of a state: begin with that type, as in `Zeros(N, 4)`",
  });
}

/** NN3218 */
export function scanOfDraws(span: Span, layer: string): Diagnostic {
  return error(
    "NN3218",
    span,
    `${layer} draws random numbers or keeps statistics in training, which Scan cannot do at each step`,
    { suggestion: "compile for eval, or write that layer before or behind Scan" },
  );
}
