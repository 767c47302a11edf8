/**
 * The meaning of a plan: its calls run one after the other, statement by statement. It accepts the plan after every
 * pass, so tests can tell which pass changed a result. It is stricter than emitted code: an access outside a buffer is
 * an error, and memory that was never written holds NaN.
 */
import { FastGenerator, Generator } from "../../../runtime/random.ts";
import { applyMap, castTo } from "../maps/apply-map.ts";
import { dtypeRows, isFloat, type Dtype, type NumberArray } from "../dtype.ts";
import type { Buffer, Call, Expression, Kernel, Plan, PlanType, Slot, Statement, Store } from "./plan.ts";
import { draws } from "../graph/draws.ts";
import { reductions, type MapName } from "../graph/primitives.ts";
import { eachCall } from "./each-call.ts";
import { evaluateSize, type Size } from "../size/size.ts";
import { elements } from "../types.ts";

export type NamedArrays = Readonly<Record<string, NumberArray>>;

export interface Interpreted {
  readonly outputs: NamedArrays;
  /** The new values of buffers, by path. */
  readonly updates: NamedArrays;
}

/** Runs `prepare` and `run` once. The arrays of `given` are not modified. */
export function interpret(
  plan: Plan,
  given: {
    readonly inputs: NamedArrays;
    readonly parameters: NamedArrays;
    readonly sizes: ReadonlyMap<string, number>;
    /** From which random numbers are drawn; by default one with seed 0. */
    readonly generator?: Generator;
  },
): Interpreted {
  const outputs = Object.fromEntries(
    plan.outputs.map(({ name, type }) => [
      name,
      allocate(type.dtype, evaluateSize(elements(type.shape), given.sizes)),
    ]),
  );
  const inputs = Object.fromEntries(
    Object.entries(given.inputs).map(([name, data]) => [
      name,
      data instanceof Uint8Array ? data.map((x) => x && 1) : data,
    ]),
  );
  const named = { input: inputs, parameter: given.parameters, output: outputs };
  const memory = new Memory(named, given.sizes);
  const { generator = plan.rng ? new FastGenerator(0) : new Generator(0) } = given;
  for (const half of ["prepare", "run"] as const) {
    memory.enter(plan.slots[half]);
    eachCall(plan[half], half === "run" ? plan.loops : [], memory.sizes, (call) =>
      runCall(call, memory, generator),
    );
  }
  // Parameters are kept as float32, even where the kernels of a run compute float64.
  const updates = plan.updates.map(({ path, from }) => {
    const data = memory.of(from);
    return [path, data instanceof Float64Array ? Float32Array.from(data) : data.slice()] as const;
  });
  return { outputs, updates: Object.fromEntries(updates) };
}

/** The arrays of buffers: given by name, kept for the whole run, or in the slots of one half. */
class Memory {
  /** The values of sizes, and the numbers of the steps of loops. */
  readonly sizes: Map<string, number>;
  readonly #named: Readonly<Record<"input" | "parameter" | "output", NamedArrays>>;
  readonly #kept = new Map<Buffer, NumberArray>();
  #slots: readonly NumberArray[] = [];

  constructor(
    named: Readonly<Record<"input" | "parameter" | "output", NamedArrays>>,
    sizes: ReadonlyMap<string, number>,
  ) {
    this.#named = named;
    this.sizes = new Map(sizes);
  }

  enter(slots: readonly Slot[]): void {
    this.#slots = slots.map((slot) =>
      allocate(slot.dtype, Math.max(...slot.sizes.map((size) => evaluateSize(size, this.sizes)))),
    );
  }

  of(buffer: Buffer): NumberArray {
    const { storage, name, dtype, slot } = buffer;
    const size = evaluateSize(buffer.size, this.sizes);
    if (storage === "input" || storage === "parameter" || storage === "output") {
      const data = this.#named[storage][name];
      if (!data) throw new Error(`${storage} ${name} is not given`);
      if (data.length !== size) throw new Error(`${storage} ${name} has ${data.length} values, not ${size}`);
      return data;
    }
    if (slot !== undefined) return this.#slots[slot]!.subarray(0, size);
    let data = this.#kept.get(buffer);
    if (!data) this.#kept.set(buffer, (data = allocate(dtype, size)));
    return data;
  }
}

