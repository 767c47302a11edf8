/** The values of a model's parameters: given by their names, or drawn as PyTorch draws them. */
import { castTo } from "../ir/maps/apply-map.ts";
import { Generator, normal, skipNormal, truncatedNormal, uniform } from "../../runtime/random.ts";
import { sizeOf, type Tensor } from "../../runtime/tensor.ts";
import {
  bytesPerElement,
  dtypeRows,
  isInteger,
  languageDtype,
  type Dtype,
  type LanguageDtype,
  type NumberArray,
} from "../ir/dtype.ts";
import { isCounter, type Init, type Parameter } from "../ir/graph/graph.ts";
import { emptyRecord } from "../ir/text/identifiers.ts";

export type Weights = Readonly<Record<string, Tensor>>;
export type State = Record<string, Tensor>;

/** A tensor's name with its shape. */
export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The result of comparing given weights with the parameters of a model. */
export interface Match {
  /** The tensors by the path of the parameter that each fills. */
  readonly found: ReadonlyMap<string, Tensor>;
  /**
   * Parameters that were not given. Counters may be missing, as in the state dicts of older PyTorch; they then
   * start at 0.
   */
  readonly missing: readonly NamedShape[];
  readonly unexpected: readonly NamedShape[];
  readonly misshaped: readonly (NamedShape & { readonly wanted: readonly number[] })[];
  /** Tensors that cannot be used for another reason, described in words. */
  readonly unusable: readonly string[];
}

export function match(parameters: readonly Parameter[], weights: Weights): Match {
  const found = new Map<string, Tensor>();
  const missing: NamedShape[] = [];
  const misshaped: (NamedShape & { readonly wanted: readonly number[] })[] = [];
  const unusable: string[] = [];
  const known = new Set<string>();
  for (const parameter of parameters) {
    const { path, aliases, type } = parameter;
    const wanted = parameterShape(parameter);
    const names = [path, ...aliases].filter((name) => Object.hasOwn(weights, name));
    if (names.length === 0 && !isCounter(parameter)) missing.push({ name: path, shape: wanted });
    for (const name of names) {
      known.add(name);
      const given = weights[name]!;
      const first = found.get(path);
      const wrong = isComplete(given)
        ? unheld(given, type.dtype)
        : "is not a tensor: { dtype, shape, data } with as many data as the shape says";
      if (wrong !== undefined) unusable.push(`${name} ${wrong}`);
      else if (!takes(wanted, given.shape)) misshaped.push({ name, shape: given.shape, wanted });
      else if (first === undefined) found.set(path, given);
      else if (!sameValues(first, given))
        unusable.push(`${name} is the same tensor as ${names[0]!} in the model, but its values differ`);
    }
  }
  const unexpected = Object.entries(weights)
    .filter(([name]) => !known.has(name))
    .map(([name, given]) => ({ name, shape: isComplete(given) ? given.shape : [] }));
  return { found, missing, unexpected, misshaped, unusable };
}

/** Whether a value is a tensor; callers in JavaScript may pass anything. */
export function isComplete(given: Partial<Tensor> | null | undefined): given is Tensor {
  return Array.isArray(given?.shape) && given.data?.length === sizeOf(given.shape as number[]);
}

/** Whether the shape fits. As in PyTorch, a scalar may be given as a list of one. */
function takes(wanted: readonly number[], given: readonly number[]): boolean {
  return String(given) === String(wanted) || (wanted.length === 0 && String(given) === "1");
}

/**
 * Says why the dtype cannot hold the values. Integers beyond 32 bits would change; fractions are cut off, as
 * `load_state_dict` does.
 */
function unheld({ data }: Tensor, dtype: Dtype): string | undefined {
  if (!isInteger(dtype) || data instanceof dtypeRows[dtype].array) return undefined;
  for (const value of data) {
    const whole = Math.trunc(Number(value));
    if (whole !== castTo(dtype, whole)) return `holds ${value}, which is no ${dtype}`;
  }
  return undefined;
}

function sameValues(a: Tensor, b: Tensor): boolean {
  for (let i = 0; i < a.data.length; i++) {
    const [left, right] = [Number(a.data[i]), Number(b.data[i])];
    if (left !== right && !(Number.isNaN(left) && Number.isNaN(right))) return false;
  }
  return true;
}

/**
 * Copies of the tensors that were found, in the dtypes of their parameters, and initial values for the others:
 * those of a PyTorch model built after `torch.manual_seed(seed)`. All parameters are drawn, in the order of
 * construction, so the values do not depend on which were given. If a generator is passed instead of a seed, it
 * continues from its state.
 */
