/**
 * Vectorizes a loop: for i { y[i] = f(x[i]) } -> for i { y[4 i … 4 i + 3] = f(x[4 i … 4 i + 3]) }. Rounds become
 * lanes: from round to round, loads and stores must move by a number of elements that is known. No round may
 * depend on an earlier one, except by sums, which become one sum in each lane.
 */
import {
  operandsOf,
  rebuild,
  vector,
  walk,
  type Expression,
  type Expressions,
  type Loop,
  type PlanType,
  type Statement,
} from "../../ir/plan/plan.ts";
import type { MapName } from "../../ir/graph/primitives.ts";
import { linearIn, mul, substitute, symbol, symbolsOf, type Size } from "../../ir/size/size.ts";
import type { FreshNames } from "../../ir/text/identifiers.ts";
import type { Target } from "../../target/target.ts";
import { Refusal } from "./refusal.ts";

export interface Vectorized {
  /** The accumulators of the lanes, which stand before the loop. */
  readonly before: readonly Statement[];
  /** One round of the loop over groups. */
  readonly body: readonly Statement[];
  /** What adds the sums of the lanes up after the loop. */
  readonly after: readonly Statement[];
}

/** The maps that make truth values in lanes. */
const MAPS_OF_MASKS: ReadonlySet<MapName> = new Set(["lt", "le", "eq", "not", "max", "min", "mul", "select"]);

/** What a target can do with vectors. */
export type VectorFacts = NonNullable<Target["vectors"]>;

/**
 * Throws a Refusal that says why the rounds cannot be lanes. `first` is the first round of a group; by default the loop counts
 * groups.
 */
export function vectorize(
  pool: Expressions,
  names: FreshNames,
  loop: Loop,
  facts: VectorFacts,
  first: Size = mul(facts.lanes, symbol(loop.index)),
): Vectorized {
  return new Vectorizing(pool, names, loop, facts, first).run();
}

class Vectorizing {
  readonly #pool: Expressions;
  readonly #names: FreshNames;
  readonly #loop: Loop;
  readonly #facts: VectorFacts;
  /** The accumulators that have lanes, by the name that they had before. */
  readonly #accumulators = new Map<string, { name: string; type: PlanType }>();
  /** Those among them that go on from round to round. */
  readonly #outer: Statement[] = [];
  readonly #joins: Statement[] = [];
  readonly #known = new Map<Expression, Expression>();
  /** The first of the rounds of a group. */
  readonly #first: ReadonlyMap<string, Size>;
  readonly #stored: ReadonlySet<string>;

