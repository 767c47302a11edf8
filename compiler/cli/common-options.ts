/** Options that several commands share, and how their values are read. */
import { InvalidArgumentError, Option, type Command } from "commander";
import type { Source } from "../../grammar/source.ts";
import type { Driven } from "../drive/driver.ts";
import type { Mode } from "../layers/record.ts";
import { optionalPasses } from "../pipeline/optional-passes.ts";
import { targetChoices, type TargetChoice } from "../target/index.ts";
import type { CompileOptions } from "../drive/options.ts";
import { MAX_THREADS } from "../ir/plan/max-threads.ts";
import type { EntryArgs } from "../resolve/index.ts";
import { readWeights, WeightsFileError } from "../weights/weights-file.ts";
import { shareText, someOf } from "../weights/fit.ts";
import { narrowDtypes, type WeightsAs } from "../weights/narrow-state.ts";
import { wrongRule, type Rename } from "../weights/patterns.ts";
import { parameterShape, type Weights } from "../weights/state.ts";
import { wrongSeed } from "../../runtime/random.ts";
import { sizeOf } from "../../runtime/tensor.ts";
import type { Reader } from "./read-file.ts";
import { exit, Failure, type Io } from "./io.ts";
import { listOption, repeatable } from "./repeatable.ts";
import { notesText } from "./report.ts";

/** Options about the net that is compiled, and its mode. */
export interface EntryOptions {
  readonly entry?: string;
  readonly arg: EntryArgs;
  readonly mode: Mode;
  readonly train: readonly string[];
  readonly eval: readonly string[];
  readonly allowOutside?: true;
}

/** These options, and those about weights and kernels. */
export interface ModelOptions extends EntryOptions {
  readonly weights: readonly string[];
  readonly rename: Rename;
  readonly partial?: true;
  readonly allowMissing: readonly string[];
  readonly allowUnexpected: readonly string[];
  readonly seed: bigint;
  readonly rng: "torch" | "fast";
  readonly target: TargetChoice;
  readonly exact?: true;
  readonly relaxed?: true;
  readonly weightsAs?: WeightsAs;
  /** How many threads a model has, or that a module may have several. */
  readonly threads?: number | true;
  readonly without: readonly string[];
  readonly schedule?: string;
}

export function addEntryOptions(command: Command): Command {
  return command
    .option("--entry <name>", "the block or model to take (default: the chain, or the only model)")
    .addOption(
      repeatable(
        new Option("--arg <name=value>", "a parameter of the entry, or a size of its inputs; repeatable")
          .argParser(readArg)
          .default({}, "none"),
      ),
    )
    .addOption(
      new Option("--mode <mode>", "train: statistics of the batch, and dropout")
        .choices(["eval", "train"])
        .default("eval"),
    )
    .addOption(
      listOption("--train <path>", "layers in train mode whatever --mode says; * matches any; repeatable"),
    )
    .addOption(
      listOption("--eval <path>", "layers in eval mode, as --eval 'bn*' with --mode train; repeatable"),
    )
    .addOption(outsideOption());
}

export function outsideOption(): Option {
  return new Option(
    "--allow-outside",
    "imports and weights that a text names may lie outside of its project",
  );
}

export function withoutOption(): Option {
  return repeatable(
    new Option("--without <pass>", "leave a pass out, to see what it is worth; repeatable")
      .choices(optionalPasses)
      .argParser(readPass)
      .default([], "none"),
  );
}

function readPass(name: string, list: readonly string[]): readonly string[] {
  if (optionalPasses.includes(name)) return [...list, name];
  throw new InvalidArgumentError(`Passes that can be left out are ${optionalPasses.join(", ")}.`);
}

export function targetOption(): Option {
  return new Option(
    "--target <target>",
    "what kernels run on; auto is wasm,js for nets with much to multiply, else js",
  )
    .choices(targetChoices)
    .default("auto");
}

export function exactOption(): Option {
  return new Option("--exact", "convolutions as plain sums of products, without Winograd's tiles");
}

