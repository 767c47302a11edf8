/** Costs against numbers made by hand, formulas against numbers, totals against PyTorch's state dicts. */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { check } from "../../compiler/index.ts";
import { kernelCosts, largest, layerCosts, type Cost } from "../../compiler/inspect/cost.ts";
import { infoOf, type Info } from "../../compiler/inspect/info.ts";
import { inspect } from "../../compiler/inspect/inspect.ts";
import { layersOf } from "../../compiler/inspect/layers.ts";
import { typeOf, type Graph } from "../../compiler/ir/graph/graph.ts";
import type { Statement } from "../../compiler/ir/plan/plan.ts";
import { add, evaluateSize, mul, symbol, symbolsOf, type Size } from "../../compiler/ir/size/size.ts";
import { extents } from "../../compiler/ir/types.ts";
import type { LayerOp } from "../../compiler/layers/record.ts";
import { plan } from "../../compiler/pipeline/pipeline.ts";
import { inspected, net, source, type NetOptions } from "./support.ts";

/** Of the net's only layer, or of the one of this name, with N = 3. */
function cost(text: string, name?: string, options: NetOptions = {}): Record<keyof Cost, number> {
  const graph = net(text, options);
  const layers = layersOf(graph).filter(({ node }) => node.op.kind === "layer");
  const layer = name === undefined ? layers[0]! : layers.find((one) => one.name === name)!;
  const { macs, read, written } = layerCosts(graph, options.mode ?? "eval")(layer.node);
  return { macs: at3(macs), read: at3(read), written: at3(written) };
}

const at3 = (size: Size): number =>
  evaluateSize(size, new Map([...symbolsOf(size)].map((name) => [name, 3])));

const input = (type: string, chain: string): string =>
  `model M {\n  input x: ${type}\n  output y = ${chain}\n}\n`;

test.each([
  // 3 rows of 784, each against 10 columns; the weight, the bias and the rows are read.
  [input("f32[N, 784]", "x -> Linear(784, 10)"), 3 * 784 * 10, 4 * (3 * 784 + 784 * 10 + 10), 4 * 3 * 10],
  [
    input("f32[N, 784]", "x -> Linear(784, 10, bias=false)"),
    3 * 784 * 10,
    4 * (3 * 784 + 784 * 10),
    4 * 3 * 10,
  ],
  // Maps and statistics have no multiply-accumulates.
  [input("f32[N, 10]", "x -> ReLU"), 0, 4 * 3 * 10, 4 * 3 * 10],
  [input("f32[N, 10]", "x -> LayerNorm(10)"), 0, 4 * (3 * 10 + 20), 4 * 3 * 10],
  [input("f32[N, 10]", "x -> Sum(dim=1)"), 0, 4 * 3 * 10, 4 * 3],
  // A truth value is a byte.
  [input("f32[N, 10]", "x > 0"), 0, 4 * 3 * 10, 3 * 10],
  // One operand, twice.
  [input("f32[N, 10]", "x * x"), 0, 4 * 3 * 10, 4 * 3 * 10],
  [input("f32[N, 5, 5]", "x @ x"), 3 * 5 ** 3, 4 * 3 * 25, 4 * 3 * 25],
  // Views move nothing, and a cut is read as far as it goes.
  [input("f32[N, 10]", "x -> Transpose(0, 1)"), 0, 0, 0],
  [input("f32[N, 10]", "x[:, 2:4]"), 0, 0, 0],
  // Of a table the rows that are looked up: 3 of 8 numbers, and their indices.
  [input("i32[N]", "x -> Embedding(1000, 8)"), 0, 4 * (3 + 3 * 8), 4 * 3 * 8],
  // Running statistics are read in place of the batch's.
  [input("f32[N, 4]", "x -> BatchNorm1d(4)"), 0, 4 * (3 * 4 + 4 * 4), 4 * 3 * 4],
])("%s", (text, macs, read, written) => {
  expect(cost(text)).toEqual({ macs, read, written });
});

