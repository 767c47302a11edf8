/**
 * The generator of random numbers in the text of a module: that of `runtime/random.ts`, with the distributions that its plan
 * draws, bit for bit. The numbers of a run are drawn where the kernels of a net are called, in JavaScript on every target.
 */
import { drawOf } from "../../ir/plan/draw-statement.ts";
import type { Buffer, Call, Plan } from "../../ir/plan/plan.ts";
import type { DrawName } from "../../ir/graph/draws.ts";
import { substitute, type Size } from "../../ir/size/size.ts";
import { numberJs } from "../js/print-kernel.ts";

/** Whether the runs of a plan draw random numbers. */
export function isRandom({ run }: Plan): boolean {
  return run.some(({ kernel }) => drawOf(kernel));
}

/**
 * The text of a call that draws; undefined for the call of any other kernel. `place` gives the text of an array and of the
 * place in it where a buffer begins.
 */
export function drawText(
  { kernel, buffers, sizes }: Call,
  place: (buffer: Buffer) => string,
  sizeText: (size: Size) => string,
): string | undefined {
  const statement = drawOf(kernel);
  if (!statement) return undefined;
  const placeOf = (name: string): string =>
    place(buffers[kernel.buffers.findIndex((buffer) => buffer.name === name)]!);
  const { draw, numbers, buffer, count, from } = statement;
  const bound = new Map(kernel.sizes.map((name, i) => [name, sizes[i]!]));
  const parts = [
    placeOf(buffer),
    sizeText(substitute(count, bound)),
    ...numbers.map((number) => numberJs(number).text),
    ...(from === undefined ? [] : [placeOf(from)]),
  ];
  return `random.${draw}(${parts.join(", ")});`;
}

/** The text of `randomOf`, which makes a generator with the distributions that these plans draw. */
export function randomOf(plans: readonly Plan[]): string {
  const calls = plans.flatMap(({ run }) => run);
  const names = [...new Set(calls.flatMap(({ kernel }) => drawOf(kernel)?.draw ?? []))].sort();
  const isNormal = names.includes("normal");
  const isFast = plans.some(({ rng }) => rng === "fast");
  const helpers = { single, double: isFast ? fastDouble : double };
  const parts = [...new Set(names.flatMap((name) => texts[name].needs))].map((part) => helpers[part]);
  const members = names.map((name) => texts[name].text);
  return [
    isFast ? fastEngine(isNormal) : engine(isNormal),
    ...parts,
    `  seed(first);\n  return {\n    seed,\n${members.map((text) => `${text},\n`).join("")}  };\n}`,
    ...(isNormal ? [logarithm, normalBlock] : []),
  ].join("\n");
}

/** The names that this part defines at the top level. */
export const randomNames: readonly string[] = [
  "float", "logOf", "logs", "normalBlock", "randomOf", "turns", "upper", "word",
]; // prettier-ignore

/** MT19937 of Matsumoto and Nishimura, mt19937ar.c. */
function engine(isNormal: boolean): string {
  return `function randomOf(first) {
  const state = new Int32Array(624);
  let next${isNormal ? ", spare" : ""};
  function seed(n) {
    ${wanted}
    state[0] = Number(BigInt.asIntN(32, BigInt(n)));
    for (let i = 1; i < 624; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ state[i - 1] >>> 30) + i;
    next = 624;
${isNormal ? RESET : ""}  }
  function twist(i, j, k) {
    const y = state[i] & 0x80000000 | state[j] & 0x7fffffff;
    state[i] = state[k] ^ y >>> 1 ^ -(y & 1) & 0x9908b0df;
  }
  function bits() {
    if (next === 624) {
      for (let i = 0; i < 227; i++) twist(i, i + 1, i + 397);
      for (let i = 227; i < 623; i++) twist(i, i + 1, i - 227);
      twist(623, 0, 396);
      next = 0;
    }
    let y = state[next++];
    y ^= y >>> 11;
    y ^= y << 7 & 0x9d2c5680;
    y ^= y << 15 & 0xefc60000;
    return y ^ y >>> 18;
  }`;
}

