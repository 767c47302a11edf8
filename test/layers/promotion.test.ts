/**
 * Operands of different dtypes, at values that float32 does not hold: the evaluator, the interpreter, the closure and
 * the module promote alike. That they do so as PyTorch does, `torch.test.ts` tells of its recordings in promotion.json.
 */
import { expect, test } from "vitest";
import { drive } from "../../compiler/drive/driver.ts";
import { closureOf, disagreement, evaluated, moduleOf, stagesOf, tensorsOf } from "../differential/agree.ts";

const INTEGERS = [0, -1, 2 ** 24, 2 ** 24 + 1, 2 ** 24 + 3, -(2 ** 24) - 1, 2 ** 31 - 1, -(2 ** 31)];
const FLOATS = [0, -1, 2 ** 24, 2 ** 24, 2 ** 24 + 4, -(2 ** 24), 2 ** 31, -(2 ** 31)];

/** Where given, what PyTorch has: true where the integer, rounded to float32, compares so with the float. */
const NETS: readonly (readonly [expression: string, wanted?: readonly number[]])[] = [
  ["a == x", [1, 1, 1, 1, 1, 1, 1, 1]],
  ["a != x", [0, 0, 0, 0, 0, 0, 0, 0]],
  ["a > x", [0, 0, 0, 0, 0, 0, 0, 0]],
  ["a < x + 1"],
  ["(a * 1) == (x * 1)", [1, 1, 1, 1, 1, 1, 1, 1]],
  // Literals take part as tensors without sizes do, and float32 has no 2^24 + 1.
  ["a == 16777217.0", [0, 0, 1, 1, 0, 0, 0, 0]],
  ["a == 16777217", [0, 0, 0, 1, 0, 0, 0, 0]],
  ["x == 16777217", [0, 0, 1, 1, 0, 0, 0, 0]],
  ["a == 2147483647.0", [0, 0, 0, 0, 0, 0, 1, 0]],
  ["x == 0.1 + (x - x)"],
  ["(a == a[0]) == (x == x[0])", [1, 1, 1, 1, 1, 1, 1, 1]],
  ["b == a", [0, 0, 0, 0, 0, 0, 0, 0]],
  ["b == x"],
  ["([a, x] -> Maximum) == x", [1, 1, 1, 1, 1, 1, 1, 1]],
  ["([a, x] -> Minimum) - x", [0, 0, 0, 0, 0, 0, 0, 0]],
  ["([b, a, x] -> Where) - x", [0, 0, 0, 0, 0, 0, 0, 0]],
  ["([a, x] -> Concat(dim=0))[:8] - x", [0, 0, 0, 0, 0, 0, 0, 0]],
  ["[a, x] -> Stack(dim=0)"],
  ["a - x", [0, 0, 0, 0, 0, 0, 0, 0]],
  ["a * 0.5 - x * 0.5", [0, 0, 0, 0, 0, 0, 0, 0]],
  ["a / 1 - x", [0, 0, 0, 0, 0, 0, 0, 0]],
  ["a // 3.0"],
  ["a % 1000.0"],
  ["a ** 0.5"],
  ["(a -> Sqrt) - (x -> Sqrt) -> Abs -> Max"],
  ["(a -> Mean) - (x -> Mean)"],
];

test.each(NETS.map(([expression, wanted]) => ({ expression, wanted })))("$expression", async (net) => {
  const { expression, wanted } = net;
  const source = `model M {
    input a: i32[N]
    input x: f32[N]
    input b: bool[N]
    output y = ${expression}
  }`;
  const stages = stagesOf((options) => drive(source, {}, options).plan);
  const sizes = new Map([["N", INTEGERS.length]]);
  const values = { a: INTEGERS, x: FLOATS, b: [1, 1, 0, 1, 0, 1, 1, 0].map((bit) => bit && 3) };
  const inputs = tensorsOf(stages.plan.inputs, sizes, (port, at) => values[stages.plan.inputs[port]!.name as "a"][at]!); // prettier-ignore
  const given = { sizes, inputs, parameters: {} };
  const models = [closureOf(stages.plan, {}), await moduleOf(stages.plan, {})];
  expect(disagreement(stages, given, models, "bits")).toBeUndefined();
  if (wanted) expect(Array.from(evaluated(stages.graph, given).outputs["y"]!)).toEqual(wanted);
});
