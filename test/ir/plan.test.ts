/** What the check of plans finds: each case breaks one rule of a plan that keeps them all. */
import { expect, test } from "vitest";
import { drive } from "../../compiler/drive/driver.ts";
import type { Buffer, Call, Kernel, KernelBuffer, Plan, Statement } from "../../compiler/ir/plan/plan.ts";
import { readPlan } from "../../compiler/ir/plan/read-plan.ts";
import { symbol } from "../../compiler/ir/size/size.ts";
import { verifyPlan } from "../../compiler/ir/plan/verify-plan.ts";
import { mapKernels } from "../../compiler/passes/map-kernels.ts";

const { plan } = drive("x -> Linear(8, 4) -> BatchNorm1d(4) -> Softmax(dim=1) -> LayerNorm(4)", {});

test("a plan that was compiled keeps the rules", () => {
  verifyPlan(plan);
});

/** All statements of all kernels changed, inner ones first. */
function changed(change: (statement: Statement) => Statement[]): Plan {
  const visit = (statement: Statement): Statement[] =>
    change(statement.kind === "loop" ? { ...statement, body: statement.body.flatMap(visit) } : statement);
  return mapKernels(plan, (kernel): Kernel => ({ ...kernel, body: kernel.body.flatMap(visit) }));
}

const without = (kind: Statement["kind"]): Plan => changed((one) => (one.kind === kind ? [] : [one]));

/** Temporaries of float64 in float32. */
function inFloat32(change: (buffer: Buffer) => Buffer): Plan {
  const isWide = ({ storage, dtype }: Buffer): boolean => storage === "temporary" && dtype === "f64";
  const renewed = new Map<Buffer, Buffer>();
  const narrow = (buffer: Buffer): Buffer => {
    if (!isWide(buffer)) return buffer;
    const known = renewed.get(buffer) ?? change({ ...buffer, dtype: "f32" });
    renewed.set(buffer, known);
    return known;
  };
  const run = plan.run.map((call): Call => {
    const own = call.kernel.buffers.map((one, i): KernelBuffer => {
      return isWide(call.buffers[i]!) ? { ...one, dtype: "f32" } : one;
    });
    return { ...call, kernel: { ...call.kernel, buffers: own }, buffers: call.buffers.map(narrow) };
  });
  return { ...plan, run };
}

const [first] = plan.run;

test.each<[rule: string, broken: Plan, message: RegExp]>([
  ["locals are defined before they are used", without("let"), /t is used where it is not defined/],
  ["accumulators are made first", without("accumulator"), /sum is no accumulator here/],
  [
    "an index is in scope",
    changed((one) => (one.kind === "loop" ? [{ ...one, index: `${one.index}_` }] : [one])),
    /^kernel BatchNorm1d: i stands in an index and is no integer here$/,
  ],
  [
    "a bound is made of sizes that the kernel is given",
    changed((one) => (one.kind === "loop" ? [{ ...one, to: symbol("K") }] : [one])),
    /K stands in an index/,
  ],
  [
    "buffers are declared",
    changed((one) => (one.kind === "store" ? [{ ...one, buffer: "z" }] : [one])),
    /z is stored to and is no buffer for it/,
  ],
  [
    "what is read only is not stored to",
    changed((one) => (one.kind === "store" ? [{ ...one, buffer: "x" }] : [one])),
    /x is stored to and is no buffer for it/,
  ],
  [
    "names are defined once",
    changed((one) => (one.kind === "let" ? [one, one] : [one])),
    /t is defined twice/,
  ],
  [
    "what was computed is not rounded between kernels",
    inFloat32((buffer) => buffer),
    /call of \w+: what it stores to temporary \w+ may be no float32/,
  ],
  [
    "what is rounded is for callers alone",
    inFloat32((buffer) => ({ ...buffer, storage: "output" })),
    /it reads \w+, which is rounded/,
  ],
  ["every output is stored", { ...plan, run: plan.run.slice(0, -1) }, /^plan \w+: output y is not stored$/],
  ["what is read was stored", { ...plan, run: plan.run.slice(1) }, /map is read before it is stored/],
  ["what was prepared was stored", { ...plan, prepare: [] }, /prepared0 is read before it is stored/],
  [
    "a slot holds one buffer at a time",
    {
      ...plan,
      run: plan.run.map((call) => ({
        ...call,
        buffers: call.buffers.map((one) => ("slot" in one ? { ...one, slot: 0 } : one)),
      })),
    },
    /two of its buffers share a slot/,
  ],
  ["a call gives each buffer", { ...plan, run: [{ ...first!, buffers: [] }] }, /0 buffers for \d/],
  ["a call gives each size", { ...plan, run: [{ ...first!, sizes: [] }] }, /0 sizes for 1/],
  ["sizes are those of inputs", { ...plan, inputs: [] }, /no input gives N of/],
])("%s", (_, broken, message) => {
  expect(() => verifyPlan(broken)).toThrow(message);
});

