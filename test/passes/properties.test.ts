/** What holds of passes on any graph: running one twice is running it once, and the order of nodes changes no number. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drive } from "../../compiler/drive/driver.ts";
import type { TensorGraph } from "../../compiler/ir/graph/builder.ts";
import { planTensors, signatureOf } from "../../compiler/pipeline/pipeline.ts";
import { printStage, type Stage } from "../../compiler/pipeline/stage.ts";
import { verifyPlan } from "../../compiler/ir/plan/verify-plan.ts";
import type { Tensor, TensorNode } from "../../compiler/ir/graph/builder.ts";
import { difference, interpreted } from "../differential/agree.ts";
import { graphOf, recipes, SIZES } from "../differential/graphs.ts";
import { kindOf } from "../differential/hard.ts";
import { netOf, recipes as netRecipes } from "../differential/nets.ts";
import { randomOf } from "../differential/random.ts";
import { givenOf } from "../differential/wrong.ts";
import { steps } from "./stages.ts";

type Told = (name: string, stage: Stage) => void;

/** More of them, or others: `RUNS=2000 SEED=2 npx vitest run test/passes/properties.test.ts`. */
function options(runs: number): { numRuns: number; seed: number } {
  return { numRuns: Number(process.env["RUNS"] ?? runs), seed: Number(process.env["SEED"] ?? 1) };
}

describe("a pass twice is a pass once", () => {
  const names = ["simplify", "sink", "coalesce"];

  /** Which of them make another thing of what they made. */
  function changed(run: (onPass: Told) => void): string[] {
    const wrong: string[] = [];
    run((name, stage) => {
      if (!names.includes(name)) return;
      const [once, twice] = [stage, steps.get(name)!.run(stage)].map(printStage);
      if (twice !== once) wrong.push(`${name}:\n${once}\nand then:\n${twice}`);
    });
    return wrong;
  }

  test("random graphs", () => {
    fc.assert(
      fc.property(recipes, (recipe) => {
        const graph = graphOf(recipe);
        expect(changed((onPass) => planTensors(graph, signatureOf(graph), { onPass }))).toEqual([]);
      }),
      options(60),
    );
  });

  test("random nets", () => {
    fc.assert(
      fc.property(netRecipes, (recipe) => {
        const { text, mode, args } = netOf(recipe);
        expect(changed((onPass) => drive(text, { mode, args }, { onPass }))).toEqual([]);
      }),
      options(40),
    );
  });
});

// A second time it names what it had moved beside another use: another text, which computes the same.
test("hoist takes plans that have names, and changes no number", () => {
  fc.assert(
    fc.property(recipes, fc.nat(), (recipe, seed) => {
      const graph = graphOf(recipe);
      const given = givenOf(graph, SIZES.at(-1)!, kindOf(seed));
      const hoistAgain = (name: string, stage: Stage): void => {
        if (stage.kind !== "plan" || (name !== "hoist" && name !== "schedule")) return;
        const { plan } = steps.get("hoist")!.run(stage) as Extract<Stage, { kind: "plan" }>;
        verifyPlan(plan);
        expect(difference(interpreted(plan, given), interpreted(stage.plan, given), "bits")).toBeUndefined();
      };
      planTensors(graph, signatureOf(graph), { onPass: hoistAgain });
    }),
    options(40),
  );
});

/** The same graph with its nodes in another order in which each stands after those it reads. */
function shuffled(graph: TensorGraph, seed: number): TensorGraph {
  const random = randomOf(seed);
  const renewed = new Map<TensorNode, TensorNode>();
  const renew = ({ node, result }: Tensor): Tensor => ({ node: renewed.get(node)!, result });
  const waiting = [...graph.nodes];
  const nodes: TensorNode[] = [];
  while (waiting.length > 0) {
    const ready = waiting.filter((node) => node.inputs.every((input) => renewed.has(input.node)));
    const next = ready[Math.floor(random() * ready.length)]!;
    waiting.splice(waiting.indexOf(next), 1);
    const made: TensorNode = { ...next, id: nodes.length, inputs: next.inputs.map(renew) };
    renewed.set(next, made);
    nodes.push(made);
  }
  const port = <P extends { readonly value: Tensor }>(one: P): P => ({ ...one, value: renew(one.value) });
  return {
    ...graph,
    nodes,
    inputs: graph.inputs.map(port),
    outputs: graph.outputs.map(port),
    updates: graph.updates.map(port),
  };
}

// Calls stand in the order of the nodes, and which of two kernels a map joins may be a matter of that order, too.
test("another order of the nodes gives a plan that computes the same numbers to the last bit", () => {
  fc.assert(
    fc.property(recipes, fc.nat(), (recipe, seed) => {
      const graph = graphOf(recipe);
      const [plan, other] = [graph, shuffled(graph, seed)].map((one) =>
        planTensors(one, signatureOf(one), { verify: true }),
      );
      const given = givenOf(graph, SIZES.at(-1)!, kindOf(seed));
      expect(difference(interpreted(other!, given), interpreted(plan!, given), "bits")).toBeUndefined();
    }),
    options(60),
  );
});
