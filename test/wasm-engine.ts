/** What tests of models in WebAssembly share: the engine, made-up values, and comparisons. */
import { expect, vi } from "vitest";
import { heapsKey } from "../compiler/emit/host/heap.ts";

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
export interface Engine {
  readonly compile: unknown;
  readonly instantiate: unknown;
  readonly validate: unknown;
  readonly Memory: new (descriptor: unknown) => Memory;
  readonly Instance: new (module: unknown, imports: unknown) => object;
  readonly CompileError: new (message: string) => Error;
}
export const engine: Engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;

export const f32 = (...values: number[]): Float32Array => Float32Array.from(values);
export const wave = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7) * 2);

/** The memories that are made from now on. */
export function memories(): Memory[] {
  const made: Memory[] = [];
  const { Memory } = engine;
  vi.spyOn(engine, "Memory").mockImplementation(function (descriptor) {
    const memory = new Memory(descriptor);
    made.push(memory);
    return memory;
  });
  return made;
}

/**
 * Makes the next models have memories of their own. Those of modules that other tests have loaded live on, and from some number
 * on models share one with others.
 */
export function forgetMemories(): void {
  const heaps = (engine as unknown as Record<symbol, unknown[] | undefined>)[Symbol.for(heapsKey)];
  if (heaps) heaps.length = 0;
}

export function expectNear(got: ArrayLike<number>, want: ArrayLike<number>): void {
  expect(got.length).toBe(want.length);
  const [one, other] = [Float64Array.from(got), Float64Array.from(want)];
  expect(one.findIndex((x, i) => !(Math.abs(x - other[i]!) < 1e-4))).toBe(-1);
}

export function expectSame(got: ArrayLike<number>, want: ArrayLike<number>): void {
  expect(got.length).toBe(want.length);
  expect(Float64Array.from(got).findIndex((x, i) => !Object.is(x, want[i]))).toBe(-1);
}
