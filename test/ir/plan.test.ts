/** What the check of plans finds: each case breaks one rule of a plan that keeps them all. */
import { expect, test } from "vitest";
import { drive } from "../../compiler/driver.ts";
import type { Buffer, Call, Kernel, KernelBuffer, Plan, Statement } from "../../compiler/ir/plan.ts";
import { symbol } from "../../compiler/ir/size.ts";
import { verifyPlan } from "../../compiler/ir/verify-plan.ts";
import { mapKernels } from "../../compiler/passes/kernels.ts";

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
