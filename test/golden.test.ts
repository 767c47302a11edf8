/** What stands after each stage, for sources that between them need every stage: `golden/NAME/`. */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { emit } from "../compiler/index.ts";
import { closureText } from "../compiler/emit/host/module.ts";
import { walk } from "../compiler/ir/plan/plan.ts";
import { counts, golden, goldenFolder, goldenNames, type Shape } from "./golden-case.ts";

test.each(goldenNames)("%s", async (name) => {
  const { files } = golden(name);
  for (const [file, text] of Object.entries(files)) {
    await expect(text).toMatchFileSnapshot(`${goldenFolder}${name}/${file}`);
  }
  const stale = readdirSync(goldenFolder + name).filter(
    (file) => !(file in files) && !/^(source|options)\./.test(file),
  );
  expect(stale).toEqual([]);
});

// What the goldens are to show, said outright: a snapshot that is written anew cannot hide that it is gone.

const one = (nests: number, outputs = 1): Shape[] => [{ nests, outputs }];

test.each([
  ["layernorm", one(1)],
  ["layernorm-prelu", one(1)],
  ["groupnorm", one(1)],
  ["batchnorm1d", one(1)],
  ["batchnorm2d", one(1)],
  ["instancenorm2d", one(1)],
  ["instancenorm2d-running", one(1)],
  ["rmsnorm-silu", one(1)],
  ["switchablenorm2d", one(1)],
  ["localresponsenorm", one(1)],
  ["softmax", one(1)],
  ["logsoftmax", one(1)],
  ["glu", one(1)],
  ["embedding", one(1)],
  // Statistics of each channel, then what reads them; with the running mean and variance.
  ["batchnorm-cumulative-train", one(2, 4)],
  // Of each channel of each sample and what reads them, then their means over the batch.
  ["instancenorm2d-running-train", one(2, 3)],
  // Of each row of a channel, of each channel, then what reads them.
  ["switchablenorm2d-train", one(3, 3)],
])("%s is one kernel, the maps behind it included", (name, kernels) => {
  expect(counts(name).run).toEqual(kernels);
});

test.each(["batchnorm1d-train", "batchnorm2d-train"])("%s is one kernel beside the counter", (name) => {
  const { run, plan } = counts(name);
  const [loops, counter, ...others] = run;
  expect(others).toEqual([]);
  expect(loops!.nests).toBe(2);
  expect(counter).toEqual({ nests: 0, outputs: 1 });
  expect(
    plan.run[1]!.buffers.filter(({ storage }) => storage === "parameter").map(({ name }) => name),
  ).toEqual(["0.num_batches_tracked"]);
});

test("one LayerNorm and its three activations are one kernel of four outputs", () => {
  const { run, plan, uses } = counts("variants");
  expect(run).toEqual(one(1, 4));
  expect(plan.run[0]!.buffers.filter(({ storage }) => storage === "output")).toHaveLength(4);
  expect(uses("sqrt(")).toBe(1);
});

test("a product takes its bias and activation as its epilogue", () => {
  const { run, prepare, plan } = counts("linear-epilogue");
  expect([run, prepare]).toEqual([one(1), []]);
  expect(plan.run[0]!.buffers.map(({ storage }) => storage)).toEqual([
    "input",
    "parameter",
    "parameter",
    "output",
  ]);
});

/** Kernels of one text are one function, whatever their buffers hold. */
function functionsOf(name: string): number {
  return golden(name).files["module.js"]!.match(/^function [A-Z]/gm)!.length;
}

test("the square that a normalization sums is not stored by the kernel before it", () => {
  const { run } = counts("linear-rmsnorm");
  expect(run).toEqual([...one(1), ...one(1), ...one(1)]);
  expect(functionsOf("linear-rmsnorm")).toBe(2);
});

test("a weight that lies across the sum is laid out along it, by prepare", () => {
  const { run, prepare, plan } = counts("packed-product");
  expect([run, prepare]).toEqual([one(1), one(1)]);
  expect(plan.run[0]!.buffers[1]!.storage).toBe("prepared");
});

