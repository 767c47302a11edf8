/** What a compilation is asked for, by the API and by the command line alike. */
import { error, type Diagnostic } from "../../grammar/diagnostics.ts";
import type { Source, Span } from "../../grammar/source.ts";
import { wrongSeed } from "../../runtime/random.ts";
import { projectReader, textReader } from "./source-files.ts";
import type { Format } from "../emit/host/module-format.ts";
import { MAX_THREADS } from "../ir/plan/max-threads.ts";
import { isIdentifier } from "../ir/text/identifiers.ts";
import type { Mode } from "../layers/record.ts";
import type { EntryArgs, ResolveOptions } from "../resolve/index.ts";
import { quotedList, meant } from "../resolve/wording.ts";
import { optionalPasses } from "../pipeline/optional-passes.ts";
import { targetChoices, type TargetChoice } from "../target/index.ts";
import { wrongRule, type Rename } from "../weights/patterns.ts";
import type { WeightsAs } from "../weights/narrow-state.ts";
import type { Floats } from "../weights/rounding.ts";
import type { Weights } from "../weights/state.ts";

export interface CompileOptions {
  /** The path that messages show, and to which imports and weights are relative. Default "model.nn". */
  readonly filename?: string;
  /** The block or model to compile. Default: the file's chain, else its only model. */
  readonly entry?: string;
  /**
   * The machine that kernels are made for. With "wasm,js" a module, or a model of `compile`, has them in JavaScript, too, and
   * runs those where the engine has no WebAssembly with vectors. Default "auto", which is "wasm,js" for nets with at least
   * 100,000 multiply-accumulates a call, where sizes that only calls know are 1, and else "js".
   */
  readonly target?: TargetChoice;
  /**
   * Computes convolutions by their plain sums of products. Otherwise those of 3 x 3 may be made in tiles on WebAssembly, which
   * takes about half of the time (pass `winograd`): rounding errors are up to twice as large, and an infinity or NaN makes all
   * results of its tile NaN. Default false.
   */
  readonly exact?: boolean;
  /**
   * Lets WebAssembly use relaxed vectors, whose multiply-add is one instruction. It is rounded once or twice, as the machine
   * likes, so results differ between machines in their last digits. An engine without relaxed vectors runs the JavaScript of
   * "wasm,js", and refuses "wasm". Default false.
   */
  readonly relaxed?: boolean;
  /**
   * As what weights of products lie in memory and are written: those of Linear, convolutions and the like. "f16" takes half of the
   * room. "int8" takes a quarter: whole numbers from -127 to 127, and a scale for each row. Weights that are used for something else,
   * too, such as a table of embeddings, stay as they are. Default: f32.
   */
  readonly weightsAs?: WeightsAs;
  /**
   * How many threads share the work of large kernels on WebAssembly, with the same results: for `compile` a number, or `true` for
   * as many as the machine has. For `emit` it is `true`, and the module has the 6 KB that `create({ threads: 4 })` needs. Default:
   * one thread.
   */
  readonly threads?: number | boolean;
  /**
   * Names of passes to leave out, such as `["fold"]`, in order to measure what each is worth. `nnc print --passes` calls
   * the passes that can be left out optional. Default: no names.
   */
  readonly without?: readonly string[];
  /**
   * How the loops of some kernels are arranged, in place of what the target has for them: a line for each kernel, such as
   * `Linear_ReLU: jam i by 2, jam j by 4`. Messages call it by `file`, "schedule" if that is absent.
   */
  readonly schedule?: { readonly file?: string; readonly text: string };
  /**
   * In "train", statistics come from the batch and running ones are updated by each run, and dropout draws. Default "eval".
   */
  readonly mode?: Mode;
  /**
   * Paths of layers or blocks that are in train mode whatever `mode` says, such as `["head.norm"]`; `*` matches any characters.
   * Where `mode` is "train", they are exceptions from `eval`. Default: none.
   */
  readonly train?: readonly string[];
  /** The same for eval mode: with `mode: "train"`, `eval: ["bn*"]` leaves the running statistics of these layers as they are. */
  readonly eval?: readonly string[];
  /**
   * The seed for parameters that are not given, and again for the random numbers that runs draw, as in
   * `torch.manual_seed`: an integer from -2^63 to 2^64 - 1 (a bigint beyond 2^53), of which the low 32 bits count. Default 0.
   */
  readonly seed?: number | bigint;
  /**
   * With "fast", runs draw from another generator than PyTorch's, which takes a fraction of the time; with a seed its numbers are
   * the same on all targets, too. Default "torch".
   */
  readonly rng?: "torch" | "fast";
  /** The state dict. Default: the file of the source's `weights` statement, if it has one. */
  readonly weights?: Weights;
  /** Missing and unexpected names in the weights are errors, not other shapes alone. Default true. */
  readonly strict?: boolean;
  /**
   * Rules that rename the weights: `{ "encoder.layer.*": "layer.*" }`, where a `*` of the new name is the text that the `*` of
   * the old one has matched. A rule for the exact name counts before the first pattern that fits. Default: the rules of the
   * source's `weights` statement.
   */
  readonly rename?: Rename;
  /** Names of the net, or patterns with `*`, that the weights may lack: these are initialised. Default: no names. */
  readonly allowMissing?: readonly string[];
  /** Names of the weights, or patterns with `*`, that the net need not have. Default: no names. */
  readonly allowUnexpected?: readonly string[];
  /** Hyperparameters of the entry; a symbolic size of its inputs is fixed by its name. */
  readonly args?: EntryArgs;
  /**
   * Reads imports and weights, and throws where there is no such file. A function of yours may read whatever it likes. The
   * default reads the file system, where there is one, within the project of `filename`, symbolic links resolved: the
   * repository (the folder with .git), else the nearest folder with a package.json, else the file's own folder.
   */
  readonly read?: (path: string) => string | Uint8Array;
}

