// PyTorch's random numbers on the CPU, bit for bit: the Mersenne Twister, and the ways torch turns its 32-bit outputs
// into uniform and normal values. The normal values of longer arrays are those of the AVX2 kernels (x86-64); other
// processors differ from these in the last bit.

import { normalBlock, BLOCK } from "./normal-block.ts";

const N = 624;
const M = 397;
const SEED_MIN = -(2n ** 63n);
const SEED_MAX = 2n ** 64n - 1n;

/** The state of `torch.Generator().manual_seed(seed)`. */
export class Generator {
  readonly #state: Int32Array = new Int32Array(N);
  #next: number = N;
  #cachedNormal: number | undefined = undefined;

  /**
   * A generator with the seed, an integer from -2^63 to 2^64 - 1 (a bigint beyond 2^53); as in PyTorch only its low 32
   * bits count. Throws a RangeError for anything else.
   */
  constructor(seed: number | bigint = 0) {
    if (typeof seed === "number" && !Number.isSafeInteger(seed))
      throw new RangeError(`a seed must be an integer, a bigint beyond 2^53; got ${seed}`);
    const wide = BigInt(seed);
    if (wide < SEED_MIN || wide > SEED_MAX) throw new RangeError(`a seed must fit 64 bits; got ${seed}`);
    // Initialisation of the reference implementation (Matsumoto and Nishimura, mt19937ar.c).
    const state = this.#state;
    state[0] = Number(BigInt.asIntN(32, wide));
    for (let i = 1; i < N; i++) {
      const previous = state[i - 1]!;
      state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** The next output of the engine: 32 bits, as an integer from -2^31 to 2^31 - 1. */
  nextInt32(): number {
    if (this.#next === N) this.#regenerate();
    let y = this.#state[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }

  /** Uniform in [0, 1): the low 24 bits of one output, which is every f32 step of 2^-24. */
  nextUniform32(): number {
    return (this.nextInt32() & 0xffffff) * 2 ** -24;
  }

  /** Uniform in [0, 1) with 53 bits; the first of two outputs gives the high bits. */
  nextUniform64(): number {
    const high = this.nextInt32() & 0x1fffff;
    return (high * 2 ** 32 + (this.nextInt32() >>> 0)) * 2 ** -53;
  }

  /**
   * Standard normal in double precision, by Box and Muller's method. Values come in pairs; the second is kept for the
   * next call, whatever is drawn in between.
   */
  nextNormal(): number {
    const cached = this.#cachedNormal;
    if (cached !== undefined) {
      this.#cachedNormal = undefined;
      return cached;
    }
    const angle = 2 * Math.PI * this.nextUniform64();
    const radius = Math.sqrt(-2 * Math.log1p(-this.nextUniform64()));
    this.#cachedNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  #regenerate(): void {
    const state = this.#state;
    // Three loops instead of indices modulo N: this is most of the time that drawing takes.
    let i = 0;
    for (; i < N - M; i++) state[i] = state[i + M]! ^ twist(state[i]!, state[i + 1]!);
    for (; i < N - 1; i++) state[i] = state[i + M - N]! ^ twist(state[i]!, state[i + 1]!);
    state[N - 1] = state[M - 1]! ^ twist(state[N - 1]!, state[0]!);
    this.#next = 0;
  }
}

function twist(upper: number, lower: number): number {
  return (((upper & 0x80000000) | (lower & 0x7fffffff)) >>> 1) ^ (-(lower & 1) & 0x9908b0df);
}

/** `n` values of `tensor.uniform_(low, high)` in f32; bounds are rounded to f32 first. */
export function uniform(generator: Generator, n: number, low: number = 0, high: number = 1): Float32Array {
  const from = Math.fround(low);
  const width = Math.fround(Math.fround(high) - from);
  const result = new Float32Array(n);
  // torch computes a fused multiply-add in f32. In double the product is exact, so one rounding is left here as well.
  for (let i = 0; i < n; i++) result[i] = generator.nextUniform32() * width + from;
  return result;
}

/**
 * `n` values of `tensor.normal_(mean, std)` in f32. Fewer than 16 are drawn one by one in double precision; otherwise
 * n uniform values are drawn and turned into normal ones in blocks of 16. Where 16 does not divide n, the last 16
 * values are drawn anew, so n + 16 values are taken from the generator.
 */
export function normal(generator: Generator, n: number, mean: number = 0, std: number = 1): Float32Array {
  if (n < BLOCK) return Float32Array.from({ length: n }, () => generator.nextNormal() * std + mean);
  const result = uniform(generator, n);
  for (let start = 0; start + BLOCK <= n; start += BLOCK) normalBlock(result, start, mean, std);
  if (n % BLOCK !== 0) {
    result.set(uniform(generator, BLOCK), n - BLOCK);
    normalBlock(result, n - BLOCK, mean, std);
  }
  return result;
}
