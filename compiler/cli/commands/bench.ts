/** `nnc bench`: times a net, and each of its kernels. */
import { InvalidArgumentError, Option, type Command } from "commander";
import type { Tensor } from "../../../runtime/tensor.ts";
import { drive, type Driven } from "../../drive/driver.ts";
import { kernelCosts } from "../../inspect/cost.ts";
import { Owners } from "../../inspect/explain/owners.ts";
import { layersOf, modeText, type Layer } from "../../inspect/layers.ts";
import { bytesText, counted, listText, groupedNumber, table } from "../../inspect/text.ts";
import { visible } from "../../../runtime/visible.ts";
import { isInteger } from "../../ir/dtype.ts";
import type { Plan, PlanPort } from "../../ir/plan/plan.ts";
import { add, evaluateSize } from "../../ir/size/size.ts";
import { dimText, portTypeText } from "../../ir/types.ts";
import type { Port } from "../../../runtime/model.ts";
import type { GroupedProgram } from "../../passes/fuse.ts";
import { Reader } from "../read-file.ts";
import { inputOption, readInputs } from "../given-inputs.ts";
import { exit, Failure, type Io } from "../io.ts";
import { chooseSizes, makeInputs, type GivenSizes } from "../made-inputs.ts";
import {
  addModelOptions,
  modelOptions,
  steps,
  threadCountOption,
  weightsNote,
  type ModelOptions,
} from "../common-options.ts";
import { profile, RefusedCall, type Profile, type Timing } from "../profile.ts";
import { repeatable } from "../repeatable.ts";
import { showDiagnostics } from "../report.ts";
import { jsonLine } from "../screen.ts";
import { supported } from "../supported.ts";

type Tensors = Readonly<Record<string, Tensor>>;

/** The most layers of a kernel that are listed by name. For the rest, the number is given. */
const MAX_LISTED_LAYERS = 4;

interface BenchOptions extends ModelOptions {
  readonly threads?: number;
  readonly input: readonly string[];
  readonly size: GivenSizes;
  readonly seconds: number;
  readonly json?: true;
}

const help = `
A call is a run on tensors of the model's own; its time is a median, with half the
distance between the quartiles. Kernels are timed within runs, short ones several times
in a row. Bytes are those that a kernel must read and write at least, MACs the
multiply-accumulates of matrix products and convolutions.

Without --input, the input is made up: normal values, and integers that the net takes. Of
the sizes that it leaves open, --size sets some for the call; the others are 1 where an
input begins with them, as with a batch, and for "...", else 32. --arg fixes a size when
the net is compiled, which may make other kernels.

Examples:
  nnc bench mlp.nn
  nnc bench mlp.nn --size N=64 --seconds 5
  nnc bench layernorm.nn --size ...=4096
  nnc bench encoder.nn --entry Encoder --arg depth=2 --arg N=1 --weights encoder.safetensors
  nnc bench siamese.nn --input left=a.npy --input right=b.npy --json
`;

export function addBench(program: Command, io: Io): void {
  const command = program
    .command("bench <file>")
    .summary("time a net and its kernels")
    .description(
      "Compile a net in memory and time it: a call, and each kernel with what it moves and multiplies.",
    )
    .addOption(inputOption())
    .addOption(
      repeatable(
        new Option("--size <name=n>", "what an open size of the inputs is; repeatable")
          .argParser(readSize)
          .default({}, "none"),
      ),
    )
    .addOption(new Option("--seconds <n>", "about how long to time").argParser(readSeconds).default(2));
  addModelOptions(command)
    .addOption(threadCountOption())
    .option(
      "--json",
      'print { "call": { ms, … }, "kernels": [{ name, ms, share, bytes, macs, layers, … }], … } instead',
    )
    .addHelpText("after", help)
    .action((file: string, options: BenchOptions) => bench(file, options, io));
}

