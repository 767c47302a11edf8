/**
 * Computes the numbers with which a module tests itself: results of the reference evaluator on made-up input, and
 * the tolerance.
 */
import { FastGenerator, Generator } from "../../runtime/random.ts";
import { selfTestValue, type Compared, type SelfTest } from "../emit/host/support.ts";
import { dtypeRows, isFloat, type NumberArray } from "../ir/dtype.ts";
import { shapeOf, type SizeValues } from "../ir/graph/element-of.ts";
import { evaluate, type Plain } from "../ir/graph/evaluate.ts";
import { typeOf } from "../ir/graph/graph.ts";
import { interpret, type NamedArrays } from "../ir/plan/interpret.ts";
import { emptyRecord } from "../ir/text/identifiers.ts";
import type { TensorGraph } from "../ir/graph/builder.ts";
import type { Plan } from "../ir/plan/plan.ts";
import { evaluateSize, symbolsOf } from "../ir/size/size.ts";
import { extent, type TensorType } from "../ir/types.ts";
import { expanded } from "../passes/expand.ts";
import type { Driven } from "./driver.ts";

/** An output is compared at no more positions than this. */
const MAX_SAMPLES = 4;
/**
 * The values that are tried for symbolic sizes, in this order: 2 if the model accepts it, else the smallest that
 * it accepts.
 */
const SIZES = [2, 3, 4, 8, 16, 32, 64, 128, 256];
/** The evaluator is slow, so a model with more elements than this gets no self test. */
const MAX_ELEMENTS = 2 ** 22;
/** A result may differ by this many times the error that was measured for the plan. */
const ERROR_MARGIN = 4;
/** A result may always differ by this share of the largest value: by 16 units in the last place of a float32. */
const MIN_SHARE = 2 ** -19;
/** The smallest positive float32 with full precision. */
const MIN_NORMAL = 2 ** -126;

/** The weights of a net, by their values and as a model holds them. */
type Weighed = Pick<Driven, "state" | "held">;

/** A net that accepts some sizes at which it can be evaluated here. This does not depend on its weights. */
export interface Testable {
  readonly tensors: TensorGraph;
  readonly plan: Plan;
  readonly types: readonly TensorType[];
  /** The sizes to try; the net accepts the first of them. */
  readonly sizes: readonly SizeValues[];
}

/** The net with sizes for its test; undefined if no sizes fit, or if the model is too large to evaluate here. */
export function testable({ graph, plan, mode }: Driven): Testable | undefined {
  const tensors = expanded(graph, mode);
  const types = graph.inputs.map(({ value }) => value.node.types[value.result]!);
  const symbols = new Set(types.flatMap(({ shape }) => shape.flatMap((dim) => [...symbolsOf(extent(dim))])));
  const sizes = SIZES.map((size): SizeValues => new Map([...symbols].map((name) => [name, size])));
  const first = sizes.findIndex((at) => fits(tensors, types, at));
  return first < 0 ? undefined : { tensors, plan, types, sizes: sizes.slice(first) };
}

function fits(tensors: TensorGraph, types: readonly TensorType[], sizes: SizeValues): boolean {
  if (types.some((type) => shapeOf(type, sizes).some((size) => size < 0))) return false;
  for (const { left, right, relation } of tensors.checks) {
    const [a, b] = [evaluateSize(left, sizes), evaluateSize(right, sizes)];
    const holds = { "==": a === b, "!=": a !== b, "<=": a <= b, ">=": a >= b };
    if (!holds[relation]) return false;
  }
  return tensors.nodes.reduce((sum, node) => sum + workOf(node.types[0]!, sizes), 0) <= MAX_ELEMENTS;
}

/**
 * The self test; undefined if the net with these weights accepts no input that was tried, or has no result that
 * can be compared.
 */
export function makeSelfTest(net: Testable, weights: Weighed): SelfTest | undefined {
  const { tensors, types, sizes } = net;
  for (const at of sizes) {
    if (!fits(tensors, types, at)) continue;
    for (const below of [2, 1]) {
      const outputs = tryAt(net, at, below, weights);
      if (outputs) return { shapes: types.map((type) => shapeOf(type, at)), below, outputs };
    }
  }
  return undefined;
}

