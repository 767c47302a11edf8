/**
 * A block of GPT-2 that keeps its keys and values: one token a call gives what the whole sequence gives at once,
 * which is what the block of examples/nets/gpt2.nn gives.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compile, type Tensor } from "../compiler/index.ts";

const filename = fileURLToPath(new URL("../examples/cached.nn", import.meta.url));
const text = readFileSync(filename, "utf8");
const [N, T, D, HEADS] = [2, 7, 8, 2];

function tokens(from: number, count: number): Tensor {
  const at = (n: number, t: number, i: number): number => Math.sin(1.3 * ((n * T + t) * D + i) + n);
  const data = Array.from({ length: N * count * D }, (_, flat) => {
    const [i, row] = [flat % D, Math.floor(flat / D)];
    return at(Math.floor(row / count), from + (row % count), i);
  });
  return { dtype: "f32", shape: [N, count, D], data: Float32Array.from(data) };
}

const none: Tensor = { dtype: "f32", shape: [N, HEADS, 0, D / HEADS], data: new Float32Array(0) };

/** The values of one position of y, for each sequence. */
function row({ shape, data }: Tensor, position: number): number[] {
  const length = shape[1]!;
  return Array.from({ length: N * D }, (_, i) => {
    return Number(data[(Math.floor(i / D) * length + position) * D + (i % D)]);
  });
}

test.each(["js", "wasm"] as const)("one token a call, on %s", (target) => {
  const model = compile(text, { filename, seed: 5, target });
  const call = (x: Tensor, k: Tensor, v: Tensor): Record<string, Tensor> =>
    model({ x, past_k: k, past_v: v });
  const whole = call(tokens(0, T), none, none);
  const block = `import { Block } from "nets/gpt2.nn"\nmodel M { input x: f32[N, T, 8]\n output y = x -> Block(8, 2) }`;
  const plain = compile(block, { filename, seed: 5, target })(tokens(0, T));
  Array.from(plain.data, Number).forEach((value, i) =>
    expect(value).toBeCloseTo(Number(whole["y"]!.data[i]), 5),
  );
  let [k, v] = [none, none];
  for (let t = 0; t < T; t++) {
    const step = call(tokens(t, 1), k, v);
    [k, v] = [step["k"]!, step["v"]!];
    expect(k.shape).toEqual([N, HEADS, t + 1, D / HEADS]);
    const want = row(whole["y"]!, t);
    row(step["y"]!, 0).forEach((value, i) => expect(value).toBeCloseTo(want[i]!, 5));
  }
  Array.from(k.data, Number).forEach((value, i) => expect(value).toBeCloseTo(Number(whole["k"]!.data[i]), 5));
});
