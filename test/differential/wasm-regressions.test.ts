/** Nets that were compiled wrongly for WebAssembly, each under the rule that it broke. Random nets found most of them. */
import { expect, test } from "vitest";
import { compile } from "../../compiler/index.ts";
import type { Sizes } from "./agree.ts";
import type { Net } from "./nets.ts";
import { trialOf } from "./trial.ts";

/** What is wrong with a net at these sizes, on data of each kind. */
function wrong(
  lines: string,
  sizes: Readonly<Record<string, number>> = {},
  given: Partial<Net> = {},
): (string | undefined)[] {
  const at: Sizes = new Map(Object.entries(sizes));
  const net = { text: `model Net {\n${lines}\n}\n`, mode: "eval", sizes: [at, at], below: new Map<string, number>(), special: false, args: {}, ...given } as const; // prettier-ignore
  return [0, 1, 3, 5].map((data) => trialOf({ ...net, data }, "wasm").failure?.wrong);
}

const NOTHING = [undefined, undefined, undefined, undefined];

test("a size that only the call knows meets float32", () => {
  expect(wrong("input x: f32[...]\noutput y = x -> Var()", { "...": 7 })).toEqual(NOTHING);
  const lines = "input x: f32[N, 3, M, 4]\noutput y = x -> SwitchableNorm2d(3), z = x * 2 -> Mean(dim=2)";
  expect(wrong(lines, { N: 2, M: 5 }, { mode: "train" })).toEqual(NOTHING);
});

test("of an axis of size 1 a softmax is 1, however large its logits are and wherever they are computed", () => {
  const lines =
    "input h: f32[M]\ninput a: f32[N, 1, 5]\noutput y = (a + (h -> Mean())) -> LogSoftmax(dim=-2)";
  expect(wrong(lines, { M: 3, N: 2 })).toEqual(NOTHING);
});

test("every second truth value", () => {
  expect(wrong("input x: f32[N]\noutput y = (x > 0.5)[::2]", { N: 23 })).toEqual(NOTHING);
});

test("integers and truth values that are kept for several loops", () => {
  const lines = `input h: f32[7]
  input w: f32[2, 3, 1]
  y = [((h -> Abs) > 0.5), h, w] -> Where()
  input i: i32[2, 3]
  z = [(i[0] / 2), (i / 2)] -> LogicalAnd()
  u = (i[0] * i[0] + 3) % 5 * i
  output y, z, u`;
  expect(wrong(lines)).toEqual(NOTHING);
});

test("places that a name below 0 is a part of", () => {
  expect(wrong("input x: f32[2, 4, 5]\noutput y = x -> Flip(dims=[0, -1])")).toEqual(NOTHING);
});

test("a mean that is infinite, or beyond the largest float32, is added as it is", () => {
  const lines = `input x: f32[N, 6]
  output y = x + (x -> Mean(dim=1, keepdim=true)), z = x - (x * 3e38 -> Mean(dim=1, keepdim=true))`;
  expect(wrong(lines, { N: 20 }, { special: true })).toEqual(NOTHING);
});

test("sums of inner rounds that become one have names beside those of the edges", () => {
  expect(wrong("input x: f32[N, 3, 19]\noutput y = x -> ConvTranspose1d(3, 2, 3)", { N: 2 })).toEqual(
    NOTHING,
  );
});

test("statistics are of the values that they normalize, which float32 has rounded", () => {
  const data = Float32Array.from({ length: 144 }, (_, i) => Math.sin(7.7 * i));
  for (const layer of ["SwitchableNorm3d(3)", "BatchNorm3d(3)", "InstanceNorm3d(3)", "LayerNorm(4)"]) {
    const text = `model Net {\ninput h: f32[N, 3, 2, 3, 4]\noutput y = (h + 3e9) -> ${layer}\n}`;
    const y = compile(text, { target: "wasm", mode: "train" })({ shape: [2, 3, 2, 3, 4], data });
    // Of all h + 3e9 float32 makes 3e9.
    expect(new Set(y.data), layer).toEqual(new Set([0]));
  }
});
