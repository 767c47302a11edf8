/** Puts the value of an expression of one lane on the stack. Truth values are the i32 0 and 1. */
import { isFloat, isInteger, type Dtype } from "../../ir/dtype.ts";
import { operandsOf, type Expression } from "../../ir/plan/plan.ts";
import { maps, type MapName, type ReduceName } from "../../ir/graph/primitives.ts";
import type { Code } from "./code.ts";
import type { InstructionName, ValueType } from "./instructions.ts";
import { placeCode } from "./place-code.ts";
import { sizeCode } from "./size-code.ts";

/** What expressions need of the kernel and the module around them. */
export interface KernelSurroundings {
  readonly code: Code;
  readonly dtypeOf: (buffer: string) => Dtype;
  /** The number of an imported function that takes so many float64 and gives one. */
  readonly imported: (name: string, arity: number) => number;
  /** Puts the lanes of an expression reduced to one number on the stack. */
  readonly across: (reduce: ReduceName, e: Expression) => void;
}

/** The type of a local that holds a number of a dtype. */
export function valueType(dtype: Dtype): ValueType {
  return dtype === "f32" || dtype === "f64" ? dtype : "i32";
}

const loads: { readonly [D in Dtype]: InstructionName } = {
  f32: "f32.load",
  f64: "f64.load",
  i32: "i32.load",
  bool: "i32.load8_u",
  f16: "i32.load16_s",
  i8: "i32.load8_s",
};

/** The maps that are one instruction in each type; what is missing has a case in `#map`. */
const own: { readonly [D in "f32" | "f64" | "i32"]: Partial<Record<MapName, InstructionName>> } = {
  f32: {
    neg: "f32.neg", abs: "f32.abs", floor: "f32.floor", round: "f32.nearest", sqrt: "f32.sqrt", add: "f32.add", sub: "f32.sub",
    mul: "f32.mul", div: "f32.div", max: "f32.max", min: "f32.min", lt: "f32.lt", le: "f32.le", eq: "f32.eq",
  },
  f64: {
    neg: "f64.neg", abs: "f64.abs", floor: "f64.floor", round: "f64.nearest", sqrt: "f64.sqrt", add: "f64.add", sub: "f64.sub",
    mul: "f64.mul", div: "f64.div", max: "f64.max", min: "f64.min", lt: "f64.lt", le: "f64.le", eq: "f64.eq",
  },
  i32: { add: "i32.add", sub: "i32.sub", mul: "i32.mul", lt: "i32.lt_s", le: "i32.le_s", eq: "i32.eq",
    bitand: "i32.and", bitor: "i32.or", bitxor: "i32.xor", shl: "i32.shl", shr: "i32.shr_s" },
}; // prettier-ignore

export class ScalarCode {
  readonly #around: KernelSurroundings;

  constructor(around: KernelSurroundings) {
    this.#around = around;
  }

  /** Puts the value on the stack, converted to a dtype that has every value of its own. */
  as(e: Expression, dtype: Dtype): void {
    this.value(e);
    this.#convert(e.type.dtype, dtype);
  }

  value(e: Expression): void {
    const { code } = this.#around;
    switch (e.kind) {
      case "number":
        return this.#number(e.value, e.type.dtype);
      case "size":
        return sizeCode(code, e.size);
      case "local":
        return code.get(code.local(e.name));
      case "load": {
        const dtype = this.#around.dtypeOf(e.buffer);
        const offset = placeCode(code, e, dtype, (index) => this.value(index));
        code.access(loads[dtype], offset);
        return this.#convert(dtype, e.type.dtype);
      }
      case "map":
        return this.#map(e);
      case "cast":
        return this.#cast(e);
      case "guard":
        return this.guarded(
          e,
          valueType(e.type.dtype),
          () => this.value(e.operand),
          () => this.#number(e.fallback, e.type.dtype),
        );
      case "across":
        return this.#around.across(e.reduce, e.operand);
      case "checked":
        throw new Error("a checked index is named by `hoist`");
    }
  }

  /** One of two values by the bounds of a guard: below 0 a number is large where it is read without a sign. */
  guarded(
    { at, below }: Extract<Expression, { kind: "guard" }>,
    type: ValueType,
    inside: () => void,
    outside: () => void,
  ): void {
    const { code } = this.#around;
    sizeCode(code, at);
    sizeCode(code, below);
    code.emit("i32.lt_u");
    code.branch(type, inside, outside);
  }

