/**
 * The primitives of the tensor graph, a closed table. `maps` has a row for each scalar map; the other primitives
 * (reduce, contract, window, movement, leaves) differ in structure and are distinguished by `kind`.
 *
 * All arithmetic on f32 is done in float64, and computed values stay float64 wherever they are kept. Only outputs are
 * rounded to float32, and the parameters that a training step updates. i32 wraps.
 */
import { isFloat, type Dtype, type NarrowDtype } from "../dtype.ts";
import { bitsOf, erf, exp, expm1, floordiv, fromBits, ipow, floorMod, round, tanh } from "../maps/scalar.ts";
import type { Size } from "../size/size.ts";
import type { DrawName } from "./draws.ts";

/** Binding strength of JS operators, as in the language's own table; higher binds tighter. */
export const precedence = {
  conditional: 2,
  or: 3,
  and: 4,
  bitOr: 5,
  bitXor: 6,
  bitAnd: 7,
  equal: 8,
  compare: 9,
  shift: 10,
  add: 11,
  mul: 12,
  unary: 14,
  power: 13,
  call: 17,
  atom: 20,
} as const;

/** Printed JS with the binding strength of its outermost operator. */
export interface JsText {
  readonly text: string;
  readonly precedence: number;
}

interface MapRow {
  /** What the map computes from its operands x, y, z. */
  readonly doc: string;
  readonly arity: 1 | 2 | 3;
  /** The dtype of the result where that is not the operands' dtype; `f32` applies to operands that are not floats. */
  readonly result?: "bool" | "f32" | "i32";
  /** The only dtype that the map is for. Its operands are of this very type, so a float64 is no operand of `bits`. */
  readonly of?: "f32" | "i32";
  readonly commutative?: true;
  /**
   * Whether results are float32 numbers: if all operands are, as such a map gives one of them, or a number that float32
   * has as well, like -x; or always.
   */
  readonly keeps?: true | "always";
  /** The meaning on float64 numbers; true is 1 and false is 0. */
  readonly evaluate: (x: number, y: number, z: number) => number;
  /** The JS text of the operation on operands that are already printed. `integer` asks for i32 arithmetic. */
  readonly js: (operands: readonly JsText[], integer: boolean) => JsText;
  /** The helper function that the JS text calls. */
  readonly helper?: string;
}

/** The text of an infix operator, with brackets around an operand that binds less tightly. */
function infix(symbol: string, strength: number): MapRow["js"] {
  return ([x, y]) => ({
    text: `${bracketed(x!, strength)} ${symbol} ${bracketed(y!, strength + 1)}`,
    precedence: strength,
  });
}

/** The text of arithmetic that wraps on i32, which has no -0: `(x + y) | 0`. */
function wrapping(plain: MapRow["js"]): MapRow["js"] {
  return (operands, integer) => {
    const text = plain(operands, integer);
    return integer
      ? { text: `${bracketed(text, precedence.bitOr)} | 0`, precedence: precedence.bitOr }
      : text;
  };
}

function call(name: string): MapRow["js"] {
  return (operands) => ({
    text: `${name}(${operands.map((operand) => operand.text).join(", ")})`,
    precedence: precedence.call,
  });
}

/** A function of `Math` under its name there, whose results are floats. */
function library(
  name: Exclude<keyof typeof Math & MapName, "atan2" | "pow" | "max" | "min">,
  doc: string,
): MapRow {
  return { doc, arity: 1, result: "f32", evaluate: Math[name], js: call(`Math.${name}`) };
}

export function bracketed(operand: JsText, strength: number): string {
  return operand.precedence < strength ? `(${operand.text})` : operand.text;
}

export type MapName =
  | "neg" | "abs" | "floor" | "round" | "fround" | "sqrt" | "exp" | "expm1" | "log" | "log1p" | "sin" | "cos" | "tan" | "tanh"
  | "asin" | "acos" | "atan" | "atan2" | "sinh" | "cosh" | "asinh" | "acosh" | "atanh" | "exp2" | "log2" | "log10"
  | "erf" | "not" | "add" | "sub" | "mul" | "div" | "mod" | "floordiv" | "pow" | "ipow" | "max" | "min" | "lt" | "le" | "eq"
  | "select" | "bits" | "frombits" | "bitand" | "bitor" | "bitxor" | "shl" | "shr"; // prettier-ignore

