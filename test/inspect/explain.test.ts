/** What is told of nets: whole texts as snapshots, and outright what they must say. */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { Owners } from "../../compiler/inspect/explain/owners.ts";
import { explain, explainText } from "../../compiler/inspect/explain.ts";
import { layersOf } from "../../compiler/inspect/layers.ts";
import type { Obstacle } from "../../compiler/passes/fuse.ts";
import { inspected, source, type NetOptions } from "./support.ts";

function explained(text: string, options: NetOptions = {}): string {
  const inspection = inspected(text, options);
  return explainText(inspection, explain(inspection));
}

const nets: Readonly<Record<string, readonly [text: string, ...says: string[]]>> = {
  "layernorm-prelu": [
    "LayerNorm(10, eps=0) -> PReLU(0.25)\n",
    "LayerNorm (0, net.nn:1:1) and PReLU (1, net.nn:1:25) are one kernel: PReLU (1) is applied to each element as it is made.",
    "PReLU (1, net.nn:1:25) looks up its choice between two known values in a table.",
    "prepared0 is made of 1.weight before any run, for PReLU (1, net.nn:1:25).",
    "A run needs no memory beside its inputs and outputs.",
    "A run calls 1 kernel after 1 that prepare it.",
  ],
  "linear-batchnorm-relu": [
    "fc: Linear(4, 3) -> bn: BatchNorm1d(3) -> ReLU\n",
    "BatchNorm1d (bn, net.nn:1:25) is folded into Linear (fc, net.nn:1:5): its scale into the weight, its shift into the bias.",
    "prepared0 is made of bn.running_var, bn.weight and fc.weight before any run, for Linear (fc, net.nn:1:5).",
    "Linear (fc, net.nn:1:5), BatchNorm1d (bn, net.nn:1:25) and ReLU (2, net.nn:1:43) are one kernel: BatchNorm1d (bn) and ReLU (2) are applied to each sum before it is stored.",
  ],
  softmax: ["Softmax(dim=-1)\n", "Softmax (0, net.nn:1:1) is a kernel of its own."],
  "norm-after-norm": [
    "LayerNorm(8) -> LayerNorm(8)\n",
    "LayerNorm (0, net.nn:1:1) is a kernel of its own.",
    "LayerNorm (1, net.nn:1:17) is a kernel of its own.",
    "LayerNorm (0) and LayerNorm (1) stay apart: the result is read at other positions than those where it is made, and must be complete first.",
  ],
  attention: [
    source("examples/attention.nn"),
    "Add (h, net.nn:6:7) is a kernel of its own.",
    "Add (h) and Linear (query) stay apart: a contraction keeps its operands in memory.",
    "Add (scores#7) and Softmax (y#1) stay apart: a kernel with a contraction reduces nothing else.",
    "Transpose (scores#1, net.nn:10:22) moves no data: whoever reads it indexes what is there.",
    "A run calls 7 kernels, which are 5 functions: those of one text are one.",
  ],
  "shared-layer": [
    "model M {\n  input x: f32[N, 4]\n  fc = Linear(4, 4)\n  output y = x -> fc -> Tanh -> fc\n}\n",
    "Linear (fc#1, net.nn:3:8) and Tanh (y.1, net.nn:4:25) are one kernel: Tanh (y.1) is applied to each sum before it is stored.",
    "Linear (fc#2, net.nn:3:8) is a kernel of its own.",
  ],
  repeat: [
    "model M {\n  input x: f32[N, 4]\n  output y = x -> b: Repeat(3) { Linear(4, 4) -> ReLU }\n}\n",
    "Linear (b.0.0, net.nn:3:34) and ReLU (b.0.1, net.nn:3:50) are one kernel: ReLU (b.0.1) is applied to each sum before it is stored. And 2 more like it.",
    "A run calls 3 kernels, which are 1 function: those of one text are one.",
  ],
  train: [
    "norm: BatchNorm1d(3) -> PReLU(0.25)\n",
    "A part of BatchNorm1d (norm) is a kernel of its own.",
    "At its end, norm.running_mean, norm.running_var and norm.num_batches_tracked take what the run has made of them.",
  ],
};