async function bench(file: string, options: BenchOptions, io: Io): Promise<void> {
  const reader = new Reader(io);
  const source = await reader.source(file);
  let groups: GroupedProgram | undefined;
  const driven = drive(source.text, modelOptions(source, options, reader), {
    ...steps(source, io),
    onPass: (_, stage) => {
      if (stage.kind === "groups") ({ groups } = stage);
    },
  });
  showDiagnostics(driven.diagnostics, reader.sources, io);
  const isGiven = options.input.length > 0;
  if (isGiven && Object.keys(options.size).length > 0)
    throw new Failure("--input has sizes of its own: leave --size away", exit.usage);
  const inputs = isGiven
    ? await readInputs(source.file, portsOf(driven.plan), options.input, reader)
    : undefined;
  io.err(weightsNote(driven));
  io.step?.(`${source.file}: time`);
  const times = supported(() =>
    inputs ? profileGiven(driven, inputs, options) : profileMade(driven, options),
  );
  const rows = rowsOf(driven, groups!, times);
  if (options.json) io.out(jsonLine(benchJson(driven, times, rows)));
  else io.out(benchText(driven, times, rows, isGiven ? undefined : options.size));
}

function portsOf({ inputs }: Plan): Port[] {
  return inputs.map(({ name, type: { dtype, shape }, batch }) => {
    const sizes = shape.map((dim) => (typeof dim === "number" ? dim : dimText(dim)));
    return { name, dtype, shape: sizes, ...(batch !== undefined && { unbatched: true }) };
  });
}

function profileGiven({ plan, held }: Driven, inputs: Tensors, { seconds, threads }: BenchOptions): Profile {
  try {
    return profile(plan, held, inputs, seconds, threads);
  } catch (cause) {
    if (cause instanceof RefusedCall) throw new Failure(cause.message);
    throw cause;
  }
}

/**
 * An i32 input is often an index into a table whose length only the net knows, so these bounds are tried one
 * after the other.
 */
const TRIED_INDEX_BOUNDS = [1000, 100, 10, 2, 1];

function profileMade({ plan, held }: Driven, { size, seconds, threads }: BenchOptions): Profile {
  const sizes = chooseSizes(plan, size);
  const hasIntegers = plan.inputs.some(({ type }) => isInteger(type.dtype));
  let refusal = "";
  for (const below of hasIntegers ? TRIED_INDEX_BOUNDS : [1]) {
    try {
      return profile(plan, held, makeInputs(plan, sizes, below), seconds, threads);
    } catch (cause) {
      if (!(cause instanceof RefusedCall)) throw cause;
      refusal = cause.message;
    }
  }
  const tried = Object.entries(sizes).map(([name, value]) => `${name}=${value}`);
  const help = tried.length > 0 ? `with ${listText(tried)}; --size sets others, and --input` : "--input";
  throw new Failure([
    `the net does not take a made-up input: ${refusal}`,
    `it was made ${help} gives a real one`,
  ]);
}

/** A kernel with its time and its cost. */
interface Row {
  readonly name: string;
  readonly time: Timing;
  /** The kernel's share of the time of all kernels of a run. */
  readonly share: number;
  readonly bytes: number;
  readonly macs: number;
  readonly layers: readonly Layer[];
}

export function rowsOf(
  { graph, plan }: Pick<Driven, "graph" | "plan">,
  groups: GroupedProgram,
  { kernels, sizes }: Pick<Profile, "kernels" | "sizes">,
): Row[] {
  const owners = new Owners(layersOf(graph));
  const total = kernels.reduce((sum, { ms }) => sum + ms, 0);
  return kernelCosts(groups, plan).run.map(({ name, group, calls, macs, read, written }) => {
    const time = together(calls.map((place) => kernels[place]!));
    return {
      name,
      time,
      share: time.ms / total,
      bytes: evaluateSize(add(read, written), sizes),
      macs: evaluateSize(macs, sizes),
      layers: owners.all(group.nodes),
    };
  });
}

/** The time of several things that are called one after the other. */
function together(times: readonly Timing[]): Timing {
  const total = (of: (time: Timing) => number): number => times.reduce((sum, time) => sum + of(time), 0);
  return {
    ms: total(({ ms }) => ms),
    lower: total(({ lower }) => lower),
    upper: total(({ upper }) => upper),
    samples: Math.min(...times.map(({ samples }) => samples)),
  };
}

/** The rate in thousand millions a second. */
function rate(count: number, { ms }: Timing): number {
  return count / ms / 1e6;
}