function allocate(dtype: Dtype, size: number): NumberArray {
  const data = new dtypeRows[dtype].array(size);
  return isFloat(dtype) ? data.fill(NaN) : data;
}

function runCall({ kernel, buffers, sizes }: Call, memory: Memory, generator: Generator): void {
  const data = new Map(kernel.buffers.map((buffer, i) => [buffer.name, memory.of(buffers[i]!)]));
  const locals = new Map(kernel.sizes.map((name, i) => [name, evaluateSize(sizes[i]!, memory.sizes)]));
  new Frame(kernel, data, locals, generator).run(kernel.body);
}

/** A number, or the numbers in the lanes of a vector. */
type Value = number | readonly number[];

/** The evaluation of one call of a kernel. */
class Frame {
  readonly #kernel: Kernel;
  readonly #data: ReadonlyMap<string, NumberArray>;
  readonly #generator: Generator;
  /** The values of sizes, loop variables and integer locals. */
  readonly #integers: Map<string, number>;
  /** The values of locals and accumulators. */
  readonly #locals = new Map<string, Value>();
  /** The values of expressions in the current statement, where a subexpression may occur many times. */
  readonly #known = new Map<Expression, Value>();

  constructor(
    kernel: Kernel,
    data: ReadonlyMap<string, NumberArray>,
    sizes: Map<string, number>,
    generator: Generator,
  ) {
    this.#kernel = kernel;
    this.#generator = generator;
    this.#data = data;
    this.#integers = sizes;
  }

  run(statements: readonly Statement[]): void {
    for (const statement of statements) this.#statement(statement);
  }

  #statement(statement: Statement): void {
    switch (statement.kind) {
      case "loop": {
        const to = this.#size(statement.to);
        for (let i = this.#size(statement.from); i < to; i += statement.step) {
          this.#integers.set(statement.index, i);
          this.run(statement.body);
        }
        return;
      }
      case "let": {
        const value = this.#root(statement.value);
        this.#locals.set(statement.name, value);
        if (typeof value === "number") this.#integers.set(statement.name, value);
        return;
      }
      case "accumulator": {
        const { identity } = reductions[statement.reduce];
        this.#locals.set(statement.name, repeated(identity, statement.type));
        return;
      }
      case "accumulate": {
        const { combine } = reductions[statement.reduce];
        const sum = this.#local(statement.name);
        const value = this.#root(statement.value);
        this.#locals.set(statement.name, byLane(combine, statement.type, [sum, value]));
        return;
      }
      case "store":
        this.#store(statement);
        return;
      case "draw": {
        const { draw, numbers, buffer, count, from } = statement;
        const x = from === undefined ? [] : this.#buffer(from);
        this.#buffer(buffer).set(draws[draw].draw(this.#generator, this.#size(count), numbers, x));
        return;
      }
      case "check":
        checkRange(this.#local(statement.name) as number, this.#size(statement.below), statement.message);
    }
  }

  #store({ buffer, at, index, stride = 1, step = 1, value, zeroWhere }: Store): void {
    const data = this.#buffer(buffer);
    const offset = index ? (this.#root(index) as number) * this.#size(stride) : 0;
    const first = this.#size(at) + offset;
    const apart = this.#size(step);
    const zero = zeroWhere !== undefined && this.#root(zeroWhere) !== 0;
    const stored = zero ? 0 : this.#root(value);
    // The typed array rounds to f32 or wraps to i32.
    lanesOf(stored).forEach(
      (number, lane) => (data[this.#place(buffer, data, first + lane * apart)] = number),
    );
  }

  #root(e: Expression): Value {
    this.#known.clear();
    return this.#value(e);
  }

  #value(e: Expression): Value {
    if (e.kind === "number") return repeated(e.value, e.type);
    if (e.kind === "local") return this.#local(e.name);
    let value = this.#known.get(e);
    if (value === undefined) this.#known.set(e, (value = this.#compute(e)));
    return value;
  }

