/**
 * Takes guards out of loops. A guard that always holds goes. Loops that only add up guarded elements run over the guarded
 * range alone, since elements outside of it are the reduction's identity. The part of a window past an edge then costs
 * nothing, nor do the zeros between the elements of a padded tensor: the loop visits every n-th place.
 */
import {
  rebuild,
  rebuildStatement,
  type Change,
  type Expression,
  type Expressions,
  type Loop,
  type Plan,
  type Statement,
} from "../ir/plan/plan.ts";
import { reductions } from "../ir/graph/primitives.ts";
import { add, floorDiv, key, linearIn, max, min, mod, monomials, mul, neg, sub, substitute, symbol, symbolsOf, type Size } from "../ir/size/size.ts"; // prettier-ignore
import { withoutCertain } from "./clip/certain.ts";
import { mapKernels } from "./map-kernels.ts";
import type { Pass } from "./pass.ts";

export const clip: Pass<Plan, Plan> = {
  name: "clip",
  order: [{ before: "schedule", because: "it looks for loops whose whole body is one statement" }],
  run: (plan) =>
    mapKernels(plan, ({ pool, body, ...kernel }) => ({
      ...kernel,
      pool,
      body: body.map((statement) => clipLoop(pool, withoutCertain(pool, statement))),
    })),
};

/** The condition 0 <= at < below, on which an element is added. */
interface Guard {
  readonly at: Size;
  readonly below: Size;
}

/** Loops, one inside the other, around a sum, maximum or minimum of guarded elements and nothing else. */
interface Nest {
  readonly pool: Expressions;
  /** From the outermost, without their bodies. */
  readonly loops: readonly Loop[];
  readonly guards: readonly Guard[];
  readonly inner: Extract<Statement, { kind: "accumulate" }>;
}

function clipLoop(pool: Expressions, statement: Statement): Statement {
  if (statement.kind !== "loop") return statement;
  const nest = nestOf(pool, statement);
  if (!nest) return { ...statement, body: statement.body.map((inner) => clipLoop(pool, inner)) };
  const clipped = nest.guards.reduce((current) => withoutFirst(current), nest);
  return loopOf(clipped);
}

function nestOf(pool: Expressions, loop: Loop): Nest | undefined {
  const loops: Loop[] = [];
  let statement: Statement | undefined = loop;
  while (statement?.kind === "loop" && statement.body.length === 1) {
    loops.push(statement);
    statement = statement.body[0];
  }
  if (statement?.kind !== "accumulate") return undefined;
  const { identity } = reductions[statement.reduce];
  const guards = new Map<string, Guard>();
  let value: Expression = statement.value;
  while (value.kind === "guard" && value.fallback === identity) {
    guards.set(`${key(value.at)} < ${key(value.below)}`, value);
    value = value.operand;
  }
  // Steps come first: they change the range of a loop from 0 on.
  const [steps, ranges] = [true, false].map((isStep) =>
    [...guards.values()].filter((guard) => (dividedBy(guard) !== undefined) === isStep),
  ) as [Guard[], Guard[]];
  return { pool, loops, guards: [...steps, ...ranges], inner: { ...statement, value } };
}

function loopOf({ pool, loops, guards, inner }: Nest): Statement {
  const fallback = reductions[inner.reduce].identity;
  const value = guards.reduceRight(
    (operand, guard) => pool.guard(operand, { ...guard, fallback }),
    inner.value,
  );
  return loops.reduceRight<Statement>((body, loop) => ({ ...loop, body: [body] }), { ...inner, value });
}

/** The nest without its first guard, if a loop can take it over; otherwise that guard becomes the last. */
function withoutFirst(nest: Nest): Nest {
  const [guard, ...guards] = nest.guards;
  if (!guard) return nest;
  // The innermost loop that the guard depends on: there, all else that it depends on is known.
  const names = new Set([...symbolsOf(guard.at), ...symbolsOf(guard.below)]);
  const home = nest.loops.findLastIndex(({ index }) => names.has(index));
  const rest = { ...nest, guards };
  return (home >= 0 && (narrowed(rest, home, guard) ?? inSteps(rest, home, guard))) || { ...nest, guards: [...guards, guard] }; // prettier-ignore
}

// for k { s += guard(0 <= step * k + rest < below, x[k]) } -> the k for which that holds
function narrowed(nest: Nest, home: number, { at, below }: Guard): Nest | undefined {
  const loop = nest.loops[home]!;
  const linear = linearIn(at, loop.index);
  if (!linear || symbolsOf(below).has(loop.index)) return undefined;
  const { coefficient: step, rest } = linear;
  if (typeof step !== "number" || step < 1) return undefined;
  const ceilDiv = (size: Size): Size => floorDiv(add(size, step - 1), step);
  const from = max(loop.from, ceilDiv(neg(rest)));
  const to = min(loop.to, ceilDiv(sub(below, rest)));
  return { ...nest, loops: nest.loops.with(home, { ...loop, from, to }) };
}

// for k { s += guard((c * k + rest) % n == 0, x[k]) } -> for k { s += x[first + n * k] }, if c has an inverse modulo n
function inSteps(nest: Nest, home: number, guard: Guard): Nest | undefined {
  const loop = nest.loops[home]!;
  const divided = dividedBy(guard);
  const linear = divided && linearIn(divided.at, loop.index);
  if (!linear || typeof linear.coefficient !== "number" || loop.from !== 0) return undefined;
  const { at, by } = divided;
  const inverse = inverseOf(linear.coefficient, by);
  if (inverse === undefined) return undefined;
  const first = mod(mul(-inverse, linear.rest), by);
  const places = new Map([[loop.index, add(first, mul(by, symbol(loop.index)))]]);
  const change: Change = { size: (size) => substitute(size, places) };
  const to = floorDiv(add(sub(loop.to, first), by - 1), by);
  const { pool, loops, guards, inner } = nest;
  return {
    pool,
    loops: [
      ...loops.slice(0, home),
      { ...loop, to },
      ...loops.slice(home + 1).map((each) => rebuildStatement(pool, { ...each, body: [] }, change) as Loop),
    ],
    // A place that is a multiple of n: 0 <= n * q < below is 0 <= q < (below - 1) // n + 1.
    guards: guards.map((other) =>
      mod(sub(other.at, at), by) === 0
        ? { at: floorDiv(substitute(other.at, places), by), below: add(floorDiv(sub(other.below, 1), by), 1) }
        : { at: substitute(other.at, places), below: substitute(other.below, places) },
    ),
    inner: { ...inner, value: rebuild(pool, inner.value, change) },
  };
}

/** The n of a guard 0 <= -(at % n) < 1, which says that `at` is a multiple of n. */
function dividedBy({ at, below }: Guard): { readonly at: Size; readonly by: number } | undefined {
  const [term, ...others] = monomials(at).filter(({ coefficient }) => coefficient !== 0);
  const [atom, ...factors] = term?.atoms ?? [];
  if (below !== 1 || term?.coefficient !== -1 || others.length + factors.length > 0) return undefined;
  if (atom?.kind !== "mod" || typeof atom.right !== "number") return undefined;
  return { at: atom.left, by: atom.right };
}

/** The number whose product with `a` has the remainder 1 when divided by n; undefined where there is none. */
function inverseOf(a: number, n: number): number | undefined {
  for (let inverse = 1; inverse < n; inverse++) if ((((a * inverse) % n) + n) % n === 1) return inverse;
  return undefined;
}
