/**
 * What `expand-maps` makes of each function of float32: a plan for the interpreter, JavaScript that computes the same bits fast,
 * the float64 that is right, and how far off a result is.
 */
import { closure } from "../../compiler/emit/host/closure.ts";
import { helperTexts } from "../../compiler/emit/js/helpers.ts";
import { interpret } from "../../compiler/ir/plan/interpret.ts";
import { maps, type MapName } from "../../compiler/ir/graph/primitives.ts";
import { operandsOf, type Expression, type Kernel, type Plan } from "../../compiler/ir/plan/plan.ts";
import { readPlan } from "../../compiler/ir/plan/read-plan.ts";
import { expandMaps } from "../../compiler/passes/expand-maps.ts";
import { planPasses } from "../../compiler/pipeline/pipeline.ts";
import { wasm } from "../../compiler/target/wasm.ts";

type Right = (x: number, y: number) => number;

interface FunctionRow {
  /** As a plan has it, of x and y. */
  readonly text: string;
  readonly right: Right;
  /** The largest error that is allowed, in units in the last place. */
  readonly limit: number;
  readonly arity: 1 | 2;
}

function map(name: MapName, right: Right = maps[name].evaluate as Right): FunctionRow {
  const { arity } = maps[name];
  const operands = ["x[i]: f32", "y[i]: f32"].slice(0, arity);
  return { text: `f32.${name}(${operands.join(", ")})`, right, limit: 2, arity: arity === 2 ? 2 : 1 };
}

