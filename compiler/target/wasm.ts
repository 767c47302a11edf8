/**
 * WebAssembly with SIMD, as V8 compiles it: vectors of four float32. Times are of Node 20 on one x86-64 core that makes 8.3
 * thousand million additions and as many multiplications of vectors a second.
 */
import type { Target } from "./target.ts";

export const wasm: Target = {
  name: "wasm",
  doc: "WebAssembly with vectors of four float32, with statistics in float64",
  computes: { f32: "f32", f64: "f64", i32: "i32", bool: "bool", f16: "i32", i8: "i32" },
  sums: { f32: "f64", f64: "f64", i32: "f64", bool: "f64", f16: "f64", i8: "f64" },
  // Sums of products in float64 lanes would take twice the time.
  products: { f32: "f32", f64: "f64", i32: "f64", bool: "f64", f16: "f64", i8: "f64" },
  // A unit is 0.12 ns for a vector of four.
  costs: {
    neg: 1,
    abs: 1,
    floor: 1,
    round: 1,
    fround: 1,
    sqrt: 9, // 0.88 thousand million vectors a second
    exp: 20, // 0.80 ns an element, twelve times that of JavaScript's
    expm1: 24,
    log: 34,
    log1p: 38,
    // The number of instructions, of which those on float64 are two.
    sin: 95,
    cos: 95,
    tan: 120,
    asin: 70,
    acos: 65,
    atan: 55,
    atan2: 75,
    sinh: 75,
    cosh: 55,
    asinh: 95,
    acosh: 85,
    atanh: 95,
    exp2: 30,
    log2: 60,
    log10: 62,
    tanh: 34,
    erf: 27,
    not: 1,
    add: 1,
    sub: 1,
    mul: 1,
    div: 5, // 1.65 thousand million vectors a second
    mod: 100,
    floordiv: 100,
    pow: 125,
    ipow: 100,
    // `f32x4.max` takes 0.65 ns a vector.
    max: 5,
    min: 5,
    select: 1,
    lt: 1,
    le: 1,
    eq: 1,
    bits: 1,
    frombits: 1,
    bitand: 1,
    bitor: 1,
    bitxor: 1,
    shl: 1,
    shr: 1,
  },
  load: 2,
  expensive: 12,
  choice: "select",
  winograd: true,
  functions: "polynomial",
  kernel: { nodes: 64, reductions: 8, distance: 2 },
  vectors: {
    lanes: 4,
    scalarMaps: new Set(["mod", "floordiv", "ipow"]),
    // V8 11.3 puts all loads of a loop's body before its arithmetic, and keeps one of 16 registers for itself. A block that
    // needs more takes twice the time.
    registers: 15,
    // Panels of 512 x 512 weights gain a tenth, and those of 2048 x 2048 lose as much.
    cache: 1 << 20,
  },
  loops: { unroll: 2, minRounds: 16, maxBodyCost: 24 },
  block: { columns: 4, rows: { cheap: 4, expensive: 2 }, minSum: 32 },
  taps: { most: 25, rows: 2, columns: 2 },
};

/** The same where engines have relaxed vectors, whose multiply-add needs no register for the product. */
export const relaxedWasm: Target = {
  ...wasm,
  doc: "WebAssembly with relaxed vectors of four float32, with statistics in float64",
  relaxed: true,
};

/** What it has where threads share a memory: waking one takes some 10 µs. */
export const wasmThreads: NonNullable<Target["threads"]> = { leastWork: 500_000 };
