/** The maps of bits: as tensors, in a plan, and as JavaScript. */
import { expect, test } from "vitest";
import { closure } from "../../compiler/emit/host/closure.ts";
import { Builder } from "../../compiler/ir/graph/builder.ts";
import { evaluate } from "../../compiler/ir/graph/evaluate.ts";
import { verify } from "../../compiler/ir/graph/verify-graph.ts";
import { interpret } from "../../compiler/ir/plan/interpret.ts";
import { printPlan } from "../../compiler/ir/plan/print-plan.ts";
import { readPlan } from "../../compiler/ir/plan/read-plan.ts";
import { verifyPlan } from "../../compiler/ir/plan/verify-plan.ts";

const text = `plan p
input x: f32[N]
input i: i32[N]
output float: f32[N]
output int: i32[N]
output and: i32[N]
output mixed: i32[N]
output left: i32[N]
output right: i32[N]
run:
  k(input x, input i, @output float, @output int, @output and, @output mixed, @output left, @output right; N)

kernel k(x: f32, i: i32, @float: f32, @int: i32, @and: i32, @mixed: i32, @left: i32, @right: i32; N)
  for n = 0 to N
    float[n] = frombits(i[n])
    int[n] = bits(x[n]: f32)
    and[n] = bitand(bits(x[n]: f32), i[n])
    mixed[n] = bitor(bitxor(i[n], bits(x[n]: f32)), int(1)) i32.+ bitand(i[n], int(6))
    left[n] = shl(i[n], i[n])
    right[n] = shr(i[n], int(33))
`;

const x = Float32Array.of(1, -0, 1e-45, Infinity, -2.5, 3.4028234663852886e38);
const i = Int32Array.of(0x3f800000, 0x7f800000, -1082130432, 1, -7, 35);
const want = {
  float: [1, Infinity, -1, 1e-45, NaN, 4.9e-44].map(Math.fround),
  int: [0x3f800000, -(2 ** 31), 1, 0x7f800000, 0xc0200000 | 0, 0x7f7fffff],
  and: [0x3f800000, 0, 0, 0, 0xc0200000 & -7, 35],
  mixed: [1, (0xff800000 | 1), -1082130431, 0x7f800001, (0xc0200000 ^ -7 | 1), (0x7f7fffff ^ 35 | 1) + 2],
  left: [0x3f800000, 0x7f800000, -1082130432, 2, -7 << 25, 280],
  right: [0x1fc00000, 0x3fc00000, -541065216, 0, -4, 17],
}; // prettier-ignore

const numbers = (outputs: Readonly<Record<string, ArrayLike<number>>>): unknown =>
  Object.fromEntries(Object.entries(outputs).map(([name, data]) => [name, Array.from(data)]));

test("a plan with them is printed as it is read", () => {
  const plan = readPlan(text);
  verifyPlan(plan);
  expect(printPlan(plan)).toBe(text);
});

test("the interpreter and JavaScript compute them alike", () => {
  const plan = readPlan(text);
  const given = { inputs: { x, i }, parameters: {}, sizes: new Map([["N", x.length]]) };
  expect(numbers(interpret(plan, given).outputs)).toEqual(want);
  const model = closure(plan, {});
  const shape = [x.length];
  const outputs = model({ x: { dtype: "f32", shape, data: x }, i: { dtype: "i32", shape, data: i } });
  const data = Object.entries(outputs).map(([name, tensor]) => [name, (tensor as { data: ArrayLike<number> }).data]); // prettier-ignore
  expect(numbers(Object.fromEntries(data) as Record<string, ArrayLike<number>>)).toEqual(want);
});

test("a tensor graph may have them", () => {
  const b = new Builder();
  const given = b.input("x", { dtype: "f32", shape: [6] });
  const negative = b.map("frombits", [b.map("bitxor", [b.map("bits", [given]), -(2 ** 31)])]);
  const graph = { name: "g", nodes: b.nodes, inputs: [], outputs: [{ name: "y", value: negative }], updates: [], parameters: [], checks: [] }; // prettier-ignore
  verify(graph);
  const { y } = evaluate(graph, { x: { shape: [6], data: x } }, {}).outputs;
  expect(y!.dtype).toBe("f32");
  expect(Array.from(y!.data)).toEqual(Array.from(x, (value) => -value));
});

test("and they are refused on what they are not for", () => {
  const b = new Builder();
  const i32 = b.map("bits", [b.input("i", { dtype: "i32", shape: [2] })]);
  const graph = { name: "g", nodes: b.nodes, inputs: [], outputs: [{ name: "y", value: i32 }], updates: [], parameters: [], checks: [] }; // prettier-ignore
  expect(() => verify(graph)).toThrow("f32");
});
