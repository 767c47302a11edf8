/** What is wrong with a source and its weights, which wants no pass. */
import type { Diagnostic } from "../grammar/diagnostics.ts";
import { givenWeights } from "./given.ts";
import { resolving, sourceOf, wrongOptions, type CompileOptions } from "./options.ts";
import { check, resolve } from "./resolve/index.ts";
import { misfits } from "./weights-errors.ts";
import { fit } from "./weights/fit.ts";

/** All that is wrong with a source, its weights included, and warnings. */
export function diagnose(text: string, options: CompileOptions): readonly Diagnostic[] {
  const source = sourceOf(text, options);
  const wrong = wrongOptions(source, options);
  if (wrong.length > 0) return wrong;
  const { diagnostics, weights } = check(source, resolving(options));
  const given = givenWeights(source, weights, options);
  if (!given.weights || diagnostics.some(({ severity }) => severity === "error"))
    return [...diagnostics, ...given.wrong];
  // They are for what a compilation would take, if there is one such entry.
  const { graph } = resolve(source, resolving(options));
  if (!graph) return diagnostics;
  return [...diagnostics, ...misfits(given.span, fit(graph.parameters, given.weights), options.strict)];
}
