import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fixed, scientific } from "../../runtime/decimal.ts";
import { fromBfloat16, fromFloat16 } from "../../runtime/half.ts";
import { arrayFor, formatTensor, sizeOf, tensor, type Dtype, type Tensor } from "../../runtime/index.ts";

interface Case {
  dtype: Dtype | "f16" | "bf16";
  shape: number[];
  b64: string;
  text: string;
}

function casesOf(name: string): [string, Case][] {
  const text = readFileSync(new URL(`../fixtures/runtime/${name}.json`, import.meta.url), "utf8");
  return (JSON.parse(text) as Case[]).map((c) => [`${c.dtype} [${c.shape.join(", ")}]`, c]);
}

/** Halves are read as f32, which prints alike but for the name of the dtype. */
function read({ dtype, shape, b64 }: Case): Tensor {
  const bytes = Uint8Array.from(Buffer.from(b64, "base64"));
  if (dtype === "f16") return { dtype: "f32", shape, data: fromFloat16(bytes) };
  if (dtype === "bf16") return { dtype: "f32", shape, data: fromBfloat16(bytes) };
  return { dtype, shape, data: new (arrayFor(dtype))(bytes.buffer, 0, sizeOf(shape)) };
}

test.each([...casesOf("print"), ...casesOf("print-random")])("prints as PyTorch: %s", (_, c) => {
  expect(formatTensor(read(c))).toBe(c.text.replace(/,\s+dtype=torch\.b?float16\)$/, ")"));
});

test.each([
  [[3.14159], [], "tensor(3.1416)"],
  [[0.5, -1.25, 100], [3], "tensor([  0.5000,  -1.2500, 100.0000])"],
  [[1e-5, 1], [2], "tensor([1.0000e-05, 1.0000e+00])"],
  [[NaN, Infinity, -1, 0], [4], "tensor([nan, inf, -1.,  0.])"],
  [[NaN, -Infinity, 0], [3], "tensor([nan, -inf, 0.])"],
  [[-0, 0], [2], "tensor([-0., 0.])"],
  [[0.03125, 0.09375, 2.5], [3], "tensor([0.0312, 0.0938, 2.5000])"],
  [[12346, 0.5], [2], "tensor([1.2346e+04, 5.0000e-01])"],
  [[], [2, 0], "tensor([], size=(2, 0))"],
])("prints %j as %j", (values, shape, text) => {
  expect(formatTensor(tensor(values, { shape }))).toBe(text);
});

test("names dtypes other than f32, i64 and bool", () => {
  expect(formatTensor(tensor([1, 2], { dtype: "i32" }))).toBe("tensor([1, 2], dtype=torch.int32)");
  expect(formatTensor(tensor([1.5], { dtype: "f64" }))).toBe("tensor([1.5000], dtype=torch.float64)");
  expect(formatTensor(tensor([1n, -20n, 300n]))).toBe("tensor([  1, -20, 300])");
  expect(formatTensor(tensor([true, false]))).toBe("tensor([ True, False])");
  expect(formatTensor(tensor([], { dtype: "i64" }))).toBe("tensor([], dtype=torch.int64)");
});

test("many shown elements do not overflow the stack", () => {
  const t = tensor(new Float32Array(6 ** 7), { shape: [6, 6, 6, 6, 6, 6, 6] });
  expect(formatTensor(t)).toContain("[0., 0., 0., 0., 0., 0.]");
});

// The right sides are what Python's % operator gives.
test.each([
  [fixed(0.5, 0), "0"],
  [fixed(1.5, 0), "2"],
  [fixed(2.5, 0), "2"],
  [fixed(1e22, 0), "10000000000000000000000"],
  [fixed(-0.00001, 4), "-0.0000"],
  [fixed(1.00005, 4), "1.0001"],
  [fixed(5e-324, 4), "0.0000"],
  [scientific(0, 4), "0.0000e+00"],
  [scientific(-0, 4), "-0.0000e+00"],
  [scientific(9.99996, 4), "1.0000e+01"],
  [scientific(1e23, 4), "1.0000e+23"],
  [scientific(100005, 4), "1.0000e+05"],
  [scientific(100015, 4), "1.0002e+05"],
  [scientific(5e-324, 4), "4.9407e-324"],
  [scientific(1.7976931348623157e308, 4), "1.7977e+308"],
])("%s is %s", (got, want) => {
  expect(got).toBe(want);
});
