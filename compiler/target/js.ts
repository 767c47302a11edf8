/**
 * JavaScript as V8 compiles it: scalar code on float64 registers. Times stand beside what they led to; each is of Node 20 on
 * one x86-64 core, for a million random float32 numbers, in ns per element.
 */
import type { Target } from "./target.ts";

export const js: Target = {
  name: "js",
  doc: "JavaScript, with sums in float64",
  // A pass of `Math.fround` after each operation took four times as long as float64 with one rounding at the store.
  computes: { f32: "f64", f64: "f64", i32: "i32", bool: "bool" },
  sums: { f32: "f64", f64: "f64", i32: "f64", bool: "f64" },
  // Loading, one multiply-add and storing takes 1.2, `Math.max` 7.4, an exp within a sigmoid 14, a tanh 21.
  // `npm run bench -- --only maps` measures each of them.
  costs: {
    neg: 1,
    abs: 1,
    floor: 1,
    round: 4,
    fround: 1,
    sqrt: 4,
    exp: 12,
    expm1: 14,
    log: 12,
    log1p: 14,
    sin: 14,
    cos: 14,
    tanh: 24,
    erf: 24,
    not: 1,
    add: 1,
    sub: 1,
    mul: 1,
    div: 4,
    mod: 6,
    floordiv: 8,
    pow: 20,
    ipow: 20,
    max: 4,
    min: 4,
    lt: 1,
    le: 1,
    eq: 1,
    select: 1,
  },
  load: 4,
  expensive: 8,
  // `t > 0 ? t : t * a` takes 6.9, since the branch is mispredicted half the time; `t * table[(t < 0) | 0]` takes 1.8, and
  // storing t with a mask on its bits 1.6.
  choice: "table",
  // A function beyond 60 KB of bytecode is never optimised: it then ran 18 times slower.
  kernel: { nodes: 64, reductions: 8, distance: 2 },
  // Four accumulators made a sum 1.2 times as fast as one. V8 stops inlining helpers in long bodies, so four copies of what
  // costs more than two exps gain nothing.
  loops: { unroll: 4, minRounds: 16, maxBodyCost: 24 },
  // Sixteen sums at once are 1.2 times as fast as eight, and twice as much text.
  block: { columns: 4, rows: { cheap: 4, expensive: 2 }, minSum: 32 },
};
