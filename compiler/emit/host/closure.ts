/** Makes a plan a model in this process. */
import type { Generator } from "../../../runtime/random.ts";
import type { Tensor } from "../../../runtime/tensor.ts";
import type { NumberArray } from "../../ir/dtype.ts";
import { draws } from "../../ir/graph/draws.ts";
import type { Plan } from "../../ir/plan/plan.ts";
import type { HeldTensor, Model } from "../../../runtime/model.ts";
import { guarded, own, unfit } from "./guard.ts";
import { wasmModule, type KernelModule } from "../wasm/wasm-module.ts";
import { heapFunctions, heapNames } from "./heap.ts";
import { closureText } from "./module.ts";

/** An error that says what an engine lacks to run the kernels of a model. It is no fault of the net or of the compiler. */
export class UnsupportedEngine extends Error {}

/**
 * Makes a model of a plan and its state, from the text that a module of the plan would have. The tensors of the state
 * must have the shapes, dtypes and order of the parameters; they become the model's own. Where the engine cannot compile the
 * plan's WebAssembly, that of `fallback` is taken, if there is one. Random numbers are those of `source`, or begin with
 * `seed`. Throws EvalError where the engine does not allow text to become code, and UnsupportedEngine where it cannot compile
 * the WebAssembly.
 */
export function closure(
  plan: Plan,
  state: Readonly<Record<string, Tensor | HeldTensor>>,
  {
    fallback,
    seed = 0,
    source,
    threads,
  }: {
    readonly fallback?: (() => Plan) | undefined;
    readonly seed?: number | bigint;
    readonly source?: RandomSource;
    readonly threads?: Threads;
  } = {},
): Model {
  const kernels = kernelsOf(plan);
  const isRefused = fallback && kernels && !canCompile(kernels.bytes);
  const create = isRefused ? evaluate(fallback(), { source }) : evaluate(plan, { source, kernels });
  return guarded(create({ weights: state, seed, threads }));
}

function kernelsOf(plan: Plan): KernelModule | undefined {
  return plan.target === "wasm" ? wasmModule(plan) : undefined;
}

/** Whether this engine, and the policy of the page, let a binary of WebAssembly become code. */
function canCompile(binary: Uint8Array): boolean {
  try {
    const { WebAssembly } = globalThis as unknown as {
      readonly WebAssembly: { readonly Module: new (bytes: Uint8Array) => unknown };
    };
    const made = new WebAssembly.Module(binary);
    return typeof made === "object";
  } catch {
    return false;
  }
}

/** An object that runs call before and after each kernel. Kernels are numbered by their place in the plan. */
export interface Clock {
  /** Called before the first kernel, with the values of `boundSymbols`. */
  start(sizes: readonly number[]): void;
  /** How often the run must call a kernel, at least once. Repeated calls compute the same values. */
  calls(kernel: number): number;
  /** Called after the last of these calls. */
  stop(kernel: number): void;
}

/** Like `closure`, but runs report each kernel to a clock. */
export function timedClosure(
  plan: Plan,
  state: Readonly<Record<string, Tensor | HeldTensor>>,
  clock: Clock,
  threads?: Threads,
): Model {
  return evaluate(plan, { clock })({ weights: state, seed: 0, threads });
}

type Make = (...given: unknown[]) => Create;
type Create = (options: { weights: unknown; seed: number | bigint; threads: Threads }) => Model;

/** How many threads share the work of a model; with `true` as many as the machine has. */
export type Threads = number | boolean | undefined;

/** A generator that others than the model draw from as well. Its owner may put another in its place between two runs. */
export interface RandomSource {
  readonly generator: Generator;
}

/** What a model draws by, as `randomOf` of a module gives it. */
function drawerOf(source: RandomSource): Readonly<Record<string, unknown>> {
  const methods = Object.entries(draws).map(([name, { draw, numbers }]) => {
    const fill = (y: NumberArray, at: number, n: number, ...given: readonly unknown[]): void => {
      const [x, from] = given.slice(numbers.length) as [NumberArray | undefined, number];
      const values = given.slice(0, numbers.length) as number[];
      y.set(draw(source.generator, n, values, x?.subarray(from) ?? []), at);
    };
    return [name, fill] as const;
  });
  return Object.fromEntries(methods);
}

interface Surroundings {
  readonly clock?: Clock;
  readonly source?: RandomSource | undefined;
  /** The plan's kernels in WebAssembly, where they were made already. */
  readonly kernels?: KernelModule | undefined;
}

/** Makes one function of the whole model, with the kernels as functions inside it. It is strict, as modules are. */
function evaluate(plan: Plan, { clock, source, kernels = kernelsOf(plan) }: Surroundings): Create {
  const text = closureText(plan, clock && "clock", kernels);
  const given = new Map<string, unknown>(
    Object.entries({ own, unfit, clock, binary: kernels?.bytes, drawer: source && drawerOf(source) }),
  );
  let make;
  try {
    if (kernels) heapFunctions().forEach((value, i) => given.set(heapNames[i]!, value));
    // oxlint-disable-next-line typescript/no-implied-eval -- the text is the compiler's own
    make = new Function(...given.keys(), `"use strict";\n${text}`) as Make;
  } catch (cause) {
    if (!(cause instanceof EvalError)) throw cause;
    throw new EvalError(
      "compile makes code of text, which this engine or a Content-Security-Policy without 'unsafe-eval' forbids; " +
        "import a module made by nnc compile instead",
      { cause },
    );
  }
  const create = make(...given.values());
  return (options) => {
    try {
      return create(options);
    } catch (cause) {
      if (!kernels || !(cause instanceof Error) || canCompile(kernels.bytes)) throw cause;
      throw new UnsupportedEngine(cause.message, { cause: cause.cause });
    }
  };
}