export const maps: Record<MapName, MapRow> = {
  neg: {
    keeps: true,
    doc: "-x",
    arity: 1,
    evaluate: (x) => -x,
    js: wrapping(([x]) => ({
      text: `-${bracketed(x!, precedence.unary + 1)}`,
      precedence: precedence.unary,
    })),
  },
  abs: { keeps: true, doc: "|x|", arity: 1, evaluate: Math.abs, js: wrapping(call("Math.abs")) },
  floor: {
    keeps: true,
    doc: "the largest integer not above x",
    arity: 1,
    evaluate: Math.floor,
    js: call("Math.floor"),
  },
  round: {
    keeps: true,
    doc: "the nearest integer, of two the even one",
    arity: 1,
    evaluate: round,
    js: call("round"),
    helper: "round",
  },
  fround: {
    keeps: "always",
    doc: "the nearest float32 number",
    arity: 1,
    result: "f32",
    evaluate: Math.fround,
    js: call("Math.fround"),
  },
  sqrt: library("sqrt", "the square root"),
  exp: {
    doc: "e to the power x",
    arity: 1,
    result: "f32",
    evaluate: exp,
    js: call("exp"),
    helper: "exp",
  },
  expm1: {
    doc: "e to the power x, less 1",
    arity: 1,
    result: "f32",
    evaluate: expm1,
    js: call("expm1"),
    helper: "expm1",
  },
  log: library("log", "the natural logarithm"),
  log1p: library("log1p", "the natural logarithm of 1 + x"),
  sin: library("sin", "the sine of x in radians"),
  cos: library("cos", "the cosine of x in radians"),
  tan: library("tan", "the tangent of x in radians"),
  asin: library("asin", "the angle in radians whose sine is x, from -pi / 2 to pi / 2"),
  acos: library("acos", "the angle in radians whose cosine is x, from 0 to pi"),
  atan: library("atan", "the angle in radians whose tangent is x"),
  sinh: library("sinh", "the hyperbolic sine"),
  cosh: library("cosh", "the hyperbolic cosine"),
  asinh: library("asinh", "the inverse of the hyperbolic sine"),
  acosh: library("acosh", "the inverse of the hyperbolic cosine, not below 0"),
  atanh: library("atanh", "the inverse of the hyperbolic tangent"),
  log2: library("log2", "the logarithm to the base 2"),
  log10: library("log10", "the logarithm to the base 10"),
  atan2: {
    doc: "the angle in radians of the point (y, x), from -pi to pi",
    arity: 2,
    result: "f32",
    evaluate: Math.atan2,
    js: call("Math.atan2"),
  },
  exp2: {
    doc: "2 to the power x",
    arity: 1,
    result: "f32",
    evaluate: (x) => 2 ** x,
    js: ([x]) => ({ text: `2 ** ${bracketed(x!, precedence.unary)}`, precedence: precedence.power }),
  },
  tanh: {
    doc: "the hyperbolic tangent",
    arity: 1,
    result: "f32",
    evaluate: tanh,
    js: call("tanh"),
    helper: "tanh",
  },
  erf: {
    doc: "the error function",
    arity: 1,
    result: "f32",
    evaluate: erf,
    js: call("erf"),
    helper: "erf",
  },
  not: {
    doc: "1 where x is 0, else 0",
    arity: 1,
    result: "bool",
    evaluate: (x) => +!x,
    js: ([x]) => ({ text: `!${bracketed(x!, precedence.unary)}`, precedence: precedence.unary }),
  },
  add: {
    doc: "x + y",
    arity: 2,
    commutative: true,
    evaluate: (x, y) => x + y,
    js: wrapping(infix("+", precedence.add)),
  },
  sub: {
    doc: "x - y",
    arity: 2,
    evaluate: (x, y) => x - y,
    js: wrapping(infix("-", precedence.add)),
  },
  mul: {
    doc: "x * y",
    arity: 2,
    commutative: true,
    evaluate: (x, y) => x * y,
    // A product of two i32 may exceed 2^53, beyond which `* | 0` loses the low bits.
    js: (operands, integer) => (integer ? call("Math.imul") : infix("*", precedence.mul))(operands, integer),
  },
  div: {
    doc: "x / y",
    arity: 2,
    result: "f32",
    evaluate: (x, y) => x / y,
    js: infix("/", precedence.mul),
  },
  mod: {
    doc: "the remainder whose sign is y's, as Python has it",
    arity: 2,
    evaluate: floorMod,
    js: wrapping(call("mod")),
    helper: "mod",
  },
  floordiv: {
    doc: "the quotient that goes with mod, rounded down",
    arity: 2,
    evaluate: floordiv,
    js: wrapping(call("floordiv")),
    helper: "floordiv",
  },
  pow: {
    doc: "x to the power y; anything to the power 0, and 1 to any power, is 1, as in C",
    arity: 2,
    result: "f32",
    evaluate: (x, y) => (x === 1 ? 1 : x === -1 && Math.abs(y) === Infinity ? 1 : x ** y),
    js: call("pow"),
    helper: "pow",
  },
  ipow: {
    doc: "x to the power y among integers, which wraps; below 0 it is the whole part",
    arity: 2,
    evaluate: ipow,
    js: call("ipow"),
    helper: "ipow",
  },
  max: {
    keeps: true,
    doc: "the larger; NaN if either is",
    arity: 2,
    commutative: true,
    evaluate: (x, y) => Math.max(x, y),
    js: call("Math.max"),
  },
  min: {
    keeps: true,
    doc: "the smaller; NaN if either is",
    arity: 2,
    commutative: true,
    evaluate: (x, y) => Math.min(x, y),
    js: call("Math.min"),
  },
  lt: {
    doc: "x < y",
    arity: 2,
    result: "bool",
    evaluate: (x, y) => +(x < y),
    js: infix("<", precedence.compare),
  },
  le: {
    doc: "x <= y",
    arity: 2,
    result: "bool",
    evaluate: (x, y) => +(x <= y),
    js: infix("<=", precedence.compare),
  },
  eq: {
    doc: "x == y",
    arity: 2,
    result: "bool",
    commutative: true,
    evaluate: (x, y) => +(x === y),
    // A truth value may be a JS boolean or the 1 of a buffer, which === would distinguish.
    js: infix("==", precedence.equal),
  },
  select: {
    keeps: true,
    doc: "y where x, else z",
    arity: 3,
    evaluate: (x, y, z) => (x ? y : z),
    js: ([x, y, z]) => ({
      text: `${bracketed(x!, precedence.or)} ? ${bracketed(y!, precedence.conditional)} : ${bracketed(z!, precedence.conditional)}`,
      precedence: precedence.conditional,
    }),
  },
  bits: {
    doc: "the bits of a float32, as an i32 with the same; of a NaN they are those of some NaN",
    arity: 1,
    of: "f32",
    result: "i32",
    evaluate: bitsOf,
    js: call("bitsOf"),
    helper: "bitsOf",
  },
  frombits: {
    keeps: "always",
    doc: "the float32 that has the bits of x",
    arity: 1,
    of: "i32",
    result: "f32",
    evaluate: fromBits,
    js: call("fromBits"),
    helper: "fromBits",
  },
  bitand: {
    doc: "the bits that are set in x and in y",
    arity: 2,
    of: "i32",
    commutative: true,
    evaluate: (x, y) => x & y,
    js: infix("&", precedence.bitAnd),
  },
  bitor: {
    doc: "the bits that are set in x, in y or in both",
    arity: 2,
    of: "i32",
    commutative: true,
    evaluate: (x, y) => x | y,
    js: infix("|", precedence.bitOr),
  },
  bitxor: {
    doc: "the bits that are set in one of x and y",
    arity: 2,
    of: "i32",
    commutative: true,
    evaluate: (x, y) => x ^ y,
    js: infix("^", precedence.bitXor),
  },
  shl: {
    doc: "the bits of x moved left by y modulo 32, with zeros behind",
    arity: 2,
    of: "i32",
    evaluate: (x, y) => x << y,
    js: infix("<<", precedence.shift),
  },
  shr: {
    doc: "the bits of x moved right by y modulo 32, with copies of the sign before; x / 2^y rounded down",
    arity: 2,
    of: "i32",
    evaluate: (x, y) => x >> y,
    js: infix(">>", precedence.shift),
  },
};

