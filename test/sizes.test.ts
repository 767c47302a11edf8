/** Sizes that are made of sizes, layer after layer: the text that is emitted grows with the layers. */
import { expect, test } from "vitest";
import { check, compile, emit, NnError } from "../compiler/index.ts";
import { inspect } from "../compiler/inspect/inspect.ts";
import { resolve } from "../compiler/resolve/index.ts";
import type { Tensor } from "../runtime/tensor.ts";

const rows = (n: number, row: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => row(i)).join("\n");

const families: Record<string, (n: number) => string> = {
  "halves with names": (n) =>
    `model M { input x: f32[N]\n y0: f32[M0] = x[N // 2:]\n${rows(n, (i) => `y${i + 1}: f32[M${i + 1}] = y${i}[M${i} // 2:]`)}\n output y${n} }`,
  "even and odd": (n) =>
    `model M { input x: f32[N]\n c0 = x\n${rows(n, (i) => `c${i + 1} = [c${i}[::2], c${i}[1::2]] -> Concat`)}\n output c${n} }`,
  "every other": (n) =>
    `model M { input x: f32[N, K]\n c0 = x\n${rows(n, (i) => `c${i + 1} = c${i}[:, 1::2] -> Tanh`)}\n output c${n} }`,
  "inputs of named sizes": (n) =>
    `model M { ${rows(n, (i) => `input x${i}: f32[S${i}]`)}\n output y = [${rows(n, (i) => `x${i},`)}] -> Concat }`,
};

for (const [name, family] of Object.entries(families)) {
  test(name, () => {
    const length = (n: number): number => {
      const { code, types } = emit(family(n));
      return code.length + types.length;
    };
    const [a, b, c] = [length(12), length(24), length(36)];
    expect(c - b).toBeLessThan(1.3 * (b - a));
  });
}

test("what is computed under a name is right", () => {
  const data = Float32Array.from({ length: 700 }, (_, i) => i);
  let halves = data;
  for (let i = 0; i < 9; i++) halves = halves.subarray(Math.floor(halves.length / 2));
  expect(compile(families["halves with names"]!(8))({ shape: [700], data }).data).toEqual(halves.slice());
  let shuffled = [...data];
  for (let i = 0; i < 8; i++) {
    const even = shuffled.filter((_, at) => at % 2 === 0);
    shuffled = [...even, ...shuffled.filter((_, at) => at % 2 === 1)];
  }
  const model = compile(families["even and odd"]!(8));
  expect([...model({ shape: [700], data }).data]).toEqual(shuffled);
  // The next call has sizes of its own.
  expect([...model({ shape: [1], data: Float32Array.of(7) }).data]).toEqual([7]);
});

test("an input of a long size is compared with it", () => {
  const source = `model M { input x: f32[N]\n y0: f32[M0] = x[N // 2:]\n${rows(8, (i) => `y${i + 1}: f32[M${i + 1}] = y${i}[M${i} // 2:]`)}
    input z: f32[M8 + K]\n    input w: f32[K]\n output ([y8, w] -> Concat) - z }`;
  const model = compile(source);
  const vector = (n: number): Tensor => ({
    dtype: "f32",
    shape: [n],
    data: new Float32Array(n).fill(1),
  });
  // 1000 halved nine times, rounding up, is 2.
  expect([...model({ x: vector(1000), z: vector(5), w: vector(3) }).data]).toEqual([0, 0, 0, 0, 0]);
  expect(() => model({ x: vector(1000), z: vector(6), w: vector(3) })).toThrow(TypeError);
});

test("a size that a pass makes and that is too complicated has the place of the layer", () => {
  // An index of x multiplies a sum of 90 sizes by a sum of 90 others; no type of the net holds such a size.
  const source = `model M { ${rows(90, (i) => `input t${i}: f32[N, T${i}]\n input a${i}: f32[A${i}]`)}
x = [${rows(90, (i) => `t${i},`)}] -> Concat(dim=1)
output x[${Array.from({ length: 90 }, (_, i) => `A${i}`).join(" + ")}:, :1] -> ReLU }`;
  const [diagnostic] = check(source);
  expect(diagnostic).toMatchObject({ code: "NN3301", severity: "error" });
  const { start, end } = diagnostic!.span;
  expect(source.slice(start, end)).toBe("ReLU");
  expect(() => emit(source)).toThrow(NnError);
  expect(() => compile(source)).toThrow("NN3301");
  const { graph } = resolve({ file: "net.nn", text: source }, { mode: "eval" });
  expect(() => inspect(graph!, "eval")).toThrow(NnError);
});

test("a size that is too complicated has a diagnostic with its place", () => {
  const outer = `model M { ${rows(8, (i) => `input x${i}: f32[S${i}]`)}\n c0 = [${rows(8, (i) => `x${i},`)}] -> Concat
${rows(14, (i) => `c${i + 1} = (c${i} -> Unsqueeze(1)) * c0 -> Flatten(start_dim=0)`)}\n output c14 }`;
  for (const source of [outer, families["halves with names"]!(300), families["even and odd"]!(300)]) {
    const [first] = check(source);
    expect(first).toMatchObject({ code: "NN3301", severity: "error" });
    expect(first!.message).toContain("too complicated");
    expect(() => emit(source)).toThrow(NnError);
  }
});