export function relaxedOption(): Option {
  return new Option(
    "--relaxed",
    "WebAssembly with relaxed multiply-add: faster; last digits differ between machines",
  );
}

export function weightsAsOption(): Option {
  return new Option(
    "--weights-as <type>",
    "as what weights of products lie in files and in memory (default: f32)",
  ).choices(Object.keys(narrowDtypes));
}

/** Refuses what `wrongOptions` refuses, for commands that show a net and do not compile it. */
export function checkRelaxed(relaxed: boolean | undefined, target: TargetChoice): void {
  if (relaxed && target === "js")
    throw new Failure("--relaxed is for WebAssembly: leave it out, or choose --target wasm", exit.usage);
}

/** The option of commands that write or show what is compiled. */
export function threadsOption(): Option {
  return new Option("--threads", "kernels on WebAssembly whose rounds threads may share");
}

/** The option of commands that run a model. */
export function threadCountOption(): Option {
  return new Option(
    "--threads <n>",
    "how many threads share large kernels on WebAssembly (default: 1)",
  ).argParser((text) => {
    const count = Number(text);
    if (/^[1-9]\d*$/.test(text) && count <= MAX_THREADS) return count;
    throw new InvalidArgumentError(`A number of threads is a whole number from 1 to ${MAX_THREADS}.`);
  });
}

export function checkThreads(threads: number | true | undefined, target: TargetChoice): void {
  if (threads !== undefined && target === "js")
    throw new Failure("--threads is for WebAssembly: leave it out, or choose --target wasm", exit.usage);
}

/** The passes that a command leaves out. */
export function leftOut(without: readonly string[], exact: boolean | undefined): readonly string[] {
  return exact ? [...without, "winograd"] : without;
}

export function forceOption(): Option {
  return new Option(
    "--force",
    "replace files that are there and that nnc did not write, or that were changed since",
  );
}

/** The ways out that a command with --force and -o proposes where it may not replace a file. */
export const wayOut = { force: "--force replaces it", other: "choose another name for -o" };

export function addModelOptions(command: Command): Command {
  return addEntryOptions(command)
    .addOption(
      listOption(
        "--weights <file>",
        "a safetensors file, named as in PyTorch's state_dict, or an index; repeatable",
      ),
    )
    .addOption(
      repeatable(
        new Option("--rename <from=to>", "new names for those of the weights, with *; repeatable")
          .argParser(readRule)
          .default({}, "none"),
      ),
    )
    .option("--partial", "the weights may lack names, and have others")
    .addOption(listOption("--allow-missing <name>", "a name the weights may lack, with *; repeatable"))
    .addOption(listOption("--allow-unexpected <name>", "a name the net need not have, with *; repeatable"))
    .addOption(targetOption())
    .addOption(exactOption())
    .addOption(relaxedOption())
    .addOption(weightsAsOption())
    .addOption(withoutOption())
    .option(
      "--schedule <file>",
      "how loops of kernels are arranged, a line each: NAME: jam i by 4, sums k by 4",
    )
    .addOption(
      new Option(
        "--seed <n>",
        "seeds the weights that are not given, and what runs draw, as torch.manual_seed(n)",
      )
        .argParser(readSeed)
        .default(0n, "0"),
    )
    .addOption(
      new Option("--rng <kind>", "fast: runs draw from a generator that is faster than PyTorch's")
        .choices(["torch", "fast"])
        .default("torch"),
    );
}

export function entryOptions({ file }: Source, options: EntryOptions, reader: Reader): CompileOptions {
  const { entry, arg, mode, train, eval: evaluated, allowOutside = false } = options;
  const read = reader.reading(file, allowOutside);
  return {
    filename: file,
    args: arg,
    mode,
    train,
    eval: evaluated,
    read,
    ...(entry !== undefined && { entry }),
  };
}