test.each(Object.entries(nets))("%s", async (name, [text, ...says]) => {
  const told = explained(text, { mode: name === "train" ? "train" : "eval" });
  for (const sentence of says) expect(told).toContain(sentence);
  await expect(told).toMatchFileSnapshot(`golden/${name}.explain.txt`);
});

const body = (input: string, ...statements: string[]): string =>
  `model M {\n  input x: ${input}\n${statements.map((one) => `  ${one}\n`).join("")}}\n`;

/** One net for each reason to keep two layers apart. */
const apart: Readonly<Record<Obstacle, readonly [text: string, says: string]>> = {
  memory: [
    "Tanh -> Linear(4, 4)\n",
    "Tanh (0) and Linear (1) stay apart: a contraction keeps its operands in memory.",
  ],
  reshape: [
    body("f32[N, 4, 6]", "output y = x -> Exp -> Reshape(N, 3, 8) -> Softmax(dim=-1)"),
    "Exp (y.0) and Softmax (y.2) stay apart: a reshape between them splits or merges axes, and its two sides share no loops.",
  ],
  concat: [
    body("f32[N, 4]", "output y = [x, x] -> Concat(dim=1) -> ReLU"),
    "Concat (y.0) and ReLU (y.1) stay apart: nothing joins a concatenation.",
  ],
  scatter: [
    "model M { input x: f32[C, 4]\n input i: i32[C, 4]\n output y = [x, i] -> MaxUnpool1d(2) -> ReLU }\n",
    "MaxUnpool1d (y.0) and ReLU (y.1) stay apart: nothing joins a scatter.",
  ],
  draw: [
    "Dropout(0.5)\n",
    "Dropout (0) is several kernels: random numbers are drawn into memory, one after the other.",
  ],
  prefix: ["CumSum(-1) -> ReLU\n", "CumSum (0) and ReLU (1) stay apart: nothing joins sums along an axis."],
  loop: [
    "model M { input x: f32[T, N, 4]\n input h: f32[1, N, 4]\n output y = [x, h -> Tanh] -> GRU(4, 4) }\n",
    "Tanh (y#1) and GRU (y#2) stay apart: one of them runs once a step of a loop, or keeps what the loop makes.",
  ],
  large: [
    body("f32[N, 4]", `output y = x ${"-> Tanh ".repeat(70)}`),
    "Tanh (y.63, net.nn:3:523) and Tanh (y.64) stay apart: one kernel of both would be too large.",
  ],
  contraction: [
    "Linear(4, 4) -> Softmax(dim=-1)\n",
    "Linear (0) and Softmax (1) stay apart: a kernel with a contraction reduces nothing else.",
  ],
  epilogue: [
    body("f32[N, 4]", "h = x -> Linear(4, 4)", "output y = h[:, none, :] * x[:, :, none]"),
    "Linear (h) and Mul (y#3) stay apart: nothing joins a contraction but maps on exactly its elements.",
  ],
  moved: [
    body("f32[N, 4]", "h = x -> Softmax(dim=-1)", "output y = h[:, 1:] - h[:, :3]"),
    "Softmax (h) and Sub (y#3) stay apart: the result is read at other positions than those where it is made, and must be complete first.",
  ],
  dear: [
    body("f32[N, 4]", "h = x -> GELU", "output y = h[:, 1:] - h[:, :3]"),
    "GELU (h) and Sub (y#3) stay apart: the result is dear, and would be computed anew at each position that reads it.",
  ],
  guarded: [
    body("i32[N, 4]", "output y = x -> Embedding(5, 3) -> Permute(0, 2, 1) -> LocalResponseNorm(3)"),
    "Embedding (y.0) and LocalResponseNorm (y.2) stay apart: the result is range-checked, which would refuse positions that are not there.",
  ],
  distance: [
    body("f32[N, 4]", "output y = x -> RMSNorm(4) -> RMSNorm(4) -> RMSNorm(4)"),
    "RMSNorm (y.0) and RMSNorm (y.1) stay apart: each statistic would compute anew what is before it.",
  ],
  between: [
    body("f32[N, 4]", "a = x -> Softmax(dim=-1)", "c = [a, a] -> Concat(dim=1)", "output y = a + c[:, :4]"),
    "Softmax (a) and Add (y#2) stay apart: a third kernel needs the one and is needed by the other.",
  ],
};

