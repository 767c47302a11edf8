/** From a source to a plan and its weights: what `compile` and `emit` share. */
import { error, type Diagnostic } from "../grammar/diagnostics.ts";
import type { Source, Span } from "../grammar/source.ts";
import { wrongSeed } from "../runtime/random.ts";
import { loadSafetensors } from "../runtime/safetensors.ts";
import { NnError } from "./error.ts";
import { readFile, textReader } from "./files.ts";
import type { Graph } from "./ir/graph.ts";
import type { Plan } from "./ir/plan.ts";
import type { LayerOp, Mode } from "./layers/record.ts";
import { plan, type Options } from "./pipeline.ts";
import { check, reasonOf, resolve, resolvePath } from "./resolve/index.ts";
import type { EntryArgs, ResolveOptions, WeightsStatement } from "./resolve/index.ts";
import { misfits, unreadableWeights } from "./weights-errors.ts";
import { fill, match, type State, type Weights } from "./weights.ts";

export interface CompileOptions {
  /** Shown in messages, and what imports and weights are relative to. Default "model.nn". */
  readonly filename?: string;
  /** The block or model to compile. Default: the file's chain, else its only model. */
  readonly entry?: string;
  /** What emitted kernels run on. Default "auto", which is "js". */
  readonly target?: "js" | "auto";
  /** Default "eval". In "train", statistics come from the batch and running ones are updated by each run. */
  readonly mode?: Mode;
  /**
   * Of the parameters that are not given, as in `torch.manual_seed`: an integer from -2^63 to 2^64 - 1 (a bigint
   * beyond 2^53), of which the low 32 bits count. Default 0.
   */
  readonly seed?: number | bigint;
  /** The state dict. Default: the file of the source's `weights` statement, if it has one. */
  readonly weights?: Weights;
  /** Missing and unexpected names in the weights are errors, not other shapes alone. Default true. */
  readonly strict?: boolean;
  /** Hyperparameters of the entry; a symbolic size of its inputs is fixed by its name. */
  readonly args?: EntryArgs;
  /** Reads imports and weights. Default: the file system. Throws where there is no such file. */
  readonly read?: (path: string) => string | Uint8Array;
}

export interface EmitOptions extends CompileOptions {
  /** Keep weights outside the module, however few they are. Default false. */
  readonly external?: boolean;
}

export interface Driven {
  readonly graph: Graph<LayerOp>;
  readonly plan: Plan;
  /** The driver's own copy: a model may keep and change it. */
  readonly state: State;
  readonly mode: Mode;
  /** Whether there were weights, by an option or by a statement of the source. */
  readonly given: boolean;
  /** How many parameters were initialised, since they were not given; counters are not counted. */
  readonly fresh: number;
  /** Warnings: errors were thrown. */
  readonly diagnostics: readonly Diagnostic[];
}

export function drive(text: string, options: CompileOptions, trace: Partial<Options> = {}): Driven {
  const { mode = "eval", seed = 0 } = options;
  const source = sourceOf(text, options);
  const wrong = wrongOptions(source, options);
  if (wrong.length > 0) throw new NnError(wrong, [source]);
  const { graph, diagnostics, sources, weights } = resolve(source, resolving(options));
  if (!graph) throw new NnError(diagnostics, sources);
  const given = givenWeights(source, weights, options);
  const matched = match(graph.parameters, given.weights ?? {});
  const wrongWeights = given.weights ? misfits(given.span, matched, options.strict) : given.wrong;
  if (wrongWeights.length > 0) throw new NnError(wrongWeights, sources);
  return {
    graph,
    plan: plan(graph, { ...trace, mode }),
    state: fill(graph.parameters, matched.found, seed),
    mode,
    given: given.weights !== undefined,
    fresh: matched.missing.length,
    diagnostics,
  };
}

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
  return [...diagnostics, ...misfits(given.span, match(graph.parameters, given.weights), options.strict)];
}

function sourceOf(text: string, { filename = "model.nn" }: CompileOptions): Source {
  return { file: filename, text };
}

function resolving({ entry, args, mode = "eval", read = readFile }: CompileOptions): ResolveOptions {
  return { entry, args, mode, read: textReader(read) };
}

/** Callers in JavaScript have no type checker that would refuse these. */
function wrongOptions(source: Source, options: CompileOptions): Diagnostic[] {
  const choices = { mode: ["eval", "train"], target: ["auto", "js"] } as const;
  const wrong = Object.entries(choices).flatMap(([option, allowed]) => {
    const value = options[option as keyof typeof choices];
    if (value === undefined || (allowed as readonly string[]).includes(value)) return [];
    return `${option} is ${allowed.map((choice) => `"${choice}"`).join(" or ")}, not "${value}"`;
  });
  const { seed, weights } = options;
  const seedReason = seed === undefined ? undefined : wrongSeed(seed);
  if (seedReason !== undefined) wrong.push(`seed ${seedReason}`);
  if (
    weights !== undefined &&
    (typeof weights !== "object" || weights === null || ArrayBuffer.isView(weights))
  )
    wrong.push("weights holds tensors by name: loadSafetensors(bytes) makes it of a file");
  return wrong.map((reason) => error("NN4103", start(source), `the option ${reason}`));
}

interface GivenWeights {
  /** Where messages about them point. */
  readonly span: Span;
  readonly weights?: Weights;
  /** Why there are none, where there should be. */
  readonly wrong: readonly Diagnostic[];
}

/** Those of the options replace the file's. */
function givenWeights(
  source: Source,
  statement: WeightsStatement | undefined,
  { weights, read = readFile }: CompileOptions,
): GivenWeights {
  if (weights) return { span: start(source), weights, wrong: [] };
  if (!statement) return { span: start(source), wrong: [] };
  const { path, span } = statement;
  const full = resolvePath(source.file, path);
  try {
    const content = read(full);
    if (typeof content === "string") throw new Error("it was read as text");
    return { span, weights: loadSafetensors(content), wrong: [] };
  } catch (cause) {
    return { span, wrong: [unreadableWeights(span, full, reasonOf(cause))] };
  }
}

function start(source: Source): Span {
  return { source, start: 0, end: 0 };
}
