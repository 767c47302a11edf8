/** The passes as functions from one printed form to another, which is how the tests here see them. */
import { printStage, type Stage } from "../../compiler/pipeline/stage.ts";
import { planPasses, signatureOf, tensorPasses, verifyStage } from "../../compiler/pipeline/pipeline.ts";
import { fuse } from "../../compiler/passes/fuse.ts";
import { lower } from "../../compiler/passes/lower.ts";
import { split } from "../../compiler/passes/split.ts";
import type { TensorGraph } from "../../compiler/ir/graph/builder.ts";
import type { PassContext } from "../../compiler/passes/pass.ts";
import { targets } from "../../compiler/target/index.ts";
import { readStage } from "../../compiler/pipeline/read-stage.ts";

export type Kind = Exclude<Stage["kind"], "layers">;

interface Step {
  readonly from: Kind;
  readonly run: (input: Stage) => Stage;
}

/** What each pass after `expand` makes of a stage, by its name. */
export const steps: ReadonlyMap<string, Step> = new Map<string, Step>([
  ...tensorPasses.map((pass): [string, Step] => [
    pass.name,
    step("tensors", ({ graph }) => ({
      kind: "tensors",
      graph: pass.run(graph, contextOf(graph, pass.name)),
    })),
  ]),
  [
    split.name,
    step("tensors", ({ graph }) => ({ kind: "program", program: split.run(graph, contextOf(graph)) })),
  ],
  [
    fuse.name,
    step("program", ({ program }) => ({
      kind: "groups",
      groups: fuse.run(program, contextOf(program.run)),
    })),
  ],
  [
    lower.name,
    step("groups", ({ groups }) => ({
      kind: "plan",
      plan: lower.run(groups, contextOf(groups.run.graph)),
      ...(lower.makes && { dialect: lower.makes }),
    })),
  ],
  ...planPasses.map((pass): [string, Step] => [
    pass.name,
    step("plan", ({ plan }) => ({
      kind: "plan",
      plan: pass.run(plan, { ...js, target: targets[plan.target], signature: plan }),
      ...(pass.makes && { dialect: pass.makes }),
    })),
  ]),
]);

/** JavaScript in eval mode. Passes after `expand` ask no mode, and a plan says what it is for. */
const js = { target: targets.js, mode: "eval" } as const;

/** Passes over the tensor graph that do nothing for JavaScript. A graph does not say what it is for. */
const forWasm: ReadonlySet<string> = new Set(["winograd"]);

function contextOf(graph: TensorGraph, pass?: string): PassContext {
  const target = pass !== undefined && forWasm.has(pass) ? targets.wasm : targets.js;
  return { ...js, target, signature: signatureOf(graph) };
}

function step<K extends Kind>(from: K, run: (input: Extract<Stage, { kind: K }>) => Stage): Step {
  return { from, run: (input) => run(input as Extract<Stage, { kind: K }>) };
}

/** What a pass makes of a printed stage. Both keep the rules of their forms. */
export function ran(name: string, text: string): string {
  const { from, run } = steps.get(name)!;
  const input = readStage(from, text);
  verifyStage(input, js.mode);
  const output = run(input);
  verifyStage(output, js.mode);
  return printStage(output);
}