test.each(Object.entries(apart))("apart: %s", (why, [text, says]) => {
  expect(explained(text, { mode: why === "draw" ? "train" : "eval" })).toContain(`  ${says}\n`);
});

test.each([
  [
    "a concatenation takes in nothing but maps",
    body("f32[N, 4]", "output y = [x -> Softmax(dim=-1), x] -> Concat(dim=1)"),
  ],
  [
    "a table that is looked up lies in memory",
    body("f32[N, 4]", "input i: i32[3]", "output y = [x -> Exp, i] -> IndexSelect(0)"),
  ],
] as const)("%s", (says, text) => {
  expect(explained(text)).toContain(says);
});

test("layers that are left out, that add nothing, that are made in one pass", () => {
  const told = explained(
    body(
      "f32[N, 4]",
      "unused = x -> Tanh",
      "a = x -> Exp",
      "b = x -> Exp",
      "c = x -> Dropout(0.5) -> Sin",
      "output a, b, c",
    ),
  );
  expect(told).toContain("Tanh (unused, net.nn:3:17) is left out: no output needs it.");
  expect(told).toContain("Exp (b, net.nn:5:12) adds nothing: what it gives is there already.");
  expect(told).toContain("Dropout (c.0, net.nn:6:12) adds nothing: what it gives is there already.");
  expect(told).toContain(
    "Exp (a, net.nn:4:12) and Sin (c.1, net.nn:6:28) are one kernel: Sin (c.1) is made in the same pass over what they read.",
  );
  expect(told).toContain(
    "b is copied: it needs memory of its own, and is an input, a view or another output.",
  );
});

test("what joins a kernel: statistics, parts of a concatenation, maps below a reshape", () => {
  expect(explained(body("i32[N]", "output y = x -> Embedding(9, 4) -> LayerNorm(4)"))).toContain(
    "LayerNorm (y.1) reduces the elements as they are made.",
  );
  expect(explained(body("f32[N, 4]", "output y = [x -> Tanh, x] -> Concat(dim=1)"))).toContain(
    "Concat (y#2) stores each part as it is made.",
  );
  expect(explained("GroupNorm(2, 6) -> PReLU(6)\n")).toContain(
    "PReLU (1, net.nn:1:20) is computed as [N, 2, 3, ...], the shape before a reshape, so that it can join what makes its operand.",
  );
  expect(explained("Linear(4, 4) -> Tanh -> Sin -> Exp\n")).toContain(
    "are one kernel: all but the first are applied to each sum before it is stored.",
  );
});

test("weights that are laid out anew, shifts that join a bias", () => {
  expect(explained(body("f32[N, 4]", "param w: f32[4, 3] = Normal", "output y = x @ w -> ReLU"))).toContain(
    "A weight of MatMul (y#1, net.nn:4:14) is laid out anew: what is summed lies side by side.",
  );
  const shifted = explained(
    body("f32[N, 4]", "param b: f32[3] = Ones", "h = x -> Linear(4, 3)", "output y = h + b"),
  );
  expect(shifted).toContain(
    "Add (y, net.nn:5:14) is folded into Linear (h, net.nn:4:12): its shift into the bias.",
  );
});

const examples = readdirSync("examples")
  .filter((file) => file.endsWith(".nn"))
  .map((file) => `examples/${file}`);

test.each(
  examples.flatMap(
    (file) =>
      [
        [file, "eval"],
        [file, "train"],
      ] as const,
  ),
)("%s in %s mode: whatever is computed is some layer's", (file, mode) => {
  const { graph, tensors, groups } = inspected(source(file), { file, mode });
  const layers = layersOf(graph);
  const owners = new Owners(layers);
  const computed = [...tensors.map((one) => one.graph), groups.prepare.graph, groups.run.graph]
    .flatMap(({ nodes }) => nodes)
    .filter((node) => node.inputs.length > 0);
  expect(computed.length).toBeGreaterThan(50);
  expect(computed.filter((node) => !owners.of(node))).toEqual([]);
  // The owner is known by its number, not by an object that passes hand on.
  const copies = computed.map((node) =>
    owners.of(structuredClone({ ...node, op: { kind: "copy" }, inputs: [] })),
  );
  expect(copies).toEqual(computed.map((node) => owners.of(node)));
});