function tryAt(
  { tensors, plan, types }: Testable,
  sizes: SizeValues,
  below: number,
  { state, held }: Weighed,
): Compared[] | undefined {
  try {
    const inputs = inputsAt(tensors, types, sizes, below);
    const evaluated = (stored?: (value: number) => number): ReturnType<typeof evaluate>["outputs"] => {
      const generator = plan.rng ? new FastGenerator(0) : new Generator(0);
      return evaluate(tensors, inputs, plain(state), sizes, stored, undefined, generator).outputs;
    };
    const outputs = evaluated();
    const decides = tensors.outputs.some(({ value }) => !isFloat(typeOf(value).dtype));
    const rounded = decides ? evaluated(Math.fround) : outputs;
    // The interpreter computes the same bits as the emitted code, and works also where text may not become code.
    const computed = interpret(plan, {
      inputs: stored(plan, inputs),
      parameters: dataOf(held),
      sizes,
    }).outputs;
    const compared = tensors.outputs.map(({ name, value }) => {
      const { data } = outputs[name]!;
      return isFloat(typeOf(value).dtype)
        ? near(data, computed[name]!)
        : { wanted: settled(data, rounded[name]!.data, computed[name]!), within: 0 };
    });
    if (!compared.every((one) => one !== undefined)) return undefined;
    return decides && compared.every(({ wanted }) => wanted.length === 0) ? undefined : compared;
  } catch (cause) {
    // If an index is out of range, or the sizes do not fit, other sizes are tried.
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

/**
 * The expected floats, and the tolerance. The error is measured over all values, not only those that are
 * compared: relative to the value, or to the largest of the samples if that is larger. Undefined if a sample is a
 * number in one result and not a number in the other.
 */
function near(exact: ArrayLike<number>, computed: ArrayLike<number>): Compared | undefined {
  const wanted = sampled(exact).map(asFloat32);
  const got = sampled(computed);
  if (!wanted.every((want, i) => Object.is(want, got[i]) || Number.isFinite(want - got[i]!)))
    return undefined;
  const largest = wanted
    .filter(Number.isFinite)
    .reduce((most, want) => Math.max(most, Math.abs(want)), MIN_NORMAL);
  let share = MIN_SHARE / ERROR_MARGIN;
  for (let i = 0; i < exact.length; i++) {
    const error = Math.abs(computed[i]! - exact[i]!) / Math.max(Math.abs(exact[i]!), largest);
    if (error > share && error < Infinity) share = error;
  }
  const within = roundedUp(ERROR_MARGIN * share * largest);
  return { wanted: wanted.map((want) => roundedTo(want, within)), within };
}

/** The value, limited to the largest float32. */
function asFloat32(value: number): number {
  return Number.isFinite(Math.fround(value)) ? value : Math.fround(value);
}

/**
 * The value rounded up to 1, 2 or 5 times a power of ten, so that engines with slightly different errors emit the
 * same text.
 */
function roundedUp(value: number): number {
  const exponent = Math.floor(Math.log10(value));
  const digit = [1, 2, 5, 10].find((one) => Number(`${one}e${exponent}`) >= value)!;
  return Number(`${digit}e${exponent}`);
}

/**
 * The value with so few digits that it changes by at most a quarter of `within`, as more digits decide nothing.
 */
function roundedTo(value: number, within: number): number {
  if (!Number.isFinite(value)) return value;
  const exponent = Math.ceil(Math.log10(within / 10) - 1e-9);
  return Number(`${Math.round(value / Number(`1e${exponent}`))}e${exponent}`);
}

/** The inputs in the form that a model takes. */
function stored({ inputs }: Plan, values: Readonly<Record<string, Plain>>): NamedArrays {
  const named = emptyRecord<NumberArray>();
  for (const { name, type } of inputs) named[name] = dtypeRows[type.dtype].array.from(values[name]!.data);
  return named;
}

function dataOf(held: Driven["held"]): NamedArrays {
  const named = emptyRecord<NumberArray>();
  for (const [path, { data }] of Object.entries(held)) named[path] = data as NumberArray;
  return named;
}

/** Makes inputs for sizes that are known to fit; four sizes of 256 would take 34 GB. */
function inputsAt(
  tensors: TensorGraph,
  types: readonly TensorType[],
  sizes: SizeValues,
  below: number,
): Record<string, Plain> {
  const inputs = emptyRecord<Plain>();
  tensors.inputs.forEach(({ name }, i) => {
    const { dtype } = types[i]!;
    const shape = shapeOf(types[i]!, sizes);
    const count = shape.reduce((product, size) => product * size, 1);
    const data = Float64Array.from({ length: count }, (_, at) =>
      Math.fround(selfTestValue(at, dtype, below)),
    );
    inputs[name] = { shape, data };
  });
  return inputs;
}

function workOf(type: TensorType, sizes: ReadonlyMap<string, number>): number {
  return type.shape.reduce<number>((product, dim) => product * evaluateSize(extent(dim), sizes), 1);
}

/**
 * The values of as many samples as are equal in all results. Integers and truth values may be the result of
 * comparing floats, and at a tie they depend on which floats were rounded to float32 on the way; kernels that
 * keep values in float64 do not round them.
 */
function settled(data: ArrayLike<number>, ...others: readonly ArrayLike<number>[]): number[] {
  for (let most = MAX_SAMPLES; most > 0; most--) {
    const wanted = sampled(data, most);
    if (others.every((other) => sampled(other, most).every((value, i) => value === wanted[i]))) return wanted;
  }
  return [];
}

function sampled(data: ArrayLike<number>, most: number = MAX_SAMPLES): number[] {
  const count = Math.min(most, data.length);
  return Array.from({ length: count }, (_, i) => data[Math.floor((i * data.length) / count)]!);
}

function plain(state: Driven["state"]): Record<string, Plain> {
  // Parameters are f32, i32 or bool, so none of their values are bigints.
  return state as unknown as Record<string, Plain>;
}
