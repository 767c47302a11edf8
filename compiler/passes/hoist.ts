/**
 * Gives names to values. Values that do not change in a loop move out of it, and values that are used twice are computed
 * once. Integer parts of indices that do not change move out too: V8 does not hoist checked arithmetic.
 */
import { append } from "../ir/util/multimap.ts";
import { FreshNames, identifier } from "../ir/text/identifiers.ts";
import {
  operandsOf,
  rebuild,
  rootsOf,
  sizesIn,
  visitExpressions,
  walk,
  type Expression,
  type Expressions,
  type Kernel,
  type Plan,
  type Statement,
} from "../ir/plan/plan.ts";
import { add, asSymbol, key, linearIn, monomials, mul, sum, symbol, symbolsOf, terms, type Size } from "../ir/size/size.ts"; // prettier-ignore
import { mapKernels, storesLast } from "./map-kernels.ts";
import type { Pass } from "./pass.ts";

export const hoist: Pass<Plan, Plan> = {
  name: "hoist",
  makes: "named",
  order: [{ after: "lift", because: "what `lift` makes an argument needs no name" }],
  run: (plan) => mapKernels(plan, (kernel) => ({ ...kernel, body: new Hoisting(kernel).run() })),
};

/** One loop's body while it is rewritten. */
interface Scope {
  readonly depth: number;
  /** The variable of the loop whose body it is; undefined outside of all loops. */
  readonly variable: string | undefined;
  readonly out: Statement[];
  /** Names of values computed here, by the expression they stand for. */
  readonly values: Map<number, Expression>;
  /** The buffers that these values were read from, and the accumulators. */
  readonly sources: Map<number, readonly string[]>;
  readonly indices: Map<string, Size>;
  /** How often each expression is used by the statements of this body. */
  readonly uses: Map<number, number>;
  /** Buffers that are stored to in this body or in loops inside it, and accumulators to which these add. */
  readonly changes: ReadonlySet<string>;
}

