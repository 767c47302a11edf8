/** Where a layer takes its input with and without a batch axis, one that is not declared has it. */
import { expect, test } from "vitest";
import { compile } from "../../compiler/index.ts";

test.each([
  ["InstanceNorm2d(3)", ["N", 3, "H", "W"]],
  ["ReLU -> InstanceNorm1d(3, affine=True)", ["N", 3, "L"]],
  ["ReLU -> InstanceNorm2d(3) -> PReLU(3)", ["N", 3, "H", "W"]],
  ["Linear(6, 4) -> InstanceNorm1d(5, affine=True)", ["N", 5, 6]],
  ["InstanceNorm1d(3) -> BatchNorm1d(3)", ["N", 3, "L"]],
  // Here only the form without it goes through.
  ["InstanceNorm1d(3) -> SwitchableNorm1d(7)", [3, 7]],
])("%s", (source, shape) => {
  expect(compile(source).inputs[0]!.shape).toEqual(shape);
});

test("a declared input says which", () => {
  const source = (shape: string): string => `model M {
    input x: f32[${shape}]
    output x -> ReLU -> InstanceNorm1d(2, eps=0)
  }`;
  const batched = compile(source("N, 2, L"))([[[1, 3], [-2, 5]]]); // prettier-ignore
  const single = compile(source("2, L"))([[1, 3], [-2, 5]]); // prettier-ignore
  expect([batched.shape, single.shape]).toEqual([[1, 2, 2], [2, 2]]); // prettier-ignore
  expect([...single.data]).toEqual([-1, 1, -1, 1]);
  expect([...batched.data]).toEqual([...single.data]);
});
