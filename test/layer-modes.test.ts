/** Layers whose mode is not that of their net. */
import { expect, test } from "vitest";
import { check, compile, emit, NnError, tensor, type CompileOptions, type Model } from "../compiler/index.ts";
import { drive } from "../compiler/drive/driver.ts";
import { infoOf, infoText } from "../compiler/inspect/info.ts";
import { explain, explainText } from "../compiler/inspect/explain.ts";
import { inspect } from "../compiler/inspect/inspect.ts";

const text = `block Block(n) { bn: BatchNorm1d(n) -> Dropout(0.5) }
model M {
  input x: f32[N, 3]
  output y = x -> bn1: BatchNorm1d(3) -> blocks: Repeat(2) { Block(3) } -> head: Linear(3, 2)
}
`;
const x = tensor([1, 2, 3, 5, 7, 11, 13, 17, 19, 4, 4, 4], { shape: [4, 3] });

/** The layers whose running statistics a run changes. */
function trained(options: CompileOptions): string[] {
  const model = compile(text, options);
  const before = structuredClone({ ...model.parameters });
  model(x);
  return Object.keys(before)
    .filter((path) => path.endsWith("running_mean"))
    .filter((path) => String(before[path]!.data) !== String(model.parameters[path]!.data))
    .map((path) => path.replace(".running_mean", ""));
}

/** The layers that draw. */
function drawing(options: CompileOptions): number {
  const { plan } = drive(text, options);
  return plan.run.filter(({ kernel }) => kernel.body.some(({ kind }) => kind === "draw")).length;
}

test.each<[CompileOptions, trains: string[], draws: number]>([
  [{}, [], 0],
  [{ mode: "train" }, ["bn1", "blocks.0.bn", "blocks.1.bn"], 2],
  [{ mode: "train", eval: ["bn1"] }, ["blocks.0.bn", "blocks.1.bn"], 2],
  [{ mode: "train", eval: ["bn*"] }, ["blocks.0.bn", "blocks.1.bn"], 2],
  [{ mode: "train", eval: ["*bn*"] }, [], 2],
  // A pattern that names a block names all in it.
  [{ mode: "train", eval: ["blocks.0"] }, ["bn1", "blocks.1.bn"], 1],
  [{ mode: "train", eval: ["blocks"] }, ["bn1"], 0],
  [{ mode: "train", eval: ["blocks"], train: ["blocks.1"] }, ["bn1", "blocks.1.bn"], 1],
  [{ mode: "train", eval: ["*"], train: ["*.1.bn"] }, ["blocks.1.bn"], 0],
  [{ train: ["blocks.1.bn"] }, ["blocks.1.bn"], 0],
  [{ train: ["*"], eval: ["bn1", "*.bn"] }, [], 2],
])("%j", (options, trains, draws) => {
  for (const target of ["js", "wasm"] as const) {
    expect(trained({ ...options, target })).toEqual(trains);
    expect(drawing({ ...options, target })).toBe(draws);
  }
});

test("a layer in eval mode takes running statistics, and those of the batch are for the others", () => {
  const net = "a: BatchNorm1d(3) -> b: BatchNorm1d(3)";
  const run = (options: CompileOptions): Model => {
    const model = compile(net, options);
    model.parameters["a.running_mean"]!.data.set([1, 2, 3]);
    model.refresh();
    return model;
  };
  const mixed = run({ mode: "train", eval: ["a"] })(x).data;
  // What a only shifts, b takes away again.
  const whole = run({ mode: "train" })(x).data;
  expect(mixed.every((value, i) => Math.abs(value - whole[i]!) < 1e-4)).toBe(true);
  const evaluated = compile("a: BatchNorm1d(3)")(x).data;
  expect(compile("a: BatchNorm1d(3)", { mode: "train", eval: ["a"] })(x).data).toEqual(evaluated);
  expect(compile("a: BatchNorm1d(3)", { train: ["a"] })(x).data).not.toEqual(evaluated);
});

test("all layers named give the text of the other mode", () => {
  for (const target of ["js", "wasm"] as const) {
    const { code } = emit(text, { mode: "train", target });
    expect(emit(text, { train: ["*"], target }).code).toBe(code);
    expect(emit(text, { mode: "train", train: ["bn1"], target }).code).toBe(code);
  }
});

test("a pattern that names no layer is wrong, and says what there is", () => {
  const said = (options: CompileOptions): string[] =>
    check(text, options).map(({ code, message, suggestion }) => `${code} ${message}; ${suggestion}`);
  expect(said({ mode: "train", eval: ["bn2"] })).toEqual([
    "NN3115 no layer has a path like `bn2`; did you mean `bn1`?",
  ]);
  expect(said({ train: ["norm*"] })).toEqual([
    "NN3115 no layer has a path like `norm*`; layers have the paths `bn1`, `blocks.0.bn`, `blocks.0.1`, `blocks.1.bn`, `blocks.1.1`, `head`",
  ]);
  expect(said({ train: ["bn1", "blocks.*.bn"], eval: ["head"] })).toEqual([]);
  expect(() => compile(text, { eval: ["nothing"] })).toThrow(NnError);
  expect(() => compile(text, { eval: [3] as unknown as string[] })).toThrow("eval holds paths of layers");
});

test("info, explain and the layer graph say it", () => {
  const { graph } = drive(text, { mode: "train", eval: ["bn1", "blocks.0"] });
  const inspection = inspect(graph, "train");
  const modes = "train mode, with bn1, blocks.0.bn and blocks.0.1 in eval mode";
  expect(infoText(infoOf(inspection))).toContain(`M, ${modes}: x: f32[N, 3]`);
  expect(explainText(inspection, explain(inspection))).toContain(`M, ${modes}\n`);
  const plain = drive(text, { mode: "train" });
  expect(infoText(infoOf(inspect(plain.graph, "train")))).toContain("M, train mode: x: f32[N, 3]");
});
