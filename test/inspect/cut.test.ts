/** What is said of kernels goes by their groups: it stays true where passes cut kernels and move calls. */
import { expect, test } from "vitest";
import { rowsOf } from "../../compiler/cli/commands/bench.ts";
import { kernelCosts, nameOfCalls } from "../../compiler/inspect/cost.ts";
import { kernelDiagram } from "../../compiler/inspect/diagram/draw-kernels.ts";
import { outlineText } from "../../compiler/inspect/diagram/text-outline.ts";
import { explain } from "../../compiler/inspect/explain.ts";
import { infoOf, infoText } from "../../compiler/inspect/info.ts";
import { interpret, type NamedArrays } from "../../compiler/ir/plan/interpret.ts";
import type { Call, Kernel, Plan, Statement } from "../../compiler/ir/plan/plan.ts";
import { printPlan } from "../../compiler/ir/plan/print-plan.ts";
import { readPlan } from "../../compiler/ir/plan/read-plan.ts";
import { elements } from "../../compiler/ir/types.ts";
import { verifyPlan } from "../../compiler/ir/plan/verify-plan.ts";
import { inspected } from "./support.ts";

const text = `model Cut {
  input x: f32[8, 4]
  a = x -> Linear(4, 4) -> PReLU
  output y = a -> Linear(4, 8) -> Softmax(dim=-1)
  output z = a -> LayerNorm(4) -> Linear(4, 2)
}
`;

const inspection = inspected(text);
const { plan, groups } = inspection;
const cut: Plan = { ...plan, run: plan.run.flatMap(halves) };

/** Two calls in place of one, each for half of the rows, the second half first. */
function halves(call: Call): Call[] {
  const { kernel } = call;
  const part = (name: string, change: (loop: Extract<Statement, { kind: "loop" }>) => Statement): Call => {
    const body = kernel.body.map((one) => (one.kind === "loop" ? change(one) : one));
    return { ...call, kernel: { ...kernel, name: kernel.name + name, body } satisfies Kernel };
  };
  return [part("_below", (loop) => ({ ...loop, from: 4 })), part("_above", (loop) => ({ ...loop, to: 4 }))];
}

function computed(of: Plan): unknown {
  const fill = (size: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.sin(i + 1));
  const parameters: NamedArrays = Object.fromEntries(of.parameters.map(({ path, type }) => [path, fill(elements(type.shape) as number)])); // prettier-ignore
  return interpret(of, { inputs: { x: fill(32) }, parameters, sizes: new Map() }).outputs;
}

test("each kernel of the net is cut in two, and the net computes what it did", () => {
  expect(groups.run.groups.length).toBeGreaterThan(2);
  for (const { kernel } of plan.run)
    expect(kernel.body.filter((one) => one.kind === "loop")).toMatchObject([{ from: 0, to: 8 }]);
  expect(cut.run.map(({ group }) => group)).toEqual(groups.run.groups.flatMap((_, i) => [i, i]));
  verifyPlan(cut);
  expect(computed(cut)).toEqual(computed(plan));
});

test("what a group costs does not depend on how many calls compute it", () => {
  const [whole, parts] = [plan, cut].map((of) => kernelCosts(groups, of));
  const told = (costs: typeof whole): unknown => costs?.run.map(({ macs, read, written }) => ({ macs, read, written })); // prettier-ignore
  expect(told(parts)).toEqual(told(whole));
  expect(told(whole)).toContainEqual({ macs: 128, read: 4 * 32 + 4 * 16 + 4 * 4 + 4 * 2, written: 8 * 32 });
  expect(parts!.run.map(({ calls }) => calls)).toEqual(groups.run.groups.map((_, i) => [2 * i, 2 * i + 1]));
  expect(parts!.run.map(({ name }) => name)).toEqual(plan.run.map(({ kernel: { name } }) => `${name}_below + ${name}_above`)); // prettier-ignore
});

test("info counts the calls", () => {
  const said = (of: Plan): string => infoText(infoOf({ ...inspection, plan: of }));
  const count = groups.run.groups.length;
  expect(said(cut)).toBe(said(plan).replace(`${count} a run`, `${2 * count} a run`));
  expect(said(cut)).not.toBe(said(plan));
});

test("explain knows whose the tensors in memory are", () => {
  const said = (of: Plan): unknown => explain({ ...inspection, plan: of }).find(({ pass }) => pass === "memory"); // prettier-ignore
  expect(said(cut)).toEqual(said(plan));
  expect(said(plan)).toMatchObject({ sentences: [expect.stringContaining("4 tensors"), ...new Array<unknown>(3).fill(expect.stringContaining("holds"))] }); // prettier-ignore
});

test("a diagram has one box for the two", () => {
  const drawn = outlineText(kernelDiagram({ ...inspection, plan: cut }));
  const names = plan.run.map(({ kernel }) => kernel.name);
  const joined = cut.run.map((_, i) => nameOfCalls(cut.run.slice(i, i + 2))).filter((_, i) => i % 2 === 0);
  let wanted = outlineText(kernelDiagram(inspection));
  names.forEach(
    (name, i) => (wanted = wanted.replaceAll(new RegExp(`\\b${name}\\b(?= |$)`, "gm"), joined[i]!)),
  );
  expect(drawn.match(/_below \+ /g)?.length).toBeGreaterThanOrEqual(names.length);
  expect(drawn.split("\n").length).toBe(wanted.split("\n").length);
});

test("bench adds the times of the two", () => {
  const kernels = cut.run.map((_, i) => ({ ms: i + 1, lower: i, upper: i + 2, samples: 10 - i }));
  const rows = rowsOf({ graph: inspection.graph, plan: cut }, groups, { kernels, sizes: new Map() });
  expect(rows.map(({ time }) => time)).toEqual(
    groups.run.groups.map((_, i) => ({
      ms: 4 * i + 3,
      lower: 4 * i + 1,
      upper: 4 * i + 5,
      samples: 9 - 2 * i,
    })),
  );
  expect(rows.map(({ layers }) => layers.map(({ name }) => name))).toEqual(
    rowsOf(inspection, groups, { kernels, sizes: new Map() }).map(({ layers }) =>
      layers.map(({ name }) => name),
    ),
  );
});

test("the printed form says of which group a call is, where its place does not", () => {
  const printed = printPlan(cut);
  expect(printed.match(/ of group \d$/gm)).toEqual(cut.run.slice(1).map(({ group }) => ` of group ${group}`));
  expect(printPlan(readPlan(printed))).toBe(printed);
  expect(readPlan(printed).run.map(({ group }) => group)).toEqual(cut.run.map(({ group }) => group));
  expect(printPlan(plan)).not.toContain("of group");
});
