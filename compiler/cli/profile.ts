/** How long a model takes for a call, and each of its kernels within one. */
import type { Tensor } from "../../runtime/tensor.ts";
import { boundSymbols } from "../emit/bind.ts";
import { closure, timedClosure, type Clock } from "../emit/closure.ts";
import type { Plan } from "../ir/plan.ts";
import type { Model } from "../model.ts";

/** Milliseconds: the median of the samples, and the quartiles, between which half of them lie. */
export interface Timing {
  readonly ms: number;
  readonly lower: number;
  readonly upper: number;
  readonly samples: number;
}

export interface Profile {
  /** A `run` on tensors of the model's own. */
  readonly call: Timing;
  /** In the order of the plan's calls. */
  readonly kernels: readonly Timing[];
  /** Of what depends on parameters alone, once a model. */
  readonly prepareMs: number;
  /** What the sizes were that the inputs leave open. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** The model does not take the inputs: their shapes, sizes or indices. */
export class Refusal extends Error {}

type Tensors = Readonly<Record<string, Tensor>>;

/** Calls in a sample take at least so long together, against the grain of the clock and what reading it takes. */
const SAMPLE_MS = 1;
const KERNEL_MS = 0.02;
/** The share of the time that goes to calls that do not count, in which V8 optimises the code. */
const WARM_UP_SHARE = 0.2;

/**
 * Times a model for about so many seconds, but calls it at least six times. Both halves of the time go to models of
 * their own over one state: an ordinary one, and one that tells of its kernels. Throws a Refusal.
 */
export function profile(plan: Plan, state: Tensors, inputs: Tensors, seconds: number): Profile {
  const half = seconds * 500;
  return { ...timeCalls(plan, state, inputs, half), ...timeKernels(plan, state, inputs, half) };
}

function timeCalls(
  plan: Plan,
  state: Tensors,
  inputs: Tensors,
  limitMs: number,
): Pick<Profile, "call" | "prepareMs"> {
  const model = closure(plan, state);
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
  state: Tensors,
  inputs: Tensors,
  limitMs: number,
): Pick<Profile, "kernels" | "sizes"> {
  const stopwatch = new Stopwatch(plan.run.length);
  const run = caller(timedClosure(plan, state, stopwatch), inputs);
  warm(run, limitMs * WARM_UP_SHARE);
  stopwatch.begin();
  repeat(limitMs * (1 - WARM_UP_SHARE), run);
  const names = boundSymbols(plan.inputs);
  return {
    kernels: stopwatch.samples.map(timing),
    sizes: new Map(names.map((name, i) => [name, stopwatch.sizes[i]!])),
  };
}

/** Calls a short kernel several times in a row, since reading the clock takes as long as some of them. */
class Stopwatch implements Clock {
  sizes: readonly number[] = [];
  samples: number[][];
  readonly #calls: number[];
  #since = 0;

  constructor(kernels: number) {
    this.#calls = new Array<number>(kernels).fill(1);
    this.samples = this.#calls.map(() => []);
  }

  /** Forgets the samples, and takes from them how often to call each kernel from now on. */
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

/** A call on the model's own tensors, outputs included. */
function caller(model: Model, given: Tensors): () => void {
  // The call comes first: it refuses what the model does not take.
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

/** The results by name. */
function called(model: Model, inputs: Tensors): Tensors {
  const [only, ...others] = Object.values(inputs);
  try {
    const result = only && others.length === 0 ? model(only) : model(inputs);
    return model.outputs.length === 1 ? { [model.outputs[0]!.name]: result } : result;
  } catch (cause) {
    // What a model throws is about shapes, dtypes and indices of the input.
    if (cause instanceof TypeError || cause instanceof RangeError) throw new Refusal(cause.message);
    throw cause;
  }
}

/** Calls for so long; the time of a call towards the end. */
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

/** At least once. */
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
