/** From a source to a plan and its weights: what `compile` and `emit` share. */
import { error, type Diagnostic } from "../grammar/diagnostics.ts";
import type { Source } from "../grammar/source.ts";
import { loadSafetensors } from "../runtime/safetensors.ts";
import type { Tensor } from "../runtime/tensor.ts";
import { NnError } from "./error.ts";
import { readFile, textReader } from "./files.ts";
import type { Graph } from "./ir/graph.ts";
import type { Plan } from "./ir/plan.ts";
import type { LayerOp, Mode } from "./layers/record.ts";
import { plan, type Options } from "./pipeline.ts";
import { resolve, resolvePath, type EntryArgs } from "./resolve/index.ts";
import { assign, initialize, type State } from "./weights.ts";

export interface CompileOptions {
  /** Shown in messages, and what imports and weights are relative to. Default "model.nn". */
  readonly filename?: string;
  /** The block or model to compile. Default: the file's chain, else its only model. */
  readonly entry?: string;
  /** What emitted kernels run on. Default "auto", which is "js". */
  readonly target?: "js" | "auto";
  /** Default "eval". In "train", statistics come from the batch and running ones are updated by each run. */
  readonly mode?: Mode;
  /** Of the parameters that are not given. Default 0. */
  readonly seed?: number;
  /** The state dict. Default: the file of the source's `weights` statement, if it has one. */
  readonly weights?: Readonly<Record<string, Tensor>>;
  /** Missing and unexpected names in the weights are errors. Default true. */
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
  readonly state: State;
  readonly mode: Mode;
  /** Warnings: errors were thrown. */
  readonly diagnostics: readonly Diagnostic[];
}

export function drive(text: string, options: CompileOptions, trace: Partial<Options> = {}): Driven {
  const { mode = "eval", seed = 0, strict = true, read = readFile } = options;
  const source: Source = { file: options.filename ?? "model.nn", text };
  const wrong = wrongChoices(source, options);
  if (wrong.length > 0) throw new NnError(wrong, [source]);
  const resolved = resolve(source, {
    entry: options.entry,
    args: options.args,
    mode,
    read: textReader(read),
  });
  const { graph, diagnostics } = resolved;
  if (!graph) throw new NnError(diagnostics, resolved.sources);
  const state = initialize(graph.parameters, seed);
  const weights = options.weights ?? weightsOf(source, resolved.weights, read);
  if (weights) {
    const problems = assign(state, graph.parameters, weights, strict);
    if (problems.length > 0)
      throw new NnError(
        problems.map((problem) => wrongWeights(source, problem)),
        resolved.sources,
      );
  }
  return { graph, plan: plan(graph, { ...trace, mode }), state, mode, diagnostics };
}

/** Misspelt choices: callers in JavaScript have no type checker that would refuse them. */
export function wrongChoices(source: Source, options: CompileOptions): Diagnostic[] {
  const choices = { mode: ["eval", "train"], target: ["auto", "js"] } as const;
  return Object.entries(choices).flatMap(([option, allowed]) => {
    const value = options[option as keyof typeof choices];
    if (value === undefined || (allowed as readonly string[]).includes(value)) return [];
    const text = allowed.map((choice) => `"${choice}"`).join(" or ");
    return [error("NN4103", start(source), `the option ${option} is ${text}, not "${value}"`)];
  });
}

function weightsOf(
  source: Source,
  path: string | undefined,
  read: NonNullable<CompileOptions["read"]>,
): Record<string, Tensor> | undefined {
  if (path === undefined) return undefined;
  const full = resolvePath(source.file, path);
  try {
    const content = read(full);
    if (typeof content === "string") throw new Error("it was read as text");
    return loadSafetensors(content);
  } catch (cause) {
    const at = start(source);
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `the weights ${full} cannot be read: ${reason}`;
    throw new NnError([error("NN4101", at, message, { suggestion: "pass other weights with --weights or options.weights" })], [source]); // prettier-ignore
  }
}

function wrongWeights(source: Source, problem: string): Diagnostic {
  return error("NN4102", start(source), `weights do not fit the model: ${problem}`, {
    suggestion:
      "names are those of PyTorch's state_dict; strict: false (--partial) allows missing and unexpected ones",
  });
}

function start(source: Source): { source: Source; start: number; end: number } {
  return { source, start: 0, end: 0 };
}
