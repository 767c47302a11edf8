import { expect, test } from "vitest";
import {
  dtypeRows,
  isHeld,
  isNarrow,
  languageDtypes,
  isRounded,
  type Dtype,
} from "../../compiler/ir/dtype.ts";
import { arrayFor, integerRange } from "../../runtime/array-dtype.ts";

const rows = Object.entries(dtypeRows) as [Dtype, (typeof dtypeRows)[Dtype]][];
const numbers = [0, -0, 1, -1, 0.1, 2.5, -2.5, 127, 128, 255, 300, 2 ** 24 + 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e300, NaN, Infinity, -Infinity]; // prettier-ignore

test.each(rows)("%s is what tensors and files have under this name", (dtype, row) => {
  // Tensors have no f16: what lies there are bits.
  expect(row.array).toBe(arrayFor(dtype === "f16" ? "i16" : dtype));
  expect("range" in row ? row.range.map(BigInt) : undefined).toEqual(
    integerRange(dtype === "f16" ? "i16" : dtype),
  );
});

test.each(rows)("%s is stored as its array stores it", (dtype, row) => {
  for (const number of numbers) {
    const data = new row.array(1);
    data[0] = row.kind === "bool" ? Number(number !== 0) : number;
    expect(row.store(number)).toBe(data[0]);
    expect(isHeld(dtype, number)).toBe(data[0] === number);
  }
});

test.each(rows)("%s has an arithmetic that ends where its numbers do", (dtype, row) => {
  // There are two: float64, and integers that wrap at 32 bits.
  expect(row.wraps).toBe(row.kind === "integer");
  // What is narrow in memory is loaded as an i32.
  if (row.wraps && !isNarrow(dtype)) expect(row).toMatchObject({ range: [-(2 ** 31), 2 ** 31 - 1] });
});

test("ranks differ, and f32 alone rounds", () => {
  expect(new Set(rows.map(([, { rank }]) => rank)).size).toBe(rows.length);
  expect(rows.flatMap(([dtype]) => (isRounded(dtype) ? [dtype] : []))).toEqual(["f32"]);
  expect(languageDtypes).toEqual(["f32", "i32", "bool"]);
});
