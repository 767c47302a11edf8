/** The numbers a module compares itself with: the reference evaluator's, on made-up input. */
import { selfTestValue, type SelfTest } from "./emit/support.ts";
import { evaluate, shapeOf, type Plain, type Sizes } from "./ir/evaluate.ts";
import { typeOf } from "./ir/graph.ts";
import { emptyRecord } from "./ir/names.ts";
import type { TensorGraph } from "./ir/pass.ts";
import { evaluate as evaluateSize, symbolsOf } from "./ir/size.ts";
import { extent, type TensorType } from "./ir/types.ts";
import { expand } from "./passes/expand.ts";
import type { Driven } from "./driver.ts";

/** No output is compared at more positions than this. */
const SAMPLES = 8;
/** Symbolic sizes to try: 2 where the model takes it, else the least that it takes. */
const SIZES = [2, 3, 4, 8, 16, 32, 64, 128, 256];
/** The evaluator is plain; a model of more work than this gets no self test. */
const MOST_ELEMENTS = 2 ** 22;

/** A net that takes some sizes at which it can be evaluated here. What its weights are does not count. */
export interface Testable {
  readonly tensors: TensorGraph;
  readonly types: readonly TensorType[];
  /** Sizes to try; the first of them fit. */
  readonly sizes: readonly Sizes[];
}

/** Undefined where no sizes fit, or the model is too large to evaluate here. */
export function testable({ graph, mode }: Driven): Testable | undefined {
  const tensors = expand(mode).run(graph);
  const types = graph.inputs.map(({ value }) => value.node.types[value.result]!);
  const symbols = new Set(types.flatMap(({ shape }) => shape.flatMap((dim) => [...symbolsOf(extent(dim))])));
  const sizes = SIZES.map((size): Sizes => new Map([...symbols].map((name) => [name, size])));
  const first = sizes.findIndex((at) => fits(tensors, types, at));
  return first < 0 ? undefined : { tensors, types, sizes: sizes.slice(first) };
}

function fits(tensors: TensorGraph, types: readonly TensorType[], sizes: Sizes): boolean {
  if (types.some((type) => shapeOf(type, sizes).some((size) => size < 0))) return false;
  for (const { left, right, relation } of tensors.checks) {
    const [a, b] = [evaluateSize(left, sizes), evaluateSize(right, sizes)];
    const holds = { "==": a === b, "!=": a !== b, "<=": a <= b, ">=": a >= b };
    if (!holds[relation]) return false;
  }
  return tensors.nodes.reduce((sum, node) => sum + workOf(node.types[0]!, sizes), 0) <= MOST_ELEMENTS;
}

/** Undefined where the net with these weights takes no input that was tried, or gives nothing that can be compared. */
export function makeSelfTest(
  { tensors, types, sizes }: Testable,
  state: Driven["state"],
): SelfTest | undefined {
  for (const at of sizes) {
    if (!fits(tensors, types, at)) continue;
    for (const below of [2, 1]) {
      const wanted = tryAt(tensors, types, at, below, state);
      if (wanted) return { shapes: types.map((type) => shapeOf(type, at)), below, wanted };
    }
  }
  return undefined;
}

function tryAt(
  tensors: TensorGraph,
  types: readonly TensorType[],
  sizes: Sizes,
  below: number,
  state: Driven["state"],
): number[][] | undefined {
  try {
    const inputs = inputsAt(tensors, types, sizes, below);
    const { outputs } = evaluate(tensors, inputs, plain(state), sizes);
    const decides = tensors.outputs.some(({ value }) => typeOf(value).dtype !== "f32");
    const rounded = decides ? evaluate(tensors, inputs, plain(state), sizes, Math.fround).outputs : outputs;
    const wanted = tensors.outputs.map(({ name, value }) => {
      const { data } = outputs[name]!;
      return typeOf(value).dtype === "f32" ? sampled(data) : settled(data, rounded[name]!.data);
    });
    return decides && wanted.flat().length === 0 ? undefined : wanted;
  } catch (cause) {
    // An index out of range, or sizes that do not fit: other sizes are tried.
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

/** Only once the sizes are known to fit: four of 256 are 34 GB. */
function inputsAt(
  tensors: TensorGraph,
  types: readonly TensorType[],
  sizes: Sizes,
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
 * As many samples as are the same in both: integers and truths tell how floats compare, and at a tie that is a matter
 * of which of them were rounded on the way, as kernels that keep them do.
 */
function settled(data: ArrayLike<number>, rounded: ArrayLike<number>): number[] {
  for (let most = SAMPLES; most > 0; most--) {
    const [wanted, others] = [sampled(data, most), sampled(rounded, most)];
    if (wanted.every((value, i) => Object.is(value, others[i]))) return wanted;
  }
  return [];
}

function sampled(data: ArrayLike<number>, most: number = SAMPLES): number[] {
  const count = Math.min(most, data.length);
  return Array.from({ length: count }, (_, i) => data[Math.floor((i * data.length) / count)]!);
}

function plain(state: Driven["state"]): Record<string, Plain> {
  // Parameters are f32, i32 and bool: no data of theirs are bigints.
  return state as unknown as Record<string, Plain>;
}
