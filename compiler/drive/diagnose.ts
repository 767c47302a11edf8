/**
 * Finds everything that is wrong with a source and its weights. Passes are run only for nets with intricate
 * sizes.
 */
import type { Diagnostic } from "../../grammar/diagnostics.ts";
import type { Source } from "../../grammar/source.ts";
import { NnError } from "../../grammar/nn-error.ts";
import { givenWeights } from "./given-weights.ts";
import type { Graph, Node } from "../ir/graph/graph.ts";
import { isIntricate, type Size } from "../ir/size/size.ts";
import { elements } from "../ir/types.ts";
import type { LayerOp, Mode } from "../layers/record.ts";
import { resolving, sourceOf, wrongOptions, type CompileOptions } from "./options.ts";
import { checkFile, type Checked } from "../resolve/index.ts";
import { misfits } from "../weights/messages.ts";
import { fit } from "../weights/fit.ts";

/** Runs the passes on a graph. */
export type Planning = (graph: Graph<LayerOp>, options: { readonly mode: Mode }) => unknown;

/** A source that was elaborated once. Its passes and weights are not checked yet. */
export interface Examined {
  /**
   * The nets whose sizes the passes may find too complicated. Only for these must the passes be loaded, which are
   * many files.
   */
  readonly intricate: readonly Graph<LayerOp>[];
  /** Gives everything that is wrong, weights included, and warnings. `plan` is called for each intricate net. */
  readonly conclude: (plan: Planning) => readonly Diagnostic[];
}

export function diagnose(text: string, options: CompileOptions, plan: Planning): readonly Diagnostic[] {
  return examine(text, options).conclude(plan);
}

export function examine(text: string, options: CompileOptions): Examined {
  const source = sourceOf(text, options);
  const wrong = wrongOptions(source, options);
  if (wrong.length > 0) return { intricate: [], conclude: () => wrong };
  const checked = checkFile(source, resolving(options));
  const intricate = isFine(checked.diagnostics)
    ? checked.graphs.filter(({ nodes }) => nodes.some(hasIntricateSizes))
    : [];
  return { intricate, conclude: (plan) => conclude(source, options, checked, intricate, plan) };
}

function conclude(
  source: Source,
  options: CompileOptions,
  { diagnostics: found, graph, weights }: Checked,
  intricate: Examined["intricate"],
  plan: Planning,
): readonly Diagnostic[] {
  const exceeded = intricate.flatMap((one) => limits(one, options, plan));
  const diagnostics = [...found, ...exceeded];
  const given = givenWeights(source, weights, options);
  if (!given.weights || !isFine(diagnostics)) return [...diagnostics, ...given.wrong];
  // Weights are checked against the net that a compilation would choose, if there is one.
  if (!graph) return diagnostics;
  const matched = fit(graph.parameters, given.weights, { ...options, rename: given.rename });
  return [...diagnostics, ...misfits(given.span, matched)];
}

function isFine(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.every(({ severity }) => severity !== "error");
}

/** The diagnostic if the passes find the sizes of a net too complicated. */
function limits(
  graph: Graph<LayerOp>,
  { mode = "eval" }: CompileOptions,
  plan: Planning,
): readonly Diagnostic[] {
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

/**
 * Whether an argument has intricate sizes. Subscripts are records of sizes; other arguments are sizes or lists of
 * sizes.
 */
function isIntricateArgument(argument: unknown): boolean {
  if (typeof argument !== "object" || argument === null) return false;
  if ("terms" in argument) return isIntricate(argument as Size);
  return Object.values(argument).some(isIntricateArgument);
}