export type ReduceName = "sum" | "prod" | "max" | "min";

interface ReductionRow {
  /** The value with which it starts. */
  readonly identity: number;
  /** The map that adds an element to it. */
  readonly combine: MapName;
  /** The result is one of the elements, if there are any, and so a float32 number if they are. */
  readonly chooses: boolean;
}

export const reductions: Record<ReduceName, ReductionRow> = {
  sum: { identity: 0, combine: "add", chooses: false },
  prod: { identity: 1, combine: "mul", chooses: false },
  max: { identity: -Infinity, combine: "max", chooses: true },
  min: { identity: Infinity, combine: "min", chooses: true },
};

/**
 * The ops of the tensor graph. The dtype and the sizes of the result are in the node's type; attributes that an op
 * needs beyond them are here. Operands of a map have exactly the result's sizes: `broadcast` is explicit.
 */
export type TensorOp =
  | { readonly kind: "map"; readonly map: MapName }
  /**
   * Converts to the node's dtype: float to int truncates, int to f32 rounds, and bool asks whether the number is not 0.
   */
  | { readonly kind: "cast" }
  /** Combines the elements along `axes`, which are in ascending order and stay in the shape with size 1. */
  | { readonly kind: "reduce"; readonly reduce: ReduceName; readonly axes: readonly number[] }
  /** Combines each element with those before it along `axis`: result[i] = x[0] + x[1] + … + x[i]. */
  | { readonly kind: "prefix"; readonly reduce: ReduceName; readonly axis: number }
  /**
   * The sum over products of two operands. Every axis of the operands and the result bears a label; a label
   * that the result lacks is summed over: labels [[0, 1], [2, 1], [0, 2]] is `x @ transpose(w)`.
   */
  | { readonly kind: "contract"; readonly labels: readonly [Labels, Labels, Labels] }
  /**
   * Appends an axis of `size`: result[…, i, …, k] = x[…, i * stride + k * dilation - before, …], `value` outside.
   * Convolution, pooling and LocalResponseNorm reduce or contract it; it is never stored. A maximum takes -Infinity
   * for the value.
   */
  | {
      readonly kind: "window";
      readonly axis: number;
      readonly size: number;
      readonly stride: number;
      readonly dilation: number;
      readonly before: number;
      readonly value: number;
    }
  /**
   * Covers an axis of n elements with `count` sections, as equal as whole numbers allow, and appends an axis of `size` for
   * their elements. Section i has those from floor(i * n / count) up to and without ceil((i + 1) * n / count), so that
   * neighbours may share one; where a section is shorter than `size`, `value` follows. Like a window it is never stored.
   */
  | {
      readonly kind: "sections";
      readonly axis: number;
      readonly count: Size;
      readonly size: Size;
      readonly value: number;
    }
  /** Copies the operand to other memory. `for` names the output, so that two outputs of one value are two nodes. */
  | { readonly kind: "copy"; readonly for?: string }
  | { readonly kind: "reshape" }
  /** Axis i of the result is axis order[i] of the operand. */
  | { readonly kind: "permute"; readonly order: readonly number[] }
  /** result[…, k, …] = x[…, k, …, k, …]: two axes of one size become one, at the place of the first. */
  | { readonly kind: "diagonal"; readonly axes: readonly [number, number] }
  /** Axes of size 1 are repeated to the size in the node's type; the rank stays. */
  | { readonly kind: "broadcast" }
  /** result[i, …] = x[starts[0] + i * steps[0], …]; steps of -1 read backwards. */
  | { readonly kind: "slice"; readonly starts: readonly Size[]; readonly steps: readonly number[] }
  /**
   * Each axis with `before` elements put in front, `interior` between every two, and as many behind as the
   * node's type says. They are `value` in mode constant, else elements of the operand: mirrored at its edge
   * without repeating it, its edge, or its other end, which has as many at least. Only mode constant has an
   * interior.
   */
  | {
      readonly kind: "pad";
      readonly mode: PadMode;
      readonly before: readonly Size[];
      readonly interior: readonly number[];
      readonly value: number;
    }
  /** Puts the operands one after the other along an axis. */
  | { readonly kind: "concat"; readonly axis: number }
  /**
   * result[n…, i…, k…, j…] = table[n…, i…, index[n…, k…], j…]: operand 1 chooses places along `axis` of the table,
   * operand 0. The first `batch` axes, n…, belong to both; usually there are none. With `checked`, the call refuses
   * an index outside the table. With `choice`, which `tabulate` sets, the table holds a few alternatives, all of
   * which are used.
   */
  | {
      readonly kind: "gather";
      readonly axis: number;
      readonly batch: number;
      readonly checked: boolean;
      readonly choice: boolean;
    }
  /**
   * The dual of gather: result[b…, index[b…, i…], j…] = updates[b…, i…, j…], where operand 0 has the updates, operand 1
   * the index, and the first `batch` axes are those b…. The result begins as operand 2 where there is one, else as zeros. The
   * updates are taken in row-major order: of several for one place the last counts, or they are combined with what is there.
   * The call refuses an index outside of the result's rows.
   */
  | { readonly kind: "scatter"; readonly batch: number; readonly combine: ScatterCombine }
  /**
   * The state of a loop before each step: at first the operand, then what the step before made of it. The nodes of a step are
   * those that depend on a state of the loop, or on the number of the step, a symbol. They run once a step.
   */
  | { readonly kind: "carry"; readonly loop: ScanLoop; readonly index: number }
  /**
   * The state after the last step. Operand 0 is what a step makes of it. The operands after it are the states of the loop, each
   * followed by what a step makes of it.
   */
  | { readonly kind: "last"; readonly loop: ScanLoop; readonly index: number }
  /** The values of operand 0 in all steps, along a new first axis. The other operands are as in `last`. */
  | { readonly kind: "stack"; readonly loop: ScanLoop }
  /**
   * Random numbers, which each run draws anew from the generator of the model. `order` is the number of the draw among
   * those of the net: draw 1 is made after draw 0, which is its last operand, so that the order holds whatever passes do and
   * no two draws are one node. Where the distribution `reads` an operand, that is the first one.
   */
  | {
      readonly kind: "random";
      readonly draw: DrawName;
      readonly numbers: readonly number[];
      readonly order: number;
    }
  /** A scalar. A size gets its value at the call. */
  | { readonly kind: "constant"; readonly value: Size | number }
  /** The positions 0, 1, 2 … along an axis. */
  | { readonly kind: "iota"; readonly axis: number }
  /** A parameter. Where it is narrow in memory, `storage` is the dtype of that, and its values are what is widened. */
  | { readonly kind: "parameter"; readonly path: string; readonly storage?: NarrowDtype }
  | { readonly kind: "input"; readonly name: string }
  /** A tensor that `prepare` computed. Its buffer has dtype `storage`. */
  | { readonly kind: "prepared"; readonly name: string; readonly storage: Dtype };

/** What becomes of an update and of what is in its place: the update, or what the map of this name makes of the two. */
export type ScatterCombine = "last" | "add" | "mul" | "max" | "min";

/** A loop over steps. */
export interface ScanLoop {
  /** The symbol that is the number of the step, from 0 to `count - 1`, or backwards. */
  readonly step: string;
  readonly count: Size;
  readonly reverse: boolean;
}

export type PadMode = "constant" | "reflect" | "replicate" | "circular";

type Labels = readonly number[];

/** The dtype of a map's result on operands of one dtype. */
export function mapDtype(name: MapName, operand: Dtype): Dtype {
  const { result } = maps[name];
  if (result === "f32") return isFloat(operand) ? operand : "f32";
  return result ?? operand;
}