/** xoshiro128++ of Blackman and Vigna, which begins with numbers of splitmix32. */
function fastEngine(isNormal: boolean): string {
  return `function randomOf(first) {
  let a, b, c, d${isNormal ? ", spare" : ""};
  function seed(n) {
    ${wanted}
    let state = Number(BigInt.asIntN(32, BigInt(n)));
    const mixed = () => {
      state = state + 0x9e3779b9 | 0;
      let word = Math.imul(state ^ state >>> 16, 0x21f0aaad);
      word = Math.imul(word ^ word >>> 15, 0x735a2d97);
      return word ^ word >>> 15;
    };
    a = mixed();
    b = mixed();
    c = mixed();
    d = mixed();
${isNormal ? RESET : ""}  }
  function bits() {
    const sum = a + d;
    const result = (sum << 7 | sum >>> 25) + a | 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = d << 11 | d >>> 21;
    return result;
  }`;
}

const wanted =
  'if (typeof n !== "bigint" && !Number.isSafeInteger(n)) throw new RangeError(`a seed must be an integer, not ${n}`);';
const RESET = "    spare = undefined;\n";

const single = "  const single = () => (bits() & 0xffffff) * 2 ** -24;";
const double = `  function double() {
    const high = bits() & 0x1fffff;
    return (high * 2 ** 32 + (bits() >>> 0)) * 2 ** -53;
  }`;
const fastDouble = "  const double = () => (bits() >>> 0) * 2 ** -32;";

interface DrawText {
  /** The helpers that the text calls. */
  readonly needs: readonly ("single" | "double")[];
  /** A method that fills n elements of y from a place on. */
  readonly text: string;
}

const texts: { readonly [D in DrawName]: DrawText } = {
  bernoulli: {
    needs: ["double"],
    text: `    bernoulli(y, at, n, p) {
      for (let i = 0; i < n; i++) y[at + i] = +(double() < p);
    }`,
  },
  uniform: {
    needs: ["single"],
    // PyTorch rounds the ends to float32, and the width between them.
    text: `    uniform(y, at, n, low, high) {
      const from = Math.fround(low);
      const width = Math.fround(Math.fround(high) - from);
      for (let i = 0; i < n; i++) y[at + i] = single() * width + from;
    }`,
  },
  normal: {
    needs: ["single", "double"],
    text: `    normal(y, at, n, mean, std) {
      if (n < 16) {
        for (let i = 0; i < n; i++) {
          if (spare === undefined) {
            const angle = 2 * Math.PI * double();
            const radius = Math.sqrt(-2 * logOf(1 - double()));
            spare = radius * Math.sin(angle);
            y[at + i] = radius * Math.cos(angle) * std + mean;
          } else {
            y[at + i] = spare * std + mean;
            spare = undefined;
          }
        }
        return;
      }
      for (let i = 0; i < n; i++) y[at + i] = single();
      for (let i = 0; i + 16 <= n; i += 16) normalBlock(y, at + i, mean, std);
      if (n % 16 === 0) return;
      for (let i = n - 16; i < n; i++) y[at + i] = single();
      normalBlock(y, at + n - 16, mean, std);
    }`,
  },
  randint: {
    needs: [],
    text: `    randint(y, at, n, low, high) {
      for (let i = 0; i < n; i++) y[at + i] = low + (bits() >>> 0) % (high - low);
    }`,
  },
  randperm: {
    needs: [],
    text: `    randperm(y, at, n) {
      if (n > 214748363) throw new RangeError(\`a permutation of \${n} is too long\`);
      for (let i = 0; i < n; i++) y[at + i] = i;
      for (let i = 0; i < n - 1; i++) {
        const j = i + (bits() >>> 0) % (n - i);
        const kept = y[at + i];
        y[at + i] = y[at + j];
        y[at + j] = kept;
      }
    }`,
  },
  slopes: {
    needs: ["double"],
    text: `    slopes(y, at, n, low, high, x, from) {
      for (let i = 0; i < n; i++) y[at + i] = x[from + i] <= 0 ? double() * (high - low) + low : 1;
    }`,
  },
};

