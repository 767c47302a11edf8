/** Goes from a source to a plan and its weights, which `compile` and `emit` share. */
import type { Diagnostic } from "../../grammar/diagnostics.ts";
import type { Source, Span } from "../../grammar/source.ts";
import { NnError } from "../../grammar/nn-error.ts";
import { givenWeights } from "./given-weights.ts";
import type { Graph } from "../ir/graph/graph.ts";
import type { Plan } from "../ir/plan/plan.ts";
import type { LayerOp, Mode } from "../layers/record.ts";
import { resolving, sourceOf, wrongOptions, type CompileOptions } from "./options.ts";
import { ScheduleError } from "../passes/schedule.ts";
import { plan, type Options } from "../pipeline/pipeline.ts";
import { readSchedule, refusedSchedule } from "./schedule-file.ts";
import { resolve } from "../resolve/index.ts";
import { targetsFor } from "../pipeline/choose-target.ts";
import { misfits, noRoom, notNarrow } from "../weights/messages.ts";
import {
  narrowDtypes,
  narrowState,
  NotFinite,
  type HeldState,
  type Narrowed,
  type NarrowResult,
  type WeightsAs,
} from "../weights/narrow-state.ts";
import { BeyondHalf } from "../weights/rounding.ts";
import { fit } from "../weights/fit.ts";
import { fill, lackingRoom, type State } from "../weights/state.ts";

export interface Driven {
  readonly graph: Graph<LayerOp>;
  readonly plan: Plan;
  /** Makes the plan of the target that stands in for that of `plan`, if there is one. */
  readonly fallback?: () => Plan;
  /** The values of the net's parameters, rounded where `held` rounds them. */
  readonly state: State;
  /** The parameters of the plan, in its order, as a model holds them. The driver's own copy: a model may keep and change it. */
  readonly held: HeldState;
  /** What narrow storage did to the weights, if it was asked for. */
  readonly narrowed?: Narrowed;
  readonly mode: Mode;
  /** The seed of initial values, and of the random numbers that runs draw. */
  readonly seed: number | bigint;
  /** Whether there were weights, by an option or by a statement of the source. */
  readonly given: boolean;
  /** Parameters that were initialised, since they were not given; counters are not among them. */
  readonly fresh: readonly string[];
  /** Names of the weights that the net does not have. */
  readonly unused: readonly string[];
  /** A sentence for each thing that was done to the weights to make them fit. */
  readonly notes: readonly string[];
  /** Paths of all weights that the source and its imports name, whether or not they were read. */
  readonly named: readonly string[];
  /** The warnings; errors are thrown. */
  readonly diagnostics: readonly Diagnostic[];
}

export function drive(text: string, options: CompileOptions, trace: Partial<Options> = {}): Driven {
  const source = sourceOf(text, options);
  const { mode = "eval", seed = 0, rng = "torch", target = "auto", exact = false } = options;
  const { relaxed, threads, weightsAs } = options;
  const wrong = wrongOptions(source, options);
  const { schedule, without = [] } = options;
  if (wrong.length > 0) throw new NnError(wrong, [source]);
  const scheduled = schedule && { file: schedule.file ?? "schedule", text: schedule.text };
  trace.onStart?.("resolve");
  const { graph, diagnostics, sources, weights, named } = resolve(source, resolving(options));
  if (!graph) throw new NnError(diagnostics, sources);
  trace.onStart?.("weights");
  const given = givenWeights(source, weights, options);
  const matched = fit(graph.parameters, given.weights ?? {}, { ...options, rename: given.rename });
  const wrongWeights = given.weights ? misfits(given.span, matched) : given.wrong;
  if (wrongWeights.length > 0) throw new NnError(wrongWeights, sources);
  const lacking = lackingRoom(graph.parameters);
  if (lacking !== undefined) throw new NnError([noRoom(given.span, lacking)], sources);
  const filled = fill(graph.parameters, matched.found, seed);
  const chosen = targetsFor(target, graph, mode, {
    relaxed,
    threads: threads !== undefined && threads !== false,
  });
  const asked = {
    ...trace,
    mode,
    target: chosen.target,
    without: exact ? [...without, "winograd"] : without,
    ...(weightsAs && { weightsAs: narrowDtypes[weightsAs] }),
  };
  const { fallback } = chosen;
  const drawn = (one: Plan): Plan => (rng === "fast" ? { ...one, rng } : one);
  const made = scheduled ? planned(graph, asked, scheduled) : plan(graph, asked);
  const { held, state, narrowed } = weightsAs
    ? narrowWeights(made, filled, weightsAs, given.span, sources)
    : { held: filled as HeldState, state: filled, narrowed: undefined };
  return {
    graph,
    plan: drawn(made),
    ...(fallback && { fallback: () => drawn(plan(graph, { ...asked, target: fallback })) }),
    state,
    held,
    ...(narrowed && { narrowed }),
    mode,
    seed,
    given: given.weights !== undefined,
    fresh: matched.missing.map(({ name }) => name),
    unused: matched.unexpected.map(({ name }) => name),
    notes: matched.notes,
    named,
    diagnostics,
  };
}

/** The weights as the plan holds them; NnError where one of them has no narrow form. */
function narrowWeights(
  { parameters }: Plan,
  state: State,
  weightsAs: WeightsAs,
  span: Span,
  sources: readonly Source[],
): NarrowResult {
  try {
    return narrowState(parameters, state);
  } catch (cause) {
    if (cause instanceof BeyondHalf || cause instanceof NotFinite)
      throw new NnError([notNarrow(span, cause, weightsAs)], sources);
    throw cause;
  }
}

/** The plan with the schedules of a text; NnError where they are wrong. */
function planned(graph: Graph<LayerOp>, options: Options, source: Source): Plan {
  const file = readSchedule(source);
  if (file.diagnostics.length > 0) throw new NnError(file.diagnostics, [source]);
  try {
    return plan(graph, { ...options, schedules: file.schedules });
  } catch (cause) {
    throw cause instanceof ScheduleError ? new NnError([refusedSchedule(cause, file)], [source]) : cause;
  }
}