export function modelOptions(source: Source, options: ModelOptions, reader: Reader): CompileOptions {
  return {
    ...entryOptions(source, options, reader),
    seed: options.seed,
    rng: options.rng,
    strict: options.partial !== true,
    target: options.target,
    exact: options.exact === true,
    relaxed: options.relaxed === true,
    ...(options.weightsAs && { weightsAs: options.weightsAs }),
    ...(options.threads !== undefined && { threads: options.threads }),
    without: options.without,
    ...(options.schedule !== undefined && { schedule: reader.text(options.schedule) }),
    rename: options.rename,
    allowMissing: options.allowMissing,
    allowUnexpected: options.allowUnexpected,
    ...(options.weights.length > 0 && { weights: weightsFrom(options.weights, reader) }),
  };
}

/** Tells of each step from a source to a plan. */
export function steps({ file }: Source, io: Io): { onStart: (pass: string) => void } {
  return { onStart: (pass) => io.step?.(`${file}: ${pass}`) };
}

/** Notes about the weights: what was done to them, which parameters they lack, and which tensors belong to no parameter. */
export function weightsNote({ fresh, unused, notes: done, graph, given }: Driven): string {
  const all = graph.parameters.length;
  const parameters = `parameter${all === 1 ? "" : "s"}`;
  if (!given)
    return fresh.length === 0 ? "" : `note: no weights given, ${fresh.length} ${parameters} initialised\n`;
  const notes = [
    ...done,
    ...(fresh.length > 0
      ? [
          `${fresh.length} of ${all} ${parameters} not among the weights, initialised, ${shareOf(new Set(fresh), graph)} of all numbers: ${someOf(fresh)}`,
        ]
      : []),
    ...(unused.length > 0 ? [`not of the net, left out of the weights: ${someOf(unused)}`] : []),
  ];
  return notesText(notes);
}

function shareOf(fresh: ReadonlySet<string>, { parameters }: Driven["graph"]): string {
  const elements = (some: typeof parameters): number =>
    some.reduce((sum, one) => sum + sizeOf(parameterShape(one)), 0);
  return shareText(elements(parameters.filter(({ path }) => fresh.has(path))), elements(parameters));
}

/** Reads the tensors of several files as one record. */
export function weightsFrom(paths: readonly string[], reader: Reader): Weights {
  try {
    return readWeights(paths, (path) => reader.bytes(path));
  } catch (cause) {
    if (cause instanceof WeightsFileError) throw new Failure(cause.message);
    throw cause;
  }
}

function readRule(text: string, known: Rename): Rename {
  const at = text.indexOf("=");
  const [from, to] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 0) throw new InvalidArgumentError("Write it as FROM=TO: bert.*=*, *.gamma=*.weight.");
  const reason = wrongRule(from, to);
  if (reason !== undefined) throw new InvalidArgumentError(`${reason}.`);
  if (Object.hasOwn(known, from)) throw new InvalidArgumentError(`${from} is renamed twice.`);
  return { ...known, [from]: to };
}

function readSeed(text: string): bigint {
  const seed = /^[-+]?\d+$/.test(text) ? BigInt(text) : undefined;
  if (seed === undefined || wrongSeed(seed) !== undefined)
    throw new InvalidArgumentError("A seed is an integer from -2^63 to 2^64 - 1.");
  return seed;
}

function readArg(text: string, known: EntryArgs): EntryArgs {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError("Write it as NAME=VALUE: depth=4, sizes=[64, 32], act=true.");
  if (Object.hasOwn(known, name)) throw new InvalidArgumentError(`${name} is given twice.`);
  return { ...known, [name]: readValue(value) };
}

/** A number, a truth value or a list of numbers; anything else is a text. */
function readValue(text: string): EntryArgs[string] {
  const trimmed = text.trim();
  if (/^(true|True)$/.test(trimmed)) return true;
  if (/^(false|False)$/.test(trimmed)) return false;
  const number = readNumber(trimmed);
  if (number !== undefined) return number;
  const list = /^\[(.*)\]$/s.exec(trimmed)?.[1];
  if (list === undefined) return text;
  const items = list.trim() === "" ? [] : list.split(",").map((item) => readNumber(item.trim()));
  if (items.every((item) => item !== undefined)) return items;
  throw new InvalidArgumentError("A list holds numbers: [64, 32].");
}

function readNumber(text: string): number | undefined {
  if (/^[-+]?inf(inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined;
}
