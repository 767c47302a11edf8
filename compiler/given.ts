/** The weights that a compilation is given: by an option, or by a statement of the source. */
import type { Diagnostic } from "../grammar/diagnostics.ts";
import { OutsideProject } from "../grammar/outside.ts";
import type { Source, Span } from "../grammar/source.ts";
import { loadSafetensors } from "../runtime/safetensors.ts";
import { reading, start, type CompileOptions } from "./options.ts";
import { outsideProject, reasonOf, resolvePath, type WeightsStatement } from "./resolve/index.ts";
import { unreadableWeights } from "./weights-errors.ts";
import type { Weights } from "./weights.ts";

export interface GivenWeights {
  /** Where messages about them point. */
  readonly span: Span;
  readonly weights?: Weights;
  /** Why there are none, where there should be. */
  readonly wrong: readonly Diagnostic[];
}

/** Those of the options replace the file's. */
export function givenWeights(
  source: Source,
  statement: WeightsStatement | undefined,
  options: CompileOptions,
): GivenWeights {
  const { weights } = options;
  if (weights) return { span: start(source), weights, wrong: [] };
  if (!statement) return { span: start(source), wrong: [] };
  const { path, span } = statement;
  const full = resolvePath(source.file, path);
  try {
    const content = reading(options)(full);
    if (typeof content === "string") throw new Error("it was read as text");
    return { span, weights: loadSafetensors(content), wrong: [] };
  } catch (cause) {
    if (cause instanceof OutsideProject) return { span, wrong: [outsideProject(span, full, cause.root)] };
    return { span, wrong: [unreadableWeights(span, full, reasonOf(cause))] };
  }
}