export function fill(
  parameters: readonly Parameter[],
  found: ReadonlyMap<string, Tensor>,
  seed: number | bigint | Generator,
): State {
  const generator = seed instanceof Generator ? seed : new Generator(seed);
  const state: State = emptyRecord();
  const last = parameters.findLastIndex(({ path }) => !found.has(path));
  // Initial values that other parameters begin with are drawn even if the parameter itself was given.
  const sources = new Set(
    parameters.flatMap(({ path, init }) => (init.kind === "copy" && !found.has(path) ? [init.of] : [])),
  );
  const drawn = new Map<string, NumberArray>();
  for (const [i, parameter] of parameters.entries()) {
    const { path, init } = parameter;
    const shape = parameterShape(parameter);
    const dtype = languageDtype(parameter.type);
    const given = found.get(path);
    const begin = !given || sources.has(path) ? initial(generator, init, { shape, dtype, drawn }) : undefined;
    if (begin && sources.has(path)) drawn.set(path, begin);
    const data = given ? copied(given, dtype) : begin!;
    state[path] = { dtype, shape, data };
    if (!begin && i < last) pass(generator, init, data.length);
  }
  return state;
}

/** Below 1 GB, memory is allocated without first checking that there is as much. */
const MIN_PROBED_BYTES = 1e9;

/**
 * The bytes that the parameters take, if there is no room for them; undefined otherwise. Drawing them would take
 * long before it failed.
 */
export function lackingRoom(parameters: readonly Parameter[]): number | undefined {
  const counts = parameters.map((parameter) => sizeOf(parameterShape(parameter)));
  const bytes = parameters.reduce((sum, { type }, i) => sum + counts[i]! * bytesPerElement(type.dtype), 0);
  if (bytes < MIN_PROBED_BYTES) return undefined;
  if (bytes > free()) return bytes;
  try {
    // All arrays are allocated at once. Nothing is written to them, so the system does not provide memory for
    // them yet.
    const room = parameters.map(({ type }, i) => new ArrayBuffer(counts[i]! * bytesPerElement(type.dtype)));
    return room.length === parameters.length ? undefined : bytes;
  } catch (cause) {
    if (cause instanceof RangeError) return bytes;
    throw cause;
  }
}

/** The memory left to this process, if the engine tells. The system alone promises more than it has. */
function free(): number {
  return (globalThis as Partial<typeof globalThis>).process?.availableMemory?.() ?? Infinity;
}

/** The shape of a parameter, whose sizes are fixed. */
export function parameterShape({ path, type }: Parameter): number[] {
  return type.shape.map((dim) => {
    if (typeof dim !== "number") throw new Error(`the shape of ${path} is not fixed`);
    return dim;
  });
}

function copied({ data }: Tensor, dtype: LanguageDtype): NumberArray {
  if (dtype === "bool")
    return Uint8Array.from(data as ArrayLike<number | bigint>, (value) => (Number(value) === 0 ? 0 : 1));
  const isWide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  return new dtypeRows[dtype].array(isWide ? Array.from(data, Number) : data);
}

function initial(
  generator: Generator,
  init: Init,
  {
    shape,
    dtype,
    drawn,
  }: {
    readonly shape: readonly number[];
    readonly dtype: LanguageDtype;
    readonly drawn: ReadonlyMap<string, NumberArray>;
  },
): NumberArray {
  const count = sizeOf(shape);
  switch (init.kind) {
    case "constant":
      pass(generator, init, count);
      return new dtypeRows[dtype].array(count).fill(init.value);
    case "eye": {
      const [rows, columns] = shape as [number, number];
      const values = new dtypeRows[dtype].array(count);
      for (let i = 0; i < Math.min(rows, columns); i++) values[i * columns + i] = 1;
      return values;
    }
    case "uniform":
      generator.skip(init.after ?? 0);
      return uniform(generator, count, init.low, init.high);
    case "normal": {
      const values = normal(generator, count, init.mean, init.std);
      const row = count / (shape[0] ?? 1);
      if (init.zeroRow !== undefined) values.fill(0, init.zeroRow * row, (init.zeroRow + 1) * row);
      return values;
    }
    case "truncated":
      return truncatedNormal(generator, count, init.mean, init.std, init.low, init.high);
    case "copy": {
      const source = drawn.get(init.of);
      if (source?.length !== count) throw new Error(`${init.of}, whose values are copied, stands elsewhere`);
      return new dtypeRows[dtype].array(source);
    }
  }
}

/** Advances the generator as if `count` initial values had been drawn. */
function pass(generator: Generator, init: Init, count: number): void {
  if (init.kind === "normal") skipNormal(generator, count);
  else if (init.kind === "uniform") generator.skip((init.after ?? 0) + count);
  else if (init.kind === "truncated") generator.skip(count);
  else if (init.kind === "constant" && init.drawn) generator.skip(count);
}
