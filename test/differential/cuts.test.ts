/** Numbers do not depend on how a net is cut into kernels, whatever is known of its sizes and however hard its data. */
import { expect, test } from "vitest";
import { compile } from "../../compiler/index.ts";
import { compareCuts } from "./cuts.ts";

const NETS: readonly (readonly [shape: string, expression: string])[] = [
  ["4, 16", "x -> LayerNorm([4, 16])"],
  ["2, 8, 4", "x * 2 -> GroupNorm(1, 8)"],
  ["2, 4, 8", "x -> Linear(8, 8) -> LayerNorm([4, 8])"],
  ["2, 4, 2, 3", "x -> ReLU -> GroupNorm(1, 4)"],
  ["2, 4, 2, 3", "x -> BatchNorm2d(4, track_running_stats=false)"],
  ["2, 4, 6", "x + 1 -> BatchNorm1d(4) -> ReLU -> BatchNorm1d(4)"],
  ["2, 4", "x -> Linear(4, 4, bias=false) -> Norm(dim=1)"],
  ["4, 6", "(x + 33000 -> Transpose(0, 1)) - 33000"],
  ["4, 6", "((x + 33000 -> Reshape(6, 4)) -> Transpose(0, 1)) - 33000"],
  ["4, 6", "[x + 33000, x -> Transpose(0, 1)] -> MatMul -> Softmax(dim=1)"],
  ["4, 6", "(x * 3 -> Exp -> Sum(dim=1)) -> Log"],
  ["4, 6", "x * 3 -> LogSoftmax(dim=0) -> Transpose(0, 1) -> Softmax(dim=1)"],
  ["4, 16", "x * 3 -> RMSNorm([4, 16]) -> Linear(16, 4) -> RMSNorm(4)"],
  ["4, 16", "[x * 3, x + 1] -> CosineSimilarity(dim=1)"],
  ["4, 16", "x -> Tanh -> Var"],
  ["4, 16", "(x + 1 -> Flatten(start_dim=0)) -> LayerNorm(64)"],
  ["4, 16", "(x - (x -> Mean)) * (x -> Std)"],
  ["4, 16", "x / ((x * x -> Mean) + 1) ** 0.5"],
  ["2, 3, 8", "(x + 1) - ((x + 1) -> Var(dim=[0, 2], keepdim=true))"],
  ["2, 3, 4, 4", "x * 0.5 -> SwitchNorm2d(3) -> LocalResponseNorm(3) -> InstanceNorm2d(3)"],
];

function agree(text: string, mode: "eval" | "train"): void {
  const { wrong, variants } = compareCuts(text, mode);
  expect(wrong).toBeUndefined();
  expect(variants).toBeGreaterThanOrEqual(2);
}

test.each(NETS)("of [%s]: %s", (shape, expression) => {
  const mode = /BatchNorm|SwitchNorm/.test(expression) ? "train" : "eval";
  agree(`model M { input x: f32[${shape}]; output y = ${expression} }`, mode);
});

// What is an output, too, is rounded for the caller alone.
test("values that are outputs and go on", () => {
  const body =
    "h = x * 3 + 33000; t = h -> Transpose(0, 1); output a = h, b = t - 33000, c = h -> LayerNorm(6), d = h";
  agree(`model M { input x: f32[4, 6]; ${body} }`, "eval");
});

test.each(["f32[N, C, L]", "f32[1, 4, 25000]", "f32[1, C, L]", "f32[N, 4, L]"])(
  "100,000 values of 33000 behind a first one of 0, in %s",
  (type) => {
    const data = new Float32Array(100_000).fill(33_000);
    data[0] = 0;
    const model = compile(`model M { input x: ${type}; output y = x * 2 -> GroupNorm(1, 4) }`);
    const y = (model({ dtype: "f32", shape: [1, 4, 25_000], data }) as { data: Float32Array }).data;
    const deviation = 66_000 * Math.sqrt(99_999) / 100_000; // prettier-ignore
    expect(y[0]).toBe(Math.fround((-66_000 * 0.99999) / deviation));
    expect(y[1]).toBe(Math.fround(0.66 / deviation));
  },
);
