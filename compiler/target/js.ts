/**
 * JavaScript as V8 compiles it: scalar code on float64 registers. Times stand beside what they led to; each is of Node 20 on
 * one x86-64 core, for a million random float32 numbers, in ns per element.
 */
import type { Target } from "./target.ts";

export const js: Target = {
  name: "js",
  doc: "JavaScript, with sums in float64",
  // A pass of `Math.fround` after each operation took four times as long as float64 with one rounding at the store.
  computes: { f32: "f64", f64: "f64", i32: "i32", bool: "bool", f16: "i32", i8: "i32" },
  sums: { f32: "f64", f64: "f64", i32: "f64", bool: "f64", f16: "f64", i8: "f64" },
  products: { f32: "f64", f64: "f64", i32: "f64", bool: "f64", f16: "f64", i8: "f64" },
  // A unit is 2.5 ns. The comments are the ns an element that `npm run bench -- --only maps` measured: the time of a loop that
  // applies the map, less that of a loop that only copies.
  costs: {
    neg: 1, // 1.8 to 2.2
    abs: 1, // 0.1 to 1.4
    floor: 1, // 1.4 to 2.5
    round: 12, // 28 to 30
    fround: 1, // 0 to 0.6
    sqrt: 4, // 7.3 to 8.0, and 30 where the next operation waits for it
    exp: 12, // 31
    expm1: 13, // 30 to 34
    log: 28, // 69 to 79
    log1p: 40, // 93 to 103
    sin: 36, // 87 to 91
    cos: 36, // 89 to 93
    // By the time that they take beside sin and log: 0.8 times as much to 3.8 times.
    tan: 42,
    asin: 31,
    acos: 31,
    atan: 42,
    atan2: 88,
    sinh: 54,
    cosh: 37,
    asinh: 80,
    acosh: 58,
    atanh: 86,
    exp2: 136,
    log2: 24,
    log10: 41,
    tanh: 24, // 33 to 57
    erf: 24, // 38 to 56
    not: 1, // 0.3 to 3.0
    add: 1, // 1.1 to 2.6
    sub: 1, // 1.5 to 3.0
    mul: 1, // 2.4 to 4.4
    div: 4, // 3.3 to 6.2, and 22 where the next operation waits for it
    mod: 46, // 113 to 116
    floordiv: 59, // 147
    pow: 150, // 363 to 418
    ipow: 44, // 107 to 112
    // About 30 on random numbers, where the processor mispredicts every second branch, and about 2 where it predicts them.
    // The values of a net are in between.
    max: 4,
    min: 4,
    select: 4,
    lt: 1, // 2.0 to 3.1
    le: 1, // 3.7 to 4.9
    eq: 1, // 3.6 to 6.2
    // The views of one word take twice as long as `mul`; bits of an i32 take nothing that could be measured.
    bits: 2,
    frombits: 2,
    bitand: 1,
    bitor: 1,
    bitxor: 1,
    shl: 1,
    shr: 1,
  },
  load: 4,
  expensive: 8,
  // `t > 0 ? t : t * a` takes 6.9, since the branch is mispredicted half the time; `t * table[(t < 0) | 0]` takes 1.8, and
  // storing t with a mask on its bits 1.6.
  choice: "table",
  // Transformed inputs would be kept in float64, like all that lies between kernels: that was not measured.
  winograd: false,
  functions: "call",
  // A function beyond 60 KB of bytecode is never optimised: it then ran 18 times slower.
  kernel: { nodes: 64, reductions: 8, distance: 2 },
  // Four accumulators made a sum 1.2 times as fast as one. V8 stops inlining helpers in long bodies, so four copies of what
  // costs more than two exps gain nothing.
  loops: { unroll: 4, minRounds: 16, maxBodyCost: 24 },
  // Sixteen sums at once are 1.2 times as fast as eight, and twice as much text.
  block: { columns: 4, rows: { cheap: 4, expensive: 2 }, minSum: 32 },
  // A 3x3 convolution of 64 by 64 channels on 56x56 made 1.01 GFLOP/s this way. Four by four results with a loop over the
  // taps made 0.70, two by four 0.70, three by three 0.69, one by four 0.97, and a product of its size 0.77.
  taps: { most: 16, rows: 2, columns: 2 },
};
