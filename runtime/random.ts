// PyTorch's random numbers on the CPU, bit for bit: the Mersenne Twister, and the ways torch turns its 32-bit outputs
// into values of a distribution. Which bits these have depends on the processor and on the build; the default are those
// of x86-64 with AVX2 and fused multiply-add.

import { BLOCK, fusedBlock, plainBlock } from "./normal-block.ts";
import { erfSeries, inverseErf32, log } from "./special.ts";

const N = 624;
const M = 397;
const SEED_MIN = -(2n ** 63n);
const SEED_MAX = 2n ** 64n - 1n;

const { fround } = Math;

/** The options of a `Generator` besides its seed. */
export interface GeneratorOptions {
  /**
   * Whether a * b + c is rounded once; default true. False gives the values of PyTorch on processors without AVX2, or
   * under `ATEN_CPU_CAPABILITY=default`, and of some older builds.
   */
  readonly fused?: boolean;
}

/** Says what is wrong with a seed, if anything is: PyTorch accepts integers from -2^63 to 2^64 - 1. */
export function wrongSeed(seed: number | bigint): string | undefined {
  if (typeof seed !== "bigint" && !Number.isInteger(seed)) return `must be an integer, not ${String(seed)}`;
  if (BigInt(seed) < SEED_MIN || BigInt(seed) > SEED_MAX)
    return `must be from -2^63 to 2^64 - 1, not ${seed}`;
  if (typeof seed !== "bigint" && !Number.isSafeInteger(seed))
    return `must be a bigint beyond 2^53, not ${seed}`;
  return undefined;
}

/** The state of `torch.Generator().manual_seed(seed)`. */
export class Generator {
  /** Whether a * b + c is rounded once. */
  readonly fused: boolean;
  readonly #state: Int32Array = new Int32Array(N);
  #next: number = N;
  #cachedNormal: number | undefined = undefined;