/** ln as `runtime/special.ts` has it. */
const logarithm = `
function logOf(x) {
  let exponent = 0;
  let m = x;
  for (; m < Math.SQRT1_2; m *= 2) exponent--;
  const [above, below] = [m - 1, m + 1];
  const s = above / below;
  const [s1, d1] = [upper(s), upper(below)];
  const [s2, d2] = [s - s1, below - d1];
  const product = s * below;
  const lost = s1 * d1 - product + s1 * d2 + s2 * d1 + s2 * d2 + s * (m - (below - 1));
  const rest = (above - product - lost) / below;
  const square = s * s;
  let series = 0;
  for (let k = 29; k >= 3; k -= 2) series = series * square + 2 / k;
  const large = exponent * 0.6931471803691238;
  const sum = large + 2 * s;
  const rounded = exponent === 0 ? 0 : 2 * s - (sum - large);
  return sum + (rounded + (2 * rest + s * square * series + exponent * 1.9082149292705877e-10));
}

function upper(x) {
  const scaled = (2 ** 27 + 1) * x;
  return scaled - (scaled - x);
}`;

/** The block of 16 that `runtime/normal-block.ts` has, with the polynomials of PyTorch's AVX2 kernel in float32. */
const normalBlock = `
const logs = /* @__PURE__ */ new Float32Array([7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1, -2.1219444e-4, Math.SQRT1_2]);
const turns = /* @__PURE__ */ new Float32Array([2 * Math.PI, 1.27323954473516, -0.78515625, -2.4187564849853516e-4, -3.774894977445941e-8, 2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2, -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1]);
const float = /* @__PURE__ */ new Float32Array(1);
const word = /* @__PURE__ */ new Int32Array(float.buffer);
function normalBlock(y, at, mean, std) {
  const { fround } = Math;
  const fma = (a, b, c) => fround(a * b + c);
  const [shift, scale] = [fround(mean), fround(std)];
  for (let j = at; j < at + 8; j++) {
    float[0] = 1 - y[j];
    let exponent = (word[0] >> 23) - 126;
    word[0] = word[0] & 0x007fffff | 0x3f000000;
    const whole = float[0];
    let m = fround(whole - 1);
    if (whole < logs[10]) {
      exponent--;
      m = fround(m + whole);
    }
    const square = fround(m * m);
    let log = logs[0];
    for (let i = 1; i < 9; i++) log = fma(log, m, logs[i]);
    log = fma(fround(log * m), square, fround(exponent * logs[9]));
    log = fma(-square, 0.5, log);
    const radius = fround(Math.sqrt(fround(-2 * fma(exponent, 0.693359375, fround(m + log)))));
    const angle = fround(turns[0] * y[j + 8]);
    const octant = Math.trunc(fround(angle * turns[1])) + 1 & ~1;
    const x = fma(octant, turns[4], fma(octant, turns[3], fma(octant, turns[2], angle)));
    const z = fround(x * x);
    let c = fma(fma(turns[5], z, turns[6]), z, turns[7]);
    c = fround(fma(fround(c * z), z, -fround(0.5 * z)) + 1);
    let s = fma(fma(turns[8], z, turns[9]), z, turns[10]);
    s = fma(fround(s * z), x, x);
    if (octant & 2) [s, c] = [c, s];
    y[j] = fma(fround(radius * (~(octant - 2) & 4 ? -c : c)), scale, shift);
    y[j + 8] = fma(fround(radius * (octant & 4 ? -s : s)), scale, shift);
  }
}`;
