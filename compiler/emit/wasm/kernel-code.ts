/** Prints kernels of the plan as functions of WebAssembly. */
import { isFloat, type Dtype } from "../../ir/dtype.ts";
import { reductions } from "../../ir/graph/primitives.ts";
import type { Expression, Kernel, PlanType, Statement } from "../../ir/plan/plan.ts";
import { sub, type Size } from "../../ir/size/size.ts";
import { Code } from "./code.ts";
import type { WasmFunction } from "./encode.ts";
import type { InstructionName } from "./instructions.ts";
import { isSum, placeCode } from "./place-code.ts";
import { ScalarCode, valueType } from "./scalar-code.ts";
import { withShortBody } from "./shorten.ts";
import { sizeCode } from "./size-code.ts";
import { partNames, VectorCode, type Half } from "./vector-code.ts";

/** What kernels call: functions of float64, and one that throws a RangeError with a message. */
export interface Imports {
  readonly function: (name: string, arity: number) => number;
  readonly refusal: (message: string) => { readonly function: number; readonly message: number };
}

/**
 * The function of a kernel. It takes the place of each buffer in memory, in bytes, and then the kernel's sizes. `relaxed` allows
 * it relaxed vectors, as the plan does.
 */
export function kernelFunction(
  kernel: Kernel,
  imports: Imports,
  relaxed: boolean,
): Omit<WasmFunction, "name"> {
  const { parameters, locals, names, instructions } = new KernelCode(kernel, imports, relaxed).made();
  return withShortBody({ comment: kernel.name, names, parameters, locals, body: instructions });
}

class KernelCode {
  readonly #kernel: Kernel;
  readonly #imports: Imports;
  readonly #relaxed: boolean;
  readonly #code = new Code();
  readonly #scalars: ScalarCode;
  readonly #vectors: VectorCode;
  readonly #dtypes: ReadonlyMap<string, Dtype>;

  constructor(kernel: Kernel, imports: Imports, relaxed: boolean) {
    this.#kernel = kernel;
    this.#imports = imports;
    this.#relaxed = relaxed;
    this.#dtypes = new Map(kernel.buffers.map(({ name, dtype }) => [name, dtype]));
    const around = {
      code: this.#code,
      dtypeOf: (buffer: string) => this.#dtypes.get(buffer)!,
      imported: imports.function,
      across: (reduce: keyof typeof reductions, e: Expression) => this.#vectors.across(reduce, e),
    };
    this.#scalars = new ScalarCode(around);
    this.#vectors = new VectorCode(around, this.#scalars);
  }

  made(): Code {
    for (const { name } of this.#kernel.buffers) this.#code.parameter(name);
    for (const size of this.#kernel.sizes) this.#code.parameter(size);
    this.#statements(this.#kernel.body);
    return this.#code;
  }

  #statements(statements: readonly Statement[]): void {
    for (const statement of statements) this.#statement(statement);
  }

  #statement(statement: Statement): void {
    switch (statement.kind) {
      case "loop":
        return this.#loop(statement);
      case "let": {
        const { name, value } = statement;
        if (value.kind !== "size" || !isSum(value.size, this.#code.signed)) this.#code.signed.add(name);
        return this.#parts(name, value.type, (half) => this.#value(value, half));
      }
      case "accumulator": {
        const { name, type, reduce } = statement;
        const value = this.#kernel.pool.number(reductions[reduce].identity, type);
        return this.#parts(name, type, (half) => this.#value(value, half));
      }
      case "accumulate":
        return this.#accumulate(statement);
      case "store":
        return this.#store(statement);
      case "draw":
        throw new Error("the model around the kernels draws random numbers");
      case "check":
        return this.#check(statement);
    }
  }

  /** Declares the locals of a name and sets them. */
  #parts(name: string, type: PlanType, put: (half: Half) => void): void {
    partNames(name, type).forEach((part, half) => {
      put(half as Half);
      this.#code.set(this.#code.declare(part, type.lanes === 1 ? valueType(type.dtype) : "v128"));
    });
  }

  #value(e: Expression, half: Half = 0): void {
    if (e.type.lanes === 1) this.#scalars.value(e);
    else this.#vectors.value(e, half);
  }

  #loop({ index, from, to, step, body }: Extract<Statement, { kind: "loop" }>): void {
    const code = this.#code;
    const counter = code.declare(index, "i32");
    const end = typeof to === "number" ? undefined : code.declare(`${index}.end`, "i32");
    const putEnd = (): void => (end === undefined ? code.int(to as number) : code.get(end));
    sizeCode(code, from);
    code.set(counter);
    if (end !== undefined) {
      sizeCode(code, to);
      code.set(end);
    }
    const rounds = (): void =>
      code.repeat(() => {
        this.#statements(body);
        code.get(counter);
        code.int(step);
        code.emit("i32.add");
        code.emit("local.tee", counter);
        putEnd();
        code.emit("i32.lt_s");
      });
    const count = sub(to, from);
    if (typeof count === "number" && count > 0) return rounds();
    code.get(counter);
    putEnd();
    code.emit("i32.lt_s");
    code.branch(undefined, rounds);
  }

  #accumulate({ name, reduce, type, value }: Extract<Statement, { kind: "accumulate" }>): void {
    const code = this.#code;
    const { pool } = this.#kernel;
    const factors = this.#relaxed && reduce === "sum" ? factorsOf(value, type) : undefined;
    const sum = pool.map(reductions[reduce].combine, [pool.local(name, type), value], type);
    partNames(name, type).forEach((part, half) => {
      if (factors) this.#vectors.multiplyAdd(factors, code.local(part), type.dtype, half as Half);
      else this.#value(sum, half as Half);
      code.set(code.local(part));
    });
  }

  #store(statement: Extract<Statement, { kind: "store" }>): void {
    const { buffer, value, zeroWhere } = statement;
    if (zeroWhere) throw new Error("masks of bits are for JavaScript");
    if (value.type.lanes > 1) return this.#vectors.store(statement, value);
    const dtype = this.#dtypes.get(buffer)!;
    const offset = placeCode(this.#code, statement, dtype, (index) => this.#scalars.value(index));
    this.#scalars.as(value, dtype);
    this.#code.access(stores[dtype], offset);
  }

  #check({ name, below, message }: Extract<Statement, { kind: "check" }>): void {
    const code = this.#code;
    const { function: refuse, message: number } = this.#imports.refusal(message);
    const put = (size: Size): void => sizeCode(code, size);
    code.get(code.local(name));
    put(below);
    code.emit("i32.lt_u");
    code.emit("i32.eqz");
    code.branch(undefined, () => {
      code.int(number);
      code.get(code.local(name));
      put(below);
      code.emit("call", refuse);
    });
  }
}

/** The factors of a product of vectors that is added to a sum as it is; WebAssembly has no relaxed instruction for one number. */
function factorsOf(term: Expression, { dtype, lanes }: PlanType): readonly Expression[] | undefined {
  if (term.kind !== "map" || term.map !== "mul" || term.type.lanes === 1) return undefined;
  return isFloat(dtype) && term.type.dtype === dtype && term.type.lanes === lanes ? term.operands : undefined;
}

const stores: { readonly [D in Dtype]: InstructionName } = {
  f32: "f32.store",
  f64: "f64.store",
  i32: "i32.store",
  bool: "i32.store8",
  f16: "i32.store16",
  i8: "i32.store8",
};
