/**
 * The functions that kernels call, as text for modules and closures. They compute the same as those of `ir/maps/scalar.ts`,
 * which cites their sources.
 *
 * exp, expm1, tanh and erf consist of arithmetic and tables alone. V8 inlines them into loops, where they take half the
 * time of Math's functions. Tables are marked as pure, so that bundlers drop unused ones.
 */
interface Helper {
  readonly text: string;
  /** The other helpers that the text calls. */
  readonly needs?: readonly string[];
}

/** The common start of exp and expm1. Adding and then subtracting 1.5 * 2^52 rounds to the nearest integer. */
const REDUCED = `const n = x * 92.33248261689366 + 6755399441055744 - 6755399441055744;
  const r = x - n * 0.010830424609594047 - n * 8.66550983900947e-11;
  const s = r * r;
  const i = n | 0;
  const power = exp$powers[(i + 32 >> 6) + 1023];`;

const helpers: Readonly<Record<string, Helper>> = {
  exp: {
    text: `function exp(x) {
  if (!(Math.abs(x) < 708)) return Math.exp(x);
  ${REDUCED}
  const near = power * exp$roots[i + 32 & 63];
  return near + near * (r + s * (1 / 2 + r * (1 / 6) + s * (1 / 24 + r * (1 / 120))));
}`,
    needs: ["exp$tables"],
  },
  expm1: {
    text: `const expm1$roots = /* @__PURE__ */ (() => new Float64Array(64).map((_, i) => Math.expm1((i - 32) / 64 * Math.LN2)))();
function expm1(x) {
  if (!(Math.abs(x) < 708 && x !== 0)) return Math.expm1(x);
  ${REDUCED}
  const root = expm1$roots[i + 32 & 63];
  const rest = root + (1 + root) * (r + s * (1 / 2 + r * (1 / 6) + s * (1 / 24 + r * (1 / 120) + s * (1 / 720))));
  return power - 1 + power * rest;
}`,
    needs: ["exp$tables"],
  },
  exp$tables: {
    text: `const exp$roots = /* @__PURE__ */ (() => new Float64Array(64).map((_, i) => 2 ** ((i - 32) / 64)))();
const exp$powers = /* @__PURE__ */ (() => new Float64Array(2048).map((_, i) => 2 ** (i - 1023)))();`,
  },
  tanh: {
    text: `function tanh(x) {
  if (!(Math.abs(x) < 20)) return Math.sign(x);
  const t = expm1(2 * x);
  return t / (t + 2);
}`,
    needs: ["expm1"],
  },
  erf: {
    text: `const erf$series = /* @__PURE__ */ (() => {
  const series = new Float64Array(9 * 193);
  for (let i = 0; i < 193; i++) {
    const c = (i - 96) / 16;
    let term = 2 / Math.sqrt(Math.PI) * Math.exp(-c * c);
    for (let n = 0, last = 0; n < 8; n++) {
      series[9 * i + n + 1] = term;
      const next = -2 / (n + 2) * (c * term + n / (n + 1) * last);
      last = term;
      term = next;
    }
  }
  for (let i = 97; i < 193; i++) {
    series[9 * i] = erf$near(series, i - 1, 1 / 32) - erf$near(series, i, -1 / 32);
    series[9 * (192 - i)] = -series[9 * i];
  }
  return series;
})();
function erf$near(series, i, h) {
  const k = 9 * i;
  const s = h * h;
  const even = (((series[k + 8] * s + series[k + 6]) * s + series[k + 4]) * s + series[k + 2]) * s + series[k];
  return even + ((series[k + 7] * s + series[k + 5]) * s + series[k + 3]) * s * h + series[k + 1] * h;
}
function erf(x) {
  if (!(Math.abs(x) < 6 && x !== 0)) return Math.sign(x);
  const i = x * 16 + 96.5 | 0;
  return erf$near(erf$series, i, x - (i - 96) / 16);
}`,
  },
  mod: {
    text: `function mod(x, y) {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
}`,
  },
  round: {
    text: `function round(x) {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}`,
  },
  floordiv: {
    text: `function floordiv(x, y) {
  if (y === 0) return x / y;
  const rest = x % y;
  const quotient = (x - rest) / y;
  const moved = rest !== 0 && rest < 0 !== y < 0 ? quotient - 1 : quotient;
  if (moved === 0) return y / x < 0 ? -0 : 0;
  const whole = Math.floor(moved);
  return moved - whole > 0.5 ? whole + 1 : whole;
}`,
  },
  pow: {
    text: `// As in C and PyTorch: 1 ** y is 1 even for NaN.
function pow(x, y) {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
}`,
  },
  bitsOf: {
    text: `function bitsOf(x) {
  word$float[0] = x;
  return word$int[0];
}`,
    needs: ["word$views"],
  },
  fromBits: {
    text: `function fromBits(x) {
  word$int[0] = x;
  return word$float[0];
}`,
    needs: ["word$views"],
  },
  word$views: {
    text: `const word$float = /* @__PURE__ */ new Float32Array(1);
const word$int = /* @__PURE__ */ new Int32Array(word$float.buffer);`,
  },
  ipow: {
    text: `function ipow(x, y) {
  if (y < 0) return x === 1 || (x === -1 && y % 2 === 0) ? 1 : x === -1 ? -1 : 0;
  let power = 1;
  for (let square = x, rest = y; rest > 0; rest >>= 1, square = Math.imul(square, square)) {
    if (rest % 2 === 1) power = Math.imul(power, square);
  }
  return power;
}`,
  },
};

/** The names of helpers, which no kernel may have. */
export const helperNames: readonly string[] = Object.keys(helpers);

/** The texts of helpers and of the helpers that these call, each once. */
export function helperTexts(names: Iterable<string>): string[] {
  const all = new Set<string>();
  const add = (name: string): void => {
    all.add(name);
    helpers[name]!.needs?.forEach(add);
  };
  for (const name of names) add(name);
  return [...all].sort().map((name) => helpers[name]!.text);
}
