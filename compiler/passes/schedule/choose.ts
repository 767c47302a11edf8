/** Which directives the loops of a kernel are given: all that is known of what pays, in one place. */
import type { Directive } from "../../ir/plan/directive.ts";
import { walk, type Kernel, type Loop, type Statement } from "../../ir/plan/plan.ts";
import { isNarrow } from "../../ir/dtype.ts";
import type { Target } from "../../target/target.ts";
import {
  applyDirective,
  hasRest,
  inRest,
  withIds,
  type KernelFacts,
  type Scheduled,
} from "./apply-directive.ts";
import {
  costOf,
  divisorIn,
  hasSameRounds,
  hasManyRounds,
  hasOwnSums,
  isPlain,
  isShared,
  isStraight,
  loadsOf,
  onlyLoop,
  strideOf,
  sumsOf,
} from "./loops.ts";
import { lanes } from "./lanes.ts";
import { panels } from "./panels.ts";
import { Refusal } from "./refusal.ts";
import { taps } from "./taps.ts";

/** Sums that are made side by side already gain nothing from more of them. */
const MAX_SUMS = 2;

/** Shorter loops are edges for the most part. */
const MIN_INNER_ROUNDS = 8;

/** The schedule of a kernel, outer loops first. */
export function choose(kernel: Kernel, target: Target, facts: KernelFacts): Directive[] {
  const { vectors } = target;
  const named = withIds(kernel);
  const { directives, body } = vectors
    ? withoutEdges(named, facts)
    : { directives: [], body: named.kernel.body };
  const inside = (statements: readonly Statement[]): Directive[] => forLoops(statements, target);
  const narrow = new Set(kernel.buffers.flatMap(({ name, dtype }) => (isNarrow(dtype) ? [name] : [])));
  const own = { all: facts.weights, narrow };
  return [
    ...directives,
    ...body.flatMap((loop) =>
      loop.kind === "loop" ? (panels(loop, target, own, inside) ?? forLoop(loop, target)) : [],
    ),
  ];
}

/**
 * Peels the loops over results whose rounds differ at the edges, as such loops cannot be vectors. Loops over edges stay as they are.
 */
function withoutEdges(
  { kernel, names }: Scheduled,
  facts: KernelFacts,
): { directives: Directive[]; body: readonly Statement[] } {
  const directives: Directive[] = [];
  const seen = new Set<string>();
  let current = kernel;
  const next = (statements: readonly Statement[]): Loop | undefined => {
    for (const statement of statements) {
      if (statement.kind !== "loop" || /\.(first|last)$/.test(statement.id!)) continue;
      const found = seen.has(statement.id!) ? next(statement.body) : statement;
      if (found) return found;
    }
    return undefined;
  };
  for (let loop = next(current.body); loop; loop = next(current.body)) {
    seen.add(loop.id!);
    const isOfResults = [...walk(loop.body)].some(({ kind }) => kind === "store");
    if (!isOfResults || !hasManyRounds(loop, MIN_INNER_ROUNDS)) continue;
    try {
      const directive: Directive = { do: "peel", loop: loop.id! };
      current = applyDirective({ kernel: current, names }, directive, facts).kernel;
      directives.push(directive);
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
    }
  }
  return { directives, body: current.body };
}

function forLoops(statements: readonly Statement[], target: Target): Directive[] {
  return statements.flatMap((statement) => (statement.kind === "loop" ? forLoop(statement, target) : []));
}

function forLoop(loop: Loop, target: Target): Directive[] {
  return (
    lanes(loop, target, (statements) => forLoops(statements, target)) ??
    block(loop, target) ??
    taps(loop, target, (rest) => forLoops(rest.body, target)) ??
    columns(loop, target) ??
    transposition(loop, target) ??
    divisions(loop, target) ??
    stores(loop, target) ??
    sums(loop, target) ??
    forLoops(loop.body, target)
  );
}

/**
 * for i { for j { s = 0; for k { s += x[i, k] * w[j, k] }; … } } -> a block of rows and columns, whose sums share what they
 * read: a row's elements are read for four columns and a column's for four rows.
 */
