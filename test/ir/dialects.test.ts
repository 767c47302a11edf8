/** The dialects of a plan: what one of them holds, the others refuse. */
import { describe, expect, test } from "vitest";
import type { Plan } from "../../compiler/ir/plan/plan.ts";
import { readPlan } from "../../compiler/ir/plan/read-plan.ts";
import { verifyPlan, type Dialect } from "../../compiler/ir/plan/verify-plan.ts";
import { plan } from "../../compiler/pipeline/pipeline.ts";
import { net } from "../inspect/support.ts";

const text = `model M {
  input i: i32[N]
  h = i -> Embedding(5, 4) -> LayerNorm(4)
  output y = h -> Linear(4, 3) -> Softmax(dim=-1)
}
`;

/** The last plan of each dialect. */
function plans(): ReadonlyMap<Dialect, Plan> {
  const found = new Map<Dialect, Plan>();
  plan(net(text), {
    mode: "eval",
    verify: true,
    onPass: (_, stage) => void (stage.kind === "plan" && found.set(stage.dialect!, stage.plan)),
  });
  return found;
}

describe("the driver says which dialect each plan is in", () => {
  const made = plans();
  test("all three are made, in this order", () => {
    expect([...made.keys()]).toEqual(["lowered", "named", "placed"]);
  });
  test.each<[Dialect, Dialect, string]>([
    ["lowered", "named", "checks an index that has no name, in a plan that is named"],
    ["lowered", "placed", "has no slot, in a plan that is placed"],
    ["named", "lowered", " names "],
    ["named", "placed", "has no slot, in a plan that is placed"],
    ["placed", "lowered", "run has slots, in a plan that is lowered"],
    ["placed", "named", "run has slots, in a plan that is named"],
  ])("a plan that is %s is not %s", (dialect, other, message) => {
    verifyPlan(made.get(dialect)!, dialect);
    verifyPlan(made.get(dialect)!);
    expect(() => verifyPlan(made.get(dialect)!, other)).toThrow(message);
  });
});

const placed = `plan net
input x: i32[3]
output y: f32[3]
run:
  slot 0: f64[3]
  copy(input x, @t: f64[3] in slot 0)
  copy#1(t, @output y)

kernel copy(x: i32, @y: f64)
  for i = 0 to 3
    y[i] = 1

kernel copy#1(x: f64, @y: f32)
  for i = 0 to 3
    y[i] = x[i]
`;

test.each<[string, string, string, Dialect, string]>([
  [
    "a let before names are given",
    "    y[i] = 1",
    "    let a = 1\n    y[i] = a",
    "lowered",
    "copy names a, in a plan that is lowered",
  ],
  [
    "a check before names are given",
    "    y[i] = 1",
    "    check 0 <= i < 2: C\n    y[i] = 1",
    "lowered",
    "copy names i, in a plan that is lowered",
  ],
  ["a temporary in a slot before there are slots", "", "", "named", "temporary t of copy has a slot"],
  [
    "a temporary without a slot",
    "@t: f64[3] in slot 0",
    "@t: f64[3]",
    "placed",
    "temporary t of copy has no slot",
  ],
  [
    "scratch without a slot",
    "@t: f64[3] in slot 0)\n  copy#1(t,",
    "@scratch t: f64[3])\n  copy#1(scratch t,",
    "placed",
    "scratch t of copy has no slot",
  ],
  [
    "an output in a slot",
    "@output y)",
    "@output y: f32[3] in slot 0)",
    "placed",
    "output y of copy has a slot",
  ],
])("%s", (_, from, to, dialect, message) => {
  const noSlots = dialect === "placed" ? placed : placed.replace("  slot 0: f64[3]\n", "");
  const base = dialect === "lowered" ? noSlots.replace(" in slot 0", "") : noSlots;
  expect(base).toContain(from);
  expect(() => verifyPlan(readPlan(base.replace(from, to)), dialect)).toThrow(message);
  verifyPlan(readPlan(placed), "placed");
});
