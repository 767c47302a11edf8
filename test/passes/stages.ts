/** The passes as functions from one printed form to another, which is how the tests here see them. */
import { printStage, type Stage } from "../../compiler/pipeline/stage.ts";
import { planPasses, signatureOf, tensorPasses, verifyStage } from "../../compiler/pipeline/pipeline.ts";
import { fuse } from "../../compiler/passes/fuse.ts";
import { lower } from "../../compiler/passes/lower.ts";
import { split } from "../../compiler/passes/split.ts";
import type { NarrowDtype } from "../../compiler/ir/dtype.ts";
import type { TensorGraph } from "../../compiler/ir/graph/builder.ts";
import type { PassContext } from "../../compiler/passes/pass.ts";
import { targets } from "../../compiler/target/index.ts";
import type { Target } from "../../compiler/target/target.ts";
import { readStage } from "../../compiler/pipeline/read-stage.ts";

export type Kind = Exclude<Stage["kind"], "layers">;

/** What a case is made for. */
interface MadeFor {
  readonly target: Target;
  readonly weightsAs?: NarrowDtype;
}

interface Step {
  readonly from: Kind;
  readonly run: (input: Stage, made?: MadeFor) => Stage;
}

/** What each pass after `expand` makes of a stage, by its name. */
export const steps: ReadonlyMap<string, Step> = new Map<string, Step>([
  ...tensorPasses.map((pass): [string, Step] => [
    pass.name,
    step("tensors", ({ graph }, made) => ({
      kind: "tensors",
      graph: pass.run(graph, contextOf(graph, made)),
    })),
  ]),
  [
    split.name,
    step("tensors", ({ graph }, made) => ({
      kind: "program",
      program: split.run(graph, contextOf(graph, made)),
    })),
  ],
  [
    fuse.name,
    step("program", ({ program }, made) => ({
      kind: "groups",
      groups: fuse.run(program, contextOf(program.run, made)),
    })),
  ],
  [
    lower.name,
    step("groups", ({ groups }, made) => ({
      kind: "plan",
      plan: lower.run(groups, contextOf(groups.run.graph, made)),
      ...(lower.makes && { dialect: lower.makes }),
    })),
  ],
  ...planPasses.map((pass): [string, Step] => [
    pass.name,
    step("plan", ({ plan }) => ({
      kind: "plan",
      plan: pass.run(plan, { mode, target: targets[plan.target], signature: plan }),
      ...(pass.makes && { dialect: pass.makes }),
    })),
  ]),
]);

/** Passes after `expand` ask no mode. */
const mode = "eval";

function contextOf(graph: TensorGraph, made: MadeFor): PassContext {
  return { mode, ...made, signature: signatureOf(graph) };
}

/** A plan says what it is for. A graph does not, so that its case does in a comment, unless it is for JavaScript. */
function madeFor(text: string): MadeFor {
  const weightsAs = /^\/\/ weights as (f16|i8)$/m.exec(text)?.[1] as NarrowDtype | undefined;
  return {
    target: targets[/^\/\/ target wasm$/m.test(text) ? "wasm" : "js"],
    ...(weightsAs && { weightsAs }),
  };
}

function step<K extends Kind>(
  from: K,
  run: (input: Extract<Stage, { kind: K }>, made: MadeFor) => Stage,
): Step {
  const js = { target: targets.js };
  return { from, run: (input, made = js) => run(input as Extract<Stage, { kind: K }>, made) };
}

/** What a pass makes of a printed stage. Both keep the rules of their forms. */
export function ran(name: string, text: string): string {
  const { from, run } = steps.get(name)!;
  const input = readStage(from, text);
  verifyStage(input, mode);
  const output = run(input, madeFor(text));
  verifyStage(output, mode);
  return printStage(output);
}
