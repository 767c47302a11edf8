/** Numbers do not depend on how a net is cut into kernels, whatever is known of its sizes and however hard its data. */
import { expect, test } from "vitest";
import { compile } from "../../compiler/index.ts";
import { ulp } from "../ulp.ts";
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

test.each(["f32[N, C, L]", "f32[1, 4, 250000]", "f32[1, C, L]", "f32[N, 4, L]"])(
  "a million values far from 0 behind a first one of 0, in %s",
  (type) => {
    const model = compile(`model M { input x: ${type}; output y = x * 2 -> GroupNorm(1, 4) }`);
    for (const value of [33_000, 1000.3]) {
      const data = new Float32Array(1e6).fill(value);
      data[0] = 0;
      const y = (model({ dtype: "f32", shape: [1, 4, 250_000], data }) as { data: Float32Array }).data;
      const double = 2 * Math.fround(value);
      const deviation = Math.sqrt((double * double * 999_999) / 1e12 + 1e-5);
      const [first, other] = [(-double * 999_999) / 1e6 / deviation, double / 1e6 / deviation];
      expect(ulps(y[0]!, first)).toBeLessThanOrEqual(1);
      expect(ulps(y[1]!, other)).toBeLessThanOrEqual(1);
    }
  },
);

function ulps(got: number, want: number): number {
  return Math.abs(got - want) / ulp(Math.abs(want));
}
