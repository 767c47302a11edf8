/** The values of a model's parameters: drawn as PyTorch draws them, or given. */
import { Generator, normal, uniform } from "../runtime/random.ts";
import type { Tensor } from "../runtime/tensor.ts";
import type { Init, Parameter } from "./ir/graph.ts";
import type { Dtype } from "./ir/types.ts";

export type State = Record<string, Tensor>;

/**
 * Fresh values for all parameters, in the order of construction: equal to a PyTorch model built after
 * `torch.manual_seed(seed)`. Parameters that were given are drawn all the same, so that the others do not
 * depend on which were given.
 */
export function initialize(parameters: readonly Parameter[], seed: number): State {
  const generator = new Generator(seed);
  const state: State = {};
  for (const { path, type, init } of parameters) {
    const shape = type.shape.map((dim) => {
      if (typeof dim !== "number") throw new Error(`the shape of ${path} is not fixed`);
      return dim;
    });
    const count = shape.reduce((product, size) => product * size, 1);
    const dtype = type.dtype as "f32" | "i32";
    state[path] = { dtype, shape, data: draw(generator, init, count, shape, type.dtype) };
  }
  return state;
}

function draw(
  generator: Generator,
  init: Init,
  count: number,
  shape: readonly number[],
  dtype: Dtype,
): Float32Array | Int32Array {
  if (dtype === "i32") return new Int32Array(count).fill(init.kind === "constant" ? init.value : 0);
  switch (init.kind) {
    case "constant":
      return new Float32Array(count).fill(init.value);
    case "uniform":
      return uniform(generator, count, init.low, init.high);
    case "normal": {
      const values = normal(generator, count, init.mean, init.std);
      const row = count / (shape[0] ?? 1);
      if (init.zeroRow !== undefined) values.fill(0, init.zeroRow * row, (init.zeroRow + 1) * row);
      return values;
    }
  }
}

/** What is wrong with given weights, one text each; their values replace those in the state. */
export function assign(
  state: State,
  parameters: readonly Parameter[],
  weights: Readonly<Record<string, Tensor>>,
  strict: boolean,
): string[] {
  const problems: string[] = [];
  const used = new Set<string>();
  for (const parameter of parameters) {
    const { path, aliases } = parameter;
    const names = [path, ...aliases].filter((name) => Object.hasOwn(weights, name));
    names.forEach((name) => used.add(name));
    const [name] = names;
    if (name === undefined) {
      if (strict && !mayLack(parameter)) problems.push(`missing: ${path} [${state[path]!.shape.join(", ")}]`);
      continue;
    }
    const given = weights[name];
    if (!isTensor(given)) {
      problems.push(`${name} is not a tensor: { dtype, shape, data } with as many data as the shape says`);
      continue;
    }
    const { shape, dtype } = state[path]!;
    if (String(given.shape) !== String(shape)) {
      problems.push(
        `${name} has shape [${given.shape.join(", ")}], but the model wants [${shape.join(", ")}]`,
      );
      continue;
    }
    state[path] = { dtype, shape, data: converted(given, dtype) };
  }
  if (strict) {
    for (const name of Object.keys(weights)) if (!used.has(name)) problems.push(`unexpected: ${name}`);
  }
  return problems;
}

/** Counters among the buffers: state dicts of older PyTorch lack them, and they start at 0. */
function mayLack({ role, type }: Parameter): boolean {
  return role === "buffer" && type.dtype === "i32" && type.shape.length === 0;
}

/** Callers in JavaScript may give anything. */
function isTensor(given: Partial<Tensor> | null | undefined): given is Tensor {
  if (!Array.isArray(given?.shape) || given.data === undefined) return false;
  return given.data.length === (given.shape as number[]).reduce((product, size) => product * size, 1);
}

/** A copy in the parameter's dtype, as `load_state_dict` converts. */
function converted(given: Tensor, dtype: Tensor["dtype"]): Float32Array | Int32Array {
  const { data } = given;
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  const values = wide ? Array.from(data as Iterable<bigint>, Number) : (data as ArrayLike<number>);
  return dtype === "i32" ? Int32Array.from(values) : Float32Array.from(values);
}
