/**
 * Peels the edges off a loop: its inner rounds, in which all guards hold and all windows are whole, become a loop without them.
 * for i < N { y[i] = guard(0 <= i - 1 < N, x[i - 1]) } -> the round 0 with its guard, for i < N - 1 { y[i + 1] = x[i] }
 */
import { lowestBetween, neverNegative, neverNegativeBetween, type Between } from "../../ir/size/bounds.ts";
import {
  rebuildStatement,
  rootsOf,
  visitExpressions,
  type Expression,
  type Expressions,
  type Loop,
  type Statement,
} from "../../ir/plan/plan.ts";
import { add, floorDiv, linearIn, max, min, monomials, neg, sub, substitute, symbol, symbolsOf, type Size } from "../../ir/size/size.ts"; // prettier-ignore
import { Refusal } from "./refusal.ts";

export interface Peeled {
  /** The inner rounds, counted from 0. */
  readonly inner: Loop;
  /** The rounds before them are those up to this one, and the rounds behind them those from `last` on. */
  readonly first: Size;
  readonly last: Size;
}

type Guard = Extract<Expression, { kind: "guard" }>;

/** Throws a Refusal where nothing of a loop depends on its being at an edge. */
export function peel(pool: Expressions, loop: Loop): Peeled {
  return new Peeling(pool, loop).run();
}

/** A loop over edges without the guards that hold in none of its rounds, which there are their fallback. */
export function withoutFailing(pool: Expressions, loop: Loop): Loop {
  const rounds = [{ name: loop.index, least: loop.from, greatest: sub(loop.to, 1) }];
  const fails = ({ at, below }: Guard): boolean =>
    neverNegativeBetween(sub(neg(at), 1), rounds) || neverNegativeBetween(sub(at, below), rounds);
  const expression = (e: Expression): Expression =>
    e.kind === "guard" && fails(e) ? pool.number(e.fallback, e.type) : e;
  return { ...loop, body: loop.body.map((one) => rebuildStatement(pool, one, { expression })) };
}

class Peeling {
  readonly #pool: Expressions;
  readonly #loop: Loop;
  /** The rounds from `#from` up to `#to` are the inner ones. */
  #from: Size = 0;
  #to: Size;
  readonly #certain = new Set<Guard>();

  constructor(pool: Expressions, loop: Loop) {
    this.#pool = pool;
    this.#loop = loop;
    this.#to = loop.to;
  }

  run(): Peeled {
    const { index, to } = this.#loop;
    const whole = this.#loop.body.map((one) => this.#statement(one, []));
    if (this.#from === 0 && this.#to === to) throw new Refusal("is the same at its edges");
    const from = this.#from;
    const first = smaller(from, to);
    const end = this.#to;
    const size = (at: Size): Size => substitute(at, new Map([[index, add(symbol(index), from)]]));
    const expression = (e: Expression): Expression => {
      return e.kind === "guard" && this.#certain.has(e) ? e.operand : e;
    };
    const body = whole
      .map((one) => rebuildStatement(this.#pool, one, { expression }))
      .map((one) => rebuildStatement(this.#pool, one, { size }));
    return { inner: { ...this.#loop, to: larger(sub(end, from), 0), body }, first, last: larger(first, end) };
  }

  /** The statement as it is in the inner rounds, but for its guards. `around` are the loops between, from the innermost. */
  #statement(statement: Statement, around: readonly Between[]): Statement {
    if (statement.kind === "loop") {
      const from = this.#bound(statement.from, "max", around);
      const to = this.#bound(statement.to, "min", around);
      const inside = [{ name: statement.index, least: from, greatest: sub(to, 1) }, ...around];
      return { ...statement, from, to, body: statement.body.map((one) => this.#statement(one, inside)) };
    }
    visitExpressions(rootsOf(statement), (e) => {
      if (e.kind !== "guard" || !this.#moves(e.at)) return;
      if (this.#wants([e.at, sub(sub(e.below, 1), e.at)], around)) this.#certain.add(e);
    });
    return statement;
  }

  /** The end of a range that no edge cuts off: of `max(1 - 2 * i, 0)` it is 0. */
  #bound(size: Size, kind: "max" | "min", around: readonly Between[]): Size {
    if (!this.#moves(size) || typeof size === "number") return size;
    const [term, ...others] = monomials(size).filter(({ coefficient }) => coefficient !== 0);
    const [atom] = term!.atoms;
    if (others.length > 0 || term!.coefficient !== 1 || term!.atoms.length !== 1 || atom!.kind !== kind)
      return size;
    const { left, right } = atom as Extract<typeof atom, { left: Size }> & { left: Size; right: Size };
    const [fixed, moving] = this.#moves(left) ? [right, left] : [left, right];
    if (this.#moves(fixed)) return size;
    const condition = kind === "max" ? sub(fixed, moving) : sub(moving, fixed);
    return this.#wants([condition], around) ? fixed : size;
  }

  /** Narrows the inner rounds to those in which no condition is negative; says whether that can be done. */
  #wants(conditions: readonly Size[], around: readonly Between[]): boolean {
    const ends = conditions.map((condition) => this.#end(condition, around));
    if (ends.some((end) => end === undefined)) return false;
    for (const end of ends) {
      if (end?.from !== undefined) this.#from = larger(this.#from, end.from);
      if (end?.to !== undefined) this.#to = smaller(this.#to, end.to);
    }
    return true;
  }

  /** From which round on a condition is not negative, or up to which one; undefined where that cannot be told. */
  #end(condition: Size, around: readonly Between[]): { from?: Size; to?: Size } | undefined {
    const lowest = lowestBetween(condition, around);
    const linear = lowest === undefined ? undefined : linearIn(lowest, this.#loop.index);
    if (!linear || typeof linear.coefficient !== "number") return undefined;
    const { coefficient: step, rest } = linear;
    if (step > 0) return { from: floorDiv(add(neg(rest), step - 1), step) };
    if (step < 0) return { to: add(floorDiv(rest, -step), 1) };
    return neverNegative(rest) ? {} : undefined;
  }

  #moves(size: Size): boolean {
    return symbolsOf(size).has(this.#loop.index);
  }
}

/** The larger of two sizes, without a `max` where that can be told. */
function larger(a: Size, b: Size): Size {
  if (neverNegative(sub(a, b))) return a;
  return neverNegative(sub(b, a)) ? b : max(a, b);
}

/** The smaller of two sizes, without a `min` where that can be told. */
function smaller(a: Size, b: Size): Size {
  return larger(a, b) === a ? b : larger(a, b) === b ? a : min(a, b);
}
