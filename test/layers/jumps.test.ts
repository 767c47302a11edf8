/**
 * Kernels compute in float64, but what jumps sees the float32 that PyTorch has. The wanted numbers are those of PyTorch:
 * float32(10 * 0.7) is 7, though 10 times the float32 next to 0.7 is less, and float32(10 * 0.1) is 1, though the product is more.
 */
import { expect, test } from "vitest";
import { compile, type CompileOptions } from "../../compiler/index.ts";

const cases: readonly (readonly [expression: string, x: number, wanted: number | boolean])[] = [
  ["x * 0.7 -> Floor", 10, 7],
  ["x * 0.7 -> Trunc", 10, 7],
  ["x * 0.7 -> Frac", 10, 0],
  ["x * 0.1 -> Ceil", 10, 1],
  ["x * 0.7 -> Round", 5, 4],
  ["x * 0.7 // 1", 10, 7],
  ["x * 0.7 % 1", 10, 0],
  ["[x * 0.7, 1] -> Fmod", 10, 0],
  ["x * 0.7 == 7", 10, true],
  ["x * 0.7 != 7", 10, false],
  ["x * 0.7 < 7", 10, false],
  ["x * 0.7 >= 7", 10, true],
  ["x * 0.1 > 1", 10, false],
  ["x * 0.1 <= 1", 10, true],
];
const targets: readonly NonNullable<CompileOptions["target"]>[] = ["js", "wasm"];

test.each(targets.flatMap((target) => cases.map((one) => [target, ...one] as const)))(
  "%s: %s of %d is %s",
  (target, expression, x, wanted) => {
    const model = compile(`model M { input x: f32[N]\n output y = ${expression} }`, { target });
    const { data } = model(Float32Array.of(x)) as { readonly data: ArrayLike<number> };
    expect(Array.from(data)).toEqual([Number(wanted)]);
  },
);
