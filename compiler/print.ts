/** What stands after any pass, as text. */
import { printPlan } from "./ir/print-plan.ts";
import { printGraph, printTensorGraph } from "./ir/print.ts";
import { describeLayer } from "./layers/describe.ts";
import { printGroups } from "./passes/print-groups.ts";
import type { Stage } from "./pipeline.ts";

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