  /**
   * A generator with the seed, an integer from -2^63 to 2^64 - 1 (a bigint beyond 2^53); as in PyTorch only its low 32
   * bits count, those of the two's complement. Throws a RangeError for anything else.
   */
  constructor(seed: number | bigint = 0, { fused = true }: GeneratorOptions = {}) {
    const wrong = wrongSeed(seed);
    if (wrong !== undefined) throw new RangeError(`a seed ${wrong}`);
    this.fused = fused;
    // Initialisation of the reference implementation (Matsumoto and Nishimura, mt19937ar.c).
    const state = this.#state;
    state[0] = Number(BigInt.asIntN(32, BigInt(seed)));
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

  /** A second generator with the same state. */
  clone(): Generator {
    const copy = new Generator(0, { fused: this.fused });
    copy.#state.set(this.#state);
    copy.#next = this.#next;
    copy.#cachedNormal = this.#cachedNormal;
    return copy;
  }

  /** Advances the generator as if `count` outputs had been taken. */
  skip(count: number): void {
    let left = count;
    for (; left > N - this.#next; this.#regenerate()) left -= N - this.#next;
    this.#next += left;
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
    const radius = Math.sqrt(-2 * log(1 - this.nextUniform64()));
    this.#cachedNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  #regenerate(): void {
    const state = this.#state;
    // Three loops are faster than indices modulo N, and this function takes most of the time of drawing.
    let i = 0;
    for (; i < N - M; i++) state[i] = state[i + M]! ^ twist(state[i]!, state[i + 1]!);
    for (; i < N - 1; i++) state[i] = state[i + M - N]! ^ twist(state[i]!, state[i + 1]!);
    state[N - 1] = state[M - 1]! ^ twist(state[N - 1]!, state[0]!);
    this.#next = 0;
  }
}

/**
 * A generator for those who do not need PyTorch's numbers: xoshiro128++ (Blackman and Vigna), whose uniform values in double
 * precision have 32 bits of one output.
 */
export class FastGenerator extends Generator {
  readonly #words: Int32Array = new Int32Array(4);

  constructor(seed: number | bigint = 0, options: GeneratorOptions = {}) {
    super(seed, options);
    // Four outputs of a hash of the seed and the numbers after it (splitmix32).
    let state = Number(BigInt.asIntN(32, BigInt(seed)));
    for (let i = 0; i < 4; i++) {
      state = (state + 0x9e3779b9) | 0;
      let word = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
      this.#words[i] = word ^ (word >>> 15);
    }
  }

  override nextInt32(): number {
    const words = this.#words as unknown as [number, number, number, number];
    const sum = words[0] + words[3];
    const result = (((sum << 7) | (sum >>> 25)) + words[0]) | 0;
    const shifted = words[1] << 9;
    words[2] ^= words[0];
    words[3] ^= words[1];
    words[1] ^= words[2];
    words[0] ^= words[3];
    words[2] ^= shifted;
    words[3] = (words[3] << 11) | (words[3] >>> 21);
    return result;
  }

  override nextUniform64(): number {
    return (this.nextInt32() >>> 0) * 2 ** -32;
  }

  override clone(): FastGenerator {
    const copy = new FastGenerator(0, { fused: this.fused });
    copy.#words.set(this.#words);
    return copy;
  }

  override skip(count: number): void {
    for (let i = 0; i < count; i++) this.nextInt32();
  }
}

function twist(upper: number, lower: number): number {
  return (((upper & 0x80000000) | (lower & 0x7fffffff)) >>> 1) ^ (-(lower & 1) & 0x9908b0df);
}

/**
 * `n` values of `tensor.uniform_(low, high)` in f32; bounds are rounded to f32 first. Throws a RangeError where `low` is
 * greater than `high`.
 */
export function uniform(generator: Generator, n: number, low: number = 0, high: number = 1): Float32Array {
  if (low > high) throw new RangeError(`a uniform distribution from ${low} to ${high} has no values`);
  const from = fround(low);
  const width = fround(fround(high) - from);
  const result = new Float32Array(n);
  if (generator.fused) {
    // In double precision the product is exact, so only the sum is rounded, as in a fused multiply-add.
    for (let i = 0; i < n; i++) result[i] = generator.nextUniform32() * width + from;
  } else {
    for (let i = 0; i < n; i++) result[i] = fround(generator.nextUniform32() * width) + from;
  }
  return result;
}

/**
 * `n` values of `tensor.normal_(mean, std)` in f32. Fewer than 16 are drawn one by one in double precision; otherwise
 * n uniform values are drawn and turned into normal ones in blocks of 16. Where 16 does not divide n, the last 16
 * values are drawn anew, so n + 16 values are taken from the generator. Throws a RangeError for a negative `std`.
 */
export function normal(generator: Generator, n: number, mean: number = 0, std: number = 1): Float32Array {
  if (std < 0) throw new RangeError(`a standard deviation must not be negative; got ${std}`);
  if (n < BLOCK) return Float32Array.from({ length: n }, () => generator.nextNormal() * std + mean);
  const block = generator.fused ? fusedBlock : plainBlock;
  const result = uniform(generator, n);
  for (let start = 0; start + BLOCK <= n; start += BLOCK) block(result, start, mean, std);
  if (n % BLOCK !== 0) {
    result.set(uniform(generator, BLOCK), n - BLOCK);
    block(result, n - BLOCK, mean, std);
  }
  return result;
}

/**
 * Advances the generator as if `n` normal values had been drawn. Long blocks are skipped without computing them.
 */
export function skipNormal(generator: Generator, n: number): void {
  if (n < BLOCK) normal(generator, n);
  else generator.skip(n % BLOCK === 0 ? n : n + BLOCK);
}

/**
 * `n` values of `torch.nn.init.trunc_normal_(mean, std, low, high)` in f32: normal ones, of which only those from `low`
 * to `high` are drawn. Nearly all are PyTorch's to the last bit; glibc's logf is not always
 * rounded to nearest. Throws a RangeError where `low` is greater than `high`, or `std` is not positive.
 */
export function truncatedNormal(
  generator: Generator,
  n: number,
  mean: number = 0,
  std: number = 1,
  low: number = -2,
  high: number = 2,
): Float32Array {
  if (!(std > 0)) throw new RangeError(`a standard deviation must be positive; got ${std}`);
  // 2 p - 1 for the probability p of a normal value below x.
  const quantile = (x: number): number => 2 * ((1 + erfSeries((x - mean) / std / Math.SQRT2)) / 2) - 1;
  const result = uniform(generator, n, quantile(low), quantile(high));
  const scale = fround(std * Math.SQRT2);
  const [shift, least, most] = [fround(mean), fround(low), fround(high)];
  for (let i = 0; i < n; i++) {
    const value = fround(fround(inverseErf32(result[i]!, generator.fused) * scale) + shift);
    result[i] = Math.min(Math.max(value, least), most);
  }
  return result;
}

/**
 * `n` values of `tensor.bernoulli_(p)`: 1 with probability `p`, else 0. Takes 53 bits for each. Throws a RangeError
 * where `p` is no probability.
 */
export function bernoulli(generator: Generator, n: number, p: number): Uint8Array {
  checkProbability(p);
  const result = new Uint8Array(n);
  for (let i = 0; i < n; i++) result[i] = generator.nextUniform64() < p ? 1 : 0;
  return result;
}

/**
 * `torch.bernoulli(p)` for a tensor: each 1 with its own probability, else 0. Takes 24 bits for each of an f32 tensor,
 * 53 of an f64 tensor. Throws a RangeError where one is no probability.
 */
export function bernoulliOf(generator: Generator, p: Float32Array | Float64Array): Uint8Array {
  p.forEach(checkProbability);
  const wide = p instanceof Float64Array;
  return Uint8Array.from(p, (one) =>
    (wide ? generator.nextUniform64() : generator.nextUniform32()) < one ? 1 : 0,
  );
}

function checkProbability(p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a probability must be from 0 to 1; got ${p}`);
}

/**
 * `n` values of `torch.randint(low, high)`: integers from `low` up to, not including, `high`. Throws a RangeError where
 * there are none, or where they do not fit 32 bits.
 */
export function randint(generator: Generator, n: number, low: number, high: number): Int32Array {
  if (low !== (low | 0) || high !== (high | 0) || low >= high)
    throw new RangeError(`integers from ${low} to below ${high} are none of 32 bits`);
  const result = new Int32Array(n);
  for (let i = 0; i < n; i++) result[i] = low + ((generator.nextInt32() >>> 0) % (high - low));
  return result;
}

/** From this size on, versions of PyTorch differ in how they draw. */
const PERMUTATION_LIMIT = Math.floor((2 ** 32 - 1) / 20);

/** `torch.randperm(n)`: the integers below `n` in random order. Throws a RangeError from 214748364 on. */
export function randperm(generator: Generator, n: number): Int32Array {
  if (n >= PERMUTATION_LIMIT) throw new RangeError(`a permutation of ${n} is too long`);
  const result = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n - 1; i++) {
    const j = i + ((generator.nextInt32() >>> 0) % (n - i));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
