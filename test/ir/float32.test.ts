/** Which buffers of a kernel get values that may be no float32 numbers. */
import { expect, test } from "vitest";
import { buffersOfFloat64 } from "../../compiler/ir/graph/float32.ts";
import { readPlan } from "../../compiler/ir/plan/read-plan.ts";

/** Of a kernel that keeps a value of each element of x for a second loop, and stores that. */
function found(value: string): string[] {
  const text = `plan p
input x: f32[4]
output y: f32[4]
run:
  k(input x, @output y, &scratch rows: f64[4])

kernel k(x: f32, @y: f32, &rows: f64)
  for i = 0 to 4
    rows[i] = ${value}
  for i = 0 to 4
    y[i] = rows[i]
`;
  return [...buffersOfFloat64(readPlan(text).run[0]!.kernel)].sort();
}

test("what a kernel keeps in float64 for itself is float32 if it was", () => {
  expect(found("max(x[i], 0)")).toEqual([]);
  expect(found("x[i] * x[i]")).toEqual(["rows", "y"]);
});
