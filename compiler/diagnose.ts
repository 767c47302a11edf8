/** What is wrong with a source and its weights, which wants passes only where sizes are far from simple. */
import type { Diagnostic } from "../grammar/diagnostics.ts";
import { NnError } from "./error.ts";
import { givenWeights } from "./given.ts";
import type { Graph, Node } from "./ir/graph.ts";
import { isIntricate, type Size } from "./ir/size.ts";
import { elements } from "./ir/types.ts";
import type { LayerOp, Mode } from "./layers/record.ts";
import { resolving, sourceOf, wrongOptions, type CompileOptions } from "./options.ts";
import { check, resolve } from "./resolve/index.ts";
import { misfits } from "./weights-errors.ts";
import { fit } from "./weights/fit.ts";

/** Runs the passes, which are many files: who calls `diagnose` has them already, or loads them where they are wanted. */
export type Planning = (graph: Graph<LayerOp>, options: { readonly mode: Mode }) => unknown;

/** All that is wrong with a source, its weights included, and warnings. */
export function diagnose(text: string, options: CompileOptions, plan: Planning): readonly Diagnostic[] {
  const source = sourceOf(text, options);
  const wrong = wrongOptions(source, options);
  if (wrong.length > 0) return wrong;
  const { diagnostics: found, weights, graphs } = check(source, resolving(options));
  const isFine = found.every(({ severity }) => severity !== "error");
  const exceeded = (isFine ? graphs : []).flatMap((graph) => limits(graph, options, plan));
  const diagnostics = [...found, ...exceeded];
  const given = givenWeights(source, weights, options);
  if (!given.weights || diagnostics.some(({ severity }) => severity === "error"))
    return [...diagnostics, ...given.wrong];
  // They are for what a compilation would take, if there is one such entry.
  const { graph } = resolve(source, resolving(options));
  if (!graph) return diagnostics;
  return [
    ...diagnostics,
    ...misfits(given.span, fit(graph.parameters, given.weights, { ...options, rename: given.rename })),
  ];
}

/** What the passes find too complicated. They run only where sizes are far from simple. */
function limits(
  graph: Graph<LayerOp>,
  { mode = "eval" }: CompileOptions,
  plan: Planning,
): readonly Diagnostic[] {
  if (!graph.nodes.some(hasIntricateSizes)) return [];
  try {
    plan(graph, { mode });
    return [];
  } catch (error) {
    if (error instanceof NnError) return error.diagnostics;
    throw error;
  }
}

function hasIntricateSizes({ types, op }: Node<LayerOp>): boolean {
  const args = op.kind === "layer" ? Object.values(op.args) : [];
  return types.some(({ shape }) => isIntricate(elements(shape))) || args.some(isIntricateArgument);
}

/** Subscripts are records of sizes, other arguments sizes or lists of them. */
function isIntricateArgument(argument: unknown): boolean {
  if (typeof argument !== "object" || argument === null) return false;
  if ("terms" in argument) return isIntricate(argument as Size);
  return Object.values(argument).some(isIntricateArgument);
}
