/**
 * Products with weights: results in vectors along the axis of the weights, which are packed in panels as wide as two vectors. A
 * block of rows by a panel reads two vectors of weights and one number of each row for all of its products.
 */
import type { Directive } from "../../ir/plan/directive.ts";
import { bytesPerElement } from "../../ir/dtype.ts";
import { mul, symbolsOf } from "../../ir/size/size.ts";
import type { Loop, Statement } from "../../ir/plan/plan.ts";
import type { Target } from "../../target/target.ts";
import { hasRest, inRest } from "./apply-directive.ts";
import { dependsOn, hasManyRounds, hasSameRounds, isPlain, loadsOf, onlyLoop, strideOf } from "./loops.ts";

/** Blocks by the vectors in a panel. A wide one has fewer rows, and leaves fewer of them over. */
const WIDE = { vectors: 4, rows: 2 };
const NARROW = { vectors: 2 };

/**
 * Panels of narrow weights are widened for so many rows at a time, which takes a tenth of the time of their products. Fewer rows
 * widen the weights that they read, one row of weights after the other.
 */
const ROWS_PER_PANEL = 32;

/** Fewer narrow weights do not pay for the text of a second nest. */
const MIN_WIDENED = 4096;

/** Shorter sums do not pay for results that are stored one by one. */
const MIN_SUM = 24;

/** A nest of results around a nest of one sum. */
interface Product {
  /** The loops over results, outermost first. */
  readonly results: readonly Loop[];
  /** The loops of the sum, outermost first. */
  readonly sums: readonly Loop[];
}

export function panels(
  loop: Loop,
  { vectors }: Target,
  weights: { readonly all: ReadonlySet<string>; readonly narrow: ReadonlySet<string> },
  inside: ForLoops,
): Directive[] | undefined {
  const product = vectors && productOf(loop);
  if (!product) return undefined;
  const { results, sums } = product;
  const loads = loadsOf(sums.at(-1)!.body);
  const changes = (load: (typeof loads)[number], { index }: Loop): boolean =>
    dependsOn(load, new Set([index]));
  const weight = loads.find(({ buffer }) => weights.all.has(buffer));
  if (!weight || loads.filter(({ buffer }) => buffer === weight.buffer).length > 1) return undefined;
  const others = loads.filter((load) => load !== weight);
  const column = results.find(
    (each) =>
      changes(weight, each) &&
      others.every((load) => !changes(load, each)) &&
      typeof each.to === "number" &&
      each.to >= NARROW.vectors * vectors.lanes,
  );
  const row = results.findLast((each) => each !== column);
  if (!column || !row || changes(weight, row) || !others.some((load) => changes(load, row))) return undefined;
  if (!sums.some((each) => changes(weight, each)) || roundsOf(sums) < MIN_SUM) return undefined;
  const isWide = !hasRest(column, WIDE.vectors * vectors.lanes);
  const rows = isWide ? WIDE.rows : rowsOf(row);
  if (!hasManyRounds(row, rows)) return undefined;
  const block: Block = {
    product,
    row,
    rows,
    column,
    vectors: isWide ? WIDE.vectors : NARROW.vectors,
    lanes: vectors.lanes,
    weight: weight.buffer,
    isNarrow: weights.narrow.has(weight.buffer),
  };
  const isInCache = roundsOf([column, ...sums]) * bytesPerElement(weight.type.dtype) <= vectors.cache;
  const isOfRows = column === results.at(-1) && isAlong(sums.at(-1)!, loads);
  if (isOfRows && block.isNarrow) {
    const pays = roundsOf([column, ...sums]) >= MIN_WIDENED && hasManyRounds(row, ROWS_PER_PANEL);
    return pays ? ofRowTiles(block, inside) : undefined;
  }
  if (isOfRows) return isInCache ? ofRows(block, inside) : undefined;
  const [operand, ...more] = others;
  if (more.length > 0) return undefined;
  return isInCache || column === results.at(-1)
    ? ofPlaces(block, operand!, inside)
    : ofManyWeights(block, operand!, inside);
}

interface Block {
  readonly product: Product;
  readonly row: Loop;
  readonly rows: number;
  readonly column: Loop;
  /** The vectors of a panel, and the lanes of each. */
  readonly vectors: number;
  readonly lanes: number;
  readonly weight: string;
  readonly isNarrow: boolean;
}