test("in train mode the buffers that are updated are written", () => {
  const text = input("f32[N, 4]", "x -> BatchNorm1d(4)");
  // Read: rows, weight, bias, both running statistics and the count; written: rows, statistics and count.
  expect(cost(text, undefined, { mode: "train" })).toEqual({
    macs: 0,
    read: 4 * (3 * 4 + 4 * 4 + 1),
    written: 4 * (3 * 4 + 2 * 4 + 1),
  });
});

test("an MLP", () => {
  const { total, parameters } = infoOf(inspected("Linear(784, 128) -> ReLU -> Linear(128, 10)\n"));
  expect(at3(total.macs)).toBe(3 * (784 * 128 + 128 * 10));
  expect(parameters).toEqual({ count: 784 * 128 + 128 + 128 * 10 + 10, bytes: 4 * 101_770 });
});

test("kernels read and write each tensor once, whatever they are made of", () => {
  const { groups, plan } = inspected(input("f32[N, 10]", "x -> LayerNorm(10) -> PReLU"));
  const { prepare, run } = kernelCosts(groups, plan);
  // Weight and bias, and the table of both slopes, which are float32 as they stand.
  expect(run.map(({ macs, read, written }) => [macs, read, written].map(at3))).toEqual([
    [0, 4 * (3 * 10 + 20) + 4 * 2, 4 * 3 * 10],
  ]);
  expect(prepare.map(({ read, written }) => [read, written])).toEqual([[4, 4 * 2]]);
});

test("a kernel has the multiply-accumulates of its contraction", () => {
  const { groups, plan } = inspected("Linear(784, 128) -> ReLU -> Linear(128, 10)\n");
  const { run } = kernelCosts(groups, plan);
  expect(run.map(({ macs }) => at3(macs))).toEqual([3 * 784 * 128, 3 * 128 * 10]);
});

/** How often a kernel's loops add to a sum; a kernel with a contraction has no other. */
function accumulations(statements: readonly Statement[]): number {
  return statements.reduce((sum, statement) => {
    if (statement.kind === "accumulate") return sum + 1;
    if (statement.kind !== "loop") return sum;
    return sum + ((statement.to as number) - (statement.from as number)) * accumulations(statement.body);
  }, 0);
}

test.each(["examples/classifier.nn", "examples/attention.nn", "examples/nets/dlrm.nn"])(
  "%s: kernels multiply and accumulate as often as their loops do",
  (file) => {
    const args = Object.fromEntries([...symbolsIn(net(source(file), { file }))].map((name) => [name, 5]));
    const graph = net(source(file), { file, args });
    // Before `schedule`, which unrolls.
    let bodies: (readonly Statement[])[] = [];
    plan(graph, {
      mode: "eval",
      onPass: (name, stage) => {
        if (name === "lift" && stage.kind === "plan")
          bodies = stage.plan.run.map(({ kernel }) => kernel.body);
      },
    });
    const { run } = infoOf(inspect(graph, "eval")).kernels;
    const contractions = run.flatMap(({ macs }, i) =>
      macs === 0 ? [] : [[macs, accumulations(bodies[i]!)]],
    );
    expect(contractions.length).toBeGreaterThan(2);
    for (const [macs, rounds] of contractions) expect(macs).toBe(rounds);
  },
);

test("a shared layer's parameters count once, and so does a reference to them", () => {
  const shared = infoOf(
    inspected(
      "model M {\n  input x: f32[N, 4]\n  fc = Linear(4, 4)\n  output y = x -> fc -> Tanh -> fc\n}\n",
    ),
  );
  expect(shared.layers.map((row) => row.parameters)).toEqual([20, 0, 0]);
  expect(shared.parameters.count).toBe(20);
  const tied = infoOf(
    inspected(
      "model M {\n  input x: i32[N]\n  e = Embedding(9, 4)\n  output y = (x -> e) @ (e.weight -> Transpose(0, 1))\n}\n",
    ),
  );
  expect(tied.parameters.count).toBe(36);
  expect(tied.layers.reduce((sum, row) => sum + at3(row.parameters), 0)).toBe(36);
});

