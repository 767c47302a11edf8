/**
 * Makes expressions of as many lanes as one value has. An operand may be a number, which becomes a constant of the other
 * operand's type, so that formulas read as they are written.
 */
import { mapDtype, type MapName } from "../../ir/graph/primitives.ts";
import type { Dtype } from "../../ir/dtype.ts";
import type { Expression, Expressions, PlanType } from "../../ir/plan/plan.ts";

type Operand = Expression | number;

/** The sign of a float32. */
const SIGN = -(2 ** 31);

export class Lanes {
  readonly #pool: Expressions;
  readonly #count: PlanType["lanes"];

  constructor(pool: Expressions, count: PlanType["lanes"]) {
    this.#pool = pool;
    this.#count = count;
  }

  cast(x: Expression, dtype: Dtype): Expression {
    return x.type.dtype === dtype ? x : this.#pool.cast(x, this.#type(dtype));
  }

  integer(value: number): Expression {
    return this.#pool.number(value, this.#type("i32"));
  }

  add(x: Operand, y: Operand): Expression {
    return this.#map("add", x, y);
  }
  sub(x: Operand, y: Operand): Expression {
    return this.#map("sub", x, y);
  }
  mul(x: Operand, y: Operand): Expression {
    return this.#map("mul", x, y);
  }
  div(x: Operand, y: Operand): Expression {
    return this.#map("div", x, y);
  }
  abs(x: Expression): Expression {
    return this.#map("abs", x);
  }
  sqrt(x: Expression): Expression {
    return this.#map("sqrt", x);
  }
  /** The nearest integer, as the same type. */
  round(x: Expression): Expression {
    return this.#map("round", x);
  }

  lt(x: Operand, y: Operand): Expression {
    return this.#map("lt", x, y);
  }
  eq(x: Operand, y: Operand): Expression {
    return this.#map("eq", x, y);
  }
  /** Both sides are computed: a target with lanes blends them. */
  select(condition: Expression, x: Operand, y: Operand): Expression {
    const sides = this.#alike([x, y]);
    return this.#pool.map("select", [condition, ...sides], sides[0]!.type);
  }

  bits(x: Expression): Expression {
    return this.#map("bits", x);
  }
  frombits(x: Expression): Expression {
    return this.#map("frombits", x);
  }
  bitand(x: Expression, y: Operand): Expression {
    return this.#map("bitand", x, y);
  }
  bitor(x: Expression, y: Operand): Expression {
    return this.#map("bitor", x, y);
  }
  bitxor(x: Expression, y: Operand): Expression {
    return this.#map("bitxor", x, y);
  }
  shl(x: Expression, count: number): Expression {
    return this.#map("shl", x, count);
  }
  shr(x: Expression, count: number): Expression {
    return this.#map("shr", x, count);
  }

  /** x, but not below. A NaN stays. */
  atLeast(x: Expression, least: number): Expression {
    return this.select(this.lt(x, least), least, x);
  }
  /** x, but not above. A NaN stays. */
  atMost(x: Expression, most: number): Expression {
    return this.select(this.lt(most, x), most, x);
  }

  /** The sign of a float32 as the highest bit of an i32. */
  sign(x: Expression): Expression {
    return this.bitand(this.bits(x), SIGN);
  }
  /** y, which is not negative, with the sign of x. A zero has a sign too, which arithmetic would lose. */
  withSignOf(x: Expression, y: Expression): Expression {
    return this.frombits(this.bitor(this.bits(y), this.sign(x)));
  }
  /** -|x| */
  negative(x: Expression): Expression {
    return this.frombits(this.bitor(this.bits(x), SIGN));
  }

  /** c0 + c1 x + c2 x^2 + …, from the last coefficient on: the fewest operations that have to wait for one register each. */
  horner(x: Expression, [first, ...others]: readonly number[]): Expression {
    if (others.length === 1) return this.add(first!, this.mul(x, others[0]!));
    return this.add(first!, this.mul(x, this.horner(x, others)));
  }

  /**
   * The same by pairs: (c0 + c1 x) + x^2 ((c2 + c3 x) + x^2 …). As many operations, if x^2 is there anyway, but half of them wait
   * for each other.
   */
  byPairs(x: Expression, square: Expression, [first, second, ...others]: readonly number[]): Expression {
    if (second === undefined) throw new Error("a polynomial by pairs begins with a pair");
    const pair = this.horner(x, [first!, second]);
    if (others.length === 0) return pair;
    const rest = others.length === 1 ? others[0]! : this.byPairs(x, square, others);
    return this.add(pair, this.mul(square, rest));
  }

  #map(map: MapName, ...operands: readonly Operand[]): Expression {
    const alike = this.#alike(operands);
    return this.#pool.map(map, alike, this.#type(mapDtype(map, alike[0]!.type.dtype)));
  }

  /** The operands, with numbers as constants of the type that the others have. */
  #alike(operands: readonly Operand[]): Expression[] {
    const known = operands.find((operand) => typeof operand !== "number");
    const type = known?.type ?? this.#type("f32");
    const constant = (value: number): Expression =>
      this.#pool.number(type.dtype === "f32" ? Math.fround(value) : value, type);
    return operands.map((operand) => (typeof operand === "number" ? constant(operand) : operand));
  }

  #type(dtype: Dtype): PlanType {
    return { dtype, lanes: this.#count };
  }
}
