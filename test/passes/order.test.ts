/** The order of the passes: what the driver checks when it is loaded, and what a pass that is left out costs. */
import { expect, test } from "vitest";
import { check, compile, emit, type Tensor } from "../../compiler/index.ts";
import { optionalPasses } from "../../compiler/pipeline/optional-passes.ts";
import { wrongOrder } from "../../compiler/passes/pass.ts";
import { passes } from "../../compiler/pipeline/pipeline.ts";

test("the order of the passes is one that they ask for, and another is refused with the reason", () => {
  expect(wrongOrder(passes)).toEqual([]);
  const swapped = passes.map((pass) => pass.name === "hoist" ? named("mask") : pass.name === "mask" ? named("hoist") : pass); // prettier-ignore
  expect(wrongOrder(swapped)).toContain(
    "mask must run before hoist: a conditional that has a name is no longer the value of its store",
  );
});

test("each rule is about a pass that there is, and each is broken by some order", () => {
  for (const { name, order } of passes)
    for (const rule of order) {
      const other = "after" in rule ? rule.after : rule.before;
      const side = "after" in rule ? "after" : "before";
      expect(wrongOrder(passes.filter((pass) => pass.name !== other))).toContain(
        `${name} is ordered against ${other}, which is no pass`,
      );
      const rest = passes.filter((pass) => pass.name !== name);
      const at = rest.findIndex((pass) => pass.name === other) + (side === "after" ? 0 : 1);
      const moved = [...rest.slice(0, at), named(name), ...rest.slice(at)];
      expect(wrongOrder(moved)).toContain(`${name} must run ${side} ${other}: ${rule.because}`);
    }
});

function named(name: string): (typeof passes)[number] {
  return passes.find((pass) => pass.name === name)!;
}

const net = `model Net {
  input x: f32[N, 24];
  unused = x -> Exp;
  h = x -> Linear(24, 24) -> BatchNorm1d(24) -> ReLU;
  g = h -> Reshape(-1, 4, 6) -> GroupNorm(2, 4) -> PReLU(4);
  output y = (-(-h)) @ (h -> Transpose(0, 1)) -> Softmax(1);
  output z = g -> LocalResponseNorm(3) -> Reshape(-1, 24);
}
`;

test("any pass that can be left out can be, and the model computes what it did", () => {
  expect(passes.map(({ name }) => name).filter((name) => optionalPasses.includes(name))).toEqual(
    optionalPasses,
  );
  const data = Float32Array.from({ length: 5 * 24 }, (_, i) => Math.sin(i));
  const x: Tensor = { dtype: "f32", shape: [5, 24], data };
  const run = (without: readonly string[]): Record<string, Tensor> => compile(net, { without })({ x });
  const want = run([]);
  for (const without of [...optionalPasses.map((name) => [name]), optionalPasses])
    for (const [name, { shape, data: got }] of Object.entries(run(without))) {
      expect(shape).toEqual(want[name]!.shape);
      got.forEach((value, i) =>
        expect(Math.abs(Number(value) - Number(want[name]!.data[i]))).toBeLessThan(1e-6),
      );
    }
});

const windows =
  "model Windows { input x: f32[5, 3, 8]; output y = x -> Conv1d(3, 4, 3, padding=1) -> MaxPool1d(2) }";

test("windows without a pass give the same numbers", () => {
  const x: Tensor = {
    dtype: "f32",
    shape: [5, 3, 8],
    data: Float32Array.from({ length: 120 }, (_, i) => Math.sin(i)),
  };
  const run = (without: readonly string[]): readonly number[] =>
    Array.from(compile(windows, { without })({ x }).data as Float32Array);
  const want = run([]);
  for (const without of [...optionalPasses.map((name) => [name]), optionalPasses])
    run(without).forEach((value, i) => expect(Math.abs(value - want[i]!)).toBeLessThan(1e-6));
});

test("a pass that is left out leaves its mark on some text", () => {
  const long = "(N * M + 7 * N + 5) * (M * M + 3 * N + 11)";
  const texts = [
    net,
    "model Unused { input x: f32[N, 3]; unused = x -> Exp; output y = x -> Tanh }",
    "model Columns { input x: f32[N, 3]; param w: f32[3, 40]; output y = x @ w }",
    windows,
    `model Long { input x: f32[N]; input y: f32[M]; output z = [x, Ones(${long}), y] -> Concat(0) }`,
  ];
  const tiles = "Conv2d(16, 16, 3)";
  const codes = (without: readonly string[]): string[] => [
    ...texts.map((text) => emit(text, { without }).code),
    emit(tiles, { without, target: "wasm" }).code,
  ];
  const want = codes([]);
  expect(optionalPasses.filter((name) => codes([name]).join() === want.join())).toEqual([]);
});

test("a pass that cannot be left out is NN4103", () => {
  expect(check(net, { without: ["fuse", "magic"] }).map(({ message }) => message)).toEqual([
    expect.stringMatching(/^the option without names fuse, but passes that can be left out are `prune`, /),
    expect.stringMatching(/^the option without names magic, /),
  ]);
});