test("a BatchNorm after a Linear is folded into its weight", () => {
  const { run, prepare, plan, uses } = counts("linear-batchnorm");
  expect(run).toEqual(one(1));
  expect(prepare.length).toBeGreaterThan(0);
  // Only what prepare has made is read, and no more than a product and its bias are.
  const { buffers } = plan.run[0]!;
  expect(buffers.map(({ storage }) => storage)).toEqual(["input", "prepared", "prepared", "output"]);
  expect(buffers.map(({ size }) => size).slice(1, 3)).toEqual([12, 3]);
  const inner = [...walk(plan.run[0]!.kernel.body)].filter(({ kind }) => kind === "loop");
  expect(inner).toHaveLength(3);
  expect(uses("sqrt(")).toBe(1);
  expect(golden("linear-batchnorm").files["tensors.txt"]!.split("\nrun: ")[1]).not.toContain("sqrt");
});

test.each(["batchnorm2d", "instancenorm2d-running"])("%s: running statistics are made ready once", (name) => {
  const { run, prepare, plan, uses } = counts(name);
  expect([run, prepare.length, uses("sqrt(")]).toEqual([one(1), 1, 1]);
  const { buffers } = plan.run[0]!;
  expect(buffers.map(({ storage }) => storage)).toEqual(["input", "prepared", "prepared", "output"]);
});

test("batch statistics are not folded", () => {
  const { prepare, run } = counts("linear-batchnorm-train");
  expect(prepare).toEqual([]);
  expect(run.length).toBeGreaterThan(1);
});

test("a slope a channel is fused across the reshape of a GroupNorm", () => {
  const { run, prepare, plan } = counts("groupnorm-prelu");
  expect(run).toEqual(one(1));
  expect(plan.slots.run).toEqual([]);
  // The table of slopes.
  expect(prepare).toHaveLength(1);
});

test("what nothing reads does not run, and keeps its parameters", () => {
  const { run, parameters, plan } = counts("dead-code");
  expect(run).toEqual(one(1));
  expect(plan.run[0]!.buffers.map(({ storage }) => storage)).toEqual(["input", "output"]);
  expect(parameters).toEqual(["unused.0.weight", "unused.0.bias"]);
});

test("common subexpressions are computed once, in one kernel", () => {
  const { run, uses, parameters } = counts("common-subexpressions");
  expect(run).toEqual(one(1));
  expect([uses("tanh("), uses("sqrt("), uses("accumulator ")]).toEqual([1, 1, 2]);
  expect(parameters).toHaveLength(4);
});

test("a layer that is used twice has one weight", () => {
  const { run, parameters, plan } = counts("shared-layer");
  expect(parameters).toEqual(["fc.weight", "fc.bias"]);
  expect(run).toHaveLength(2);
  for (const { buffers } of plan.run) expect(buffers.map(({ name }) => name)).toContain("fc.weight");
});

test("a weight that is given is not drawn, and its own name is an alias", () => {
  const { parameters, plan } = counts("shared-weight");
  expect(parameters).toEqual(["wte.weight"]);
  expect(plan.parameters[0]!.aliases).toEqual(["head.weight"]);
});

test("ten LayerNorms are ten calls of one text", () => {
  const { run, texts } = counts("layernorm-chain");
  expect(run).toEqual(Array.from({ length: 10 }, () => one(1)[0]));
  // The first reads an input, the last stores an output, those between read and store float64.
  expect(texts).toBe(3);
  expect(functionsOf("layernorm-chain")).toBe(1);
  // Two temporaries in turn.
  expect(counts("layernorm-chain").plan.slots.run).toHaveLength(2);
});

test("indices are checked where they are read", () => {
  const checks = counts("embedding")
    .plan.run.flatMap(({ kernel }) => [...walk(kernel.body)])
    .filter(({ kind }) => kind === "check");
  expect(checks).toHaveLength(1);
  expect(golden("embedding").files["module.js"]).toContain("throw new RangeError");
});

