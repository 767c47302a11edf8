/** One model computed every way there is: by the evaluator, the interpreter after each pass, and emitted text. */
import { isDeepStrictEqual } from "node:util";
import { closure } from "../../compiler/emit/host/closure.ts";
import { moduleText } from "../../compiler/emit/host/module.ts";
import type { Evaluated } from "../../compiler/ir/graph/element-of.ts";
import { evaluate } from "../../compiler/ir/graph/evaluate.ts";
import type { Parameter } from "../../compiler/ir/graph/graph.ts";
import type { NumberArray, Dtype } from "../../compiler/ir/dtype.ts";
import { interpret, type Interpreted } from "../../compiler/ir/plan/interpret.ts";
import type { TensorGraph } from "../../compiler/ir/graph/builder.ts";
import type { Plan } from "../../compiler/ir/plan/plan.ts";
import { evaluateSize as sizeOf } from "../../compiler/ir/size/size.ts";
import { extents, type TensorType } from "../../compiler/ir/types.ts";
import { planPasses, type Options } from "../../compiler/pipeline/pipeline.ts";
import type { Model } from "../../runtime/model.ts";
import type { Tensor } from "../../runtime/tensor.ts";
import { rmsOf, ulp } from "../ulp.ts";

export type Sizes = ReadonlyMap<string, number>;

/** Tensors whose data are as a model takes them. */
export type Tensors = Readonly<Record<string, { readonly dtype: Exclude<Dtype, "f16">; readonly shape: readonly number[]; readonly data: NumberArray }>>; // prettier-ignore

export interface Given {
  readonly inputs: Tensors;
  readonly parameters: Tensors;
  readonly sizes: Sizes;
}

export interface Computed {
  readonly outputs: Readonly<Record<string, NumberArray>>;
  readonly updates: Readonly<Record<string, NumberArray>>;
}

/** The tensor graph that is the meaning, and the plan after each pass that makes one: the same where it changes none. */
export interface Stages {
  readonly graph: TensorGraph;
  readonly plans: ReadonlyMap<string, Plan>;
  readonly plan: Plan;
}

/** Runs the pipeline and keeps what it made on its way. `graph` is the one after the pass `from`. */
export function stagesOf(
  run: (options: Pick<Options, "verify" | "onPass">) => Plan,
  from?: TensorGraph,
): Stages {
  const plans = new Map<string, Plan>();
  let graph = from;
  const plan = run({
    verify: true,
    onPass: (name, stage) => {
      if (stage.kind === "tensors") graph ??= stage.graph;
      if (stage.kind !== "plan") return;
      const before = [...plans.values()].at(-1);
      plans.set(name, before && sameCode(before, stage.plan) ? before : stage.plan);
    },
  });
  return { graph: graph!, plans, plan };
}

function sameCode(before: Plan, after: Plan): boolean {
  const [one, other] = [before, after].map(({ prepare, run, slots, updates }) => {
    const calls = [...prepare, ...run].map(({ kernel, buffers, sizes }) => {
      return [kernel.name, kernel.buffers, kernel.sizes, kernel.body, buffers, sizes];
    });
    return [prepare.length, calls, slots, updates];
  });
  return isDeepStrictEqual(one, other);
}

export function shapeAt(type: TensorType, sizes: Sizes): number[] {
  return extents(type.shape).map((size) => sizeOf(size, sizes));
}

/** Values for ports or parameters, made by position. */
export function tensorsOf(
  ports: readonly { readonly name: string; readonly type: TensorType }[],
  sizes: Sizes,
  value: (port: number, at: number) => number,
): Tensors {
  return Object.fromEntries(
    ports.map(({ name, type }, port) => {
      const shape = shapeAt(type, sizes);
      const data = arrayOf(type.dtype, count(shape));
      for (let i = 0; i < data.length; i++) data[i] = value(port, i);
      return [name, { dtype: type.dtype as Tensors[string]["dtype"], shape, data }];
    }),
  );
}

export function named(parameters: readonly Parameter[]): { name: string; type: TensorType }[] {
  return parameters.map(({ path, type }) => ({ name: path, type }));
}

