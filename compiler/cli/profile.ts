/** Measures how long a model takes for a call, and how long each kernel takes in it. */
import type { Tensor } from "../../runtime/tensor.ts";
import type { HeldState } from "../weights/narrow-state.ts";
import { boundSymbols } from "../emit/host/bind-sizes.ts";
import { closure, timedClosure, type Clock } from "../emit/host/closure.ts";
import type { Plan } from "../ir/plan/plan.ts";
import { evaluateSize } from "../ir/size/size.ts";
import type { Model } from "../../runtime/model.ts";

/**
 * A time in milliseconds: the median of the samples, and the quartiles, between which half of the samples lie.
 */
export interface Timing {
  readonly ms: number;
  readonly lower: number;
  readonly upper: number;
  readonly samples: number;
}

export interface Profile {
  /** The time of a `run` on the model's own tensors. */
  readonly call: Timing;
  /** The times of kernels in a run, in the order of the plan's calls: of those in a loop for all steps together. */
  readonly kernels: readonly Timing[];
  /** The time of `prepare`, which depends on parameters alone and runs once per model. */
  readonly prepareMs: number;
  /** The values of the sizes that the inputs leave open. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** An error that says that the model does not accept the inputs: their shapes, sizes or indices. */
export class RefusedCall extends Error {}

type Tensors = Readonly<Record<string, Tensor>>;

/**
 * The calls of a sample take at least this long together, so that the resolution and the cost of the clock do not
 * matter.
 */
const SAMPLE_MS = 1;
const KERNEL_MS = 0.02;
/** The share of the time for calls before the measurement, in which V8 optimises the code. */
const WARM_UP_SHARE = 0.2;

/**
 * Times a model for about `seconds` seconds, with at least six calls. Half of the time goes to an ordinary model,
 * half to a model that reports the time of each kernel; the two share one state. Throws a Refusal.
 */
export function profile(
  plan: Plan,
  state: HeldState,
  inputs: Tensors,
  seconds: number,
  threads?: number,
): Profile {
  const half = seconds * 500;
  return {
    ...timeCalls(plan, state, inputs, half, threads),
    ...timeKernels(plan, state, inputs, half, threads),
  };
}

function timeCalls(
  plan: Plan,
  state: HeldState,
  inputs: Tensors,
  limitMs: number,
  threads?: number,
): Pick<Profile, "call" | "prepareMs"> {
  const model = closure(plan, state, { threads });
  const run = caller(model, inputs);
  const single = warm(run, limitMs * WARM_UP_SHARE);
  const count = Math.max(1, Math.ceil(SAMPLE_MS / single));
  const samples: number[] = [];
  repeat(limitMs * (1 - WARM_UP_SHARE), () => {
    const start = performance.now();
    for (let i = 0; i < count; i++) run();
    samples.push((performance.now() - start) / count);
  });
  const start = performance.now();
  model.refresh();
  return { call: timing(samples), prepareMs: performance.now() - start };
}

function timeKernels(
  plan: Plan,
  state: HeldState,
  inputs: Tensors,
  limitMs: number,
  threads?: number,
): Pick<Profile, "kernels" | "sizes"> {
  const stopwatch = new Stopwatch(plan.run.length);
  const run = caller(timedClosure(plan, state, stopwatch, threads), inputs);
  warm(run, limitMs * WARM_UP_SHARE);
  stopwatch.begin();
  repeat(limitMs * (1 - WARM_UP_SHARE), run);
  const names = boundSymbols(plan.inputs);
  const sizes = new Map(names.map((name, i) => [name, stopwatch.sizes[i]!]));
  const rounds = (call: number): number =>
    plan.loops
      .filter(({ from, to }) => from <= call && call < to)
      .reduce((product, { count }) => product * evaluateSize(count, sizes), 1);
  return { kernels: stopwatch.samples.map((samples, i) => repeated(timing(samples), rounds(i))), sizes };
}

/** The time of something that is done so often. */
function repeated({ ms, lower, upper, samples }: Timing, rounds: number): Timing {
  return { ms: ms * rounds, lower: lower * rounds, upper: upper * rounds, samples };
}

/** Calls a short kernel several times in a row, as reading the clock takes as long as some kernels do. */
class Stopwatch implements Clock {
  sizes: readonly number[] = [];
  samples: number[][];
  readonly #calls: number[];
  #since = 0;

  constructor(kernels: number) {
    this.#calls = new Array<number>(kernels).fill(1);
    this.samples = this.#calls.map(() => []);
  }

  /** Forgets the samples, but uses them to decide how often each kernel is called from now on. */
  begin(): void {
    this.samples.forEach((samples, kernel) => {
      this.#calls[kernel] = Math.ceil(KERNEL_MS / Math.max(timing(samples).ms, KERNEL_MS / 1000));
    });
    this.samples = this.#calls.map(() => []);
  }

  start(sizes: readonly number[]): void {
    this.sizes = sizes;
    this.#since = performance.now();
  }

  calls(kernel: number): number {
    return this.#calls[kernel]!;
  }

  stop(kernel: number): void {
    const now = performance.now();
    this.samples[kernel]!.push((now - this.#since) / this.#calls[kernel]!);
    this.#since = performance.now();
  }
}

/** Makes a function that calls the model with the model's own tensors for inputs and outputs. */
function caller(model: Model, given: Tensors): () => void {
  // The call comes first, as it throws a Refusal if the model does not accept the inputs.
  const results = Object.entries(called(model, given));
  const outputs = Object.fromEntries(results.map(([name, { shape }]) => [name, model.output(name, shape)]));
  const inputs = Object.fromEntries(
    Object.entries(given).map(([name, { shape, data }]) => {
      const own = model.input(name, shape);
      own.data.set(data as never);
      return [name, own];
    }),
  );
  return () => model.run(inputs, outputs);
}

/** Calls the model and returns the results by name. */
function called(model: Model, inputs: Tensors): Tensors {
  const [only, ...others] = Object.values(inputs);
  try {
    const result = only && others.length === 0 ? model(only) : model(inputs);
    return model.outputs.length === 1 ? { [model.outputs[0]!.name]: result } : result;
  } catch (cause) {
    // The errors that a model throws are about shapes, dtypes and indices of its input.
    if (cause instanceof TypeError || cause instanceof RangeError) throw new RefusedCall(cause.message);
    throw cause;
  }
}

/** Calls `run` for this long, and returns how long a call takes towards the end. */
function warm(run: () => void, limitMs: number): number {
  let last = 0;
  let count = 1;
  repeat(limitMs, () => {
    const start = performance.now();
    for (let i = 0; i < count; i++) run();
    last = (performance.now() - start) / count;
    if (last * count < SAMPLE_MS) count *= 2;
  });
  return last;
}

/** Calls `body` until the time is over, and at least once. */
function repeat(limitMs: number, body: () => void): void {
  const end = performance.now() + limitMs;
  do body();
  while (performance.now() < end);
}

function timing(samples: readonly number[]): Timing {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (fraction: number): number => sorted[Math.floor(fraction * (sorted.length - 1))]!;
  return { ms: at(0.5), lower: at(0.25), upper: at(0.75), samples: sorted.length };
}
