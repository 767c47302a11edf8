/**
 * Random kernels of every type and shape that a plan may have for WebAssembly, which no pass need ever make: loops in loops,
 * names, sums, lanes near and apart, guards, indices from data. Each is made by choices, so that a smaller list of them is a
 * smaller kernel.
 */
import type { Dtype } from "../../compiler/ir/dtype.ts";
import type { MapName, ReduceName } from "../../compiler/ir/graph/primitives.ts";
import { Expressions, freeSymbols, scalar, vector, type Buffer, type Expression, type Kernel, type KernelBuffer, type Plan, type PlanType, type Statement } from "../../compiler/ir/plan/plan.ts"; // prettier-ignore
import { add, floorDiv, max, min, mod, mul, sub, symbol, type Size } from "../../compiler/ir/size/size.ts";

/** The elements of each buffer. Places are chosen such that four lanes at any distance lie within, and that parts of their sums are far below 0. */
export const LENGTH = 192;
/** The value of the size N, and what an index from data is below. */
export const N = 12;

type Lanes = 1 | 4;

const KEPT: { readonly [D in Dtype]: { readonly from: string; readonly to: string } } = {
  f32: { from: "a", to: "y" },
  f64: { from: "w", to: "z" },
  i32: { from: "c", to: "k" },
  bool: { from: "t", to: "u" },
  f16: { from: "h", to: "g" },
  i8: { from: "q", to: "p" },
};
const STORED = ["f32", "f64", "i32", "bool", "f16", "i8"] as const;
const INTEGERS = ["i32", "i32", "f16", "i8"] as const;
const DTYPES = ["f32", "f64", "i32", "bool"] as const;
const FLOATS = ["f32", "f64"] as const;

const OF_FLOATS: readonly MapName[] = ["neg", "abs", "floor", "round", "sqrt", "fround", "add", "sub", "mul", "div", "max", "min"]; // prettier-ignore
const OF_INTEGERS: readonly MapName[] = ["neg", "abs", "add", "sub", "mul", "max", "min", "bitand", "bitor", "bitxor"]; // prettier-ignore
const UNARY: ReadonlySet<MapName> = new Set([
  "neg",
  "abs",
  "floor",
  "round",
  "sqrt",
  "fround",
  "exp",
  "tanh",
]);
/** What is computed one number at a time, by functions outside of the module. */
const CALLED = ["exp", "tanh", "pow", "mod", "floordiv"] as const;
const NUMBERS = [0, 1, -1, 2, 3, 0.5, -0, 7, 100];

interface Local {
  readonly name: string;
  readonly type: PlanType;
}

/** Names of loops, values and sums that may be used. */
interface Scope {
  readonly indices: readonly Size[];
  readonly locals: readonly Local[];
  /** Indices from data that were checked. */
  readonly rows: readonly string[];
  readonly depth: number;
}

class Making {
  readonly #choices: readonly number[];
  readonly #pool = new Expressions();
  #at = 0;
  #names = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  kernel(): Kernel {
    const scope: Scope = { indices: [symbol("N")], locals: [], rows: [], depth: 0 };
    const body = this.#statements(scope, 5);
    const access = { from: "read", to: "write" } as const;
    const buffers = STORED.flatMap(
      (dtype) =>
      (["from", "to"] as const).map((way): KernelBuffer => ({ name: KEPT[dtype][way], dtype, access: access[way] })), // prettier-ignore
    );
    return { name: "random", buffers, sizes: freeSymbols(body), body, schedule: [], pool: this.#pool };
  }

  /** A number below `count`. When the choices are used up it is 0, which ends what could go on. */
  #choose(count: number): number {
    return (this.#choices[this.#at++] ?? 0) % count;
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#choose(from.length)]!;
  }

