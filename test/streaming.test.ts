/** State in, state out: a net that takes its state as an input and gives it back goes through a sound or text piece by piece. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compile, emit } from "../compiler/index.ts";

const FRAMES = 1000;

test.each(["js", "wasm"] as const)("an LSTM frame by frame is an LSTM over all frames: %s", (target) => {
  const text = `model Stream {
    input x: f32[T, 1, 8]
    input h: f32[1, 1, 16]
    input c: f32[1, 1, 16]
    [y, next_h, next_c] = [x, h, c] -> lstm: LSTM(8, 16)
    output y, h = next_h, c = next_c
  }`;
  const model = compile(text, { target });
  const sound = Float32Array.from({ length: 8 * FRAMES }, (_, i) => Math.sin(0.7 * i));
  const zeros = { dtype: "f32", shape: [1, 1, 16], data: new Float32Array(16) } as const;
  const whole = model({ x: { dtype: "f32", shape: [FRAMES, 1, 8], data: sound }, h: zeros, c: zeros });
  // Two states change places, so that nothing is copied.
  const states = [0, 1].map(() => ({
    h: model.output("h", [1, 1, 16]),
    c: model.output("c", [1, 1, 16]),
  }));
  const [x, y] = [model.input("x", [1, 1, 8]), model.output("y", [1, 1, 16])];
  const made: number[] = [];
  for (let frame = 0; frame < FRAMES; frame++) {
    x.data.set(sound.subarray(8 * frame, 8 * frame + 8));
    const [from, to] = [states[frame % 2]!, states[1 - (frame % 2)]!];
    model.run({ x, ...from }, { y, ...to });
    made.push(...(y.data as Float32Array));
  }
  // Between calls a state is float32; between the steps of one call it is so on WebAssembly alone.
  const room = target === "wasm" ? 0 : 1e-6;
  const off = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
    Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
  const { h, c } = states[FRAMES % 2]!;
  expect(made).toHaveLength(16 * FRAMES);
  expect(off(made, whole["y"]!.data)).toBeLessThanOrEqual(room);
  expect(off(h.data, whole["h"]!.data)).toBeLessThanOrEqual(room);
  expect(off(c.data, whole["c"]!.data)).toBeLessThanOrEqual(room);
});

// In JavaScript, V8 boxes a number here and there that it returns from a function.
test("a thousand frames of a voice detector make no garbage on WebAssembly", () => {
  const folder = mkdtempSync(join(tmpdir(), "nnc-streaming-"));
  try {
    const source = readFileSync(
      fileURLToPath(new URL("../examples/nets/silero_vad.nn", import.meta.url)),
      "utf8",
    );
    const { code, weights } = emit(source, { target: "wasm" });
    writeFileSync(join(folder, "vad.mjs"), code);
    if (weights) writeFileSync(join(folder, "vad.safetensors"), weights);
    const path = join(folder, "stream.mjs");
    writeFileSync(path, streaming(weights !== undefined));
    const told = execFileSync(process.execPath, ["--expose-gc", path], { encoding: "utf8" });
    // One object of two words a frame would be 16,000 bytes.
    expect(Number(told)).toBeLessThan(8 * FRAMES);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** A program that says how many bytes of garbage a thousand frames leave. */
function streaming(hasWeights: boolean): string {
  return `import { readFileSync } from "node:fs";
import { create } from "./vad.mjs";
const model = create(${hasWeights ? `{ weights: readFileSync(new URL("vad.safetensors", import.meta.url)) }` : ""});
const x = model.input("x", [1, 576]);
const speech = model.output("speech", [1, 1]);
const states = [0, 1].map(() => model.output("state", [2, 1, 128]));
const ins = states.map((state) => ({ x, state }));
const outs = states.toReversed().map((state) => ({ speech, state }));
function frames(count) {
  for (let frame = 0; frame < count; frame++) {
    x.data[0] = frame;
    model.run(ins[frame % 2], outs[frame % 2]);
  }
}
frames(2000);
let least = Infinity;
for (let i = 0; i < 5; i++) {
  gc();
  const before = process.memoryUsage().heapUsed;
  frames(${FRAMES});
  least = Math.min(least, process.memoryUsage().heapUsed - before);
}
console.log(least);
`;
}
