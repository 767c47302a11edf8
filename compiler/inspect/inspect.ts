/** A net and the results of all passes, for the commands that show nets. Weights are neither read nor drawn. */
import type { Graph } from "../ir/graph/graph.ts";
import type { TensorGraph } from "../ir/graph/builder.ts";
import type { Plan } from "../ir/plan/plan.ts";
import type { LayerOp, Mode } from "../layers/record.ts";
import type { GroupedProgram } from "../passes/fuse.ts";
import type { Program } from "../passes/split.ts";
import { targets } from "../target/index.ts";
import type { Target } from "../target/target.ts";
import { plan, type Options } from "../pipeline/pipeline.ts";

export interface Inspection {
  readonly mode: Mode;
  readonly target: Target;
  /** Where `auto` chose the target, the multiply-accumulates of a call that decided. */
  readonly macs?: number;
  /** Set where relaxed vectors were allowed, also if the target has none. */
  readonly relaxed?: true;
  /** Set where threads were allowed, also if the target has none. */
  readonly threads?: true;
  readonly graph: Graph<LayerOp>;
  /**
   * The graphs after `expand` and the passes up to `split`, in order. A pass that changed nothing returned the
   * same graph.
   */
  readonly tensors: readonly { readonly pass: string; readonly graph: TensorGraph }[];
  readonly program: Program;
  readonly groups: GroupedProgram;
  readonly plan: Plan;
}

export function inspect(
  graph: Graph<LayerOp>,
  mode: Mode,
  {
    macs,
    relaxed,
    threads,
    ...options
  }: Pick<Options, "onStart" | "target" | "without" | "weightsAs"> &
    Pick<Inspection, "macs" | "relaxed" | "threads"> = {},
): Inspection {
  const tensors: { pass: string; graph: TensorGraph }[] = [];
  let program: Program | undefined;
  let groups: GroupedProgram | undefined;
  const { target = targets.js } = options;
  const made = plan(graph, {
    ...options,
    target,
    mode,
    onPass: (pass, stage) => {
      if (stage.kind === "tensors") tensors.push({ pass, graph: stage.graph });
      if (stage.kind === "program") ({ program } = stage);
      if (stage.kind === "groups") ({ groups } = stage);
    },
  });
  return {
    mode,
    target,
    ...(macs !== undefined && { macs }),
    ...(relaxed && { relaxed }),
    ...(threads && { threads }),
    graph,
    tensors,
    program: program!,
    groups: groups!,
    plan: made,
  };
}