const kernel = (body: string): Plan =>
  readPlan(`plan p
input x: f32[N]
input ii: i32[N]
input b: bool[N]
output y: f32[N]
output j: i32[N]
output c: bool[N]
run:
  k(input x, input ii, input b, @output y, @output j, @output c; N)

kernel k(x: f32, ii: i32, b: bool, @y: f32, @j: i32, @c: bool; N)
  ${body.split("\n").join("\n  ")}
`);

test.each([
  "y[0] = x[0] + ii[0]",
  "y[0] = f32->f64(x[0]: f32) + sqrt(ii[0])",
  "j[0] = f64->i32(x[0])",
  "c[0] = x[0] < ii[0]",
  "c[0] = bool.max(b[0], bool(0))",
  "let index = ii[0]\ny[index] = x[2 * [ii[1]]]",
  "accumulator sum: i32 = 0\nsum += ii[0]\nj[0] = sum",
  "j[0] = bits(x[0]: f32)",
  "y[0] = frombits(bitor(ii[0], shl(int(1), ii[1])))",
  "y[0] = x[0]: f32x4 f32x4.* f32->f32x4(x[0]: f32)",
  "y[0] = across.max(x[0] by 2: f64x4)",
])("types fit: %s", (body) => {
  verifyPlan(kernel(`y[1] = 0\nj[1] = int(0)\nc[1] = bool(0)\n${body}`));
});

test.each([
  ["y[0] = ii[0]", "a load of type i32 is stored to y, where f32 is wanted"],
  ["c[0] = x[0]", "a load of type f64 is stored to c, where bool is wanted"],
  ["j[0] = 1", "a number of type f64 is stored to j, where i32 is wanted"],
  ["y[0] = b[0] + 1", "a load of type bool is an operand of add, where f64 is wanted"],
  ["j[0] = x[0] i32.+ ii[0]", "a load of type f64 is an operand of add, where i32 is wanted"],
  ["y[0] = x[0]: i32", "a load of type i32 is loaded from x, where f32 is wanted"],
  ["y[0] = select(x[0], 1, 2)", "a load of type f64 is a condition, where bool is wanted"],
  ["y[0] = x[0], 0 where x[1]", "a load of type f64 is a condition, where bool is wanted"],
  ["y[0] = x[[x[1]]]", "a load of type f64 is an index, where i32 is wanted"],
  ['y[0] = x[[checked(0 <= x[1] < 3, "A")]]', "a checked of type f64 is an index, where i32 is wanted"],
  ["let t = x[0]\ny[t] = 0", "t stands in an index and is no integer here"],
  ["let t = x[0]\ncheck 0 <= t < 3: A", "t is checked and is no integer"],
  ["accumulator sum: i32 = 0\nsum += x[0]", "a load of type f64 is added to sum, where i32 is wanted"],
  ["accumulator sum = 0\nsum max= x[0]", "sum accumulates another thing than its accumulator"],
  ["j[0] = bits(x[0])", "a load of type f64 is an operand of bits, where f32 is wanted"],
  ["j[0] = bits(ii[0])", "a load of type i32 is an operand of bits, where f32 is wanted"],
  ["y[0] = frombits(x[0]: f32)", "a load of type f32 is an operand of frombits, where i32 is wanted"],
  ["y[0] = f64.frombits(ii[0])", "a map of type f64 is made by frombits, where f32 is wanted"],
  ["j[0] = bitand(ii[0], b[0])", "a load of type bool is an operand of bitand, where i32 is wanted"],
  ["y[0] = f32.shl(ii[0], ii[1])", "a map of type f32 is made by shl, where i32 is wanted"],
  ["b[0] = ii[0] < (x[0]: f32)", "a load of type f32 is compared by lt, where i32 is wanted"],
  ["y[0] = x[0]: f32x4 f32x4.+ f32(1)", "a number of type f32 is an operand of add, where f32x4 is wanted"],
  ["accumulator sum = 0\nsum += x[0]: f64x4", "a load of type f64x4 is added to sum, where f64 is wanted"],
  ["y[0] = across.sum(x[0])", "one number alone is reduced across lanes"],
  ["y[0] = x[[ii[1]]]: f32x4", "neighbours are loaded from a place that data decide"],
  ["y[[ii[1]]] = f32x4(1)", "neighbours are stored to a place that data decide"],
  ["y[0] = f32x4->f64x2(x[0]: f32x4)", "a load of type f32x4 is repeated, where f32 is wanted"],
  ["let t = ii[0]: i32x4\ny[t] = 0", "t stands in an index and is no integer here"],
])("types that do not fit: %s", (body, message) => {
  expect(() => verifyPlan(kernel(body))).toThrow(`kernel k: ${message}`);
});