/** The results as one JSON value; times are in milliseconds. */
function benchJson(
  { graph, mode, plan }: Driven,
  { call, prepareMs, sizes }: Profile,
  rows: readonly Row[],
): object {
  return {
    name: graph.name,
    mode,
    sizes: Object.fromEntries(sizes),
    call,
    prepare: { kernels: plan.prepare.length, ms: prepareMs },
    kernels: rows.map(({ name, time, share, bytes, macs, layers }) => ({
      name,
      ...time,
      share,
      bytes,
      macs,
      gigabytesPerSecond: rate(bytes, time),
      gigamacsPerSecond: rate(macs, time),
      layers: layers.map((layer) => ({ name: layer.name, layer: layer.text, place: layer.place })),
    })),
  };
}

/** The results as text. `given` are the sizes of a made-up input that came from defaults. */
function benchText(
  driven: Driven,
  times: Profile,
  rows: readonly Row[],
  given: GivenSizes | undefined,
): string {
  const { graph, mode, plan } = driven;
  const ports = (list: readonly PlanPort[]): string =>
    list.map((port) => `${port.name}: ${portTypeText(port)}`).join(", ");
  const { call, sizes, prepareMs } = times;
  const between = timeText(rows.reduce((sum, { time }) => sum + time.ms, 0));
  const head = ["kernel", "time", "share", "bytes", "GB/s", "MACs", "GMAC/s", "layers"];
  const lines = [
    `${visible(graph.name)}, ${modeText(graph, mode)}: ${ports(plan.inputs)} -> ${ports(plan.outputs)}`,
    ...sizesLines(sizes, given),
    "",
    `a call     ${timeText(call.ms)} ± ${Math.round((50 * (call.upper - call.lower)) / call.ms)} %`,
    `  kernels  ${between}`,
    ...(plan.prepare.length > 0
      ? [`prepared   ${timeText(prepareMs)}, once a model, by ${counted(plan.prepare.length, "kernel")}`]
      : []),
    "",
    ...table([head, ...rows.map(cells)], [1, 2, 3, 4, 5, 6]),
  ];
  return `${lines.join("\n")}\n`;
}

function sizesLines(sizes: ReadonlyMap<string, number>, given: GivenSizes | undefined): string[] {
  const text = [...sizes].map(([name, value]) => `${name} = ${value}`);
  if (!given) return text.length > 0 ? [text.join(", ")] : [];
  const chosen = [...sizes.keys()].filter((name) => !Object.hasOwn(given, name));
  const how = chosen.length > 0 ? `, ${listText(chosen)} by default: --size ${chosen[0]}=8 sets it` : "";
  return text.length > 0 ? [`${text.join(", ")}${how}; made-up input`] : ["made-up input"];
}

function cells({ name, time, share, bytes, macs, layers }: Row): string[] {
  const shown = layers.slice(0, MAX_LISTED_LAYERS).map(layerText);
  const more = layers.length - shown.length;
  return [
    name,
    timeText(time.ms),
    `${(100 * share).toFixed(1)} %`,
    bytesText(bytes),
    digits(rate(bytes, time)),
    ...(macs === 0 ? ["", ""] : [groupedNumber(macs), digits(rate(macs, time))]),
    more > 0 ? `${shown.join(", ")} and ${groupedNumber(more)} more` : shown.join(", "),
  ];
}

/** The layer's call, with its name where that adds something. */
function layerText({ name, text, node }: Layer): string {
  return node.op.kind === "layer" && name.startsWith(node.op.record.name) ? text : `${name} ${text}`;
}

function timeText(ms: number): string {
  if (ms < 1e-3) return `${digits(ms * 1e6)} ns`;
  if (ms < 1) return `${digits(ms * 1e3)} µs`;
  return ms < 1e3 ? `${digits(ms)} ms` : `${digits(ms / 1e3)} s`;
}

/** The value with three digits, as more would be noise. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 0.01 ? value.toPrecision(3) : value.toFixed(2);
}

function readSize(text: string, known: GivenSizes): GivenSizes {
  const [, name, value] = /^([A-Za-z_]\w*|\.\.\.)=(\d+)$/.exec(text) ?? [];
  if (name === undefined || Number(value) < 1)
    throw new InvalidArgumentError("Write it as NAME=N: N=8, or ...=4096.");
  if (Object.hasOwn(known, name)) throw new InvalidArgumentError(`${name} is given twice.`);
  return { ...known, [name]: Number(value) };
}

function readSeconds(text: string): number {
  const seconds = /^(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : 0;
  if (!(seconds > 0 && seconds <= 3600)) throw new InvalidArgumentError("A number of seconds, to 3600.");
  return seconds;
}