export const functions: ReadonlyMap<string, FunctionRow> = new Map([
  ["exp", map("exp", Math.exp)],
  ["expm1", map("expm1", Math.expm1)],
  ["tanh", map("tanh", Math.tanh)],
  [
    "logistic",
    {
      text: "f32(1) f32./ (f32(1) f32.+ f32.exp(f32.neg(x[i]: f32)))",
      right: (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
      limit: 2.5,
      arity: 1,
    },
  ],
  ["log", map("log")],
  ["log1p", map("log1p")],
  ["erf", map("erf")],
  ["sin", map("sin")],
  ["cos", map("cos")],
  ["tan", map("tan")],
  ["asin", map("asin")],
  ["acos", map("acos")],
  ["atan", map("atan")],
  ["atan2", map("atan2")],
  ["sinh", map("sinh")],
  ["cosh", map("cosh")],
  ["asinh", map("asinh")],
  ["acosh", map("acosh")],
  ["atanh", map("atanh")],
  ["exp2", map("exp2")],
  ["log2", map("log2")],
  ["log10", map("log10")],
  ["pow", map("pow")],
]);

/** A plan that computes a function of its inputs x and y. */
function planOf(text: string): Plan {
  return readPlan(`plan p
target wasm
input x: f32[N]
input y: f32[N]
output z: f32[N]
run:
  k(input x, input y, @output z; N)

kernel k(x: f32, y: f32, @z: f32; N)
  for i = 0 to N
    z[i] = ${text}
`);
}

/** The same plan after `expand-maps` alone. */
export function expanded(text: string): Plan {
  const plan = planOf(text);
  return expandMaps.run(plan, { target: wasm, mode: "eval", signature: plan });
}

/** A function as a module of WebAssembly computes it, on so many numbers at a time: `run` makes z of x and y. */
export function wasmBlock(
  text: string,
  size: number,
): {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
  readonly run: () => void;
} {
  const plan = planOf(text);
  const whole = planPasses.reduce((one, pass) => pass.run(one, { target: wasm, mode: "eval", signature: plan }), plan); // prettier-ignore
  const model = closure(whole, {});
  const [x, y, z] = [model.input("x", [size]), model.input("y", [size]), model.output("z", [size])];
  const run = (): void => model.run({ x, y }, { z });
  // The first run makes the memory as large as it must be, which leaves older arrays empty.
  run();
  return { x: x.data as Float32Array, y: y.data as Float32Array, z: z.data as Float32Array, run };
}

export function interpreted(plan: Plan, x: Float32Array, y: Float32Array = x): Float32Array {
  const sizes = new Map([["N", x.length]]);
  return interpret(plan, { inputs: { x, y }, parameters: {}, sizes }).outputs["z"] as Float32Array;
}

/** The value that the only loop of the plan stores, as JavaScript on float32 numbers x and y. */
export function compiled(plan: Plan): Right {
  const root = storedIn(plan.run[0]!.kernel);
  const names = new Map<Expression, string>();
  const helpers = new Set<string>();
  const lines: string[] = [];
  const visit = (e: Expression): string => {
    const known = names.get(e);
    if (known !== undefined) return known;
    const text = textOf(e, operandsOf(e).map(visit), helpers);
    const name = `t${names.size}`;
    lines.push(`const ${name} = ${text};`);
    names.set(e, name);
    return name;
  };
  const result = visit(root);
  const code = [...helperTexts(helpers), "return (x, y) => {", ...lines, `return ${result};`, "};"];
  // oxlint-disable-next-line typescript/no-implied-eval -- as closures are made
  return new Function(code.join("\n"))() as Right;
}

/** What the only loop of a kernel stores. */
export function storedIn({ body: [loop] }: Kernel): Expression {
  const store = loop?.kind === "loop" ? loop.body[0] : undefined;
  if (store?.kind !== "store") throw new Error("the kernel is no loop over a store");
  return store.value;
}

function textOf(e: Expression, operands: readonly string[], helpers: Set<string>): string {
  const rounded = (text: string): string => (e.type.dtype === "f32" ? `Math.fround(${text})` : text);
  switch (e.kind) {
    case "number":
      return Object.is(e.value, -0) ? "-0" : String(e.value);
    case "load":
      return e.buffer;
    case "cast":
      return rounded(operands[0]!);
    case "map": {
      const { helper, js: print } = maps[e.map];
      if (helper !== undefined) helpers.add(helper);
      const texts = operands.map((text) => ({ text, precedence: 20 }));
      const { text } = print(texts, e.type.dtype === "i32");
      return ["select", "abs", "frombits"].includes(e.map) ? text : rounded(text);
    }
    default:
      throw new Error(`an expanded function has no ${e.kind}`);
  }
}

/** Numbers at and beside which functions change their ways. */
export const special: readonly number[] = [
  0, 2 ** -149, 2 ** -126, 2 ** -24, 0.5, 1 - 2 ** -24, 1, 1 + 2 ** -23, 1.5, 2, 3, 88.5, 104, 2 ** 24 - 1, 2 ** 24, 2 ** 25,
  2 ** 128 - 2 ** 104, Infinity, NaN,
].flatMap((x) => [x, -x]); // prettier-ignore

/** Float32 numbers of every exponent and sign, and many more of those from 2^-6 to 2^7: always the same. */
export function numbersOf(seed: number): Float32Array {
  const random = randomOf(seed);
  const some = Array.from({ length: 512 * 24 }, (_, i) => i % 512);
  const more = Array.from({ length: 26 * 800 }, (_, i) => 127 - 6 + (i % 13) + (i % 2) * 256);
  return new Float32Array(
    Int32Array.from([...some, ...more], (i) => (i << 23) | (random() * 2 ** 23)).buffer,
  );
}

/** A power for the i-th x. Of each three one is of any size, one such that x^y is a float32, and one is whole. */
export function powerOf(x: number, i: number, random: () => number): number {
  if (i % 3 === 0) return (random() - 0.5) * 2 ** (random() * 270 - 140);
  return i % 3 === 1 ? (random() * 280 - 150) / Math.log2(Math.abs(x)) : Math.round(random() * 40 - 20);
}

/** Numbers from 0 to 1, by the generator of Numerical Recipes. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

const word = new Float64Array(1);
const halves = new Uint32Array(word.buffer);

/** The distance of float32 numbers about x: a power of two by its bits. */
function distance(x: number): number {
  word[0] = x;
  const exponent = Math.max((halves[1]! >>> 20) & 0x7ff, 1023 - 126);
  halves[0] = 0;
  halves[1] = (exponent - 23) << 20;
  return word[0];
}

/** The number, where float32 would have another one beyond its largest. */
function bounded(x: number): number {
  return Math.max(-(2 ** 128), Math.min(x, 2 ** 128));
}

/** The largest error among numbers of a block, if it exceeds one that is known, and its place. */
export function largestOf(
  { x, y, z }: { readonly x: Float32Array; readonly y: Float32Array; readonly z: Float32Array },
  right: Right,
  known: number,
): { readonly error: number; readonly at: number } {
  let [error, at] = [known, -1];
  for (let i = 0; i < z.length; i++) {
    const got = z[i]!;
    const want = right(x[i]!, y[i]!);
    // Most are off by less. A unit is at least 2^-24 of the number, and what is NaN or 0 is looked at more closely.
    if (Math.abs(got - want) <= error * 2 ** -24 * Math.abs(want) && got !== 0) continue;
    const own = errorOf(got, want);
    if (own > error) [error, at] = [own, i];
  }
  return { error, at };
}

/** The error of a float32 in units in the last place of what is right. A zero of the wrong sign, too, is infinitely wrong. */
export function errorOf(got: number, right: number): number {
  if (Number.isNaN(right) || Number.isNaN(got))
    return Number.isNaN(right) && Number.isNaN(got) ? 0 : Infinity;
  const isNegative = right < 0 || Object.is(right, -0);
  if (got === 0 && Object.is(got, -0) !== isNegative) return Infinity;
  const want = bounded(right);
  return Math.abs(bounded(got) - want) / distance(Math.abs(want) === 2 ** 128 ? 2 ** 127 : want);
}
