/** The stages that passes work on, and their printed form. */
import type { Graph } from "../ir/graph/graph.ts";
import type { TensorGraph } from "../ir/graph/builder.ts";
import type { Plan } from "../ir/plan/plan.ts";
import type { Dialect } from "../ir/plan/verify-plan.ts";
import { printPlan } from "../ir/plan/print-plan.ts";
import { printGraph, printTensorGraph } from "../ir/graph/print-graph.ts";
import { describeLayer } from "../layers/describe.ts";
import type { LayerOp } from "../layers/record.ts";
import type { GroupedProgram } from "../passes/fuse.ts";
import { printGroups } from "../passes/print-groups.ts";
import type { Program } from "../passes/split.ts";

/** A net as it is before or after a pass. */
export type Stage =
  | { readonly kind: "layers"; readonly graph: Graph<LayerOp> }
  | { readonly kind: "tensors"; readonly graph: TensorGraph }
  | { readonly kind: "program"; readonly program: Program }
  | { readonly kind: "groups"; readonly groups: GroupedProgram }
  | {
      readonly kind: "plan";
      readonly plan: Plan;
      /** Not known of a plan that was read. */ readonly dialect?: Dialect;
    };

export function printStage(stage: Stage): string {
  switch (stage.kind) {
    case "layers":
      return printGraph(stage.graph, describeLayer);
    case "tensors":
      return printTensorGraph(stage.graph);
    case "program": {
      const { prepare, run } = stage.program;
      return `prepare: ${printTensorGraph(prepare)}\nrun: ${printTensorGraph(run)}`;
    }
    case "groups":
      return printGroups(stage.groups);
    case "plan":
      return printPlan(stage.plan);
  }
}
