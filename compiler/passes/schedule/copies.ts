/** Rounds of a loop side by side: its body several times, with locals of its own each time. */
import {
  operandsOf,
  rebuildStatement,
  renaming,
  rootsOf,
  sizesIn,
  visitExpressions,
  type Expression,
  type Expressions,
  type Loop,
  type Statement,
} from "../../ir/plan.ts";
import type { Target } from "../../target/target.ts";
import { add, floorDiv, mul, symbol, symbolsOf, type Size } from "../../ir/size.ts";

export interface Scheduling {
  readonly target: Target;
  readonly pool: Expressions;
  /** Loop bounds that got a name so far. */
  bounds: number;
}

export interface Copy {
  readonly body: readonly Statement[];
  /** What the locals that differ from copy to copy are called in this one. */
  readonly locals: ReadonlyMap<string, string>;
}

/**
 * The body `factor` times, for the indices i, i + 1, …; locals that change with i are renamed, the others are
 * made once. Nothing else has a `$` in its name; `tag` tells copies of copies apart.
 */
export function copiesOf(pool: Expressions, loop: Loop, factor: number, tag = "$"): Copy[] {
  const changing = changingIn(loop);
  return Array.from({ length: factor }, (_, round) => {
    const locals = new Map(
      [...changing].map((name) => [name, round === 0 ? name : `${name}${tag}${round}`] as const),
    );
    const sizes = new Map<string, Size>([...locals].map(([name, renamed]) => [name, symbol(renamed)]));
    sizes.set(loop.index, add(symbol(loop.index), round));
    const change = renaming(pool, sizes, locals);
    const body = loop.body.flatMap((statement) => {
      const own = round === 0 ? [statement] : withoutCommon(statement, changing);
      return own.map((kept) => renameDefinitions(rebuildStatement(pool, kept, change), locals));
    });
    return { body, locals };
  });
}

/** The locals that differ from round to round: sums, and what is made of the index or of such locals. */
export function changingIn(loop: Loop): ReadonlySet<string> {
  const changing = new Set<string>();
  const visit = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      if (statement.kind === "loop") visit(statement.body);
      else if (statement.kind === "accumulator" || statement.kind === "accumulate")
        changing.add(statement.name);
      else if (statement.kind === "let" && dependsOn(statement.value, loop.index, changing))
        changing.add(statement.name);
    }
  };
  visit(loop.body);
  return changing;
}

/** Whether an expression reads the index, or one of the locals. */
export function dependsOn(e: Expression, index: string, locals: ReadonlySet<string>): boolean {
  let found = false;
  visitExpressions([e], (part) => {
    if (part.kind === "local" && (part.name === index || locals.has(part.name))) found = true;
    found ||= sizesIn(part).some((size) => mentions(size, index, locals));
  });
  return found;
}

/** The same of an integer expression. */
export function mentions(size: Size, index: string, locals: ReadonlySet<string>): boolean {
  return [...symbolsOf(size)].some((name) => name === index || locals.has(name));
}

function withoutCommon(statement: Statement, changing: ReadonlySet<string>): Statement[] {
  if (statement.kind === "let" && !changing.has(statement.name)) return [];
  if (statement.kind !== "loop") return [statement];
  return [{ ...statement, body: statement.body.flatMap((inner) => withoutCommon(inner, changing)) }];
}

function renameDefinitions(statement: Statement, names: ReadonlyMap<string, string>): Statement {
  if (statement.kind === "loop") {
    return { ...statement, body: statement.body.map((inner) => renameDefinitions(inner, names)) };
  }
  return "name" in statement
    ? { ...statement, name: names.get(statement.name) ?? statement.name }
    : statement;
}

/** Copies that each hold one loop, all with the same bounds, as one body with one such loop. */
export function fuseCopies(
  copies: readonly Pick<Copy, "body">[],
  fuse: (loops: readonly Loop[]) => Statement[],
): Statement[] {
  const parts = copies.map(({ body }) => {
    const at = body.findIndex((statement) => statement.kind === "loop");
    return { before: body.slice(0, at), inner: body[at] as Loop, after: body.slice(at + 1) };
  });
  return [
    ...parts.flatMap(({ before }) => before),
    ...fuse(parts.map(({ inner }) => inner)),
    ...parts.flatMap(({ after }) => after),
  ];
}

/** The loop in steps of `factor`, and one for what is left. */
export function byFactor(
  scheduling: Scheduling,
  loop: Loop,
  factor: number,
  body: readonly Statement[],
  single: readonly Statement[],
): Statement[] {
  const whole = mul(floorDiv(loop.to, factor), factor);
  if (typeof whole === "number") {
    const main: Loop = { ...loop, to: whole, step: factor, body };
    return whole === loop.to ? [main] : [main, { ...loop, from: whole, body: single }];
  }
  // A bound that is computed is computed once.
  const end = `whole$${scheduling.bounds === 0 ? "" : scheduling.bounds}`;
  scheduling.bounds++;
  return [
    { kind: "let", name: end, value: scheduling.pool.size(whole) },
    { ...loop, to: symbol(end), step: factor, body },
    { ...loop, from: symbol(end), body: single },
  ];
}

/** Gives what several statements read a name. What is read behind a guard is named with its guard. */
export function nameShared(pool: Expressions, body: readonly Statement[]): Statement[] {
  const uses = new Map<Expression, number>();
  for (const statement of body) {
    for (const read of readsOf(rootsOf(statement))) uses.set(read, (uses.get(read) ?? 0) + 1);
  }
  const shared = [...uses].filter(([, count]) => count > 1).map(([read]) => read);
  const names = new Map(
    shared.map((read, i) => [read.id, `${read.kind === "load" ? read.buffer : "v"}$${i}`]),
  );
  const lets = shared.map((read): Statement => ({
    kind: "let",
    name: names.get(read.id)!,
    value: read,
  }));
  const change = {
    expression: (e: Expression): Expression => {
      const name = names.get(e.id);
      return name === undefined ? e : pool.local(name, e.type);
    },
  };
  return [...lets, ...body.map((statement) => rebuildStatement(pool, statement, change))];
}

/** The loads in expressions, and guards in place of those behind them. */
function readsOf(roots: readonly Expression[]): Set<Expression> {
  const seen = new Set<Expression>();
  const left = [...roots];
  for (let e = left.pop(); e; e = left.pop()) {
    if (seen.has(e)) continue;
    seen.add(e);
    if (e.kind !== "guard") left.push(...operandsOf(e));
  }
  return new Set([...seen].filter(({ kind }) => kind === "load" || kind === "guard"));
}

export function isPlain(loop: Loop): boolean {
  return loop.from === 0 && loop.step === 1;
}

export function isLong(size: Size, least: number): boolean {
  return typeof size !== "number" || size >= least;
}