export interface EmitOptions extends CompileOptions {
  /**
   * Whether to keep weights outside the module, however few they are. With "given", they are in a file that exists, such as
   * one of PyTorch's: no file is made, and the module itself has the numbers of its `selfTest`. Default false.
   */
  readonly external?: boolean | "given";
  /**
   * The kind of script: an ES module, a module of CommonJS, or a classic script that sets a global variable to its exports,
   * among which the ready model is `model`. Default "esm".
   */
  readonly format?: Format;
  /** The name of the global variable. Default: the name of the file, without its extension. */
  readonly globalName?: string;
  /**
   * The URL at which `load` finds weights that are outside, relative to the module or absolute. Default
   * "./STEM.safetensors", where STEM is `filename` without its extension.
   */
  readonly weightsUrl?: string;
  /**
   * Whether kernels in WebAssembly are in the module, or in a file beside it if the weights are outside, too. Default "inside".
   */
  readonly kernels?: "inside" | "outside";
  /** The URL at which `load` finds kernels that are outside. Default "./STEM.wasm". */
  readonly wasmUrl?: string;
  /**
   * The type as which floats of the weights are written; f16 and bf16 take half the bytes of f32. Floats are rounded to the
   * nearest, ties to even, before anything is computed from them. Buffers, such as running statistics, stay f32. Default "f32".
   */
  readonly floats?: Floats;
}

/** The kind that each option must have, in words; empty where another check follows. The type checker compares the names. */
const known: Readonly<
  Record<keyof EmitOptions, "a text" | "true or false" | "a record" | "a function" | "an array" | "">
> = {
  filename: "a text",
  entry: "a text",
  target: "",
  exact: "true or false",
  relaxed: "true or false",
  weightsAs: "",
  threads: "",
  without: "an array",
  schedule: "a record",
  mode: "",
  train: "an array",
  eval: "an array",
  seed: "",
  rng: "",
  weights: "",
  strict: "true or false",
  rename: "a record",
  allowMissing: "an array",
  allowUnexpected: "an array",
  args: "a record",
  read: "a function",
  external: "",
  format: "",
  globalName: "a text",
  weightsUrl: "a text",
  kernels: "",
  wasmUrl: "a text",
  floats: "",
};

function isThreadCount(count: number): boolean {
  return Number.isInteger(count) && count >= 1 && count <= MAX_THREADS;
}

/** What a text without a name is called. */
const FILENAME = "model.nn";

const choices = {
  mode: ["eval", "train"],
  target: targetChoices,
  rng: ["torch", "fast"],
  weightsAs: ["f16", "int8"],
  format: ["esm", "cjs", "iife"],
  floats: ["f32", "f16", "bf16"],
  kernels: ["inside", "outside"],
} as const;

/** Throws TypeError for what is no text or no record of options: there would be nothing to point at. */
export function sourceOf(text: string, options: CompileOptions): Source {
  if (typeof text !== "string") throw new TypeError(`the source must be a text, not ${kindOf(text)}`);
  if (kindOf(options) !== "a record") throw new TypeError(`options must be a record, not ${kindOf(options)}`);
  const { filename = FILENAME } = options;
  return { file: String(filename), text };
}

/** Callers in JavaScript may give anything. */
function kindOf(value: unknown): string {
  if (typeof value === "string") return "a text";
  if (typeof value === "boolean") return "true or false";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1);
  return kind === "Object" ? "a record" : kind;
}