  #compute(e: Exclude<Expression, { kind: "number" | "local" }>): Value {
    switch (e.kind) {
      case "size":
        return this.#size(e.size);
      case "load":
        return this.#load(e);
      case "map":
        return this.#map(e);
      case "cast": {
        const cast = (number: number): number => castTo(e.type.dtype, number);
        const value = this.#value(e.operand);
        return typeof value === "number" ? repeated(cast(value), e.type) : value.map(cast);
      }
      case "guard": {
        const at = this.#size(e.at);
        const isInside = at >= 0 && at < this.#size(e.below);
        return isInside ? this.#value(e.operand) : repeated(e.fallback, e.type);
      }
      case "checked":
        return checkRange(this.#value(e.operand) as number, this.#size(e.below), e.message);
      case "across":
        return across(reductions[e.reduce].combine, e.type, lanesOf(this.#value(e.operand)));
    }
  }

  #load({ buffer, at, index, stride = 1, step = 1, type }: Extract<Expression, { kind: "load" }>): Value {
    const data = this.#buffer(buffer);
    // Statistics begin with the first value, which does not exist where there are no values. In JS this reads
    // undefined and does no harm.
    if (data.length === 0) return repeated(NaN, type);
    const offset = index ? (this.#value(index) as number) * this.#size(stride) : 0;
    const first = this.#size(at) + offset;
    const apart = this.#size(step);
    const number = (lane: number): number => {
      const value = data[this.#place(buffer, data, first + lane * apart)]!;
      return type.dtype === "f32" ? Math.fround(value) : value;
    };
    return type.lanes === 1 ? number(0) : Array.from({ length: type.lanes }, (_, lane) => number(lane));
  }

  #map({ map, operands, type }: Extract<Expression, { kind: "map" }>): Value {
    // Only the chosen branch is evaluated: the other may read outside its buffer.
    if (map === "select" && type.lanes === 1)
      return this.#value(operands[this.#value(operands[0]!) === 0 ? 2 : 1]!);
    return byLane(
      map,
      type,
      operands.map((operand) => this.#value(operand)),
    );
  }

  #size(size: Size): number {
    return evaluateSize(size, this.#integers);
  }

  #local(name: string): Value {
    const value = this.#locals.get(name) ?? this.#integers.get(name);
    if (value === undefined) throw new Error(`${this.#kernel.name} uses ${name} before it is computed`);
    return value;
  }

  #buffer(name: string): NumberArray {
    const data = this.#data.get(name);
    if (!data) throw new Error(`${this.#kernel.name} has no buffer ${name}`);
    return data;
  }

  #place(name: string, data: NumberArray, at: number): number {
    if (Number.isInteger(at) && at >= 0 && at < data.length) return at;
    throw new Error(`${this.#kernel.name} reaches ${name}[${at}], which has ${data.length} values`);
  }
}

function lanesOf(value: Value): readonly number[] {
  return typeof value === "number" ? [value] : value;
}

/** The number in each lane of a type. */
function repeated(number: number, { lanes }: PlanType): Value {
  return lanes === 1 ? number : new Array<number>(lanes).fill(number);
}

/** The value of a map on each lane of its operands. */
function byLane(map: MapName, type: PlanType, operands: readonly Value[]): Value {
  const [x, y, z] = operands;
  if (type.lanes === 1) return computed(map, type, x as number, y as number, z as number);
  const at = (value: Value | undefined, lane: number): number =>
    (value as readonly number[] | undefined)?.[lane] ?? 0;
  return Array.from({ length: type.lanes }, (_, lane) =>
    computed(map, type, at(x, lane), at(y, lane), at(z, lane)),
  );
}

/** The lanes combined to one number: the first half with the second, until there is one. */
function across(map: MapName, type: PlanType, lanes: readonly number[]): number {
  if (lanes.length === 1) return lanes[0]!;
  const half = lanes.length / 2;
  return across(
    map,
    type,
    lanes.slice(0, half).map((x, lane) => computed(map, type, x, lanes[lane + half])),
  );
}

/** The value of a map of this type: i32 wraps, and f32 is rounded. */
function computed(map: MapName, { dtype }: PlanType, x: number, y?: number, z?: number): number {
  const value = applyMap(map, dtypeRows[dtype].wraps, x, y, z);
  return dtype === "f32" ? Math.fround(value) : value;
}

function checkRange(value: number, below: number, message: string): number {
  if (value >= 0 && value < below) return value;
  throw new RangeError(`${message}: index ${value} is not in 0..${below - 1}`);
}