test("weight paths", () => {
  const weights = counts("weight-paths").parameters.filter((path) => !path.endsWith(".bias"));
  expect(weights.map((path) => path.replace(/\.weight$/, ""))).toEqual([
    "scale",
    "once",
    "a",
    "b.0",
    "b.2",
    "stem.0",
    "stem.proj",
    "d.0.0",
    "right",
    "e.0",
    "inner.1",
    "blocks.0.0",
    "blocks.0.tail.0",
    "blocks.0.tail.2",
    "blocks.1.0",
    "blocks.1.tail.0",
    "blocks.1.tail.2",
    "g.0.0",
    "g.0.2",
    "g.1.h.0",
    "g.1.out",
    "pair.0",
    "pair.2",
    "tied",
    "0",
  ]);
});

test("each round has its own weights, and rounds of one text are one function", () => {
  const { parameters, run } = counts("residual-repeat");
  expect(parameters.filter((path) => path.endsWith("fc.weight"))).toEqual(
    [0, 1, 2].map((round) => `blocks.${round}.fc.weight`),
  );
  // LayerNorm, and Linear with its activation and the sum behind it; the last activation is another.
  expect(run).toHaveLength(6);
  expect(functionsOf("residual-repeat")).toBe(3);
});

test("several inputs: a product with its bias, a softmax", () => {
  const { run, plan } = counts("several-inputs");
  expect(run).toEqual([...one(1), ...one(1)]);
  expect(plan.inputs.map(({ name }) => name)).toEqual(["query", "keys", "bias"]);
});

test("a second use of a buffer reads what the first has left", () => {
  const { plan } = counts("running-twice-train");
  expect(plan.updates.map(({ path }) => path)).toEqual([
    "bn.running_mean",
    "bn.running_var",
    "bn.num_batches_tracked",
  ]);
  expect(golden("running-twice-train").files["plan.txt"]).toContain(
    "(num_batches_tracked[0] i32.+ int(1)) i32.+ int(1)",
  );
  expect(counts("batchnorm1d").plan.updates).toEqual([]);
});

test("sizes that the call alone knows are checked by it", () => {
  const { plan, run } = counts("symbolic-sizes");
  expect(run).toEqual(one(1));
  expect(plan.checks.length).toBeGreaterThan(0);
  // One name is one size: no check for H, N and W of two inputs in the plan, binding compares them.
  expect(golden("symbolic-sizes").files["module.js"]).toMatch(/size_H/);
});

test.each(goldenNames.filter((name) => golden(name).plan))("%s: text", (name) => {
  const { text, options, plan, code, files } = golden(name);
  const again = emit(text, options);
  // No dates, no addresses, no order of a hash.
  expect(again.code).toBe(code);
  expect(again.types).toBe(files["module.d.ts"]);
  // The closure is the module without its exports, and is given its state and what makes tensors for ports.
  const closure = closureText(plan!).replace(/\nreturn create;$/, "");
  const whole = files["module.js"]!.replace(/^export (?=const|function)/gm, "")
    .replace(
      /create\(\{ weights = inside\(\)(, memory: within)?(, seed = 0)? \} = \{\}\)/,
      "create({ weights$2 } = {})",
    )
    .replace(/^let heaps, ours;[^]*^function copyOut\([^]*?^}\n\n/m, "")
    .replace("const random = ", "const random = drawer ?? ")
    .replace("openHeap(within)", "openHeap()")
    .replace(/^  if \(arguments\[0\]\?\.threads .*\n/m, "")
    .replace(/const (state|given) = stateOf\(weights\);/, "const $1 = weights;")
    .replace(/^function (unfit|stateOf)\([^]*?^}\n\n/gm, "")
    .replace(/^function binary\([^]*?^}\n\n/m, "")
    .replaceAll("binary()", "binary");
  const make = plan!.target === "wasm" ? ", resident" : "";
  const own = `input: own(inputs, "input"${make}), output: own(outputs, "output"${make}),`;
  const asked = /input: \(name, shape\) => .*\n.*output: \(name, shape\) => .*/;
  expect(whole.replace(asked, own)).toContain(closure);
});

test("text does not depend on the values of weights", () => {
  const { text, options } = golden("linear-batchnorm");
  const external = { ...options, external: true };
  const [one, other] = [emit(text, external), emit(text, { ...external, seed: 1 })];
  expect([other.code, other.types]).toEqual([one.code, one.types]);
  expect(other.weights).not.toEqual(one.weights);
});
