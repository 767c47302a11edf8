/** The passes in their order, and their driver. The order of each pass says why it is where it is. */
import { NnError, PassError } from "../../grammar/nn-error.ts";
import type { NarrowDtype } from "../ir/dtype.ts";
import { typeOf, type Graph, type GraphPort } from "../ir/graph/graph.ts";
import type { TensorGraph } from "../ir/graph/builder.ts";
import type { Directive } from "../ir/plan/directive.ts";
import type { Plan, PlanPort, Signature } from "../ir/plan/plan.ts";
import { SizeLimit } from "../ir/size/size-limit.ts";
import { termCount } from "../ir/size/size.ts";
import { elements } from "../ir/types.ts";
import { verifyPlan } from "../ir/plan/verify-plan.ts";
import { verify } from "../ir/graph/verify-graph.ts";
import type { LayerOp, Mode } from "../layers/record.ts";
import { verifyLayers } from "../layers/verify-layers.ts";
import { clip } from "../passes/clip.ts";
import { coalesce } from "../passes/coalesce.ts";
import { expand } from "../passes/expand.ts";
import { expandMaps } from "../passes/expand-maps.ts";
import { fold } from "../passes/fold.ts";
import { fuse } from "../passes/fuse.ts";
import { hoist } from "../passes/hoist.ts";
import { lift } from "../passes/lift.ts";
import { lower } from "../passes/lower.ts";
import { mask } from "../passes/mask.ts";
import { materialize } from "../passes/materialize.ts";
import { memory } from "../passes/memory.ts";
import { narrow } from "../passes/narrow.ts";
import { pack } from "../passes/pack.ts";
import { pad } from "../passes/pad.ts";
import { wrongOrder, type Pass, type PassContext } from "../passes/pass.ts";
import { prune } from "../passes/prune.ts";
import { simplify } from "../passes/simplify.ts";
import { sink } from "../passes/sink.ts";
import { split } from "../passes/split.ts";
import { tabulate } from "../passes/tabulate.ts";
import { winograd } from "../passes/winograd.ts";
import { verifyGroups, verifyProgram } from "../passes/verify-groups.ts";
import { schedule, ScheduleError } from "../passes/schedule.ts";
import { printStage, type Stage } from "./stage.ts";
import { js } from "../target/js.ts";
import type { Target } from "../target/target.ts";
import { sizeTooComplicated } from "../resolve/index.ts";

export interface Options {
  readonly mode: Mode;
  /** The target of the kernels. Default: JavaScript. */
  readonly target?: Target;
  /** Schedules that are given for kernels, by their printed names. */
  readonly schedules?: ReadonlyMap<string, readonly Directive[]>;
  /** As what weights of products lie in memory. Default: f32. */
  readonly weightsAs?: NarrowDtype;
  /** Names of passes that are left out, to measure what they are worth. */
  readonly without?: readonly string[];
  /** Check the layer graph, and every stage that a pass makes. Tests do; it costs about as much as the passes. */
  readonly verify?: boolean;
  /** Told the name of each pass before it runs; the driver tells `resolve` and `weights` too. */
  readonly onStart?: (name: string) => void;
  /** Told the result of each pass, and first the layer graph under the name `resolve`. */
  readonly onPass?: (name: string, stage: Stage, milliseconds: number) => void;
}

/** The passes between `expand` and `split`, which makes `prepare` and `run` of one tensor graph. */
export const tensorPasses: readonly Pass<TensorGraph, TensorGraph>[] = [
  prune,
  simplify,
  narrow,
  fold,
  sink,
  tabulate,
  pad,
  winograd,
  materialize,
  pack,
];

export const planPasses: readonly Pass<Plan, Plan>[] = [
  clip,
  coalesce,
  mask,
  lift,
  schedule,
  expandMaps,
  hoist,
  memory,
];

/** All passes in their order. */
export const passes: readonly Pick<Pass<never, unknown>, "name" | "order">[] = [
  expand,
  ...tensorPasses,
  split,
  fuse,
  lower,
  ...planPasses,
];

const wrong = wrongOrder(passes);
if (wrong.length > 0) throw new Error(wrong.join("; "));

/** The names of the stages in their order, as `nnc print --after` takes them. */
export const passNames: readonly string[] = ["resolve", ...passes.map(({ name }) => name)];

/**
 * The plan of a layer graph. Throws NnError where the passes would make sizes that are too complicated; any other error
 * is a bug of a pass.
 */