export function resolving(options: CompileOptions): ResolveOptions {
  const { entry, args, mode = "eval", train = [], eval: evaluated = [] } = options;
  return { entry, args, mode, patterns: { train, eval: evaluated }, read: textReader(readerOf(options)) };
}

/** How imports and weights are read. */
export function readerOf({ filename = FILENAME, read }: CompileOptions): NonNullable<CompileOptions["read"]> {
  return read ?? projectReader(String(filename));
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
      .map((name) =>
        wrong(`there is no option \`${name}\``, meant(name, names, `there is ${quotedList(names)}`)),
      ),
    ...wrongValues(options).map((reason) => wrong(`the option ${reason}`)),
  ];
}

function wrongValues(options: CompileOptions): string[] {
  const wrong = Object.entries(choices).flatMap(([option, allowed]) => {
    const value = (options as EmitOptions)[option as keyof typeof choices];
    if (value === undefined || (allowed as readonly string[]).includes(value)) return [];
    return `${option} is ${choicesText(allowed)}, not "${value}"`;
  });
  for (const [option, wanted] of Object.entries(known)) {
    const value: unknown = options[option as keyof CompileOptions];
    if (wanted === "" || value === undefined || kindOf(value) === wanted) continue;
    wrong.push(`${option} is ${wanted}, not ${typeof value === "boolean" ? String(value) : kindOf(value)}`);
  }
  const { seed, weights, external, floats = "f32", globalName } = options as EmitOptions;
  const { rename = {}, allowMissing = [], allowUnexpected = [], without = [], schedule } = options;
  const notText = (value: unknown): boolean => typeof value !== "string";
  if (kindOf(rename) === "a record")
    wrong.push(
      ...Object.entries(rename).flatMap(([from, to]) => {
        const reason = notText(to) ? "a new name is a text" : wrongRule(from, to);
        return reason === undefined ? [] : `rename is wrong: ${reason}`;
      }),
    );
  const { train = [], eval: evaluated = [] } = options;
  for (const [name, value] of Object.entries({ train, eval: evaluated }))
    if (Array.isArray(value) && value.some(notText)) wrong.push(`${name} holds paths of layers`);
  for (const [name, value] of Object.entries({ allowMissing, allowUnexpected }))
    if (Array.isArray(value) && value.some(notText)) wrong.push(`${name} holds names`);
  if (kindOf(schedule) === "a record" && typeof schedule?.text !== "string")
    wrong.push("schedule has its lines as `text`");
  if (Array.isArray(without))
    wrong.push(
      ...without
        .filter((name) => !optionalPasses.includes(name))
        .map(
          (name) =>
            `without names ${notText(name) ? kindOf(name) : name}, but passes that can be left out are ${quotedList(optionalPasses)}`,
        ),
    );
  const { threads } = options;
  if (typeof threads === "number" ? !isThreadCount(threads) : typeof (threads ?? true) !== "boolean")
    wrong.push(`threads is a whole number from 1 to ${MAX_THREADS}, or true, not ${String(threads)}`);
  if (options.target === "js" && threads !== undefined && threads !== false)
    wrong.push('threads are for WebAssembly: leave them out, or choose target "wasm" or "wasm,js"');
  if (options.relaxed === true && options.target === "js")
    wrong.push('relaxed is for WebAssembly: leave it out, or choose target "wasm" or "wasm,js"');
  if (typeof globalName === "string" && !isIdentifier(globalName))
    wrong.push(`globalName is a name that a variable can have, not "${globalName}"`);
  if (external !== undefined && typeof external !== "boolean" && external !== "given")
    wrong.push(
      `external is true, false or "given", not ${typeof external === "string" ? JSON.stringify(external) : kindOf(external)}`,
    );
  if (external === "given" && options.weightsAs !== undefined)
    wrong.push('weightsAs is for weights that are written, and with external: "given" none are');
  if (external === "given" && floats !== "f32")
    wrong.push('floats is for weights that are written, and with external: "given" none are');
  const seedReason = seed === undefined ? undefined : wrongSeed(seed);
  if (seedReason !== undefined) wrong.push(`seed ${seedReason}`);
  if (weights !== undefined && kindOf(weights) !== "a record")
    wrong.push(
      `weights holds tensors by name: loadSafetensors(bytes) makes it of a file; what was given is ${kindOf(weights)}`,
    );
  return wrong;
}

/** `"auto", "js" or "wasm"` */
function choicesText(choices: readonly string[]): string {
  const quoted = choices.map((choice) => `"${choice}"`);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}
