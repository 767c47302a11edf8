/**
 * Whether a difference from the evaluator is what the order of sums explains, and rounding where each step is rounded. Nearly
 * all values are the float32 next to the evaluator's float64, or near it. Where one is not, the net is evaluated again with sums
 * in another order and results rounded up or down, at random: how far these runs lie from each other says how well the value is
 * determined.
 */
import type { Evaluated } from "../../compiler/ir/graph/element-of.ts";
import { evaluate, type Disturb, type Plain } from "../../compiler/ir/graph/evaluate.ts";
import type { Node } from "../../compiler/ir/graph/graph.ts";
import type { TensorGraph } from "../../compiler/ir/graph/builder.ts";
import type { MapName, TensorOp } from "../../compiler/ir/graph/primitives.ts";
import { rmsOf, ulp } from "../ulp.ts";
import { arrayOf, type Computed, type Given } from "./agree.ts";
import { randomOf, type Random } from "./random.ts";

export interface Verdict {
  /** The first value that nothing explains, in words. */
  readonly wrong: string | undefined;
  readonly values: number;
  /** The largest error of values that are within the bound, in ULP. */
  readonly error: number;
  /** How many values are beyond the bound, and explained. */
  readonly explained: number;
}

/** What a target rounds to float32: the results of a net alone, or those of each step. */
export type Rounding = "results" | "steps";

/** What rounding an output, or some steps, comes to, in ULP at max(|want|, rms). */
const BOUND = { results: 1, steps: 8 };
/** Such runs: some, and many where those leave a difference unexplained. */
const RUNS = [12, 60];
/** A difference may be so many times the spread of such runs. */
const FACTOR = 4;

interface Suspect {
  readonly part: "outputs" | "updates";
  readonly name: string;
  readonly at: number;
  readonly got: number;
  readonly want: number;
  /** What is within the bound. */
  readonly room: number;
}

export function judge(
  graph: TensorGraph,
  given: Given,
  want: Computed,
  got: Computed,
  rounding: Rounding = "results",
): Verdict {
  const bound = BOUND[rounding];
  const suspects: Suspect[] = [];
  let [values, error] = [0, 0];
  for (const part of ["outputs", "updates"] as const) {
    for (const [name, wanted] of Object.entries(want[part])) {
      const rms = rmsOf(wanted);
      values += wanted.length;
      wanted.forEach((value, at) => {
        const have = got[part][name]![at]!;
        if (have === value || Object.is(have, value)) return;
        const unit = ulp(Math.max(Math.abs(value), rms));
        const off = Math.abs(have - value) / unit;
        if (off <= bound) error = Math.max(error, off);
        else suspects.push({ part, name, at, got: have, want: value, room: bound * unit });
      });
    }
  }
  let left = suspects;
  for (const runs of RUNS) {
    if (left.length === 0) break;
    const others = Array.from({ length: runs }, (_, seed) => roughly(graph, given, randomOf(seed), rounding));
    left = left.filter((one) => !explains(others.map((other) => other[one.part][one.name]![one.at]!), one, rounding)); // prettier-ignore
  }
  const [first] = left;
  const wrong = first && `${first.part} ${first.name}[${first.at}] is ${first.got}, not ${first.want}`;
  return { wrong, values, error, explained: suspects.length - left.length };
}

function explains(others: readonly number[], { got, want, room }: Suspect, rounding: Rounding): boolean {
  if (others.some((other) => Object.is(other, got))) return true;
  const finite = others.filter(Number.isFinite);
  // Of what is beyond the largest float32 on its way it is a matter of order whether NaN comes or an infinity.
  if (rounding === "steps" && !Number.isFinite(got) && finite.length < others.length) return true;
  const centre = Number.isFinite(want) ? want : finite[0];
  if (!Number.isFinite(got) || centre === undefined) return false;
  const spread = Math.max(...finite.map((other) => Math.abs(other - centre)));
  return Math.abs(got - centre) <= FACTOR * spread + room;
}

/** The largest float32. */
const LARGEST = 2 ** 128 - 2 ** 104;

/** The net with sums in another order, and with steps rounded. */
function roughly(graph: TensorGraph, given: Given, random: Random, rounding: Rounding): Computed {
  const way = { random, isNarrow: random() < 0.5, noise: random() < 0.25 ? 0 : 1 };
  const disturb: Disturb = (node, exact, values, sizes) => {
    const result = reordered(node, values, { ...given, sizes }, exact, random, rounding);
    return rounding === "steps" ? rounded(node, result, way) : result;
  };
  const { inputs, parameters, sizes } = given;
  const { outputs, updates } = evaluate(graph, inputs, parameters, sizes, undefined, disturb);
  const store = (value: Evaluated): Computed["outputs"][string] => {
    const array = arrayOf(value.dtype, value.data.length);
    array.set(value.data);
    return array;
  };
  return {
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, store(value)])),
    updates: Object.fromEntries(Object.entries(updates).map(([path, value]) => [path, store(value)])),
  };
}

