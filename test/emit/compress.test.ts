/** Binaries as text: what comes back is what went in, and it is short. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { drive } from "../../compiler/drive/driver.ts";
import { sextet } from "../../compiler/emit/host/base64.ts";
import { compressed, decompressed } from "../../compiler/emit/host/compress.ts";
import { wasmModule } from "../../compiler/emit/wasm/wasm-module.ts";

// oxlint-disable-next-line typescript/no-implied-eval -- as modules have it
const restored = new Function(`"use strict";${sextet}${decompressed}return decompressed;`)() as (
  text: string,
  length: number,
) => Uint8Array;

function expectSame(bytes: Uint8Array): void {
  const text = compressed(bytes);
  expect(text).toMatch(/^[\w+/]*$/);
  expect(restored(text, bytes.length)).toEqual(bytes);
}

test("bytes come back", () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 30 }),
    fc.tuple(fc.nat(255), fc.nat(300)).map(([byte, length]) => new Uint8Array(length).fill(byte)),
    fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 70 }), fc.nat(40)).map(([part, times]) => {
      return Uint8Array.from({ length: part.length * times }, (_, i) => part[i % part.length]!);
    }),
  );
  // Pieces that stand again, as they are or with another byte in them.
  const whole = fc.tuple(fc.array(piece, { minLength: 1, maxLength: 6 }), fc.array(fc.nat(), { maxLength: 30 }));
  fc.assert(
    fc.property(whole, ([parts, order]) => {
      const all = [...parts, ...order.map((n) => parts[n % parts.length]!.map((x, i) => (i === n % 7 ? n : x)))];
      expectSame(Uint8Array.from(all.flatMap((part) => [...part])));
    }),
    { numRuns: 300 },
  );
}); // prettier-ignore

test("bytes of a kind, of every kind, and none", () => {
  expectSame(new Uint8Array(0));
  for (const byte of [0, 1, 128, 255]) for (const length of [1, 2, 47, 100_000]) expectSame(new Uint8Array(length).fill(byte)); // prettier-ignore
  expectSame(Uint8Array.from({ length: 256 * 9 }, (_, i) => (i * 77) ^ (i >> 3)));
  // So far apart that distances have seventeen binary digits.
  const noise = Uint8Array.from({ length: 70_000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
  expectSame(Uint8Array.from([...noise, ...noise.subarray(0, 500)]));
});

test("kernels of products are as few characters as a third of their bytes, and fewer the more kernels are alike", () => {
  const ratioOf = (source: string): number => {
    const { bytes } = wasmModule(drive(source, { target: "wasm" }).plan);
    expectSame(bytes);
    return compressed(bytes).length / bytes.length;
  };
  const layers = "-> Linear(784, 256) -> ReLU -> Linear(256, 128) -> ReLU -> Linear(128, 10)";
  const [one, several] = [
    ratioOf("model Net { input x: f32[N, 784]; output y = x -> Linear(784, 10) }"),
    ratioOf(`model Net { input x: f32[N, 784]; output y = x ${layers} }`),
  ];
  expect(one).toBeLessThan(0.7);
  expect(several).toBeLessThan(0.45);
});
