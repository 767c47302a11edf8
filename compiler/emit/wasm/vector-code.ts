/**
 * Puts the value of an expression of four lanes on the stack. Four float32 or i32 are one vector, truth values are masks of 32
 * bits a lane. Four float64 are two vectors of two, of which an expression puts one on the stack at a time.
 */
import { bytesPerElement, isFloat, isNarrow, type Dtype, type NarrowDtype } from "../../ir/dtype.ts";
import { reductions, type MapName, type ReduceName } from "../../ir/graph/primitives.ts";
import type { Expression, PlanType, Store } from "../../ir/plan/plan.ts";
import type { InstructionName } from "./instructions.ts";
import { further, placeCode } from "./place-code.ts";
import { mul, type Size } from "../../ir/size/size.ts";
import type { ScalarCode, KernelSurroundings } from "./scalar-code.ts";

/** Which two of four float64: lanes 0 and 1, or 2 and 3. What fits one vector has no halves. */
export type Half = 0 | 1;

/** The names of the locals that hold a value: two where it is four float64. */
export function partNames(name: string, { dtype, lanes }: PlanType): string[] {
  return dtype === "f64" && lanes > 1 ? [name, `${name}.high`] : [name];
}

type Shape = "f32x4" | "f64x2" | "i32x4";

const shapes: { readonly [D in Dtype]: Shape } = {
  f32: "f32x4",
  f64: "f64x2",
  i32: "i32x4",
  bool: "i32x4",
  f16: "i32x4",
  i8: "i32x4",
};

/** The maps of masks. */
const ofMasks: Partial<Record<MapName, InstructionName>> = {
  max: "v128.or",
  min: "v128.and",
  mul: "v128.and",
};

const own: { readonly [S in Shape]: Partial<Record<MapName, InstructionName>> } = {
  f32x4: {
    neg: "f32x4.neg", abs: "f32x4.abs", floor: "f32x4.floor", round: "f32x4.nearest", sqrt: "f32x4.sqrt", add: "f32x4.add",
    sub: "f32x4.sub", mul: "f32x4.mul", div: "f32x4.div", max: "f32x4.max", min: "f32x4.min", lt: "f32x4.lt", le: "f32x4.le",
    eq: "f32x4.eq",
  },
  f64x2: {
    neg: "f64x2.neg", abs: "f64x2.abs", floor: "f64x2.floor", round: "f64x2.nearest", sqrt: "f64x2.sqrt", add: "f64x2.add",
    sub: "f64x2.sub", mul: "f64x2.mul", div: "f64x2.div", max: "f64x2.max", min: "f64x2.min", lt: "f64x2.lt", le: "f64x2.le",
    eq: "f64x2.eq",
  },
  i32x4: {
    neg: "i32x4.neg", abs: "i32x4.abs", add: "i32x4.add", sub: "i32x4.sub", mul: "i32x4.mul", max: "i32x4.max_s",
    min: "i32x4.min_s", lt: "i32x4.lt_s", le: "i32x4.le_s", eq: "i32x4.eq",
    bitand: "v128.and", bitor: "v128.or", bitxor: "v128.xor",
  },
}; // prettier-ignore

/** Bytes 8 to 15, and again: the upper half of a vector in the lower. */
const UPPER = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
/** The lower halves of two vectors. */
const LOWER_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
/** Words 0 and 2 of a vector, and 1 and 3 of another that begins three words later. */
const EVERY_SECOND = [0, 1, 2, 3, 8, 9, 10, 11, 20, 21, 22, 23, 28, 29, 30, 31];
/** The lower words of the lanes of two vectors of two: of masks of 64 bits, masks of 32. */
const LOWER_WORDS = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];

export class VectorCode {
  readonly #around: KernelSurroundings;
  readonly #scalars: ScalarCode;

  constructor(around: KernelSurroundings, scalars: ScalarCode) {
    this.#around = around;
    this.#scalars = scalars;
  }