/** A sum's last digits depend on its order. They are digits of its largest terms, which may have cancelled. */
function reordered(
  node: Node<TensorOp>,
  values: readonly Evaluated[],
  given: Given,
  exact: Evaluated,
  random: Random,
  rounding: Rounding,
): Evaluated {
  const sums = node.op.kind === "contract" || (node.op.kind === "reduce" && node.op.reduce === "sum");
  if (!sums || exact.dtype !== "f32") return exact;
  const absolute: Evaluated[] = [];
  for (const { id } of node.inputs.map((input) => input.node))
    absolute[id] = { ...values[id]!, data: values[id]!.data.map(Math.abs) };
  const { data: most } = alone(node, absolute, given);
  const inFloat32 = rounding === "steps" && node.op.kind === "contract";
  const digits = inFloat32 ? 2 ** -22 : 2 ** -50;
  const data = exact.data.map((x, i) => {
    // Parts of such a sum may be infinite, and of both signs.
    if (inFloat32 && most[i]! > LARGEST) return [x, Infinity, -Infinity, NaN][Math.floor(random() * 4)]!;
    return most[i]! < Infinity ? x + (random() - 0.5) * digits * most[i]! : x;
  });
  return { ...exact, data };
}

/** How a run rounds. */
interface Way {
  readonly random: Random;
  /** Whether squares that statistics are made of are infinite or 0 where float32 has no such numbers. */
  readonly isNarrow: boolean;
  /** 0 where equal numbers stay equal. */
  readonly noise: number;
}

/** In two of three runs, what the node gives as float32, up or down: what is made of statistics is not rounded. */
function rounded({ op }: Node<TensorOp>, exact: Evaluated, { random, isNarrow, noise }: Way): Evaluated {
  if (exact.dtype !== "f32" || random() < 1 / 3) return exact;
  // Functions are right to two units in the last place. Of subnormals that is more than a share of the number.
  const digits = op.kind === "map" && functions.has(op.map) ? 2 ** -22 : 2 ** -24;
  const least = op.kind === "contract" ? 2 ** -147 : 2 ** -149;
  const some = (): number => noise * (2 * random() - 1);
  const number = (x: number): number => {
    // What is a float32 already, such as an element of a view, stays as it is.
    if (!Number.isFinite(x) || x === 0 || (x === Math.fround(x) && digits === 2 ** -24)) return x;
    const size = Math.abs(x) * (1 + some() * digits);
    const isNormal = size > 2 ** -126 && size <= LARGEST;
    if (!isNormal && !isNarrow) return Math.sign(x) * size;
    return Math.sign(x) * Math.fround(isNormal ? size : Math.max(0, size + some() * least));
  };
  return { ...exact, data: exact.data.map(number) };
}

const functions: ReadonlySet<MapName> = new Set(["exp", "expm1", "log", "log1p", "sin", "cos", "tan", "tanh", "erf", "pow", "asin", "acos",
  "atan", "atan2", "sinh", "cosh", "asinh", "acosh", "atanh", "exp2", "log2", "log10"]); // prettier-ignore

/** One node of a graph on operands that are computed already. */
function alone(node: Node<TensorOp>, values: readonly Evaluated[], given: Given): Evaluated {
  const prepared = node.inputs.map(({ node: input, result }, id): Node<TensorOp> => ({
    ...input,
    id,
    op: { kind: "prepared", name: `${id}`, storage: "f64" },
    inputs: [],
    types: [input.types[result]!],
  }));
  const inputs = prepared.map((input) => ({ node: input, result: 0 }));
  const copy: Node<TensorOp> = { ...node, id: prepared.length, inputs };
  const graph: TensorGraph = {
    name: "node",
    nodes: [...prepared, copy],
    inputs: [],
    outputs: [{ name: "y", value: { node: copy, result: 0 } }],
    updates: [],
    parameters: [],
    checks: [],
  };
  const operands = node.inputs.map((input, id): [string, Plain] => [`${id}`, values[input.node.id]!]);
  const known = { ...given.parameters, ...Object.fromEntries(operands) };
  return evaluate(graph, given.inputs, known, given.sizes).outputs["y"]!;
}
