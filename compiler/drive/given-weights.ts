/** The weights that a compilation gets from an option or from a `weights` statement of the source. */
import type { Diagnostic } from "../../grammar/diagnostics.ts";
import { OutsideProject } from "../../grammar/outside.ts";
import type { Source, Span } from "../../grammar/source.ts";
import { readerOf, start, type CompileOptions } from "./options.ts";
import { outsideProject, reasonOf, resolvePath, type WeightsStatement } from "../resolve/index.ts";
import { unreadableWeights, wrongRename } from "../weights/messages.ts";
import { readWeights, WeightsFileError } from "../weights/weights-file.ts";
import { wrongRule, type Rename } from "../weights/patterns.ts";
import type { Weights } from "../weights/state.ts";

export interface GivenWeights {
  /** The place at which messages about the weights point. */
  readonly span: Span;
  readonly weights?: Weights;
  /** The rename of the options, else of the statement. */
  readonly rename: Rename;
  /** The diagnostics if the weights cannot be read. */
  readonly wrong: readonly Diagnostic[];
}

/** Reads the weights. Those of the options replace those of the statement. */
export function givenWeights(
  source: Source,
  statement: WeightsStatement | undefined,
  options: CompileOptions,
): GivenWeights {
  const { weights, rename = {} } = options;
  if (weights) return { span: start(source), weights, rename, wrong: [] };
  if (!statement) return { span: start(source), rename, wrong: [] };
  const { path, span } = statement;
  const own = ruleOf(statement);
  if (own.wrong.length > 0) return { span, rename, wrong: own.wrong };
  const full = resolvePath(source.file, path);
  const read = readerOf(options);
  const bytes = (file: string): Uint8Array => {
    const content = read(file);
    if (typeof content === "string") throw new Error("it was read as text");
    return content;
  };
  try {
    const counts = Object.keys(rename).length > 0 ? rename : own.rename;
    return { span, weights: readWeights([full], bytes), rename: counts, wrong: [] };
  } catch (cause) {
    if (cause instanceof OutsideProject)
      return { span, rename, wrong: [outsideProject(span, full, cause.root)] };
    const isKnown = cause instanceof WeightsFileError;
    const wrong = isKnown
      ? unreadableWeights(span, cause.path, cause.reason)
      : unreadableWeights(span, full, reasonOf(cause));
    return { span, rename, wrong: [wrong] };
  }
}

function ruleOf({ rename }: WeightsStatement): { rename: Rename; wrong: Diagnostic[] } {
  const rules = new Map<string, string>();
  const wrong: Diagnostic[] = [];
  for (const { from, to } of rename) {
    const twice = rules.has(from.value) ? `\`${from.value}\` is renamed twice` : undefined;
    const reason = twice ?? wrongRule(from.value, to.value);
    if (reason !== undefined) wrong.push(wrongRename(from.span, reason));
    rules.set(from.value, to.value);
  }
  return { rename: Object.fromEntries(rules), wrong };
}