  #number(value: number, dtype: Dtype): void {
    this.#around.code.emit(`${valueType(dtype)}.const` as InstructionName, value);
  }

  #convert(from: Dtype, to: Dtype): void {
    const { code } = this.#around;
    if (from === to) return;
    if (from === "f32" && to === "f64") return code.emit("f64.promote_f32");
    if (from === "f64" && to === "f32") return code.emit("f32.demote_f64");
    if (!isFloat(from) && isFloat(to))
      return code.emit(to === "f32" ? "f32.convert_i32_s" : "f64.convert_i32_s");
    if (!isFloat(from) && !isFloat(to)) return;
    throw new Error(`there is no conversion of ${from} to ${to}`);
  }

  #cast({ operand, type }: Extract<Expression, { kind: "cast" }>): void {
    const { code } = this.#around;
    const from = operand.type.dtype;
    if (type.dtype === "bool" && from !== "bool") {
      this.value(operand);
      this.#number(0, from);
      return code.emit(`${valueType(from)}.ne` as InstructionName);
    }
    if (!isFloat(from) || isFloat(type.dtype)) return this.as(operand, type.dtype);
    this.as(operand, "f64");
    this.#wrapped();
  }

  /** float64 to i32 as JavaScript's `x | 0`: truncated, and modulo 2^32. What is not finite becomes 0. */
  #wrapped(): void {
    const { code } = this.#around;
    code.emit("f64.trunc");
    code.temporary("f64", (whole) => {
      code.emit("local.tee", whole);
      code.get(whole);
      code.emit("f64.const", 2 ** -32);
      code.emit("f64.mul");
      code.emit("f64.floor");
      code.emit("f64.const", 2 ** 32);
      code.emit("f64.mul");
      code.emit("f64.sub");
      code.emit("i32.trunc_sat_f64_u");
    });
  }

  #map(e: Extract<Expression, { kind: "map" }>): void {
    const { code } = this.#around;
    const { map, operands, type } = e;
    if (map === "select") return this.#select(e);
    const dtype = maps[map].result === "bool" ? common(operands) : type.dtype;
    const instruction = own[isFloat(dtype) ? (dtype as "f32" | "f64") : "i32"][map];
    if (instruction) {
      operands.forEach((operand) => this.as(operand, dtype));
      return code.emit(instruction);
    }
    const [x, y] = operands as [Expression, Expression];
    if (map === "bits" || map === "frombits") {
      this.value(x);
      return code.emit(map === "bits" ? "i32.reinterpret_f32" : "f32.reinterpret_i32");
    }
    if (map === "not") return this.#not(x);
    if (map === "fround") {
      this.as(x, "f64");
      code.emit("f32.demote_f64");
      return this.#convert("f32", dtype);
    }
    if (isFloat(dtype)) return this.#called(e, dtype);
    switch (map) {
      case "neg":
        code.int(0);
        this.as(x, dtype);
        return code.emit("i32.sub");
      case "abs":
        return code.temporary("i32", (number) => {
          code.int(0);
          this.as(x, dtype);
          code.emit("local.tee", number);
          code.emit("i32.sub");
          code.get(number);
          code.get(number);
          code.int(0);
          code.emit("i32.lt_s");
          code.emit("select");
        });
      case "max":
      case "min":
        return this.#chosen(map, x, y, dtype);
      default:
        return this.#called(e, dtype);
    }
  }

  #chosen(map: "max" | "min", x: Expression, y: Expression, dtype: Dtype): void {
    const { code } = this.#around;
    code.temporary("i32", (a) => {
      code.temporary("i32", (b) => {
        this.as(x, dtype);
        code.set(a);
        this.as(y, dtype);
        code.set(b);
        for (const local of [a, b, ...(map === "min" ? [a, b] : [b, a])]) code.get(local);
        code.emit("i32.lt_s");
        code.emit("select");
      });
    });
  }

  /** A function of the module around it, which takes and gives float64. */
  #called({ map, operands }: Extract<Expression, { kind: "map" }>, dtype: Dtype): void {
    const { code, imported } = this.#around;
    for (const operand of operands) this.as(operand, "f64");
    code.emit("call", imported(map, operands.length));
    if (isFloat(dtype)) this.#convert("f64", dtype);
    else this.#wrapped();
  }

  /** 1 where x is 0 or NaN. */
  #not(x: Expression): void {
    const { code } = this.#around;
    const { dtype } = x.type;
    if (!isFloat(dtype)) {
      this.value(x);
      return code.emit("i32.eqz");
    }
    const type = valueType(dtype);
    code.temporary(type, (number) => {
      this.value(x);
      code.emit("local.tee", number);
      this.#number(0, dtype);
      code.emit(`${type}.eq` as InstructionName);
      code.get(number);
      code.get(number);
      code.emit(`${type}.ne` as InstructionName);
      code.emit("i32.or");
    });
  }

  /** Where an operand reads memory, only the chosen one is computed: the other may lie outside of its buffer. */
  #select({ operands, type: { dtype } }: Extract<Expression, { kind: "map" }>): void {
    const { code } = this.#around;
    const [condition, x, y] = operands as [Expression, Expression, Expression];
    if (![x, y].some(readsMemory)) {
      this.as(x, dtype);
      this.as(y, dtype);
      this.value(condition);
      return code.emit("select");
    }
    this.value(condition);
    code.branch(
      valueType(dtype),
      () => this.as(x, dtype),
      () => this.as(y, dtype),
    );
  }
}

/** The dtype in which operands are compared. */
function common(operands: readonly Expression[]): Dtype {
  const dtypes = operands.map(({ type }) => type.dtype);
  return dtypes.find((dtype) => dtype === "f64") ?? dtypes.find(isFloat) ?? dtypes.find(isInteger) ?? "bool";
}

function readsMemory(e: Expression): boolean {
  return e.kind === "load" || operandsOf(e).some(readsMemory);
}