  constructor(pool: Expressions, names: FreshNames, loop: Loop, facts: VectorFacts, first: Size) {
    this.#pool = pool;
    this.#names = names;
    this.#loop = loop;
    this.#facts = facts;
    this.#first = new Map([[loop.index, first]]);
    this.#stored = new Set(
      [...walk(loop.body)].flatMap((each) => (each.kind === "store" ? [each.buffer] : [])),
    );
  }

  run(): Vectorized {
    const body = this.#statements(this.#loop.body);
    return { before: this.#outer, body, after: this.#joins };
  }

  #statements(statements: readonly Statement[]): Statement[] {
    return statements.map((statement) => this.#statement(statement));
  }

  #statement(statement: Statement): Statement {
    switch (statement.kind) {
      case "loop":
        if ([statement.from, statement.to].some((bound) => this.#moves(bound)))
          throw new Refusal(`has a loop ${statement.id} whose rounds differ`);
        return { ...statement, body: this.#statements(statement.body) };
      case "accumulator": {
        const type = this.#wide(statement.type);
        this.#accumulators.set(statement.name, { name: statement.name, type });
        return { ...statement, type };
      }
      case "accumulate": {
        const { name, type } = this.#accumulatorOf(statement);
        return { ...statement, name, type, value: this.#lifted(statement.value) };
      }
      case "store":
        return this.#store(statement);
      case "draw":
        throw new Refusal("draws random numbers");
      case "let":
      case "check":
        throw new Refusal(`names ${statement.name} already`);
    }
  }

  /** The accumulator with lanes. Of one that stands outside of the loop there is one in each lane, and their sum is added to it. */
  #accumulatorOf({ name, reduce, type }: Extract<Statement, { kind: "accumulate" }>): {
    name: string;
    type: PlanType;
  } {
    let own = this.#accumulators.get(name);
    if (!own) {
      own = { name: this.#names.fresh(`${name}s`), type: this.#wide(type) };
      this.#accumulators.set(name, own);
      this.#outer.push({ kind: "accumulator", name: own.name, reduce, type: own.type });
      const value = this.#pool.across(reduce, this.#pool.local(own.name, own.type));
      this.#joins.push({ kind: "accumulate", name, reduce, type, value });
    }
    return own;
  }

  #store(statement: Extract<Statement, { kind: "store" }>): Statement {
    const { at, index, value, zeroWhere } = statement;
    if (index || zeroWhere) throw new Refusal("stores to places that data decide");
    const step = this.#step(at);
    if (step === undefined || step === 0) throw new Refusal("stores to places that are not at one distance");
    if (step !== 1 && value.type.dtype === "bool")
      throw new Refusal("stores truth values that are not neighbours");
    const apart = step === 1 ? {} : { step };
    return { ...statement, ...apart, at: substitute(at, this.#first), value: this.#lifted(value) };
  }

  /** The value of all rounds of a group in lanes. */
  #lifted(e: Expression): Expression {
    const value = this.#value(e);
    const type = this.#wide(e.type);
    if (value.type.lanes > 1) return value;
    return value.kind === "number" ? this.#pool.number(value.value, type) : this.#pool.cast(value, type);
  }

  /** The value in lanes if it differs from round to round, else as it is. */
  #value(e: Expression): Expression {
    let value = this.#known.get(e);
    if (!value) {
      value = this.#made(e);
      this.#pool.setHint(value, this.#pool.hint(e));
      this.#known.set(e, value);
    }
    return value;
  }

  #made(e: Expression): Expression {
    const pool = this.#pool;
    switch (e.kind) {
      case "number":
        return e;
      case "size":
        if (this.#moves(e.size)) throw new Refusal("computes with its variable");
        return e;
      case "local": {
        const own = this.#accumulators.get(e.name);
        if (own && own.name !== e.name)
          throw new Refusal(`reads ${e.name}, which goes on from round to round`);
        return own ? pool.local(own.name, own.type) : e;
      }
      case "load":
        return this.#load(e);
      case "map": {
        const operands = e.operands.map((operand) => this.#value(operand));
        if (operands.every(({ type }) => type.lanes === 1)) return this.#same(e, operands);
        if (e.type.dtype === "bool" && !MAPS_OF_MASKS.has(e.map))
          throw new Refusal(`computes ${e.map} of truth values, for which there are no vectors`);
        if (this.#facts.scalarMaps.has(e.map))
          throw new Refusal(`computes ${e.map}, for which there are no vectors`);
        if ((e.map === "shl" || e.map === "shr") && operands[1]!.type.lanes > 1)
          throw new Refusal("moves each number by bits of its own, for which there are no vectors");
        return pool.map(
          e.map,
          e.operands.map((operand) => this.#lifted(operand)),
          this.#wide(e.type),
        );
      }
      case "cast": {
        const operand = this.#value(e.operand);
        if (operand.type.lanes === 1) return this.#same(e, [operand]);
        if (e.type.dtype === "i32" && e.operand.type.dtype !== "bool")
          throw new Refusal("makes integers of floats, for which there are no vectors");
        return pool.cast(operand, this.#wide(e.type));
      }
      case "guard": {
        const operand = this.#value(e.operand);
        if ([e.at, e.below].some((size) => this.#moves(size))) throw new Refusal("reads beyond an edge");
        return pool.guard(operand, e);
      }
      case "checked":
        if (this.#value(e.operand).type.lanes > 1) throw new Refusal("checks an index in each round");
        return e;
      case "across":
        throw new Refusal("has lanes already");
    }
  }

  #load(e: Extract<Expression, { kind: "load" }>): Expression {
    const { buffer, at, index, type } = e;
    if (this.#stored.has(buffer)) throw new Refusal(`reads ${buffer}, to which it stores`);
    if (type.lanes > 1) throw new Refusal("has lanes already");
    if (index && this.#value(index).type.lanes > 1) throw new Refusal("reads places that data decide");
    const step = this.#step(at);
    if (step === 0) return e;
    if (step === undefined || index) throw new Refusal("reads places that are not at one distance");
    if (type.dtype === "bool" && step !== 1) throw new Refusal("reads truth values that are not neighbours");
    return this.#pool.load(buffer, this.#wide(type), substitute(at, this.#first), undefined, step);
  }

  /** The expression with operands that are still one number each. */
  #same(e: Expression, operands: readonly Expression[]): Expression {
    const done = new Map(operandsOf(e).map((operand, i) => [operand.id, operands[i]!]));
    return rebuild(this.#pool, e, {}, done);
  }

  #wide({ dtype }: PlanType): PlanType {
    return vector(dtype, this.#facts.lanes);
  }

  #moves(size: Size): boolean {
    return symbolsOf(size).has(this.#loop.index);
  }

  /** How far a place moves from round to round; undefined where that differs. */
  #step(at: Size): Size | undefined {
    return this.#moves(at) ? linearIn(at, this.#loop.index)?.coefficient : 0;
  }
}
