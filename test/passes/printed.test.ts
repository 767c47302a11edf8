/** The printed form of a stage says all of it: what is read from it prints alike, and passes make the same of it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drive } from "../../compiler/drive/driver.ts";
import { planTensors, signatureOf } from "../../compiler/pipeline/pipeline.ts";
import { printStage, type Stage } from "../../compiler/pipeline/stage.ts";
import { readStage } from "../../compiler/pipeline/read-stage.ts";
import { graphOf, recipes } from "../differential/graphs.ts";
import { netOf, recipes as netRecipes } from "../differential/nets.ts";
import { steps } from "./stages.ts";

/** What is lost on the way through the printed form, from pass to pass. */
function lost(run: (onPass: (name: string, stage: Stage) => void) => void): string[] {
  const wrong: string[] = [];
  let read: Stage | undefined;
  let last = "";
  run((name, stage) => {
    if (stage.kind === "layers") return;
    const text = printStage(stage);
    // Of a size with hundreds of characters parts are left out, since it is for people.
    if (text.includes("…")) {
      [read, last] = [undefined, text];
      return;
    }
    const made = read && steps.get(name)?.run(read);
    if (made && printStage(seenAlike(made, stage)) !== text)
      wrong.push(`${name} makes another of what was read:\n${text}\n${printStage(made)}`);
    if (text !== last) {
      read = readStage(stage.kind, text);
      if (printStage(read) !== text)
        wrong.push(`after ${name} it is read otherwise:\n${text}\n${printStage(read)}`);
    }
    last = text;
  });
  return wrong;
}

/** A plan with the ports of another: which of their sizes are a run stands in the layer graph alone. */
function seenAlike(made: Stage, like: Stage): Stage {
  if (made.kind !== "plan" || like.kind !== "plan") return made;
  return { ...made, plan: { ...made.plan, inputs: like.plan.inputs, outputs: like.plan.outputs } };
}

/** More of them, or others: `RUNS=2000 SEED=2 npx vitest run test/passes/printed.test.ts`. */
function options(runs: number): { numRuns: number; seed: number } {
  return { numRuns: Number(process.env["RUNS"] ?? runs), seed: Number(process.env["SEED"] ?? 1) };
}

describe("after every pass, the printed form is read back, and the next pass makes the same of what was read", () => {
  test("random graphs", () => {
    fc.assert(
      fc.property(recipes, (recipe) => {
        const graph = graphOf(recipe);
        expect(lost((onPass) => planTensors(graph, signatureOf(graph), { onPass }))).toEqual([]);
      }),
      options(40),
    );
  });

  test("random nets", () => {
    fc.assert(
      fc.property(netRecipes, (recipe) => {
        const { text, mode, args } = netOf(recipe);
        expect(lost((onPass) => drive(text, { mode, args }, { onPass }))).toEqual([]);
      }),
      options(40),
    );
  });
});
