/** Bodies of functions that are made shorter, and how short whole binaries are. */
import { describe, expect, test } from "vitest";
import { drive } from "../../compiler/drive/driver.ts";
import type { Instruction, ValueType } from "../../compiler/emit/wasm/instructions.ts";
import { withShortBody } from "../../compiler/emit/wasm/shorten.ts";
import { wasmModule } from "../../compiler/emit/wasm/wasm-module.ts";
import { watText } from "../../compiler/emit/wasm/wat.ts";

/** The text of a function whose parameter 0 is `x`, and whose locals have the names and types of a list. */
function shortText(locals: readonly (readonly [string, ValueType])[], body: readonly Instruction[]): string {
  const names = new Map([["x"], ...locals].map(([name], i) => [i, name]));
  const parameters = ["i32"] as const;
  const made = { name: "k", comment: "", names, parameters, locals: locals.map(([, type]) => type), body };
  const text = watText({ imports: [], functions: [withShortBody(made)] });
  return text.replace(/[^]*\(param \$x i32\)\n/, "").replace(/ {2}\)\n\)\n$/, "").replaceAll(/\n +/g, "; ").trim();
} // prettier-ignore

const get = (operand: number): Instruction => ({ name: "local.get", operand });
const set = (operand: number): Instruction => ({ name: "local.set", operand });
const tee = (operand: number): Instruction => ({ name: "local.tee", operand });
const times = (count: number, one: Instruction, local: number): Instruction[] =>
  Array.from({ length: count }, () => [one, set(local)]).flat();
const vector = (...bytes: number[]): Instruction => ({ name: "v128.const", bytes: [...bytes, ...new Array<number>(16 - bytes.length).fill(0)] }); // prettier-ignore

describe("constants", () => {
  test("zeros are a local that is never set, minus zero is none", () => {
    const body = [...times(2, { name: "f64.const", operand: 0 }, 1), ...times(2, vector(), 2)];
    expect(shortText([["a", "f64"], ["b", "v128"]], body)).toBe(
      "(local $a f64); (local $zero.f64 f64); (local $b v128); (local $zero.v128 v128); " +
        "local.get $zero.f64; local.set $a; local.get $zero.f64; local.set $a; " +
        "local.get $zero.v128; local.set $b; local.get $zero.v128; local.set $b",
    );
    expect(shortText([["a", "f64"]], times(1, { name: "f64.const", operand: -0 }, 1))).toBe(
      "(local $a f64); f64.const -0; local.set $a",
    );
  }); // prettier-ignore

  test("others are set at the beginning where they stand often enough", () => {
    const one = { name: "f64.const", operand: 1.5 } as const;
    expect(shortText([["a", "f64"]], times(1, one, 1))).not.toContain("constant");
    expect(shortText([["a", "f64"]], times(3, one, 1))).toMatch(
      /f64\.const 1\.5; local\.tee \$constant0; local\.set \$a; local\.get \$constant0; local\.set \$a; local\.get \$constant0; local\.set \$a$/,
    );
    const text = shortText([["a", "v128"]], [...times(2, vector(1), 1), ...times(1, vector(2), 1)]);
    expect(text.match(/v128\.const/g)!.length).toBe(2);
    expect(text).toContain("local.get $constant0");
  });
});

test("a local is set and read at once, and not set where nothing reads it", () => {
  const two = [["a", "i32"], ["b", "i32"]] as const; // prettier-ignore
  expect(shortText(two, [get(0), set(1), get(1), get(1), { name: "i32.add" }, tee(2), set(1)])).toBe(
    "(local $a i32); local.get $x; local.tee $a; local.get $a; i32.add; local.set $a",
  );
  // What stands in a loop is not what stood before it.
  expect(shortText(two, [get(0), set(1), { name: "loop" }, get(1), set(2), { name: "end" }])).toContain(
    "local.set $a; loop; local.get $a",
  );
});

test.each([
  ["Linear(784, 256) -> LayerNorm(256) -> ReLU -> Linear(256, 128) -> LayerNorm(128) -> ReLU -> Linear(128, 10)", 8300],
  ["Softmax(dim=-1)", 2000],
])("the kernels of %s have at most %i bytes", (source, most) => {
  const { bytes } = wasmModule(drive(source, { target: "wasm" }).plan);
  expect(bytes.length).toBeGreaterThan(most / 2);
  expect(bytes.length).toBeLessThanOrEqual(most);
}); // prettier-ignore