  #fresh(name: string): string {
    return `${name}${this.#names++}`;
  }

  #statements(scope: Scope, most: number): Statement[] {
    const statements: Statement[] = [];
    let inside = scope;
    for (let left = most; left > 0 && this.#at < this.#choices.length; left--) {
      const made = this.#statement(inside);
      statements.push(...made.statements);
      inside = made.scope;
    }
    return statements;
  }

  #statement(scope: Scope): { statements: Statement[]; scope: Scope } {
    switch (this.#choose(8)) {
      case 0:
      case 1:
        return { statements: [this.#store(scope)], scope };
      case 2: {
        const value = this.#value(this.#type(), scope, 3);
        const name = this.#fresh("v");
        const locals = [...scope.locals, { name, type: value.type }];
        return { statements: [{ kind: "let", name, value }], scope: { ...scope, locals } };
      }
      case 3: {
        const name = this.#fresh("n");
        const value = this.#pool.size(this.#part(scope));
        const indices = value.kind === "size" ? [...scope.indices, symbol(name)] : scope.indices;
        return { statements: [{ kind: "let", name, value }], scope: { ...scope, indices } };
      }
      case 4: {
        const name = this.#fresh("d");
        const value = this.#pool.load("c", scalar("i32"), this.#place(scope));
        const check = { kind: "check", name, below: symbol("N"), message: "random" } as const;
        return { statements: [{ kind: "let", name, value }, check], scope: { ...scope, rows: [...scope.rows, name] } }; // prettier-ignore
      }
      case 5:
        return this.#sum(scope);
      default:
        if (scope.depth === 2) return { statements: [this.#store(scope)], scope };
        return { statements: [this.#loop(scope, (inside) => this.#statements(inside, 3))], scope };
    }
  }

  #loop(scope: Scope, body: (inside: Scope) => Statement[]): Statement {
    const index = this.#fresh("i");
    const step = this.#pick([1, 2, 4]);
    const from = this.#pick<Size>([0, 0, 1, 2]);
    const to = this.#pick<Size>([symbol("N"), 4, 1, 7, sub(symbol("N"), N), floorDiv(symbol("N"), 4)]);
    const inside = { ...scope, indices: [...scope.indices, symbol(index)], depth: scope.depth + 1 };
    return { kind: "loop", index, from, to, step, body: body(inside) };
  }

  #sum(scope: Scope): { statements: Statement[]; scope: Scope } {
    const name = this.#fresh("s");
    const reduce = this.#pick<ReduceName>(["sum", "max", "min"]);
    const type = vector(this.#pick(FLOATS), this.#pick<Lanes>([1, 4]));
    const added = (inside: Scope): Statement => {
      return { kind: "accumulate", name, reduce, type, value: this.#value(type, inside, 2) };
    };
    const isDeep = scope.depth === 2;
    const rounds = isDeep
      ? added(scope)
      : this.#loop(scope, (inside) => [...this.#statements(inside, 1), added(inside)]);
    return {
      statements: [{ kind: "accumulator", name, reduce, type }, rounds],
      scope: { ...scope, locals: [...scope.locals, { name, type }] },
    };
  }

  #store(scope: Scope): Statement {
    const type = this.#type();
    const value = this.#value(type, scope, 3);
    const stored = this.#memoryOf(type.dtype);
    const buffer = KEPT[stored].to;
    if (type.lanes === 1 && this.#choose(4) === 3) {
      const index = this.#row(scope);
      if (index)
        return { kind: "store", buffer, at: this.#place(scope), value, index, stride: this.#pick([1, 2]) };
    }
    const step = this.#pick<Size>([1, 1, 2, 3, -1, floorDiv(symbol("N"), 4)]);
    const apart = type.lanes === 4 && type.dtype !== "bool" && step !== 1 ? { step } : {};
    return { kind: "store", buffer, at: this.#place(scope), value, ...apart };
  }

  /** The dtype of a buffer for values of a dtype. */
  #memoryOf(dtype: Dtype): Dtype {
    if (dtype === "i32") return this.#pick(INTEGERS);
    return dtype === "f32" || dtype === "f64" ? this.#pick(FLOATS) : dtype;
  }

  #type(): PlanType {
    return vector(this.#pick(DTYPES), this.#pick<Lanes>([1, 4]));
  }

  #row({ rows }: Scope): Expression | undefined {
    return rows.length === 0 ? undefined : this.#pool.local(this.#pick(rows), scalar("i32"));
  }

  /** An integer from -3 N to 20. */
  #part({ indices }: Scope): Size {
    const index = this.#choose(2) === 0 ? indices.at(-1)! : this.#pick(indices);
    const bounded = mod(index, N + 1);
    switch (this.#choose(9)) {
      case 1:
        return sub(3, bounded);
      case 2:
        return floorDiv(mul(bounded, 5), 3);
      case 3:
        return mod(sub(mul(bounded, 7), 20), this.#pick([4, 5]));
      case 4:
        return max(sub(bounded, 4), this.#pick([0, -2]));
      case 5:
        return min(bounded, floorDiv(symbol("N"), 3));
      case 6:
        return sub(mul(2, bounded), symbol("N"));
      case 7:
        return mul(-3, bounded);
      default:
        return index;
    }
  }

  /** A place from 12 to 127; rows and lanes that are apart add -9 to 31. */
  #place(scope: Scope): Size {
    const part = (): Size => (this.#choose(3) === 0 ? 0 : this.#part(scope));
    return add(84 + this.#choose(4), add(part(), part()));
  }

  #value(type: PlanType, scope: Scope, depth: number): Expression {
    const { dtype, lanes } = type;
    const pool = this.#pool;
    const known = scope.locals.filter((local) => local.type.dtype === dtype && local.type.lanes === lanes);
    const inner = (one: PlanType): Expression => this.#value(one, scope, depth - 1);
    const alike = (one: Dtype): PlanType => vector(one, lanes);
    switch (depth === 0 ? this.#choose(3) : this.#choose(9)) {
      case 0:
        return this.#load(type, scope);
      case 1: {
        if (known.length > 0) return pool.local(this.#pick(known).name, type);
        const number = this.#pick(NUMBERS);
        return pool.number(dtype === "bool" ? Number(number > 0) : dtype === "i32" ? Math.trunc(number) + 0 : number, type); // prettier-ignore
      }
      case 2:
        if (dtype === "i32" && lanes === 1) return pool.size(this.#part(scope));
        return this.#load(type, scope);
      case 3: {
        const condition = inner(alike("bool"));
        return pool.map(
          "select",
          [condition, this.#narrower(type, inner), this.#narrower(type, inner)],
          type,
        );
      }
      case 4: {
        const bounds = { at: this.#part(scope), below: this.#pick<Size>([4, symbol("N")]) };
        return pool.guard(inner(type), { ...bounds, fallback: dtype === "bool" ? 1 : 3 });
      }
      case 5:
        return this.#cast(type, inner);
      case 6:
        if (lanes === 1 && dtype !== "i32" && dtype !== "bool")
          return pool.across(this.#pick<ReduceName>(["sum", "max", "min"]), inner(vector(dtype, 4)));
        return this.#map(type, inner);
      default:
        return this.#map(type, inner);
    }
  }

  #load(type: PlanType, scope: Scope): Expression {
    const { dtype, lanes } = type;
    const buffer = KEPT[this.#memoryOf(dtype)].from;
    const index = lanes === 1 && this.#choose(4) === 3 ? this.#row(scope) : undefined;
    const at = this.#place(scope);
    if (index) return this.#pool.load(buffer, type, at, { index, stride: this.#pick([1, 2]) });
    const step = this.#pick<Size>([1, 1, 2, 3, -1, floorDiv(symbol("N"), 4)]);
    const isApart = lanes === 4 && dtype !== "bool";
    return this.#pool.load(buffer, type, at, undefined, isApart ? step : 1);
  }

  /** A value of the type, or of one that it widens. */
  #narrower(type: PlanType, inner: (type: PlanType) => Expression): Expression {
    const dtype = type.dtype === "f64" ? this.#pick(["f64", "f32", "i32"] as const) : type.dtype;
    return inner(vector(dtype, type.lanes));
  }

  #cast(type: PlanType, inner: (type: PlanType) => Expression): Expression {
    const { dtype, lanes } = type;
    if (lanes === 4 && this.#choose(2) === 1) return this.#pool.cast(inner(scalar(dtype)), type);
    // There are no vectors of integers that are made of floats.
    const from = this.#pick(dtype === "i32" && lanes === 4 ? (["bool"] as const) : DTYPES);
    return from === dtype ? inner(type) : this.#pool.cast(inner(vector(from, lanes)), type);
  }

  #map(type: PlanType, inner: (type: PlanType) => Expression): Expression {
    const { dtype, lanes } = type;
    const pool = this.#pool;
    const of = (map: MapName, one: () => Expression): Expression =>
      pool.map(map, UNARY.has(map) ? [one()] : [one(), one()], type);
    if (dtype === "bool") {
      const map = this.#pick(["lt", "le", "eq", "not", "max", "min", "mul"] as const);
      if (map === "max" || map === "min" || map === "mul") return of(map, () => inner(type));
      const compared = vector(this.#pick(["f32", "f64", "i32"] as const), lanes);
      const one = inner(compared);
      return pool.map(map, map === "not" ? [one] : [one, this.#narrower(compared, inner)], type);
    }
    if (dtype === "i32") {
      const kind = this.#choose(4);
      if (kind === 1) {
        const by = this.#pick([0, 1, 5, 31]);
        return pool.map(this.#pick(["shl", "shr"] as const), [inner(type), pool.number(by, type)], type);
      }
      // The bits of NaN are nobody's business.
      if (kind === 2)
        return pool.map("bits", [pool.cast(inner(vector("bool", lanes)), vector("f32", lanes))], type);
      if (kind === 3 && lanes === 1) return of(this.#pick(["mod", "floordiv"] as const), () => inner(type));
      return of(this.#pick(OF_INTEGERS), () => inner(type));
    }
    if (dtype === "f32" && this.#choose(8) === 7)
      return pool.map("frombits", [inner(vector("i32", lanes))], type);
    if (lanes === 1 && this.#choose(6) === 5) return of(this.#pick(CALLED), () => inner(type));
    return of(this.#pick(OF_FLOATS), () => this.#narrower(type, inner));
  }
}

function buffer(name: string, dtype: Dtype, storage: Buffer["storage"]): Buffer {
  return { name, dtype, size: LENGTH, storage };
}

/**
 * A plan that runs a random kernel: w becomes a third of a, so that it holds numbers that are no float32, and h and q get
 * low bits of multiples of c. High and low become the parts of z, halves what g holds, and bytes what p holds.
 */
export function planOf(choices: readonly number[]): Plan {
  const random = new Making(choices).kernel();
  const held: { readonly [D in Dtype]: readonly [Buffer, Buffer] } = {
    f32: [buffer("a", "f32", "input"), buffer("y", "f32", "output")],
    f64: [buffer("w", "f64", "temporary"), buffer("z", "f64", "temporary")],
    i32: [buffer("c", "i32", "input"), buffer("k", "i32", "output")],
    bool: [buffer("t", "bool", "input"), buffer("u", "bool", "output")],
    f16: [buffer("h", "f16", "temporary"), buffer("g", "f16", "temporary")],
    i8: [buffer("q", "i8", "temporary"), buffer("p", "i8", "temporary")],
  };
  const parts = (["high", "low"] as const).map((name) => buffer(name, "f32", "output"));
  const wide = (["halves", "bytes"] as const).map((name) => buffer(name, "i32", "output"));
  const call = (kernel: Kernel, buffers: readonly Buffer[]): Plan["run"][number] => {
    return { kernel, buffers, sizes: kernel.sizes.map((name) => symbol(name)), group: 0 };
  };
  const port = ({ name, dtype }: Buffer): Plan["inputs"][number] => ({
    name,
    type: { dtype, shape: [LENGTH] },
  });
  const [a, c, t] = [held.f32[0], held.i32[0], held.bool[0]];
  const outputs = [held.f32[1], held.i32[1], held.bool[1], ...parts, ...wide];
  const rows = buffer("rows", "f32", "input");
  return {
    name: "random",
    target: "wasm",
    inputs: [...[a, c, t].map(port), { name: rows.name, type: { dtype: rows.dtype, shape: [symbol("N")] } }],
    outputs: outputs.map(port),
    parameters: [],
    checks: [],
    prepare: [],
    run: [
      call(zeros(), STORED.map((dtype) => held[dtype][1])), // prettier-ignore
      call(thirds(), [a, c, held.f64[0], held.f16[0], held.i8[0]]),
      call(random, STORED.flatMap((dtype) => held[dtype])), // prettier-ignore
      call(widened(), [held.f16[1], held.i8[1], ...wide]),
      call(split(), [held.f64[1], ...parts]),
    ],
    slots: { prepare: [], run: [] },
    updates: [],
    loops: [],
  };
}

/** Stores 0 in what the random kernel may leave as it was. */
function zeros(): Kernel {
  const pool = new Expressions();
  const buffers = STORED.map((dtype): KernelBuffer => ({ name: KEPT[dtype].to, dtype, access: "write" }));
  const stores = buffers.map(({ name, dtype }) =>
    stored(name, pool.number(0, scalar(dtype === "f16" || dtype === "i8" ? "i32" : dtype))),
  );
  return looped(pool, "zeros", buffers, stores);
}

function thirds(): Kernel {
  const pool = new Expressions();
  const third = pool.map("div", [pool.load("a", scalar("f64"), symbol("i")), pool.number(3, scalar("f64"))], scalar("f64")); // prettier-ignore
  const buffers: KernelBuffer[] = [
    { name: "a", dtype: "f32", access: "read" },
    { name: "c", dtype: "i32", access: "read" },
    { name: "w", dtype: "f64", access: "write" },
    { name: "h", dtype: "f16", access: "write" },
    { name: "q", dtype: "i8", access: "write" },
  ];
  // Of many numbers some have their sign in the highest bit that is left.
  const integer = scalar("i32");
  const many = pool.map("mul", [pool.load("c", integer, symbol("i")), pool.number(4099, integer)], integer);
  return looped(pool, "thirds", buffers, [stored("w", third), stored("h", many), stored("q", many)]);
}

function widened(): Kernel {
  const pool = new Expressions();
  const buffers: KernelBuffer[] = [
    { name: "g", dtype: "f16", access: "read" },
    { name: "p", dtype: "i8", access: "read" },
    { name: "halves", dtype: "i32", access: "write" },
    { name: "bytes", dtype: "i32", access: "write" },
  ];
  const load = (name: string): Expression => pool.load(name, scalar("i32"), symbol("i"));
  return looped(pool, "widened", buffers, [stored("halves", load("g")), stored("bytes", load("p"))]);
}

function split(): Kernel {
  const pool = new Expressions();
  const whole = pool.load("z", scalar("f64"), symbol("i"));
  const high = pool.cast(whole, scalar("f32"));
  const buffers: KernelBuffer[] = [
    { name: "z", dtype: "f64", access: "read" },
    { name: "high", dtype: "f32", access: "write" },
    { name: "low", dtype: "f32", access: "write" },
  ];
  const low = pool.map("sub", [whole, high], scalar("f64"));
  return looped(pool, "split", buffers, [stored("high", high), stored("low", low)]);
}

function stored(buffer: string, value: Expression): Statement {
  return { kind: "store", buffer, at: symbol("i"), value };
}

function looped(
  pool: Expressions,
  name: string,
  buffers: readonly KernelBuffer[],
  body: Statement[],
): Kernel {
  const loop: Statement = { kind: "loop", index: "i", from: 0, to: LENGTH, step: 1, body };
  return { name, buffers, sizes: [], body: [loop], schedule: [], pool };
}
