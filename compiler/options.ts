/** What a compilation is asked for, by the API and by the command line alike. */
import { error, type Diagnostic } from "../grammar/diagnostics.ts";
import type { Source, Span } from "../grammar/source.ts";
import { wrongSeed } from "../runtime/random.ts";
import { readFile, textReader } from "./files.ts";
import type { Mode } from "./layers/record.ts";
import type { EntryArgs, ResolveOptions } from "./resolve/index.ts";
import { list, meant } from "./resolve/wording.ts";
import type { Weights } from "./weights.ts";

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
  /** Reads imports and weights. Default: the file system, where there is one. Throws where there is no such file. */
  readonly read?: (path: string) => string | Uint8Array;
}

export interface EmitOptions extends CompileOptions {
  /** Keep weights outside the module, however few they are. Default false. */
  readonly external?: boolean;
}

/** All there are: the type checker holds this list against the interface. */
const known: Readonly<Record<keyof EmitOptions, true>> = {
  filename: true,
  entry: true,
  target: true,
  mode: true,
  seed: true,
  weights: true,
  strict: true,
  args: true,
  read: true,
  external: true,
};

const choices = { mode: ["eval", "train"], target: ["auto", "js"] } as const;

export function sourceOf(text: string, { filename = "model.nn" }: CompileOptions): Source {
  return { file: filename, text };
}

export function resolving({ entry, args, mode = "eval", read = readFile }: CompileOptions): ResolveOptions {
  return { entry, args, mode, read: textReader(read) };
}

/** The start of a source, where messages that are about no part of it point. */
export function start(source: Source): Span {
  return { source, start: 0, end: 0 };
}

/** NN4103. Callers in JavaScript have no type checker that would refuse these. */
export function wrongOptions(source: Source, options: CompileOptions): Diagnostic[] {
  const names = Object.keys(known);
  const wrong = (message: string, suggestion?: string): Diagnostic =>
    error("NN4103", start(source), message, { suggestion });
  return [
    ...Object.keys(options)
      .filter((name) => !names.includes(name))
      .map((name) => wrong(`there is no option \`${name}\``, meant(name, names, `there is ${list(names)}`))),
    ...wrongValues(options).map((reason) => wrong(`the option ${reason}`)),
  ];
}

function wrongValues(options: CompileOptions): string[] {
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
  return wrong;
}