export function plan(graph: Graph<LayerOp>, options: Options): Plan {
  try {
    return passed(graph, options);
  } catch (error) {
    throw error instanceof SizeLimit ? (tooComplicated(graph, error) ?? error) : error;
  }
}

function passed(graph: Graph<LayerOp>, options: Options): Plan {
  if (options.verify) verifyStage({ kind: "layers", graph }, options.mode);
  options.onPass?.("resolve", { kind: "layers", graph }, 0);
  const signature = signatureOf(graph);
  const apply = applying({ kind: "layers", graph }, signature, options);
  const tensors = apply(expand, graph, (out) => ({ kind: "tensors", graph: out }));
  return planTensors(tensors, signature, options);
}

/** Where no layer is known, the place is that of the layer whose results have the most complicated sizes. */
function tooComplicated(graph: Graph<LayerOp>, { message, origin }: SizeLimit): NnError | undefined {
  const termsOf = ({ types }: (typeof graph.nodes)[number]): number =>
    Math.max(...types.map(({ shape }) => termCount(elements(shape))));
  const layer = origin ?? graph.nodes.reduce((a, b) => (termsOf(b) > termsOf(a) ? b : a)).origin;
  const span = layer?.calls[0].span;
  return span && new NnError([sizeTooComplicated(span, message)], [span.source]);
}

/** The plan of an expanded graph, whose inputs and outputs the user sees as the signature has them. */
export function planTensors(graph: TensorGraph, signature: Signature, options: Partial<Options>): Plan {
  const apply = applying({ kind: "tensors", graph }, signature, options);
  const isWanted = ({ name }: { readonly name: string }): boolean => !options.without?.includes(name);
  let tensors = graph;
  for (const pass of tensorPasses.filter(isWanted))
    tensors = apply(pass, tensors, (out) => ({ kind: "tensors", graph: out }));
  const program = apply(split, tensors, (out) => ({ kind: "program", program: out }));
  const groups = apply(fuse, program, (out) => ({ kind: "groups", groups: out }));
  let dialect = lower.makes;
  const stage = (out: Plan): Stage => ({ kind: "plan", plan: out, ...(dialect && { dialect }) });
  let result = apply(lower, groups, stage);
  for (const pass of planPasses.filter(isWanted)) {
    dialect = pass.makes ?? dialect;
    result = apply(pass, result, stage);
  }
  return result;
}

export function signatureOf<Op>(graph: Graph<Op>): Signature {
  const port = ({ name, value, batch }: GraphPort<Op>): PlanPort => {
    return { name, type: typeOf(value), ...(batch !== undefined && { batch }) };
  };
  return { inputs: graph.inputs.map(port), outputs: graph.outputs.map(port) };
}

type Apply = <In, Out>(pass: Pass<In, Out>, input: In, stage: (out: Out) => Stage) => Out;

/** Runs passes one after the other, the first on `before`, and says which one an error comes from. */
function applying(
  before: Extract<Stage, { graph: unknown }>,
  signature: Signature,
  { mode = "eval", target = js, schedules, weightsAs, verify: verifies, onStart, onPass }: Partial<Options>,
): Apply {
  const context: PassContext = {
    mode,
    target,
    signature,
    ...(schedules && { schedules }),
    ...(weightsAs && { weightsAs }),
  };
  let latest: Stage = before;
  return (pass, input, stage) => {
    onStart?.(pass.name);
    const start = performance.now();
    try {
      const out = pass.run(input, context);
      const made = stage(out);
      if (verifies) verifyStage(made, mode);
      onPass?.(pass.name, made, performance.now() - start);
      latest = made;
      return out;
    } catch (cause) {
      if (cause instanceof SizeLimit || cause instanceof ScheduleError) throw cause;
      throw new PassError(pass.name, before.graph.name, printStage(latest), cause);
    }
  };
}

/** Throws where a stage breaks a rule of its form. */
export function verifyStage(stage: Stage, mode: Mode): void {
  switch (stage.kind) {
    case "layers":
      return verifyLayers(stage.graph, mode);
    case "tensors":
      return verify(stage.graph);
    case "program":
      verify(stage.program.prepare);
      verify(stage.program.run);
      return verifyProgram(stage.program);
    case "groups":
      return verifyGroups(stage.groups);
    case "plan":
      return verifyPlan(stage.plan, stage.dialect);
  }
}