export function arrayOf(dtype: Dtype, length: number): NumberArray {
  return new {
    f32: Float32Array,
    f64: Float64Array,
    i32: Int32Array,
    bool: Uint8Array,
    f16: Int16Array,
    i8: Int8Array,
  }[dtype](length);
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The evaluator's results as they would be stored. */
export function evaluated(graph: TensorGraph, { inputs, parameters, sizes }: Given): Computed {
  const { outputs, updates } = evaluate(graph, inputs, parameters, sizes); // prettier-ignore
  const stored = (values: Readonly<Record<string, Evaluated>>): Record<string, NumberArray> =>
    mapped(values, ({ dtype, data }) => {
      const array = arrayOf(dtype, data.length);
      array.set(data);
      return array;
    });
  return { outputs: stored(outputs), updates: stored(updates) };
}

export function interpreted(plan: Plan, { inputs, parameters, sizes }: Given): Interpreted {
  const data = (tensors: Tensors): Record<string, NumberArray> => mapped(tensors, (tensor) => tensor.data);
  return interpret(plan, { inputs: data(inputs), parameters: data(parameters), sizes });
}

/** By `run`, into outputs that hold something else before. */
export function ran(model: Model, plan: Plan, { inputs, sizes }: Given): Computed {
  const outputs = tensorsOf(plan.outputs, sizes, () => 77);
  model.seed?.(0);
  // A run of sizes is given as one.
  model.run(inputs, outputs);
  const updates = plan.updates.map(({ path }) => [path, model.parameters[path]!.data.slice()]);
  return { outputs: mapped(outputs, ({ data }) => data), updates: Object.fromEntries(updates) as Computed["updates"] }; // prettier-ignore
}

/** By the call, into fresh memory. */
export function called(model: Model, plan: Plan, { inputs }: Given): Computed["outputs"] {
  const argument = plan.inputs.length === 1 ? inputs[plan.inputs[0]!.name] : inputs;
  model.seed?.(0);
  const result = model(argument);
  if (plan.outputs.length === 1) return { [plan.outputs[0]!.name]: result.data };
  return mapped(result as Record<string, Tensor>, ({ data }) => data as NumberArray);
}

export function closureOf(plan: Plan, parameters: Tensors): Model {
  // Training changes what the model owns.
  return closure(plan, structuredClone(parameters));
}

/** Gives a model these weights and this state. */
export function reset(model: Model, parameters: Tensors): void {
  for (const [path, { data }] of Object.entries(parameters)) model.parameters[path]!.data.set(data);
  model.refresh();
}

export async function moduleOf(plan: Plan, parameters: Tensors): Promise<Model> {
  const { code } = moduleText(plan, { header: [] });
  const { create } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
    create: (options: { weights: Tensors }) => Model;
  };
  return create({ weights: parameters });
}

/**
 * Holds every way against every other; the first disagreement in words. Without a bound the evaluator is left out,
 * and the others are still the same to the last bit.
 */
export function disagreement(
  stages: Stages,
  given: Given,
  models: readonly Model[],
  bound: Bound | undefined,
): string | undefined {
  const want = bound && evaluated(stages.graph, given);
  const steps = ["lower", ...planPasses.map((pass) => pass.name)];
  const results = new Map<string, Computed>();
  for (const [i, step] of steps.entries()) {
    const plan = stages.plans.get(step)!;
    // What a pass left as it was computes what it did.
    const unchanged = i > 0 && plan === stages.plans.get(steps[i - 1]!);
    results.set(step, unchanged ? results.get(steps[i - 1]!)! : interpreted(plan, given));
  }
  for (const step of steps) {
    const wrong = want && difference(results.get(step)!, want, bound);
    if (wrong !== undefined) return `interpreted after ${step}: ${wrong}`;
    const base = sameAs(step, steps, stages);
    const changed = difference(results.get(step)!, results.get(base)!, "bits");
    if (changed !== undefined) return `after ${step}, held against ${base}: ${changed}`;
  }
  const last = results.get("memory")!;
  for (const model of models) {
    // Before the run: a call in train mode changes the state that the run's result depends on.
    const wrong = difference(ran(model, stages.plan, given), last, "bits");
    if (wrong !== undefined) return `emitted: ${wrong}`;
    if (stages.plan.updates.length > 0) continue;
    const other = difference({ outputs: called(model, stages.plan, given), updates: {} }, { outputs: last.outputs, updates: {} }, "bits"); // prettier-ignore
    if (other !== undefined) return `emitted, called: ${other}`;
  }
  return undefined;
}

/** The step that gives the same bits. Unrolled sums add up in another order, and a function that is written out is another. */
function sameAs(step: string, steps: readonly string[], { plans }: Stages): string {
  if (steps.indexOf(step) < steps.indexOf("schedule")) return "lower";
  return step === "schedule" && plans.get(step) !== plans.get("expand-maps") ? step : "memory";
}

/** Equal bits (any NaN is a NaN), equal but for the sign of zero, or so many ULP at max(|want|, rms). */
export type Bound = "bits" | "values" | { readonly ulp: number };

export function difference(got: Computed, want: Computed, bound: Bound): string | undefined {
  for (const part of ["outputs", "updates"] as const) {
    if (Object.keys(got[part]).sort().join() !== Object.keys(want[part]).sort().join()) {
      return `${part} ${Object.keys(got[part]).join()}, not ${Object.keys(want[part]).join()}`;
    }
    for (const [name, wanted] of Object.entries(want[part])) {
      const wrong = differenceOf(got[part][name]!, wanted, bound);
      if (wrong !== undefined) return `${part} ${name}${wrong}`;
    }
  }
  return undefined;
}

function differenceOf(got: NumberArray, want: NumberArray, bound: Bound): string | undefined {
  if (got.length !== want.length) return ` has ${got.length} values, not ${want.length}`;
  if (got.constructor !== want.constructor)
    return ` is ${got.constructor.name}, not ${want.constructor.name}`;
  const rms = rmsOf(want);
  for (let i = 0; i < want.length; i++) {
    const [a, b] = [got[i]!, want[i]!];
    if (Object.is(a, b) || (bound === "values" && a === b)) continue;
    const close = typeof bound === "object" && Math.abs(a - b) <= bound.ulp * ulp(Math.max(Math.abs(b), rms));
    // Zeros of another sign are no rounding, unless there was something to round.
    if (close && !(a === 0 && b === 0)) continue;
    return `[${i}] is ${Object.is(a, -0) ? "-0" : a}, not ${Object.is(b, -0) ? "-0" : b} (rms ${rms})`;
  }
  return undefined;
}

function mapped<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