type ForLoops = (statements: readonly Statement[]) => Directive[];

/** The lanes of a panel, in loops whose ids begin with a prefix. */
function panel({ column, vectors, lanes }: Block, prefix = ""): Directive[] {
  const part = `${prefix}${column.id}.part`;
  return [
    { do: "vector", loop: part, by: lanes },
    { do: "jam", loop: part, by: vectors },
  ];
}

/**
 * for i { for j { s = 0; for k { s += x[i, k] * w[j, k] }; … } }: the rows that are left over are made of dot products, for which the
 * weights lie well as they are.
 */
function ofRows(block: Block, inside: ForLoops): Directive[] {
  const { row, rows, column, vectors, lanes, weight } = block;
  const width = vectors * lanes;
  return [
    { do: "jam", loop: row.id!, by: rows },
    { do: "split", loop: column.id!, by: width },
    { do: "pack", loop: column.id!, buffer: weight, where: "in" },
    ...panel(block),
    ...(hasRest(column, width) ? inside(inRest(column).body) : []),
    ...(hasRest(row, rows) ? inside(inRest(row).body) : []),
  ];
}

/**
 * The same for narrow weights, a panel of which is widened for all rows of a tile. The rows that are left over read the weights as
 * they are.
 */
function ofRowTiles(block: Block, inside: ForLoops): Directive[] {
  const { row, column, vectors, lanes, weight } = block;
  const width = vectors * lanes;
  const part = `${row.id}.part`;
  return [
    { do: "split", loop: row.id!, by: ROWS_PER_PANEL },
    { do: "reorder", loop: part },
    { do: "split", loop: column.id!, by: width },
    { do: "reorder", loop: `${column.id}.part` },
    { do: "pack", loop: column.id!, buffer: weight, where: "in" },
    { do: "vector", loop: `${column.id}.part.pack`, by: lanes },
    { do: "jam", loop: part, by: vectors === WIDE.vectors ? WIDE.rows : 4 },
    ...panel(block),
    ...(hasRest(column, width) ? inside(inRest(column).body) : []),
    ...(hasRest(row, ROWS_PER_PANEL) ? ofRowsLeft(row, inside) : []),
  ];
}

/** Blocks of the rows behind the tiles, where they begin with a whole block; else each row by itself. */
function ofRowsLeft(row: Loop, inside: ForLoops): Directive[] {
  const left = { ...inRest(row), from: 0 };
  const count = typeof row.to === "number" ? row.to % ROWS_PER_PANEL : Infinity;
  const directives = inside([left]);
  const isWhole = directives.every(
    (one) => one.loop !== left.id || (one.do === "jam" && ROWS_PER_PANEL % one.by === 0 && one.by <= count),
  );
  return isWhole ? directives : inside(left.body);
}

/**
 * for o { for p { s = 0; for c { for k { s += x[c, p + k] * w[o, c, k] } }; … } }: the results of some neighbouring places are a
 * block with a panel of weights, and what they read is packed, too.
 */
function ofPlaces(block: Block, operand: { readonly buffer: string }, inside: ForLoops): Directive[] {
  const { product, row, rows, lanes } = block;
  const p = row.id!;
  // A vector of places is packed at once.
  const places = hasManyRounds(row, lanes) && rows < lanes && lanes % rows === 0 ? lanes : rows;
  const [sum, ...sums] = product.sums;
  const packed = (loop: string, prefix = ""): Directive[] => [
    { do: "pack", loop, buffer: operand.buffer, where: "in" },
    ...sums.map((): Directive => ({ do: "fuse", loop: prefix + sum!.id! })),
  ];
  return [
    ...packedPanels(block, true, inside),
    { do: "split", loop: p, by: places },
    { do: "reorder", loop: `${p}.part` },
    ...packed(p),
    ...(places === lanes ? [{ do: "vector" as const, loop: `${p}.part.pack`, by: lanes }] : []),
    { do: "jam", loop: `${p}.part`, by: rows },
    ...panel(block),
    ...(hasRest(row, places) ? [...packed(`${p}.rest`, `${p}.rest.`), ...panel(block, `${p}.rest.`)] : []),
  ];
}

/**
 * The same with more weights than a cache holds: each panel stays in the cache while all places read it, and what they read is
 * packed before the first, the operands of each place side by side. The loops over places are one, so that it leaves fewer places
 * over than each line of them would.
 */