class Hoisting {
  readonly #kernel: Kernel;
  readonly #pool: Expressions;
  readonly #scopes: Scope[] = [];
  /** The scope in which a loop variable or local of the given kernel is defined; size parameters are outermost. */
  readonly #depths = new Map<string, number>();
  readonly #names: FreshNames;
  readonly #accumulators = new Set<string>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#pool = kernel.pool;
    this.#names = new FreshNames([...kernel.buffers.map((buffer) => buffer.name), ...kernel.sizes]);
    for (const statement of walk(kernel.body)) {
      if (statement.kind === "accumulator") this.#accumulators.add(statement.name);
      if (statement.kind === "accumulator" || statement.kind === "let") this.#names.take(statement.name);
      if (statement.kind === "loop") this.#names.take(statement.index);
    }
  }

  run(): Statement[] {
    return this.#body(this.#kernel.body);
  }

  #body(statements: readonly Statement[], variable?: string): Statement[] {
    const scope: Scope = {
      depth: this.#scopes.length,
      variable,
      out: [],
      values: new Map(),
      sources: new Map(),
      indices: new Map(),
      uses: countUses(statements),
      changes: changedIn(statements),
    };
    this.#scopes.push(scope);
    for (const statement of statements) {
      scope.out.push(this.#statement(statement, scope));
      this.#forget(changedIn([statement]));
    }
    this.#scopes.pop();
    return withStoresLast(scope.out, this.#kernel);
  }

  /** Forgets the values that were made of what has changed: later statements read it anew. */
  #forget(changed: ReadonlySet<string>): void {
    const isRead = (name: string): boolean => this.#accumulators.has(name) || this.#isReadAnew(name);
    if (![...changed].some(isRead)) return;
    for (const { values, sources } of this.#scopes) {
      for (const [id, names] of sources) if (names.some((name) => changed.has(name))) values.delete(id);
    }
  }

  #isReadAnew(buffer: string): boolean {
    return this.#kernel.buffers.some(({ name, access }) => access === "both" && name === buffer);
  }

  #statement(statement: Statement, scope: Scope): Statement {
    switch (statement.kind) {
      case "accumulator":
        this.#depths.set(statement.name, scope.depth);
        return statement;
      case "loop": {
        // Bounds are taken before the loop; they do not see its variable.
        const from = this.#base(this.#index(statement.from, scope), scope);
        const to = this.#base(this.#index(statement.to, scope), scope);
        this.#depths.set(statement.index, scope.depth + 1);
        return { ...statement, from, to, body: this.#body(statement.body, statement.index) };
      }
      case "let": {
        const value = this.#value(statement.value, scope);
        this.#depths.set(statement.name, scope.depth);
        return { ...statement, value };
      }
      case "accumulate":
        return { ...statement, value: this.#value(statement.value, scope) };
      case "store": {
        const value = this.#value(statement.value, scope);
        const zeroWhere = statement.zeroWhere && this.#value(statement.zeroWhere, scope);
        const index = statement.index && this.#value(statement.index, scope);
        const at = this.#index(statement.at, scope);
        const row = index && { index, stride: this.#index(statement.stride ?? 1, scope) };
        const step = statement.step !== undefined && {
          step: this.#base(this.#index(statement.step, scope), scope),
        };
        return { ...statement, at, ...row, ...step, value, ...(zeroWhere && { zeroWhere }) };
      }
      case "draw":
        return statement;
      case "check":
        return { ...statement, below: this.#index(statement.below, scope) };
    }
  }

  /** The expression in terms of names that scopes up to this one define. */
  #value(e: Expression, scope: Scope, uses: ReadonlyMap<number, number> = scope.uses): Expression {
    if (e.kind === "number" || e.kind === "local") return e;
    for (let depth = scope.depth; depth >= 0; depth--) {
      const known = this.#scopes[depth]!.values.get(e.id);
      if (known) return known;
    }
    const home = this.#scopes[Math.min(this.#depthOf(e), scope.depth)]!;
    if (e.kind === "size") {
      const outside = home.depth < scope.depth || (uses.get(e.id) ?? 0) > 1;
      const size = this.#index(e.size, home);
      return this.#pool.size(outside ? this.#base(size, home) : size);
    }
    const inner = e.kind === "guard" ? this.#guard(e, home) : this.#operands(e, home, uses);
    const named = inner.kind === "checked" || home.depth < scope.depth || (uses.get(e.id) ?? 0) > 1;
    if (!named) return inner;
    return this.#name(e, inner, home);
  }

  #name(e: Expression, value: Expression, home: Scope): Expression {
    const int = value.kind === "checked";
    const name = this.#names.fresh(identifier(this.#pool.hint(e) ?? (int ? "index" : "t")));
    const plain = value.kind === "checked" ? value.operand : value;
    home.out.push({ kind: "let", name, value: plain });
    if (value.kind === "checked") {
      home.out.push({ kind: "check", name, below: value.below, message: value.message });
    }
    const local = this.#pool.local(name, plain.type);
    home.values.set(e.id, local);
    home.sources.set(e.id, this.#sourcesOf(e));
    return local;
  }

  #operands(e: Expression, scope: Scope, uses: ReadonlyMap<number, number>): Expression {
    const done = new Map<number, Expression>(
      operandsOf(e).map((operand) => [operand.id, this.#value(operand, scope, uses)]),
    );
    return rebuild(this.#pool, e, { size: (size) => this.#index(size, scope) }, done);
  }

  /** A guard's operand has no name before the guard: it may read outside of its buffer. */
  #guard(e: Extract<Expression, { kind: "guard" }>, scope: Scope): Expression {
    const size = (inner: Size): Size => this.#index(inner, scope);
    return rebuild(this.#pool, e, { size });
  }

  /** An integer expression in which the parts that outer scopes have named are replaced by their names. */
  #index(size: Size, scope: Scope): Size {
    if (typeof size === "number") return size;
    const own: Size[] = [];
    const outer = new Map<number, Size[]>();
    let constant = 0;
    for (const term of terms(size)) {
      const depth = this.#depthOfSize(term);
      if (typeof term === "number") constant = term;
      else if (depth >= scope.depth) own.push(term);
      else append(outer, depth, term);
    }
    // From the outermost: each partial sum includes the one outside it.
    const depths = [...outer.keys()].sort((a, b) => a - b);
    let base: Size = 0;
    for (const depth of depths) {
      const partial = sum([base, ...outer.get(depth)!]);
      const known = depth === depths.at(-1) ? this.#known(partial, scope) : undefined;
      // A place that differs by a number from a named place gets no name: `at + 4`.
      if (known !== undefined) base = add(known, constant);
      else
        base = this.#base(depth === depths.at(-1) ? add(partial, constant) : partial, this.#scopes[depth]!);
    }
    if (depths.length === 0) base = constant;
    const result = this.#withNamedStep(sum(own), scope);
    return add(this.#known(result, scope) ?? result, base);
  }

  // H * W * k + 2 * H * k -> at * k, with let at = H * W + 2 * H outside of the loop
  #withNamedStep(size: Size, { variable }: Scope): Size {
    if (variable === undefined) return size;
    const linear = linearIn(size, variable);
    if (!linear || typeof linear.coefficient === "number") return size;
    const parts = monomials(linear.coefficient).filter(({ coefficient }) => coefficient !== 0);
    if (parts.length === 1 && parts[0]!.atoms.every(({ kind }) => kind === "symbol")) return size;
    const home = this.#scopes[this.#depthOfSize(linear.coefficient)]!;
    return add(mul(this.#base(linear.coefficient, home), symbol(variable)), linear.rest);
  }

  /** The name of an integer expression, if it has one already. */
  #known(size: Size, scope: Scope): Size | undefined {
    const text = key(size);
    for (let depth = scope.depth; depth >= 0; depth--) {
      const known = this.#scopes[depth]!.indices.get(text);
      if (known !== undefined) return known;
    }
    return undefined;
  }

  #base(size: Size, scope: Scope): Size {
    // A name, or a name plus a number, costs nothing where it is used.
    const parts = terms(size).filter((term) => typeof term !== "number");
    if (parts.length <= 1 && parts.every((term) => asSymbol(term) !== undefined)) return size;
    const known = this.#known(size, scope);
    if (known !== undefined) return known;
    const value = this.#pool.size(this.#withNamedStep(size, scope));
    const name = this.#names.fresh("at");
    scope.out.push({ kind: "let", name, value });
    const made = symbol(name);
    scope.indices.set(key(size), made);
    return made;
  }

  #depthOf(e: Expression): number {
    let depth = 0;
    const seen = new Set<number>();
    const visit = (part: Expression): void => {
      if (seen.has(part.id)) return;
      seen.add(part.id);
      if (part.kind === "local")
        depth = Math.max(depth, this.#depths.get(part.name) ?? 0, this.#depthOfChanges(part.name));
      if (part.kind === "load") depth = Math.max(depth, this.#depthOfChanges(part.buffer));
      for (const size of sizesIn(part)) depth = Math.max(depth, this.#depthOfSize(size));
      for (const operand of operandsOf(part)) visit(operand);
    };
    visit(e);
    return depth;
  }

  /**
   * A load stays inside the loops that store to its buffer, and what reads an accumulator inside those that add to it: both may
   * differ from round to round.
   */
  #depthOfChanges(name: string): number {
    return Math.max(
      0,
      this.#scopes.findLastIndex((scope) => scope.changes.has(name)),
    );
  }

  /** The buffers and the accumulators of which a value is made. */
  #sourcesOf(e: Expression): string[] {
    const names = new Set<string>();
    visitExpressions([e], (part) => {
      if (part.kind === "load") names.add(part.buffer);
      if (part.kind === "local" && this.#accumulators.has(part.name)) names.add(part.name);
    });
    return [...names];
  }

  #depthOfSize(size: Size): number {
    let depth = 0;
    for (const name of symbolsOf(size)) depth = Math.max(depth, this.#depths.get(name) ?? 0);
    return depth;
  }
}

/**
 * Moves the stores of rounds that are side by side behind all loads: V8 then keeps the loads together, which is worth a tenth
 * of the time. A body that reads a buffer to which it stores is not changed.
 */
function withStoresLast(statements: readonly Statement[], { buffers }: Kernel): Statement[] {
  const isStraight = statements.every(
    ({ kind }) => kind === "let" || kind === "accumulate" || kind === "store",
  );
  const written = buffersWritten(statements);
  const isRead = buffers.some(({ name, access }) => access === "both" && written.has(name));
  if (!isStraight || isRead) return [...statements];
  return storesLast(statements);
}

function buffersWritten(statements: readonly Statement[]): Set<string> {
  const written = new Set<string>();
  for (const statement of walk(statements)) if (statement.kind === "store") written.add(statement.buffer);
  return written;
}

function changedIn(statements: readonly Statement[]): Set<string> {
  const changed = buffersWritten(statements);
  for (const statement of walk(statements)) if (statement.kind === "accumulate") changed.add(statement.name);
  return changed;
}

function countUses(statements: readonly Statement[]): Map<number, number> {
  const uses = new Map<number, number>();
  const visit = (e: Expression): void => {
    const count = (uses.get(e.id) ?? 0) + 1;
    uses.set(e.id, count);
    if (count === 1) for (const operand of operandsOf(e)) visit(operand);
  };
  for (const statement of statements) for (const root of rootsOf(statement)) visit(root);
  return uses;
}
