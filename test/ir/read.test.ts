/** Reading printed IR: what is said of a text that is none. That what is printed is read is shown in `test/passes`. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { placeText } from "../../grammar/source.ts";
import { printPlan } from "../../compiler/ir/plan/print-plan.ts";
import { printTensorGraph } from "../../compiler/ir/graph/print-graph.ts";
import { readPlan } from "../../compiler/ir/plan/read-plan.ts";
import { readTensorGraph } from "../../compiler/ir/graph/read-graph.ts";
import { IrError, linesOf } from "../../compiler/ir/text/scan.ts";
import {
  add,
  floorDiv,
  key,
  max,
  min,
  mod,
  mul,
  sub,
  symbol,
  type Size,
} from "../../compiler/ir/size/size.ts";
import { sizeText } from "../../compiler/ir/size/size-text.ts";
import { verifyPlan } from "../../compiler/ir/plan/verify-plan.ts";
import { verify } from "../../compiler/ir/graph/verify-graph.ts";

const graph = `graph "a\\nb"
param 0.weight: f32[4, 3] = uniform(-0.5, 0.5) or head.weight, old.weight
param emb: f32[10, 3] = normal(0, 1) but row 0
param eye: f32[2, 2] = eye
param t: f32[2] = truncated(0, 0.02, -2, 2)
buffer count: i32[] = 0
check N >= 2: there must be two rows
check (N // 2) == M: "ends in a space "
%0 = input (x) : f32[N, 3]
%1 = input ("two words") : i32[N]
%2 = parameter (0.weight) : f32[4, 3]
%3 = parameter (count) : i32[]  # "Count(1, \\"a\\")" "my net.nn:1:2" < "M" net.nn:9:1
%4 h = contract %0 %2 (ab,cb->ac) : f32[N, 4]
%5 = pad %4 (constant, before=[0, 1], interior=[0, 1], value=-0) : f32[N, 9]
%6 = pad %4 (reflect, before=[0, M]) : f32[N, M + 5]
%7 = slice %5 (starts=[N - 1, 0], steps=[-1, 2]) : f32[N, 5]
%8 = constant (NaN) : f32[]
%9 = constant (-0) : f32[]
%10 = constant (2 * N - 1) : i32[]
%11 = constant (1e-7) : f32[]
%12 = iota (axis=0) : i32[N]
%13 = parameter (emb) : f32[10, 3]
%14 = gather %13 %1 (checked) : f32[N, 3]
%15 = gather %13 %12 : f32[N, 3]
%16 = copy %14 (y.z) : f32[N, 3]
%17 = concat %14 %15 (axis=1) : f32[N, 6]
%18 = window %17 (axis=1, size=3, stride=1, dilation=2, before=1, value=-Infinity) : f32[N, 3, 3]
%19 = reduce %18 (sum, axes=[1, 2]) : f32[N, 1, 1]
%20 = permute %17 ([1, 0]) : f32[6, N]
%21 = prepared (prepared0, f64) : f32[4]
%22 = cast %1 : f32[N]
%23 = neg %22 : f32[N]
%24 = gather %21 %1 (choice) : f32[N]
%25 = diagonal %18 (axes=[1, 2]) : f32[N, 3]
input x = %0
input "two words" = %1
output y = %23
update count = %3
`;

const plan = `plan net
input x: f32[N, 3] or f32[3]
input i: i32[..., 2]
output y: f32[N, 3]
param w: f32[3] = 1
check N >= 2: there must be two rows
prepare:
  map(parameter w, @prepared p: f64[3])
run:
  slot 0: f64[3], f64[N]
  slot 1: f64[3 * N]
  map(prepared p, @t: f64[3] in slot 0)
  map#1(t, @t#1: f64[3 * N] in slot 1; N, ...)
  rows(t#1, input i, @output y, &scratch rows: f64[N] in slot 0; N)
update w = t#1

kernel map(x: f64, @y: f64)
  for i = 0 to 3
    y[i] = -0

kernel map#1(x: f64, @y: f64; N, ...)
  let whole$ = int(4 * (N // 4))
  for i = 0 to whole$ by 4
    %0 = exp(x[i - 1])
    %1 = sqrt(%0)
    y[N - i] = {mean} (%1 + (%0 / %1)), 0 where x[i] < (2 * NaN)

kernel rows(x: f64, ii: i32, @y: f32, &rows: f64; N)
  accumulator sum = 0
  accumulator most: i32 = -Infinity
  let index = f64->i32(x[0])
  check 0 <= index < N: Embedding(10, 4)
  for i = 0 to N
    sum += guard(0 <= i - 1 < N, x[i - 1], -0)
    most max= checked(0 <= ii[i] < 10, "Embedding(10, 4)")
    rows[i] = x[N + (2 * N) * [index]] - ipow(x[[ii[i]]]: f32, x[i] f32.% -3)
  y[0] = select(not(sum), most, sum)
`;

test("what a graph may say is read", () => {
  const drawn = graph.replace("count: i32[] = 0", "count: i32[] = 0 but drawn");
  expect(printTensorGraph(readTensorGraph(drawn))).toBe(drawn);
  for (const init of ["uniform(-0.5, 0.25) but after 12", 'copy("a b.weight")', "copy(layers.0.bias)"]) {
    const other = graph.replace("count: i32[] = 0", `count: i32[] = ${init}`);
    expect(printTensorGraph(readTensorGraph(other))).toBe(other);
  }
  expect(printTensorGraph(readTensorGraph(graph))).toBe(graph);
  const { nodes, parameters, name } = readTensorGraph(graph);
  expect([name, parameters.length]).toEqual(["a\nb", 5]);
  expect(parameters[0]).toMatchObject({ aliases: ["head.weight", "old.weight"], init: { low: -0.5 } });
  expect(nodes.map(({ hint }) => hint).filter((hint) => hint !== undefined)).toEqual([
    "x", "two words", "weight", "count", "h", "emb", "prepared",
  ]); // prettier-ignore
  expect(nodes[5]!.op).toEqual({
    kind: "pad",
    mode: "constant",
    before: [0, 1],
    interior: [0, 1],
    value: -0,
  });
  const { layer, calls } = nodes[3]!.origin!;
  expect(calls.map(({ name, text, span }) => [name, text, placeText(span)])).toEqual([
    ["Count", 'Count(1, "a")', "my net.nn:1:2"],
    ["M", "M", "net.nn:9:1"],
  ]);
  // What the same calls make is of one layer.
  expect(nodes.flatMap((node, i) => (node.origin?.layer === layer ? [i] : []))).toEqual([3]);
});

test("what a plan may say is read", () => {
  expect(printPlan(readPlan(plan))).toBe(plan);
  const { inputs, run, slots, updates } = readPlan(plan);
  expect(inputs.map(({ batch }) => batch)).toEqual(["N", undefined]);
  expect(inputs[1]!.type.shape[0]).toEqual({ kind: "run", product: symbol("...") });
  expect(slots.run.map(({ sizes }) => sizes.map(key))).toEqual([["3", "N"], ["3 * N"]]);
  // One buffer is one object, wherever it is named.
  expect(run[1]!.buffers[0]).toBe(run[0]!.buffers[1]);
  expect(updates[0]!.from).toBe(run[1]!.buffers[1]);
  expect(run.map(({ kernel }) => kernel.name)).toEqual(["map", "map", "rows"]);
});

test("buffers of one name and size are told apart", () => {
  const text = plan.replace("map#1(t, @t#1: f64[3 * N]", "map#1(t, @u: f64[3 * N]");
  expect(() => printPlan(readPlan(text))).toThrow("nothing says how large t#1 is");
});

describe("a text that is no graph", () => {
  test.each([
    ["", "", "line 1: there is no graph"],
    ["graph ", "plan ", "line 1: there is `plan"],
    ["= normal(0, 1)", "= normal(0)", "line 3: normal has other numbers"],
    [
      "param t: f32[2]",
      "param t: f8[2]",
      "line 5: there is `f8[2] = truncated(0, 0.02, -2, 2)` where a dtype should be",
    ],
    [
      "check N >= 2",
      "check N > 2",
      "line 7: there is `> 2: there must be two rows` where ==, !=, <= or >= should be",
    ],
    ["%0 = input (x)", "%0 = input x", "line 9: there is `x : f32[N, 3]` where `(` should be"],
    ["%1 = input", "%0 = input", "line 10: %0 is there already"],
    [
      "reduce %18 (sum",
      "reduce %18 (mean",
      "line 28: there is `mean, axes=[1, 2]) : f32[N, 1, 1]` where sum, prod, max or min should be",
    ],
    ["cast %1", "cast %30", "line 31: there is no node %30 before this line"],
    ["= neg", "= negate", "line 32: there is `negate %22 : f32[N]` where an op should be"],
    [
      "neg %22 : f32[N]",
      "neg %22 : f32[N] f32[N]",
      "line 32: there is `f32[N]` where the end of the line should be",
    ],
    ["neg %22 : f32[N]", "neg %22 : f32[…]", "line 32: there is `…]` where a size should be"],
    ["output y = %23", "output y = %26", "line 37: there is no node %26 before this line"],
    [
      "update count",
      "updates count",
      "line 38: there is `updates count = %3` where a node, or what a graph declares should be",
    ],
    ["(y.z)", '("y\\z")', 'line 25: "y\\z" is no JSON string'],
  ])("%s -> %s", (from, to, message) => {
    const text = from === "" ? "" : graph.replace(from, to);
    expect(() => readTensorGraph(text)).toThrow(IrError);
    expect(() => readTensorGraph(text)).toThrow(message);
  });
});

describe("a text that is no plan", () => {
  test.each([
    ["", "", "line 1: there is no plan"],
    [
      "input x: f32[N, 3] or f32[3]",
      "input x: f32[N, 3] or f32[N]",
      "line 2: what may be left out is the first size",
    ],
    [
      "prepare:",
      "prepared:",
      "line 7: there is `prepared:` where a declaration, `prepare:`, `run:` or a kernel should be",
    ],
    ["slot 1", "slot 2", "line 11: this is slot 1"],
    ["f64[3], f64[N]", "f64[3], f32[N]", "line 10: a slot has one dtype"],
    ["  map#1(t,", "  map#2(t,", "line 13: there is no kernel map#2"],
    ["map#1(t, @t#1", "map#1(t, t#1", "line 13: map#1 has another access to buffer 1"],
    ["@prepared p: f64[3]", "@prepared p", "line 8: nothing says how large prepared p is"],
    ["kernel map#1", "kernel map", "line 1: two kernels have one name"],
    ["for i = 0 to 3", "for i = 0 until 3", "line 18: there is `until 3` where `to` should be"],
    ["    %1 = sqrt", "    %2 = sqrt", "line 25: this is %1"],
    ["(%0 / %1)", "(%0 / %2)", "line 26: %2 is not named above"],
    ["accumulator sum = 0", "accumulator sum = 2", "line 29: no reduction begins with 2"],
    ["    most max=", "     most max=", "line 35: it is indented by 5 spaces, not 4"],
    ["select(not(sum), most, sum)", "select(sum, most)", "line 37: select takes 3 operands"],
    ["not(sum)", "nicht(sum)", "line 37: there is no map nicht"],
    ["f64->i32", "f64->i8", "line 31: there is no cast f64->i8"],
    ["f64->i32(x[0])", "f64->i32(ii[0])", "line 31: there is no cast f64->i32 of what is i32"],
    ["int(4 * (N // 4))", "t", "line 22: t is not defined above"],
    ["]: f32", "]: f31", "line 36: this is no type"],
    ["sum += guard(", "sum *= guard(", "line 34: there is `*= guard"],
    [", -0)", ", a)", "line 34: there is `a)` where a number should be"],
    ["x[i] < (2 * NaN)", "x[i] < 2 * NaN", "line 26: there is `* NaN` where the end of the line should be"],
    ["x[i - 1])\n    %1", "x[i / 1])\n    %1", "line 24: there is `/ 1])` where `+`, `-` or `]` should be"],
  ])("%s -> %s", (from, to, message) => {
    const text = from === "" ? "" : plan.replace(from, to);
    expect(() => readPlan(text)).toThrow(IrError);
    expect(() => readPlan(text)).toThrow(message);
  });
});

test("what is read need not keep the rules: `verify` says so", () => {
  expect(() => verify(readTensorGraph("graph g\n%0 = input (x) : f32[3]\n%1 = neg %0 : f32[4]"))).toThrow(
    "%1",
  );
  expect(() => verifyPlan(readPlan(plan.replace("check 0 <= index", "check 0 <= sum")))).toThrow();
});

const leaf = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom("N", "M", "...", "at1").map(symbol));
const sizes = fc.letrec<{ size: Size }>((tie) => ({
  size: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc
      .tuple(fc.constantFrom(add, sub, mul, floorDiv, mod, min, max), tie("size"), tie("size"))
      .map(([make, a, b]): Size => ((make === floorDiv || make === mod) && b === 0 ? a : make(a, b))),
  ),
})).size;

test("sizes are read as they were", () => {
  fc.assert(
    fc.property(sizes, (size) => {
      const text = sizeText(size);
      if (text.includes("…")) return;
      const [line] = linesOf(text);
      expect(key(line!.size())).toBe(key(size));
      line!.end();
    }),
    { numRuns: 1000, seed: 1 },
  );
});