function ofManyWeights(block: Block, operand: { readonly buffer: string }, inside: ForLoops): Directive[] {
  const { column } = block;
  const { results, sums } = block.product;
  const at = results.indexOf(column) + 1;
  const [place, ...others] = results.slice(at) as [Loop, ...Loop[]];
  const row = { ...place, to: others.reduce((count, { to }) => mul(count, to), place.to) };
  const rows = block.vectors === WIDE.vectors ? WIDE.rows : rowsOf(row);
  const one = { ...block, product: { sums, results: [...results.slice(0, at), row] } };
  return [
    ...others.map((): Directive => ({ do: "fuse", loop: row.id! })),
    ...packedPanels(one, false, inside),
    { do: "pack", loop: column.id!, buffer: operand.buffer, where: "before" },
    ...sums.slice(1).map((): Directive => ({ do: "fuse", loop: sums[0]!.id! })),
    { do: "jam", loop: row.id!, by: rows },
    ...panel(one),
    ...(hasRest(row, rows) ? panel(one, `${row.id}.rest.`) : []),
  ];
}

/** Panels of packed weights. Their lanes go into all loops over places, and the loop over panels, too, where it `isInside`. */
function packedPanels(block: Block, isInside: boolean, inside: ForLoops): Directive[] {
  const { column, vectors, lanes, weight, isNarrow, product } = block;
  const width = vectors * lanes;
  const part = `${column.id}.part`;
  // Narrow weights are widened in each call: all of them before all places, or a panel before those that it is for.
  const before = isNarrow && isInside;
  const outermost = product.results.find((each) => each !== column);
  const packed: Directive = before
    ? { do: "pack", loop: outermost!.id!, buffer: weight, where: "before" }
    : { do: "pack", loop: column.id!, buffer: weight, where: "in" };
  return [
    { do: "split", loop: column.id!, by: width },
    ...moved(block, part),
    ...(isInside ? moved(block, column.id!) : []),
    packed,
    ...(isNarrow ? [{ do: "vector" as const, loop: `${part}.pack`, by: lanes }] : []),
    ...(hasRest(column, width) ? inside(inRest(column).body) : []),
  ];
}

/** A loop over columns goes into all loops over places. */
function moved({ product: { results }, column }: Block, loop: string): Directive[] {
  return results.slice(results.indexOf(column) + 1).map(() => ({ do: "reorder", loop }));
}

function productOf(loop: Loop): Product | undefined {
  const results: Loop[] = [];
  let each: Loop | undefined = loop;
  for (; each && each.body.length === 1; each = onlyLoop(each)) results.push(each);
  if (!each) return undefined;
  results.push(each);
  const own = each.body.flatMap((one) => (one.kind === "accumulator" ? [one.name] : []));
  const sums: Loop[] = [];
  for (let inner = onlyLoop(each); inner; inner = onlyLoop(inner)) sums.push(inner);
  const innermost = sums.at(-1);
  if (own.length !== 1 || !innermost || ![...results, ...sums].every(isPlain)) return undefined;
  const isProduct =
    sums.every((sum) => sum === innermost || sum.body.length === 1) &&
    innermost.body.every((one) => one.kind === "accumulate" && one.reduce === "sum" && one.name === own[0]);
  const all = [...results, ...sums];
  const isSquare = all.every((outer, at) => all.slice(at + 1).every((inner) => hasSameRounds(outer, inner)));
  return isProduct && isSquare ? { results, sums } : undefined;
}

/** Whether all operands lie side by side along a loop. */
function isAlong(sum: Loop, loads: ReturnType<typeof loadsOf>): boolean {
  return loads.every(({ at }) => symbolsOf(at).has(sum.index) && strideOf(at, sum.index) === 1);
}

function roundsOf(loops: readonly Loop[]): number {
  return loops.reduce((n, { to }) => n * (typeof to === "number" ? to : Infinity), 1);
}

/**
 * The rows of a block. In each round of the sum, a row of a panel takes two cycles, but no block takes less than the four for which
 * a sum waits for the one before.
 */
function rowsOf({ to }: Loop): number {
  if (typeof to !== "number") return 4;
  const cycles = (rows: number): number => Math.max(2 * rows, 4);
  const all = (rows: number): number => Math.floor(to / rows) * cycles(rows) + (to % rows) * cycles(1);
  return [4, 3, 2].reduce((best, rows) => (all(rows) < all(best) ? rows : best));
}