test("parameters of a layer that nothing flows into are told", () => {
  const text = "model M {\n  input x: f32[N, 4]\n  unused = Linear(4, 3)\n  output y = x -> ReLU\n}\n";
  const { unused, parameters, layers } = infoOf(inspected(text));
  expect(unused.map(({ path }) => path)).toEqual(["unused.weight", "unused.bias"]);
  expect(parameters.count).toBe(15);
  expect(layers).toHaveLength(1);
});

test("the largest of sizes, as far as it can be told", () => {
  const [n, t] = [symbol("N"), symbol("T")];
  expect(largest([mul(2, n), mul(3, n)])).toEqual(mul(3, n));
  expect(largest([n, n])).toEqual(n);
  expect(largest([add(n, 4), n, 4])).toEqual(add(n, 4));
  expect(evaluateSize(largest([n, t, mul(n, t)]), new Map([["N", 5], ["T", 7]]))).toBe(35); // prettier-ignore
  const either = largest([n, t]);
  expect(evaluateSize(either, new Map([["N", 5], ["T", 7]]))).toBe(7); // prettier-ignore
  expect(evaluateSize(either, new Map([["N", 9], ["T", 7]]))).toBe(9); // prettier-ignore
});

const folder = "examples/nets";
const nets = readdirSync(folder)
  .filter((file) => file.endsWith(".nn"))
  .map((file) => `${folder}/${file}`)
  .filter((file) => check(source(file), { filename: file }).every(({ severity }) => severity !== "error"));

test.each(nets)("%s: parameters are those of PyTorch's state dict", (file) => {
  const { parameters } = JSON.parse(source(file.replace(/nn$/, "json"))) as {
    parameters: Record<string, number[]>;
  };
  const info = infoOf(inspected(source(file), { file }));
  // A tied parameter has several names there.
  const aliases = new Set(net(source(file), { file }).parameters.flatMap((one) => one.aliases));
  const own = Object.entries(parameters).filter(([name]) => !aliases.has(name));
  const want = own.reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b, 1), 0);
  expect(at3(add(info.parameters.count, info.buffers.count))).toBe(want);
  expect(info.layers.reduce((sum, row) => sum + at3(row.parameters), 0)).toBe(want);
});

/** A run of sizes cannot be given one. */
const fixable = nets.filter((file) => !/f32\[\.\.\./.test(source(file)));

test.each(fixable)("%s: formulas have the values that fixed sizes have", (file) => {
  const info = infoOf(inspected(source(file), { file }));
  const symbols = symbolsIn(net(source(file), { file }));
  const values = new Map([...symbols].map((name, i) => [name, 64 + 64 * i]));
  const fixed = infoOf(inspected(source(file), { file, args: Object.fromEntries(values) }));
  const at = (size: Size): number => evaluateSize(size, values);
  const costs = ({ macs, read, written }: Cost): number[] => [macs, read, written].map(at);
  const numbers = ({ layers, total, kernels, memory }: Info): unknown => ({
    layers: layers.map(costs),
    total: costs(total),
    macs: kernels.run.map(({ macs }) => at(macs)),
    results: at(memory.results.bytes),
  });
  expect(symbols.size).toBeGreaterThan(0);
  expect(numbers(info)).toEqual(numbers(fixed));
  expect(typeof fixed.total.macs).toBe("number");
});

test("there are nets to look at", () => expect(fixable.length).toBeGreaterThan(4));

function symbolsIn({ inputs }: Graph<LayerOp>): Set<string> {
  const symbols = new Set<string>();
  for (const { value } of inputs) for (const size of extents(typeOf(value).shape)) symbolsOf(size, symbols);
  return symbols;
}

test("ResNet-50 takes 4.09 G multiply-adds for an image of 224 by 224", () => {
  const args = { N: 1, H: 224, W: 224 };
  const { total } = infoOf(inspected(source("examples/nets/resnet50.nn"), { args }));
  expect(total.macs).toBe(4_089_184_256);
});