function block(loop: Loop, target: Target): Directive[] | undefined {
  const { costs, expensive, block: size } = target;
  const inner = onlyLoop(loop);
  const sum = inner && onlyLoop(inner);
  if (!sum || loop.body.length > 1 || !isPlain(loop) || !isProduct(inner, target)) return undefined;
  if (!hasSameRounds(loop, inner) || !hasSameRounds(loop, sum) || !isShared(loop, sum)) return undefined;
  const isCheap = costOf(inner, costs) < expensive && hasManyRounds(loop, size.rows.cheap);
  const rows = isCheap ? size.rows.cheap : size.rows.expensive;
  if (!hasManyRounds(loop, rows) || !hasManyRounds(sum, size.minSum)) return undefined;
  // The sums of several rows beside the last columns are side by side already.
  const beside = rows * sumsOf(sum).length <= MAX_SUMS ? undefined : [];
  return [
    { do: "jam", loop: loop.id!, by: rows },
    ...jammed(inner, target, beside),
    ...(hasRest(loop, rows) ? forLoops(inRest(loop).body, target) : []),
  ];
}

/** for j { s = 0; for k { s += x[k] * w[j, k] }; y[j] = f(s) } -> four columns in one loop over k */
function columns(loop: Loop, target: Target): Directive[] | undefined {
  return isProduct(loop, target) ? jammed(loop, target) : undefined;
}

/** The columns side by side, and what the last ones get, of which there are fewer. */
function jammed(loop: Loop, target: Target, last?: readonly Directive[]): Directive[] {
  const by = target.block.columns;
  const rest = hasRest(loop, by) ? (last ?? forLoops(inRest(loop).body, target)) : [];
  return [{ do: "jam", loop: loop.id!, by }, ...rest];
}

/** Whether a loop is around one inner loop of sums, which its rounds begin anew, and whose operands they share. */
function isProduct(loop: Loop, { block: size }: Target): boolean {
  const inner = onlyLoop(loop);
  if (!inner || !isPlain(loop) || !hasManyRounds(loop, size.columns)) return false;
  if (!inner.body.every((statement) => statement.kind === "accumulate" && statement.reduce === "sum"))
    return false;
  // A sum that goes on from round to round is no result of a round.
  if (!hasOwnSums(loop, inner)) return false;
  return isShared(loop, inner) && hasSameRounds(loop, inner);
}

/**
 * for i { for j { y[i, j] = x[j, i] } } -> for i by 4 { for j { four stores } }: a transposition reads a line of memory for
 * four results instead of one.
 */
function transposition(loop: Loop, { block: size }: Target): Directive[] | undefined {
  const inner = onlyLoop(loop);
  if (!inner || loop.body.length > 1 || !isPlain(loop) || !hasManyRounds(loop, size.columns))
    return undefined;
  if (!inner.body.every((each) => each.kind === "store" && !each.zeroWhere && !each.index)) return undefined;
  if (!hasSameRounds(loop, inner)) return undefined;
  const isAcross = loadsOf(inner.body).some(({ at, index }) => {
    const stride = strideOf(at, inner.index);
    return !index && strideOf(at, loop.index) === 1 && stride !== 1 && stride !== 0;
  });
  return isAcross ? [{ do: "jam", loop: loop.id!, by: size.columns }] : undefined;
}

/**
 * for i { y[i] = x[i // 2] } -> for i { y[2 * i] = x[i]; y[2 * i + 1] = x[i] }: a division takes more time than the rest of the
 * round.
 */
function divisions(loop: Loop, { loops }: Target): Directive[] | undefined {
  if (!isPlain(loop) || !isStraight(loop) || sumsOf(loop).length > 0) return undefined;
  const by = divisorIn(loop);
  if (by === undefined || !hasManyRounds(loop, 2 * by)) return undefined;
  const unrolls = by <= loops.unroll;
  return [
    { do: "split", loop: loop.id!, by },
    ...(unrolls ? [{ do: "unroll" as const, loop: `${loop.id}.part`, by }] : []),
  ];
}

/**
 * for i { y[i] = g(x[i]) } -> for i by 4 { four of them }: fewer jumps, and loads that do not stand behind stores, which is
 * worth a tenth of the time.
 */
function stores(loop: Loop, { costs, loops }: Target): Directive[] | undefined {
  if (!isPlain(loop) || !hasManyRounds(loop, loops.minRounds) || !isStraight(loop)) return undefined;
  const count = loop.body.filter((statement) => statement.kind === "store").length;
  if (count !== 1 || sumsOf(loop).length > 0 || costOf(loop, costs) >= loops.maxBodyCost) return undefined;
  return [{ do: "unroll", loop: loop.id!, by: loops.unroll }];
}

/** A sum in one accumulator waits for each addition; four run side by side. */
function sums(loop: Loop, { loops }: Target): Directive[] | undefined {
  if (!isPlain(loop) || !hasManyRounds(loop, loops.minRounds) || !isStraight(loop)) return undefined;
  const { length } = sumsOf(loop);
  if (length === 0 || length > MAX_SUMS) return undefined;
  return [{ do: "sums", loop: loop.id!, by: loops.unroll }];
}