  /** Puts a value on the stack, or half of one of float64. */
  value(e: Expression, half: Half = 0): void {
    const { code } = this.#around;
    const { dtype } = e.type;
    switch (e.kind) {
      case "number":
        return this.#constant(e.value, dtype);
      case "local":
        return code.get(code.local(partNames(e.name, e.type)[half] ?? e.name));
      case "load":
        return this.#load(e, half);
      case "map":
        return this.#map(e, half);
      case "cast":
        return e.operand.type.lanes === 1 ? this.#repeated(e.operand, dtype) : this.#cast(e, half);
      case "guard":
        return this.#scalars.guarded(
          e,
          "v128",
          () => this.value(e.operand, half),
          () => this.#constant(e.fallback, dtype),
        );
      case "size":
      case "checked":
      case "across":
        throw new Error(`${e.kind} has one lane`);
    }
  }

  /** Puts the lanes reduced to one number on the stack: (0 + 2) + (1 + 3). */
  across(reduce: ReduceName, e: Expression): void {
    const { code } = this.#around;
    const { dtype } = e.type;
    const shape = shapes[dtype];
    const combine = own[shape][reductions[reduce].combine]!;
    const scalar = `${dtype}.${reductions[reduce].combine}` as InstructionName;
    code.temporary("v128", (two) => {
      this.value(e);
      if (dtype === "f64") this.value(e, 1);
      else {
        // This takes five bytes of text where a shuffle takes eighteen.
        code.emit("local.tee", two);
        code.get(two);
        code.emit("f64x2.extract_lane", 1);
        code.emit("f64x2.splat");
      }
      code.emit(combine);
      code.emit("local.tee", two);
      code.emit(`${shape}.extract_lane` as InstructionName, 0);
      code.get(two);
      code.emit(`${shape}.extract_lane` as InstructionName, 1);
      code.emit(scalar);
    });
  }

  /** Puts the product of two values plus a local on the stack, rounded once or twice as the machine likes. */
  multiplyAdd(factors: readonly Expression[], local: number, dtype: Dtype, half: Half): void {
    const { code } = this.#around;
    for (const factor of factors) this.as(factor, dtype, half);
    code.get(local);
    code.emit(dtype === "f64" ? "f64x2.relaxed_madd" : "f32x4.relaxed_madd");
  }

  /** Stores the lanes to neighbours in memory, or to places that are `step` elements apart. */
  store(place: Pick<Store, "buffer" | "at" | "step">, value: Expression): void {
    const { code } = this.#around;
    const dtype = this.#around.dtypeOf(place.buffer);
    if (place.step !== undefined) return this.#storeApart(place, place.step, value);
    if (isNarrow(dtype)) return this.#storeNarrow(place, dtype, value);
    const halves: readonly Half[] = dtype === "f64" ? [0, 1] : [0];
    for (const half of halves) {
      const offset = placeCode(code, further(place, 2 * half), dtype, (index) => this.#scalars.value(index));
      this.as(value, dtype, half);
      if (dtype === "bool") {
        this.#constant(1, "i32");
        code.emit("v128.and");
        code.temporary("v128", (narrow) => {
          code.emit("local.tee", narrow);
          code.get(narrow);
          code.emit("i16x8.narrow_i32x4_u");
          code.emit("local.tee", narrow);
          code.get(narrow);
          code.emit("i8x16.narrow_i16x8_u");
        });
        code.instructions.push({ name: "v128.store32_lane", operand: 0, offset });
      } else code.access("v128.store", offset);
    }
  }

  /** Stores the low bits of integers. */
  #storeNarrow(place: Pick<Store, "buffer" | "at">, dtype: NarrowDtype, value: Expression): void {
    const { code } = this.#around;
    const offset = placeCode(code, place, dtype, (index) => this.#scalars.value(index));
    code.temporary("v128", (vector) => {
      this.value(value);
      code.emit("local.tee", vector);
      code.get(vector);
      const bytes = bytesPerElement(dtype);
      code.bytes("i8x16.shuffle", Array.from({ length: 16 }, (_, i) => (4 * Math.floor(i / bytes) + (i % bytes)) % 16)); // prettier-ignore
    });
    const name = dtype === "i8" ? "v128.store32_lane" : "v128.store64_lane";
    code.instructions.push({ name, operand: 0, offset });
  }

  #storeApart(place: Pick<Store, "buffer" | "at">, step: Size, value: Expression): void {
    const { code } = this.#around;
    const dtype = this.#around.dtypeOf(place.buffer);
    const isWide = dtype === "f64";
    const bytes = bytesPerElement(dtype);
    for (const half of isWide ? ([0, 1] as const) : ([0] as const))
      code.temporary("v128", (vector) => {
        this.as(value, isNarrow(dtype) ? "i32" : dtype, half);
        code.set(vector);
        for (const lane of isWide ? [0, 1] : [0, 1, 2, 3]) {
          const element = further(place, mul(2 * half + lane, step));
          const offset = placeCode(code, element, dtype, (index) => this.#scalars.value(index));
          code.get(vector);
          const name = `v128.store${8 * bytes}_lane` as InstructionName;
          // The low bits of an i32 come first.
          code.instructions.push({ name, operand: isNarrow(dtype) ? (4 / bytes) * lane : lane, offset });
        }
      });
  }

  /** Puts the value on the stack, or half of it, converted to a dtype that has every value of its own. */
  as(e: Expression, dtype: Dtype, half: Half = 0): void {
    if (e.type.dtype === dtype) return this.value(e, half);
    if (e.kind === "number") return this.#constant(e.value, dtype);
    this.#convert(e.type.dtype, dtype, half, (part) => this.value(e, part));
  }

  #constant(value: number, dtype: Dtype): void {
    const arrays = { f32x4: Float32Array, f64x2: Float64Array, i32x4: Int32Array };
    const array = arrays[shapes[dtype]];
    const number = dtype === "bool" ? -Number(value !== 0) : value;
    const lanes = new array(16 / array.BYTES_PER_ELEMENT).fill(number);
    this.#around.code.bytes("v128.const", [...new Uint8Array(lanes.buffer)]);
  }

  /** One number in every lane. */
  #repeated(operand: Expression, dtype: Dtype): void {
    const { code } = this.#around;
    const isLoaded = operand.kind === "load" && this.#around.dtypeOf(operand.buffer) === dtype;
    if (isLoaded && dtype !== "bool") {
      const offset = placeCode(code, operand, dtype, (index) => this.#scalars.value(index));
      return code.access(dtype === "f64" ? "v128.load64_splat" : "v128.load32_splat", offset);
    }
    if (dtype === "bool") {
      code.int(0);
      this.#scalars.value(operand);
      code.emit("i32.sub");
    } else this.#scalars.as(operand, dtype);
    code.emit(`${shapes[dtype]}.splat` as InstructionName);
  }

  #load(e: Extract<Expression, { kind: "load" }>, half: Half): void {
    const { code } = this.#around;
    const stored = this.#around.dtypeOf(e.buffer);
    if (isNarrow(stored)) return this.#loadNarrow(e, stored);
    if (stored === e.type.dtype && e.step !== undefined) return this.#apart(e, e.step, half);
    if (stored === e.type.dtype) {
      const place = stored === "f64" ? further(e, 2 * half) : e;
      const offset = placeCode(code, place, stored, (index) => this.#scalars.value(index));
      if (stored !== "bool") return code.access("v128.load", offset);
      code.access("v128.load32_zero", offset);
      code.emit("i16x8.extend_low_i8x16_u");
      code.emit("i32x4.extend_low_i16x8_u");
      this.#constant(0, "i32");
      return code.emit("i32x4.ne");
    }
    // As it is stored, and converted.
    this.#convert(stored, e.type.dtype, half, (part) =>
      this.#load({ ...e, type: { ...e.type, dtype: stored } }, part),
    );
  }

  /** Integers of fewer bits, with copies of their signs. */
  #loadNarrow(e: Extract<Expression, { kind: "load" }>, dtype: NarrowDtype): void {
    const { code } = this.#around;
    const put = (element: typeof e): number =>
      placeCode(code, element, dtype, (index) => this.#scalars.value(index));
    if (e.step !== undefined) {
      const name = dtype === "i8" ? "i32.load8_s" : "i32.load16_s";
      for (const lane of [0, 1, 2, 3]) {
        code.access(name, put(further(e, mul(lane, e.step))));
        if (lane === 0) code.emit("i32x4.splat");
        else code.emit("i32x4.replace_lane", lane);
      }
    } else if (dtype === "f16") code.access("v128.load16x4_s", put(e));
    else {
      // Four of the eight bytes are for the next vector, and may lie in the room behind the buffer.
      code.access("v128.load8x8_s", put(e));
      code.emit("i32x4.extend_low_i16x8_s");
    }
  }

  /** Lanes that do not lie side by side. Every second word is taken from two vectors, others one by one. */
  #apart(e: Extract<Expression, { kind: "load" }>, step: Size, half: Half): void {
    const { code } = this.#around;
    const { dtype } = e.type;
    const put = (lane: number): number =>
      placeCode(code, further(e, mul(lane, step)), dtype, (index) => this.#scalars.value(index));
    if (dtype === "bool") throw new Error("truth values are loaded side by side");
    if (step === 2 && dtype !== "f64") {
      code.access("v128.load", put(0));
      // The lanes 1 and 3 of it are the third and the fourth that are wanted, and nothing behind them is read.
      code.access(
        "v128.load",
        placeCode(code, further(e, 3), dtype, (index) => this.#scalars.value(index)),
      );
      return code.bytes("i8x16.shuffle", EVERY_SECOND);
    }
    const wide = dtype === "f64";
    const lanes = wide ? [2 * half, 2 * half + 1] : [0, 1, 2, 3];
    code.access(wide ? "v128.load64_zero" : "v128.load32_zero", put(lanes[0]!));
    for (const [at, lane] of lanes.entries()) {
      if (at === 0) continue;
      code.temporary("v128", (vector) => {
        code.set(vector);
        const offset = put(lane);
        code.get(vector);
        code.instructions.push({ name: wide ? "v128.load64_lane" : "v128.load32_lane", operand: at, offset });
      });
    }
  }

  /** Converts lanes; `put` puts a vector of the operand on the stack. */
  #convert(from: Dtype, to: Dtype, half: Half, put: (half: Half) => void): void {
    const { code } = this.#around;
    if (from === "f64") {
      if (to !== "f32") throw new Error(`there is no conversion of ${from} to ${to} in lanes`);
      for (const part of [0, 1] as const) {
        put(part);
        code.emit("f32x4.demote_f64x2_zero");
      }
      return code.bytes("i8x16.shuffle", LOWER_HALVES);
    }
    put(0);
    if (from === "bool" && to !== "f64") {
      this.#constant(1, to);
      return code.emit("v128.and");
    }
    if (from === "bool") {
      code.emit(half === 0 ? "i64x2.extend_low_i32x4_s" : "i64x2.extend_high_i32x4_s");
      this.#constant(1, "f64");
      return code.emit("v128.and");
    }
    if (from === "i32" && to === "f32") return code.emit("f32x4.convert_i32x4_s");
    if (to !== "f64") throw new Error(`there is no conversion of ${from} to ${to} in lanes`);
    if (half === 1)
      code.temporary("v128", (whole) => {
        code.emit("local.tee", whole);
        code.get(whole);
        code.bytes("i8x16.shuffle", UPPER);
      });
    code.emit(from === "f32" ? "f64x2.promote_low_f32x4" : "f64x2.convert_low_i32x4_s");
  }

  #cast({ operand, type: { dtype } }: Extract<Expression, { kind: "cast" }>, half: Half): void {
    if (dtype === "bool" && operand.type.dtype !== "bool")
      return this.#mask(operand.type.dtype, (part) => {
        this.value(operand, part);
        this.#constant(0, operand.type.dtype);
        this.#around.code.emit(`${shapes[operand.type.dtype]}.ne` as InstructionName);
      });
    this.as(operand, dtype, half);
  }

  /** Makes a mask of what compares values of a dtype. */
  #mask(dtype: Dtype, compare: (half: Half) => void): void {
    compare(0);
    if (dtype !== "f64") return;
    compare(1);
    this.#around.code.bytes("i8x16.shuffle", LOWER_WORDS);
  }

  #map(e: Extract<Expression, { kind: "map" }>, half: Half): void {
    const { code } = this.#around;
    const { map, operands, type } = e;
    const [x, y, z] = operands as [Expression, Expression, Expression];
    switch (map) {
      case "select": {
        const extreme = extremeOf(e);
        if (extreme) {
          for (const operand of extreme.operands) this.as(operand, type.dtype, half);
          return code.emit(`${shapes[type.dtype]}.${extreme.name}` as InstructionName);
        }
        this.as(y, type.dtype, half);
        this.as(z, type.dtype, half);
        this.value(x);
        if (type.dtype === "f64")
          code.emit(half === 0 ? "i64x2.extend_low_i32x4_s" : "i64x2.extend_high_i32x4_s");
        return code.emit("v128.bitselect");
      }
      case "lt":
      case "le":
      case "eq": {
        const dtype =
          [x, y].map((operand) => operand.type.dtype).find((one) => one === "f64") ?? x.type.dtype;
        return this.#mask(dtype, (part) => {
          this.as(x, dtype, part);
          this.as(y, dtype, part);
          code.emit(own[shapes[dtype]][map]!);
        });
      }
      // The bits are the same, whatever they are read as.
      case "bits":
      case "frombits":
        return this.value(x);
      case "shl":
      case "shr":
        this.value(x);
        this.#count(y);
        return code.emit(map === "shl" ? "i32x4.shl" : "i32x4.shr_s");
      case "not":
        return this.#not(x);
      case "fround":
        return type.dtype === "f32" ? this.as(x, "f32") : this.#rounded(x, half);
      default: {
        const instruction = type.dtype === "bool" ? ofMasks[map] : own[shapes[type.dtype]][map];
        if (!instruction) throw new Error(`there is no ${map} of ${type.dtype} in lanes`);
        for (const operand of operands) this.as(operand, type.dtype, half);
        code.emit(instruction);
      }
    }
  }

  /** By how many bits all lanes are moved: `vectorize` makes no vector of numbers that differ. */
  #count(y: Expression): void {
    if (y.kind === "number") this.#around.code.int(y.value);
    else if (y.kind === "cast" && y.operand.type.lanes === 1) this.#scalars.value(y.operand);
    else {
      this.value(y);
      this.#around.code.emit("i32x4.extract_lane", 0);
    }
  }

  /** Where x is 0 or NaN. */
  #not(x: Expression): void {
    const { code } = this.#around;
    const { dtype } = x.type;
    if (dtype === "bool") {
      this.value(x);
      return code.emit("v128.not");
    }
    this.#mask(dtype, (part) => {
      this.value(x, part);
      this.#constant(0, dtype);
      code.emit(`${shapes[dtype]}.eq` as InstructionName);
      if (!isFloat(dtype)) return;
      this.value(x, part);
      this.value(x, part);
      code.emit(`${shapes[dtype]}.ne` as InstructionName);
      code.emit("v128.or");
    });
  }

  /** float64 rounded to float32 and kept as float64. */
  #rounded(x: Expression, half: Half): void {
    const { code } = this.#around;
    this.as(x, "f64", half);
    code.emit("f32x4.demote_f64x2_zero");
    code.emit("f64x2.promote_low_f32x4");
  }
}

/**
 * `pmax(a, b)` is a < b ? b : a, and `pmin(a, b)` is b < a ? b : a: one instruction in place of a comparison and a choice, with the same
 * result for NaN and for zeros.
 */
function extremeOf({
  operands,
  type,
}: Extract<Expression, { kind: "map" }>):
  { readonly name: "pmax" | "pmin"; readonly operands: readonly [Expression, Expression] } | undefined {
  const [condition, y, z] = operands as [Expression, Expression, Expression];
  if (condition.kind !== "map" || condition.map !== "lt" || !isFloat(type.dtype)) return undefined;
  const [left, right] = condition.operands as [Expression, Expression];
  if ([left, right].some((operand) => operand.type.dtype !== type.dtype)) return undefined;
  if (y === right && z === left) return { name: "pmax", operands: [left, right] };
  return y === left && z === right ? { name: "pmin", operands: [right, left] } : undefined;
}
