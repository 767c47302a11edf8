/**
 * The meaning of a plan: its calls run one after the other, statement by statement. It accepts the plan after every
 * pass, so tests can tell which pass changed a result. It is stricter than emitted code: an access outside a buffer is
 * an error, and memory that was never written holds NaN.
 */
import { applyMap, castTo } from "../maps/apply-map.ts";
import { dtypeRows, isFloat, type Dtype, type NumberArray } from "../dtype.ts";
import type { Buffer, Call, Expression, Kernel, Plan, PlanType, Slot, Statement, Store } from "./plan.ts";
import { reductions, type MapName } from "../graph/primitives.ts";
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
  for (const half of ["prepare", "run"] as const) {
    memory.enter(plan.slots[half]);
    for (const call of plan[half]) runCall(call, memory);
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
  readonly sizes: ReadonlyMap<string, number>;
  readonly #named: Readonly<Record<"input" | "parameter" | "output", NamedArrays>>;
  readonly #kept = new Map<Buffer, NumberArray>();
  #slots: readonly NumberArray[] = [];

  constructor(
    named: Readonly<Record<"input" | "parameter" | "output", NamedArrays>>,
    sizes: ReadonlyMap<string, number>,
  ) {
    this.#named = named;
    this.sizes = sizes;
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

function runCall({ kernel, buffers, sizes }: Call, memory: Memory): void {
  const data = new Map(kernel.buffers.map((buffer, i) => [buffer.name, memory.of(buffers[i]!)]));
  const locals = new Map(kernel.sizes.map((name, i) => [name, evaluateSize(sizes[i]!, memory.sizes)]));
  new Frame(kernel, data, locals).run(kernel.body);
}

/** The evaluation of one call of a kernel. */
class Frame {
  readonly #kernel: Kernel;
  readonly #data: ReadonlyMap<string, NumberArray>;
  /** The values of sizes, loop variables, locals and accumulators. */
  readonly #locals: Map<string, number>;
  /** The values of expressions in the current statement, where a subexpression may occur many times. */
  readonly #known = new Map<Expression, number>();

  constructor(kernel: Kernel, data: ReadonlyMap<string, NumberArray>, locals: Map<string, number>) {
    this.#kernel = kernel;
    this.#data = data;
    this.#locals = locals;
  }

  run(statements: readonly Statement[]): void {
    for (const statement of statements) this.#statement(statement);
  }

  #statement(statement: Statement): void {
    switch (statement.kind) {
      case "loop": {
        const to = this.#size(statement.to);
        for (let i = this.#size(statement.from); i < to; i += statement.step) {
          this.#locals.set(statement.index, i);
          this.run(statement.body);
        }
        return;
      }
      case "let":
        this.#locals.set(statement.name, this.#root(statement.value));
        return;
      case "accumulator":
        this.#locals.set(statement.name, reductions[statement.reduce].identity);
        return;
      case "accumulate": {
        const { combine } = reductions[statement.reduce];
        const sum = this.#local(statement.name);
        this.#locals.set(statement.name, computed(combine, statement.type, sum, this.#root(statement.value)));
        return;
      }
      case "store":
        this.#store(statement);
        return;
      case "check":
        checkRange(this.#local(statement.name), this.#size(statement.below), statement.message);
    }
  }

  #store({ buffer, at, index, stride = 1, value, zeroWhere }: Store): void {
    const data = this.#buffer(buffer);
    const offset = index ? this.#root(index) * this.#size(stride) : 0;
    const place = this.#place(buffer, data, this.#size(at) + offset);
    const zero = zeroWhere !== undefined && this.#root(zeroWhere) !== 0;
    data[place] = zero ? 0 : this.#root(value); // the typed array rounds to f32 or wraps to i32
  }

  #root(e: Expression): number {
    this.#known.clear();
    return this.#value(e);
  }

  #value(e: Expression): number {
    if (e.kind === "number") return e.value;
    if (e.kind === "local") return this.#local(e.name);
    let value = this.#known.get(e);
    if (value === undefined) this.#known.set(e, (value = this.#compute(e)));
    return value;
  }

  #compute(e: Exclude<Expression, { kind: "number" | "local" }>): number {
    switch (e.kind) {
      case "size":
        return this.#size(e.size);
      case "load": {
        const data = this.#buffer(e.buffer);
        // Statistics begin with the first value, which does not exist where there are no values. In JS this reads
        // undefined and does no harm.
        if (data.length === 0) return NaN;
        const offset = e.index ? this.#value(e.index) * this.#size(e.stride ?? 1) : 0;
        const value = data[this.#place(e.buffer, data, this.#size(e.at) + offset)]!;
        return e.type.dtype === "f32" ? Math.fround(value) : value;
      }
      case "map":
        return this.#map(e);
      case "cast":
        return castTo(e.type.dtype, this.#value(e.operand));
      case "guard": {
        const at = this.#size(e.at);
        return at >= 0 && at < this.#size(e.below) ? this.#value(e.operand) : e.fallback;
      }
      case "checked":
        return checkRange(this.#value(e.operand), this.#size(e.below), e.message);
    }
  }

  #map({ map, operands, type }: Extract<Expression, { kind: "map" }>): number {
    // Only the chosen branch is evaluated: the other may read outside its buffer.
    if (map === "select") return this.#value(operands[this.#value(operands[0]!) === 0 ? 2 : 1]!);
    const [x, y] = operands;
    return computed(map, type, this.#value(x!), y && this.#value(y));
  }

  #size(size: Size): number {
    return evaluateSize(size, this.#locals);
  }

  #local(name: string): number {
    const value = this.#locals.get(name);
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

/** The value of a map of this type: i32 wraps, and f32 is rounded. */
function computed(map: MapName, { dtype }: PlanType, x: number, y?: number): number {
  const value = applyMap(map, dtypeRows[dtype].wraps, x, y);
  return dtype === "f32" ? Math.fround(value) : value;
}

function checkRange(value: number, below: number, message: string): number {
  if (value >= 0 && value < below) return value;
  throw new RangeError(`${message}: index ${value} is not in 0..${below - 1}`);
}
